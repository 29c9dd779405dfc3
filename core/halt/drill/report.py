"""What a drill found, account by account, and the folder in which its report is kept.

A live drill's report is on disk before anything is placed: a process that dies in the middle leaves word of what may
rest, and where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.clock import utc_text
from core.errors import DrillError
from core.halt.readiness.judgement import Drilled, DrillKind
from core.places import write_atomically

SUFFIX = ".drill.json"
READ_BACK = 200
"""Newest reports that are looked through for each account's last drill."""
CUT_SHORT = "the drill was cut short"


@dataclass(frozen=True, slots=True)
class DrillPreview:
    """What a live drill would do in one account now."""

    account: str
    words: str
    """The order that it would place, "" where it would place none."""
    obstacle: str = ""
    """Why not."""


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One account of a drill. Times in milliseconds, None where it did not come so far."""

    account: str
    venue: str
    exchange: str
    passed: bool | None = None
    """None while it is not over, and where it was not tried."""
    step: str = "waiting"
    reason: str = ""
    """Why it did not pass, or was not tried."""
    books: tuple[str, ...] = ()
    orders: int | None = None
    """Resting orders that were listed."""
    held_back: int | None = None
    """Cancels that were made ready and not sent."""
    ready_ms: float | None = None
    """Until its acting side was ready."""
    list_ms: float | None = None
    """The slower of the two listings of all its books."""
    whole_ms: float | None = None
    """From its turn to the end of the second listing."""
    placed: str = ""
    """The order of a live drill, in words."""
    client_order_id: str = ""
    place_ms: float | None = None
    first_cancel_ms: float | None = None
    """From the act to the first cancel on the wire; this and what follows of a live drill."""
    gone_ms: float | None = None
    """From the act until a listing showed that the order was gone."""
    proof_ms: float | None = None
    left: str = ""
    """What of the drill's own may still rest, "" where nothing does."""

    @property
    def is_over(self) -> bool:
        return self.step == "over"


@dataclass(frozen=True, slots=True)
class DrillReport:
    drill_id: str
    kind: DrillKind
    operator: str
    began_at_s: float
    """Wall time, seconds since the epoch."""
    ended_at_s: float | None
    """None while it runs, and for ever where its process was killed."""
    rows: tuple[DrillRow, ...]
    called_off: bool = False

    @property
    def passed(self) -> int:
        return sum(row.passed is True for row in self.rows)

    @property
    def failed(self) -> int:
        return sum(row.passed is False for row in self.rows)

    @property
    def not_tried(self) -> int:
        """Accounts that are over and neither passed nor failed."""
        return sum(row.passed is None and row.is_over for row in self.rows)

    @property
    def over(self) -> int:
        return sum(row.is_over for row in self.rows)

    @property
    def left(self) -> tuple[DrillRow, ...]:
        """Accounts in which something of the drill's own may still rest."""
        return tuple(row for row in self.rows if row.left)

    def outcome(self, row: DrillRow) -> Drilled | None:
        """What the drill says of one account's readiness; None where it was not drilled."""
        if self.ended_at_s is None:
            if self.kind is DrillKind.DRY or not row.client_order_id:
                return None
            left = f"{CUT_SHORT}; its order {row.client_order_id} may still rest"
            return Drilled(self.kind, False, self.began_at_s, left)
        return None if row.passed is None else Drilled(self.kind, row.passed, self.ended_at_s, row.reason)

    def to_json(self) -> dict[str, Any]:
        counts = {"accounts": len(self.rows), "passed": self.passed, "failed": self.failed, "not_tried": self.not_tried}
        times = {
            "began_at": utc_text(self.began_at_s),
            "ended_at": None if self.ended_at_s is None else utc_text(self.ended_at_s),
        }
        return {**asdict(self), **times, **counts}

    @classmethod
    def from_json(cls, text: str) -> DrillReport:
        """Raises DrillError."""
        try:
            fields = json.loads(text)
            rows = tuple(_row(row) for row in fields["rows"])
            ended = fields["ended_at_s"]
            return cls(
                drill_id=str(fields["drill_id"]),
                kind=DrillKind(fields["kind"]),
                operator=str(fields["operator"]),
                began_at_s=float(fields["began_at_s"]),
                ended_at_s=None if ended is None else float(ended),
                rows=rows,
                called_off=bool(fields.get("called_off", False)),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DrillError(f"not a report of a drill: {error}") from None


def _row(fields: Mapping[str, Any]) -> DrillRow:
    read = dict(fields)
    return DrillRow(**{**read, "books": tuple(str(name) for name in read.pop("books", ()))})


class DrillFolder:
    """Blocking file work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, report: DrillReport) -> Path:
        moment = utc_text(report.began_at_s).replace(":", "").replace("-", "")
        return self.folder / f"{moment}-{report.kind}-{report.drill_id}{SUFFIX}"

    def write(self, report: DrillReport) -> Path:
        """Durable when it returns, in the place of what was written of the same drill before. Raises DrillError."""
        path = self.path_of(report)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, json.dumps(report.to_json(), indent=2) + "\n")
        except OSError as error:
            raise DrillError(f"the report of the drill cannot be kept in {self.folder}: {error.strerror}") from None
        return path

    def newest(self, most: int = READ_BACK) -> tuple[DrillReport, ...]:
        """Newest first; a file that cannot be understood is passed over."""
        paths = sorted(self.folder.glob("*" + SUFFIX), reverse=True)[:most] if self.folder.is_dir() else []
        found = []
        for path in paths:
            try:
                found.append(DrillReport.from_json(path.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError, DrillError):
                continue
        return tuple(sorted(found, key=lambda report: -report.began_at_s))

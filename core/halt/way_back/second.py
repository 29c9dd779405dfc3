"""A second person for what leads back from a stop: asked for by one, done when another confirms in time.

What waits is a file beside the latches, so that it outlives a restart and any process of this machine can confirm it.
Names are told apart without capitals and blanks. They are names and no credentials: whoever may use this computer
account can write any; what it guards against is haste, and the journal has both.
"""

from __future__ import annotations

import contextlib
import enum
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.domain import Scope
from core.errors import ConfigError, LatchError
from core.halt.files import write_durably

SUFFIX = ".pending.json"


class ReturnAct(enum.StrEnum):
    RESET = "reset"
    RESUME = "resume"
    """The first step: under reduce-only."""
    RESUME_FULLY = "resume-fully"


@dataclass(frozen=True, slots=True)
class Pending:
    """An act that waits for a second person."""

    act: ReturnAct
    halt_id: str
    """Of the stop that it takes off; "" of a resume."""
    scope: Scope
    operator: str
    reason: str
    asked_at_s: float
    """Wall time, and so is the next."""
    until_s: float

    @property
    def pending_id(self) -> str:
        return f"{self.act.value}-{self.halt_id or 'portfolio'}"

    @property
    def words(self) -> str:
        doing = {
            ReturnAct.RESET: f"reset the stop of {self.scope}",
            ReturnAct.RESUME: f"resume {self.scope}, reduce-only",
            ReturnAct.RESUME_FULLY: f"resume {self.scope} fully",
        }[self.act]
        return f"{self.operator} asks to {doing}: {self.reason}"

    def check(self, operator: str, now_s: float) -> None:
        """Raises LatchError where `operator` cannot confirm it; `now_s` is wall time."""
        if not operator.strip():
            raise LatchError("whoever confirms has to give a name")
        if now_s >= self.until_s:
            raise LatchError(f"it was asked for too long ago ({now_s - self.asked_at_s:.0f} s): ask anew")
        if same_person(operator, self.operator):
            raise LatchError(f"{self.operator} asked for it: a second, different person has to confirm")

    @classmethod
    def from_json(cls, text: str) -> Pending:
        """Raises LatchError."""
        try:
            row: dict[str, Any] = json.loads(text)
            halt_id, operator, reason = (str(row[key]) for key in ("halt_id", "operator", "reason"))
            asked_at_s, until_s = float(row["asked_at_s"]), float(row["until_s"])
            scope = Scope.parse_stop(row["scope"])
            return cls(ReturnAct(row["act"]), halt_id, scope, operator, reason, asked_at_s, until_s)
        except (ValueError, TypeError, KeyError, ConfigError) as error:
            raise LatchError(f"not a pending act: {error}") from None


def same_person(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


class PendingFolder:
    """Blocking file work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, pending: Pending) -> None:
        """Ask; in the place of the same act asked for before. Raises LatchError."""
        text = json.dumps({**asdict(pending), "scope": str(pending.scope)}, indent=2, sort_keys=True) + "\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self._folder / (pending.pending_id + SUFFIX), text)
        except OSError as error:
            raise LatchError(f"what waits for a second person cannot be kept: {error.strerror}") from None

    def load(self, now_s: float) -> tuple[Pending, ...]:
        """What waits now, oldest first; what was asked for too long ago is taken away."""
        found = []
        for path in sorted(self._folder.glob("*" + SUFFIX)) if self._folder.is_dir() else ():
            try:
                pending = Pending.from_json(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, LatchError):
                continue
            if now_s < pending.until_s:
                found.append(pending)
            else:
                self.drop(pending)
        return tuple(sorted(found, key=lambda pending: pending.asked_at_s))

    def find(self, act: ReturnAct, halt_id: str, now_s: float) -> Pending | None:
        return next((one for one in self.load(now_s) if (one.act, one.halt_id) == (act, halt_id)), None)

    def drop(self, pending: Pending) -> None:
        with contextlib.suppress(OSError):
            (self._folder / (pending.pending_id + SUFFIX)).unlink(missing_ok=True)

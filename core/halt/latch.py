"""The latch: the persisted fact that a scope is stopped.

One JSON file per stop in one folder, so that stops stack, and so that every process on this machine (desk, command
line) reads the same truth. A reset moves the file to `reset/` with the name and the reason of who did it; a latch file
that merely vanished is no reset, and is written again.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.domain import PORTFOLIO, Scope
from core.errors import ConfigError, LatchError
from core.halt.files import sync_folder, write_durably
from core.halt.saved import SavedOrders
from core.halt.terms import USUAL, StopTerms

SUFFIX = ".latch.json"
NOBODY_KNOWN = "unknown"
"""Stands for who fired, in a latch file that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Latch:
    halt_id: str
    scope: Scope
    fired_by: str
    reason: str
    fired_at_s: float
    """Wall time, seconds since the epoch."""
    terms: StopTerms = USUAL
    issued: tuple[str, ...] = ()
    """Client ids of orders placed under this latch, written here before they are sent: the sweep spares them."""
    firings: int = 1
    """How often its scope was fired at under this latch."""
    metric: str = ""
    """Whose limit fired it; "" where a person did."""
    resuming: bool = False
    """It is the first step of a return: reduce-only, until a person takes it off to resume fully."""
    second_person_s: float = 0.0
    """Within so long a second person has to confirm what takes it off; 0 where one is enough."""
    reset_by: str = ""
    reset_reason: str = ""
    reset_at_s: float | None = None
    confirmed_by: str = ""
    """The second person."""
    reset_resumes: bool = False
    """It was taken off by the second step of a return: what trades is asked to resume."""

    @property
    def readable(self) -> bool:
        """Whether its file could be understood: else it only stands for one."""
        return self.fired_by != NOBODY_KNOWN or self.fired_at_s != 0.0

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "scope": str(self.scope)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Latch:
        """Raises LatchError when the text is not a latch. Latches of before there were terms are fired on the usual."""
        try:
            fields = json.loads(text)
            scope = Scope.parse_stop(fields.pop("scope"))
            terms = StopTerms.from_json(fields.pop("terms", {}))
            issued = tuple(str(name) for name in fields.pop("issued", ()))
            return cls(scope=scope, terms=terms, issued=issued, **fields)
        except (ValueError, TypeError, KeyError, AttributeError, ConfigError) as error:
            raise LatchError(f"not a latch: {error}") from None


class LatchFolder:
    """Blocking file work; the runner calls it from its own thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reset_folder = folder / "reset"
        self._awaiting_folder = folder / "awaiting"
        self.saved = SavedOrders(folder / "cancelled")
        self.unread = ""
        """What could not be read when latches were loaded last, "" for nothing."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """All that are read, the one that is written first."""
        return (self.folder,)

    def write(self, latch: Latch) -> None:
        """Durable when it returns: written beside, fsynced, renamed, folder fsynced. Raises LatchError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self.folder / (latch.halt_id + SUFFIX), latch.to_json())
        except OSError as error:
            raise LatchError(f"the latch cannot be written to {self.folder}: {error.strerror}") from None

    def load(self) -> tuple[Latch, ...]:
        """All latches that hold, oldest first.

        A file that cannot be understood still says that somebody stopped something: it counts as a latch on the
        portfolio.
        """
        latches = []
        for path in sorted(self.folder.glob("*" + SUFFIX)) if self.folder.is_dir() else ():
            try:
                latches.append(Latch.from_json(path.read_text(encoding="utf-8")))
            except FileNotFoundError:
                continue  # reset by another process between the listing and the reading
            except (OSError, UnicodeDecodeError, LatchError) as error:
                halt_id = path.name.removesuffix(SUFFIX)
                reason = f"{path.name} cannot be read ({error}); taken as a stop of the portfolio"
                latches.append(Latch(halt_id, PORTFOLIO, NOBODY_KNOWN, reason, fired_at_s=0.0))
        return tuple(sorted(latches, key=lambda latch: (latch.fired_at_s, latch.halt_id)))

    def reset(self, latch: Latch, operator: str, reason: str, at_s: float) -> None:
        """Take the latch off, keeping its file with who, why and when in `reset/`. Raises LatchError."""
        done = replace(latch, reset_by=operator, reset_reason=reason, reset_at_s=at_s)
        try:
            self._reset_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self._reset_folder / (latch.halt_id + SUFFIX), done.to_json())
            (self.folder / (latch.halt_id + SUFFIX)).unlink(missing_ok=True)
            sync_folder(self.folder)
            self._note_return(done)
        except OSError as error:
            raise LatchError(f"the latch cannot be reset in {self.folder}: {error.strerror}") from None

    def _note_return(self, done: Latch) -> None:
        """Keep that a scope was reset and has not been resumed, or that it has; nothing depends on it."""
        if done.resuming and not done.reset_resumes:
            return  # a return that was broken off: its scope is where it was
        with contextlib.suppress(OSError):
            for latch in self.awaiting():
                if latch.scope == done.scope or (done.reset_resumes and done.scope == PORTFOLIO):
                    (self._awaiting_folder / (latch.halt_id + SUFFIX)).unlink(missing_ok=True)
            if not done.resuming:
                self._awaiting_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_durably(self._awaiting_folder / (done.halt_id + SUFFIX), done.to_json())

    def awaiting(self) -> tuple[Latch, ...]:
        """Stops that were reset and whose scope nobody has resumed since, oldest first; never raises."""
        found = []
        with contextlib.suppress(OSError):
            for path in sorted(self._awaiting_folder.glob("*" + SUFFIX)):
                with contextlib.suppress(OSError, UnicodeDecodeError, LatchError):
                    found.append(Latch.from_json(path.read_text(encoding="utf-8")))
        return tuple(sorted(found, key=lambda latch: latch.reset_at_s or 0.0))

    def was_reset(self, halt_id: str) -> Latch | None:
        try:
            return Latch.from_json((self._reset_folder / (halt_id + SUFFIX)).read_text(encoding="utf-8"))
        except (OSError, LatchError):
            return None

    def holds(self, halt_id: str) -> bool:
        return (self.folder / (halt_id + SUFFIX)).exists()

    def has(self, latch: Latch) -> bool:
        """Whether the file of this stop says at least as much; one that cannot be understood is left as it is."""
        held = self.read(latch.halt_id)
        return self.holds(latch.halt_id) if held is None else held.firings >= latch.firings

    def tidy(self) -> None:
        """Take away files of latches that are off; there are none where one folder is all there is."""

    def read(self, halt_id: str) -> Latch | None:
        """The latch as it is on disk now; None where it is not there or cannot be understood."""
        try:
            return Latch.from_json((self.folder / (halt_id + SUFFIX)).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, LatchError):
            return None

    def issue(self, latch: Latch, client_order_ids: tuple[str, ...]) -> Latch:
        """Write into the latch which orders are about to be placed under it; the latch as it then is.

        Another process may have written some too: what stands on disk is added to, never replaced. Raises LatchError.
        """
        held = self.read(latch.halt_id)
        if held is None or held.firings != latch.firings:
            held = latch
        issued = tuple(dict.fromkeys((*held.issued, *latch.issued, *client_order_ids)))
        written = replace(held, issued=issued)
        self.write(written)
        return written

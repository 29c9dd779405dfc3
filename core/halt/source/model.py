"""What a strategy's source is asked, and what is read back from it: obedience is what it says, never a reply."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Protocol


class SourceAct(enum.StrEnum):
    PAUSE = "pause"
    REDUCE_ONLY = "reduce-only"
    RESUME = "resume"


class SourceState(enum.StrEnum):
    RUNNING = "running"
    REDUCE_ONLY = "reduce-only"
    PAUSED = "paused"
    UNKNOWN = "unknown"
    """Not read, not read lately, or it does not know itself."""


FREEDOM = {SourceState.PAUSED: 0, SourceState.REDUCE_ONLY: 1, SourceState.RUNNING: 2}
"""How much a source may trade in a state: what asks for less is obeyed by less still."""
ASKED_FOR = {
    SourceAct.PAUSE: SourceState.PAUSED,
    SourceAct.REDUCE_ONLY: SourceState.REDUCE_ONLY,
    SourceAct.RESUME: SourceState.RUNNING,
}
_DOING = {
    SourceAct.PAUSE: "to pause",
    SourceAct.REDUCE_ONLY: "to reduce only",
    SourceAct.RESUME: "to resume",
}
NO_SOURCE = "no source: block means sweeping"


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """One act that is asked for."""

    strategy: str
    act: SourceAct
    halt_id: str = ""
    """The stop that it follows from; "" where it follows from none."""


class Source(Protocol):
    """One strategy's seam. Both calls end within a deadline of their own."""

    @property
    def kind(self) -> str: ...

    @property
    def knows_reduce_only(self) -> bool: ...

    async def ask(self, request: SourceRequest) -> None:
        """Returns when it was taken, which says nothing of whether it is obeyed. Raises SourceError."""
        ...

    async def read(self) -> SourceState:
        """What it says that it does. Raises SourceError."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SourceView:
    """How one strategy's source stands."""

    strategy: str
    kind: str = ""
    """`command` or `webhook`; "" where the strategy has none."""
    state: SourceState = SourceState.UNKNOWN
    age_s: float = math.inf
    """Since it said so; infinite where it was never read."""
    said_at_s: float | None = None
    """Wall time of the first reading in a row that said so."""
    wanted: SourceAct | None = None
    """What is asked of it now; None where nothing is."""
    wanted_for_s: float = 0.0
    asked: int = 0
    """How often, for what is wanted now."""
    obeyed: bool = False
    """Whether it was read back to do what is wanted, or less."""
    trouble: str = ""
    """Why it could not be asked or read."""
    knows_reduce_only: bool = False

    @property
    def words(self) -> str:
        """`paused, read 3 s ago`, `asked to pause 4 times, not obeyed: running`, `unknown: ...`, or that there is
        none."""
        if not self.kind:
            return NO_SOURCE
        words = self.state.value
        if self.wanted is not None and not self.obeyed:
            times = "" if self.asked <= 1 else f" {self.asked} times"
            asked = f"asked {_DOING[self.wanted]}{times}, not obeyed"
            words = f"{asked if self.asked else f'to be asked {_DOING[self.wanted]}'}: {words}"
        elif self.state is not SourceState.UNKNOWN:
            words = f"{words}, read {self.age_s:.0f} s ago"
        return f"{words} ({self.trouble})" if self.trouble else words


@dataclass(frozen=True, slots=True)
class SourceNote:
    """Something that happened between a source and us; for the journal."""

    what: str
    """`asked`, `refused` (it did not take it), or `reads` (it says something new)."""
    strategy: str
    words: str
    halt_id: str = ""

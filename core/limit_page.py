"""What the page of the limits shows, and what may be asked there: all that its screen reads and sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.config.rows import RowEdit, RowKey
from core.domain import Scope

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]

LineId = tuple[RowKey, RowKey | None]
"""The row that writes a limit, and of a profile's the row that assigns it."""

RAISED, GRAVER, MILDER, CLEARED, BLINDED, SEEN = "raised", "graver", "milder", "cleared", "unknown", "known again"
INSIDE_AGAIN = "inside, not yet cleared"
"""Within the deadband: the event stays until the figure is beyond the clearing level."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that is tried out, or asked for."""

    edits: tuple[RowEdit, ...] = ()
    undo: int = 0
    """The journal's number of the change that is to be taken back, instead of edits; 0 for none."""

    @property
    def empty(self) -> bool:
        return not self.edits and not self.undo


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit as one scope, group or pattern has it."""

    key: RowKey
    assigned: RowKey | None
    """The row that assigns its profile there; None of a single limit."""
    scope: str
    """As written: a scope, a pattern or a group."""
    metric: str
    subject: str
    unit: str
    """Of its thresholds."""
    thresholds: tuple[float | None, ...]
    policies: tuple[str, ...]
    share_of: str
    change_over_s: float
    clear: float
    on_delay_s: float
    off_delay_s: float
    terms: tuple[str, ...]
    """What else it asks for, in words."""
    source: str
    """`profile calm`, `template conservative`; "" of a single limit."""
    where: str
    """Where it is written, in words."""
    written: Mapping[str, Any]
    """Its row, as parsed."""
    fixed: str = ""
    """Why its row cannot be changed here; "" where it can."""
    held: str = ""
    """Why it is not what the file says."""
    enabled: bool = True

    @property
    def identity(self) -> LineId:
        return self.key, self.assigned

    @property
    def origin(self) -> str:
        """As `LimitInForce.origin` says it."""
        return f"from profile {self.assigned.profile} by {self.scope}" if self.assigned else f"from {self.scope}"


@dataclass(frozen=True, slots=True)
class LimitCounts:
    """Arrays of shape (lines,): how many scopes each limit is in force for, and how these stand."""

    guards: Ints
    breached: Ints
    near: Ints
    unknown: Ints
    worst: Bytes
    """The gravest severity; 0 where none is breached."""


@dataclass(frozen=True, slots=True)
class GuardedScope:
    scope: Scope
    severity: int
    """0 inside, 1 to 4, -1 unknown."""
    near: bool
    value: float
    threshold: float
    """The next one, or the gravest beyond it; in the metric's unit."""
    headroom: float


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One scope that would stand otherwise to one limit."""

    scope: Scope
    subject: str
    unit: str
    what: str
    """`raised`, `graver`, `milder`, `cleared`, `inside, not yet cleared`, `unknown`, `known again`, or "" where only
    what follows is another."""
    before: int
    """Severity as the desk has it now; 0 inside or without a limit, -1 unknown."""
    after: int
    value: float
    threshold: float
    acts: str
    """What its policy would begin at once: `auto restore`, `approve restore`, `auto stop`; "" for nothing."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the limits of a draft say of today's figures, beside those in force."""

    counts: Mapping[str, int]
    """Places by what becomes of them (`EffectLine.what`)."""
    before: tuple[int, ...]
    """Low, medium, high, critical, unknown: of all limits, as they stand now."""
    after: tuple[int, ...]
    lines: tuple[EffectLine, ...]
    """The gravest first; at most a few hundred."""
    lines_all: int
    plans: int
    """Breaches that would be answered by a plan: proposed, put up for approval or run."""
    stops: tuple[Scope, ...]
    """Scopes that would be stopped by their policy."""
    unseen: int
    """Places with a limit on a change over time, of which nothing is remembered yet."""
    at_s: float
    """Wall time of the figures."""


@dataclass(frozen=True, slots=True)
class LimitTrial:
    """A draft as it was tried out last."""

    draft: Draft
    title: str
    """What it changes, in a sentence."""
    refused: str = ""
    """Why it cannot be applied as it is, in sentences by line; "" where it can."""
    changes: tuple[str, ...] = ()
    """Sentences on what is tighter, looser, new or taken away."""
    looser: tuple[str, ...] = ()
    """Those that leave more room."""
    conflicts: tuple[str, ...] = ()
    """What would contradict itself, guard nothing or never be reached, and does not today."""
    effect: Effect | None = None
    needs_second: bool = False

    @property
    def needs_reason(self) -> bool:
        return bool(self.looser)


@dataclass(frozen=True, slots=True)
class PastRow:
    """One row of the file before and after a change."""

    key: RowKey
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of the limits, from the journal."""

    seq: int
    at_s: float
    version: int
    by: str
    second: str
    """Who confirmed it; "" where nobody had to."""
    why: str
    sentences: tuple[str, ...]
    """What came into force by it."""
    rows: tuple[PastRow, ...]
    stuck: str
    """Why it cannot be undone any more; "" where it can."""


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that waits for a second person."""

    pending_id: str
    draft: Draft
    title: str
    operator: str
    reason: str
    asked_at_s: float
    """Wall time, and so is the next."""
    until_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the last act that was asked for on this page."""

    number: int
    """Counts up: a screen tells a new one by it."""
    done: bool
    words: str


@dataclass(frozen=True, slots=True)
class LimitsPage:
    """Everything that the page of the limits shows."""

    lines: tuple[LimitLine, ...]
    """The same object for as long as no limit changes."""
    counts: LimitCounts
    profiles: tuple[str, ...] = ()
    """Names of those in the file, and then of those that come along."""
    patterns: tuple[str, ...] = ()
    """Scopes, groups and patterns that somebody may mean: a help for typing."""
    chosen: LineId | None = None
    scopes: tuple[GuardedScope, ...] = ()
    """Of the chosen limit, the worst first."""
    scopes_all: int = 0
    trial: LimitTrial | None = None
    past: tuple[PastChange, ...] = ()
    """Newest first."""
    past_trouble: str = ""
    """Why the past cannot be read."""
    pending: PendingChange | None = None
    answer: Answer | None = None
    locked: str = ""
    """Why nothing can be changed from here; "" where it can."""
    file: str = ""
    """The configuration's path."""
    problems: tuple[str, ...] = ()
    """What contradicts itself, guards nothing or is held back today."""

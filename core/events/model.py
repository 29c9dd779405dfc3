"""An event: one breach of one limit in one scope, from raise to resolution."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.domain import Policy, Scope, Severity, Trust


class EventState(enum.StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    CLEARED = "cleared"
    """Back inside, not yet acknowledged: still on the list."""
    RESOLVED = "resolved"
    """History: `Event.resolution` says by whom."""


class Resolution(enum.StrEnum):
    """By whom an event was resolved."""

    AUTO = "auto"
    """It cleared after somebody had acknowledged it, or a policy mended it, or its severity may resolve by itself."""
    OPERATOR = "operator"
    """A person acknowledged it after it had cleared, or resolved it with a reason."""
    SYSTEM = "system"
    """What it spoke of is gone: a figure can be read again, a flow is explained, no limit is in force any more."""


OPEN_STATES = frozenset({EventState.RAISED, EventState.ACKNOWLEDGED, EventState.MITIGATING})


class Cause(enum.StrEnum):
    """What kind of thing an event speaks of."""

    BREACH = "breach"
    UNKNOWN = "unknown"
    """A limit could not be evaluated."""
    FLOW = "flow"
    """Money came or went that no ledger explains yet."""
    SYSTEM = "system"
    """Scram itself: a failed write, orders reappearing after a stop, a broken rule."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """An event put aside by a person until a time; it comes back earlier if it gets worse than it was."""

    by: str
    reason: str
    at_s: float
    """Wall time."""
    until_s: float
    """Wall time."""
    severity: Severity
    """Of the event when it was put aside."""


@dataclass(frozen=True, slots=True)
class Event:
    event_id: str
    scope: Scope
    metric: str
    cause: Cause
    severity: Severity
    """The highest severity reached since it was raised."""
    state: EventState
    value: float
    """In the metric's unit, as last seen; NaN when unknown."""
    threshold: float
    """The threshold of `severity`; NaN where there is none."""
    raised_at_s: float
    changed_at_s: float
    trust: Trust
    acknowledged_by: str = ""
    note: str = ""
    """One sentence for the operator: what happened, what is being done."""
    occurrences: int = 1
    """How often it was raised: more than 1 after it cleared and came back before anybody acknowledged it."""
    asks_since_s: float | None = None
    """Wall time since when a person is asked for: raised, reopened, grown worse or released; None while nobody is."""
    aged: int = 0
    """Steps by which `urgency` stands above `severity`, because nobody answered for so long."""
    acknowledged_at_s: float | None = None
    cleared_at_s: float | None = None
    resolution: Resolution | None = None
    resolved_by: str = ""
    reason: str = ""
    """Why a person resolved it."""
    shelf: Shelf | None = None
    """Put aside by a person; None while it is not."""
    inhibited_by: str = ""
    """The id of the event above it (venue > account > strategy) that explains it; "" while none does."""
    chattering: bool = False
    """It came back so often that it is held open until it has been quiet for a while."""
    mended: bool = False
    """A policy mended it, without a person, and the venue was read again to prove it."""
    policy: Policy | None = None
    """What its limit asks for at its severity: `stop` where that may end in an emergency stop, None for nothing."""

    @property
    def urgency(self) -> Severity:
        """How soon a person is needed: the severity, and more the longer nobody answers. It is never measured."""
        return Severity(min(int(self.severity) + self.aged, int(Severity.CRITICAL)))

    @property
    def annunciated(self) -> bool:
        """Whether it is shown unasked: neither put aside nor explained by an event above it."""
        return self.shelf is None and not self.inhibited_by

    @property
    def asks(self) -> bool:
        """Whether it waits for a person's first answer."""
        return self.state is EventState.RAISED and self.annunciated

    @property
    def always_shown(self) -> bool:
        """Critical or about to stop something: no flood holds it back, and no other event explains it away."""
        return self.severity is Severity.CRITICAL or self.policy is Policy.STOP

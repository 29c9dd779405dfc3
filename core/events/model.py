"""An event: one breach of one limit in one scope, from raise to resolution."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.domain import Scope, Severity, Trust


class EventState(enum.StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    CLEARED = "cleared"
    """Back inside, not yet acknowledged: still on the list."""
    RESOLVED = "resolved"
    """Back inside and acknowledged (or cleared by the system): history."""


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

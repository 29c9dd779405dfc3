"""What happened to an event: the record that goes into the journal, one per change that a person should know of."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.events.model import Event

SYSTEM_ACTOR = "scram"
"""The actor of everything that no person did."""


class Change(enum.StrEnum):
    RAISED = "raised"
    REOPENED = "reopened"
    """Breached again after it had cleared, before anybody acknowledged it."""
    ESCALATED = "escalated"
    """Worse than it was: a higher severity was measured."""
    URGENT = "grew urgent"
    """Nobody answered for too long; what was measured is as it was."""
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    INHIBITED = "inhibited"
    RELEASED = "released"
    """No event above it explains it any more."""
    MENDED = "mended"
    """A policy mended it, and the venue was read again to prove it."""
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    MITIGATION_ENDED = "mitigation ended"
    NOTED = "noted"
    CLEARED = "cleared"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Transition:
    event_before: Event | None
    event_after: Event
    what: Change
    by: str
    at_s: float
    """Wall time."""

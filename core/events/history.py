"""What became of events, as the journal tells it: what is asked for, and a page of the answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HistoryWish:
    """Which page of the past: of all events, or of one."""

    event_id: str = ""
    """Only this one's; "" for everybody's."""
    text: str = ""
    """Somewhere in what was written down of the change: a scope, a metric, a note, a person."""
    scope: str = ""
    """Only of events of this scope; "" of any."""
    before: int | None = None
    """Older than this record; None for the newest."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change of one event."""

    seq: int
    """The record's place in the journal."""
    at_s: float
    """Wall time."""
    what: str
    """`raised`, `acknowledged`, `mitigation-ended`."""
    by: str
    scope: str
    event_id: str
    metric: str = ""
    severity: int = 0
    """Afterwards; 0 where the record does not tell."""
    state: str = ""
    """Afterwards."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    wish: HistoryWish
    lines: tuple[HistoryLine, ...] = ()
    """The newest first."""
    more: bool = False
    """Whether there are older ones."""
    error: str = ""
    """Why the journal could not be read; "" where it could."""

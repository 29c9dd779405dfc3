"""What the event desk shows besides its list: groups, the flood, and how the alarms themselves do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.domain import Scope, Severity
from core.events.model import Cause, Event, Resolution

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Open events that are one story: told apart by what they share, or explained by one event above them."""

    key: str
    """The same for as long as the group lasts."""
    title: str
    """`900 accounts of binance: leverage`."""
    scope: Scope
    """What the members' scopes belong to."""
    metric: str
    """What all members speak of; "" where they speak of several metrics."""
    cause: Cause
    severity: Severity
    """The worst of any member."""
    count: int
    asking: int
    """Members that wait for a person's first answer."""
    members: tuple[str, ...]
    """Ids, in the order in which they became part of it; without the head."""
    head: str
    """The id of the event that explains the members; "" where they are only alike."""
    raised_at_s: float
    """Of the oldest member."""


@dataclass(frozen=True, slots=True)
class FloodLine:
    """One line of the table while there is a flood: an event, or a group in its place."""

    event_id: str
    """"" for a group's line."""
    group: str
    """The group's key; "" for an event of its own."""
    severity: Severity
    count: int
    """Events that the line stands for."""


@dataclass(frozen=True, slots=True)
class FloodView:
    """More alarms than a person can answer (ISA-18.2, EEMUA 191: more than ten in ten minutes)."""

    active: bool = False
    since_s: float | None = None
    """Wall time."""
    raised: int = 0
    """Raised within the window, those that were put aside or explained not counted."""
    lines: tuple[FloodLine, ...] = ()
    """What the table shows, in its order; empty while there is no flood. Every critical or stop-relevant event is a
    line, or in the group of a line."""
    below: int = 0
    """Events below the line: held back from the table, and still in the list."""
    below_by: tuple[int, int, int, int] = (0, 0, 0, 0)
    """The same by severity, low to critical."""
    sentence: str = ""
    """For the operator; "" while there is no flood."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A limit that keeps raising alarms."""

    scope: Scope
    metric: str
    raised: int
    share: float
    """Of everything that was raised in the same time."""


@dataclass(frozen=True, slots=True)
class AlarmFigures:
    """How the alarms themselves do; times in seconds, NaN until measured."""

    last_10_min: int = 0
    """Raised and shown in the last ten minutes."""
    last_day: int = 0
    flood_share: float = 0.0
    """Of the last day, or of the time since the figures began."""
    worst: tuple[Actor, ...] = ()
    """The ten that raised most in the last day, most first."""
    stale: int = 0
    """Open for longer than an event should be."""
    stale_ids: tuple[str, ...] = ()
    """The oldest of them, oldest first."""
    acknowledge_p50_s: float = float("nan")
    acknowledge_p95_s: float = float("nan")
    resolve_p50_s: float = float("nan")
    resolve_p95_s: float = float("nan")
    chattering: int = 0
    """Events that are held open because they chatter."""
    resolved_by: Mapping[Resolution, int] = field(default_factory=dict)
    """Events resolved in the last day, by whom."""


@dataclass(frozen=True, slots=True)
class AlarmsView:
    stakes: Floats = field(default_factory=lambda: np.empty(0))
    """What of the book each event's scope holds, base currency, in the order of `Snapshot.events`; NaN unknown."""
    groups: tuple[EventGroup, ...] = ()
    """The worst first, then the largest."""
    flood: FloodView = FloodView()
    figures: AlarmFigures = AlarmFigures()
    resolved: tuple[Event, ...] = ()
    """The newest that were resolved, newest first; the journal has them all."""
    shelved: int = 0
    inhibited: int = 0


NO_ALARMS = AlarmsView()

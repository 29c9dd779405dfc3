"""Events from the journal's records: which are open, as every change since they were raised left them.

A record of a change holds the whole event after it, so that the newest record of an event says all. So that a start
need not read years, all open events are put down in a list now and then, a hundred records long or more, over many
cycles while other changes go on being recorded. That is no harm: whatever of an event comes later in the journal, from
the list's beginning on, says how it stands.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.domain import Policy, Scope, ScopeKind, Severity, Trust
from core.events.book import EventKey
from core.events.model import Cause, Event, EventState, Resolution, Shelf

LISTED = "event.listed"
"""Some open events as they stand; the record's subject names the list."""
LIST_BEGUN = "event.list-begun"
LIST_ENDED = "event.list-ended"
_LISTS = frozenset({LIST_BEGUN, LIST_ENDED})
KEPT = 1_000
"""Resolved events that are remembered."""

Row = Mapping[str, Any]
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    open: tuple[Event, ...]
    """In the order of their raising."""
    resolved: tuple[Event, ...]
    """The newest, oldest first."""
    unreadable: int
    """Records that are no such thing; what they say of their events is not known."""


def rebuilt(records: Iterable[tuple[str, Any]]) -> Found:
    """What stands after these records (kind and body), oldest first."""
    standing: dict[str, Event] = {}
    resolved: deque[Event] = deque(maxlen=KEPT)
    unreadable = 0
    for kind, body in records:
        try:
            events = [] if kind in _LISTS else _events(kind, body)
        except (KeyError, TypeError, ValueError):
            unreadable += 1
            continue
        for event in events:
            if event.state is EventState.RESOLVED:
                standing.pop(event.event_id, None)
                resolved.append(event)
            else:
                standing[event.event_id] = event
    by_key: dict[EventKey, Event] = {}
    for event in sorted(standing.values(), key=lambda row: row.changed_at_s):
        by_key[event.scope, event.metric, event.cause] = event
    found = sorted(by_key.values(), key=lambda row: row.raised_at_s)
    return Found(tuple(found), tuple(resolved), unreadable)


def _events(kind: str, body: Body) -> list[Event]:
    if kind == LISTED:
        return [event_from(row) for row in body["events"]]
    return [event_from(body["event_after"])]


def event_from(row: Row) -> Event:
    """Raises KeyError, TypeError or ValueError where it is no event; fields that it does not know yet are left out."""
    known = {key: value for key, value in row.items() if key in _NAMES}
    scope, shelf = row["scope"], row.get("shelf")
    known |= {
        "scope": Scope(ScopeKind(scope["kind"]), str(scope["name"])),
        "cause": Cause(row["cause"]),
        "severity": Severity(row["severity"]),
        "state": EventState(row["state"]),
        "value": _number(row["value"]),
        "threshold": _number(row["threshold"]),
        "trust": Trust(row["trust"]),
        "resolution": None if row.get("resolution") is None else Resolution(row["resolution"]),
        "policy": None if row.get("policy") is None else Policy(row["policy"]),
        "shelf": None if shelf is None else Shelf(**{**shelf, "severity": Severity(shelf["severity"])}),
    }
    return Event(**known)


def _number(value: float | str | None) -> float:
    """As the journal writes it: unknown is null, infinite a word."""
    return math.nan if value is None else float(value)


_NAMES = frozenset(field.name for field in fields(Event))

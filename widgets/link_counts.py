"""How many accounts and venues are reached, counted once for all parts of the desk that tell it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from core.domain import LinkState
from core.snapshot import ConnectionView


@dataclass(frozen=True, slots=True)
class LinkCounts:
    accounts: int = 0
    up: int = 0
    down: int = 0
    unread: int = 0
    """Reached, or said to be, but not read yet."""
    venues: int = 0
    venues_up: int = 0
    """A venue is up while any account reaches it."""
    oldest_s: float = math.nan
    """Since the account was confirmed that was confirmed longest ago; NaN where there is none."""
    first_down: str = ""
    """The account that is told of where only one is down."""


@dataclass(slots=True)
class _Last:
    connections: tuple[ConnectionView, ...] = ()
    counts: LinkCounts = field(default_factory=LinkCounts)


_last = _Last()


def link_counts(connections: tuple[ConnectionView, ...]) -> LinkCounts:
    """A walk over 100,000 accounts takes tens of milliseconds, and the engine hands out the same ones for seconds."""
    if connections is not _last.connections:
        _last.connections, _last.counts = connections, _counted(connections)
    return _last.counts


def _counted(connections: tuple[ConnectionView, ...]) -> LinkCounts:
    venues: dict[str, bool] = {}
    up = down = unread = 0
    oldest_s, first_down = math.nan, ""
    for view in connections:
        reached = view.link is LinkState.UP
        venues[view.venue] = venues.get(view.venue, False) or reached
        up += reached
        unread += reached and view.positions is None
        if view.link is LinkState.DOWN:
            down += 1
            first_down = first_down or view.account
        if not view.age_s <= oldest_s:
            oldest_s = view.age_s
    return LinkCounts(len(connections), up, down, unread, len(venues), sum(venues.values()), oldest_s, first_down)

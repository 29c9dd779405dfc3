"""Venues that do not answer: told once for the venue, instead of once for every figure of every account."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain import LinkState, Scope, ScopeKind, Severity
from core.events.desk import EventDesk
from core.events.inhibition import UNREACHABLE
from core.events.transitions import Transition
from core.venues.messages import LinkUpdate

AFTER_S = 3.0
"""A venue drops streams now and then, and is back within a moment."""
TELL_AGAIN_S = 10.0
"""Between two sentences with other counts."""
LEAST = 2
"""Accounts that a venue must have here before their fate says something of it."""


class UnreachableVenues:
    """More than half of a venue's accounts without a link is the venue's trouble and not theirs."""

    def __init__(self, venues: Mapping[str, str], began_s: float) -> None:
        """`venues`: account -> venue, of the accounts that somebody watches; `began_s` is monotonic."""
        self._venues = dict(venues)
        self._down: dict[str, set[str]] = {}
        self._all: dict[str, int] = {}
        for venue in venues.values():
            self._all[venue] = self._all.get(venue, 0) + 1
        self._since_s: dict[str, float] = {}
        self._told: dict[str, tuple[int, float]] = {}
        """By venue: how many were told of, and when (monotonic)."""

    def take(self, update: LinkUpdate) -> None:
        venue = self._venues.get(update.account)
        if venue is None:
            return
        down = self._down.setdefault(venue, set())
        if update.state is LinkState.DOWN:
            down.add(update.account)
        elif update.state is LinkState.UP:
            down.discard(update.account)

    def step(self, events: EventDesk, now_s: float) -> tuple[Transition, ...]:
        """What follows at `now_s` (monotonic)."""
        out: list[Transition] = []
        for venue, down in self._down.items():
            count, every = len(down), self._all[venue]
            if every < LEAST or 2 * count <= every:
                self._since_s.pop(venue, None)
                if self._told.pop(venue, None) is not None:
                    note = f"{venue} answers again: {every - count:,} of {every:,} accounts have a link"
                    out += events.clear(Scope(ScopeKind.VENUE, venue), UNREACHABLE, note=note)
                continue
            if now_s - self._since_s.setdefault(venue, now_s) < AFTER_S:
                continue
            told, told_s = self._told.get(venue, (0, float("-inf")))
            if count != told and now_s - told_s >= TELL_AGAIN_S:
                self._told[venue] = (count, now_s)
                note = f"{venue} is unreachable: {count:,} of {every:,} accounts have no link"
                out += events.raise_system(Scope(ScopeKind.VENUE, venue), UNREACHABLE, Severity.HIGH, note)
        return tuple(out)

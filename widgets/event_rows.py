"""Which rows the table of events has, which of them are in sight, and in which order: arrays, and nothing of Qt.

A group is led by the event that explains its members, or, where they are only alike, by a row of its own. Members stand
under their leader and are hidden until the group is opened; whoever searches or narrows sees single events.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import ScopeKind, Severity
from core.events.model import Event, EventState
from core.events.view import NO_ALARMS, AlarmsView, EventGroup
from widgets.marks import is_open

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Order = npt.NDArray[np.intp]

GROUP = "group:"
"""How the key of a group's own row begins."""
DEEPEST = 4
"""Venues that are alike, the accounts that one of them explains, the strategies that an account explains."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What of the list is in sight."""

    least: Severity = Severity.LOW
    state: EventState | None = None
    kind: ScopeKind | None = None
    shelved: bool = False
    """Also what a person put aside."""
    explained: bool = False
    """Also what an event above it explains."""
    held_back: bool = False
    """In a flood also what is below the line."""

    @property
    def narrows(self) -> bool:
        return self.least > Severity.LOW or self.state is not None or self.kind is not None


ALL_EVENTS = EventFilter()


class EventRows:
    """Source rows of one snapshot: its events, then its groups that have no head."""

    def __init__(self, events: Sequence[Event] = (), alarms: AlarmsView = NO_ALARMS) -> None:
        self.events = tuple(event for event in events if is_open(event))
        count = len(self.events)
        # Whoever shows a part of the events only (a scope's page) has no stakes that would fit them.
        aligned = len(alarms.stakes) == len(events) == count
        stakes = alarms.stakes if aligned else np.full(count, np.nan)
        self.row_of = {event.event_id: row for row, event in enumerate(self.events)}
        self.own = tuple(group for group in alarms.groups if group.head not in self.row_of)
        """Groups with a row of their own."""
        self.flood = alarms.flood
        self.keys = (*self.row_of, *(GROUP + group.key for group in self.own))
        self.lead: dict[str, int] = {}
        """By group, the row that leads it."""
        self.group_at: dict[int, EventGroup] = {}
        """By leading row."""
        self.members: dict[int, Order] = {}
        """By leading row."""
        self.leader: Order = np.arange(len(self.keys), dtype=np.intp)
        """By row, the one that it stands under; itself where it stands alone."""
        self._arrange_groups(alarms.groups, self._single_lines())
        self._above, self._depth = self._forebears()
        self.severity = self._floats([float(event.severity) for event in self.events], [g.severity for g in self.own])
        self.raised = self._floats([e.raised_at_s for e in self.events], [g.raised_at_s for g in self.own])
        self.stakes = self._with_groups(stakes)
        self._shelved = np.fromiter((event.shelf is not None for event in self.events), np.bool_, count)
        self._explained = np.fromiter((bool(event.inhibited_by) for event in self.events), np.bool_, count)

    @staticmethod
    def _floats(events: Sequence[float], groups: Sequence[float]) -> Floats:
        return np.array([*events, *groups], dtype=np.float64)

    def _with_groups(self, stakes: Floats) -> Floats:
        """A group has at stake what its members have most: they may share one book."""
        most = [
            float(np.fmax.reduce(stakes[rows])) if len(rows) else np.nan
            for rows in (self.members[self.lead[group.key]] for group in self.own)
        ]
        return np.concatenate([stakes, np.array(most, dtype=np.float64)])

    def _single_lines(self) -> Bools:
        """Events that a flood gives a line of their own, whatever group they are in."""
        alone = np.zeros(len(self.events), dtype=np.bool_)
        if self.flood.active:
            alone[[self.row_of[line.event_id] for line in self.flood.lines if line.event_id in self.row_of]] = True
        return alone

    def _arrange_groups(self, groups: Sequence[EventGroup], alone: Bools) -> None:
        place = len(self.events)
        for group in groups:
            lead = self.row_of.get(group.head, -1)
            if lead < 0:
                lead, place = place, place + 1
            rows = np.array([self.row_of[name] for name in group.members if name in self.row_of], dtype=np.intp)
            rows = rows[(rows != lead) & ~alone[rows]]
            self.leader[rows] = lead
            self.lead[group.key], self.group_at[lead], self.members[lead] = lead, group, rows

    def _forebears(self) -> tuple[Order, Order]:
        """By steps and row, whom it stands under so many steps up; and by row, how many steps there are."""
        above = [np.arange(len(self), dtype=np.intp)]
        depth = np.zeros(len(self), dtype=np.intp)
        while len(above) <= DEEPEST:
            up = self.leader[above[-1]]
            moved = up != above[-1]
            if not moved.any():
                break
            depth += moved
            above.append(up)
        return np.stack(above), depth

    def __len__(self) -> int:
        return len(self.keys)

    def event_at(self, row: int) -> Event | None:
        """None for a group's own row."""
        return self.events[row] if row < len(self.events) else None

    # What is in sight

    def visible(self, wanted: EventFilter, opened: Collection[str], found: Bools | None = None) -> Bools:
        """`opened` has the keys of groups whose members are shown; `found` is what a search lets through."""
        count = len(self.events)
        fits = self._fits(wanted)
        if found is not None:
            fits &= found
        shown = np.zeros(len(self), dtype=np.bool_)
        shown[:count] = fits & ~self._hidden(wanted)
        if found is not None or wanted.narrows:
            return shown
        for lead, rows in self.members.items():
            if lead >= count:
                shown[lead] = bool(shown[rows].any())
        shown &= self.leader == np.arange(len(self))
        if self.flood.active and not wanted.held_back:
            shown &= self._above_the_line()
        leads = [lead for key in opened if (lead := self.lead.get(key, -1)) >= 0]
        for lead in sorted(leads, key=self._depth.__getitem__):
            if shown[lead]:
                # Whoever opens a group wants to see what is in it, what its head explains first of all.
                rows = self.members[lead]
                shown[rows] = fits[rows] & (~self._shelved[rows] | wanted.shelved)
        return shown

    def _fits(self, wanted: EventFilter) -> Bools:
        count = len(self.events)
        fits: Bools = self.severity[:count] >= wanted.least
        if wanted.state is not None:
            fits &= np.fromiter((event.state is wanted.state for event in self.events), np.bool_, count)
        if wanted.kind is not None:
            fits &= np.fromiter((event.scope.kind is wanted.kind for event in self.events), np.bool_, count)
        return fits

    def _hidden(self, wanted: EventFilter) -> Bools:
        hidden = np.zeros(len(self.events), dtype=np.bool_)
        if not wanted.shelved:
            hidden |= self._shelved
        if not wanted.explained:
            hidden |= self._explained
        return hidden

    def _above_the_line(self) -> Bools:
        above = np.zeros(len(self), dtype=np.bool_)
        for line in self.flood.lines:
            row = self.lead.get(line.group, -1) if line.group else self.row_of.get(line.event_id, -1)
            if row >= 0:
                above[row] = True
        return above

    # In which order

    def natural_order(self) -> Order:
        """By severity, then by what is at stake (unknown first), then by how long it stands."""
        stakes = np.where(np.isnan(self.stakes), -np.inf, -self.stakes)
        return np.lexsort((self.raised, stakes, -self.severity))

    def under_leaders(self, order: Order) -> Order:
        """The same order with members behind their leaders, also where these stand in a group themselves."""
        if not self.members:
            return order
        place = np.empty(len(order), dtype=np.intp)
        place[order] = np.arange(len(order))
        rows = np.arange(len(self))
        keys = []
        for level in range(int(self._depth.max(initial=0)) + 1):
            steps = self._depth - level
            # The row's own forebear on this level; a row that stands higher up comes before all that is under it.
            keys.append(np.where(steps < 0, -1, place[self._above[np.maximum(steps, 0), rows]]))
        return np.lexsort(keys[::-1])

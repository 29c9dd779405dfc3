"""Open events as a table model: worst first, then by what is at stake, then longest standing; groups that open."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.domain import Severity, Trust
from core.events.model import Cause, Event, EventState
from core.events.view import EventGroup
from core.mitigation.model import WAITING_STATES, Mitigation
from core.snapshot import MetricInfo, Snapshot
from widgets import figures
from widgets.columns import Column, ColumnModel, Order, nan_last
from widgets.event_rows import ALL_EVENTS, EventFilter, EventRows
from widgets.marks import EVENT_TONES, metric_words, scope_words, severity_mark, severity_tone
from widgets.theme import Tone

COLUMNS = (
    Column("SEVERITY", 106, bold=True, tip="The highest severity reached since the event was raised"),
    Column("SCOPE", 138),
    Column("METRIC", 110),
    Column("VALUE", 72, figures=True),
    Column("LIMIT", 64, figures=True),
    Column("AT STAKE", 76, figures=True, tip="What of the book the scope holds: gross exposure, base currency"),
    Column("AGE", 62, figures=True, tip="Since it was raised"),
    Column("STATE", 146),
    Column("NOTE", 160),
)
SEVERITY, SCOPE, METRIC, VALUE, LIMIT, STAKE, AGE, STATE, NOTE = range(len(COLUMNS))
PREPARED = 400
"""Texts made for a search with every snapshot."""
_SEVERITIES = {severity: severity.word for severity in Severity}
SHUT, OPEN, MEMBER = "▸ ", "▾ ", "   "
MARKS = SHUT + OPEN


class EventModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.rows = EventRows()
        self.opened: set[str] = set()
        """Keys of groups whose members are shown."""
        self.wanted: EventFilter = ALL_EVENTS
        self._waiting: Mapping[str, Mitigation] = {}
        self._metrics: tuple[MetricInfo, ...] = ()
        self._infos: dict[str, MetricInfo] = {}
        self._now_s = 0.0
        self._base = "USD"
        self._texts: dict[str, tuple[str, tuple[str, str], str]] = {}
        """By event: the note, state and person that it was made from, and what a search looks through."""
        self._prepared = 0
        self._ranks: dict[int, tuple[tuple[str, ...], npt.NDArray[np.float64]]] = {}

    def show(self, snapshot: Snapshot) -> None:
        self._waiting = {plan.event_id: plan for plan in snapshot.mitigations if plan.state in WAITING_STATES}
        if snapshot.matrix.metrics is not self._metrics:
            self._metrics = snapshot.matrix.metrics
            self._infos = {info.name: info for info in snapshot.matrix.metrics}
        self._now_s = snapshot.at_s
        self._base = snapshot.base_currency
        self.rows = EventRows(snapshot.events, snapshot.alarms)
        self.opened &= self.rows.lead.keys()
        self._prepare()
        self.take(self.rows.keys)

    @property
    def events(self) -> tuple[Event, ...]:
        """All of them, whatever is in sight."""
        return self.rows.events

    def event_of(self, event_id: str) -> Event | None:
        row = self.rows.row_of.get(event_id)
        return None if row is None else self.rows.events[row]

    def group_of(self, key: object) -> EventGroup | None:
        """The group that the row of this key leads."""
        row = self._row(key)
        return None if row is None else self.rows.group_at.get(row)

    def events_under(self, key: object) -> tuple[Event, ...]:
        """What an act on the row of this key means: an event, or all of a group that has a row of its own."""
        row = self._row(key)
        if row is None:
            return ()
        event = self.rows.event_at(row)
        if event is not None:
            return (event,)
        return tuple(self.rows.events[member] for member in self.rows.members[row].tolist())

    def _row(self, key: object) -> int | None:
        if not isinstance(key, str):
            return None
        row = self.rows.row_of.get(key)
        return self.rows.lead.get(key.partition(":")[2]) if row is None else row

    def waiting(self, event_id: str) -> Mitigation | None:
        """The plan for this event that waits for a person."""
        return self._waiting.get(event_id)

    # What is in sight

    def filter_by(self, wanted: EventFilter) -> None:
        if wanted != self.wanted:
            self.wanted = wanted
            self._arrange()

    def turn(self, key: object) -> None:
        """Open the group that the row of this key leads, or shut it."""
        group = self.group_of(key)
        if group is not None:
            self.opened ^= {group.key}
            self._arrange()

    def _wanted(self) -> Order:
        rows = self.rows
        column = self._sorted_by
        whole = 0 <= column < len(self.columns)
        order = nan_last(self.sort_keys(column), self._descending) if whole else rows.natural_order()
        shown = rows.visible(self.wanted, self.opened, self._found() if self._filter else None)
        order = rows.under_leaders(order)
        return order[shown[order]]

    def _found(self) -> npt.NDArray[np.bool_]:
        events = self.rows.events
        return np.fromiter((self._filter in self._text_of(event) for event in events), np.bool_, len(events))

    def _text_of(self, event: Event) -> str:
        known = self._texts.get(event.event_id)
        # Figures change with every cycle and are not looked for.
        if known is None or known[0] is not event.note or known[1] != (event.state, event.acknowledged_by):
            known = (event.note, (event.state, event.acknowledged_by), self._searched(event))
            self._texts[event.event_id] = known
        return known[2]

    def _prepare(self) -> None:
        """A few texts with every snapshot, so that the first letter of a search has little left to do."""
        events = self.rows.events
        for event in events[self._prepared : self._prepared + PREPARED]:
            self._text_of(event)
        self._prepared = self._prepared + PREPARED if self._prepared + PREPARED < len(events) else 0
        if len(self._texts) > 2 * len(events) + PREPARED:
            self._texts = {name: self._texts[name] for name in self.rows.row_of if name in self._texts}

    def _searched(self, event: Event) -> str:
        kind, name = event.scope.kind, event.scope.name
        # Kinds and states are texts themselves: ten thousand `.value`s take longer than everything else here.
        return (
            f"{_SEVERITIES[event.severity]} {kind}:{name} {kind} {name} {self._metric(event)} {event.metric} "
            f"{event.state} {event.acknowledged_by} {event.note} {event.event_id}"
        ).lower()

    def natural_order(self) -> Order:
        return self.rows.natural_order()

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = self.rows
        if column == SEVERITY:
            return rows.severity
        if column == AGE:
            return self._now_s - rows.raised
        if column == STAKE:
            return rows.stakes
        if column in (VALUE, LIMIT):
            of = [event.value if column == VALUE else event.threshold for event in rows.events]
            return np.array([*of, *([math.nan] * len(rows.own))])
        return self._word_ranks(column)

    def _word_ranks(self, column: int) -> npt.NDArray[np.float64]:
        """Rows by what a column says; kept with the events where they always say the same of one."""
        keys, known = self.rows.keys, self._ranks.get(column)
        if known is None or known[0] != keys:
            told = [self.text(row, column).lstrip(MARKS) for row in range(len(self.rows))]
            ranks = np.unique(np.array(told, dtype=np.str_), return_inverse=True)[1].astype(np.float64)
            known = keys, ranks
            if column in (SCOPE, METRIC):
                self._ranks[column] = known
        return known[1]

    # What is shown

    def text(self, row: int, column: int) -> str:
        event = self.rows.event_at(row)
        if event is None:
            return self._group_text(row, self.rows.group_at[row], column)
        if column == SEVERITY:
            return severity_mark(int(event.severity)) + ("+" if event.urgency > event.severity else "")
        if column == SCOPE:
            return self._mark(row) + scope_words(event.scope)
        if column == METRIC:
            return self._metric(event)
        if column == AGE:
            return figures.lasting(self._now_s - event.raised_at_s)
        if column == STAKE:
            return figures.money(float(self.rows.stakes[row]), self._base)
        if column == STATE:
            return self._state(event)
        if column == NOTE:
            group = self.rows.group_at.get(row)
            return f"explains {figures.number(group.count)} more; {event.note}" if group is not None else event.note
        return self._figure(event, column)

    def _mark(self, row: int) -> str:
        group = self.rows.group_at.get(row)
        if group is not None:
            return OPEN if group.key in self.opened else SHUT
        return MEMBER if self.rows.leader[row] != row else ""

    def _metric(self, event: Event) -> str:
        info = self._infos.get(event.metric)
        return info.title.lower() if info else metric_words(event.metric)

    def _group_text(self, row: int, group: EventGroup, column: int) -> str:
        if column == SEVERITY:
            return severity_mark(int(group.severity))
        if column == SCOPE:
            return f"{self._mark(row)}{figures.number(group.count)} in {scope_words(group.scope)}"
        if column == METRIC:
            info = self._infos.get(group.metric)
            return info.title.lower() if info else metric_words(group.metric) or "several"
        if column == STAKE:
            return figures.money(float(self.rows.stakes[row]), self._base)
        if column == AGE:
            return figures.lasting(self._now_s - group.raised_at_s)
        if column == STATE:
            return f"{figures.number(group.asking)} new" if group.asking else "all seen"
        return group.title if column == NOTE else ""

    def _figure(self, event: Event, column: int) -> str:
        info = self._infos.get(event.metric)
        if event.cause is Cause.SYSTEM and math.isnan(event.value):
            return ""  # it has none
        if info is None and math.isnan(event.value):
            return "" if column == LIMIT else figures.UNKNOWN
        unit = info.unit if info else ""
        if column == VALUE:
            return figures.figure(event.value, unit, self._base)
        return figures.limit(event.threshold, unit, self._base)

    def _state(self, event: Event) -> str:
        plan = self._waiting.get(event.event_id)
        if event.shelf is not None:
            return f"shelved {figures.lasting(event.shelf.until_s - self._now_s)} {event.shelf.by}"
        if event.inhibited_by:
            return "explained"
        if plan is not None and plan.lapses_at_s is not None:
            return f"approve {figures.lasting(plan.lapses_at_s - self._now_s)}"
        if plan is not None:
            return "plan proposed"
        words = {EventState.RAISED: "new", EventState.CLEARED: "back inside"}.get(event.state, event.state.value)
        by = f" {event.acknowledged_by}" if event.acknowledged_by else ""
        again = f" {event.occurrences}×" if event.occurrences > 1 else ""
        return f"{words}{by}{again}" + (" chattering" if event.chattering else "")

    def tone(self, row: int, column: int) -> Tone:
        event = self.rows.event_at(row)
        if event is None:
            if column == SEVERITY:
                return severity_tone(int(self.rows.group_at[row].severity))
            return Tone.STRONG if column in {SCOPE, STATE} else Tone.FAINT if column == NOTE else Tone.NORMAL
        if column == SEVERITY:
            return severity_tone(int(event.severity))
        if column == STATE:
            if event.shelf is not None or event.inhibited_by:
                return Tone.FAINT
            return Tone.HIGH if event.event_id in self._waiting else EVENT_TONES[event.state]
        if column == VALUE and (math.isnan(event.value) or event.trust is Trust.UNKNOWN):
            return Tone.UNKNOWN
        if column == STAKE and math.isnan(self.rows.stakes[row]):
            return Tone.UNKNOWN
        return Tone.STRONG if column in {SCOPE, VALUE} else Tone.FAINT if column == NOTE else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        event = self.rows.event_at(row)
        if column == SEVERITY and event is not None and event.urgency > event.severity:
            return f"As urgent as {event.urgency.word}: nobody has answered for {figures.lasting(self._asked(event))}"
        if column == STATE and event is not None and event.shelf is not None:
            return f"Put aside by {event.shelf.by} until {figures.clock(event.shelf.until_s)}: {event.shelf.reason}"
        return self.text(row, column).strip() if column in {SCOPE, NOTE, STATE} else ""

    def _asked(self, event: Event) -> float:
        return self._now_s - (event.asks_since_s if event.asks_since_s is not None else event.raised_at_s)

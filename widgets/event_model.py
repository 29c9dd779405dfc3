"""Open events as a table model: worst first, then longest standing."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.domain import Trust
from core.events.model import Event, EventState
from core.mitigation.model import WAITING_STATES, Mitigation
from core.snapshot import MetricInfo, Snapshot
from widgets import figures
from widgets.columns import Column, ColumnModel, Order
from widgets.marks import EVENT_TONES, is_open, metric_words, scope_words, severity_mark, severity_tone
from widgets.theme import Tone

COLUMNS = (
    Column("SEVERITY", 106, bold=True, tip="The highest severity reached since the event was raised"),
    Column("SCOPE", 138),
    Column("METRIC", 110),
    Column("VALUE", 72, figures=True),
    Column("LIMIT", 64, figures=True),
    Column("AGE", 62, figures=True, tip="Since it was raised"),
    Column("STATE", 146),
    Column("NOTE", 160),
)
SEVERITY, SCOPE, METRIC, VALUE, LIMIT, AGE, STATE, NOTE = range(len(COLUMNS))


class EventModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.events: tuple[Event, ...] = ()
        self._waiting: dict[str, Mitigation] = {}
        self._infos: dict[str, MetricInfo] = {}
        self._now_s = 0.0
        self._base = "USD"
        self._severity = np.empty(0)
        self._raised = np.empty(0)

    def show(self, snapshot: Snapshot) -> None:
        self.events = tuple(event for event in snapshot.events if is_open(event))
        self._waiting = {plan.event_id: plan for plan in snapshot.mitigations if plan.state in WAITING_STATES}
        self._infos = {info.name: info for info in snapshot.matrix.metrics}
        self._now_s = snapshot.at_s
        self._base = snapshot.base_currency
        rows = len(self.events)
        self._severity = np.fromiter((event.severity for event in self.events), np.float64, rows)
        self._raised = np.fromiter((event.raised_at_s for event in self.events), np.float64, rows)
        self.take(tuple(event.event_id for event in self.events))

    def event_of(self, event_id: str) -> Event | None:
        return next((event for event in self.events if event.event_id == event_id), None)

    def waiting(self, event_id: str) -> Mitigation | None:
        """The plan for this event that waits for a person."""
        return self._waiting.get(event_id)

    def natural_order(self) -> Order:
        return np.lexsort((self._raised, -self._severity))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.events)
        if column == SEVERITY:
            return self._severity
        if column == AGE:
            return self._now_s - self._raised
        if column == VALUE:
            return np.fromiter((event.value for event in self.events), np.float64, rows)
        if column == LIMIT:
            return np.fromiter((event.threshold for event in self.events), np.float64, rows)
        words = np.array([self.text(row, column) for row in range(rows)], dtype=np.str_)
        return np.unique(words, return_inverse=True)[1].astype(np.float64)

    def text(self, row: int, column: int) -> str:
        event = self.events[row]
        if column == SEVERITY:
            return severity_mark(int(event.severity))
        if column == SCOPE:
            return scope_words(event.scope)
        if column == METRIC:
            info = self._infos.get(event.metric)
            return info.title.lower() if info else metric_words(event.metric)
        if column == AGE:
            return figures.lasting(self._now_s - event.raised_at_s)
        if column == STATE:
            return self._state(event)
        return event.note if column == NOTE else self._figure(event, column)

    def _figure(self, event: Event, column: int) -> str:
        info = self._infos.get(event.metric)
        if info is None and math.isnan(event.value):
            return "" if column == LIMIT else figures.UNKNOWN
        unit = info.unit if info else ""
        if column == VALUE:
            return figures.figure(event.value, unit, self._base)
        return figures.limit(event.threshold, unit, self._base)

    def _state(self, event: Event) -> str:
        plan = self._waiting.get(event.event_id)
        if plan is not None and plan.lapses_at_s is not None:
            return f"approve {figures.lasting(plan.lapses_at_s - self._now_s)}"
        if plan is not None:
            return "plan proposed"
        words = {EventState.RAISED: "new", EventState.CLEARED: "back inside"}.get(event.state, event.state.value)
        by = f" {event.acknowledged_by}" if event.acknowledged_by else ""
        again = f" {event.occurrences}×" if event.occurrences > 1 else ""
        return f"{words}{by}{again}"

    def tone(self, row: int, column: int) -> Tone:
        event = self.events[row]
        if column == SEVERITY:
            return severity_tone(int(event.severity))
        if column == STATE:
            return Tone.HIGH if event.event_id in self._waiting else EVENT_TONES[event.state]
        if column == VALUE and (math.isnan(event.value) or event.trust is Trust.UNKNOWN):
            return Tone.UNKNOWN
        return Tone.STRONG if column in {SCOPE, VALUE} else Tone.FAINT if column == NOTE else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return self.text(row, column) if column in {SCOPE, NOTE, STATE} else ""

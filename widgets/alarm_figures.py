"""How the alarms themselves do: their rate, floods, the limits that raise most, what stands too long, how fast people
answer."""

from __future__ import annotations

import math
from collections.abc import Hashable

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.events.model import Event, Resolution
from core.events.view import Actor, AlarmFigures
from core.snapshot import Snapshot
from widgets import figures
from widgets.columns import Column
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, Line
from widgets.line_model import LineModel
from widgets.marks import metric_words, scope_words, severity_mark, severity_tone
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

MANY_IN_TEN_MINUTES = 10
"""More than an operator can answer (EEMUA 191)."""
TARGET_A_DAY = 144
"""About one every ten minutes: what EEMUA 191 calls acceptable."""

ACTORS = (
    Column("LIMIT", 150, bold=True),
    Column("SCOPE", 150),
    Column("RAISED", 76, figures=True, tip="In the last day"),
    Column("SHARE", 68, figures=True, tip="Of everything that was raised in that time"),
)
LIMIT, ACTOR_SCOPE, RAISED, SHARE = range(len(ACTORS))
STALE = (
    Column("SEVERITY", 106, bold=True),
    Column("SCOPE", 140),
    Column("METRIC", 120),
    Column("OPEN", 76, figures=True),
)
STALE_SEVERITY, STALE_SCOPE, STALE_METRIC, STALE_OPEN = range(len(STALE))


class ActorModel(LineModel[Actor]):
    def __init__(self) -> None:
        super().__init__(ACTORS)

    def key_of(self, line: Actor) -> Hashable:
        return line.scope, line.metric

    def number(self, line: Actor, column: int) -> float | None:
        return {RAISED: float(line.raised), SHARE: line.share}.get(column)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        words = {
            LIMIT: metric_words(line.metric),
            ACTOR_SCOPE: scope_words(line.scope),
            RAISED: figures.number(line.raised),
        }
        return words.get(column, figures.percent(line.share))

    def tone(self, row: int, column: int) -> Tone:
        return Tone.STRONG if column == LIMIT else Tone.NORMAL


class StaleModel(LineModel[Event]):
    def __init__(self) -> None:
        super().__init__(STALE)

    def key_of(self, line: Event) -> Hashable:
        return line.event_id

    def number(self, line: Event, column: int) -> float | None:
        return -line.raised_at_s if column == STALE_OPEN else None

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == STALE_OPEN:
            return figures.lasting(self.now_s - line.raised_at_s)
        words = {STALE_SEVERITY: severity_mark(int(line.severity)), STALE_SCOPE: scope_words(line.scope)}
        return words.get(column, metric_words(line.metric))

    def tone(self, row: int, column: int) -> Tone:
        return severity_tone(int(self.lines[row].severity)) if column == STALE_SEVERITY else Tone.NORMAL


class Tile(QWidget):
    """A caption, a figure, and what it should be."""

    def __init__(self, name: str, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.caption = Line(caption, Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.value = Line(figures.UNKNOWN, Tone.UNKNOWN, font=figure_font(18, QFont.Weight.Bold), elide=RIGHT)
        self.side = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        for part in (self.caption, self.value, self.side):
            column.addWidget(part)

    def say(self, value: str, side: str, tone: Tone = Tone.STRONG) -> None:
        self.value.say(value, tone)
        self.side.say(side)
        self.setAccessibleName(f"{self.caption.text()} {value} {side}")


class AlarmFiguresPanel(Panel):
    event_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("alarm_figures", "Alarm figures", parent)
        self.ten = Tile("alarms_ten", "Last ten minutes")
        self.day = Tile("alarms_day", "Last day")
        self.flood = Tile("alarms_flood", "Time in flood")
        self.stale = Tile("alarms_stale", "Stale")
        self.chattering = Tile("alarms_chattering", "Chattering")
        self.acknowledge = Tile("alarms_acknowledge", "To acknowledge, p50")
        self.resolve = Tile("alarms_resolve", "To resolve, p50")
        self.by = Tile("alarms_by", "Resolved by")
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        for place, tile in enumerate(self.tiles):
            grid.addWidget(tile, place // 4, place % 4)
            grid.setColumnStretch(place % 4, 1)
        self.actors, self.old = ActorModel(), StaleModel()
        self.actor_table = Table(self.actors, "worst_actors", "Limits that raise most alarms", self)
        self.actor_table.size_columns(stretched=LIMIT)
        self.actor_table.empty_words = "No alarm was raised in the last day"
        self.stale_table = Table(self.old, "stale_events", "Events that stand too long", self)
        self.stale_table.size_columns(stretched=STALE_METRIC)
        self.stale_table.empty_words = "No event stands too long"
        for table in (self.actor_table, self.stale_table):
            table.make_sortable()
        self.stale_table.opened.connect(lambda key: self.event_chosen.emit(str(key)))
        tables = QHBoxLayout()
        tables.setSpacing(14)
        tables.addLayout(self._titled("Worst actors of the last day", self.actor_table), 1)
        tables.addLayout(self._titled("Standing too long", self.stale_table), 1)
        self.body.addLayout(grid)
        self.body.addSpacing(8)
        self.body.addLayout(tables, 1)

    @staticmethod
    def _titled(words: str, table: Table) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addWidget(Line(words, Tone.FAINT, font=text_font(12, QFont.Weight.DemiBold)))
        column.addWidget(table, 1)
        return column

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return (
            self.ten, self.day, self.flood, self.stale, self.chattering, self.acknowledge, self.resolve, self.by,
        )  # fmt: skip

    def draw(self, snapshot: Snapshot) -> None:
        told = snapshot.alarms.figures
        many = told.last_10_min > MANY_IN_TEN_MINUTES
        self.ten.say(
            figures.number(told.last_10_min),
            f"a flood above {MANY_IN_TEN_MINUTES}",
            Tone.HIGH if many else Tone.STRONG,
        )
        busy = told.last_day > TARGET_A_DAY
        self.day.say(figures.number(told.last_day), f"good up to {TARGET_A_DAY}", Tone.MEDIUM if busy else Tone.STRONG)
        self.flood.say(figures.percent(told.flood_share), "of the last day", _tone(told.flood_share > 0.01))
        self.stale.say(figures.number(told.stale), "open for too long", _tone(bool(told.stale)))
        self.chattering.say(figures.number(told.chattering), "held open", _tone(bool(told.chattering)))
        self.acknowledge.say(*_times(told.acknowledge_p50_s, told.acknowledge_p95_s))
        self.resolve.say(*_times(told.resolve_p50_s, told.resolve_p95_s))
        self.by.say(*_resolved(told))
        self.actors.show(told.worst, snapshot.base_currency, snapshot.at_s)
        known = {event.event_id: event for event in snapshot.events} if told.stale_ids else {}
        old = tuple(known[name] for name in told.stale_ids if name in known)
        self.old.show(old, snapshot.base_currency, snapshot.at_s)
        self.actor_table.flush()
        self.stale_table.flush()


def _tone(abnormal: bool) -> Tone:
    return Tone.MEDIUM if abnormal else Tone.STRONG


def _times(half: float, most: float) -> tuple[str, str, Tone]:
    if math.isnan(half):
        return figures.UNKNOWN, "nothing was answered yet", Tone.UNKNOWN
    return figures.lasting(half), f"p95 {figures.lasting(most)}", Tone.STRONG


def _resolved(told: AlarmFigures) -> tuple[str, str, Tone]:
    whole = sum(told.resolved_by.values())
    if not whole:
        return figures.UNKNOWN, "nothing was resolved yet", Tone.UNKNOWN
    by = ", ".join(
        f"{figures.number(told.resolved_by[one])} {one.value}" for one in Resolution if told.resolved_by.get(one)
    )
    return figures.number(whole), by, Tone.STRONG

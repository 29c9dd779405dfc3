"""How much is mended without a person, how often it helps, and how long it takes."""

from __future__ import annotations

import math
from collections.abc import Hashable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.mitigation.automation import AutomationFigures, AutomationView
from core.snapshot import Snapshot
from widgets import figures
from widgets.columns import Column
from widgets.fonts import figure_font, text_font
from widgets.line import Line
from widgets.line_model import LineModel
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (
    Column("DAY (UTC)", 96),
    Column("BY ITSELF", 76, figures=True, tip="Share of the breaches that needed an act and were mended without one"),
    Column("PROPOSED", 78, figures=True),
    Column("APPROVED", 78, figures=True),
    Column("AUTOMATIC", 88, figures=True),
    Column("HELD BACK", 82, figures=True, tip="Would have run by themselves and had to wait for a person"),
    Column("VERIFIED", 74, figures=True),
    Column("FAILED", 64, figures=True),
    Column("LAPSED", 64, figures=True),
    Column("REJECTED", 74, figures=True),
    Column("STOPPED", 70, figures=True, tip="Breaches for which an emergency stop was fired: not mended"),
    Column("FIRST ORDER P50", 124, figures=True),
    Column("P95", 62, figures=True),
    Column("BACK INSIDE P50", 124, figures=True),
    Column("P95", 62, figures=True),
)
HELD_BACK, LAPSED, REJECTED = 5, 8, 9
NUMBERS = (
    "share", "proposed", "approved", "automatic", "held_back", "verified", "failed", "lapsed", "rejected", "stopped",
    "first_order_p50_s", "first_order_p95_s", "inside_p50_s", "inside_p95_s",
)  # fmt: skip
_TILES = (
    ("mended without a person", "share"),
    ("proposed", "proposed"),
    ("approved by a person", "approved"),
    ("ran by policy", "automatic"),
    ("verified", "verified"),
    ("failed", "failed"),
    ("breach to first order, p50", "first_order_p50_s"),
    ("breach to back inside, p50", "inside_p50_s"),
    ("breach to back inside, p95", "inside_p95_s"),
)


def told(row: AutomationFigures, name: str) -> str:
    value = getattr(row, name)
    if name == "share":
        return "none needed" if math.isnan(value) else figures.percent(value)
    if name.endswith("_s"):
        return "none yet" if math.isnan(value) else figures.seconds(value)
    return figures.number(value)


class DayModel(LineModel[AutomationFigures]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def key_of(self, line: AutomationFigures) -> Hashable:
        return line.day

    def number(self, line: AutomationFigures, column: int) -> float | None:
        return float(getattr(line, NUMBERS[column - 1])) if column else None

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        return told(line, NUMBERS[column - 1]) if column else line.day or "all"


class AutomationPanel(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("automation_panel", "Automation and outcome", parent)
        self.rule = QLabel("", self)
        self.rule.setWordWrap(True)
        self.rule.setTextFormat(Qt.TextFormat.PlainText)
        self.tiles = {name: Line("", Tone.STRONG, font=figure_font(20)) for _, name in _TILES}
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(2)
        for place, (words, name) in enumerate(_TILES):
            caption = Line(words, Tone.FAINT, font=text_font(12, QFont.Weight.Normal))
            self.tiles[name].setAccessibleName(words)
            row, column = 2 * (place // 3), place % 3
            grid.addWidget(caption, row, column)
            grid.addWidget(self.tiles[name], row + 1, column)
        self.model = DayModel()
        self.table = Table(self.model, "automation_days", "Automation and outcome, day by day", self)
        self.table.empty_words = "No day has anything to tell yet"
        for column, below_px in ((HELD_BACK, 1_250), (LAPSED, 1_250), (REJECTED, 1_250)):
            self.table.spare(column, below_px=below_px)
        self.table.make_sortable()
        self.body.addWidget(self.rule)
        self.body.addLayout(grid)
        self.body.addSpacing(6)
        self.body.addWidget(self.table, 1)

    def draw(self, snapshot: Snapshot) -> None:
        view = snapshot.automation
        if view is None:
            return
        self.note.say("automatic acts are armed" if view.armed else "nothing runs by itself: watch, propose, approve",
                      Tone.ACCENT if view.armed else Tone.FAINT)  # fmt: skip
        rule = _rule(view, snapshot.base_currency)
        if rule != self.rule.text():
            self.rule.setText(rule)
        for _, name in _TILES:
            self.tiles[name].say(told(view.whole, name))
        self.model.show(view.days, snapshot.base_currency, snapshot.at_s)
        self.table.flush()


def _rule(view: AutomationView, base: str) -> str:
    needed, of = view.confirm
    parts = [
        f"an automatic act needs {needed} of the last {of} readings, trusted and in breach",
        f"nothing is approved on figures older than {figures.seconds(view.figures_max_age_s)}",
        f"{figures.seconds(view.cool_down_s)} between two acts in one place",
        f"{figures.money(view.turnover, base)} ran by itself within the last hour",
    ]
    return " · ".join(parts)

"""Every metric explained: formula, unit, sign, source and beat, family by family; found by any word of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from core.snapshot import MetricInfo, RiskMatrix, Snapshot
from widgets import figures
from widgets.choice import families, family_title
from widgets.choice_model import fits
from widgets.columns import Column, ColumnModel, Order
from widgets.explain import beat_words, metric_tip, sign_words, unit_words
from widgets.fonts import text_font
from widgets.line import Line
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (
    Column("FAMILY", 112),
    Column("METRIC", 176, bold=True),
    Column("UNIT", 78),
    Column("WORSE", 82),
    Column("BEAT", 84),
    Column("FORMULA", 300),
)
FAMILY, METRIC, UNIT, WORSE, BEAT, FORMULA = range(len(COLUMNS))
_WORSE = {1: "larger", -1: "smaller", 0: "neither"}


class HelpModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.infos: tuple[MetricInfo, ...] = ()

    def show(self, infos: tuple[MetricInfo, ...]) -> None:
        self.infos = infos
        self.take(tuple(info.name for info in infos))

    def natural_order(self) -> Order:
        order = {family: place for place, family in enumerate(families(self.infos))}
        places = np.array([order[info.family] for info in self.infos], dtype=np.int64)
        return np.argsort(places, kind="stable")

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        return np.fromiter((fits(info, needle) for info in self.infos), np.bool_, len(self.infos))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        words = np.array([self.text(row, column) for row in range(len(self.infos))], dtype=np.str_)
        return np.unique(words, return_inverse=True)[1].astype(np.float64)

    def text(self, row: int, column: int) -> str:
        info = self.infos[row]
        if column == WORSE:
            return _WORSE.get(info.worse_is, _WORSE[0])
        if column == BEAT:
            return "each cycle" if info.beat.value == "cycle" else "slower"
        return {FAMILY: family_title(info.family), METRIC: info.title, UNIT: info.unit}.get(column, info.formula)

    def tone(self, row: int, column: int) -> Tone:
        return Tone.STRONG if column == METRIC else Tone.NORMAL if column == FORMULA else Tone.FAINT

    def tip(self, row: int, column: int) -> str:
        return metric_tip(self.infos[row])


class HelpPage(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("help_page", "Metrics", parent)
        self.model = HelpModel()
        self.table = Table(self.model, "help_rows", "Metrics and what they mean", self)
        self.table.size_columns(stretched=FORMULA)
        self.table.elide_right(FORMULA)
        self.table.make_sortable()
        self.table.empty_words = "No metric has this word"
        self.search = QLineEdit(self)
        self.search.setObjectName("help_search")
        self.search.setAccessibleName("Search metrics")
        self.search.setPlaceholderText("Search: a name, a word of the formula or source")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(320)
        self.search.textChanged.connect(self._search)
        self.top.addWidget(self.search)
        self.title = Line("", Tone.STRONG, font=text_font(16, QFont.Weight.DemiBold))
        self.text = QLabel("", self)
        self.text.setObjectName("help_text")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.table.chosen.connect(self._explain)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(self.title)
        side.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.table, 7)
        row.addLayout(side, 3)
        self.body.addLayout(row, 1)
        self._matrix: RiskMatrix | None = None

    def draw(self, snapshot: Snapshot) -> None:
        self._matrix = snapshot.matrix
        if snapshot.matrix.metrics != self.model.infos:
            self.model.show(snapshot.matrix.metrics)
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            self.table.choose_key(self.model.key(self.model.index(0, 0)))
        self._count()

    def _count(self) -> None:
        shown, known = self.model.rowCount(), len(self.model.infos)
        self.note.say(
            f"{figures.number(shown)} of {figures.number(known)} metrics"
            if shown != known
            else f"{figures.number(known)} metrics"
        )

    def _search(self, text: str) -> None:
        self.model.set_filter(text)
        self._count()

    def show_metric(self, name: str) -> None:
        """Choose this metric, whatever was searched for; "" chooses none."""
        if self._snapshot is not None:
            self.draw(self._snapshot)
        if name:
            self.search.clear()
            self.table.choose_key(name)
        self.table.setFocus()

    def _explain(self, name: object) -> None:
        info = next((info for info in self.model.infos if info.name == name), None)
        if info is None:
            return
        self.title.say(info.title)
        parts = (
            info.formula or "No formula is given.",
            f"Unit\n{unit_words(info)}",
            f"Sign\n{sign_words(info)}",
            f"Computed\n{beat_words(info, self._matrix)}",
            f"Source\n{info.source or 'not named'}",
            f"In limits it is called\n{info.name}",
        )
        self.text.setText("\n\n".join(parts))

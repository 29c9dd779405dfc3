"""What was changed of the limits: when, by whom, why, what was and what is, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.config.limit_form import LABELS, texts_of
from core.limit_page import LimitsPage, PastChange, PastRow
from core.risk.model import MetricInfo
from core.snapshot import Snapshot
from widgets.limit_models import WHAT, PastModel
from widgets.panel import Panel
from widgets.search_field import SearchField
from widgets.table import Table
from widgets.theme import Tone
from widgets.wrapped import Wrapped

ROWS = 12
"""Lines of what was and what is."""


class LimitPast(Panel):
    undo_requested = Signal(object)
    """The PastChange that somebody wants to take back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("limit_past", "Changes of the limits", parent)
        self.model = PastModel()
        self.table = Table(self.model, "limit_changes", "Changes of the limits, the newest first", self)
        self.table.size_columns(stretched=WHAT)
        self.table.elide_right(WHAT, WHAT + 1)
        self.table.make_sortable()
        self.search = SearchField(
            "limit_past_search", "Search changes of the limits", "Search: person, reason, limit", self
        )
        self.search.settled.connect(self.model.set_filter)
        self.rows = Wrapped(ROWS)
        self.stuck = Wrapped(2, Tone.MEDIUM)
        self.undo = QPushButton("Undo…", self)
        self.undo.setObjectName("limit_undo")
        self.undo.setAccessibleName("Take this change back, after a look at what that does (U)")
        self.undo.setToolTip(self.undo.accessibleName())
        self.body.addWidget(self.search)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.rows)
        self.body.addWidget(self.stuck)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.undo)
        self.body.addLayout(row)
        self._chosen: int | None = None
        self._locked = ""
        self._infos: dict[str, MetricInfo] = {}
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self._choose)
        self.undo.clicked.connect(self._undo)
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_U), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._undo)

    def draw(self, snapshot: Snapshot) -> None:
        """Its page hands it what the engine painted by `show_page`."""

    def show_page(self, page: LimitsPage, snapshot: Snapshot) -> None:
        self._infos = {info.name: info for info in snapshot.matrix.metrics}
        self.model.show(page.past, snapshot.base_currency, snapshot.at_s)
        self.table.empty_words = page.past_trouble or "No limits have been changed yet"
        self.table.flush()
        self._locked = page.locked
        self._show_chosen()

    def _choose(self, key: object) -> None:
        self._chosen = key if isinstance(key, int) else None
        self._show_chosen()

    @property
    def change(self) -> PastChange | None:
        return next((line for line in self.model.lines if line.seq == self._chosen), None)

    def _show_chosen(self) -> None:
        change = self.change
        self.undo.setEnabled(change is not None and not change.stuck and not self._locked)
        if change is None:
            self.rows.say("")
            self.stuck.say("")
            return
        told = [line for row in change.rows for line in row_words(row, self._infos, self.model.base)]
        self.rows.say("\n".join(told[:ROWS]) if told else "\n".join(change.sentences[:ROWS]))
        self.stuck.say(f"■ It cannot be undone: {change.stuck}" if change.stuck else self._locked)

    def _undo(self) -> None:
        change = self.change
        if change is not None and self.undo.isEnabled():
            self.undo_requested.emit(change)


def row_words(row: PastRow, infos: Mapping[str, MetricInfo], base: str) -> list[str]:
    """`the limit on drawdown of account:*: High 8 % → 5 %`."""
    if row.before is None and row.after is None:
        return [f"{row.key}: written anew"]
    if row.before is None or row.after is None:
        what = "new: " if row.before is None else "taken away: "
        texts = _texts(row.before or row.after or {}, row.key.metric, infos, base)
        shown = {name: text for name, text in texts.items() if text and name not in ("scope", "metric", "enabled")}
        return [f"{row.key}, {what}{', '.join(f'{LABELS[name]} {text}' for name, text in shown.items())}"]
    before, after = (_texts(values, row.key.metric, infos, base) for values in (row.before, row.after))
    moved = [
        f"{LABELS[name]} {before[name] or 'none'} → {after[name] or 'none'}"
        for name in before
        if before[name] != after[name]
    ]
    return [f"{row.key}: {', '.join(moved) or 'written otherwise, and says the same'}"]


def _texts(values: Mapping[str, Any], metric: str, infos: Mapping[str, MetricInfo], base: str) -> dict[str, str]:
    info = infos.get(str(values.get("metric", metric)))
    unit = "ratio" if values.get("of") else info.unit if info is not None else "number"
    return texts_of(values, unit, base)

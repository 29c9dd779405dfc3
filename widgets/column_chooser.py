"""Beside the scope table: which metrics it shows. No window of its own, so that nothing comes between hand and stop."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLineEdit, QListView, QToolButton, QWidget

from core.snapshot import MetricInfo, Snapshot
from widgets import figures
from widgets.choice import ColumnChoice, presets
from widgets.choice_model import ChoiceModel, place_of
from widgets.fonts import text_font
from widgets.panel import Panel

WIDTH_PX = 326
ACROSS = 3


class ColumnChooser(Panel):
    changed = Signal(object)
    """A ColumnChoice."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("column_chooser", "Columns", parent)
        self.setFixedWidth(WIDTH_PX)
        self.model = ChoiceModel(self)
        self._metrics: tuple[MetricInfo, ...] = ()
        self._choice = ColumnChoice()
        self.shut = QToolButton(self)
        self.shut.setObjectName("close_columns")
        self.shut.setText("Close")
        self.shut.setProperty("role", "flat")
        self.shut.clicked.connect(self.closed)
        self.top.addWidget(self.shut)
        self.search = QLineEdit(self)
        self.search.setObjectName("column_search")
        self.search.setAccessibleName("Search metrics")
        self.search.setPlaceholderText("Search: a name, a word of the formula")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.model.search)
        self.search.returnPressed.connect(self._to_list)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self.buttons: dict[str, QToolButton] = {}
        self.list = QListView(self)
        self.list.setObjectName("columns")
        self.list.setAccessibleName("Metrics to show, space ticks")
        self.list.setModel(self.model)
        self.list.setUniformItemSizes(True)
        self.model.changed.connect(self._take)
        self.body.addLayout(self._grid)
        self.body.addWidget(self.search)
        self.body.addWidget(self.list, 1)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.closed)

    def draw(self, snapshot: Snapshot) -> None:
        """What there is to choose from comes by `show_choice`."""

    def show_choice(self, metrics: tuple[MetricInfo, ...], choice: ColumnChoice) -> None:
        if metrics != self._metrics:
            self._metrics = metrics
            self._make_presets()
        self._choice = choice
        self.model.show(metrics, choice)
        for name, button in self.buttons.items():
            button.setChecked(name == choice.preset)
        self.note.say(f"{len(choice.columns(metrics))} of {figures.number(len(metrics))}")

    def _make_presets(self) -> None:
        for button in self.buttons.values():
            self._grid.removeWidget(button)
            button.deleteLater()
        self.buttons = {name: self._preset(name) for name in presets(self._metrics)}
        for place, button in enumerate(self.buttons.values()):
            self._grid.addWidget(button, place // ACROSS, place % ACROSS)
        before: QWidget = self.shut
        for part in (*self.buttons.values(), self.search, self.list):
            QWidget.setTabOrder(before, part)
            before = part

    def _preset(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"preset_{name.lower()}")
        button.setText(name)
        button.setCheckable(True)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setFont(text_font(12))
        button.setToolTip(f"Show the preset {name}")
        button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
        button.clicked.connect(self._choose_preset)
        return button

    def _choose_preset(self) -> None:
        sender = self.sender()
        self._take(ColumnChoice(sender.text()) if isinstance(sender, QToolButton) else ColumnChoice())

    def _take(self, choice: ColumnChoice) -> None:
        self.show_choice(self._metrics, choice)
        self.changed.emit(choice)

    def _to_list(self) -> None:
        self.list.setFocus()
        if self.model.rows:
            self.list.setCurrentIndex(self.model.index(0))

    def go_to(self, name: str) -> None:
        """Make this metric the current one."""
        index = place_of(self.model, name)
        if index.isValid():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)

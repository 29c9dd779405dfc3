"""The page of the settings: made from what is declared, with a search, and beside it what only the engine knows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from core.snapshot import Snapshot
from widgets import figures
from widgets.about_panel import AboutPanel
from widgets.config_panel import ConfigPanel
from widgets.fonts import text_font
from widgets.line import Line
from widgets.panel import SnapshotWidget
from widgets.routes_panel import RoutesPanel
from widgets.setting_rows import SettingRow
from widgets.settings import Group, Setting, Settings, declared
from widgets.theme import Tone


class SettingsCard(QFrame):
    """All settings of one group, and whatever else belongs there."""

    def __init__(self, group: Group, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"settings_{group.name.lower()}")
        self.setAccessibleName(group.value)
        self.setProperty("role", "panel")
        self.group = group
        self.rows: list[SettingRow] = []
        self.others: list[tuple[QWidget, str]] = []
        """Further parts, each with the words that a search finds it by."""
        self.caption = Line(group.value.upper(), Tone.FAINT, font=text_font(11, QFont.Weight.DemiBold))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(11, 8, 11, 9)
        self.column.setSpacing(4)
        self.column.addWidget(self.caption)

    def show_matching(self, needle: str) -> int:
        """How many of its parts are shown; without any the card itself is not."""
        wanted = needle.lower().split()
        shown = 0
        for row in self.rows:
            row.setVisible(row.matches(needle))
            shown += row.matches(needle)
        for part, words in self.others:
            fits = all(word in f"{self.group.value} {words}".lower() for word in wanted)
            part.setVisible(fits)
            shown += fits
        self.setVisible(bool(shown))
        return shown


class SettingsPage(SnapshotWidget):
    licences_requested = Signal()
    open_requested = Signal(str)
    """The path of the configuration's file."""
    trial_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("settings_page", "Settings", parent)
        self.cards: dict[Group, SettingsCard] = {}
        self.search = QLineEdit(self)
        self.search.setObjectName("settings_search")
        self.search.setAccessibleName("Search settings")
        self.search.setPlaceholderText("Search settings: a word of their names or of what they do")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.count = Line("", Tone.FAINT, font=text_font(12))
        self.config = ConfigPanel(self)
        self.routes = RoutesPanel(self)
        self.about = AboutPanel(self)
        self._scroll = QScrollArea(self)
        self._lay_out()
        self.config.asked.connect(self.asked)
        self.config.open_requested.connect(self.open_requested)
        self.routes.trial_requested.connect(self.trial_requested)
        self.about.licences_requested.connect(self.licences_requested)

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("settings_list")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._scroll.setObjectName("settings_scroll")
        self._scroll.setAccessibleName("Settings of this desk")
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        bar = QHBoxLayout()
        bar.setSpacing(10)
        bar.addWidget(self.search, 1)
        bar.addWidget(self.count)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(bar)
        left.addWidget(self._scroll, 1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.config)
        right.addWidget(self.routes, 1)
        right.addWidget(self.about)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addLayout(left, 55)
        whole.addLayout(right, 45)

    def serve(self, settings: Settings) -> None:
        """From now on the page shows and changes these."""
        for setting in declared():
            if setting.listed:
                card = self.card(setting.group)
                row = SettingRow(setting, settings, card)
                card.rows.append(row)
                card.column.addWidget(row)
        self._search(self.search.text())

    def card(self, group: Group) -> SettingsCard:
        """Of this group; made where there is none yet, in the order of the groups."""
        if group not in self.cards:
            order = list(Group)
            place = sum(order.index(other) < order.index(group) for other in self.cards)
            self.cards[group] = SettingsCard(group)
            self._column.insertWidget(place, self.cards[group])
        return self.cards[group]

    def add_part(self, group: Group, part: QWidget, words: str) -> None:
        """Put a control of its own kind into the card of `group`; `words` are what the search finds it by."""
        card = self.card(group)
        card.others.append((part, words))
        card.column.addWidget(part)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        for part in (self.config, self.routes, self.about):
            part.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Its panels draw themselves, and settings are no part of a snapshot."""

    def remark(self, setting: Setting[Any], words: str) -> None:
        """Add a sentence to what the page says of `setting`."""
        for row in self.card(setting.group).rows:
            if row.setting is setting:
                row.remark(words)

    def show_group(self, group: Group) -> None:
        """Bring the card of this group into sight, whatever was searched for."""
        self.search.clear()
        if group in self.cards:
            self._scroll.ensureWidgetVisible(self.cards[group])

    def _search(self, text: str) -> None:
        shown = sum(card.show_matching(text.strip()) for card in self.cards.values())
        self.count.say(figures.count(shown, "setting") if shown else "no setting has these words")

"""A few facts one under the other: what each is called, what is known of it, and in which tone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from widgets import theme
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone

Fact = tuple[str, str, Tone]
"""Its name, the words, and their tone."""


class Facts(QWidget):
    """Words are wrapped: a sentence that is cut is no fact."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._rows: list[tuple[Line, QLabel]] = []
        self._shown: tuple[Fact, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        shown = tuple(facts)
        if shown == self._shown:
            return
        self._shown = shown
        while len(self._rows) < len(shown):
            self._add_row()
        for place, (name, words) in enumerate(self._rows):
            told = shown[place] if place < len(shown) else ("", "", Tone.NORMAL)
            name.setVisible(place < len(shown))
            words.setVisible(place < len(shown))
            name.say(told[0])
            words.setText(told[1])
        self._paint()
        self.setAccessibleDescription(self.told())

    def told(self) -> str:
        """All of it as text, a fact a line."""
        return "\n".join(f"{name}: {words}" for name, words, _ in self._shown)

    def restyle(self) -> None:
        """The theme changed."""
        self._paint()

    def _paint(self) -> None:
        for (_, words), (_, _, tone) in zip(self._rows, self._shown, strict=False):
            palette = words.palette()
            palette.setColor(words.foregroundRole(), theme.current().color(tone))
            words.setPalette(palette)

    def _add_row(self) -> None:
        name = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT, parent=self)
        words = QLabel("", self)
        words.setWordWrap(True)
        words.setFont(text_font(13))
        words.setTextFormat(Qt.TextFormat.PlainText)
        place = len(self._rows)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(name, place, 0, top)
        self._grid.addWidget(words, place, 1, top)
        self._rows.append((name, words))

"""What an alarm means, what to check, what mends it, and what each button that makes sense for it does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.events.model import Event, EventState
from core.guidance import button_words, guidance_of
from widgets.fonts import text_font
from widgets.line import Line
from widgets.theme import Tone

SECTIONS = ("What it means", "What to check", "What mends it", "What the buttons do")
_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class GuidanceView(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guidance")
        self.setAccessibleName("Guidance")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setObjectName("guidance_text")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 2, 8, 2)
        column.setSpacing(3)
        self.labels: dict[str, QLabel] = {}
        self._captions: dict[str, Line] = {}
        for section in SECTIONS:
            caption = Line(section, Tone.FAINT, font=text_font(12, QFont.Weight.DemiBold))
            label = QLabel("", inner)
            label.setObjectName(section.lower().replace(" ", "_"))
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(_SELECTABLE)
            column.addWidget(caption)
            column.addWidget(label)
            column.addSpacing(5)
            self.labels[section], self._captions[section] = label, caption
        column.addStretch(1)
        self.setWidget(inner)

    def show_event(self, event: Event | None, *, planned: bool) -> None:
        """`planned`: whether a plan for it waits for a person."""
        if event is None:
            texts = ("", "", "", "")
        else:
            said = guidance_of(event)
            check = "\n".join(f"{number}. {line}" for number, line in enumerate(said.check, 1))
            words = button_words()
            buttons = "\n".join(words[name] for name in buttons_for(event, planned=planned) if name in words)
            texts = (said.means, check, said.mends, buttons)
        for section, text in zip(SECTIONS, texts, strict=True):
            label = self.labels[section]
            if label.text() != text:
                label.setText(text)
            for part in (label, self._captions[section]):
                part.setVisible(bool(text))


def buttons_for(event: Event, *, planned: bool) -> tuple[str, ...]:
    """Names of the buttons that make sense for it now."""
    names = [] if event.acknowledged_by else ["acknowledge"]
    names += ["approve", "reject"] if planned else []
    names += ["resolve"] if event.state is EventState.CLEARED else []
    names.append("shelve" if event.shelf is None else "unshelve")
    return (*names, "scope")

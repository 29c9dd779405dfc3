"""The field in which a filter is written, with the words that may follow under it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from core.filtering.completing import Option, Options
from widgets.fonts import figure_font
from widgets.offers import OfferList

Complete = Callable[[str, int], Options]
_UP, _DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down


class FilterEdit(QLineEdit):
    """Down and up choose among the words, Tab takes the chosen or the first, Enter the chosen one; Escape leaves them
    aside, and pressed again empties the field. Ctrl+Space asks for them anew."""

    left_down = Signal()
    """Whoever writes wants to go on to what is filtered."""

    def __init__(self, complete: Complete, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._complete = complete
        self._start = 0
        self.setFont(figure_font())
        self.setClearButtonEnabled(True)
        self.offers = OfferList(self)
        self.offers.taken.connect(self._take)
        self.textEdited.connect(self._offer)

    def _offer(self, *_: object) -> None:
        if not self.hasFocus():
            return
        options = self._complete(self.text(), self.cursorPosition())
        self._start = options.start
        self.offers.offer(options.found, self)

    def _take(self, option: Option) -> None:
        text, cursor = self.text(), self.cursorPosition()
        behind = text[cursor:]
        word = option.word.rstrip() if behind.startswith(" ") else option.word
        self.setText(text[: self._start] + word + behind)
        self.setCursorPosition(self._start + len(word))
        self.textEdited.emit(self.text())

    def event(self, event: QEvent) -> bool:
        # Tab would move the keyboard on before the field heard of it.
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and self._takes_tab(event):
            option = self.offers.chosen or self.offers.offers.options[0]
            self._take(option)
            return True
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def _takes_tab(self, event: QKeyEvent) -> bool:
        return event.key() == Qt.Key.Key_Tab and not event.modifiers() and self.offers.isVisible()

    def _is_ours(self, event: QKeyEvent) -> bool:
        """Escape must not shut what lies around the field while it has words or text of its own to put away."""
        return event.key() == Qt.Key.Key_Escape and (self.offers.isVisible() or bool(self.text()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, offered = event.key(), self.offers.isVisible()
        if key == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._offer()
        elif key in (_UP, _DOWN) and offered:
            self.offers.step(1 if key == _DOWN else -1)
        elif key == Qt.Key.Key_Escape and offered:
            self.offers.hide()
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and offered and self.offers.chosen is not None:
            self._take(self.offers.chosen)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, _DOWN):
            self.offers.hide()
            self.left_down.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.offers.hide()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.offers.hide()
        super().hideEvent(event)

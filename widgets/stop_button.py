"""The red button: one click or one chord fires, always, without a question."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShortcut,
    QWindow,
)
from PySide6.QtWidgets import QAbstractButton, QApplication, QSizePolicy, QWidget

from core.domain import StopLevel
from core.halt.model import HaltView, over_the_portfolio
from core.snapshot import Snapshot, StopOutlook
from widgets import figures, theme
from widgets.fonts import text_font

CHORD = "Ctrl+Shift+X"
LOOK_MS = 50
"""How soon a menu that opened is known: before a hand has come from it to the button."""


def outlook_words(outlook: StopOutlook, base: str = "USD") -> tuple[str, str]:
    """What the stop would do: two short lines."""
    time = "time unknown" if outlook.expected_ms is None else f"est. {figures.milliseconds(outlook.expected_ms)}"
    reach = figures.count(outlook.accounts, "account")
    if outlook.able != outlook.accounts:
        reach = f"{figures.number(outlook.able)} of {reach}"
    first = f"{figures.count(outlook.orders, 'order')} · {reach} · {time}"
    return first, f"{_protective_words(outlook, base)} · {CHORD}"


def _protective_words(outlook: StopOutlook, base: str) -> str:
    """What becomes of orders that can only reduce, and what they guard: `removes 214 stop-losses of $8.1M`."""
    verb = "keeps" if outlook.terms.spares_reducing else "removes"
    if outlook.protective is None:
        return "stop-losses unknown"
    if not outlook.protective:
        return f"{verb} no stop-loss"
    guarded = "" if outlook.protects is None else f" of {figures.money(outlook.protects, base)}"
    return f"{verb} {figures.count(outlook.protective, 'stop-loss', 'stop-losses')}{guarded}"


class StopButton(QAbstractButton):
    """Red on yellow. `fired` is emitted once per click; it cannot be disabled, not even through its parents."""

    fired = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stop_button")
        self.setAccessibleName("Stop all")
        # Reached by Tab but not taken by a click: a space bar hit afterwards must not fire it again.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._words = ("STOP ALL", "orders unknown · accounts unknown", CHORD)
        self._waiting = False
        self._through = StopThroughMenus(self)
        self.clicked.connect(self.fire)

    def sizeHint(self) -> QSize:
        return QSize(262, 86)

    @property
    def words(self) -> tuple[str, str, str]:
        return self._words

    def show_snapshot(self, snapshot: Snapshot) -> None:
        halt = over_the_portfolio(snapshot.halts)
        if halt is not None:
            self._waiting = False
            self._say(self._halt_words(halt))
        elif not self._waiting:
            self._say(("STOP ALL", *outlook_words(snapshot.outlook, snapshot.base_currency)))

    @staticmethod
    def _halt_words(halt: HaltView) -> tuple[str, str, str]:
        word = f"{halt.word} · SWEEPING" if halt.sweeping else halt.word
        press = "press to stop all" if halt.terms.level is StopLevel.REDUCE_ONLY else "press to fire again"
        return (word, f"{figures.number(halt.verified)} of {figures.number(len(halt.rows))} proven · {press}", CHORD)

    def _say(self, words: tuple[str, str, str]) -> None:
        if words != self._words:
            self._words = words
            self.setAccessibleDescription(". ".join(words))
            self.setToolTip("\n".join(words))
            self.update()

    def fire(self) -> None:
        """As a click does, and where Qt would not take one: under a disabled parent."""
        # Said at once: the next snapshot may be long in coming, and the operator must see that the act was taken.
        self._waiting = True
        self._say(("STOP FIRED", "waiting for the first word of it · press to fire again", CHORD))
        self.fired.emit()

    def setEnabled(self, enabled: bool) -> None:
        """Refuses to be disabled."""
        super().setEnabled(True)

    def setDisabled(self, disabled: bool) -> None:
        super().setEnabled(True)

    def event(self, event: QEvent) -> bool:
        if not self.isEnabled() and isinstance(event, (QMouseEvent, QKeyEvent)):
            # A disabled parent disables its children behind their back; Qt would swallow the click here.
            return self._take(event)
        return super().event(event)

    def _take(self, event: QMouseEvent | QKeyEvent) -> bool:
        handlers = {
            QEvent.Type.MouseButtonPress: self.mousePressEvent,
            QEvent.Type.MouseButtonDblClick: self.mousePressEvent,
            QEvent.Type.MouseButtonRelease: self.mouseReleaseEvent,
            QEvent.Type.KeyPress: self.keyPressEvent,
            QEvent.Type.KeyRelease: self.keyReleaseEvent,
        }
        handler = handlers.get(event.type())
        if handler is not None:
            handler(event)  # type: ignore[operator]
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colors.strong) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.stop_frame))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.stop_down if self.isDown() else colors.stop_face))
        face = QRectF(7, 7, self.width() - 14, self.height() - 47)
        painter.drawRoundedRect(face, 4, 4)
        big = text_font(20 if len(self._words[0]) < 12 else 16, QFont.Weight.Bold)
        self._write(painter, face, self._words[0], big, colors.stop_word)
        lower = QRectF(6, face.bottom() + 3, self.width() - 12, 17)
        self._write(painter, lower, self._words[1], text_font(11, QFont.Weight.DemiBold), colors.stop_ink)
        third, font = self._words[2], text_font(11)
        if QFontMetrics(font).horizontalAdvance(third) > lower.width():
            third = third.removesuffix(f" · {CHORD}")  # what would be lost counts for more than the keys do
        self._write(painter, lower.translated(0, 16), third, font, colors.stop_ink)

    def _write(self, painter: QPainter, area: QRectF, text: str, font: QFont, color: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(color))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), shown)


class StopThroughMenus(QObject):
    """A press on the button fires although a menu or a list is open: Qt hands every press to that one, which closes,
    and on some platforms only repeats it for what lies beneath.
    """

    def __init__(self, button: StopButton) -> None:
        super().__init__(button)
        self._button = button
        # Nothing tells of a menu that opens, and a filter over the whole application would cost every event.
        self._looking = QTimer(self, interval=LOOK_MS, timerType=Qt.TimerType.CoarseTimer)
        self._looking.timeout.connect(self._look)
        self._looking.start()

    def _look(self) -> None:
        menu = QApplication.activePopupWidget()
        window = menu.windowHandle() if menu is not None else None
        if window is not None:
            window.installEventFilter(self)  # once more is no more

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent) or event.type() is not QEvent.Type.MouseButtonPress:
            return False
        menu, button = QApplication.activePopupWidget(), self._button
        if menu is None or event.button() is not Qt.MouseButton.LeftButton or not button.isVisible():
            return False
        if not button.rect().contains(button.mapFromGlobal(event.globalPosition().toPoint())):
            return False
        button.fire()
        while (menu := QApplication.activePopupWidget()) is not None and menu.close():
            pass
        return True


class StopChord(QObject):
    """Ctrl+Shift+X wherever the focus is in this application.

    An application-wide shortcut is silent under a modal dialog and in a disabled window, so the focused window's keys
    are watched as well; Qt hands a key to that window only where the shortcut did not take it.
    """

    def __init__(self, window: QWidget, button: StopButton) -> None:
        super().__init__(window)
        self._button = button
        self._shortcut = QShortcut(QKeySequence(CHORD), window)
        self._shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
        self._shortcut.setAutoRepeat(False)
        self._shortcut.activated.connect(button.fire)
        # Should anything else ever claim the same keys, the stop still fires.
        self._shortcut.activatedAmbiguously.connect(button.fire)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self.watch)

    def watch(self, window: QWindow | None) -> None:
        # Once more is no more, and none is taken off: a window that lost the keyboard gets no keys, or is no more.
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and not event.isAutoRepeat():
            wanted = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            if event.key() == Qt.Key.Key_X and event.modifiers() == wanted:
                self._button.fire()
                return True
        return False

"""Locks the desk when nobody has touched it for a while."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QWidget

from app.locking import Locking
from app.settings import DeskSettings
from widgets.settings import LOCK_AFTER

LOOK_MS = 5_000
_KIND = QEvent.Type
TOUCHES = frozenset({_KIND.KeyPress, _KIND.MouseButtonPress, _KIND.MouseMove, _KIND.Wheel, _KIND.TouchBegin})


class Idle(QObject):
    def __init__(
        self, settings: DeskSettings, locking: Locking, monotonic: Callable[[], float], window: QWidget
    ) -> None:
        super().__init__(window)
        self._settings, self._locking, self._monotonic = settings, locking, monotonic
        self._touched_s = monotonic()
        # The windows' own events only: a filter over the whole application would cost every event of every widget.
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._watch)
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self.look)
        self._looking.start()

    def _watch(self, window: QWindow | None) -> None:
        self._touched_s = self._monotonic()
        if window is not None:
            window.installEventFilter(self)  # once more is no more

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in TOUCHES:
            self._touched_s = self._monotonic()
        return False

    def look(self) -> None:
        minutes = self._settings.value(LOCK_AFTER)
        if minutes and self._monotonic() - self._touched_s >= minutes * 60.0:
            self._locking.lock(f"nobody touched it for {minutes} min")

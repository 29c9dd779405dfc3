"""Closing the window and ending the desk are two things where there is a tray: what a person means is asked once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.main_window import MainWindow
from app.settings import DeskSettings
from widgets.close_question import CloseQuestion
from widgets.settings import ON_CLOSE
from widgets.tray import Tray

LOCKED = "The desk is locked: unlock it first. The stop works."


class Leaving(QObject):
    def __init__(
        self, window: MainWindow, settings: DeskSettings, tray: Tray | None, end: Callable[[], None] | None = None
    ) -> None:
        """`end` ends the desk in order; without it that follows from the last window being closed."""
        super().__init__(window)
        self._window, self._settings, self._tray, self._end = window, settings, tray, end
        self._leaves = False
        self._told = False
        self.question: CloseQuestion | None = None
        window.may_close = self.may_close
        window.hands.quit_asked.connect(self.quit)
        if tray is not None:
            tray.quit_asked.connect(self.quit)

    def may_close(self) -> bool:
        """Whether the window is closed for good now."""
        if self._leaves or (self._tray is None and not self._window.locking.locked):
            return True
        what = self._settings.value(ON_CLOSE)
        if self._tray is not None and (what == "tray" or self._window.locking.locked):
            self._hide()
        elif self._window.locking.locked:
            self._window.securing.screen.say(LOCKED)
        elif what == "quit":
            return True
        else:
            self._ask()
        return False

    def quit(self) -> None:
        """In order: the window, with what it remembers, and then the desk."""
        if self._window.locking.locked:
            self._window.securing.screen.say(LOCKED)
            return
        self.leave()
        if self._end is not None:
            self._end()

    def leave(self) -> None:
        """The window is closed, whatever a person may have been asked."""
        self._leaves = True
        if self.question is not None:
            self.question.close()
        self._window.close()

    def _ask(self) -> None:
        if self.question is None:
            self.question = CloseQuestion(self._window)
            self.question.answered.connect(self._answered)
            self.question.finished.connect(self._forget)
        self.question.show()
        self.question.raise_()

    def _forget(self) -> None:
        self.question = None

    def _answered(self, what: str, remember: bool) -> None:
        if remember:
            self._settings.keep(ON_CLOSE, what)
        if what == "quit":
            self.quit()
        else:
            self._hide()

    def _hide(self) -> None:
        self._window.arranging.remember()
        self._window.hide()
        if self._tray is not None and not self._told:
            self._told = True
            self._tray.say("Scram goes on here. A click opens the desk.")

"""The desk's window: its parts are made here and wired to each other; what they do is told where they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from app.arranging import Arranging
from app.asking import Asking, Submit
from app.hands import Hands
from app.idle import Idle
from app.locking import Locking
from app.opening import open_file
from app.scope_keeping import ScopeKeeping
from app.securing import Securing
from app.settings import DeskSettings
from app.workspaces import Workspaces
from core.clock import SystemClock
from core.intents import Intent, MuteAlarms
from core.snapshot import Snapshot
from widgets.commands import COMMANDS
from widgets.desk import Desk
from widgets.settings import Group
from widgets.undo import Step

__all__ = ["MainWindow", "Submit"]

WORKSPACES = "workspaces.json"
"""Beside the file of the settings."""


class MainWindow(QMainWindow):
    mute_wished = Signal(float)
    """A mute that is taken back, or set again: seconds, 0 for sound."""

    def __init__(
        self,
        submit: Submit,
        operator: str,
        settings: DeskSettings | None = None,
        parent: QWidget | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        """Without settings nothing is remembered from one start to the next."""
        super().__init__(parent)
        self.setObjectName("main-window")
        self.setWindowTitle("Scram")
        self._submit = submit
        self._muted_s = 0.0
        self.may_close: Callable[[], bool] | None = None
        """Whether a person may close the window now; None: always. (`app.leaving`)"""
        monotonic = monotonic or SystemClock().monotonic
        self.settings = settings or DeskSettings(parent=self)
        self.desk = Desk(self)
        self.setCentralWidget(self.desk)
        self.locking = Locking(self.settings, monotonic, self)
        self.asking = Asking(self.desk, submit, self._pass, operator, self)
        file = self.settings.file
        self.arranging = Arranging(self, self.desk, Workspaces(file.with_name(WORKSPACES) if file else None))
        self.hands = Hands(self, self.desk, self.arranging, self.settings)
        self.securing = Securing(self.desk, self.hands, self.arranging, self.locking, self.settings)
        self.idle = Idle(self.settings, self.locking, monotonic, self)
        self.locking.asked.connect(self.asking.ask)
        self.asking.undoable.connect(self.hands.stack.push)
        self._remember_choices()
        self.resize(1440, 900)

    def _remember_choices(self) -> None:
        self.desk.settings.serve(self.settings)
        self.desk.help.take_commands(COMMANDS)
        self.desk.settings.open_requested.connect(open_file)
        self.desk.settings.add_part(Group.LOCK, self.securing.form, "PIN set change remove lock now")
        self.scopes = ScopeKeeping(self.desk.scopes, self.settings, self)
        self.desk.proof.export.folder = self.settings.export_folder()
        self.desk.export_requested.connect(self._exported)

    def take_up(self) -> None:
        """As it was when the desk ended: its layout, and its lock."""
        self.arranging.restore()
        self.locking.take_up()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._name(snapshot.lease.view_only)
        self.asking.show_snapshot(snapshot)
        self.hands.show_snapshot(snapshot)
        self.desk.show_snapshot(snapshot)
        self.arranging.windows.show_snapshot(snapshot)

    def _name(self, view_only: bool) -> None:
        title = "Scram - view only" if view_only else "Scram"
        if self.windowTitle() != title:
            self.setWindowTitle(title)

    def _pass(self, intent: Intent) -> None:
        """All that is asked goes this way, but for the stop: of a locked desk nothing is taken."""
        if self.locking.passes(intent):
            self._submit(intent)

    def _exported(self, *_: object) -> None:
        self.settings.keep_export_folder(self.desk.proof.export.folder)

    def note_mute(self, seconds: float) -> None:
        """The sound was turned off for a while, or on again."""
        before, self._muted_s = self._muted_s, seconds
        self.asking.ask(MuteAlarms(seconds, ""))
        words = f"muting alarms for {seconds / 60.0:.0f} min" if seconds > 0.0 else "turning the sound on"
        # A mute that is taken back ends; sound that is taken back is the mute that stood before it.
        back_s = 0.0 if seconds > 0.0 else before
        back, again = partial(self.mute_wished.emit, back_s), partial(self.mute_wished.emit, seconds)
        self.hands.stack.push(Step(words, back, again))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_close is not None and not self.may_close():
            event.ignore()
            return
        self.arranging.remember()
        self.arranging.windows.close_all()
        super().closeEvent(event)

"""The Qt side of a session: application, theme, window, and every door for unexpected errors."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QBoxLayout, QSystemTrayIcon, QWidget

from app.crashes import CrashDesk
from app.faults import FaultRoom
from app.leaving import Leaving
from app.looks import THEME_VARIABLE, Looks, forced_theme
from app.main_window import MainWindow, Submit
from app.settings import DeskSettings
from core.clock import SystemClock
from core.crash.hard import RunningMark, take_up
from core.crash.report import CrashFolder
from core.snapshot import Snapshot
from widgets.annunciation import Annunciation
from widgets.fonts import application_icon
from widgets.player import SoundPlayer
from widgets.settings import THEME
from widgets.theme import DARK, apply_theme
from widgets.theme_manager import FIXED, Wish
from widgets.tray import Tray

FIRST_FRAME_WITHIN_S = 1.0
FRAME_S = 0.005


def has_screen() -> bool:
    """Whether a window can be shown here; an explicit Qt platform counts as one."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def make_application() -> QApplication:
    app = _application()
    app.setApplicationName("Scram")
    app.setWindowIcon(application_icon())
    apply_theme(app, FIXED.get(forced_theme(os.environ) or Wish.DARK, DARK))
    return app


def _application() -> QApplication:
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # What was loaded until now stays until the end: no collection needs to look at it again.
    gc.freeze()
    # Half sizes stay half sizes: 1.25 and 1.5 are what laptops have.
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    return QApplication(["scram"])


class Screen:
    def __init__(
        self,
        submit: Submit,
        operator: str,
        loop: asyncio.AbstractEventLoop,
        settings: Path | None = None,
        crashes: Path | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        """`settings`: where the desk remembers its user's choices (`Places.desk_settings`); None forgets them.

        `crashes`: where reports of its own faults are kept (`Places.crashes`); None keeps none. `end` ends the desk
        in order: it is called when somebody quits while no window is open.
        """
        folder = CrashFolder(crashes) if crashes is not None else None
        ended = take_up(folder) if folder is not None else ()
        self._mark = RunningMark(crashes, SystemClock()) if crashes is not None else None
        if self._mark is not None:
            self._mark.set()
        self.faults = FaultRoom()
        self.faults.open_doors(loop)
        kept = DeskSettings(settings)
        self.looks = Looks(_application(), kept, os.environ)
        self.window = MainWindow(submit, operator, kept)
        if self.looks.forced is not None:
            words = f"{THEME_VARIABLE}={self.looks.forced} stands while it is set, whatever is chosen here."
            self.window.desk.settings.remark(THEME, words)
        self.crashes = CrashDesk(self.window, self.faults, SystemClock(), folder, self._mark)
        self.under_notices(self.crashes.bar)
        self.crashes.show_ended(ended)
        self.window.show()
        tray = Tray(self.window) if QSystemTrayIcon.isSystemTrayAvailable() else None
        self.annunciation = Annunciation(
            self.window, self.window.desk.status.mute, SoundPlayer(self.window), tray, SystemClock().monotonic
        )
        self.annunciation.serve(kept)
        self.annunciation.muted.connect(self.window.note_mute)
        self.window.mute_wished.connect(self.annunciation.mute)
        self.leaving = Leaving(self.window, self.window.settings, tray, end)
        if tray is not None:
            self.window.securing.follow(tray)
        self.window.take_up()

    def under_notices(self, strip: QWidget) -> None:
        """A line above the pages that shows and hides itself."""
        desk = self.window.desk
        layout = desk.layout()
        assert isinstance(layout, QBoxLayout)
        layout.insertWidget(layout.indexOf(desk.notices) + 1, strip)

    async def stands(self) -> None:
        """Until its first frame is there; a while at most, since a window may be shown minimised and has none then."""
        handle, loop = self.window.windowHandle(), asyncio.get_running_loop()
        latest_s = loop.time() + FIRST_FRAME_WITHIN_S
        while not handle.isExposed() and loop.time() < latest_s:  # noqa: ASYNC110 (no signal tells of it)
            await asyncio.sleep(FRAME_S)

    def show(self, snapshot: Snapshot) -> None:
        self.window.show_snapshot(snapshot)
        self.annunciation.show_snapshot(snapshot)
        self.crashes.show_snapshot(snapshot)

    def save_picture(self, path: Path) -> None:
        """What the window shows now, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.window.grab().save(str(path))

    def close(self) -> None:
        # Closed and deleted before the application ends: live plots at interpreter exit crash (pyqtgraph 0.14).
        self.annunciation.close()
        self.crashes.close()
        self.window.scopes.close()
        self.leaving.leave()
        self.window.deleteLater()
        # Now and in this thread: left to the garbage collector, widgets would be destroyed in whichever thread it runs.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self.faults.close_doors()
        if self._mark is not None:
            self._mark.clear()

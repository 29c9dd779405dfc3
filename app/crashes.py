"""Faults on the desk: gathered from the doors, shown in one calm report, and kept on the disk; never in the stop's way.

However many faults come, the screen is drawn anew and the file is written at most twice a second, and the file only for
a fault of a new kind.
"""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.faults import FaultRoom
from app.main_window import MainWindow
from core.clock import Clock
from core.crash.hard import ALIVE_EVERY_S, RunningMark, UnexpectedEnd
from core.crash.report import CrashFolder, Surroundings, report_text
from core.crash.scrub import scrubbed, without_names
from core.crash.view import CrashView
from core.snapshot import Snapshot
from widgets.crash_bar import CrashBar
from widgets.crash_report import CrashReport

SOON_MS = 500


class CrashDesk(QObject):
    _heard = Signal()
    """From whichever thread a fault arose in."""

    def __init__(
        self,
        window: MainWindow,
        room: FaultRoom,
        clock: Clock,
        folder: CrashFolder | None = None,
        mark: RunningMark | None = None,
    ) -> None:
        """Without `folder` nothing is kept; `mark` is told again and again that this process is alive."""
        super().__init__(window)
        self._room, self._clock, self._folder, self._mark = room, clock, folder, mark
        self._began_at_s = clock.now()
        self._shown_s: float | None = None
        self._names: tuple[str, ...] = ()
        self._ended: tuple[UnexpectedEnd, ...] = ()
        self._written = 0
        self._saved = ""
        self._surroundings: Surroundings | None = None
        desk = window.desk
        self.bar = CrashBar(desk)
        QWidget.setTabOrder(self.bar.put_away, desk.header.stop)
        self.report = CrashReport(desk, desk.header, desk.header.stop, self._silent_s)
        self.bar.report_requested.connect(self.report.open)
        self.report.folder_requested.connect(self._open_folder)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._tell)
        self._alive = QTimer(self)
        self._alive.setInterval(int(ALIVE_EVERY_S * 1000))
        self._alive.timeout.connect(self._still_here)
        self._alive.start()
        self._heard.connect(self._begin)
        room.heard = self._heard.emit

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._shown_s = self._clock.monotonic()
        self._names = tuple(row.account for row in snapshot.connections)

    def show_ended(self, ended: tuple[UnexpectedEnd, ...]) -> None:
        """Desks before this one that ended unexpectedly."""
        if ended:
            self._ended = ended
            self._tell()

    def close(self) -> None:
        self._room.heard = lambda: None
        self._soon.stop()
        self._alive.stop()
        if self._room.groups.count:
            self._keep(last=True)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _tell(self) -> None:
        groups = self._room.groups.groups
        if groups:
            self._keep()
        text = self._text() if groups else self._read_of_the_last()
        last = self._ended[-1].report if self._ended and not groups else None
        view = CrashView(
            count=sum(group.count for group in groups),
            kinds=len(groups),
            text=text,
            nameless=without_names(text, self._names),
            saved=scrubbed(str(last) if last is not None else self._saved),
            trouble=self._folder.trouble if self._folder is not None else "",
            ended=tuple(end.words for end in self._ended),
        )
        self.bar.show_view(view)
        self.report.show_view(view)

    def _text(self) -> str:
        if self._surroundings is None:
            self._surroundings = Surroundings.here()
        return report_text(self._room.groups.groups, self._began_at_s, self._surroundings)

    def _read_of_the_last(self) -> str:
        report = self._ended[-1].report if self._ended else None
        try:
            return report.read_text(encoding="utf-8") if report is not None else ""
        except OSError as error:
            return f"{report.name if report else ''}: {error.strerror or error}"

    def _keep(self, *, last: bool = False) -> None:
        kinds = len(self._room.groups.groups)
        if self._folder is None or (kinds == self._written and not last):
            return
        self._written = kinds
        path = self._folder.path_of(self._began_at_s, os.getpid())
        if self._folder.write(path, self._text()):
            self._saved = str(path)

    def _still_here(self) -> None:
        if self._mark is not None:
            self._mark.still_here()

    def _silent_s(self) -> float | None:
        return None if self._shown_s is None else self._clock.monotonic() - self._shown_s

    def _open_folder(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder.folder)))

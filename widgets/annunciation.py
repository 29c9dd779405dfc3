"""Sound and tray of the desk: what the annunciator decides is played, told in the tray, shown by the mute button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from core.domain import Severity
from core.snapshot import Snapshot
from widgets.annunciator import Annunciator, Ring
from widgets.mute_button import MuteButton
from widgets.notice_bar import SILENT_MS
from widgets.player import SoundPlayer
from widgets.settings import MUTE_MIN, SOUND, TOLD, Settings
from widgets.tray import Tray
from widgets.tray_state import STANDS_STILL, state_of


class Annunciation(QObject):
    muted = Signal(float)
    """For how many seconds somebody muted the alarms; 0: they are heard again."""

    def __init__(
        self,
        window: QWidget,
        button: MuteButton,
        player: SoundPlayer,
        tray: Tray | None,
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._button = button
        self._player = player
        self._tray = tray
        self._monotonic = monotonic
        self._loud = True
        self._least: Severity | None = Severity.HIGH
        self._snapshot: Snapshot | None = None
        self._shown_s = monotonic()
        self.annunciator = Annunciator()
        button.asked.connect(self.mute)
        button.show()
        if tray is not None:
            tray.mute_asked.connect(self.mute)
            tray.desk_wanted.connect(self._open_desk)
            self._watch = QTimer(self, interval=SILENT_MS)
            self._watch.timeout.connect(self._show_standing)
            self._watch.start()

    def serve(self, settings: Settings) -> None:
        """From now on these say what is heard and told."""
        settings.follow(SOUND, self._set_sound)
        settings.follow(TOLD, self._set_told)
        settings.follow(MUTE_MIN, self._button.set_usual)

    def _set_sound(self, wanted: bool) -> None:
        self._loud = wanted

    def _set_told(self, least: str) -> None:
        self._least = {"high": Severity.HIGH, "critical": Severity.CRITICAL}.get(least)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot, self._shown_s = snapshot, self._monotonic()
        ring = self.annunciator.step(snapshot.events, self._monotonic())
        self._show_standing()
        if ring is not None:
            self._sound(ring)

    def mute(self, seconds: float) -> None:
        if seconds > 0.0:
            self.annunciator.mute(seconds, self._monotonic())
        else:
            self.annunciator.unmute()
        self._show_standing()
        self.muted.emit(seconds)

    def _show_standing(self) -> None:
        left_s = self.annunciator.muted_for(self._monotonic())
        self._button.show_left(left_s)
        if self._tray is not None:
            still = self._snapshot is not None and self._monotonic() - self._shown_s > SILENT_MS / 1000.0
            state = STANDS_STILL if still else state_of(self._snapshot, self.annunciator.asking)
            self._tray.show_standing(state, left_s)

    def _sound(self, ring: Ring) -> None:
        if self._loud:
            self._player.play(ring.severity)
        QApplication.alert(self._window)
        if self._tray is not None and self._least is not None and ring.severity >= self._least:
            self._tray.tell(ring)

    def _open_desk(self) -> None:
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def close(self) -> None:
        self._player.close()
        if self._tray is not None:
            self._tray.close()

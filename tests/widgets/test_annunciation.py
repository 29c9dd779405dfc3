"""Sound, tray and mute of the desk, with real widgets and a real program that plays."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from app.settings import DeskSettings
from core.domain import LinkState, Severity
from core.events.model import Event
from core.snapshot import Snapshot
from tests.core.notify.made import event
from tests.widgets.snapshots import build
from widgets.annunciation import Annunciation
from widgets.annunciator import Ring
from widgets.mute_button import MuteButton
from widgets.player import SoundPlayer, sound_file
from widgets.settings import MUTE_MIN, SOUND
from widgets.tray import Tray, picture, told
from widgets.tray_state import NOTHING_KNOWN, STANDS_STILL, TrayState, state_of

HIGH, CRITICAL = Severity.HIGH, Severity.CRITICAL


class Played(SoundPlayer):
    def __init__(self) -> None:
        super().__init__(command=())
        self.played: list[Severity] = []

    def play(self, severity: Severity) -> None:
        self.played.append(severity)


class Desk(QMainWindow):
    def __init__(self) -> None:
        super().__init__()
        self.button = MuteButton(self)
        self.setCentralWidget(self.button)
        self.button.hide()
        self.player = Played()
        self.now_s = 0.0
        self.whole = build(3)
        self.annunciation = Annunciation(self, self.button, self.player, None, lambda: self.now_s)

    def see(self, *events: Event, after_s: float = 10.0) -> None:
        self.now_s += after_s
        self.annunciation.show_snapshot(dataclasses.replace(self.whole, events=events))


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk()
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_asks_for_a_person_is_played(desk: Desk) -> None:
    desk.see()
    desk.see(event(1, HIGH))
    desk.see(event(1, HIGH), event(2, CRITICAL))
    desk.see(event(1, HIGH), event(2, CRITICAL), after_s=20.0)
    assert desk.player.played == [HIGH, CRITICAL, CRITICAL]


def test_a_mute_says_how_long_it_lasts_and_is_taken_back_by_the_same_chord(desk: Desk, qtbot: QtBot) -> None:
    desk.see(event(1, CRITICAL))
    with qtbot.waitSignal(desk.annunciation.muted) as muted:
        qtbot.keyClick(desk, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert muted.args == [900.0]
    assert desk.button.text() == "muted 15:00"
    desk.see(event(1, CRITICAL), after_s=60.0)
    assert desk.button.text() == "muted 14:00"
    assert desk.button.accessibleName() == "Alarms: muted 14:00"
    with qtbot.waitSignal(desk.annunciation.muted) as heard:
        qtbot.keyClick(desk, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert heard.args == [0.0]
    assert desk.button.text() == "sound on"
    assert desk.player.played == [CRITICAL]


@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_the_menu_offers_three_times_and_opens_without_a_loop_of_its_own(desk: Desk, qtbot: QtBot) -> None:
    desk.button.setFocus()
    qtbot.keyClick(desk.button, Qt.Key.Key_Space)
    menu = desk.button.menu_of_times
    assert menu.isVisible()
    assert [action.text() for action in menu.actions()] == [
        "Mute for 5 min", "Mute for 15 min", "Mute for 60 min", "Sound on",
    ]  # fmt: skip
    menu.close()
    menu.mutes[2].trigger()
    assert desk.annunciation.annunciator.muted_for(desk.now_s) == 3_600.0


def test_a_sound_is_played_by_a_program_without_waiting_for_it(qtbot: QtBot, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    script = f"import sys, pathlib; pathlib.Path({str(heard)!r}).write_text(sys.argv[1])"
    player = SoundPlayer(command=(sys.executable, "-c", script))
    player.play(CRITICAL)
    qtbot.waitUntil(lambda: heard.exists() and bool(heard.read_text()), timeout=20_000)
    assert Path(heard.read_text()).name == "critical.wav"
    assert player.beeps == 0
    player.close()


def test_a_player_that_is_gone_or_finds_no_sound_card_is_stood_in_for_by_a_beep(qtbot: QtBot) -> None:
    gone = SoundPlayer(command=("/nowhere/player",))
    gone.play(HIGH)
    qtbot.waitUntil(lambda: gone.beeps == 1, timeout=20_000)
    deaf = SoundPlayer(command=(sys.executable, "-c", "raise SystemExit(1)"))
    deaf.play(HIGH)
    qtbot.waitUntil(lambda: deaf.beeps == 1, timeout=20_000)
    nothing = SoundPlayer(command=())
    nothing.play(HIGH)
    assert nothing.beeps == 1
    for player in (gone, deaf, nothing):
        player.close()


def test_a_player_that_hangs_is_neither_played_over_nor_waited_for_at_the_end(qtbot: QtBot) -> None:
    player = SoundPlayer(command=(sys.executable, "-c", "import time; time.sleep(600)"))
    player.play(HIGH)
    process = player._process
    assert process is not None
    qtbot.waitUntil(lambda: process.processId() > 0, timeout=20_000)
    player.play(CRITICAL)
    assert player._process is process
    player.close()
    assert process.processId() == 0


def test_both_sounds_come_along() -> None:
    assert all(sound_file(severity) is not None for severity in (HIGH, CRITICAL))
    assert sound_file(Severity.LOW) is None


def test_the_tray_says_in_words_what_its_shape_says() -> None:
    whole, stopped = build(3, 0), build(3, 0, stopped=True)
    calm = state_of(whole, ())
    assert (calm.words, calm.shape) == ("nothing high or critical asks for you", "")
    asking = (event(1, CRITICAL), event(2, HIGH), event(3, HIGH))
    assert state_of(whole, asking).words == "▲▲ CRITICAL, 1 critical and 2 high ask for you"
    assert state_of(whole, (event(2, HIGH),)).words == "▲ HIGH, 1 high ask for you"
    latched = state_of(stopped, asking)
    assert latched.words == "STOP LATCHED, 0 of 3 accounts proven; ▲▲ CRITICAL, 1 critical and 2 high ask for you"
    down = tuple(dataclasses.replace(row, link=LinkState.DOWN) for row in whole.connections)
    blind = state_of(dataclasses.replace(whole, connections=down), ())
    assert blind.words == "UNKNOWN, no account can be reached"
    assert state_of(None, ()) == NOTHING_KNOWN
    assert told((event(1, CRITICAL),)) == "leverage of portfolio reached 1"
    assert told(asking).splitlines()[-1] == "and 2 more"


def test_the_pictures_of_the_tray_differ_by_shape(qapp: object) -> None:
    states = [TrayState(""), *(state_of(build(3, 0), (event(1, severity),)) for severity in (HIGH, CRITICAL))]
    states += [NOTHING_KNOWN, state_of(build(3, 0, stopped=True), ())]
    seen = {bytes(picture(state).pixmap(64, 64).toImage().constBits()) for state in states}
    assert len(seen) == 5


@pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)  # the offscreen platform has no tray
def test_a_tray_leads_back_to_the_desk_and_mutes(qtbot: QtBot) -> None:
    tray = Tray()
    try:
        tray.show_standing(state_of(build(3, 0), (event(1, CRITICAL),)), 250.0)
        assert tray.icon.toolTip() == "Scram: ▲▲ CRITICAL, 1 critical ask for you; muted 04:10"
        with qtbot.waitSignal(tray.desk_wanted):
            tray.open.trigger()
        with qtbot.waitSignal(tray.mute_asked) as asked:
            tray.mute.mutes[0].trigger()
        assert asked.args == [300.0]
        words = [action.text() for action in tray.menu.actions() if action.text()]
        assert words == [
            "Open desk", "Mute for 5 min", "Mute for 15 min", "Mute for 60 min", "Sound on", "Lock desk",
            "Stop all: Ctrl+Shift+X, in any window of Scram", "Quit Scram",
        ]  # fmt: skip
        for asked_by, action in ((tray.lock_asked, tray.lock), (tray.quit_asked, tray.quit)):
            with qtbot.waitSignal(asked_by):
                action.trigger()
    finally:
        tray.close()


def test_a_snapshot_without_anything_high_is_silent(desk: Desk) -> None:
    calm: Snapshot = dataclasses.replace(desk.whole, events=(event(1, Severity.LOW), event(2, Severity.MEDIUM)))
    desk.annunciation.show_snapshot(calm)
    assert desk.player.played == []
    assert desk.button.isVisible()


@pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)
def test_a_tray_of_a_locked_desk_takes_nothing_but_the_way_back_and_tells_no_names(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda *_: True)
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _icon, _title, words, *_: said.append(words))
    tray = Tray()
    try:
        tray.show_lock(False, can=False, discreet=True)
        assert not tray.lock.isEnabled()
        tray.show_lock(True, can=True, discreet=True)
        assert tray.open.isEnabled()
        assert not any(action.isEnabled() for action in (tray.quit, tray.lock, *tray.mute.actions()))
        tray.tell(Ring(CRITICAL, (event(1, CRITICAL),)))
        tray.show_lock(False, can=True, discreet=True)
        tray.tell(Ring(CRITICAL, (event(1, CRITICAL),)))
        assert said == ["1 event for you", "leverage of portfolio reached 1"]
        assert tray.lock.isEnabled()
        assert tray.quit.isEnabled()
    finally:
        tray.close()


def test_a_desk_that_stands_still_is_unknown_in_the_tray() -> None:
    assert STANDS_STILL.shape == NOTHING_KNOWN.shape != ""
    assert "UNKNOWN" in STANDS_STILL.words


def test_the_settings_say_what_is_heard_and_for_how_long_the_chord_mutes(desk: Desk, qtbot: QtBot) -> None:
    settings = DeskSettings()
    desk.annunciation.serve(settings)
    settings.keep(SOUND, False)
    desk.see(event(1, CRITICAL))
    assert desk.player.played == []
    settings.keep(SOUND, True)
    desk.see(event(1, CRITICAL), event(2, CRITICAL))
    assert desk.player.played == [CRITICAL]
    settings.keep(MUTE_MIN, 40)
    assert "mute for 40 min" in desk.button.toolTip()
    with qtbot.waitSignal(desk.annunciation.muted) as told_:
        desk.button.toggle_sound()
    assert told_.args == [2_400.0]

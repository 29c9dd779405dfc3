from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QRadioButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.domain import AccountMode
from core.joining.model import FILE, KEYRING, KeyPlaces, TrialStep, VenueNeeds
from core.venues.rights import KeyRights
from tests.widgets.wizard.found import NO_KEYRING, OFFERS, OKX, PLACES, drilled, findings
from widgets.header import Header
from widgets.wizard.keys_page import trimmed
from widgets.wizard.trial_page import NOT_KNOWN
from widgets.wizard.venue_model import STOP, VENUE, VenueModel
from widgets.wizard.wizard import DRILL, FINISH, KEYS, LIMITS, MODE, TRIAL, WELCOME, Wizard
from widgets.wizard.wizard import VENUE as VENUES


class Below(QWidget):
    """In the place of the whole desk, which takes seconds to be made: a header with the stop, and pages beneath."""

    def __init__(self) -> None:
        super().__init__()
        self.header = Header(self)
        self.page = QPushButton("beneath", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.header)
        column.addWidget(self.page, 1)


class Seat:
    def __init__(self, qtbot: QtBot) -> None:
        self.desk = Below()
        qtbot.addWidget(self.desk)
        self.desk.resize(1280, 800)
        self.desk.show()
        self.wizard = Wizard(self.desk, self.desk.header, self.desk.header.stop)
        self.wizard.show_offers(OFFERS)
        self.wizard.show_surroundings(PLACES, frozenset(), "/home/ada/.config/scram/scram.toml")
        self.said: list[tuple[str, tuple[Any, ...]]] = []
        for name in (
            "demo_requested",
            "needs_requested",
            "trial_requested",
            "drill_requested",
            "finish_requested",
            "left",
        ):
            getattr(self.wizard, name).connect(lambda *given, name=name: self.said.append((name, given)))
        self.wizard.begin(first_run=True)
        self.desk.activateWindow()
        QTest.qWaitForWindowActive(self.desk)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        here = self.desk.window().focusWidget()
        assert here is not None
        QTest.keyClick(here, key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.desk.window().focusWidget(), text)

    def tab_to(self, name: str) -> None:
        for _ in range(40):
            here = self.desk.window().focusWidget()
            if here is not None and here.objectName() == name:
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"the Tab key does not lead to {name}")

    def to_the_test(self) -> None:
        self.wizard.turn_to(VENUES)
        self.wizard.venue.search.setText("okx")
        self.wizard.venue._to_the_list()
        self.wizard.show_needs(OKX)
        self.wizard.turn_to(KEYS)
        for part, text in (("api_key", "KEY-SEKRET"), ("secret", "SECRET-SEKRET"), ("password", "PASS-SEKRET")):
            self.wizard.keys.fields[part].setText(text)
        self.wizard.turn_to(TRIAL)


@pytest.fixture
def seat(qtbot: QtBot) -> Seat:
    return Seat(qtbot)


def test_all_of_it_can_be_done_by_keyboard_alone(seat: Seat) -> None:
    wizard = seat.wizard
    seat.tab_to("wizard_connect")
    seat.press(Qt.Key.Key_Return)
    assert wizard.place == VENUES
    seat.type("okx")
    seat.press(Qt.Key.Key_Down)
    assert seat.said == [("needs_requested", ("okx",))]
    wizard.show_needs(OKX)
    seat.tab_to("wizard_next")
    seat.press(Qt.Key.Key_Return)
    assert wizard.place == KEYS
    for text in ("KEY", "SECRET", "PASS"):
        seat.type(text)
        seat.press(Qt.Key.Key_Tab)
    seat.tab_to("wizard_keyring")
    seat.press(Qt.Key.Key_Down)
    assert wizard.keys.storage == FILE
    seat.press(Qt.Key.Key_Up)
    assert wizard.keys.storage == KEYRING
    seat.press(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert wizard.place == TRIAL
    seat.press(Qt.Key.Key_Space)
    assert seat.said[-1][0] == "trial_requested"
    wizard.show_found(findings())
    seat.tab_to("wizard_next")
    seat.press(Qt.Key.Key_Return)
    assert wizard.place == MODE
    seat.press(Qt.Key.Key_Down)
    assert wizard.mode.mode is AccountMode.ACT
    seat.press(Qt.Key.Key_Return)
    assert wizard.place == LIMITS
    seat.press(Qt.Key.Key_Down)
    assert wizard.limits.template == "market-neutral"
    seat.press(Qt.Key.Key_Return)
    assert wizard.place == DRILL
    seat.press(Qt.Key.Key_Return)
    assert seat.said[-1][0] == "drill_requested"
    wizard.show_drill(drilled())
    seat.tab_to("wizard_next")
    seat.press(Qt.Key.Key_Return)
    assert wizard.place == FINISH
    seat.press(Qt.Key.Key_Return)
    name, (draft, choices, report) = seat.said[-1]
    assert name == "finish_requested"
    assert (draft.name, draft.exchange, draft.credentials.password) == ("okx-1", "okx", "PASS")
    assert (choices.mode, choices.template, choices.storage) == (AccountMode.ACT, "market-neutral", KEYRING)
    assert report is not None


def test_the_tab_key_never_leaves_it_but_for_the_stop(seat: Seat) -> None:
    seat.to_the_test()
    for place in range(len(seat.wizard.pages)):
        seat.wizard.turn_to(place)
        seen: list[QWidget] = []
        for _ in range(30):
            seat.press(Qt.Key.Key_Tab)
            here = seat.desk.window().focusWidget()
            assert here is not None
            seen.append(here)
        outside = {part.objectName() for part in seen if not seat.wizard.isAncestorOf(part)}
        assert outside == {"stop_button"}, place
        assert all(part.accessibleName() or part.objectName().endswith("_area") for part in seen if part.objectName())


def test_the_stop_stays_in_sight_above_every_page(seat: Seat) -> None:
    stop = seat.desk.header.stop
    for width, height in ((1280, 800), (1920, 1080), (1024, 640)):
        seat.desk.resize(width, height)
        for place in range(len(seat.wizard.pages)):
            seat.wizard.turn_to(place)
            assert seat.desk.childAt(stop.mapTo(seat.desk, stop.rect().center())) is stop


def test_nothing_is_offered_before_it_can_be_done_and_the_reason_is_said(seat: Seat) -> None:
    wizard = seat.wizard
    wizard.turn_to(VENUES)
    wizard.go_on()
    assert (wizard.place, wizard.lacks.text()) == (VENUES, "choose a venue")
    wizard.venue.search.setText("bingx")
    wizard.venue._to_the_list()
    assert wizard.lacks.text() == "looking up what bingx needs"
    wizard.show_needs(VenueNeeds("bingx", "BingX", refusal="BingX wants login, which Scram cannot keep yet"))
    wizard.go_on()
    assert (wizard.place, wizard.lacks.text()) == (VENUES, "BingX wants login, which Scram cannot keep yet")
    seat.to_the_test()
    wizard.go_on()
    assert (wizard.place, wizard.lacks.text()) == (TRIAL, "test the connection first")


def test_a_key_that_may_withdraw_is_warned_of_and_needs_a_word(seat: Seat) -> None:
    seat.to_the_test()
    trial = seat.wizard.trial
    trial.begin()
    seat.wizard.show_found(findings(KeyRights(True, True, False)))
    assert trial.warning.isVisible()
    assert "may withdraw" in trial.warning.text()
    assert trial.rights.texts["May withdraw"] == "YES"
    seat.wizard.go_on()
    assert (seat.wizard.place, seat.wizard.lacks.text()) == (TRIAL, "this key may withdraw")
    trial.accept.setChecked(True)
    seat.wizard.go_on()
    assert seat.wizard.place == MODE


def test_what_a_venue_does_not_tell_is_unknown_and_no_warning(seat: Seat) -> None:
    seat.to_the_test()
    seat.wizard.show_found(findings(KeyRights()))
    texts = seat.wizard.trial.rights.texts
    assert texts["May read"] == "yes"
    assert {texts[name] for name in ("May trade and cancel", "May withdraw", "Taken from")} == {NOT_KNOWN}
    assert not seat.wizard.trial.warning.isVisible()


def test_a_key_that_may_not_trade_can_only_watch(seat: Seat) -> None:
    seat.to_the_test()
    seat.wizard.mode.act.radio.setChecked(True)
    seat.wizard.show_found(findings(KeyRights(False, False, True)))
    assert seat.wizard.mode.mode is AccountMode.WATCH
    assert not seat.wizard.mode.act.radio.isEnabled()
    assert "cannot stop it" in seat.wizard.mode.note.text()


def test_what_was_found_holds_for_what_was_tested_alone(seat: Seat) -> None:
    seat.to_the_test()
    wizard = seat.wizard
    wizard.trial.begin()
    wizard.show_step(TrialStep("Connect", "the venue answers", done=True))
    wizard.show_found(findings())
    wizard.show_drill(drilled())
    wizard.turn_to(KEYS)
    wizard.turn_to(TRIAL)
    assert wizard.trial.found is not None, "nothing was changed"
    wizard.turn_to(KEYS)
    wizard.keys.fields["secret"].setText("another")
    wizard.turn_to(TRIAL)
    assert wizard.trial.missing() == "test the connection first"
    assert wizard.trial.steps["Connect"].said.text() == ""
    assert wizard.drill.report is None


def test_watching_only_and_the_keyring_are_what_is_suggested(seat: Seat) -> None:
    assert seat.wizard.choices().mode is AccountMode.WATCH
    assert seat.wizard.choices().storage == KEYRING
    assert seat.wizard.limits.template == "conservative"


def test_without_a_keyring_the_encrypted_file_is_chosen_and_a_new_one_wants_its_passphrase_twice(seat: Seat) -> None:
    keys = seat.wizard.keys
    seat.wizard.keys.keyring.radio.setChecked(False)
    seat.to_the_test()
    seat.wizard.turn_to(KEYS)
    keys.file.radio.setChecked(True)
    keys.show_places(NO_KEYRING)
    assert not keys.keyring.radio.isEnabled()
    assert keys.storage == FILE
    for word, again, lacks in (
        ("short", "short", "the passphrase needs at least 10 characters"),
        ("long enough", "long enougH", "the two passphrases differ"),
        ("long enough", "long enough", ""),
    ):
        keys.passphrase.setText(word)
        keys.again.setText(again)
        assert keys.missing() == lacks
    keys.show_places(KeyPlaces("", "/x/keys.sealed", file_exists=True))
    keys.passphrase.setText("")
    assert keys.missing() == "the passphrase of the encrypted file is missing"
    assert not keys.again.isVisible()
    keys.show_places(KeyPlaces("", "/x/keys.sealed", file_exists=True, file_open=True))
    assert keys.missing() == ""
    assert not keys.passphrase.isVisible()


def test_no_key_is_shown_spoken_or_left_behind(seat: Seat) -> None:
    seat.to_the_test()
    seat.wizard.turn_to(KEYS)
    texts = []
    for part in seat.wizard.findChildren(QWidget):
        spoken = QAccessible.queryAccessibleInterface(part)
        texts += [spoken.text(kind) for kind in QAccessible.Text if kind.value <= 4] if spoken is not None else []
        texts += [part.toolTip(), part.accessibleDescription(), repr(part)]
        texts += [part.displayText()] if isinstance(part, QLineEdit) else []
    assert len(texts) > 100
    assert not [text for text in texts if "SEKRET" in text]
    assert "SEKRET" not in repr(seat.wizard.draft()) + repr(seat.wizard.choices())
    seat.wizard.forget()
    assert all(not field.text() and not field.isUndoAvailable() for field in seat.wizard.keys.fields.values())
    assert seat.wizard.trial._tried is None
    assert seat.wizard.trial._draft is None


@given(
    text=st.text("abcABC0189-_=/+", min_size=1, max_size=70),
    before=st.text(" \t\n\r", max_size=5),
    after=st.text(" \n", max_size=5),
)
def test_whatever_blanks_a_key_was_copied_with_are_gone(text: str, before: str, after: str) -> None:
    assert trimmed(before + text + after) == text


@pytest.mark.parametrize("joint", ["\n", " ", "\\n"])
def test_a_key_in_pem_gets_its_lines_back(joint: str) -> None:
    lines = ["-----BEGIN EC PRIVATE KEY-----", "MHcCAQEEIB", "oGCCqGSM49", "-----END EC PRIVATE KEY-----"]
    assert trimmed(joint.join(lines) + joint) == "\n".join(lines)


def test_another_venue_has_fields_of_its_own_and_the_proposed_name_follows(seat: Seat) -> None:
    seat.to_the_test()
    keys = seat.wizard.keys
    assert keys.account.text() == "okx-1"
    seat.wizard.keys.show_taken(frozenset({"binanceusdm-1"}))
    keys.show_needs(VenueNeeds("binanceusdm", "Binance", OKX.fields[:2]))
    assert keys.account.text() == "binanceusdm-2"
    assert set(keys.fields) == {"api_key", "secret"}
    assert not keys.fields["secret"].text(), "a key of one venue is never sent to another"


def test_leaving_by_escape_tells_the_outside_and_the_desk_gets_the_keyboard_back(seat: Seat) -> None:
    seat.press(Qt.Key.Key_Escape)
    assert seat.said == [("left", ())]
    seat.wizard.shut()
    here = seat.desk.window().focusWidget()
    assert here is None or not seat.wizard.isAncestorOf(here)


def test_radio_buttons_say_what_they_mean(seat: Seat) -> None:
    for radio in seat.wizard.findChildren(QRadioButton):
        assert radio.text()
        assert radio.accessibleDescription() or "keyring" in radio.objectName()


def test_the_model_of_venues_is_sound_and_found_by_every_word(qtbot: QtBot) -> None:
    model = VenueModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_offers(OFFERS)
    kept = QPersistentModelIndex(model.index(1, VENUE))
    assert kept.data() == "binanceusdm"
    for text, found in (("", 5), ("bin", 3), ("bin confirmed", 3), ("generic", 1), ("no such", 0), ("OKX", 1)):
        model.look_for(text)
        assert model.rowCount() == found, text
    assert not kept.isValid(), "a reset lets go of what pointed into what was shown"
    model.look_for("")
    assert model.index(3, STOP).data(Qt.ItemDataRole.AccessibleTextRole) == "stop not confirmed"
    assert {model.index(row, STOP).data()[0] for row in range(5)} == {"●", "◐", "○"}
    assert model.row_of("bitstamp") == 4
    assert model.row_of("nobody") == -1
    del tester


def test_a_drill_that_failed_is_told_and_does_not_hold_anybody_up(seat: Seat) -> None:
    seat.wizard.turn_to(DRILL)
    seat.wizard.drill.begin()
    assert seat.wizard.drill.missing() == "the drill is under way"
    seat.wizard.show_drill(drilled(passed=False))
    assert "FAILED" in seat.wizard.drill.result.text()
    assert "refuses the key" in seat.wizard.drill.detail.text()
    assert seat.wizard.drill.missing() == ""


def test_a_desk_that_is_there_is_gone_back_to_and_no_demo_is_offered(seat: Seat) -> None:
    seat.wizard.begin(first_run=False)
    assert seat.wizard.place == VENUES
    assert seat.wizard.leave.text() == "Leave"
    seat.wizard.go_back()
    assert seat.wizard.place == VENUES
    assert not seat.wizard.steps[WELCOME].isVisible()

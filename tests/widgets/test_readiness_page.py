"""The readiness page: what it says of accounts, and that no live drill is asked for without a look at it first."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.halt.deadman.switch import OFF
from core.halt.drill.report import DrillPreview
from core.halt.readiness.headline import headline
from core.halt.readiness.judgement import DrillKind, Guardianship, Readiness, ReadyState
from core.halt.readiness.view import ReadinessView
from core.snapshot import Snapshot
from tests.widgets.readiness import drill_report, readiness, ready_row
from tests.widgets.snapshots import NOW_S, build, empty
from widgets import nav
from widgets.desk import Desk
from widgets.header import Header
from widgets.marks import ready_mark
from widgets.readiness_model import COVERAGE, KEY, REASON, STATE, ReadinessModel
from widgets.readiness_page import ReadinessPage, headline_tone
from widgets.theme import Tone

ACCOUNTS = [(f"alpha-{number}", "binanceusdm") for number in range(1, 9)]
ORDER = "buy 12.4 XRP/USDT:USDT at 0.4089, 25 % below the best bid of 0.5452, post-only"


@pytest.fixture
def page(qtbot: QtBot) -> ReadinessPage:
    made = ReadinessPage()
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    return made


def shown(view: ReadinessView | None) -> Snapshot:
    return dataclasses.replace(empty(), at_s=NOW_S, readiness=view)


def armed(row: Readiness) -> Readiness:
    return dataclasses.replace(row, state=ReadyState.ARMED, able=True, reasons=())


def test_the_worst_come_first_and_each_says_why(page: ReadinessPage) -> None:
    page.show_snapshot(shown(readiness(ACCOUNTS, NOW_S)))
    model = page.model
    ranks = [model._rank[model.source(row)] for row in range(model.rowCount())]
    assert ranks == sorted(ranks)
    assert model.data(model.index(0, STATE)) == "▲ DEGRADED"
    assert "cannot be stopped" in model.data(model.index(0, REASON))
    page.only_open.setChecked(True)
    assert model.rowCount() == sum(row.state is not ReadyState.ARMED for row in model.rows)


@pytest.mark.parametrize(
    ("state", "able", "mark"),
    [
        (ReadyState.ARMED, True, ("● ARMED", Tone.OK)),
        (ReadyState.DEGRADED, True, ("■ DEGRADED", Tone.MEDIUM)),
        (ReadyState.DEGRADED, False, ("▲ DEGRADED", Tone.CRITICAL)),
        (ReadyState.UNKNOWN, False, ("◆ UNKNOWN", Tone.UNKNOWN)),
    ],
)
def test_a_state_is_a_word_and_a_shape_and_never_colour_alone(
    state: ReadyState, able: bool, mark: tuple[str, Tone]
) -> None:
    row = dataclasses.replace(ready_row(0, "alpha-1", "okx", NOW_S), state=state, able=able)
    assert ready_mark(row) == mark


def test_generic_and_unconfirmed_coverage_and_a_right_to_withdraw_are_shown_as_such(qtbot: QtBot) -> None:
    rows = tuple(ready_row(place, f"a{place}", "okx", NOW_S) for place in range(8))
    model = ReadinessModel()
    model.show(rows, (OFF,) * len(rows), NOW_S)
    assert (model.text(1, COVERAGE), model.tone(1, COVERAGE)) == ("generic", Tone.MEDIUM)
    assert (model.text(2, COVERAGE), model.tone(2, COVERAGE)) == ("unconfirmed", Tone.MEDIUM)
    assert (model.text(6, KEY), model.tone(6, KEY)) == ("may cancel, withdraw", Tone.HIGH)
    assert "use one that cannot" in model.text(6, REASON)


def test_the_number_is_green_only_where_everything_could_be_stopped(page: ReadinessPage, qtbot: QtBot) -> None:
    rows = tuple(armed(ready_row(place, *account, NOW_S)) for place, account in enumerate(ACCOUNTS))
    whole = headline(rows, [1.0] * len(rows))
    assert headline_tone(whole) is Tone.OK
    lost = dataclasses.replace(rows[0], state=ReadyState.UNKNOWN, able=False)
    almost = headline((lost, *rows[1:]), [1.0, *[100_000.0] * 7])
    assert headline_tone(almost) is not Tone.OK
    page.show_snapshot(shown(ReadinessView(almost, (lost, *rows[1:]))))
    assert page.headline.share.text() == "99.9 %"
    assert page.headline.share.tone is not Tone.OK
    assert "7 ARMED · 0 DEGRADED · 1 UNKNOWN" in page.headline.counts.text()


def test_the_header_says_what_could_be_stopped_and_how_old_the_proof_is(qtbot: QtBot) -> None:
    header = Header()
    qtbot.addWidget(header)
    header.show()
    snapshot = dataclasses.replace(build(12), halts=(), readiness=readiness(ACCOUNTS, NOW_S))
    header.show_snapshot(snapshot)
    assert snapshot.readiness is not None
    assert header.state.text() == f"▲ {snapshot.readiness.headline.stops}"
    assert header.proven.text() == snapshot.readiness.headline.proven


def test_a_silent_guardian_is_told_above_the_accounts(page: ReadinessPage) -> None:
    view = readiness(ACCOUNTS, NOW_S)
    silent = tuple(dataclasses.replace(row, guardian=Guardianship.SILENT) for row in view.rows)
    page.show_snapshot(shown(dataclasses.replace(view, rows=silent)))
    assert page.headline.note.text() == "▲ the guardian does not answer"


# -- drills -----------------------------------------------------------------------------------------------------------


def test_the_dry_button_drills_all_accounts_at_once(page: ReadinessPage, qtbot: QtBot) -> None:
    asked: list[tuple[object, object]] = []
    page.drill_requested.connect(lambda kind, accounts: asked.append((kind, accounts)))
    qtbot.mouseClick(page.drill.dry, Qt.MouseButton.LeftButton)
    page.show_snapshot(shown(readiness(ACCOUNTS, NOW_S)))
    qtbot.mouseClick(page.drill.dry, Qt.MouseButton.LeftButton)
    assert asked[-1] == (DrillKind.DRY, ())


def test_a_live_drill_needs_a_choice_a_preview_of_just_that_choice_and_a_second_click(
    page: ReadinessPage, qtbot: QtBot
) -> None:
    view = readiness(ACCOUNTS, NOW_S)
    page.show_snapshot(shown(view))
    looked: list[object] = []
    asked: list[tuple[object, object]] = []
    page.preview_requested.connect(looked.append)
    page.drill_requested.connect(lambda kind, accounts: asked.append((kind, accounts)))
    form = page.drill.form
    qtbot.mouseClick(page.drill.live, Qt.MouseButton.LeftButton)
    assert form.isVisible()
    assert not form.look.isEnabled()
    qtbot.keyClicks(form.accounts, "alpha-1 alpha-2")
    assert not form.place.isEnabled()
    qtbot.mouseClick(form.look, Qt.MouseButton.LeftButton)
    assert looked == [("alpha-1", "alpha-2")]
    rows = (DrillPreview("alpha-1", ORDER), DrillPreview("alpha-2", "", "it is watched only"))
    others = dataclasses.replace(view, preview=rows, preview_of=("alpha-*",))
    page.show_snapshot(shown(others))
    assert not form.place.isEnabled(), "a preview of another choice is none of this one"
    mine = dataclasses.replace(view, preview=rows, preview_of=("alpha-1", "alpha-2"))
    page.show_snapshot(shown(mine))
    assert form.place.text() == "Place and stop 1 order"
    assert [line.text() for line in form.lines[:2]] == [f"alpha-1: {ORDER}", "alpha-2: it is watched only"]
    qtbot.keyClicks(form.accounts, "0")
    assert not form.place.isEnabled(), "the choice was changed after the preview"
    qtbot.keyClick(form.accounts, Qt.Key.Key_Backspace)
    page.show_snapshot(shown(mine))
    qtbot.mouseClick(form.place, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(form.place, Qt.MouseButton.LeftButton)
    assert asked == [(DrillKind.LIVE, ("alpha-1",))]


def test_a_drill_that_runs_shows_how_far_it_is_and_can_be_called_off(page: ReadinessPage, qtbot: QtBot) -> None:
    running = drill_report(ACCOUNTS, NOW_S - 3.0, running=True)
    called: list[bool] = []
    page.call_off_requested.connect(lambda: called.append(True))
    page.show_snapshot(shown(readiness(ACCOUNTS, NOW_S, running)))
    assert page.drill.state.text() == "○ dry drill: 4 of 8 accounts over"
    assert not page.drill.dry.isEnabled()
    qtbot.mouseClick(page.drill.call_off, Qt.MouseButton.LeftButton)
    assert called == [True]


def test_an_order_that_a_drill_could_not_take_off_is_said_loudly(page: ReadinessPage) -> None:
    report = drill_report(ACCOUNTS, NOW_S, kind=DrillKind.LIVE)
    row = dataclasses.replace(report.rows[2], passed=False, left="scrd1x3 may still rest (it is re-cancelled)")
    report = dataclasses.replace(report, rows=(*report.rows[:2], row, *report.rows[3:]))
    page.show_snapshot(shown(readiness(ACCOUNTS, NOW_S, report)))
    assert "alpha-3: scrd1x3 may still rest" in page.drill.trouble.text()
    assert page.drill.trouble.tone is Tone.CRITICAL


def test_the_way_to_the_page_counts_what_is_not_armed(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.show()
    desk.show_snapshot(build(12))
    button = desk.nav.buttons[nav.READINESS]
    weak = sum(ready_row(place, "a", "b", NOW_S).state is not ReadyState.ARMED for place in range(12))
    assert button.accessibleName() == f"Readiness {weak}"


def test_ten_thousand_accounts_are_all_there(page: ReadinessPage) -> None:
    many = [(f"alpha-{number}", "okx") for number in range(10_000)]
    page.show_snapshot(shown(readiness(many, NOW_S)))
    assert page.model.rowCount() == page.drill.model.rowCount() == 10_000

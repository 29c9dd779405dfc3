"""What stands by beside the desk: the guardian and the venues' dead-man's switches, each with a panel of its own."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from core.domain import GuardianAct
from core.halt.deadman.switch import OFF, DeadManView, SwitchState
from core.halt.guardian.view import GuardianView, TakenOver
from core.halt.guardian.watch import GuardPolicy
from tests.widgets.snapshots import build
from widgets.deadman_model import (
    COVERS,
    LEFT,
    NAME,
    SECONDS,
    STATE,
    TROUBLE,
    WHY,
    WORDS,
    DeadmanModel,
    VenueSwitchModel,
    by_venue,
)
from widgets.guardian_panel import GuardianPanel
from widgets.readiness_page import DEADMEN, THE_GUARDIAN, ReadinessPage
from widgets.theme import Tone

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
ALIVE = GuardianView(
    alive=True, age_s=0.4, pid=4_711, accounts=7, ready=5, unready=("a-1", "b-2"), borrowed=3,
    policy=GuardPolicy(GuardianAct.STOP, GuardianAct.ALARM, 5.0, 1.5),
)  # fmt: skip


@pytest.fixture
def guardian(qtbot: QtBot) -> GuardianPanel:
    made = GuardianPanel()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def told(panel: GuardianPanel, view: GuardianView | None) -> str:
    panel.show_snapshot(dataclasses.replace(build(3), guardian=view))
    return panel.facts.told()


def test_a_guardian_says_its_beat_its_credentials_and_what_it_would_do(guardian: GuardianPanel) -> None:
    words = told(guardian, ALIVE)
    for part in (
        "State: alive: it answers", "Last beat: 0.4", "Process: 4711", "5 of 7 accounts could be stopped", "a-1, b-2",
        "of its own for 4 of 7 accounts; of 3 it would use the desk's",
        "If a desk is gone: without a goodbye: it stops the whole portfolio", "it raises an alarm, and stops nothing",
        "no desk has told within 1.5",
    ):  # fmt: skip
        assert part in words
    assert guardian.words.tone is Tone.UNKNOWN  # two are not prepared
    told(guardian, dataclasses.replace(ALIVE, ready=7, unready=()))
    assert guardian.words.tone is Tone.OK


def test_one_that_is_silent_or_was_never_there_says_so_and_is_never_green(guardian: GuardianPanel) -> None:
    words = told(guardian, dataclasses.replace(ALIVE, alive=False, age_s=41.0, reason="the guardian says nothing"))
    assert "the guardian says nothing: this desk stops and proves alone" in words
    assert "Last beat: 41" in words
    assert guardian.words.tone is Tone.HIGH
    words = told(guardian, GuardianView(alive=False, reason="there is none"))
    assert "it never said a word" in words
    assert "which accounts it could stop is not known" in words
    assert "what it does when a desk fails is not known" in words
    assert "under [guardian]" in told(guardian, None)
    assert "no guardian is configured" in guardian.words.text()


def test_what_it_stops_now_what_it_saw_and_its_trouble_are_told(guardian: GuardianPanel) -> None:
    view = dataclasses.replace(
        ALIVE, took_over=(TakenOver("h-1", "a-1", "RESTING 4"),), took_over_all=3, latches=("h-1",),
        latch_error="no space left", alarms=("desk 77 misses its heartbeats",),
    )  # fmt: skip
    words = told(guardian, view)
    assert "Stops now: 3 accounts: a-1 RESTING 4 and 2 more" in words
    assert "1 stop on its own disk" in words
    assert "Latch trouble: no space left" in words
    assert "Saw: desk 77 misses its heartbeats" in words


def test_switches_keep_their_rows_stand_in_order_of_trouble_and_say_why_not(qapp: object) -> None:
    model, venues = DeadmanModel(), VenueSwitchModel()
    testers = [QAbstractItemModelTester(one, FATAL) for one in (model, venues)]
    snapshot = build(36)
    model.show(snapshot.connections)
    kept = {model.key(model.index(row, 0)): QPersistentModelIndex(model.index(row, 2)) for row in range(36)}
    states = [model.views[model.source(row)].deadman.state for row in range(36)]
    assert states[:4] == [SwitchState.LAPSED] * 4
    assert states[-1] is SwitchState.OFF
    for column in range(model.columnCount()):
        model.sort(column, Qt.SortOrder.DescendingOrder)
        model.set_filter("asked for")
        model.set_filter("")
    model.show(build(20, seed=2).connections)
    venues.show(by_venue(model.views), "USD", snapshot.at_s)
    assert all(model.key(index) == key for key, index in kept.items() if index.isValid())
    assert model.rowCount() == 20
    assert len(testers) == 2


def test_each_switch_says_when_it_lapses_what_it_covers_and_why_there_is_none(qapp: object) -> None:
    model = DeadmanModel()
    bare = build(3).connections
    switches = (
        DeadManView(SwitchState.ARMED, 60, 41.0, "", 2, "When it fires, the venue cancels every order"),
        DeadManView(SwitchState.NONE, 60, None, "an account of this kind has none there"),
        OFF,
    )
    model.show(tuple(dataclasses.replace(view, deadman=one) for view, one in zip(bare, switches, strict=True)))
    rows = {model.views[row].deadman.state: row for row in range(3)}
    armed, none, off = (rows[state] for state in (SwitchState.ARMED, SwitchState.NONE, SwitchState.OFF))
    assert model.text(armed, LEFT) == "41\N{NO-BREAK SPACE}s"
    assert model.text(armed, SECONDS) == "60 s"
    assert model.text(armed, COVERS) == "the venue cancels every order"
    assert model.tone(armed, STATE) is Tone.OK
    assert (model.text(none, LEFT), model.text(none, WHY)) == ("", "an account of this kind has none there")
    assert model.text(off, SECONDS) == ""
    assert "deadman_s" in model.text(off, WHY)


def test_a_venue_sums_its_switches_up(qapp: object) -> None:
    lines = by_venue(build(27).connections)
    assert sum(line.accounts for line in lines) == 27
    model = VenueSwitchModel()
    model.show(lines, "USD", 0.0)
    rows = {model.text(row, NAME): row for row in range(len(lines))}
    assert model.tone(rows["okx"], TROUBLE) is Tone.HIGH
    assert "none to be had" in model.text(rows["hyperliquid"], WORDS)


def test_both_have_their_tab_on_the_page_of_readiness(qtbot: QtBot) -> None:
    page = ReadinessPage()
    qtbot.addWidget(page)
    page.resize(1_200, 700)
    page.show()
    page.show_snapshot(build(30))
    assert not page.guardian.isVisible()
    page.tabs.buttons[THE_GUARDIAN].click()
    assert page.guardian.isVisible()
    assert "alive" in page.guardian.facts.told()
    page.tabs.buttons[DEADMEN].click()
    assert page.deadmen.isVisible()
    assert page.deadmen.model.rowCount() == 30
    qtbot.mouseClick(page.deadmen.only, Qt.MouseButton.LeftButton)
    assert 0 < page.deadmen.model.rowCount() < 30
    assert "in trouble" in page.deadmen.board.note.text()

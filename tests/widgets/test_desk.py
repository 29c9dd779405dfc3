from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.snapshot import ScopeHistory, Snapshot
from tests.widgets.snapshots import build, empty, halt
from widgets import nav
from widgets.desk import Desk
from widgets.event_table import EventTable
from widgets.exposure_plot import OVER_TIME, ExposurePlot
from widgets.headroom_panel import least_headroom
from widgets.mitigation_panel import MOST_CARDS, MitigationPanel
from widgets.portfolio_course import PortfolioCourse
from widgets.proof_board import ProofBoard
from widgets.proof_headline import ProofHeadline
from widgets.risk_wall import RiskWall
from widgets.theme import LIGHT, Tone, apply_theme


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    return made


def test_every_page_shows_the_empty_snapshot_and_any_other(desk: Desk, qapp: QApplication) -> None:
    for snapshot in (empty(), build(1, 0), build(3, 20, stopped=True), empty()):
        for page in range(len(nav.PAGES)):
            desk.show_page(page)
            desk.show_snapshot(snapshot)
            assert not desk.grab().isNull()
    apply_theme(qapp, LIGHT)
    assert not desk.grab().isNull()


def test_a_part_that_nobody_sees_does_no_work_and_catches_up_when_shown(desk: Desk) -> None:
    desk.show_page(nav.OVERVIEW)
    desk.show_snapshot(build(5))
    assert desk.scopes.model.rowCount() == 0
    desk.show_page(nav.SCOPES)
    assert desk.scopes.model.rowCount() == len(build(5).matrix.scopes)


def test_everything_that_can_be_reached_has_a_name(desk: Desk) -> None:
    for part in desk.parts:
        assert part.objectName()
        assert part.accessibleName()


@pytest.mark.parametrize(("resting", "unknown"), [(1, 0), (0, 1), (6, 31)])
def test_the_headline_is_not_green_while_one_account_is_not_proven(qtbot: QtBot, resting: int, unknown: int) -> None:
    headline = ProofHeadline()
    qtbot.addWidget(headline)
    headline.show_halt(halt(50, resting=resting, unknown=unknown))
    assert headline.proven.tone is not Tone.OK
    assert headline.words.tone is not Tone.OK
    assert headline.proven.text() == str(50 - resting - unknown)


def test_the_headline_is_green_once_every_account_is_proven(qtbot: QtBot) -> None:
    headline = ProofHeadline()
    qtbot.addWidget(headline)
    headline.show_halt(halt(50, resting=0, unknown=0))
    assert headline.proven.tone is Tone.OK
    headline.show_halt(dataclasses.replace(halt(0), rows=()))
    assert headline.proven.tone is not Tone.OK


def test_a_latch_that_is_not_on_disk_is_said(qtbot: QtBot) -> None:
    headline = ProofHeadline()
    qtbot.addWidget(headline)
    headline.show_halt(halt(3, latch_error="disk full"))
    assert not headline.latch.isHidden()
    assert "disk full" in headline.latch.text()


def test_a_reset_needs_a_reason_and_nothing_else(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    board.show_snapshot(build(5, stopped=True))
    assert not board.form.reset.isEnabled()
    board.form.reason.setText("  ")
    assert not board.form.reset.isEnabled()
    board.form.reason.setText("bot fixed")
    with qtbot.waitSignal(board.reset_requested) as asked:
        qtbot.mouseClick(board.form.reset, Qt.MouseButton.LeftButton)
    assert asked.args == ["h-1", "bot fixed"]


def test_events_are_acknowledged_and_opened_by_keyboard(desk: Desk, qtbot: QtBot) -> None:
    desk.show_page(nav.EVENTS)
    desk.show_snapshot(build(30, 20))
    table = desk.events.list.table
    table.selectRow(0)
    key = table.chosen_keys()[0]
    desk.events.list.acknowledge.setEnabled(True)
    table.setFocus()
    with qtbot.waitSignal(desk.acknowledge_requested) as sent:
        desk.events.list.acknowledge.trigger()
    assert sent.args == [key]
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert desk.details.isVisible()


def test_a_plan_is_approved_from_its_event_and_from_its_card(desk: Desk, qtbot: QtBot) -> None:
    snapshot = build(30, 20)
    desk.show_snapshot(snapshot)
    waiting = snapshot.mitigations[0]
    desk.overview.events.table.choose_key(waiting.event_id)
    with qtbot.waitSignal(desk.approve_requested) as sent:
        desk.overview.events.approve.trigger()
    assert sent.args == [waiting.mitigation_id]
    card = next(card for card in desk.overview.mitigations.cards if card.mitigation_id == waiting.mitigation_id)
    qtbot.waitUntil(lambda: card.reject.height() > 10)  # until it is laid out
    with qtbot.waitSignal(desk.reject_requested) as sent:
        qtbot.mouseClick(card.reject, Qt.MouseButton.LeftButton)
    assert sent.args == [waiting.mitigation_id, ""]


def test_a_flood_of_plans_makes_no_more_cards(qtbot: QtBot) -> None:
    panel = MitigationPanel()
    qtbot.addWidget(panel)
    panel.show()
    snapshot = build(10)
    many = tuple(dataclasses.replace(snapshot.mitigations[0], mitigation_id=f"m{at}") for at in range(200))
    panel.show_snapshot(dataclasses.replace(snapshot, mitigations=many))
    assert len(panel.cards) == MOST_CARDS
    assert "192" in panel.rest.text()


def test_the_countdown_follows_the_snapshot(qtbot: QtBot) -> None:
    panel = MitigationPanel()
    qtbot.addWidget(panel)
    panel.show()
    snapshot = build(10)
    panel.show_snapshot(snapshot)
    assert panel.cards[0].state.text() == "lapses 00:38"
    panel.show_snapshot(dataclasses.replace(snapshot, at_s=snapshot.at_s + 10))
    assert panel.cards[0].state.text() == "lapses 00:28"


def _course(values: list[float]) -> Snapshot:
    line = np.array(values)
    at_s = 1_795_000_000.0 + np.arange(len(values))
    return dataclasses.replace(empty(), history=ScopeHistory(at_s, line, line, line, line))


@pytest.mark.parametrize("values", [[], [0.01], [math.nan] * 5, [math.nan, 0.02, math.nan, 0.03]])
def test_plots_bear_nothing_one_point_and_holes(qtbot: QtBot, values: list[float]) -> None:
    for part in (PortfolioCourse(), ExposurePlot()):
        qtbot.addWidget(part)
        part.show()
        part.show_snapshot(_course(values))
        if isinstance(part, ExposurePlot):
            part.tabs.choose(OVER_TIME)
        assert not part.grab().isNull()


def test_the_wall_stands_worst_first_and_names_the_account_under_the_mouse(qtbot: QtBot) -> None:
    wall = RiskWall()
    qtbot.addWidget(wall)
    wall.resize(600, 200)
    wall.show()
    wall.show_snapshot(build(500))
    first = wall.wall.words(0)
    assert "CRITICAL" in first or "HIGH" in first
    assert wall.wall.words(0).split("\n")[0] == wall.wall.scope(0).name
    with qtbot.waitSignal(wall.scope_selected):
        qtbot.mouseClick(wall.wall.viewport(), Qt.MouseButton.LeftButton, pos=wall.wall.rect().topLeft())


def test_the_least_headroom_is_what_a_full_sort_finds() -> None:
    matrix = build(200).matrix
    found = [reading.headroom for reading in least_headroom(matrix, 8)]
    known = np.sort(matrix.headroom[np.isfinite(matrix.headroom)])[:8]
    assert found == pytest.approx(known.tolist())


def test_an_unknown_figure_in_the_header_says_so(desk: Desk) -> None:
    snapshot = build(3)
    blank = np.full_like(snapshot.matrix.value, math.nan)
    desk.show_snapshot(dataclasses.replace(snapshot, matrix=dataclasses.replace(snapshot.matrix, value=blank)))
    for figure in (desk.header.equity, desk.header.drawdown, desk.header.gross, desk.header.margin):
        assert figure.value.text() == "unknown"
        assert figure.value.tone is Tone.UNKNOWN


def test_notices_are_one_line_with_their_number(desk: Desk) -> None:
    desk.show_snapshot(dataclasses.replace(build(3), notices=("The journal cannot be written.", "A rule is broken.")))
    assert desk.notices.isVisible()
    assert "journal" in desk.notices.line.text()
    assert "1 of 2" in desk.notices.next.text()
    desk.show_snapshot(build(3))
    assert not desk.notices.isVisible()


def test_ten_thousand_events_cost_little(qtbot: QtBot) -> None:
    table = EventTable()
    qtbot.addWidget(table)
    table.resize(1000, 500)
    table.show()
    snapshots = [build(50, 10_000, seed) for seed in (1, 2)]
    table.show_snapshot(snapshots[0])
    start = time.perf_counter()
    for turn in range(4):
        table.show_snapshot(snapshots[turn % 2])
    # Generous, for a busy machine; measured in tests/widgets/look.py.
    assert (time.perf_counter() - start) / 4 < 0.25


def test_equity_at_or_below_zero_is_the_least_headroom_there_is() -> None:
    made = build(5).matrix
    head = made.headroom.copy()
    head[3, made.limited.tolist().index(made.column("drawdown"))] = -math.inf
    found = least_headroom(dataclasses.replace(made, headroom=head), 3)
    assert (found[0].scope, found[0].info.name) == (made.scopes[3], "drawdown")


def test_a_screen_that_gets_no_snapshots_says_that_it_stands_still(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.show_snapshot(build(3))
    assert not desk.notices.isVisible()
    monkeypatch.setattr("widgets.notice_bar.SILENT_MS", -1)
    desk.notices._look()
    assert desk.notices.isVisible()
    assert "stands still since 14:28:47 UTC" in desk.notices.line.text()
    desk.show_snapshot(build(3))
    assert not desk.notices.isVisible()


def test_a_row_that_went_leaves_nothing_chosen_to_act_upon(desk: Desk) -> None:
    snapshot = build(30, 20)
    desk.show_page(nav.EVENTS)
    desk.show_snapshot(snapshot)
    gone = snapshot.events[4]
    desk.events.list.table.choose_key(gone.event_id)
    left = tuple(event for event in snapshot.events if event is not gone)
    desk.show_snapshot(dataclasses.replace(snapshot, events=left))
    assert desk.events.list.table.chosen_keys() == []
    assert not desk.events.list.acknowledge.isEnabled()
    assert not desk.events.list.approve.isEnabled()

"""Flatten on the desk: a preview first, armed for a short time, fired with a reason, and never in the stop's way."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.halt.flatten.model import FlattenStep, FlattenStyle
from core.snapshot import Snapshot
from tests.widgets.snapshots import flatten_plan, flattening
from tests.widgets.test_proof_board import halt, stopped
from widgets import figures
from widgets.flatten_table import ACCOUNT, COSTS, NOTE, STATE
from widgets.proof_board import ProofBoard
from widgets.theme import Tone

LEFT = Qt.MouseButton.LeftButton
Asked = list[tuple[str, object]]


@pytest.fixture
def board(qtbot: QtBot) -> ProofBoard:
    made = ProofBoard()
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    made.show_snapshot(stopped(halt(12)))
    return made


@pytest.fixture
def asked(board: ProofBoard) -> Asked:
    seen: Asked = []
    panel = board.flatten
    panel.preview_requested.connect(lambda halt_id, style: seen.append((f"preview {halt_id}", style)))
    panel.arm_requested.connect(lambda plan_id: seen.append(("arm", plan_id)))
    panel.disarm_requested.connect(lambda: seen.append(("disarm", "")))
    panel.fire_requested.connect(lambda plan_id, reason: seen.append(("fire", (plan_id, reason))))
    panel.end_requested.connect(lambda: seen.append(("end", "")))
    return seen


def at(board: ProofBoard, step: FlattenStep, halt_id: str = "h-1") -> Snapshot:
    snapshot = dataclasses.replace(stopped(halt(12)), flatten=flattening(flatten_plan(halt_id), step))
    board.show_snapshot(snapshot)
    return snapshot


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, LEFT)


def test_nothing_of_it_is_seen_before_somebody_asks_and_asking_only_looks(
    board: ProofBoard, asked: Asked, qtbot: QtBot
) -> None:
    assert not board.flatten.isVisible()
    qtbot.mouseClick(board.flatten_button, LEFT)
    assert asked == [("preview h-1", FlattenStyle.MARKET)]
    at(board, FlattenStep.PREVIEWED, "h-2")
    assert not board.flatten.isVisible(), "the preview of another stop is none of this one"
    at(board, FlattenStep.PREVIEWED)
    assert board.flatten.isVisible()
    board.flatten.style_of.setCurrentIndex(1)
    board.flatten.style_of.activated.emit(1)
    assert asked[-1] == ("preview h-1", FlattenStyle.SLICED)


def test_the_preview_says_what_it_costs_what_stays_and_how_old_it_is(board: ProofBoard) -> None:
    at(board, FlattenStep.PREVIEWED)
    panel = board.flatten
    assert panel.totals.text() == (
        "12 positions, $2.00M: closing costs about $2.56k, 1 not wholly known · "
        "1 position of which nobody knows what closing costs"
    )
    assert panel.doubts.text() == (
        "1 account could not be read · 1 position cannot be closed from here · "
        "orders may still rest in 1 account · coins of 1 account stay"
    )
    assert panel.note.text().replace(figures.SPACE, " ") == "read 12 s ago"
    model = panel.model
    assert (model.text(0, STATE), model.text(13, STATE)) == ("would close", "stays")
    assert model.text(13, NOTE) == "below the least order of 0.001"
    assert model.text(12, COSTS) == "unknown"
    assert model.tone(12, COSTS) is Tone.UNKNOWN
    assert "half the spread" in model.tip(0, COSTS)


def test_it_fires_only_when_armed_with_a_reason_and_once(board: ProofBoard, asked: Asked, qtbot: QtBot) -> None:
    panel = board.flatten
    at(board, FlattenStep.PREVIEWED)
    panel.reason.setText("get out")
    click(qtbot, panel.fire)
    assert asked == []
    click(qtbot, panel.arm)
    assert asked == [("arm", "plan-1")]
    panel.reason.setText(" ")
    at(board, FlattenStep.ARMED)
    assert panel.arm.text() == "Disarm · 00:23"
    click(qtbot, panel.fire)
    assert len(asked) == 1, "without a reason nothing is fired"
    panel.reason.setText("get out")
    click(qtbot, panel.fire)
    click(qtbot, panel.fire)
    assert asked[1:] == [("fire", ("plan-1", "get out"))]
    click(qtbot, panel.arm)
    assert asked[-1] == ("disarm", "")


def test_while_it_runs_every_position_says_how_far_it_is_and_it_can_be_ended(
    board: ProofBoard, asked: Asked, qtbot: QtBot
) -> None:
    panel = board.flatten
    at(board, FlattenStep.RUNNING)
    assert panel.totals.text() == "1 of 14 positions flat · 3 of 14 accounts done · 1 left · 1 unknown"
    shown = [panel.model.text(row, STATE) for row in panel.model.natural_order()[:4]]
    assert shown == ["▲ LEFT", "◆ UNKNOWN", "▸ closing", "○ waiting"]
    assert not panel.look.isEnabled()
    click(qtbot, panel.fire)
    assert asked == [("end", "")]
    at(board, FlattenStep.ENDED)
    assert panel.totals.text() == "1 of 14 positions flat, 1 left, 1 unknown, 1 account not read"
    assert panel.totals.tone is Tone.CRITICAL
    assert (panel.arm.isEnabled(), panel.fire.isEnabled()) == (False, False)


def test_put_away_it_is_disarmed_and_stays_away_until_it_is_asked_for(
    board: ProofBoard, asked: Asked, qtbot: QtBot
) -> None:
    at(board, FlattenStep.ARMED)
    click(qtbot, board.flatten.put_away)
    assert asked == [("disarm", "")]
    at(board, FlattenStep.PREVIEWED)
    assert not board.flatten.isVisible()
    qtbot.mouseClick(board.flatten_button, LEFT)
    at(board, FlattenStep.PREVIEWED)
    assert board.flatten.isVisible()
    assert board.flatten.model.text(0, ACCOUNT)

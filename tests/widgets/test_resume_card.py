"""The way back on screen: what waits to be resumed, the two steps, and where a second person signs."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.domain import PORTFOLIO, Scope, StopLevel
from core.halt.terms import StopTerms
from core.halt.way_back.acts import ResumeView
from core.halt.way_back.second import Pending, ReturnAct
from core.snapshot import Snapshot
from tests.widgets.snapshots import NOW_S, build, halt, resumable, returning
from widgets.proof_board import ProofBoard
from widgets.resume_card import FIRST, SECOND, SURE

CALM = build(12)
REDUCING = dataclasses.replace(
    halt(12, resting=0, unknown=0), halt_id="h-2", resuming=True, terms=StopTerms(level=StopLevel.REDUCE_ONLY)
)


@pytest.fixture
def board(qtbot: QtBot) -> ProofBoard:
    made = ProofBoard()
    qtbot.addWidget(made)
    made.show()
    return made


def reset(*views: ResumeView, pending: tuple[Pending, ...] = ()) -> Snapshot:
    return dataclasses.replace(CALM, resumes=views or (resumable(),), pending=pending)


def reducing(obstacle: str = "", pending: tuple[Pending, ...] = ()) -> Snapshot:
    views = (resumable("h-2", obstacle), resumable())
    return dataclasses.replace(CALM, halts=(REDUCING,), resumes=views, pending=pending)


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_nothing_is_offered_where_nothing_was_reset_or_a_stop_stands(board: ProofBoard) -> None:
    board.show_snapshot(CALM)
    assert not board.resume.isVisible()
    view = halt(12)
    board.show_snapshot(dataclasses.replace(reset(), halts=(view,), returns=(returning(view),)))
    assert board.form.isVisible()
    assert not board.resume.isVisible()


def test_the_first_step_needs_a_reason_and_says_what_it_does(qtbot: QtBot, board: ProofBoard) -> None:
    asked: list[tuple[object, str]] = []
    board.resume_requested.connect(lambda *wish: asked.append(wish))
    board.show_snapshot(reset())
    card = board.resume
    assert card.words.text().startswith("portfolio was reset by ada")
    assert card.note.text() == "step 1 of 2"
    assert [line.text() for line in card.sources if line.isVisible()] == [
        "○ basis: paused, read 3 s ago", "○ grid: paused, read 4 s ago",
    ]  # fmt: skip
    assert card.button.text() == FIRST
    click(qtbot, card.button)
    assert asked == []
    card.reason.setText("the bot is mended")
    click(qtbot, card.button)
    assert asked == [(PORTFOLIO, "the bot is mended")]


def test_the_second_step_takes_two_clicks(qtbot: QtBot, board: ProofBoard) -> None:
    asked: list[tuple[str, str]] = []
    board.resume_fully_requested.connect(lambda *wish: asked.append(wish))
    board.show_snapshot(reducing())
    card = board.resume
    assert not board.form.isVisible(), "what is on its way back is lifted here and nowhere else"
    assert card.words.text().startswith("portfolio may only reduce since")
    card.reason.setText("all is well")
    assert card.button.text() == SECOND
    click(qtbot, card.button)
    assert (asked, card.button.text()) == ([], SURE)
    board.show_snapshot(reducing())
    assert card.button.text() == SURE, "another snapshot does not unsettle it"
    click(qtbot, card.button)
    assert asked == [("h-2", "all is well")]
    assert card.button.text() == SECOND


def test_being_sure_and_the_reason_belong_to_one_step(qtbot: QtBot, board: ProofBoard) -> None:
    board.show_snapshot(reset())
    board.resume.reason.setText("the bot is mended")
    board.show_snapshot(reducing())
    assert board.resume.reason.text() == ""
    assert board.resume.button.text() == SECOND


def test_an_obstacle_is_named_and_nothing_can_be_pressed(qtbot: QtBot, board: ProofBoard) -> None:
    board.show_snapshot(reducing("the stop of account:alpha-1 stands: reset it first"))
    board.resume.reason.setText("all is well")
    assert board.resume.obstacle.text() == "▲ the stop of account:alpha-1 stands: reset it first"
    assert not board.resume.button.isEnabled()


def test_of_several_scopes_one_is_chosen(qtbot: QtBot, board: ProofBoard) -> None:
    alpha = dataclasses.replace(resumable(), scope=Scope.parse("account:alpha-1"))
    asked: list[tuple[object, str]] = []
    board.resume_requested.connect(lambda *wish: asked.append(wish))
    board.show_snapshot(reset(resumable(), alpha))
    assert board.resume.which.isVisible()
    board.resume.which.setCurrentIndex(1)
    board.show_snapshot(reset(resumable(), alpha))
    board.resume.reason.setText("the bot is mended")
    click(qtbot, board.resume.button)
    assert asked == [(alpha.scope, "the bot is mended")]


@pytest.mark.parametrize(
    ("act", "halt_id"), [(ReturnAct.RESET, "h-1"), (ReturnAct.RESUME, ""), (ReturnAct.RESUME_FULLY, "h-2")]
)
def test_a_second_person_signs_with_another_name_while_time_runs(
    qtbot: QtBot, board: ProofBoard, act: ReturnAct, halt_id: str
) -> None:
    pending = Pending(act, halt_id, PORTFOLIO, "ada", "all is well", CALM.at_s - 48.0, CALM.at_s + 552.0)
    view = halt(12)
    stopped = dataclasses.replace(CALM, halts=(view,), returns=(returning(view),), pending=(pending,))
    shown = {
        ReturnAct.RESET: stopped,
        ReturnAct.RESUME: reset(pending=(pending,)),
        ReturnAct.RESUME_FULLY: reducing(pending=(pending,)),
    }[act]
    asked: list[tuple[str, str]] = []
    board.confirm_requested.connect(lambda *wish: asked.append(wish))
    board.show_snapshot(shown)
    second = board.form.second if act is ReturnAct.RESET else board.resume.second
    first = board.form.reset if act is ReturnAct.RESET else board.resume.button
    assert second.isVisible()
    assert not first.isVisible(), "who asked cannot do it alone"
    assert second.words.text().startswith("09:12 left · ada asks to res")
    for nobody in ("", "Ada", " A d a "):
        second.name.setText(nobody)
        assert not second.button.isEnabled()
    second.name.setText("bob")
    board.show_snapshot(shown)
    click(qtbot, second.button)
    assert asked == [(pending.pending_id, "bob")]
    assert CALM.at_s == NOW_S

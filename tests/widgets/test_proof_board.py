"""The board of a stop: what it says of kept orders, of the way back, and what it asks for."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.domain import PORTFOLIO, Protective
from core.halt.model import HaltView, ProofState
from core.halt.source.model import SourceView
from core.halt.terms import StopTerms
from core.halt.way_back.checklist import RoomOffer
from core.snapshot import Snapshot
from tests.widgets.snapshots import build, halt, restorable, returning
from widgets.proof_board import ProofBoard
from widgets.proof_headline import ProofHeadline
from widgets.proof_model import NOTE, PROOF, ProofModel
from widgets.theme import Tone


def keeping(view: HaltView, kept: int = 3) -> HaltView:
    rows = (dataclasses.replace(view.rows[-1], kept=kept), *view.rows[:-1])
    return dataclasses.replace(view, rows=rows, terms=StopTerms(Protective.KEEP))


def stopped(view: HaltView) -> Snapshot:
    return dataclasses.replace(build(12, stopped=True), halts=(view,), returns=(returning(view),))


def test_a_row_that_keeps_protective_orders_says_how_many(qtbot: QtBot) -> None:
    view = keeping(halt(12, resting=0, unknown=0))
    model = ProofModel()
    model.show(view)
    row = next(place for place, proof in enumerate(model.rows) if proof.kept)
    assert model.tip(row, PROOF) == "VERIFIED, 3 protective kept"
    assert "3 protective kept" in model.text(row, NOTE)


def test_the_headline_shows_the_time_that_it_took_beside_the_expected_one(qtbot: QtBot) -> None:
    headline = ProofHeadline()
    qtbot.addWidget(headline)
    view = dataclasses.replace(halt(12, resting=0, unknown=0), proof_ms=71_200.0, expected_ms=74_500.0)
    headline.show_halt(view)
    assert "all proven after 71 s, expected 74 s" in headline.course.text().replace("\N{NO-BREAK SPACE}", " ")
    headline.show_halt(dataclasses.replace(view, proof_ms=None))
    assert "not yet proven, expected 74 s" in headline.course.text().replace("\N{NO-BREAK SPACE}", " ")
    headline.show_halt(dataclasses.replace(view, expected_ms=None))
    assert "expected" not in headline.course.text()


@pytest.mark.parametrize("kept", [0, 3])
@pytest.mark.parametrize("state", [ProofState.UNKNOWN, ProofState.RESTING])
def test_the_headline_is_never_green_while_one_account_is_unproven(qtbot: QtBot, state: ProofState, kept: int) -> None:
    headline = ProofHeadline()
    qtbot.addWidget(headline)
    proven = keeping(halt(12, resting=0, unknown=0), kept)
    headline.show_halt(proven)
    assert headline.words.tone is Tone.OK
    last = dataclasses.replace(proven.rows[-1], state=state)
    headline.show_halt(dataclasses.replace(proven, rows=(*proven.rows[:-1], last)))
    assert headline.words.tone is not Tone.OK
    assert headline.proven.tone is not Tone.OK
    assert headline.proven.text() == "11"
    assert ("3 protective orders kept" in headline.how.text()) is bool(kept)


def test_the_checklist_shows_what_the_engine_evaluated_and_what_is_still_to_be_written(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    board.show_snapshot(stopped(halt(12)))
    said = [line.text() for line in board.form.checks if line.isVisibleTo(board.form)]
    assert said[0].startswith("○ every account proven empty")
    assert said[-1] == "○ reason written"
    assert any(line.startswith("○ drawdown is back inside") for line in said)
    board.form.reason.setText("the bot is off")
    assert board.form.checks[len(said) - 1].text() == "✓ reason written"


def test_a_peak_is_rebased_only_with_a_reason(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    board.show_snapshot(stopped(halt(12)))
    asked: list[tuple[object, str]] = []
    board.rebase_requested.connect(lambda scope, reason: asked.append((scope, reason)))
    qtbot.mouseClick(board.form.rebase, Qt.MouseButton.LeftButton)
    assert asked == []
    board.form.reason.setText("the loss is taken")
    qtbot.mouseClick(board.form.rebase, Qt.MouseButton.LeftButton)
    assert asked == [(PORTFOLIO, "the loss is taken")]


def test_restoring_looks_first_and_places_with_the_second_click(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    snapshot = stopped(halt(12))
    board.show_snapshot(snapshot)
    looked: list[str] = []
    placed: list[str] = []
    board.preview_requested.connect(looked.append)
    board.restore_requested.connect(placed.append)
    card = board.form.restore
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert (looked, placed) == (["h-1"], [])
    board.show_snapshot(dataclasses.replace(snapshot, restore=restorable("h-1")))
    assert card.lines[0].text() == "2 of 3 protective orders can be placed again"
    assert card.lines[1].text() == "1: its position is closed"
    assert card.button.text() == "Place 2 again, reduce-only"
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert (looked, placed) == (["h-1"], ["h-1"])
    board.show_snapshot(dataclasses.replace(snapshot, restore=restorable("h-2")))
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert placed == ["h-1"], "the preview of another stop is none of this one"


def test_whatever_trades_is_named_with_what_it_does_the_worst_first(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    board.show_snapshot(stopped(halt(12, resting=0)))
    lines = [line for line in board.sources.lines if line.isVisibleTo(board.sources)]
    assert [line.text() for line in lines] == [
        "▲ grid: asked to pause 4 times, not obeyed: running",
        "◆ market-making: asked to pause 4 times, not obeyed: unknown (it gave no answer within 5 s)",
        "○ by hand: no source: block means sweeping",
        "✓ basis: paused, read 3 s ago",
    ]
    assert [line.tone for line in lines] == [Tone.HIGH, Tone.UNKNOWN, Tone.FAINT, Tone.OK]
    assert board.sources.note.text() == "1 of 3 obey"
    assert any("every source paused (1 / 3); 1 more have none" in line.text() for line in board.form.checks)


def test_a_source_that_says_paused_while_its_orders_come_is_the_worst_of_all(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    view = halt(12)
    board.show_snapshot(stopped(view))
    first = board.sources.lines[0]
    since = sum(order.seen_at_s > view.fired_at_s + 4 for order in view.late_orders)
    assert since
    assert first.text() == f"▲ basis: paused, read 3 s ago, yet {since} orders came since"
    assert first.tone is Tone.CRITICAL


def test_without_any_source_the_board_says_that_block_means_sweeping(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    board.show_snapshot(stopped(dataclasses.replace(halt(12), sources=(SourceView("basis"), SourceView("grid")))))
    lines = [line.text() for line in board.sources.lines if line.isVisibleTo(board.sources)]
    assert lines == ["○ no source connected: block means sweeping"]


def test_room_is_given_with_a_threshold_an_end_and_a_reason(qtbot: QtBot) -> None:
    board = ProofBoard()
    qtbot.addWidget(board)
    board.show()
    snapshot = stopped(halt(12))
    board.show_snapshot(snapshot)
    row, asked = board.form.room, list[tuple[object, ...]]()
    board.room_requested.connect(lambda *wish: asked.append(wish))
    assert (row.threshold.text(), row.duration.currentText()) == ("0.16", "24 h")
    qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert asked == [], "without a reason there is no room"
    board.form.reason.setText("a day to mend it")
    row.threshold.setText("0,2")
    board.show_snapshot(snapshot)
    assert row.threshold.text() == "0,2", "what was typed in stays"
    qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)
    (offer, threshold, until_s, reason) = asked[0]
    assert (offer, threshold, reason) == (RoomOffer(PORTFOLIO, "drawdown", 0.16), 0.2, "a day to mend it")
    assert until_s == snapshot.at_s + 86_400.0
    for nothing in ("", "a lot", "-1", "nan"):
        row.threshold.setText(nothing)
        assert not row.button.isEnabled()

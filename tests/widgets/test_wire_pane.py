"""A row of the proof board opens into its requests and replies."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.snapshot import Snapshot
from tests.widgets.snapshots import build, halt, returning
from tests.widgets.wires import wire_page
from widgets.proof_board import ProofBoard
from widgets.wire_model import AFTER, ANSWER, FOR, REQUEST, SENT, WireModel
from widgets.wire_pane import in_full

Asked = list[tuple[str, ...]]


@pytest.fixture
def snapshot() -> Snapshot:
    view = halt(12)
    return dataclasses.replace(build(12, stopped=True), halts=(view,), returns=(returning(view),))


@pytest.fixture
def board(qtbot: QtBot, snapshot: Snapshot) -> ProofBoard:
    made = ProofBoard()
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    made.show_snapshot(snapshot)
    return made


@pytest.fixture
def asked(board: ProofBoard) -> Asked:
    found: Asked = []
    board.wire_opened.connect(lambda *what: found.append(what))
    board.wire_closed.connect(lambda: found.append(()))
    return found


def choose(board: ProofBoard, row: int) -> str:
    table = board.table
    table.setCurrentIndex(board.model.index(row, 0))
    (key,) = table.chosen_keys()
    return str(key)


def with_wire(snapshot: Snapshot, account: str) -> Snapshot:
    return dataclasses.replace(snapshot, wire=wire_page(account))


@pytest.mark.parametrize("how", ["enter", "double click", "button"])
def test_a_row_opens_in_three_ways_and_asks_for_its_account(
    qtbot: QtBot, board: ProofBoard, asked: Asked, how: str
) -> None:
    account = choose(board, 2)
    table = board.table
    if how == "enter":
        qtbot.keyClick(table, Qt.Key.Key_Return)
    elif how == "button":
        qtbot.mouseClick(board.requests, Qt.MouseButton.LeftButton)
    else:
        place = table.visualRect(board.model.index(2, 1)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [("h-1", account)]
    assert board.wire.isVisible()
    assert board.wire.heading.text() == account
    assert board.wire.table.empty_words == "Being looked up"


def test_it_shows_what_was_asked_and_what_came_back(
    qtbot: QtBot, board: ProofBoard, snapshot: Snapshot, asked: Asked
) -> None:
    account = choose(board, 0)
    qtbot.keyClick(board.table, Qt.Key.Key_Return)
    board.show_snapshot(with_wire(snapshot, "somebody else"))
    assert board.wire.model.rowCount() == 0, "the requests of another account are none of this one"
    board.show_snapshot(with_wire(snapshot, account))
    pane, page = board.wire, wire_page(account)
    assert pane.model.rowCount() == len(page.lines)
    assert pane.note.text() == "12 requests · 49 between them not kept"
    pane.table.setCurrentIndex(pane.model.index(2, 0))
    assert pane.text.toPlainText() == in_full(page.lines[2]).replace("\N{NO-BREAK SPACE}", " ")
    bar = pane.text.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    board.show_snapshot(with_wire(snapshot, account))
    assert bar.value() == before, "what is being read is not scrolled away by the next snapshot"


def test_the_rows_say_when_for_what_and_what_was_answered(qtbot: QtBot) -> None:
    model = WireModel()
    page = wire_page("alpha-1")
    model.show_page(page)
    said = {line.number: [model.text(row, column) for column in range(6)] for row, line in enumerate(page.lines)}
    assert said[201] == ["3.2\N{NO-BREAK SPACE}ms", "cancel", "regular", "DELETE /fapi/v1/allOpenOrders", "200",
                         "41\N{NO-BREAK SPACE}ms"]  # fmt: skip
    assert (said[205][ANSWER], said[206][ANSWER], said[261][ANSWER]) == ("none", "429", "")
    assert said[261][AFTER] == "waiting"
    assert [number for number, row in said.items() if row[FOR].startswith("✓")] == [207, 208, 209, 210]
    assert said[210][SENT].startswith("6.7")
    assert model.tip(4, ANSWER).startswith("CancelledError")
    assert page.lines[0].host in model.tip(0, REQUEST)


def test_in_full_a_request_without_a_reply_is_told_from_one_that_is_waited_for() -> None:
    page = wire_page("alpha-1")
    texts = {line.number: in_full(line) for line in page.lines}
    assert "No reply; given up after 4.0" in texts[205]
    assert texts[261].endswith("No reply yet.")
    assert "  symbol=BTCUSDT\n" in texts[201]
    assert "Reply 429" in texts[206]
    assert page.lines[2].reply_sha256 in texts[203]
    long = dataclasses.replace(page.lines[2], reply="x" * 4096, reply_chars=9_000)
    assert "9,000 characters, the first 4,096 of them below" in in_full(long)


def test_another_row_turns_it_and_escape_closes_it_and_gives_the_keyboard_back(
    qtbot: QtBot, board: ProofBoard, asked: Asked
) -> None:
    first = choose(board, 0)
    qtbot.keyClick(board.table, Qt.Key.Key_Return)
    second = choose(board, 1)
    assert asked == [("h-1", first), ("h-1", second)]
    board.wire.table.setFocus()
    qtbot.keyClick(board.wire.table, Qt.Key.Key_Escape)
    assert asked[-1] == ()
    assert not board.wire.isVisible()
    assert board.table.hasFocus()
    choose(board, 3)
    assert len(asked) == 3, "a closed pane follows no row"


def test_leaving_the_board_closes_it_so_that_nobody_paints_it_any_more(
    qtbot: QtBot, board: ProofBoard, asked: Asked
) -> None:
    choose(board, 0)
    qtbot.keyClick(board.table, Qt.Key.Key_Return)
    board.hide()
    assert asked[-1] == ()
    assert len(asked) == 2


def test_an_account_that_was_never_reached_says_so(qtbot: QtBot, board: ProofBoard, snapshot: Snapshot) -> None:
    account = choose(board, 0)
    qtbot.keyClick(board.table, Qt.Key.Key_Return)
    page = dataclasses.replace(wire_page(account), lines=(), dropped=0, noted=False)
    board.show_snapshot(dataclasses.replace(snapshot, wire=page))
    assert "never reached" in board.wire.table.empty_words

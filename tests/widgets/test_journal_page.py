"""The page of the journal: what is searched for, pages, one record with what was and what is, checks and files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from core.domain import Scope
from core.journal.intents import (
    CallOffJournalCheck,
    CallOffJournalFile,
    CheckJournal,
    CloseRecord,
    OpenRecord,
    ReadJournal,
    WriteJournalFile,
)
from core.journal.query import Wanted
from core.journal.views import JournalPage, JournalWish, RecordView
from core.snapshot import Snapshot
from tests.widgets.journals import BAD, CHECK, NOW_S, RUNNING, WRITING, asked, line, page, record
from tests.widgets.snapshots import build
from widgets.journal_check import proof_words, verdict
from widgets.journal_filter import BETWEEN, TIMES
from widgets.journal_model import JournalModel, says
from widgets.journal_page import JournalPageView
from widgets.record_fields import MOST, Field, FieldModel, fields_of
from widgets.record_pane import EVENT, PLAN, STOP, links_of
from widgets.theme import Tone

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT = Qt.MouseButton.LeftButton
BASE = dataclasses.replace(build(3, 0), at_s=NOW_S)


class Shown:
    """The page, and everything that it asks for."""

    def __init__(self, qtbot: QtBot) -> None:
        self.asked: list[Any] = []
        self.page = JournalPageView()
        self.page.asked.connect(self.asked.append)
        qtbot.addWidget(self.page)
        self.page.resize(1_400, 800)
        self.page.show_snapshot(BASE)
        self.page.show()

    @property
    def wish(self) -> JournalWish:
        """The last page that was asked for."""
        return next(one.wish for one in reversed(self.asked) if isinstance(one, ReadJournal))

    def answer(self, count: int = 200, last: int = 1_000, **desk: Any) -> None:
        self.tell(page=page(self.wish, count, last), **desk)

    def tell(self, **desk: Any) -> None:
        snapshot: Snapshot = asked(BASE, **desk)
        self.page.show_snapshot(snapshot)


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_the_newest_are_asked_for_when_somebody_comes_and_pages_follow_each_other(shown: Shown, qtbot: QtBot) -> None:
    assert shown.asked == [ReadJournal(JournalWish())]
    shown.answer()
    pager, model = shown.page.pager, shown.page.model
    assert model.rowCount() == 200
    assert not pager.newer.isEnabled()
    qtbot.mouseClick(pager.older, LEFT)
    assert shown.wish == JournalWish(before=801)
    assert not pager.older.isEnabled()  # not before it is there
    shown.answer()
    assert model.lines[0].seq == 800
    qtbot.mouseClick(pager.older, LEFT)
    shown.answer()
    qtbot.mouseClick(pager.newer, LEFT)
    assert shown.wish == JournalWish(before=801)
    shown.answer()
    qtbot.mouseClick(pager.refresh, LEFT)
    assert shown.wish == JournalWish()
    shown.answer(count=2_000)
    assert not pager.older.isEnabled()


def test_an_answer_to_something_else_is_not_shown(shown: Shown) -> None:
    shown.answer()
    shown.page.filter.text.setText("whale")
    shown.page.filter.text.returnPressed.emit()
    shown.tell(page=page(JournalWish(), 10))
    assert shown.page.model.rowCount() == 200
    shown.tell(page=page(shown.wish, 3))
    assert shown.page.model.rowCount() == 3


def test_everything_that_may_be_searched_for_is_in_the_wish(shown: Shown, qtbot: QtBot) -> None:
    shown.answer()
    bar = shown.page.filter
    bar.kind.setCurrentText("event *")
    for field, text in (
        (bar.scope, "account:a"),
        (bar.about, "e-1"),
        (bar.person, "ada"),
        (bar.run, "9f"),
        (bar.text, "x"),
    ):
        field.setText(text)
    bar.time.setCurrentIndex([words for words, _ in TIMES].index("Last hour"))
    qtbot.keyClick(bar.text, Qt.Key.Key_Return)
    assert shown.wish.wanted == Wanted(
        kinds=("event",), scope="account:a", subject="e-1", actor="ada", run="9f", text="x", from_s=NOW_S - 3_600.0
    )
    bar.time.setCurrentIndex(BETWEEN)
    assert bar.begin.text() == "2026-11-20 14:28"
    bar.begin.setText("2026-11-20 14:00")
    bar.end.setText("2026-11-21")
    qtbot.waitUntil(lambda: (shown.wish.wanted.from_s, shown.wish.wanted.to_s) == (1_795_183_200.0, 1_795_219_200.0))
    bar.end.setText("yesterday")
    qtbot.waitUntil(lambda: "yesterday is no time" in shown.page.board.note.text())
    assert shown.wish.wanted.to_s == 1_795_219_200.0
    qtbot.mouseClick(bar.clear, LEFT)
    assert shown.wish == JournalWish()


def test_a_search_tells_how_far_back_it_is_and_an_error_stands_where_the_records_would(shown: Shown) -> None:
    searching = JournalPage(shown.wish, (line(990),), more=True, searching=True, looked_back_to=640)
    shown.tell(page=searching)
    assert "searched back to record 640" in shown.page.board.note.text()
    assert not shown.page.pager.older.isEnabled()
    shown.tell(page=JournalPage(shown.wish, error="the journal cannot be read: disk I/O error"))
    assert shown.page.board.note.tone is Tone.CRITICAL
    assert "disk I/O error" in shown.page.table.empty_words


def test_a_record_is_opened_by_the_keyboard_and_shows_what_was_and_what_is(shown: Shown, qtbot: QtBot) -> None:
    shown.answer()
    shown.page.table.setFocus()
    shown.page.table.selectRow(0)
    qtbot.keyClick(shown.page.table, Qt.Key.Key_Return)
    pane = shown.page.pane
    assert shown.asked[-1] == OpenRecord(1_000)
    assert "being read" in pane.facts.told()
    shown.answer(record=record(1_000))
    rows = [[pane.model.text(pane.model.source(row), column) for column in range(3)] for row in range(3)]
    assert rows == [["severity", "2", "3"], ["state", "raised", "acknowledged"], ["value", "0.052", "0.071"]]
    assert "its content matches its hash" in pane.facts.told()
    shown.tell(record=dataclasses.replace(record(1_000), follows=False))
    assert "does not match" in pane.facts.told()
    qtbot.keyClick(shown.page.table, Qt.Key.Key_Down)
    assert shown.asked[-1] == OpenRecord(999)
    qtbot.keyClick(shown.page.table, Qt.Key.Key_Escape)
    assert shown.asked[-1] == CloseRecord()
    assert not pane.isVisible()


def test_links_lead_to_event_plan_stop_and_scope_or_say_why_not(shown: Shown, qtbot: QtBot) -> None:
    body = {"event_id": "e-7", "mitigation_id": "no-such-plan", "halt_id": "h-9"}
    seq = 998  # of an account's plan, by its number
    shown.page.pane.open_record(seq)
    told = dataclasses.replace(record(seq, body), line=dataclasses.replace(line(seq), scope="portfolio"))
    shown.tell(record=told)
    pane = shown.page.pane
    with qtbot.waitSignal(shown.page.event_selected) as event:
        qtbot.mouseClick(pane.open_event, LEFT)
    assert event.args == ["e-7"]
    assert not pane.open_plan.isEnabled()
    assert "not listed any more" in pane.open_plan.toolTip()
    assert not pane.open_stop.isEnabled()
    assert "was reset" in pane.open_stop.toolTip()
    with qtbot.waitSignal(shown.page.scope_selected) as scope:
        qtbot.mouseClick(pane.open_scope, LEFT)
    assert scope.args == [Scope.parse("portfolio")]
    qtbot.mouseClick(pane.about, LEFT)
    assert shown.wish.wanted == Wanted(subject=line(seq).subject)


@pytest.mark.parametrize(
    ("kind", "subject", "body", "found"),
    [
        ("event.raised", "e-1", {}, {EVENT: "e-1"}),
        ("mitigation.run", "m-1", {"id": "m-1"}, {PLAN: "m-1"}),
        ("stop.fired", "h-1", {"after": {"halt_id": "h-1"}}, {STOP: "h-1"}),
        ("stop.requested", "e-4", {"scope": "portfolio"}, {EVENT: "e-4"}),
        ("operator.ResetStop", "h-2", {"halt_id": "h-2"}, {STOP: "h-2"}),
        ("mitigation.order", "m-2", {"mitigation_id": "m-2", "event_id": "e-3"}, {PLAN: "m-2", EVENT: "e-3"}),
        ("engine.started", "", {"accounts": 3}, {}),
    ],
)
def test_a_record_is_linked_to_what_it_is_about(
    kind: str, subject: str, body: dict[str, Any], found: dict[str, str]
) -> None:
    made = RecordView(3, dataclasses.replace(line(3), kind=kind, subject=subject), body)
    assert links_of(made) == found


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(PLAIN, PLAIN, st.dictionaries(st.sampled_from("abc"), PLAIN, max_size=3))
def test_whatever_a_record_says_every_field_stands_once_and_what_changed_stands_first(
    before: Any, after: Any, rest: dict[str, Any]
) -> None:
    fields, left = fields_of({"before": before, "after": after, **rest})
    assert not left
    keys = [(field.path, field.before is not None) for field in fields]
    assert len(keys) == len(set(keys)) or "" in {path.rpartition(".")[2] for path, _ in keys}
    sides = [field.changed for field in fields if field.before is not None]
    assert sides == sorted(sides, reverse=True)
    same, _ = fields_of({"before": after, "after": after})
    assert not any(field.changed for field in same)


def test_a_record_of_thousands_of_fields_shows_the_first_and_says_how_many_are_left() -> None:
    fields, left = fields_of({"rows": [{"n": number} for number in range(MOST + 5)]})
    assert (len(fields), left) == (MOST, 5)
    assert fields[1] == Field("rows[1].n", "1")


def test_the_models_keep_their_rows(qapp: object) -> None:
    model, fields = JournalModel(), FieldModel()
    testers = [QAbstractItemModelTester(one, FATAL) for one in (model, fields)]
    model.show(page(JournalWish(), 50, 300).lines, "USD", NOW_S)
    kept = QPersistentModelIndex(model.index_of(290))
    for column in range(model.columnCount()):
        model.sort(column, Qt.SortOrder.DescendingOrder)
        assert model.key(kept) == 290
    model.show(page(JournalWish(), 60, 295).lines, "USD", NOW_S)
    assert model.key(kept) == 290
    model.show(page(JournalWish(before=200), 50).lines, "USD", NOW_S)
    assert not kept.isValid()
    for body in ({}, None, {"before": None, "after": {"a": 1}}, {"x": [1, 2, {"y": 3}]}):
        fields.show_record(None if body is None else record(1, body))
    assert fields.rowCount() == 3
    assert len(testers) == 2


def test_a_check_is_asked_for_shown_on_its_way_called_off_and_its_result_told(shown: Shown, qtbot: QtBot) -> None:
    panel = shown.page.check
    assert verdict(None) == ("◆ never checked", Tone.UNKNOWN)
    shown.tell()
    qtbot.mouseClick(panel.check, LEFT)
    assert shown.asked[-1] == CheckJournal("")
    shown.tell(check=RUNNING)
    assert "45,000 of 128,442" in panel.verdict.text()
    assert panel.bar.used == pytest.approx(45_000 / 128_442)
    qtbot.mouseClick(panel.check, LEFT)
    assert shown.asked[-1] == CallOffJournalCheck("")
    shown.tell(check=dataclasses.replace(RUNNING, ended_at_s=NOW_S, called_off=True))
    assert "called off after 45,000 records" in panel.note.text()
    shown.tell(last_check=CHECK)
    assert (panel.verdict.text(), panel.verdict.tone) == ("✓ intact up to record 128,120", Tone.OK)
    assert "31 seals hold" in panel.proof.text()
    assert "30 of them signed" in panel.proof.text()
    assert "ago by ada · 322 records since, not checked" in panel.note.text()
    assert panel.show_bad.isHidden()


def test_the_first_bad_record_is_named_and_opened(shown: Shown, qtbot: QtBot) -> None:
    shown.tell(last_check=BAD)
    panel = shown.page.check
    assert "NOT INTACT: record 17" in panel.verdict.text()
    assert panel.verdict.tone is Tone.CRITICAL
    qtbot.mouseClick(panel.show_bad, LEFT)
    assert shown.asked[-1] == OpenRecord(17)


def test_what_could_not_be_checked_is_said() -> None:
    told = proof_words(dataclasses.replace(CHECK, seals=0, remarks=("no seal is noted outside",)))
    assert "no seal stands in it yet" in told
    assert "not checked: no seal is noted outside" in told


def test_what_is_searched_for_is_written_to_a_file_and_can_be_called_off(
    shown: Shown, qtbot: QtBot, tmp_path: Path
) -> None:
    shown.answer()
    shown.page.filter.person.setText("ada")
    qtbot.keyClick(shown.page.filter.person, Qt.Key.Key_Return)
    row = shown.page.file
    qtbot.mouseClick(row.button, LEFT)
    assert row.dialog is not None
    assert not row.dialog.isModal()
    row.dialog.fileSelected.emit(str(tmp_path / "a.csv"))
    assert shown.asked[-1] == WriteJournalFile(Wanted(actor="ada"), str(tmp_path / "a.csv"), "")
    row.dialog.close()
    shown.tell(file=WRITING)
    assert "52,000 records" in row.words.text()
    qtbot.mouseClick(row.button, LEFT)
    assert shown.asked[-1] == CallOffJournalFile("")
    shown.tell(file=dataclasses.replace(WRITING, ended_at_s=NOW_S, error="there already and is not replaced"))
    assert "there already" in row.words.text()
    shown.tell(file=dataclasses.replace(WRITING, ended_at_s=NOW_S, records=128_000))
    assert "128,000 records written" in row.words.text()
    assert row.words.tone is Tone.OK


def test_a_body_is_told_without_what_only_a_machine_needs() -> None:
    assert says('{"halt_id":"h-1","reason":"the bot is off, now"}') == "halt_id: h-1 · reason: the bot is off, now"

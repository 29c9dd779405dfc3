"""The page of the limits: found, changed in people's units, tried out, applied, undone, by keyboard alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.config.rows import ASSIGN, LIMITS, RowEdit, RowKey
from core.domain import Scope
from core.limit_intents import ChangeLimits, CloseLimits, ConfirmLimits, OpenLimits, TryLimits, WithdrawLimits
from core.limit_page import Answer, Draft, LimitsPage
from core.snapshot import LimitInForce, Snapshot
from core.windows import ALLOWED
from tests.widgets.limited import effect, limit_lines, limits_page, past, pending, trial, with_limits
from tests.widgets.snapshots import build, opened
from widgets import nav
from widgets.desk import Desk
from widgets.limit_drafts import Kind
from widgets.limit_models import IS_HELD, EffectModel, GuardedModel, LimitLineModel, LineFilter, PastModel
from widgets.limits_page import HISTORY, LimitsPageView

OKX = limit_lines()[2]
CALM = limit_lines()[6]
SHIPPED = limit_lines()[9]


@pytest.fixture(scope="module")
def calm() -> Snapshot:
    return build(12, 4)


class Seat:
    """Somebody at the page, and an engine that shows what it is asked for."""

    def __init__(self, qtbot: QtBot, calm: Snapshot) -> None:
        self.calm = calm
        self.asked: list[Any] = []
        self.view = LimitsPageView()
        qtbot.addWidget(self.view)
        self.view.asked.connect(self.asked.append)
        self.view.editor.pause.setInterval(1)
        self.view.resize(1_120, 690)
        self.view.show()
        self.paint()

    def paint(self, **others: Any) -> None:
        self.view.show_snapshot(with_limits(self.calm, **others))

    def choose(self, identity: object) -> None:
        self.view.list.table.choose_key(identity)
        self.paint(chosen=identity)

    def type(self, name: str, text: str) -> None:
        field = self.view.editor.fields.fields[name]
        edit = field if isinstance(field, QLineEdit) else field.lineEdit()
        assert edit is not None
        edit.setFocus()
        edit.selectAll()
        QTest.keyClick(edit, Qt.Key.Key_Delete)
        QTest.keyClicks(edit, text)

    def settle(self) -> Draft:
        while self.view.editor.pause.isActive():
            QTest.qWait(5)
        return self.view.editor.draft

    def tried(self, **others: Any) -> Draft:
        """What is typed, painted as tried out."""
        draft = self.settle()
        self.paint(chosen=OKX.identity, trial=trial(draft, **others))
        return draft

    def wishes(self, kind: type) -> list[Any]:
        return [intent for intent in self.asked if isinstance(intent, kind)]

    @property
    def editor(self) -> Any:
        return self.view.editor

    def text(self, name: str) -> str:
        return str(self.view.editor.fields.text(name))


@pytest.fixture
def seat(qtbot: QtBot, calm: Snapshot) -> Seat:
    return Seat(qtbot, calm)


def shown(seat: Seat) -> list[str]:
    model = seat.view.list.model
    return [f"{model.data(model.index(row, 1))} {model.data(model.index(row, 0))}" for row in range(model.rowCount())]


# -- the tables -------------------------------------------------------------------------------------------------------


def test_every_model_keeps_its_rows_apart_while_what_they_show_changes() -> None:
    tested: list[tuple[Any, Any, Any]] = [
        (GuardedModel(), limits_page(chosen=OKX.identity).scopes, slice(1, 5)),
        (EffectModel(), effect().lines, slice(2, 9)),
        (PastModel(), past(), slice(0, 2)),
    ]
    for model, lines, part in tested:
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        model.show(lines, "USD", 0.0)
        kept = QPersistentModelIndex(model.index_of(model.key_of(lines[part][-1])))
        for column in range(len(model.columns)):
            model.sort(column, Qt.SortOrder.DescendingOrder)
        model.show(lines[part], "USD", 0.0)
        assert model.key(kept) == model.key_of(lines[part][-1])
        model.show((), "USD", 0.0)
        assert not kept.isValid()


def test_limits_are_searched_filtered_and_sorted_on_numbers_and_a_choice_stays_on_its_limit() -> None:
    model = LimitLineModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page = limits_page(extra=40)
    model.show_page(page, "USD", 0.0)
    kept = QPersistentModelIndex(model.index_of(OKX.identity))
    model.set_filter("okx leverage")
    assert model.rowCount() == 41
    model.choose(LineFilter(source="profile calm"))
    assert model.rowCount() == 0
    model.set_filter("")
    assert model.rowCount() == 3
    model.choose(LineFilter(state=IS_HELD))
    assert [model.data(model.index(0, 1))] == ["group:majors"]
    model.choose(LineFilter())
    model.sort(5, Qt.SortOrder.DescendingOrder)
    assert model.data(model.index(0, 5)) == "$120.0M"
    model.sort(3, Qt.SortOrder.AscendingOrder)
    low = [model.data(model.index(row, 3)) for row in range(model.rowCount())]
    assert (low[0], low[-1]) == ("2\N{NO-BREAK SPACE}%", "")
    assert not kept.isValid() or model.key(kept) == OKX.identity
    model.sort(9, Qt.SortOrder.DescendingOrder)
    counts = [str(model.data(model.index(row, 9)) or "0").split()[-1] for row in range(model.rowCount())]
    assert counts == sorted(counts, reverse=True)
    assert str(model.data(model.index(0, 9))) == "▲▲\N{NO-BREAK SPACE}3"


def test_each_limit_says_where_it_is_written_and_how_its_scopes_stand(seat: Seat) -> None:
    model = seat.view.list.model
    texts = {
        model.lines[row].identity: [model.text(row, column) for column in range(12)] for row in range(len(model.lines))
    }
    assert texts[OKX.identity][:3] == ["Leverage", "account:okx-*", "single"]
    assert texts[OKX.identity][4:8] == ["3×", "4×", "5×", "auto at high, auto block, then auto restore at critical"]
    assert texts[OKX.identity][8] == "12"
    assert texts[limit_lines()[3].identity][2] == "■ held back"
    assert texts[SHIPPED.identity][2] == "template conservative"
    assert texts[limit_lines()[4].identity][0] == "Drawdown in 5\N{NO-BREAK SPACE}min"
    assert "line 64" in model.tip(2, 0)


# -- looking ----------------------------------------------------------------------------------------------------------


def test_the_engine_paints_only_while_somebody_looks_and_the_scopes_of_what_is_chosen(seat: Seat) -> None:
    assert seat.asked == [OpenLimits(None)]
    seat.choose(OKX.identity)
    assert seat.asked[-1] == OpenLimits(OKX.identity)
    seat.view.hide()
    assert seat.asked[-1] == CloseLimits()
    seat.view.show()
    assert seat.asked[-1] == OpenLimits(OKX.identity)


def test_a_scope_of_a_limit_opens_by_return(seat: Seat) -> None:
    opened_scopes: list[Scope] = []
    seat.view.scope_requested.connect(opened_scopes.append)
    seat.choose(OKX.identity)
    table = seat.view.sides.scope_table
    assert table.rows.rowCount() == 12
    table.setCurrentIndex(table.rows.index(1, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert [str(scope) for scope in opened_scopes] == ["account:okx-sub-0001"]


# -- changing ---------------------------------------------------------------------------------------------------------


def test_a_limit_is_changed_tried_out_and_applied_from_the_keyboard(seat: Seat) -> None:
    seat.choose(OKX.identity)
    QTest.keyClick(seat.view.list.table, Qt.Key.Key_Return)
    assert seat.view.focusWidget() is seat.editor.fields.fields["medium"]
    assert (seat.text("high"), seat.text("on_delay_s"), seat.text("then_high")) == ("4x", "30 s", "auto")
    seat.type("high", "3.5x")
    seat.type("then_high", "approve")
    assert not seat.editor.apply.isEnabled()
    draft = seat.settle()
    wanted = {**OKX.written, "high": 3.5, "policy": {**OKX.written["policy"], "high": "approve"}}
    assert draft == Draft((RowEdit(OKX.key, wanted, was=OKX.written),))
    assert seat.asked[-1] == TryLimits(draft)
    assert not seat.editor.apply.isEnabled(), "what was not tried out cannot be applied"
    seat.paint(chosen=OKX.identity, trial=trial(draft))
    assert seat.view.sides.headline.text() == (
        "8 raised, 8 graver, 8 cleared · begins 8 plans · ▲▲ stops account:okx-sub-0001"
    )
    assert "stands over in 12 scopes" in seat.view.sides.warnings.text()
    assert seat.view.sides.effect_table.rows.rowCount() == 24
    assert seat.view.sides.note.text().startswith("figures of ")
    QTest.keyClick(seat.editor.fields.fields["high"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert seat.asked[-1] == ChangeLimits(draft, "", "")
    assert seat.text("high") == "3.5x", "until it is written what was typed stays"
    seat.paint(chosen=OKX.identity, answer=Answer(1, done=True, words="done: change the limit"))
    assert seat.editor.message.text() == "✓ done: change the limit"
    assert seat.editor.draft.empty


def test_what_leaves_more_room_needs_a_reason_before_it_can_be_applied(seat: Seat) -> None:
    seat.choose(OKX.identity)
    seat.type("high", "4.5x")
    draft = seat.tried(looser=("the limit on leverage of account:okx-* leaves more room (high)",))
    assert not seat.editor.apply.isEnabled()
    assert seat.editor.reason.placeholderText() == "Reason (required: it leaves more room)"
    QTest.keyClicks(seat.editor.reason, "the roll")
    assert seat.editor.apply.isEnabled()
    QTest.keyClick(seat.editor.reason, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert seat.asked[-1] == ChangeLimits(draft, "", "the roll")


def test_bad_input_is_told_with_its_place_and_nothing_that_is_typed_is_lost(seat: Seat) -> None:
    seat.choose(OKX.identity)
    seat.type("high", "4 %")
    seat.type("active", "mondays")
    seat.settle()
    assert seat.editor.message.text().splitlines() == [
        'High: "4 %" is not it; a multiple such as 2.5x is needed',
        f'Hours: "mondays": {ALLOWED}',
    ]
    assert seat.editor.fields.labels["high"].text() == "✗ High"
    assert not seat.editor.apply.isEnabled()
    seat.choose(CALM.identity)
    assert seat.text("high") == "10 %"
    seat.choose(OKX.identity)
    assert (seat.text("high"), seat.text("active")) == ("4 %", "mondays")
    seat.paint(chosen=OKX.identity, answer=Answer(1, done=False, words="the limits were not changed: somewhere else"))
    assert seat.text("high") == "4 %"
    QTest.keyClick(seat.editor.fields.fields["high"], Qt.Key.Key_Escape)
    assert (seat.text("high"), seat.editor.fields.labels["high"].text()) == ("4x", "High")


def test_what_the_engine_refuses_is_told_and_cannot_be_applied(seat: Seat) -> None:
    seat.choose(OKX.identity)
    seat.type("medium", "9x")
    seat.tried(refused="limits[2]: thresholds must not fall from low to critical", effect=None)
    assert seat.editor.message.text() == "limits[2]: thresholds must not fall from low to critical"
    assert not seat.editor.apply.isEnabled()
    assert seat.view.sides.effect_table.empty_words == "It cannot be applied as it is"


def test_a_row_that_somebody_else_changes_follows_unless_it_is_being_changed(seat: Seat) -> None:
    seat.choose(OKX.identity)
    other = dataclasses.replace(OKX, written={**OKX.written, "high": 4.25})
    lines = tuple(other if line.identity == OKX.identity else line for line in limit_lines())
    seat.paint(chosen=OKX.identity, lines=lines)
    assert seat.text("high") == "4.25x"
    seat.type("critical", "6x")
    seat.settle()
    seat.paint(chosen=OKX.identity)
    assert (seat.text("high"), seat.text("critical")) == ("4.25x", "6x")
    assert seat.editor.draft.edits[0].was == other.written, "the engine can tell that it was changed meanwhile"


def test_a_new_limit_is_begun_by_its_key_and_read_in_the_unit_of_its_metric(seat: Seat) -> None:
    QTest.keyClick(seat.view.list.table, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert seat.editor.task.kind is Kind.NEW
    seat.type("scope", "group:majors")
    seat.type("metric", "gross_exposure")
    assert seat.settle().empty, "there is nothing to try out before it has a threshold"
    seat.type("critical", "$1.2M")
    draft = seat.settle()
    values = {"scope": "group:majors", "metric": "gross_exposure", "critical": 1_200_000.0}
    assert draft == Draft((RowEdit(RowKey(LIMITS, "group:majors", "", "gross_exposure"), values),))
    seat.type("of", "equity")
    seat.type("critical", "250 %")
    assert dict(seat.settle().edits[0].values or {}) == {**values, "critical": 2.5, "of": "equity"}


def test_a_profile_is_assigned_and_taken_off_again(seat: Seat) -> None:
    QTest.keyClick(
        seat.view.list.table, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert not seat.editor.fields.fields["high"].isVisible()
    seat.type("scope", "venue:okx")
    seat.type("profile", "directional")
    key = RowKey(ASSIGN, "venue:okx", "directional")
    assert seat.settle() == Draft((RowEdit(key, {"scope": "venue:okx", "profile": "directional"}),))
    seat.editor.start_over()
    seat.choose(CALM.identity)
    assert seat.editor.remove.isVisible()
    QTest.keyClick(seat.editor.unassign, Qt.Key.Key_Space)
    (edit,) = seat.editor.draft.edits
    assert (edit.key, edit.values) == (RowKey(ASSIGN, "account:*", "calm"), None)


def test_a_template_stays_as_it_is_and_a_limit_of_its_own_begins_with_what_it_says(seat: Seat) -> None:
    seat.choose(SHIPPED.identity)
    assert seat.editor.message.text().startswith("■ it comes with Scram and stays as it is")
    assert not seat.editor.fields.fields["high"].isEnabled()
    assert not seat.editor.remove.isVisible()
    QTest.keyClick(seat.editor.own, Qt.Key.Key_Space)
    assert (seat.text("scope"), seat.text("metric"), seat.text("high")) == ("venue:*", "largest_coin_share", "55 %")
    key = RowKey(LIMITS, "venue:*", "", "largest_coin_share")
    assert seat.editor.draft.edits[0].key == key


def test_what_is_typed_for_a_new_limit_and_for_one_of_a_scopes_own_is_kept_apart(seat: Seat) -> None:
    seat.view.list.new.click()
    seat.type("metric", "leverage")
    seat.choose(SHIPPED.identity)
    seat.editor.own.click()
    assert seat.text("metric") == "largest_coin_share"
    seat.view.list.new.click()
    assert seat.text("metric") == "leverage"


def test_an_empty_editor_says_what_can_be_done_there(seat: Seat) -> None:
    assert seat.editor.message.text() == "Choose a limit above to change it, or begin a new one (Ctrl+N)"
    assert not seat.editor.apply.isVisible()
    seat.choose(OKX.identity)
    assert (seat.editor.message.text(), seat.editor.apply.isVisible()) == ("", True)
    seat.view.list.new.click()
    seat.editor.start_over()
    assert not seat.view.list.table.chosen_keys()
    seat.paint(locked="another desk acts")
    assert seat.editor.message.text() == "Choose a limit above to look at it"


def test_a_limit_is_taken_away_only_after_a_look_at_what_that_does(seat: Seat) -> None:
    seat.choose(OKX.identity)
    QTest.keyClick(seat.editor.remove, Qt.Key.Key_Space)
    draft = seat.editor.draft
    assert draft == Draft((RowEdit(OKX.key, None, was=OKX.written),))
    assert seat.asked[-1] == TryLimits(draft)
    assert not seat.editor.apply.isEnabled()
    seat.paint(chosen=OKX.identity, trial=trial(draft, looser=("the limit is taken away",)))
    QTest.keyClicks(seat.editor.reason, "not needed")
    QTest.keyClick(seat.editor.apply, Qt.Key.Key_Space)
    assert seat.asked[-1] == ChangeLimits(draft, "", "not needed")


# -- the past ---------------------------------------------------------------------------------------------------------


def test_the_past_says_what_was_and_is_and_leads_to_an_undo_that_is_tried_out_first(seat: Seat) -> None:
    seat.view.tabs.choose(HISTORY)
    seat.paint()
    table = seat.view.past.table
    table.choose_key(640)
    assert seat.view.past.stuck.text().startswith(
        "■ It cannot be undone: the limit on drawdown of portfolio was changed"
    )
    assert "new: Low 3 %, Medium 5 %, High 8 %" in seat.view.past.rows.text()
    assert not seat.view.past.undo.isEnabled()
    table.choose_key(912)
    assert seat.view.past.rows.text() == "the limit on leverage of account:okx-*: High 3.5x → 4x"
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_U)
    assert seat.asked[-1] == TryLimits(Draft(undo=912))
    assert seat.view.pages.currentIndex() == 0
    seat.paint(trial=trial(Draft(undo=912)))
    QTest.keyClick(seat.editor.reason, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert seat.asked[-1] == ChangeLimits(Draft(undo=912), "", "")


# -- who may ----------------------------------------------------------------------------------------------------------


def test_a_second_person_signs_by_another_name_or_the_change_is_withdrawn(seat: Seat) -> None:
    seat.choose(OKX.identity)
    seat.type("high", "6x")
    seat.tried(looser=("more room",), needs_second=True)
    assert seat.editor.apply.text() == "Ask a second person"
    seat.paint(pending=pending())
    waits = seat.view.pending
    assert "ada asks to change the limit on leverage of account:okx-*: more room for the roll" in waits.words.text()
    QTest.keyClicks(waits.name, "Ada ")
    assert not waits.confirm.isEnabled()
    waits.name.clear()
    QTest.keyClicks(waits.name, "bob")
    QTest.keyClick(waits.name, Qt.Key.Key_Return)
    assert seat.asked[-1] == ConfirmLimits("p1", "bob")
    QTest.keyClick(waits.withdraw, Qt.Key.Key_Space)
    assert seat.asked[-1] == WithdrawLimits("p1", "")
    seat.paint()
    assert not waits.isVisible()


def test_where_nothing_can_be_written_it_says_so_and_offers_nothing_that_would_fail(seat: Seat) -> None:
    seat.choose(OKX.identity)
    seat.type("high", "3x")
    draft = seat.settle()
    seat.paint(chosen=OKX.identity, locked="the file cannot be written", trial=trial(draft))
    assert seat.view.locked.text() == "■ View only: the file cannot be written"
    parts: tuple[QWidget, ...] = (
        seat.editor.apply, seat.editor.remove, seat.view.list.new, seat.view.list.assign, seat.view.past.undo,
        *seat.editor.fields.fields.values(),
    )  # fmt: skip
    assert not [part.objectName() for part in parts if part.isVisible() and part.isEnabled()]
    assert seat.text("high") == "3x"


def test_every_control_is_named_and_reached_with_the_tab_key(seat: Seat) -> None:
    seat.choose(OKX.identity)
    parts = [part for kind in (QLineEdit, QComboBox) for part in seat.view.findChildren(kind) if part.isVisible()]
    inner = {part.lineEdit() for part in parts if isinstance(part, QComboBox)}
    named = [part for part in parts if part not in inner]
    assert all(part.objectName() and part.accessibleName() for part in named)
    seen: set[QWidget] = set()
    seat.view.list.filter.search.setFocus()
    for _ in range(80):
        focus = seat.view.focusWidget()
        assert focus is not None
        seen.add(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    wanted = {part for part in named if part.isEnabled()}
    assert {part.objectName() for part in wanted if part not in seen and part.focusProxy() not in seen} == set()


# -- the desk ---------------------------------------------------------------------------------------------------------


def test_a_scopes_own_limit_leads_to_where_it_is_written_and_its_scopes_back(qtbot: QtBot, calm: Snapshot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.resize(1_280, 800)
    desk.show()
    scope = next(scope for scope in calm.matrix.scopes if str(scope).startswith("account:"))
    page = opened(calm, scope, lines=4)
    assert page.page is not None
    limit = LimitInForce("drawdown", "drawdown", (0.04, 0.06, 0.1, 0.15), ("",) * 4, 0.05, 0.0, CALM.origin)
    page = dataclasses.replace(page, page=dataclasses.replace(page.page, limits=(limit,)))
    desk._open_scope(scope)
    desk.show_snapshot(page)
    desk.page.tabs.buttons[3].click()
    table = desk.page.tabs.tables[3]
    table.setCurrentIndex(table.rows.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert desk.pages.currentWidget() is desk.limits
    desk.show_snapshot(with_limits(calm))
    assert desk.limits.list.table.chosen_keys() == [CALM.identity]
    desk.show_snapshot(with_limits(calm, chosen=CALM.identity))
    desk.limits.sides.scope_table.setCurrentIndex(desk.limits.sides.scopes.index(0, 0))
    QTest.keyClick(desk.limits.sides.scope_table, Qt.Key.Key_Return)
    assert desk.pages.currentWidget() is desk.page
    desk.go_back()
    assert desk.pages.currentIndex() == nav.LIMITS


def test_ten_thousand_limits_are_shown_again_without_being_looked_through_again(seat: Seat) -> None:
    page: LimitsPage = limits_page(10_000, 10_000)
    seat.paint(page=page)
    model = seat.view.list.model
    assert model.rowCount() == 10_011
    words = model._words
    for _ in range(5):
        seat.paint(page=dataclasses.replace(page, counts=page.counts))
    assert model._words is words

"""The page of the mitigations: looked at, changed, answered one by one and several at once, by keyboard alone."""

from __future__ import annotations

import dataclasses
import time

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from core.domain import Scope, ScopeKind
from core.mitigation.by_hand import Cut
from core.mitigation.model import MitigationState
from core.snapshot import Snapshot
from tests.widgets.plans import plan, preview, with_plans
from tests.widgets.snapshots import build
from widgets import figures, mitigation_model
from widgets.desk import Desk
from widgets.mitigation_cuts import FILLED, CutModel, of_choices
from widgets.mitigation_detail import Trial
from widgets.mitigation_editor import amount_of, share_of
from widgets.mitigation_effect import COURSE, EffectModel
from widgets.mitigation_list import MitigationList
from widgets.mitigations_page import ENDED, FIGURES, MitigationsPage
from widgets.nav import MITIGATIONS


@pytest.fixture(scope="module")
def calm() -> Snapshot:
    return build(12, 4)


@pytest.fixture
def page(qtbot: QtBot) -> MitigationsPage:
    made = MitigationsPage()
    qtbot.addWidget(made)
    made.resize(1_120, 690)
    made.show()
    return made


def plain(text: str) -> str:
    return text.replace(figures.SPACE, " ")


def waits(page: MitigationsPage, calm: Snapshot, **others: object) -> Snapshot:
    """The first plan is chosen, and the engine paints what it would do."""
    snapshot = with_plans(calm, **others)
    page.show_snapshot(snapshot)
    page.list.choose("plan-0")
    page.show_snapshot(dataclasses.replace(snapshot, preview=preview()))
    return snapshot


def test_what_waits_comes_first_by_its_deadline_with_a_word_for_what_happens_then(
    page: MitigationsPage, calm: Snapshot
) -> None:
    page.show_snapshot(with_plans(calm, count=10))
    model = page.list.model
    state = mitigation_model.STATE
    words = [str(model.index(row, state).data()) for row in range(model.rowCount())]
    assert words[:2] == ["lapses 00:38", "runs 01:33"]
    assert words[2].startswith("proposed")
    assert {"running", "verifying", "auto · confirming"} >= set(words[4:])
    assert page.list.note.text() == "4 waiting · 6 running"


def test_choosing_a_plan_asks_for_its_effect_and_shows_it_with_the_age_of_its_figures(
    page: MitigationsPage, calm: Snapshot, qtbot: QtBot
) -> None:
    snapshot = with_plans(calm)
    page.show_snapshot(snapshot)
    with qtbot.waitSignal(page.trial_wished) as wished:
        page.list.choose("plan-0")
    assert wished.args == [Trial("plan-0")]
    assert not page.detail.approve.isEnabled()
    page.show_snapshot(dataclasses.replace(snapshot, preview=preview()))
    effect = page.detail.effect
    assert effect.model.rowCount() == 10
    assert "figures 1.0 s old, 10 s allowed" in plain(effect.note.text())
    assert "4 worse" in effect.note.text()
    courses = [effect.model.index(row, COURSE).data() for row in range(10)]
    assert courses.count("▲ worse") == 4
    assert page.detail.approve.isEnabled()
    assert "$412.0k" in page.detail.approve.text()


def test_a_hedge_that_is_stripped_is_said_aloud_before_anybody_approves(page: MitigationsPage, calm: Snapshot) -> None:
    waits(page, calm)
    warnings = page.detail.warnings
    assert warnings.isVisible()
    assert "net BTC exposure of portfolio grows from 1,400,000 to 2,300,000 USD" in warnings.text()
    assert "would be breached" in warnings.text()


def test_what_is_approved_is_the_preview_that_is_shown(page: MitigationsPage, calm: Snapshot, qtbot: QtBot) -> None:
    waits(page, calm)
    page.detail.reason.setText("enough for tonight")
    with qtbot.waitSignal(page.preview_approved) as approved:
        page.detail.approve.click()
    assert approved.args == ["look-1", "enough for tonight"]
    assert not page.detail.approve.isEnabled()


def test_an_objection_keeps_a_plan_from_being_approved_and_is_told(page: MitigationsPage, calm: Snapshot) -> None:
    snapshot = waits(page, calm)
    held = preview(objection="its figures are 14 s old, 10 s are allowed")
    page.show_snapshot(dataclasses.replace(snapshot, preview=held))
    assert not page.detail.approve.isEnabled()
    assert "14 s old" in page.detail.doubts.text()
    refused = preview(refused="a stop was fired since it was shown: look at it again")
    page.show_snapshot(dataclasses.replace(snapshot, preview=refused))
    assert "a stop was fired" in page.detail.doubts.text()


def test_the_preview_of_another_plan_is_never_shown_for_this_one(page: MitigationsPage, calm: Snapshot) -> None:
    snapshot = waits(page, calm)
    page.show_snapshot(dataclasses.replace(snapshot, preview=preview("plan-1")))
    assert page.detail.effect.model.rowCount() == 0
    assert not page.detail.approve.isEnabled()


def test_other_quantities_and_rows_left_out_are_tried_out_by_keyboard(
    page: MitigationsPage, calm: Snapshot, qtbot: QtBot
) -> None:
    waits(page, calm)
    table = page.detail.editor.table
    table.setFocus()
    table.setCurrentIndex(page.detail.editor.model.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    page.detail.editor.amount.setText("50 %")
    with qtbot.waitSignal(page.trial_wished) as wished:
        QTest.keyClick(page.detail.editor.amount, Qt.Key.Key_Return)
    (trial,) = wished.args
    shown = preview().choices
    cut = [choice for choice in shown if choice.cut]
    assert trial.mitigation_id == "plan-0"
    assert [row.quantity for row in trial.cuts] == pytest.approx([abs(shown[0].held) / 2, *(c.cut for c in cut[1:])])
    table.setFocus()
    table.setCurrentIndex(page.detail.editor.model.index(1, 0))
    with qtbot.waitSignal(page.trial_wished) as wished:
        QTest.keyClick(table, Qt.Key.Key_Delete)
    keys = {(row.account, row.symbol, row.strategy, row.side) for row in wished.args[0].cuts}
    assert shown[1].key not in keys
    assert len(keys) == len(cut) - 1


def test_every_change_can_be_taken_back(page: MitigationsPage, calm: Snapshot, qtbot: QtBot) -> None:
    waits(page, calm)
    page.detail.editor.every.setText("25")
    with qtbot.waitSignal(page.trial_wished) as wished:
        page.detail.editor.set_all.click()
    assert wished.args == [Trial("plan-0", None, (), 0.25)]
    with qtbot.waitSignal(page.trial_wished) as wished:
        page.detail.editor.undo.click()
    assert wished.args == [Trial("plan-0")]


def test_several_plans_are_answered_at_once_with_one_reason(
    page: MitigationsPage, calm: Snapshot, qtbot: QtBot
) -> None:
    page.show_snapshot(with_plans(calm, count=10))
    table = page.list.table
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in range(6):
        table.selectionModel().select(page.list.model.index(row, 0), flags)
    chosen = [row for row in page.list.plans() if row.state in (MitigationState.AWAITING, MitigationState.PROPOSED)]
    assert page.list.approve.text() == "Approve 4 plans"
    approved: list[str] = []
    page.approve_requested.connect(approved.append)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sorted(approved) == sorted(row.mitigation_id for row in chosen)
    rejected: list[tuple[str, str]] = []
    page.reject_requested.connect(lambda plan_id, reason: rejected.append((plan_id, reason)))
    page.list.reason.setText("the desk knows")
    page.list.reject.click()
    assert {reason for _, reason in rejected} == {"the desk knows"}
    assert len(rejected) == 4


def test_how_far_a_plan_is_shows_order_by_order_while_it_runs(page: MitigationsPage, calm: Snapshot) -> None:
    page.show_snapshot(with_plans(calm))
    page.list.choose("plan-2")
    page.show_snapshot(with_plans(calm))
    editor = page.detail.editor
    assert not editor.row.isVisible()
    assert not editor.table.isColumnHidden(FILLED)
    assert editor.note.text() == "2 orders sent · 1 of 4 done"
    notes = [editor.model.text(row, 10) for row in range(4)]
    assert notes[0] == "1 order sent"
    assert "only 0 of" in notes[1]
    assert notes[2:] == ["still to come"] * 2
    assert not page.detail.approve.isVisible()


def test_what_has_ended_is_told_apart_with_its_outcome(page: MitigationsPage, calm: Snapshot) -> None:
    page.show_snapshot(with_plans(calm))
    page.tabs.choose(ENDED)
    words = {str(page.list.model.index(row, mitigation_model.STATE).data()) for row in range(6)}
    assert {"done · verified", "failed", "lapsed", "rejected"} == words
    page.tabs.choose(FIGURES)
    tiles = page.figures.tiles
    page.show_snapshot(with_plans(calm))
    assert (plain(tiles["share"].text()), tiles["automatic"].text()) == ("87.6 %", "96")
    assert "3 of the last 3 readings" in page.figures.rule.text()


def test_a_draft_begins_at_the_page_of_its_scope_and_becomes_the_plan_that_it_was_approved_as(
    qtbot: QtBot, calm: Snapshot
) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.resize(1_280, 800)
    desk.show()
    scope = Scope(ScopeKind.STRATEGY, "basis")
    desk.show_snapshot(with_plans(calm, count=1, ended=0))
    desk._open_scope(scope)
    with qtbot.waitSignal(desk.trial_wished) as wished:
        desk.page.plan.click()
    assert wished.args == [Trial(scope=scope)]
    assert desk.pages.currentIndex() == MITIGATIONS
    looked = with_plans(calm, count=1, ended=0, preview=preview(""))
    desk.show_snapshot(looked)
    detail = desk.mitigations.detail
    assert detail.state.text() == "draft"
    with qtbot.waitSignal(desk.preview_approved):
        detail.approve.click()
    ran = dataclasses.replace(
        plan(7), mitigation_id="new", event_id="", scope=scope, state=MitigationState.RUNNING, made_by="ada"
    )
    desk.show_snapshot(dataclasses.replace(looked, preview=None, mitigations=(*looked.mitigations, ran)))
    assert detail.trial == Trial("new")
    assert detail.state.text() == "running"


def test_nobody_looks_any_more_once_the_page_is_left(page: MitigationsPage, calm: Snapshot, qtbot: QtBot) -> None:
    waits(page, calm)
    with qtbot.waitSignal(page.trial_wished) as wished:
        page.hide()
    assert wished.args == [None]


def test_everything_on_the_page_has_a_name_and_can_be_reached_by_keyboard(
    page: MitigationsPage, calm: Snapshot
) -> None:
    waits(page, calm)
    parts = [*page.findChildren(QAbstractButton), *page.findChildren(QLineEdit)]
    shown = [part for part in parts if part.isVisible()]
    assert len(shown) > 10
    for part in shown:
        assert part.objectName(), part
        assert part.accessibleName() or part.text() or part.toolTip(), part.objectName()
        # Of tabs that exclude each other Tab reaches the one that is down, and the arrows the others.
        of_group = isinstance(part, QAbstractButton) and part.group() is not None
        assert of_group or part.focusPolicy() & Qt.FocusPolicy.TabFocus, part.objectName()


@pytest.mark.parametrize("rows", [0, 3, 200])
def test_the_models_keep_their_promises_however_many_rows_there_are(qtbot: QtBot, calm: Snapshot, rows: int) -> None:
    listed = MitigationList()
    qtbot.addWidget(listed)
    cuts, effect = CutModel(), EffectModel()
    testers = [
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        for model in (listed.model, cuts, effect)
    ]
    for count in (rows, max(0, rows - 1), rows):
        show_many(listed, cuts, effect, calm, count)
    assert all(testers)


def test_ten_thousand_rows_are_shown_without_a_stall(qtbot: QtBot, calm: Snapshot) -> None:
    listed = MitigationList()
    qtbot.addWidget(listed)
    cuts, effect = CutModel(), EffectModel()
    show_many(listed, cuts, effect, calm, 10_000)
    assert show_many(listed, cuts, effect, calm, 10_000) < 2.0


def show_many(listed: MitigationList, cuts: CutModel, effect: EffectModel, calm: Snapshot, count: int) -> float:
    """Seconds that it took; making what is shown is not counted."""
    snapshot, looked = with_plans(calm, count=count, ended=0), preview(positions=count, limits=count)
    assert looked.effect is not None
    began_s = time.perf_counter()
    listed.show_snapshot(snapshot)
    listed.draw(snapshot)
    cuts.show(of_choices(looked.choices), "USD", snapshot.at_s)
    effect.show(looked.effect.limits, "USD", snapshot.at_s)
    took_s = time.perf_counter() - began_s
    assert (listed.model.rowCount(), cuts.rowCount(), effect.rowCount()) == (count, count, count)
    return took_s


@pytest.mark.parametrize(
    ("text", "amount"),
    [("50 %", 5.0), ("1.25", 1.25), ("1,000", 1_000.0), ("0", 0.0), ("all", float("inf")), ("100%", float("inf")),
     ("", None), ("-1", None), ("much", None), ("nan", None), ("120 %", None)],
)  # fmt: skip
def test_an_amount_is_a_share_or_base_units_and_nothing_else(text: str, amount: float | None) -> None:
    assert amount_of(text, 10.0) == amount


def test_a_share_is_above_nothing_and_no_more_than_all() -> None:
    assert [share_of(text) for text in ("25", "100 %", "0", "101", "x")] == [0.25, 1.0, None, None, None]
    assert Cut("a", "b", "c", plan(0).reductions[0].side, 1.0).quantity == 1.0

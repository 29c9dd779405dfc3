"""The controls of a scope's page: what each would do is said before it is pressed, and done at one click."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.domain import PORTFOLIO, Protective, Scope, StopLevel
from core.events.history import HistoryPage, HistoryWish
from core.halt.terms import StopTerms
from core.halt.way_back.acts import ResumeView
from core.intents import FireStop
from core.mitigation.permission import LeaseView
from core.snapshot import ScopeOutlook, Snapshot
from tests.widgets.snapshots import account_name, build, halt, opened
from widgets.desk import Desk
from widgets.nav import PROOF
from widgets.scope_outlook_words import scope_words_of
from widgets.scope_page import ScopePageView
from widgets.scope_tabs import PAST
from widgets.theme import Tone

ACCOUNT = Scope.parse(f"account:{account_name(0)}")
LEFT = Qt.MouseButton.LeftButton
USUAL = ScopeOutlook(3, 3, orders=12, protective=3, expected_ms=1_420.0)


def told(outlook: ScopeOutlook | None = USUAL, scope: Scope = ACCOUNT, **changes: object) -> Snapshot:
    snapshot = opened(build(3, 4), scope)
    assert snapshot.page is not None
    made = dataclasses.replace(snapshot, page=dataclasses.replace(snapshot.page, outlook=outlook))
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def page(qtbot: QtBot) -> ScopePageView:
    made = ScopePageView()
    qtbot.addWidget(made)
    made.resize(1_130, 660)
    made.open(ACCOUNT)
    made.show_snapshot(told())
    made.show()
    return made


def test_every_control_says_to_how_many_orders_and_accounts_it_would_do_what(page: ScopePageView) -> None:
    controls = page.controls
    assert controls.block.words.text() == (
        "Cancels 9 orders in 3 accounts and what appears; 3 that only reduce stay. Reset lifts it."
    )
    assert controls.reduce.words.text().startswith("Cancels 9 orders in 3 accounts; new ones may only reduce.")
    assert "block or stop it first" in controls.flatten.words.text()
    assert not controls.flatten.button.isEnabled()
    assert "Cancels all 12 orders in 3 accounts, 3 stop-losses too" in controls.stop.words.text()
    assert controls.note.text() == "not stopped"


@pytest.mark.parametrize(
    ("which", "intent"),
    [
        ("block", FireStop(ACCOUNT, "", "blocked on its page", Protective.KEEP, StopLevel.BLOCK)),
        ("reduce", FireStop(ACCOUNT, "", "reduce-only on its page", Protective.KEEP, StopLevel.REDUCE_ONLY)),
        ("stop", FireStop(ACCOUNT, "", "the stop button of its page")),
    ],
)
def test_one_click_fires_without_a_question_and_says_at_once_that_it_was_taken(
    page: ScopePageView, qtbot: QtBot, which: str, intent: FireStop
) -> None:
    with qtbot.waitSignal(page.asked) as asked:
        qtbot.mouseClick(getattr(page.controls, which).button, LEFT)
    assert asked.args == [intent]
    assert "waiting for the first word" in page.controls.note.text()
    page.show_snapshot(told())
    assert "waiting for the first word" in page.controls.note.text()
    page.show_snapshot(told(halts=(dataclasses.replace(halt(3), scope=ACCOUNT),)))
    assert "0 of 3 accounts proven" in page.controls.note.text()


def test_the_stop_stands_apart_and_a_space_bar_after_a_click_fires_nothing(page: ScopePageView, qtbot: QtBot) -> None:
    stop, flatten = page.controls.stop, page.controls.flatten
    gap = stop.mapTo(page, QPoint(0, 0)).x() - flatten.mapTo(page, QPoint(flatten.width(), 0)).x()
    assert gap >= 50
    told_of: list[object] = []
    page.asked.connect(told_of.append)
    qtbot.mouseClick(stop.button, LEFT)
    assert not stop.button.hasFocus()
    assert len(told_of) == 1


def test_a_stopped_scope_offers_its_way_back_flatten_and_the_stop_alone(page: ScopePageView, qtbot: QtBot) -> None:
    stopped = dataclasses.replace(halt(3, resting=0, unknown=0), scope=ACCOUNT)
    page.show_snapshot(told(halts=(stopped,)))
    controls = page.controls
    usable = [one.button.isEnabled() for one in (controls.block, controls.reduce, controls.flatten, controls.stop)]
    assert usable == [False, False, True, True]
    assert controls.note.tone is Tone.OK
    with qtbot.waitSignal(controls.flatten_requested) as flatten:
        qtbot.mouseClick(controls.flatten.button, LEFT)
    with qtbot.waitSignal(controls.stop_selected) as back:
        qtbot.mouseClick(controls.back, LEFT)
    assert flatten.args == back.args == [stopped.halt_id]


def test_a_scope_that_may_only_reduce_can_still_be_blocked(page: ScopePageView) -> None:
    terms = StopTerms(Protective.KEEP, StopLevel.REDUCE_ONLY)
    page.show_snapshot(told(halts=(dataclasses.replace(halt(3), scope=ACCOUNT, terms=terms),)))
    assert page.controls.block.button.isEnabled()
    assert not page.controls.reduce.button.isEnabled()
    assert page.controls.note.text().startswith("reduce-only by")


def test_what_waits_to_be_resumed_says_so_and_leads_there(page: ScopePageView) -> None:
    row = ResumeView(ACCOUNT, "", "grace", 0.0, "", ())
    page.show_snapshot(told(resumes=(row,)))
    assert page.controls.note.text() == "reset by grace, not resumed yet"
    assert page.controls.back.text() == "Resume…"
    assert page.controls.block.button.isEnabled()


def test_what_is_not_known_is_said_and_keeps_nobody_from_stopping() -> None:
    words = scope_words_of(ACCOUNT, told(None))
    assert words.stop.usable
    assert words.block.usable
    assert "not worked out" in words.stop.words
    unseen = scope_words_of(ACCOUNT, dataclasses.replace(build(3, 4), page=None))
    assert "being looked up" in unseen.stop.words
    outlook = dataclasses.replace(
        USUAL, unlisted=2, unable=("x-1",), unable_all=3, unclaimed=4, sources=1, sourceless=2
    )
    hints = " ".join(scope_words_of(ACCOUNT, told(outlook)).hints)
    for part in ("2 accounts unknown", "x-1 and 2 more", "no credentials", "4 orders that no rule claims", "1 source"):
        assert part in hints
    nobody = scope_words_of(ACCOUNT, told(ScopeOutlook(0, 0)))
    assert not nobody.stop.usable
    assert "No account" in nobody.stop.words


def test_a_desk_that_only_watches_and_an_account_that_is_watched_only_say_what_works() -> None:
    snapshot = told(lease=LeaseView(held=False, others=("grace on tower",), accounts=3))
    assert any("another desk acts" in hint for hint in scope_words_of(ACCOUNT, snapshot).hints)
    assert scope_words_of(ACCOUNT, snapshot).stop.usable
    watched = Scope.parse(f"account:{account_name(1)}")
    assert any("watched only" in hint for hint in scope_words_of(watched, told(scope=watched)).hints)


def test_a_wider_stop_is_named() -> None:
    whole = told(halts=(halt(3),))
    assert scope_words_of(ACCOUNT, whole).state == "under the stop of portfolio"
    assert not scope_words_of(ACCOUNT, whole).halt_id
    venue = dataclasses.replace(halt(3), scope=Scope.parse(f"venue:{build(3).connections[0].venue}"))
    assert scope_words_of(ACCOUNT, told(halts=(venue,))).state.startswith("under the stop of venue")
    other = dataclasses.replace(halt(3), scope=Scope.parse("venue:elsewhere"))
    assert scope_words_of(ACCOUNT, told(halts=(other,))).state == "not stopped"


def test_the_whole_portfolio_is_told_of_as_by_the_big_button() -> None:
    words = scope_words_of(PORTFOLIO, dataclasses.replace(build(3), page=None))
    assert "Cancels all 1,204 orders in 3 accounts, 214 stop-losses too" in words.stop.words


def test_from_a_scopes_page_the_desk_leads_to_its_proof_and_to_its_flatten(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.show()
    mine = dataclasses.replace(halt(3), scope=ACCOUNT, halt_id="h-2")
    desk.show_snapshot(told(halts=(halt(3), mine)))
    desk._open_scope(ACCOUNT)
    desk.page.controls.stop_selected.emit("h-2")
    assert desk.pages.currentIndex() == PROOF
    assert desk.proof.halt == mine
    desk._open_scope(ACCOUNT)
    with qtbot.waitSignal(desk.proof.flatten.preview_requested) as asked:
        qtbot.mouseClick(desk.page.controls.flatten.button, LEFT)
    assert asked.args[0] == "h-2"


def test_the_past_of_its_events_is_asked_for_when_its_tab_is_turned_to_and_of_no_other_scope(
    page: ScopePageView, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(page.past_wished) as asked:
        page.tabs.buttons[PAST].click()
    wish = HistoryWish(scope=str(ACCOUNT))
    assert asked.args == [wish]
    page.show_snapshot(told(past_of_scope=HistoryPage(HistoryWish(scope="account:other"))))
    assert page.tabs.past.table.empty_words == "Being read"
    page.show_snapshot(told(past_of_scope=HistoryPage(wish)))
    assert page.tabs.past.table.empty_words == "Nothing is written down yet"
    with qtbot.waitSignal(page.past_wished) as asked:
        page.open(PORTFOLIO)
    assert asked.args == [HistoryWish()]

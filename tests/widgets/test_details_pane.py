"""One event in full: what it means and what to check, the figures of its scope, and what became of it."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.events.history import HistoryWish
from core.events.model import EventState, Resolution
from core.mitigation.model import MitigationState
from tests.widgets.alarmed import alarmed, past
from tests.widgets.snapshots import plan
from widgets.details_pane import FIGURES, PAST, DetailsPane


@pytest.fixture
def pane(qtbot: QtBot) -> DetailsPane:
    made = DetailsPane()
    qtbot.addWidget(made)
    made.resize(420, 640)
    made.show()
    made.show_snapshot(alarmed())
    return made


def said(pane: DetailsPane, section: str) -> str:
    return pane.guidance.labels[section].text()


def test_an_event_opens_with_its_guidance(pane: DetailsPane) -> None:
    pane.show_event("l3")
    assert pane.guidance.isVisible()
    assert said(pane, "What it means").startswith("Gross exposure is more times the equity than allowed")
    assert said(pane, "What to check").startswith("1. Which of the two moved?")
    assert "cuts positions reduce-only" in said(pane, "What mends it")
    assert said(pane, "What the buttons do").startswith("Acknowledge says that you have seen it")


def test_only_buttons_that_make_sense_are_explained(pane: DetailsPane) -> None:
    snapshot = alarmed()
    first = snapshot.events[0]
    pane.show_event(first.event_id)
    assert "Approve plan" not in said(pane, "What the buttons do")
    waiting = plan(0, first, MitigationState.AWAITING)
    back = dataclasses.replace(first, state=EventState.CLEARED, acknowledged_by="")
    pane.show_snapshot(dataclasses.replace(snapshot, events=(back, *snapshot.events[1:]), mitigations=(waiting,)))
    told = said(pane, "What the buttons do")
    assert all(word in told for word in ("Acknowledge", "Approve plan", "Reject plan", "Resolve", "Shelve"))
    aside = next(event.event_id for event in snapshot.events if event.shelf is not None)
    pane.show_event(aside)
    assert "Unshelve brings" in said(pane, "What the buttons do")


def test_what_became_of_the_event_is_asked_for_once_per_change(pane: DetailsPane, qtbot: QtBot) -> None:
    snapshot = alarmed()
    pane.show_event("l3")
    with qtbot.waitSignal(pane.past_wished) as asked:
        pane.tabs.choose(PAST)
    assert asked.args == [HistoryWish(event_id="l3")]
    with qtbot.assertNotEmitted(pane.past_wished):
        pane.show_snapshot(dataclasses.replace(snapshot, past_of_one=past(6, HistoryWish(event_id="l3"))))
    assert pane.past.rowCount() == 6
    moved = tuple(
        dataclasses.replace(event, changed_at_s=event.changed_at_s + 5.0) if event.event_id == "l3" else event
        for event in snapshot.events
    )
    with qtbot.waitSignal(pane.past_wished):
        pane.show_snapshot(dataclasses.replace(snapshot, events=moved))


def test_the_past_of_another_event_is_not_shown_as_this_ones(pane: DetailsPane) -> None:
    pane.show_event("l3")
    pane.tabs.choose(PAST)
    pane.show_snapshot(dataclasses.replace(alarmed(), past_of_one=past(6, HistoryWish(event_id="l4"))))
    assert pane.past.rowCount() == 0


def test_a_resolved_event_is_still_told_of(pane: DetailsPane) -> None:
    snapshot = alarmed()
    gone = dataclasses.replace(
        snapshot.events[0], event_id="gone", state=EventState.RESOLVED, resolution=Resolution.OPERATOR
    )
    alarms = dataclasses.replace(snapshot.alarms, resolved=(gone,))
    pane.show_snapshot(dataclasses.replace(snapshot, alarms=alarms))
    pane.show_event("gone")
    assert "resolved" in pane.state.text()
    assert said(pane, "What it means")


def test_figures_and_their_formulas_are_a_tab_away_by_keyboard(pane: DetailsPane, qtbot: QtBot) -> None:
    pane.show_event("l3")
    button = pane.tabs.buttons[FIGURES]
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert pane.table.isVisible()
    assert pane.model.rowCount() > 20


def test_an_event_that_nobody_knows_any_more_says_so(pane: DetailsPane) -> None:
    pane.show_event("never")
    assert pane.story.text() == "the event is no longer on the list"
    assert said(pane, "What it means") == ""

from __future__ import annotations

import itertools

import pytest

from core.clock import ManualClock
from core.domain import Scope, Severity
from core.engine.unseen import KEY, UnseenAccounts
from core.events.desk import EventDesk
from core.events.model import Event, EventState
from core.events.transitions import Change
from core.venues.messages import SubAccountsUpdate

MASTER = Scope.parse("account:main")


def a_desk(clock: ManualClock) -> EventDesk:
    numbers = itertools.count()
    return EventDesk(clock, lambda: f"e{next(numbers)}")


def listing(*names: str, account: str = "main") -> SubAccountsUpdate:
    return SubAccountsUpdate(account, names, 0.0)


def open_event(desk: EventDesk) -> Event:
    (event,) = desk.open_events()
    return event


def test_accounts_that_nobody_watches_are_an_event_with_their_number_and_names(clock: ManualClock) -> None:
    watched = {"main": "north"} | {f"sub-{number}": "north" for number in range(800)}
    desk = a_desk(clock)
    names = [f"sub-{number}" for number in range(812)]
    (change,) = UnseenAccounts(watched).note(listing(*names), desk)
    assert change.what is Change.RAISED
    event = open_event(desk)
    assert (event.scope, event.metric, event.severity) == (MASTER, KEY, Severity.MEDIUM)
    assert event.note.startswith("812 exist under main, 800 watched, 12 unseen: sub-800, sub-801, ")
    assert event.note.endswith("sub-809 and 2 more")


def test_the_same_news_is_told_once_and_other_news_changes_the_sentence(clock: ManualClock) -> None:
    desk, accounts = a_desk(clock), UnseenAccounts({"main": "north"})
    accounts.note(listing("x"), desk)
    assert accounts.note(listing("x"), desk) == ()
    (change,) = accounts.note(listing("x", "y"), desk)
    assert change.what is Change.NOTED
    assert open_event(desk).note == "2 exist under main, 0 watched, 2 unseen: x, y"


def test_an_event_that_is_mended_is_cleared(clock: ManualClock) -> None:
    desk, accounts = a_desk(clock), UnseenAccounts({"main": "north", "x": "north"})
    assert accounts.note(listing("x"), desk) == ()
    accounts.note(listing("x", "y"), desk)
    accounts.note(listing("x"), desk)
    assert open_event(desk).state is EventState.CLEARED
    assert open_event(desk).note == "all 1 accounts under main are watched"


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("alpha-1", True),
        ("Alpha-1", True),
        ("alpha-1@desk.example", True),
        ("4711", True),
        ("beta", False),
        ("alpha-10", False),
        ("elsewhere", False),
        ("desk.example", False),
    ],
)
def test_names_are_those_of_the_configuration_or_of_the_mapping(name: str, seen: bool) -> None:
    accounts = UnseenAccounts(
        {"main": "north", "alpha-1": "north", "beta": "north", "elsewhere": "south"}, {"beta": "4711"}
    )
    assert accounts.unseen(listing(name)) == (() if seen else (name,))


def test_a_key_that_is_not_configured_raises_nothing(clock: ManualClock) -> None:
    desk = a_desk(clock)
    assert UnseenAccounts({"main": "north"}).note(listing("x", account="stranger"), desk) == ()
    assert desk.open_events() == ()

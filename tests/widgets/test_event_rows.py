"""Which rows the table of events has, which of them are in sight, and in which order."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import ScopeKind, Severity
from core.events.model import EventState
from core.events.view import NO_ALARMS, FloodLine, FloodView
from core.snapshot import Snapshot
from tests.widgets.alarmed import alarmed
from tests.widgets.snapshots import build
from widgets.event_rows import ALL_EVENTS, GROUP, EventFilter, EventRows


@pytest.fixture(scope="module")
def busy() -> Snapshot:
    return alarmed()


def shown(rows: EventRows, wanted: EventFilter = ALL_EVENTS, opened: tuple[str, ...] = ()) -> list[str]:
    visible = rows.visible(wanted, opened)
    return [rows.keys[row] for row in rows.under_leaders(rows.natural_order()).tolist() if visible[row]]


def test_a_group_is_one_row_until_it_is_opened(busy: Snapshot) -> None:
    rows = EventRows(busy.events, busy.alarms)
    shut = shown(rows)
    assert "group:alike" in shut
    assert "down" in shut
    assert not any(key.startswith(("x", "l")) for key in shut)
    opened = shown(rows, opened=("alike",))
    at = opened.index("group:alike")
    assert all(key.startswith("l") for key in opened[at + 1 : at + 41])
    assert len(opened) == len(shut) + 40


def test_the_event_that_explains_others_leads_them(busy: Snapshot) -> None:
    rows = EventRows(busy.events, busy.alarms)
    assert GROUP + "venue" not in rows.keys
    opened = shown(rows, opened=("venue",))
    at = opened.index("down")
    assert all(key.startswith("x") for key in opened[at + 1 : at + 41])


def test_what_was_put_aside_is_hidden_until_somebody_asks(busy: Snapshot) -> None:
    rows = EventRows(busy.events, busy.alarms)
    aside = next(event.event_id for event in busy.events if event.shelf is not None)
    assert aside not in shown(rows)
    assert aside in shown(rows, EventFilter(shelved=True))


def test_a_search_and_a_choice_show_single_events(busy: Snapshot) -> None:
    rows = EventRows(busy.events, busy.alarms)
    high = shown(rows, EventFilter(least=Severity.HIGH))
    assert not any(key.startswith(GROUP) for key in high)
    assert all(rows.severity[rows.row_of[key]] >= Severity.HIGH for key in high)
    venues = shown(rows, EventFilter(kind=ScopeKind.VENUE, least=Severity.LOW))
    assert "down" in venues
    states = shown(rows, EventFilter(state=EventState.CLEARED))
    assert states
    assert all(rows.events[rows.row_of[key]].state is EventState.CLEARED for key in states)
    everything = shown(rows, EventFilter(least=Severity.HIGH, explained=True))
    assert {f"x{number}" for number in range(40)} <= set(everything)


def test_a_flood_shows_its_lines_and_the_rest_when_asked(busy: Snapshot) -> None:
    flood = alarmed(flood=True)
    rows = EventRows(flood.events, flood.alarms)
    lines = shown(rows)
    critical = [event.event_id for event in flood.events if event.severity is Severity.CRITICAL and event.annunciated]
    assert set(lines) == {*critical, "group:alike"}
    assert len(shown(rows, EventFilter(held_back=True))) == len(shown(EventRows(busy.events, busy.alarms)))
    assert len(shown(rows, opened=("alike",))) == len(lines) + 40


def test_what_a_flood_gives_a_line_stands_outside_its_group(busy: Snapshot) -> None:
    lines = (FloodLine("l4", "", Severity.CRITICAL, 1), FloodLine("", "alike", Severity.HIGH, 39))
    alarms = dataclasses.replace(busy.alarms, flood=FloodView(active=True, lines=lines))
    rows = EventRows(busy.events, alarms)
    assert set(shown(rows)) == {"l4", "group:alike"}
    assert len(shown(rows, opened=("alike",))) == 41
    assert len(rows.members[rows.lead["alike"]]) == 39


def nested(busy: Snapshot) -> EventRows:
    """The venue that explains accounts is itself one of those that are alike."""
    venue, alike = busy.alarms.groups
    outer = dataclasses.replace(alike, members=(*alike.members, "down"))
    return EventRows(busy.events, dataclasses.replace(busy.alarms, groups=(venue, outer)))


def test_a_group_within_a_group_opens_step_by_step(busy: Snapshot) -> None:
    rows = nested(busy)
    assert "down" not in shown(rows)
    assert not any(key.startswith("x") for key in shown(rows, opened=("venue",)))
    outer = shown(rows, opened=("alike",))
    assert "down" in outer
    both = shown(rows, opened=("venue", "alike"))
    at = both.index("down")
    assert all(key.startswith("x") for key in both[at + 1 : at + 41])
    first = both.index("group:alike")
    assert set(both[first + 1 : first + 82]) == {
        "down", *(f"x{number}" for number in range(40)), *(f"l{number}" for number in range(40)),
    }  # fmt: skip


def test_a_line_of_a_flood_that_is_gone_by_now_is_no_row(busy: Snapshot) -> None:
    flood = FloodView(
        active=True, lines=(FloodLine("gone", "", Severity.HIGH, 1), FloodLine("", "gone", Severity.LOW, 9))
    )
    rows = EventRows(busy.events, dataclasses.replace(busy.alarms, flood=flood))
    assert shown(rows) == []


def test_severity_stands_before_stake_and_that_before_age(busy: Snapshot) -> None:
    rows = EventRows(busy.events, busy.alarms)
    order = rows.natural_order()
    stakes = np.where(np.isnan(rows.stakes), -np.inf, -rows.stakes)
    keys = [(-rows.severity[row], stakes[row], rows.raised[row]) for row in order]
    assert keys == sorted(keys)


def test_stakes_that_belong_to_other_events_are_unknown(busy: Snapshot) -> None:
    rows = EventRows(busy.events[:7], dataclasses.replace(busy.alarms, groups=()))
    assert np.isnan(rows.stakes).all()


@given(
    plain=st.integers(0, 12),
    members=st.integers(0, 9),
    seed=st.integers(0, 5),
    flood=st.booleans(),
    wanted=st.builds(
        EventFilter,
        least=st.sampled_from(Severity),
        state=st.one_of(st.none(), st.sampled_from(EventState)),
        kind=st.one_of(st.none(), st.sampled_from(ScopeKind)),
        shelved=st.booleans(),
        explained=st.booleans(),
        held_back=st.booleans(),
    ),
    opened=st.sets(st.sampled_from(["venue", "alike", "never"])),
)
def test_every_row_stands_once_and_members_behind_their_leader(
    plain: int, members: int, seed: int, flood: bool, wanted: EventFilter, opened: set[str]
) -> None:
    made = alarmed(max(plain, 4), members, flood=flood, seed=seed)
    rows = EventRows(made.events, made.alarms)
    order = rows.under_leaders(rows.natural_order())
    assert sorted(order.tolist()) == list(range(len(rows)))
    place = np.empty(len(rows), dtype=np.intp)
    place[order] = np.arange(len(rows))
    visible = rows.visible(wanted, opened)
    for lead, group in rows.members.items():
        places = sorted(place[group].tolist())
        assert places == list(range(place[lead] + 1, place[lead] + 1 + len(group)))
        if visible[group].any() and not wanted.narrows:
            assert visible[lead] or wanted.narrows
    for row, event in enumerate(rows.events):
        if visible[row]:
            assert event.severity >= wanted.least
            assert wanted.shelved or event.shelf is None


def test_without_alarms_every_event_is_a_row() -> None:
    made = build(10, 30)
    assert len(shown(EventRows(made.events, NO_ALARMS))) == 30

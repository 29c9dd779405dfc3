"""Pages for the desk, and the replay that a restart begins with."""

from __future__ import annotations

import pytest

from core.clock import ManualClock
from core.journal.journal import Journal
from core.journal.query import ALL, Wanted
from core.journal.records import Entry
from tests.core.journal.test_journal_trouble import put


@pytest.fixture
def told(journal: Journal, clock: ManualClock) -> Journal:
    """Nine records, ten seconds apart, of three kinds, two scopes and three events."""
    for number in range(9):
        kind = ("event.raised", "event.cleared", "eventual.odd")[number % 3]
        scope = "portfolio" if number < 5 else "account:alpha-1"
        actor = "ann" if number == 4 else "scram"
        journal.record(kind, actor, scope, {"number": number, "words": f"Number {number}"}, subject=f"e-{number // 3}")
        clock.advance(10.0)
    assert journal.flush()
    return journal


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ALL, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (Wanted(kinds=("event",)), [7, 6, 4, 3, 1, 0]),
        (Wanted(kinds=("event.cleared", "eventual")), [8, 7, 5, 4, 2, 1]),
        (Wanted(kinds=("even",)), []),
        (Wanted(scope="account:alpha-1"), [8, 7, 6, 5]),
        (Wanted(subject="e-1"), [5, 4, 3]),
        (Wanted(actor="ann"), [4]),
        (Wanted(text="nUMBER 7"), [7]),
        (Wanted(text="Number%"), []),
        (Wanted(from_s=1_700_000_020.0, to_s=1_700_000_040.0), [3, 2]),
        (Wanted(kinds=("event",), scope="portfolio", subject="e-1"), [4, 3]),
        (Wanted(run="another"), []),
    ],
)
def test_records_are_found_by_what_they_say(told: Journal, wanted: Wanted, found: list[int]) -> None:
    assert [row.data()["number"] for row in told.page(wanted)] == found
    assert [row.data()["number"] for row in told.replay(wanted)] == found[::-1]
    same = [
        row.data()["number"]
        for row in told.page()
        if wanted.matches(
            Entry(row.at_s, row.mono_s, row.kind, row.actor, row.scope, row.body, row.subject, row.run)
        )
    ]  # fmt: skip
    assert same == found


def test_pages_follow_one_another_without_a_hole_while_records_are_added(told: Journal) -> None:
    first = told.page(limit=4)
    put(told, 100, 3)
    assert told.flush()
    second = told.page(before=first[-1].seq, limit=4)
    third = told.page(before=second[-1].seq, limit=4)
    assert [row.data()["number"] for row in (*first, *second, *third)] == [8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_a_replay_begins_behind_the_place_that_it_is_given(told: Journal) -> None:
    assert [row.seq for row in told.replay(after=6)] == [7, 8, 9]

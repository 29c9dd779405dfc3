"""When an alarm sounds, on a hand-moved clock."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.domain import Severity
from core.events.model import Event, EventState, Shelf
from tests.core.notify.made import event
from widgets.annunciator import GAP_S, MUTED_GAP_S, REPEAT_S, Annunciator

HIGH, CRITICAL = Severity.HIGH, Severity.CRITICAL
OLD = event(9, HIGH)


def heard(annunciator: Annunciator, now_s: float, *events: Event) -> Severity | None:
    ring = annunciator.step(events, now_s)
    return None if ring is None else ring.severity


def test_high_and_critical_sound_once_and_what_is_milder_does_not() -> None:
    desk = Annunciator()
    assert heard(desk, 0.0, event(1, Severity.MEDIUM)) is None
    assert heard(desk, 1.0, event(2, HIGH)) is HIGH
    assert heard(desk, 10.0, event(2, HIGH)) is None
    assert heard(desk, 100.0, event(2, HIGH)) is None


def test_a_critical_that_nobody_answers_sounds_again_until_somebody_does() -> None:
    desk = Annunciator()
    assert heard(desk, 0.0, event(1, CRITICAL)) is CRITICAL
    assert heard(desk, REPEAT_S - 0.1, event(1, CRITICAL)) is None
    assert heard(desk, REPEAT_S, event(1, CRITICAL)) is CRITICAL
    seen = replace(event(1, CRITICAL), state=EventState.ACKNOWLEDGED, acknowledged_by="ada")
    assert heard(desk, 3 * REPEAT_S, seen) is None


def test_what_grows_worse_or_comes_back_sounds_again() -> None:
    desk = Annunciator()
    assert heard(desk, 0.0, event(1, HIGH)) is HIGH
    assert heard(desk, 10.0, event(1, CRITICAL)) is CRITICAL
    desk = Annunciator()
    assert heard(desk, 0.0, replace(event(1, HIGH), asks_since_s=5.0)) is HIGH
    assert heard(desk, 10.0, replace(event(1, HIGH), asks_since_s=9.0)) is HIGH


def test_what_was_put_aside_or_is_explained_makes_no_sound() -> None:
    desk = Annunciator()
    shelf = Shelf("ada", "known", 0.0, 100.0, CRITICAL)
    assert heard(desk, 0.0, replace(event(1, CRITICAL), shelf=shelf)) is None
    assert heard(desk, 1.0, replace(event(2, CRITICAL), inhibited_by="e9")) is None


def test_a_storm_sounds_no_more_often_than_the_gap_and_its_worst_is_heard() -> None:
    desk = Annunciator()
    events: list[Event] = []
    rings = []
    for number in range(40):
        events.append(event(number, CRITICAL if number == 25 else HIGH))
        ring = desk.step(events, number * 0.1)
        if ring is not None:
            rings.append((round(number * 0.1, 1), ring.severity, len(ring.fresh)))
    assert rings == [(0.0, HIGH, 1), (2.0, HIGH, 20)]
    assert heard(desk, 4.0, *events) is CRITICAL


def test_a_mute_silences_what_stands_and_ends_by_itself() -> None:
    desk = Annunciator()
    assert heard(desk, 0.0, event(1, CRITICAL)) is CRITICAL
    desk.mute(300.0, 1.0)
    assert desk.muted_for(61.0) == 240.0
    for second in range(20, 300, 20):
        assert heard(desk, float(second), event(1, CRITICAL)) is None
    assert heard(desk, 301.0, event(1, CRITICAL)) is CRITICAL
    assert desk.muted_for(301.0) == 0.0


def test_a_mute_silences_new_ones_that_are_no_worse() -> None:
    desk = Annunciator()
    desk.mute(300.0, 0.0)
    assert heard(desk, 10.0, event(1, HIGH)) is None
    assert desk.muted_for(10.0) > 0.0


def test_something_worse_than_all_that_stood_ends_a_mute() -> None:
    desk = Annunciator()
    assert heard(desk, 0.0, OLD) is HIGH
    desk.mute(300.0, 1.0)
    assert heard(desk, 10.0, OLD, event(1, CRITICAL)) is CRITICAL
    assert desk.muted_for(10.0) == 0.0


def test_a_further_critical_is_heard_once_and_leaves_the_mute() -> None:
    desk = Annunciator()
    assert heard(desk, 0.0, event(1, CRITICAL)) is CRITICAL
    desk.mute(3_600.0, 1.0)
    both = (event(1, CRITICAL), event(2, CRITICAL))
    assert heard(desk, 40.0, *both) is CRITICAL
    assert desk.muted_for(40.0) > 0.0
    assert heard(desk, 60.0, *both) is None
    three = (*both, event(3, CRITICAL))
    assert heard(desk, 50.0 + MUTED_GAP_S / 2, *three) is None
    assert heard(desk, 40.0 + MUTED_GAP_S, *three) is CRITICAL


def test_sound_on_takes_a_mute_back() -> None:
    desk = Annunciator()
    heard(desk, 0.0, event(1, CRITICAL))
    desk.mute(3_600.0, 1.0)
    desk.unmute()
    assert heard(desk, 20.0, event(1, CRITICAL)) is CRITICAL


STEP = st.tuples(st.floats(0.0, 20.0), st.sets(st.integers(1, 12)), st.sampled_from(["", "", "", "mute", "unmute"]))


@given(st.lists(STEP, max_size=40))
def test_no_new_critical_is_ever_passed_over_for_good(steps: list[tuple[float, set[int], str]]) -> None:
    desk = Annunciator()
    now_s, rang_s = 0.0, -100.0
    owed: set[str] = set()
    standing: set[str] = set()
    for gap_s, numbers, act in steps:
        now_s += gap_s
        if act == "mute":
            desk.mute(60.0, now_s)
        elif act == "unmute":
            desk.unmute()
        events = [event(number, Severity(number % 4 + 1)) for number in numbers]
        critical = {one.event_id for one in events if one.severity is CRITICAL}
        owed = (owed & critical) | (critical - standing)
        standing = critical
        ring = desk.step(events, now_s)
        if ring is not None:
            assert now_s - rang_s >= GAP_S
            assert ring.severity >= HIGH
            rang_s = now_s
            if ring.fresh:
                assert owed <= {one.event_id for one in ring.fresh}
                owed.clear()
            else:
                assert not owed
    again = [event(number, CRITICAL) for number in (3, 7, 11) if f"e{number}" in owed]
    if owed:
        ring = desk.step(again, now_s + MUTED_GAP_S)
        assert ring is not None
        assert owed <= {one.event_id for one in ring.fresh}

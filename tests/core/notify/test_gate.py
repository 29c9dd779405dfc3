"""When a route speaks: rate, gathering and quiet hours, on hand-moved clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import NotifyKind, Scope, Severity
from core.events.model import Shelf
from core.notify import digest as digest_module
from core.notify.digest import LINES, Digest
from core.notify.gate import Gate
from core.notify.model import RouteSpec, Telling
from core.windows import parse_window
from tests.core.notify.made import event, telling

NOON_S = 1_700_000_000.0 - 1_700_000_000.0 % 86_400.0 + 12 * 3_600.0
MIDNIGHT_S = NOON_S + 11.5 * 3_600.0


def gate(**terms: object) -> Gate:
    return Gate(RouteSpec("night", **{"least": Severity.LOW, **terms}), 0.0)  # type: ignore[arg-type]


def test_events_that_come_together_are_told_in_one_message_once_the_gathering_is_over() -> None:
    route = gate(digest_s=5.0)
    route.take(telling(1), 0.0, NOON_S)
    route.take(telling(2), 4.0, NOON_S)
    assert route.due(4.9, NOON_S) is None
    digest = route.due(5.0, NOON_S)
    assert digest is not None
    assert [line.event.event_id for line in digest.lines] == ["e1", "e2"]
    assert route.due(100.0, NOON_S) is None


def test_a_critical_event_waits_for_no_others() -> None:
    route = gate(digest_s=3_600.0)
    route.take(telling(1), 0.0, NOON_S)
    route.take(telling(2, Severity.CRITICAL), 0.0, NOON_S)
    digest = route.due(0.0, NOON_S)
    assert digest is not None
    assert digest.lines[0].event.severity is Severity.CRITICAL
    assert len(digest) == 2


def test_what_the_rate_holds_back_is_told_in_one_summary() -> None:
    route = gate(digest_s=0.0, burst=1, per_minute=1.0)
    route.take(telling(0), 0.0, NOON_S)
    assert route.due(0.0, NOON_S) is not None
    for number in range(1, 20):
        route.take(telling(number), 1.0, NOON_S)
    assert route.due(59.0, NOON_S) is None
    digest = route.due(60.0, NOON_S)
    assert digest is not None
    message = digest.message()
    assert message.title.startswith("Scram: 19 changes, worst HIGH")
    assert message.body.splitlines()[-1] == "and 14 others (14 raised)"


def test_quiet_hours_hold_back_what_is_milder_and_tell_it_afterwards() -> None:
    route = gate(quiet=(parse_window("22:00-06:00 UTC"),), quiet_least=Severity.CRITICAL, digest_s=0.0)
    route.take(telling(1), 0.0, MIDNIGHT_S)
    assert route.due(10.0, MIDNIGHT_S) is None
    route.take(telling(2, Severity.CRITICAL), 10.0, MIDNIGHT_S)
    night = route.due(10.0, MIDNIGHT_S)
    assert night is not None
    assert [line.event.event_id for line in night.lines] == ["e2"]
    morning = route.due(20.0, MIDNIGHT_S + 8 * 3_600.0)
    assert morning is not None
    assert [line.event.event_id for line in morning.lines] == ["e1"]


def test_a_route_carries_only_its_severities_scopes_and_kinds() -> None:
    alpha = Scope.parse("account:alpha-*")
    route = gate(least=Severity.HIGH, scopes=(alpha,), kinds=frozenset({NotifyKind.RAISED}))
    of = telling(1)
    inside = Telling(of.kind, event(1, scope=Scope.parse("account:alpha-1")), of.at_s)
    cleared = Telling(NotifyKind.CLEARED, inside.event, of.at_s)
    mild = Telling(of.kind, event(2, Severity.MEDIUM, Scope.parse("account:alpha-1")), of.at_s)
    for each in (of, cleared, mild):
        route.take(each, 0.0, NOON_S)
    assert not len(route)
    route.take(inside, 0.0, NOON_S)
    assert len(route) == 1


def test_what_was_put_aside_or_is_explained_by_another_event_wakes_nobody() -> None:
    route = gate()
    shelf = Shelf("ada", "known", NOON_S, NOON_S + 600.0, Severity.HIGH)
    for number, others in enumerate(({"shelf": shelf}, {"inhibited_by": "e9"}, {"aged": 0})):
        made = event(number, **others)
        route.take(Telling(NotifyKind.RAISED, made, NOON_S), 0.0, NOON_S)
    digest = route.due(60.0, NOON_S)
    assert digest is not None
    assert [line.event.event_id for line in digest.lines] == ["e2"]


def test_an_event_that_grew_urgent_with_age_is_told_where_its_severity_alone_would_not_be() -> None:
    route = gate(least=Severity.CRITICAL)
    route.take(Telling(NotifyKind.ESCALATED, event(1, Severity.HIGH), NOON_S), 0.0, NOON_S)
    assert not len(route)
    route.take(Telling(NotifyKind.ESCALATED, event(1, Severity.HIGH, aged=1), NOON_S), 0.0, NOON_S)
    assert len(route) == 1


def test_what_could_not_be_sent_is_part_of_the_next_message() -> None:
    route = gate(digest_s=0.0)
    route.take(telling(1, Severity.CRITICAL), 0.0, NOON_S)
    failed = route.due(0.0, NOON_S)
    assert failed is not None
    route.take(telling(2), 1.0, NOON_S)
    route.take(telling(1, Severity.CRITICAL, NotifyKind.RESOLVED), 1.0, NOON_S)
    route.give_back(failed, 2.0)
    again = route.due(2.0, NOON_S)
    assert again is not None
    said = {line.event.event_id: line.kind for line in again.lines}
    assert said == {"e1": NotifyKind.RESOLVED, "e2": NotifyKind.RAISED}


def test_accounts_that_a_venue_explains_a_moment_later_are_not_told_any_more() -> None:
    route = gate(digest_s=5.0)
    for number in range(20):
        route.take(telling(number), 0.0, NOON_S)
    for number in range(19):
        route.drop(f"e{number}")
    digest = route.due(5.0, NOON_S)
    assert digest is not None
    assert len(digest) == 1
    assert [line.event.event_id for line in digest.lines] == ["e19"]
    route.take(telling(1), 6.0, NOON_S)
    route.drop("e1")
    assert route.due(60.0, NOON_S) is None


def test_one_event_counts_once_however_often_it_changes() -> None:
    digest = Digest()
    for number in range(10):
        digest.take(telling(number, Severity.HIGH))
    for _ in range(3):
        digest.take(telling(9, Severity.HIGH, NotifyKind.ESCALATED))
    assert len(digest) == 10
    assert digest.message().body.splitlines()[-1] == "and 5 others (4 raised, 1 escalated)"


def test_what_is_beyond_all_counting_is_still_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest_module, "MOST", 8)
    digest = Digest()
    for number in range(20):
        digest.take(telling(number))
    digest.take(telling(99, Severity.CRITICAL))
    assert len(digest) == 21
    assert digest.lines[0].event.event_id == "e99", "mild ones push no bad one out"
    assert digest.message().body.splitlines()[-1] == "and 16 others (4 raised, 12 more)"


def test_a_later_change_of_an_event_takes_its_line() -> None:
    digest = Digest()
    digest.take(telling(1))
    digest.take(telling(1, kind=NotifyKind.RESOLVED))
    assert [line.kind for line in digest.lines] == [NotifyKind.RESOLVED]
    assert digest.message().title == "Scram HIGH resolved: leverage of portfolio"


# An event keeps the highest severity that it has reached: here each has one for good.
TELLINGS = st.builds(
    lambda number, kind: telling(number, Severity(number % 4 + 1), kind),
    st.integers(1, 30),
    st.sampled_from(NotifyKind),
)
STEPS = st.lists(st.tuples(st.floats(0.0, 30.0), st.lists(TELLINGS, max_size=8), st.booleans()), max_size=40)


@given(steps=STEPS, per_minute=st.floats(0.5, 60.0), burst=st.integers(1, 5), digest_s=st.floats(0.0, 20.0))
def test_no_more_is_sent_than_the_rate_allows_and_the_worst_is_always_told(
    steps: list[tuple[float, list[object], bool]], per_minute: float, burst: int, digest_s: float
) -> None:
    route = gate(per_minute=per_minute, burst=burst, digest_s=digest_s)
    now_s, sent, worst_taken, worst_told = 0.0, 0, 0, 0
    for gap_s, taken, fails in steps:
        now_s += gap_s
        for each in taken:
            route.take(each, now_s, NOON_S)  # type: ignore[arg-type]
            worst_taken = max(worst_taken, int(each.event.severity))  # type: ignore[attr-defined]
        digest = route.due(now_s, NOON_S)
        if digest is None:
            continue
        sent += 1
        assert sent <= burst + now_s * per_minute / 60.0 + 1e-6
        assert 0 < len(digest.lines) <= LINES
        assert all(line.event.severity <= digest.worst for line in digest.lines)
        assert digest.lines[0].event.severity == digest.worst
        if fails:
            route.give_back(digest, now_s)
        else:
            worst_told = max(worst_told, int(digest.worst))
    last = route.due(now_s + 3_600.0, NOON_S)
    worst_told = max(worst_told, int(last.worst) if last is not None else 0)
    assert worst_told == worst_taken

"""Whether accounts could be stopped now: the judgement, the facts that it goes by, and the one number of the whole."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import VenueDenied, VenueTimeout
from core.halt.readiness.facts import FactBook
from core.halt.readiness.headline import headline
from core.halt.readiness.judgement import (
    Drilled,
    DrillKind,
    Evidence,
    Guardianship,
    Readiness,
    ReadyState,
    ReadyTerms,
    Reserve,
    ago,
    judge,
)
from core.venues.plans import PLANS, plan_of
from core.venues.plans.account import AccountPlan
from core.venues.protocol import Coverage, Probe
from core.venues.rights import KeyRights

TERMS = ReadyTerms(unknown_after_s=600.0, drill_within_s=86_400.0)
GOOD = Evidence(
    account="alpha-1",
    venue="north",
    exchange="binanceusdm",
    prepared=True,
    listed_age_s=30.0,
    acted_age_s=30.0,
    may_cancel=True,
    may_withdraw=False,
    rights_age_s=30.0,
    tells_time=True,
    clock_offset_ms=12.0,
    clock_bound_ms=10_000.0,
    clock_age_s=30.0,
    coverage=Coverage.EXACT,
    reserve=Reserve(1_200.0, 1_200.0, 160.0),
    guardian=Guardianship.ALIVE,
    drill=Drilled(DrillKind.DRY, True, 0.0),
    drill_age_s=3_600.0,
)

FAILED = Drilled(DrillKind.LIVE, False, 0.0, "it hung")

ages = st.one_of(st.floats(0.0, 1_200.0), st.floats(0.0, 200_000.0), st.just(math.inf))
maybe = st.sampled_from([True, False, None])


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Any mixture, most of each fact being good: else nothing would ever be armed."""

    def mostly(good: object, other: st.SearchStrategy[object]) -> object:
        return draw(st.one_of(st.just(good), st.just(good), other))

    return replace(
        GOOD,
        obstacle=mostly("", st.just("no key")),
        prepared=mostly(True, st.booleans()),
        listed_age_s=mostly(30.0, ages),
        acted_age_s=mostly(30.0, ages),
        trouble=mostly("", st.just("no answer")),
        denied=draw(st.booleans()),
        may_cancel=mostly(True, maybe),
        may_withdraw=draw(maybe),
        rights_age_s=mostly(30.0, ages),
        cancelled_age_s=draw(ages),
        tells_time=draw(st.booleans()),
        clock_offset_ms=mostly(12.0, st.one_of(st.none(), st.floats(-20_000, 20_000))),
        clock_age_s=mostly(30.0, ages),
        coverage=mostly(Coverage.EXACT, st.sampled_from(Coverage)),
        unconfirmed=("triggers",),
        doubt=mostly("", st.just("it did not say")),
        reserve=mostly(GOOD.reserve, st.one_of(st.none(), st.just(Reserve(100.0, 1_200.0, 160.0)))),
        guardian=mostly(Guardianship.ALIVE, st.sampled_from(Guardianship)),
        drill=mostly(GOOD.drill, st.sampled_from([None, FAILED])),
        drill_age_s=mostly(3_600.0, ages),
    )


WORSE: dict[str, object] = {
    "obstacle": "no key",
    "prepared": False,
    "listed_age_s": math.inf,
    "acted_age_s": math.inf,
    "trouble": "no answer",
    "may_cancel": False,
    "clock_age_s": math.inf,
    "clock_offset_ms": None,
    "coverage": Coverage.UNCONFIRMED,
    "doubt": "it did not say",
    "reserve": Reserve(0.0, 1_200.0, 160.0),
    "guardian": Guardianship.NONE,
    "drill": None,
    "drill_age_s": math.inf,
    "cancelled_age_s": math.inf,
}
"""Each fact at its worst."""


def rank(row: Readiness) -> int:
    if row.state is ReadyState.ARMED:
        return 2
    return 1 if row.able else 0


def test_everything_shown_a_moment_ago_is_armed_and_gives_no_reason() -> None:
    row = judge(GOOD, TERMS)
    assert (row.state, row.able, row.reason) == (ReadyState.ARMED, True, "")


@given(evidence(), st.sampled_from(sorted(WORSE)))
def test_a_worse_fact_never_makes_the_state_better(facts: Evidence, name: str) -> None:
    worse = replace(facts, **{name: WORSE[name]})  # type: ignore[arg-type]
    assert rank(judge(worse, TERMS)) <= rank(judge(facts, TERMS))


@given(evidence(), st.floats(0.0, 1_000_000.0))
def test_time_alone_never_makes_the_state_better(facts: Evidence, passed_s: float) -> None:
    older = replace(
        facts,
        **{name: getattr(facts, name) + passed_s for name in Evidence.__dataclass_fields__ if name.endswith("_age_s")},
    )
    assert rank(judge(older, TERMS)) <= rank(judge(facts, TERMS))
    if passed_s > max(TERMS.unknown_after_s, TERMS.drill_within_s):
        assert not judge(older, TERMS).able


@given(evidence())
def test_coverage_that_rests_on_memory_or_on_ccxt_alone_is_never_armed(facts: Evidence) -> None:
    for coverage in (Coverage.UNCONFIRMED, Coverage.GENERIC):
        row = judge(replace(facts, coverage=coverage), TERMS)
        assert row.state is not ReadyState.ARMED
        if not facts.obstacle:
            assert coverage.value in row.reason


@given(evidence(), st.floats(min_value=600.1, max_value=1e9))
def test_a_listing_or_an_answer_that_is_too_old_counts_as_none(facts: Evidence, age_s: float) -> None:
    for name in ("listed_age_s", "acted_age_s"):
        old = judge(replace(facts, **{name: age_s}), TERMS)  # type: ignore[arg-type]
        never = judge(replace(facts, **{name: math.inf}), TERMS)  # type: ignore[arg-type]
        assert (old.state, old.able) == (never.state, never.able)
        assert not old.able


@given(evidence())
def test_what_is_not_armed_says_why_and_what_is_armed_does_not(facts: Evidence) -> None:
    row = judge(facts, TERMS)
    assert bool(row.reasons) is (row.state is not ReadyState.ARMED)
    assert row.able or row.state is not ReadyState.ARMED


@pytest.mark.parametrize(
    ("changes", "state", "able", "words"),
    [
        ({"obstacle": "no key"}, ReadyState.DEGRADED, False, "cannot be stopped: no key"),
        ({"trouble": "refused", "denied": True}, ReadyState.DEGRADED, False, "cannot be stopped: refused"),
        ({"trouble": "no answer"}, ReadyState.UNKNOWN, False, "no answer"),
        ({"may_cancel": False}, ReadyState.DEGRADED, False, "may not cancel"),
        ({"may_cancel": None}, ReadyState.DEGRADED, True, "a live drill shows it"),
        ({"may_cancel": None, "cancelled_age_s": 3_600.0}, ReadyState.ARMED, True, ""),
        ({"may_cancel": None, "cancelled_age_s": 100_000.0}, ReadyState.DEGRADED, True, "a live drill shows it"),
        ({"may_cancel": False, "rights_age_s": 7_000.0}, ReadyState.DEGRADED, False, "may not cancel"),
        ({"may_cancel": False, "rights_age_s": 30.0, "cancelled_age_s": 20.0}, ReadyState.ARMED, True, ""),
        ({"may_cancel": True, "rights_age_s": 700.0}, ReadyState.DEGRADED, True, "a live drill shows it"),
        ({"prepared": False}, ReadyState.UNKNOWN, False, "not ready yet"),
        ({"listed_age_s": 720.0}, ReadyState.UNKNOWN, False, "last listed in full 12 min ago"),
        ({"acted_age_s": math.inf}, ReadyState.UNKNOWN, False, "never had an answer"),
        ({"clock_offset_ms": -5_200.0}, ReadyState.DEGRADED, True, "5,200 ms off"),
        ({"clock_offset_ms": None}, ReadyState.DEGRADED, True, "how far the clocks differ"),
        ({"clock_offset_ms": None, "tells_time": False}, ReadyState.ARMED, True, ""),
        ({"reserve": Reserve(80.0, 1_200.0, 160.0)}, ReadyState.DEGRADED, True, "80 are left, 160 needed"),
        ({"reserve": None}, ReadyState.ARMED, True, ""),
        ({"guardian": Guardianship.SILENT}, ReadyState.DEGRADED, True, "guardian does not answer"),
        ({"guardian": Guardianship.NONE}, ReadyState.DEGRADED, True, "no guardian runs"),
        ({"drill": None}, ReadyState.DEGRADED, True, "never drilled"),
        ({"drill": FAILED}, ReadyState.DEGRADED, True, "live drill failed 60 min ago: it hung"),
        ({"drill_age_s": 3 * 86_400.0}, ReadyState.DEGRADED, True, "last drilled 3 d ago"),
        ({"may_withdraw": True}, ReadyState.ARMED, True, "may withdraw"),
    ],
)  # fmt: skip
def test_each_weakness_has_its_state_and_its_sentence(
    changes: dict[str, object], state: ReadyState, able: bool, words: str
) -> None:
    row = judge(replace(GOOD, **changes), TERMS)  # type: ignore[arg-type]
    assert (row.state, row.able) == (state, able)
    assert words in row.reason


@pytest.mark.parametrize(
    ("age_s", "words"),
    [(0.4, "0 s ago"), (41.0, "41 s ago"), (240.0, "4 min ago"), (7_300.0, "2 h ago"), (260_000.0, "3 d ago"),
     (math.inf, "never")],
)  # fmt: skip
def test_ages_are_told_in_the_largest_unit_that_says_something(age_s: float, words: str) -> None:
    assert ago(age_s) == words


@pytest.mark.parametrize("exchange", [*sorted(PLANS), "bitstamp"])
def test_at_every_venue_only_a_plan_whose_lines_all_have_a_source_is_armed(exchange: str) -> None:
    plan = AccountPlan(plan_of(exchange), {}, ManualClock())
    row = judge(replace(GOOD, exchange=exchange, coverage=plan.coverage, unconfirmed=plan.unconfirmed), TERMS)
    assert (row.state is ReadyState.ARMED) is (plan.coverage is Coverage.EXACT)
    if exchange == "bitstamp":
        assert "generic coverage" in row.reason
    assert all(name in row.reason for name in plan.unconfirmed)


# -- facts ------------------------------------------------------------------------------------------------------------


def test_a_failure_holds_until_an_answer_comes_and_a_refused_key_is_told_from_a_silence() -> None:
    clock = ManualClock()
    book = FactBook(clock)
    book.listed("a", clock.monotonic(), acting=True)
    book.failed("a", VenueTimeout("no answer"))
    assert (book.of("a").trouble, book.of("a").denied) == ("no answer", False)
    book.listed("a", clock.monotonic(), acting=False)
    assert book.of("a").trouble, "the watching side's listing does not show that the acting side is answered"
    book.failed("a", VenueDenied("the venue refuses the key"))
    assert book.of("a").denied
    book.acted("a", clock.monotonic())
    assert (book.of("a").trouble, book.of("a").denied) == ("", False)


def test_a_probe_without_an_answer_leaves_the_rights_as_they_were_and_takes_the_clock() -> None:
    clock = ManualClock()
    book = FactBook(clock)
    book.probed("a", "lane", Probe(KeyRights(True, False), True, True, 5.0, 5_000.0))
    clock.advance(100.0)
    book.probed("a", "lane", Probe(KeyRights(), False, True, None, 5_000.0))
    assert book.of("a").rights == KeyRights(True, False)
    assert clock.monotonic() - book.of("a").rights_s == 100.0
    assert clock.monotonic() - book.clock_of("lane").at_s == 100.0
    assert book.clock_of("lane").offset_ms == 5.0


def test_of_two_drills_the_newer_counts_in_whatever_order_they_are_read() -> None:
    book = FactBook(ManualClock())
    new, old = Drilled(DrillKind.LIVE, True, 200.0), Drilled(DrillKind.DRY, False, 100.0, "it hung")
    for first, second in ((new, old), (old, new)):
        book.drilled("a", first)
        book.drilled("a", second)
        assert book.of("a").drill == new


# -- the whole --------------------------------------------------------------------------------------------------------


def row(state: ReadyState, able: bool, proven_age_s: float = 240.0) -> Readiness:
    return Readiness("a", "north", "binanceusdm", state, able, (), proven_age_s)


ABLE, WEAK, LOST = row(ReadyState.ARMED, True), row(ReadyState.DEGRADED, True, 60.0), row(ReadyState.UNKNOWN, False)


def test_the_headline_says_what_share_of_exposure_could_be_stopped_and_how_old_the_oldest_proof_is() -> None:
    whole = headline((ABLE, WEAK, LOST), (600.0, 392.0, 8.0))
    assert whole.words == "can stop 99.2 % of exposure, proven 4 min ago"
    assert (whole.able, whole.armed, whole.degraded, whole.unknown) == (2, 1, 1, 1)


def test_an_account_of_unknown_exposure_counts_as_an_average_one_that_cannot_be_stopped() -> None:
    assert headline((ABLE, ABLE), (100.0, math.nan)).percent == "50.0 %"
    assert headline((ABLE, ABLE), (math.nan, math.nan)).words == "can stop 0 % of accounts, proven 4 min ago"


def test_where_nothing_is_at_stake_accounts_are_counted() -> None:
    assert headline((ABLE, LOST), (0.0, 0.0)).words == "can stop 50.0 % of accounts, proven 4 min ago"


def test_what_is_almost_all_is_rounded_down() -> None:
    assert headline((ABLE, LOST), (9_996.0, 4.0)).percent == "99.9 %"
    assert headline((LOST, ABLE), (9_999_999.0, 1.0)).percent == "0 %"
    assert headline((ABLE, ABLE), (9_996.0, 4.0)).percent == "100 %"


def test_nothing_proven_is_said_so() -> None:
    assert headline((LOST,), (5.0,)).words == "can stop 0 % of exposure, nothing is proven"
    assert headline((), ()).words == "no account is configured"


@given(st.lists(st.tuples(st.sampled_from([ABLE, WEAK, LOST]), st.one_of(st.floats(0, 1e9), st.just(math.nan)))))
def test_only_what_can_be_stopped_whole_reads_a_hundred_per_cent(cases: list[tuple[Readiness, float]]) -> None:
    whole = headline([one for one, _ in cases], [gross for _, gross in cases])
    assert 0.0 <= whole.share <= 1.0 + 1e-12
    lost = [gross for one, gross in cases if not one.able]
    assume(any(math.isnan(gross) for _, gross in cases) or any(gross > 1.0 for gross in lost))
    assume(math.fsum(gross for _, gross in cases if not math.isnan(gross)) < 1e9 * len(cases))
    if any(math.isnan(gross) for gross in lost) or math.fsum(lost) > 1.0:
        assert whole.percent != "100 %"


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1e9)), min_size=1), st.data())
def test_an_account_that_is_lost_never_raises_the_share(cases: list[tuple[bool, float]], data: st.DataObject) -> None:
    rows, gross = [ABLE if able else LOST for able, _ in cases], [value for _, value in cases]
    place = data.draw(st.integers(0, len(rows) - 1))
    fewer = [*rows[:place], LOST, *rows[place + 1 :]]
    assert headline(fewer, gross).share <= headline(rows, gross).share + 1e-12

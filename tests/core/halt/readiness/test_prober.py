"""Facts of readiness are kept fresh by few questions, none of which a stop could feel."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from core.clock import ManualClock, SystemClock
from core.errors import VenueDenied, VenueTimeout
from core.halt.readiness.desk import ReadyDesk, Subject
from core.halt.readiness.judgement import DrillKind, Guardianship, ReadyState, ReadyTerms
from core.halt.readiness.prober import Prober, ProbeSettings
from core.paper.faults import Fault, FaultKind
from core.paper.site import make_spec
from core.tasks import spawn, stop_all
from core.venues.messages import AccountReading, BalanceUpdate, Source
from core.venues.plans import plan_of
from core.venues.plans.account import AccountPlan
from core.venues.protocol import Probe
from core.venues.rights import KeyRights
from tests.core.halt.conftest import PLENTY, GroundMaker
from tests.core.halt.drill.drilling import drills_on
from tests.core.halt.scripted import ScriptedVenue, pass_time


@dataclass
class AskedVenue(ScriptedVenue):
    answers: bool = True
    """Whether it says what the key may do."""
    asked: list[bool] = field(default_factory=list)
    """Of each probe, whether it asked for the time."""

    async def probe(self, *, clock: bool) -> Probe:
        self._fail("probe")
        self.asked.append(clock)
        rights = KeyRights(True, False) if self.answers else KeyRights()
        return Probe(rights, self.answers, True, 3.0 if clock else None, 5_000.0)


@dataclass
class Probing:
    clock: ManualClock
    venues: dict[str, AskedVenue]
    desk: ReadyDesk
    prober: Prober
    shares: list[float]
    """Weight that was asked for, request by request."""

    def states(self) -> dict[str, ReadyState]:
        self.desk.step()
        return {row.account: row.state for row in self.desk.rows()}

    def read(self, account: str) -> None:
        """The watching side reads it whole."""
        now_s = self.clock.monotonic()
        balance = BalanceUpdate(account, (), complete=True, source=Source.READING, received_s=now_s)
        self.desk.take_reading(AccountReading(account, now_s, now_s, balance, (), ()))


@contextlib.asynccontextmanager
async def probing(
    accounts: int = 3, *, is_stopped: Callable[[str], bool] = lambda _: False, probe_s: float = 60.0
) -> AsyncIterator[Probing]:
    clock, shares = ManualClock(), []  # type: ignore[var-annotated]
    names = [f"alpha-{number}" for number in range(1, accounts + 1)]
    venues = {name: AskedVenue(clock, name, exchange="binanceusdm") for name in names}

    @contextlib.asynccontextmanager
    async def lend(weight: float) -> AsyncIterator[None]:
        shares.append(weight)
        yield

    def subject(name: str) -> Subject:
        async def acquire() -> AskedVenue:
            venues[name]._fail("acquire")
            return venues[name]

        plan = AccountPlan(plan_of("binanceusdm"), {}, clock)
        return Subject(name, "north", "binanceusdm", acquire, "binanceusdm", plan=plan, lend=lend)

    desk = ReadyDesk([subject(name) for name in names], ReadyTerms(unknown_after_s=150.0), clock)
    prober = Prober(desk, clock, random.Random(1), ProbeSettings(probe_s), is_stopped)
    task = spawn(prober.run(), name="prober")
    try:
        yield Probing(clock, venues, desk, prober, shares)
    finally:
        await stop_all([task])


async def test_accounts_that_somebody_reads_are_asked_one_small_question_in_turn() -> None:
    async with probing() as it:
        for _ in range(30):
            for name in it.venues:
                it.read(name)
            await pass_time(it.clock, 10.0, 2.0)
        assert set(it.states().values()) == {ReadyState.DEGRADED}, "nothing but guardian and drill are missing"
        assert all(row.able for row in it.desk.rows())
        for venue in it.venues.values():
            assert 4 <= len(venue.asked) <= 7, "once in some 60 s"
            assert venue.listings == [], "a reading shows what a listing would"
        clocks = sum(asked for venue in it.venues.values() for asked in venue.asked)
        assert clocks <= 11, "one clock for all that share a line"
        assert max(it.shares) <= 2.0


async def test_accounts_that_nobody_reads_are_listed_by_the_side_that_would_stop_them() -> None:
    async with probing() as it:
        await pass_time(it.clock, 100.0, 2.0)
        it.states()
        assert all(row.able for row in it.desk.rows())
        assert all(venue.listings for venue in it.venues.values())
        assert max(it.shares) == 81.0, "all three books, on the share that watching may use"


async def test_a_venue_that_does_not_tell_rights_is_listed_for_an_answer() -> None:
    async with probing(1) as it:
        venue = it.venues["alpha-1"]
        venue.answers = False
        it.read("alpha-1")
        await pass_time(it.clock, 30.0, 2.0)
        it.states()
        (row,) = it.desk.rows()
        assert row.able
        assert row.may_cancel is None
        assert "a live drill shows it" in row.reason
        assert it.shares[-1] == 1.0, "the cheapest book, since all were read a moment ago"


async def test_nothing_is_asked_of_an_account_that_a_stop_holds() -> None:
    async with probing(2, is_stopped=lambda account: account == "alpha-1") as it:
        await pass_time(it.clock, 120.0, 2.0)
        assert it.venues["alpha-1"].asked == []
        assert it.venues["alpha-1"].listings == []
        assert it.venues["alpha-2"].asked


async def test_one_that_does_not_answer_is_asked_again_sooner_and_holds_up_no_other() -> None:
    async with probing() as it:
        it.venues["alpha-2"].trouble["probe"] = VenueTimeout("the venue did not answer in time")
        await pass_time(it.clock, 40.0, 2.0)
        states = it.states()
        assert states["alpha-2"] is ReadyState.UNKNOWN
        assert all(row.able is (row.account != "alpha-2") for row in it.desk.rows())
        it.venues["alpha-2"].trouble.clear()
        await pass_time(it.clock, 45.0, 2.0)
        it.states()
        assert all(row.able for row in it.desk.rows())


async def test_an_account_to_which_something_happened_is_asked_ahead_of_its_turn() -> None:
    async with probing(2) as it:
        await pass_time(it.clock, 30.0, 2.0)
        asked = {name: len(venue.asked) for name, venue in it.venues.items()}
        it.prober.soon("alpha-2")
        it.prober.soon("nobody")
        await pass_time(it.clock, 4.0, 1.0)
        assert {name: len(venue.asked) for name, venue in it.venues.items()} == asked | {
            "alpha-2": asked["alpha-2"] + 1
        }


@pytest.mark.expected_logs("the probe of alpha-1 broke")
async def test_whatever_breaks_in_a_probe_is_told_and_asked_again() -> None:
    async with probing(1) as it:
        it.venues["alpha-1"].trouble["probe"] = ValueError("a fault of our own")  # type: ignore[assignment]
        await pass_time(it.clock, 8.0, 2.0)
        assert it.states()["alpha-1"] is ReadyState.UNKNOWN
        assert "Scram's own fault while probing: ValueError" in it.desk.rows()[0].reason
        it.venues["alpha-1"].trouble.clear()
        await pass_time(it.clock, 30.0, 2.0)
        it.states()
        assert it.desk.rows()[0].able


async def test_a_refused_key_is_no_riddle_but_a_refusal() -> None:
    async with probing(1) as it:
        it.venues["alpha-1"].trouble["acquire"] = VenueDenied("the venue refuses the key")
        await pass_time(it.clock, 30.0, 2.0)
        assert it.states()["alpha-1"] is ReadyState.DEGRADED
        (row,) = it.desk.rows()
        assert not row.able
        assert row.reason.startswith("cannot be stopped: the venue refuses the key")


async def test_readiness_decays_when_nobody_asks_any_more() -> None:
    async with probing(1) as it:
        await pass_time(it.clock, 100.0, 2.0)
        it.states()
        assert it.desk.rows()[0].able
        it.venues["alpha-1"].trouble["acquire"] = VenueTimeout("no answer")
        it.clock.advance(200.0)
        it.desk.facts.of("alpha-1").trouble = ""
        assert it.states()["alpha-1"] is ReadyState.UNKNOWN


@pytest.mark.parametrize("revoked", [False, True])
async def test_over_the_wire_it_changes_nothing_and_tells_a_good_key_from_a_revoked_one(
    ground: GroundMaker, tmp_path: object, revoked: bool
) -> None:
    kinds = {"coin_margined": 1, "spot": 1, "bybit": 1, "okx": 1}
    spec = replace(make_spec(1, 1, 7, "calm", **kinds), weight_limit=PLENTY)
    async with ground(spec=spec, timeout_s=4.0) as it:
        await it.prepare()
        made = drills_on(it, it.latches.parent)
        if revoked:
            it.site.add_fault(Fault(FaultKind.REVOKE_KEY))
        prober = Prober(made.ready, SystemClock(), random.Random(1), ProbeSettings())
        for subject in made.ready.subjects:
            await prober._turn(subject)
        made.ready.step()
        assert made.changes() == []
        for row in made.ready.rows():
            assert row.able is not revoked, row
            if not revoked:
                assert (row.may_cancel, row.may_withdraw) == (True, False)
                assert row.clock_offset_ms is not None
            else:
                assert row.state is ReadyState.DEGRADED
                assert "the venue refuses the key" in row.reason
        if not revoked:
            made.ready.guardian = Guardianship.ALIVE
            await made.run(DrillKind.DRY)
            made.ready.step()
            assert [(row.state, row.reason) for row in made.ready.rows()] == [(ReadyState.ARMED, "")] * 5
        await made.drills.close()

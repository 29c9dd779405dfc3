"""The way back from a stop: reset, resume under reduce-only, resume fully; and the second person."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO, Scope, ScopeKind, Side, StopLevel
from core.errors import LatchError
from core.halt.desk import HaltDesk
from core.halt.latch import Latch, LatchFolder
from core.halt.source.desk import SourceDesk
from core.halt.source.model import SourceAct, SourceState
from core.halt.target import HaltTarget, StopSettings
from core.halt.terms import StopTerms
from core.halt.way_back.second import Pending, PendingFolder, ReturnAct, same_person
from tests.core.halt.scripted import ScriptedVenue, pass_time, quiet
from tests.core.halt.source.bot import ScriptedSource

ALPHA, BETA = Scope.parse("account:alpha-1"), Scope.parse("account:alpha-2")
PAUSE, REDUCE_ONLY, RESUME = SourceAct.PAUSE, SourceAct.REDUCE_ONLY, SourceAct.RESUME


@dataclass
class Ground:
    """Two accounts, each with one strategy that has a source."""

    folder: Path
    second_person_s: float = 0.0
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.venues = {name: ScriptedVenue(self.clock, name) for name in ("alpha-1", "alpha-2")}
        self.sources = {"basis": ScriptedSource(), "grid": ScriptedSource(knows_reduce_only=False)}
        self._numbers = itertools.count(1)
        self.desk = self.new_desk()

    def targets(self, scope: Scope, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        return tuple(venue.target() for name, venue in self.venues.items() if scope == PORTFOLIO or scope.name == name)

    def touched(self, scope: Scope) -> Collection[str]:
        by_account = {"alpha-1": "basis", "alpha-2": "grid"}
        if scope.kind is ScopeKind.STRATEGY:
            return (scope.name,)
        return tuple(by_account.values()) if scope == PORTFOLIO else (by_account[scope.name],)

    def new_desk(self) -> HaltDesk:
        sources = SourceDesk(self.sources, tuple(self.sources), self.touched, self.clock)
        settings = StopSettings(latch_wait_s=0.001, second_person_s=self.second_person_s)
        return HaltDesk(
            LatchFolder(self.folder), self.targets, self.clock, settings, lambda: f"h-{next(self._numbers)}",
            sources=sources,
        )  # fmt: skip

    async def restart(self) -> None:
        await self.desk.close()
        self.desk = self.new_desk()
        self.desk.resume_latched()
        self.desk.follow()
        await pass_time(self.clock, 1.0)

    async def stop(self, scope: Scope = PORTFOLIO, level: StopLevel = StopLevel.BLOCK) -> str:
        halt_id = self.desk.fire(scope, "ada", "a test", StopTerms(level=level)).latch.halt_id
        await pass_time(self.clock, 4.0)
        return halt_id

    async def reset(self, halt_id: str) -> None:
        assert await self.desk.way_back.reset(halt_id, "ada", "all is well") is None
        await quiet()

    async def resume(self, scope: Scope = PORTFOLIO) -> str:
        """The id of the stop that the first step is."""
        assert await self.desk.way_back.resume(scope, "ada", "slowly") is None
        await pass_time(self.clock, 4.0)
        return next(latch.halt_id for latch in self.desk.latched() if latch.resuming and latch.scope == scope)

    def returns(self) -> list[tuple[str, bool, str]]:
        return [(str(view.scope), bool(view.halt_id), view.obstacle) for view in self.desk.way_back.views()]


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Ground]:
    made = Ground(tmp_path / "latches")
    made.desk.follow()
    yield made
    await made.desk.close()


# -- the steps --------------------------------------------------------------------------------------------------------


async def test_a_reset_resumes_nothing_and_says_what_waits_to_be_resumed(it: Ground) -> None:
    await it.reset(await it.stop())
    await pass_time(it.clock, 60.0, 1.0)
    assert [source.acts for source in it.sources.values()] == [[PAUSE], [PAUSE]]
    assert it.returns() == [("portfolio", False, "")]
    await it.restart()
    assert it.returns() == [("portfolio", False, "")], "that outlives a restart"
    assert [source.acts for source in it.sources.values()] == [[PAUSE], [PAUSE]]


async def test_resuming_goes_through_reduce_only_and_is_then_lifted_by_a_further_act(it: Ground) -> None:
    await it.reset(await it.stop())
    step = await it.resume()
    assert it.sources["basis"].acts == [PAUSE, REDUCE_ONLY]
    assert it.sources["grid"].acts == [PAUSE, PAUSE], "a source that knows no reduce-only stays paused"
    it.venues["alpha-1"].positions = {"BTC/USDT:USDT": 1.0}
    opening = it.venues["alpha-1"].put(side=Side.BUY, late=True)
    closing = it.venues["alpha-1"].put(side=Side.SELL, reduce_only=True, late=True)
    await pass_time(it.clock, 4.0)
    assert list(it.venues["alpha-1"].resting) == [closing.order_id], "what opens is swept, what reduces is let through"
    assert opening.order_id != closing.order_id
    assert it.returns() == [("portfolio", True, "")]
    assert await it.desk.way_back.resume_fully(step, "ada", "all is well") is None
    await pass_time(it.clock, 4.0)
    assert [source.state for source in it.sources.values()] == [SourceState.RUNNING] * 2
    assert (it.desk.latched(), it.returns()) == ((), [])


async def test_nothing_is_resumed_under_a_stricter_stop(it: Ground) -> None:
    halt_id = await it.stop(ALPHA)
    for scope in (ALPHA, PORTFOLIO):
        with pytest.raises(LatchError, match="the stop of account:alpha-1 stands: reset it first"):
            await it.desk.way_back.resume(scope, "ada", "hastily")
    with pytest.raises(LatchError, match="is no step of a return"):
        await it.desk.way_back.resume_fully(halt_id, "ada", "hastily")
    await it.resume(BETA)
    assert it.sources["basis"].acts == [PAUSE]


async def test_the_second_step_waits_for_every_other_stop_over_the_scope(it: Ground) -> None:
    mild = await it.stop(ALPHA, StopLevel.REDUCE_ONLY)
    step = await it.resume(ALPHA)
    with pytest.raises(LatchError, match="the stop of account:alpha-1 stands"):
        await it.desk.way_back.resume_fully(step, "ada", "all is well")
    assert RESUME not in it.sources["basis"].acts
    await it.reset(mild)
    await it.desk.way_back.resume_fully(step, "ada", "all is well")
    await pass_time(it.clock, 2.0)
    assert it.sources["basis"].acts[-1] is RESUME


@pytest.mark.parametrize("by", ["a person", "another process"])
async def test_a_stop_ends_a_return_and_the_way_back_begins_anew(it: Ground, by: str) -> None:
    await it.reset(await it.stop())
    step = await it.resume()
    if by == "a person":
        await it.stop(ALPHA)
    else:
        LatchFolder(it.folder).write(Latch("h-other", ALPHA, "bob", "from elsewhere", it.clock.now()))
        await pass_time(it.clock, 3.0)
    assert it.sources["basis"].acts[-1] is PAUSE
    assert [latch.scope for latch in it.desk.latched()] == [ALPHA]
    with pytest.raises(LatchError, match="no stop h-"):
        await it.desk.way_back.resume_fully(step, "ada", "too late")


async def test_the_same_scope_is_stopped_anew_although_it_is_being_resumed(it: Ground) -> None:
    await it.reset(await it.stop())
    await it.resume()
    await it.stop()
    (latch,) = it.desk.latched()
    assert (latch.resuming, latch.terms.level) == (False, StopLevel.BLOCK)
    assert [source.acts[-1] for source in it.sources.values()] == [PAUSE, PAUSE]


async def test_a_return_that_is_broken_off_resumes_nothing_and_still_waits(it: Ground) -> None:
    await it.reset(await it.stop())
    step = await it.resume()
    await it.reset(step)
    await pass_time(it.clock, 60.0, 1.0)
    assert RESUME not in it.sources["basis"].acts
    assert it.returns() == [("portfolio", False, "")]


async def test_a_reset_by_another_process_resumes_nothing_and_its_second_step_does(it: Ground) -> None:
    await it.reset(await it.stop())
    await it.resume()
    (latch,) = it.desk.latched()
    LatchFolder(it.folder).reset(latch, "bob", "broken off", it.clock.now())
    await pass_time(it.clock, 3.0)
    assert it.desk.latched() == ()
    assert RESUME not in it.sources["basis"].acts


@pytest.mark.parametrize(("name", "reason"), [("ada", " "), ("", "all is well")])
async def test_each_step_needs_a_name_and_a_reason(it: Ground, name: str, reason: str) -> None:
    halt_id = await it.stop()
    with pytest.raises(LatchError, match="to reset needs the operator's name and a reason"):
        await it.desk.way_back.reset(halt_id, name, reason)
    await it.reset(halt_id)
    with pytest.raises(LatchError, match="to resume needs the operator's name and a reason"):
        await it.desk.way_back.resume(PORTFOLIO, name, reason)
    step = await it.resume()
    with pytest.raises(LatchError, match="to resume fully needs the operator's name and a reason"):
        await it.desk.way_back.resume_fully(step, name, reason)
    assert [latch.resuming for latch in it.desk.latched()] == [True]


# -- the second person ------------------------------------------------------------------------------------------------


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Ground]:
    made = Ground(tmp_path / "latches", second_person_s=600.0)
    made.desk.follow()
    yield made
    await made.desk.close()


async def test_what_leads_the_portfolio_back_waits_for_a_second_person(two: Ground) -> None:
    halt_id = await two.stop()
    pending = await two.desk.way_back.reset(halt_id, "Ada", "all is well")
    assert pending is not None
    assert two.desk.latched(), "nothing is reset yet"
    await two.restart()
    assert two.desk.way_back.pending == (pending,), "it outlives a restart"
    for same in ("Ada", " ada ", "A D A"):
        with pytest.raises(LatchError, match="a second, different person"):
            await two.desk.way_back.confirm(pending.pending_id, same)
    with pytest.raises(LatchError, match="has to give a name"):
        await two.desk.way_back.confirm(pending.pending_id, " ")
    assert two.desk.latched()
    await two.desk.way_back.confirm(pending.pending_id, "bob")
    assert (two.desk.latched(), two.desk.way_back.pending) == ((), ())
    done = LatchFolder(two.folder).was_reset(halt_id)
    assert done is not None
    assert (done.reset_by, done.confirmed_by, done.reset_reason) == ("Ada", "bob", "all is well")


async def test_both_steps_of_a_resume_wait_for_one_too(two: Ground) -> None:
    way_back = two.desk.way_back
    pending = await way_back.reset(await two.stop(), "ada", "all is well")
    assert pending is not None
    await way_back.confirm(pending.pending_id, "bob")
    first = await way_back.resume(PORTFOLIO, "ada", "slowly")
    assert first is not None
    assert two.desk.latched() == ()
    await way_back.confirm(first.pending_id, "bob")
    await pass_time(two.clock, 4.0)
    (step,) = two.desk.latched()
    second = await way_back.resume_fully(step.halt_id, "bob", "all is well")
    assert second is not None
    assert two.desk.latched()
    await way_back.confirm(second.pending_id, "ada")
    await pass_time(two.clock, 2.0)
    assert two.desk.latched() == ()
    assert two.sources["basis"].state is SourceState.RUNNING


async def test_a_second_person_who_comes_too_late_confirms_nothing(two: Ground) -> None:
    pending = await two.desk.way_back.reset(await two.stop(), "ada", "all is well")
    assert pending is not None
    two.clock.advance(600.0)
    await quiet()
    with pytest.raises(LatchError, match="asked for too long ago"):
        await two.desk.way_back.confirm(pending.pending_id, "bob")
    assert two.desk.latched()


async def test_what_was_asked_is_refused_where_a_stop_was_fired_meanwhile(two: Ground) -> None:
    first = await two.desk.way_back.resume(PORTFOLIO, "ada", "slowly")
    assert first is not None
    await two.stop(ALPHA)
    with pytest.raises(LatchError, match="the stop of account:alpha-1 stands"):
        await two.desk.way_back.confirm(first.pending_id, "bob")


async def test_one_person_is_enough_for_less_than_the_portfolio_and_for_every_stop(two: Ground) -> None:
    await two.reset(await two.stop(ALPHA))
    assert two.desk.latched() == ()
    assert await two.stop()


async def test_a_stop_remembers_that_it_needs_two(two: Ground) -> None:
    """Whoever turns the setting off, or resets from a command line without a configuration, gets around nothing."""
    await two.stop()
    two.second_person_s = 0.0
    await two.restart()
    (latch,) = two.desk.latched()
    assert await two.desk.way_back.reset(latch.halt_id, "ada", "all is well") is not None
    assert two.desk.latched()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Ada", "ada", True), ("Ada Lovelace", "adalovelace", True), ("\tADA ", "ada", True), ("ada", "bob", False)],
)
def test_names_are_told_apart_without_capitals_and_blanks(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same


def test_a_file_that_is_no_pending_act_waits_for_nobody(tmp_path: Path) -> None:
    folder = PendingFolder(tmp_path)
    (tmp_path / "reset-h-1.pending.json").write_text('{"act": "reset"}')
    assert folder.load(0.0) == ()
    pending = Pending(ReturnAct.RESET, "h-2", PORTFOLIO, "ada", "all is well", 5.0, 605.0)
    folder.put(pending)
    assert folder.load(604.9) == (pending,)
    assert folder.load(605.0) == ()
    assert not (tmp_path / f"{pending.pending_id}.pending.json").exists()

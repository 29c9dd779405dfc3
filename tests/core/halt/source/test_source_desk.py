"""What the stops that stand want of a source, and how it is held to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO, Protective, Scope, StopLevel
from core.errors import SourceError
from core.halt.latch import Latch
from core.halt.source.desk import SourceDesk
from core.halt.source.model import NO_SOURCE, SourceAct, SourceNote, SourceState, SourceView
from core.halt.terms import StopTerms
from tests.core.halt.source.bot import ScriptedSource

PAUSE, REDUCE_ONLY, RESUME = SourceAct.PAUSE, SourceAct.REDUCE_ONLY, SourceAct.RESUME
BASIS = Scope.parse("strategy:basis")


def touched(scope: Scope) -> Collection[str]:
    return ("basis", "grid", "hand") if scope == PORTFOLIO else (scope.name,)


def a_stop(scope: Scope = PORTFOLIO, level: StopLevel = StopLevel.BLOCK, halt_id: str = "h-1") -> Latch:
    return Latch(halt_id, scope, "ada", "a test", 0.0, StopTerms(Protective.CANCEL, level))


async def settle() -> None:
    """Until nothing is left to do without time passing."""
    for _ in range(30):
        await asyncio.sleep(0)


@dataclass
class Desk:
    clock: ManualClock = field(default_factory=ManualClock)
    basis: ScriptedSource = field(default_factory=ScriptedSource)
    grid: ScriptedSource = field(default_factory=lambda: ScriptedSource(knows_reduce_only=False))
    notes: list[SourceNote] = field(default_factory=list)

    def __post_init__(self) -> None:
        sources = {"basis": self.basis, "grid": self.grid}
        self.desk = SourceDesk(sources, ("basis", "grid", "hand"), touched, self.clock)
        self.desk.told.connect(self.notes.append)

    async def take(self, *latches: Latch) -> None:
        self.desk.take(latches)
        await settle()

    async def wait(self, seconds: float) -> None:
        await settle()
        for _ in range(int(seconds)):
            self.clock.advance(1.0)
            await settle()

    def view(self, strategy: str = "basis") -> SourceView:
        return next(view for view in self.desk.views() if view.strategy == strategy)


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    made = Desk()
    yield made
    await made.desk.close()


async def test_a_stop_asks_every_source_that_it_touches_to_pause_and_reads_that_it_did(it: Desk) -> None:
    await it.take(a_stop())
    assert (it.basis.acts, it.grid.acts) == ([PAUSE], [PAUSE])
    assert it.basis.requests[0].halt_id == "h-1"
    await it.wait(12.0)
    assert it.view().obeyed
    assert it.view().words == "paused, read 2 s ago"
    assert it.basis.acts == [PAUSE], "who obeys is not asked again"
    assert it.view("hand").words == NO_SOURCE


async def test_a_stop_of_one_strategy_leaves_the_others_alone(it: Desk) -> None:
    await it.take(a_stop(BASIS))
    await it.wait(5.0)
    assert (it.basis.acts, it.grid.acts) == ([PAUSE], [])
    assert it.grid.state is SourceState.RUNNING


async def test_a_reply_is_no_obedience(it: Desk) -> None:
    it.basis.deaf = True
    await it.take(a_stop())
    await it.wait(1.0)
    assert not it.view().obeyed
    assert it.view().words == "asked to pause, not obeyed: running"
    await it.wait(120.0)
    assert 4 < len(it.basis.acts) < 12, "asked again while the stop stands, ever more slowly"
    it.basis.deaf = False
    await it.wait(40.0)
    assert it.view().obeyed


async def test_a_paused_source_that_goes_on_by_itself_is_paused_again(it: Desk) -> None:
    await it.take(a_stop())
    await it.wait(10.0)
    it.basis.state = SourceState.RUNNING
    await it.wait(40.0)
    assert it.basis.acts == [PAUSE, PAUSE]
    assert it.view().obeyed


async def test_a_source_that_cannot_be_read_is_unknown_and_asked_again(it: Desk) -> None:
    it.basis.unreadable = SourceError("it gave no answer within 5 s")
    await it.take(a_stop())
    await it.wait(6.0)
    view = it.view()
    assert (view.state, view.obeyed) == (SourceState.UNKNOWN, False)
    assert view.words == "asked to pause 3 times, not obeyed: unknown (it gave no answer within 5 s)"
    assert [note.words for note in it.notes if note.what == "reads" and note.strategy == "basis"] == [
        "unknown: it gave no answer within 5 s"
    ]


async def test_what_it_said_before_the_stop_does_not_count(it: Desk) -> None:
    it.basis.state = SourceState.PAUSED
    it.desk.watch()
    await it.wait(1.0)
    assert it.view().words == "paused, read 1 s ago"
    it.basis.reads_hang = True
    await it.take(a_stop())
    assert it.view().state is SourceState.PAUSED
    assert not it.view().obeyed, "it may have gone on since"


async def test_a_pause_does_not_wait_for_an_act_that_hangs(it: Desk) -> None:
    it.basis.hangs = True
    assert it.desk.ask("basis", RESUME)
    await settle()
    it.basis.hangs = False
    await it.take(a_stop())
    assert it.basis.acts == [RESUME, PAUSE]
    assert it.basis.state is SourceState.PAUSED


async def test_a_latch_that_goes_resumes_nothing(it: Desk) -> None:
    await it.take(a_stop())
    await it.wait(2.0)
    await it.take()
    await it.wait(300.0)
    assert it.basis.acts == [PAUSE]
    assert it.view().wanted is None
    assert it.view().state is SourceState.PAUSED


async def test_of_two_stops_the_stricter_counts_and_the_milder_that_is_left_wakes_nobody(it: Desk) -> None:
    mild = a_stop(BASIS, StopLevel.REDUCE_ONLY, "h-2")
    await it.take(a_stop(), mild)
    await it.wait(2.0)
    await it.take(mild)
    await it.wait(60.0)
    assert it.basis.acts == [PAUSE]
    assert it.view().obeyed, "paused is less than reduce-only"


async def test_a_reduce_only_stop_asks_what_runs_and_leaves_what_is_paused(it: Desk) -> None:
    it.grid.state = SourceState.PAUSED
    await it.take(a_stop(level=StopLevel.REDUCE_ONLY))
    await it.wait(10.0)
    assert (it.basis.acts, it.grid.acts) == ([REDUCE_ONLY], [])
    assert it.view().state is SourceState.REDUCE_ONLY


async def test_a_source_that_knows_no_reduce_only_or_cannot_be_read_is_paused_instead(it: Desk) -> None:
    it.basis.unreadable = SourceError("no answer")
    await it.take(a_stop(level=StopLevel.REDUCE_ONLY))
    await it.wait(3.0)
    assert it.grid.acts == [PAUSE]
    assert set(it.basis.acts) == {PAUSE}


async def test_a_person_may_ask_for_no_more_than_the_stops_allow(it: Desk) -> None:
    await it.take(a_stop(BASIS))
    assert not it.desk.ask("basis", RESUME)
    assert not it.desk.ask("basis", REDUCE_ONLY)
    assert not it.desk.ask("hand", RESUME), "there is nobody to ask"
    await it.take(a_stop(BASIS, StopLevel.REDUCE_ONLY))
    assert it.desk.ask("basis", REDUCE_ONLY)
    assert not it.desk.ask("basis", RESUME)
    await it.wait(2.0)
    assert it.view().state is SourceState.REDUCE_ONLY


async def test_a_source_that_will_not_resume_is_not_asked_for_ever(it: Desk) -> None:
    it.basis.state, it.basis.deaf = SourceState.PAUSED, True
    it.desk.ask("basis", RESUME)
    await it.wait(120.0)
    assert it.basis.acts == [RESUME] * 4
    assert it.view().words.startswith("paused, read")
    assert "asked 4 times to resume, given up" in it.view().words
    it.basis.deaf = False
    await it.wait(120.0)
    assert it.basis.state is SourceState.PAUSED, "an act that was given up is not carried out late"


async def test_a_stop_takes_back_a_resume_that_is_under_way(it: Desk) -> None:
    it.basis.state, it.basis.deaf = SourceState.PAUSED, True
    it.desk.ask("basis", RESUME)
    await it.wait(1.0)
    it.basis.deaf = False
    await it.take(a_stop())
    await it.take()
    await it.wait(120.0)
    assert it.basis.acts == [RESUME, PAUSE]
    assert it.basis.state is SourceState.PAUSED


async def test_a_return_that_is_broken_off_is_not_carried_on(it: Desk) -> None:
    it.basis.state, it.basis.deaf = SourceState.PAUSED, True
    step = a_stop(BASIS, StopLevel.REDUCE_ONLY)
    await it.take(step)
    assert it.desk.ask("basis", REDUCE_ONLY)
    await it.wait(1.0)
    await it.take()
    it.basis.deaf = False
    await it.wait(120.0)
    assert it.basis.acts == [REDUCE_ONLY]
    assert it.basis.state is SourceState.PAUSED

"""Latch, runner and reset against a model of ten lines, over any order of acts, orders, faults, time and restarts."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.clock import ManualClock
from core.domain import PORTFOLIO, Protective, Scope, Side
from core.errors import LatchError, VenueUnreachable
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.model import ProofState
from core.halt.target import HaltTarget, StopSettings
from core.halt.terms import StopTerms
from core.venues.protocol import Listing
from tests.core.halt.scripted import ScriptedVenue, pass_time, quiet

ACCOUNTS = ("alpha-1", "alpha-2")
SCOPES = (PORTFOLIO, Scope.parse("account:alpha-1"), Scope.parse("account:alpha-2"))
SETTLE_S = 1.5
DISK_LOOKS = 500
IN_STEP_S = 1.25
"""After which every process knows what another did: two looks at the folder, and the steps in which time passes."""
CALLS = ("list", "list trigger", "cancel", "acquire", "positions")


class Model:
    """What must hold, whatever the code does."""

    def __init__(self) -> None:
        self.latched: dict[Scope, float] = {}
        """Until a reset, and when it was fired last (monotonic)."""

    def covers(self, account: str) -> bool:
        return any(scope == PORTFOLIO or scope.name == account for scope in self.latched)

    def may_be_proven(self, scope: Scope, listings: list[tuple[float, int]], began_s: float) -> bool:
        """Since the act, the process's beginning and the last order listed, two were empty, the second late enough."""
        act_s = max(self.latched[scope], began_s)
        since = [(listed_s, count) for listed_s, count in listings if listed_s >= act_s]
        empty = list(itertools.takewhile(lambda listing: not listing[1], reversed(since)))
        return len(empty) >= 2 and empty[0][0] >= act_s + SETTLE_S


class Line:
    """A venue as one process speaks to it: what that one listed is its own."""

    def __init__(self, venue: ScriptedVenue) -> None:
        self._venue = venue
        self.listings: list[tuple[float, int]] = []
        """When each listing of all books began, and how many orders it showed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._venue, name)

    async def list_orders(self, book: str) -> Listing:
        listing = await self._venue.list_orders(book)
        if book == self._venue.books[-1]:
            self.listings.append(self._venue.listings[-1])
        return listing


class Process:
    """One desk and its lines to all venues."""

    def __init__(self, folder: Path, venues: dict[str, ScriptedVenue], clock: ManualClock, new_id: Any) -> None:
        self.lines = {name: Line(venue) for name, venue in venues.items()}
        self._venues = venues
        self.began_s = clock.monotonic()
        settings = StopSettings(settle_s=SETTLE_S, latch_wait_s=0.001)
        self.desk = HaltDesk(LatchFolder(folder), self._targets, clock, settings, new_id)

    def _targets(self, scope: Scope, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        return tuple(self._target(name) for name in (ACCOUNTS if scope == PORTFOLIO else (scope.name,)))

    def _target(self, name: str) -> HaltTarget:
        target, line = self._venues[name].target(), self.lines[name]

        async def acquire() -> Any:
            await target.acquire()  # which may fail
            return line

        return replace(target, acquire=acquire)

    def begin(self) -> None:
        self.desk.resume_latched()
        self.desk.follow()


class StopMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = ManualClock()
        self.model = Model()
        self.venues = {name: ScriptedVenue(self.clock, name) for name in ACCOUNTS}
        self.numbers = itertools.count(1)
        self.free_since_s = dict.fromkeys(ACCOUNTS, self.clock.monotonic())
        """By account: when the last stop over it was reset (monotonic)."""
        self.first: Process
        self.other: Process | None = None
        """Of a second process over the same folder, while there is one."""

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def processes(self) -> tuple[Process, ...]:
        found = (getattr(self, "first", None), self.other)
        return tuple(process for process in found if process is not None)

    def new_process(self) -> Process:
        return Process(self.folder, self.venues, self.clock, lambda: f"h-{next(self.numbers)}")

    # -- what may happen, in any order ----------------------------------------------------------------------------

    @initialize()
    def open_desk(self) -> None:
        async def begin() -> None:
            self.first = self.new_process()
            self.first.begin()

        self.run(begin())

    @rule(scope=st.sampled_from(SCOPES))
    def fire(self, scope: Scope) -> None:
        async def act() -> None:
            self.first.desk.fire(scope, "ada", "a test")
            await quiet()

        self.model.latched[scope] = self.clock.monotonic()
        self.run(act())
        self.in_step()

    @rule(account=st.sampled_from(ACCOUNTS), hinted=st.booleans(), book=st.sampled_from(["regular", "trigger"]))
    def order_comes(self, account: str, hinted: bool, book: str) -> None:
        async def act() -> None:
            order = self.venues[account].put(side=Side.BUY, book=book, late=True)
            if hinted:
                self.first.desk.hint(order)
            await quiet()

        self.run(act())

    @rule(seconds=st.sampled_from([0.3, 1.0, 4.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(pass_time(self.clock, seconds))

    @rule(account=st.sampled_from(ACCOUNTS), call=st.sampled_from(CALLS))
    def call_breaks(self, account: str, call: str) -> None:
        self.venues[account].trouble[call] = VenueUnreachable("no answer", account=account)

    @rule(account=st.sampled_from(ACCOUNTS))
    def cancels_are_ignored(self, account: str) -> None:
        self.venues[account].ignores_cancels = True

    @rule()
    def venues_mend(self) -> None:
        for venue in self.venues.values():
            venue.trouble.clear()
            venue.ignores_cancels = False

    @precondition(lambda self: self.model.latched)
    @rule(data=st.data(), named=st.booleans(), reasoned=st.booleans())
    def reset(self, data: st.DataObject, named: bool, reasoned: bool) -> None:
        latch = data.draw(st.sampled_from(sorted(self.first.desk.latched(), key=lambda one: one.halt_id)))
        who, why = "ada" if named else " ", "all is well" if reasoned else ""
        if not (named and reasoned):
            with pytest.raises(LatchError, match="needs the operator's name and a reason"):
                self.run(self.first.desk.reset(latch.halt_id, who, why))
            return
        self.run(self.first.desk.reset(latch.halt_id, who, why))
        self.in_step()
        self.took_off(latch.scope)

    def took_off(self, scope: Scope) -> None:
        before = {name for name in ACCOUNTS if self.model.covers(name)}
        del self.model.latched[scope]
        for name in before:
            if not self.model.covers(name):
                self.free_since_s[name] = self.clock.monotonic()

    def in_step(self) -> None:
        """What one process did is known to the other."""
        if self.other is not None:
            self.run(pass_time(self.clock, IN_STEP_S))

    async def _disk_has_caught_up(self) -> None:
        """The clock is ours and the disk is not: a busy machine may take longer over a file than the loop over all."""
        for look in range(1, DISK_LOOKS + 1):
            held = {latch.halt_id for latch in LatchFolder(self.folder).load()}
            if all({latch.halt_id for latch in process.desk.latched()} == held for process in self.processes()):
                return
            await asyncio.sleep(0.01)
            if look % 5 == 0:
                await pass_time(self.clock, 0.25)  # whoever follows looked before the file was there, and looks again

    @rule()
    def restart(self) -> None:
        async def again() -> None:
            await self.first.desk.close()
            self.first = self.new_process()
            self.first.begin()
            await quiet()

        self.run(again())

    # A second process, which follows the first as the first follows it.

    @precondition(lambda self: self.other is None)
    @rule()
    def another_process_begins(self) -> None:
        async def begin() -> None:
            self.other = self.new_process()
            self.other.begin()
            await pass_time(self.clock, IN_STEP_S)

        self.run(begin())

    @precondition(lambda self: self.other is not None)
    @rule()
    def it_ends(self) -> None:
        other, self.other = self.other, None
        assert other is not None
        self.run(other.desk.close())

    @precondition(lambda self: self.other is not None)
    @rule(scope=st.sampled_from(SCOPES))
    def it_fires(self, scope: Scope) -> None:
        """Where the scope is stopped already, under the latch that is there."""

        async def act(desk: HaltDesk) -> None:
            desk.fire(scope, "bob", "a test")
            await pass_time(self.clock, IN_STEP_S)

        assert self.other is not None
        self.model.latched[scope] = self.clock.monotonic()
        self.run(act(self.other.desk))

    @precondition(lambda self: self.other is not None and self.model.latched)
    @rule(data=st.data())
    def it_resets(self, data: st.DataObject) -> None:
        async def act(desk: HaltDesk) -> None:
            await desk.reset(latch.halt_id, "bob", "all is well")
            await pass_time(self.clock, IN_STEP_S)

        assert self.other is not None
        latch = data.draw(st.sampled_from(sorted(self.other.desk.latched(), key=lambda one: one.halt_id)))
        self.run(act(self.other.desk))
        self.took_off(latch.scope)

    @rule(data=st.data())
    def file_vanishes(self, data: st.DataObject) -> None:
        for path in self.folder.glob("*.latch.json"):
            path.unlink()
        # A restart within this moment would find nothing: the desk is given the time to write it again.
        self.run(pass_time(self.clock, 1.0))

    # -- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def nothing_unlatches_without_a_reset(self) -> None:
        if not self.processes():
            return
        self.run(self._disk_has_caught_up())
        for process in self.processes():
            assert sorted(str(latch.scope) for latch in process.desk.latched()) == sorted(map(str, self.model.latched))
        assert {latch.scope for latch in LatchFolder(self.folder).load()} == set(self.model.latched)

    @invariant()
    def nothing_is_proven_without_two_empty_listings(self) -> None:
        if not self.processes():
            return
        for process in self.processes():
            for view in process.desk.views():
                for row in (row for row in view.rows if row.state is ProofState.VERIFIED):
                    assert self.model.may_be_proven(view.scope, process.lines[row.account].listings, process.began_s)
                    assert row.resting == 0

    @invariant()
    def what_is_not_stopped_is_left_alone_and_a_reset_resumes_nothing(self) -> None:
        for name, venue in self.venues.items():
            assert venue.placed == [], "Scram never places an order by itself"
            if not self.model.covers(name):
                assert all(began_s <= self.free_since_s[name] for began_s, _ in venue.listings)

    def teardown(self) -> None:
        for process in self.processes():
            self.run(process.desk.close())
        self.loop.close()
        shutil.rmtree(self.folder)


@pytest.mark.allowed_logs("had vanished without a reset")
def test_no_path_unlatches_without_reset_proves_without_two_empty_listings_or_resumes() -> None:
    examples = settings().max_examples // 5
    run_state_machine_as_test(StopMachine, settings=settings(max_examples=examples, stateful_step_count=20))


def test_the_terms_of_a_scope_fired_at_again_are_never_looser() -> None:
    for one in Protective:
        for other in Protective:
            made = StopTerms(one).tightened_by(StopTerms(other))
            assert made.spares_reducing is (one is Protective.KEEP and other is Protective.KEEP)

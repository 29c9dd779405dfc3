"""Latch, runner and reset against a model of ten lines, over any order of acts, orders, faults, time and restarts."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
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
from tests.core.halt.scripted import ScriptedVenue, pass_time, quiet

ACCOUNTS = ("alpha-1", "alpha-2")
SCOPES = (PORTFOLIO, Scope.parse("account:alpha-1"), Scope.parse("account:alpha-2"))
SETTLE_S = 1.5
CALLS = ("list", "list trigger", "cancel", "acquire", "positions")


class Model:
    """What must hold, whatever the code does."""

    def __init__(self) -> None:
        self.latched: dict[Scope, float] = {}
        """Until a reset, and when it was fired last (monotonic)."""

    def covers(self, account: str) -> bool:
        return any(scope == PORTFOLIO or scope.name == account for scope in self.latched)

    def may_be_proven(self, scope: Scope, listings: list[tuple[float, int]]) -> bool:
        """Since the act, and since an order was last listed, two were empty, the second late enough after the act."""
        since = [(began_s, count) for began_s, count in listings if began_s >= self.latched[scope]]
        empty = list(itertools.takewhile(lambda listing: not listing[1], reversed(since)))
        return len(empty) >= 2 and empty[0][0] >= self.latched[scope] + SETTLE_S


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
        self.desk: HaltDesk

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def targets(self, scope: Scope, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        names = ACCOUNTS if scope == PORTFOLIO else (scope.name,)
        return tuple(self.venues[name].target() for name in names)

    def new_desk(self) -> HaltDesk:
        settings = StopSettings(settle_s=SETTLE_S, latch_wait_s=0.001)
        return HaltDesk(LatchFolder(self.folder), self.targets, self.clock, settings, lambda: f"h-{next(self.numbers)}")

    # -- what may happen, in any order ----------------------------------------------------------------------------

    @initialize()
    def open_desk(self) -> None:
        async def begin() -> None:
            self.desk = self.new_desk()
            self.desk.follow()

        self.run(begin())

    @rule(scope=st.sampled_from(SCOPES))
    def fire(self, scope: Scope) -> None:
        async def act() -> None:
            self.desk.fire(scope, "ada", "a test")
            await quiet()

        self.model.latched[scope] = self.clock.monotonic()
        self.run(act())

    @rule(account=st.sampled_from(ACCOUNTS), hinted=st.booleans(), book=st.sampled_from(["regular", "trigger"]))
    def order_comes(self, account: str, hinted: bool, book: str) -> None:
        async def act() -> None:
            order = self.venues[account].put(side=Side.BUY, book=book, late=True)
            if hinted:
                self.desk.hint(order)
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
        latch = data.draw(st.sampled_from(sorted(self.desk.latched(), key=lambda one: one.halt_id)))
        who, why = "ada" if named else " ", "all is well" if reasoned else ""
        if not (named and reasoned):
            with pytest.raises(LatchError, match="needs the operator's name and a reason"):
                self.run(self.desk.reset(latch.halt_id, who, why))
            return
        self.run(self.desk.reset(latch.halt_id, who, why))
        before = {name for name in ACCOUNTS if self.model.covers(name)}
        del self.model.latched[latch.scope]
        for name in before:
            if not self.model.covers(name):
                self.free_since_s[name] = self.clock.monotonic()

    @rule()
    def restart(self) -> None:
        async def again() -> None:
            await self.desk.close()
            self.desk = self.new_desk()
            self.desk.resume_latched()
            self.desk.follow()
            await quiet()

        self.run(again())
        for scope in self.model.latched:
            self.model.latched[scope] = self.clock.monotonic()

    @rule(data=st.data())
    def file_vanishes(self, data: st.DataObject) -> None:
        for path in self.folder.glob("*.latch.json"):
            path.unlink()
        # A restart within this moment would find nothing: the desk is given the time to write it again.
        self.run(pass_time(self.clock, 1.0))

    # -- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def nothing_unlatches_without_a_reset(self) -> None:
        if not hasattr(self, "desk"):
            return
        assert {latch.scope for latch in self.desk.latched()} == set(self.model.latched)
        assert {latch.scope for latch in LatchFolder(self.folder).load()} == set(self.model.latched)

    @invariant()
    def nothing_is_proven_without_two_empty_listings(self) -> None:
        if not hasattr(self, "desk"):
            return
        for view in self.desk.views():
            for row in view.rows:
                if row.state is ProofState.VERIFIED:
                    assert self.model.may_be_proven(view.scope, self.venues[row.account].listings)
                    assert row.resting == 0

    @invariant()
    def what_is_not_stopped_is_left_alone_and_a_reset_resumes_nothing(self) -> None:
        for name, venue in self.venues.items():
            assert venue.placed == [], "Scram never places an order by itself"
            if not self.model.covers(name):
                assert all(began_s <= self.free_since_s[name] for began_s, _ in venue.listings)

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.run(self.desk.close())
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

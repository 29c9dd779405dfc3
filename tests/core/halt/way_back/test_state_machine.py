"""What trades, under stops and on every way back, against a model: nobody is woken but by the two steps of a return."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

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

from core.domain import PORTFOLIO, Scope
from core.errors import LatchError, SourceError
from core.halt.source.model import SourceAct, SourceState
from tests.core.halt.scripted import pass_time
from tests.core.halt.source.bot import ScriptedSource, until
from tests.core.halt.way_back.test_acts import ALPHA, BETA, Ground

SCOPES = (PORTFOLIO, ALPHA, BETA)
STRATEGIES = {"basis": "alpha-1", "grid": "alpha-2"}
TROUBLES = ("deaf", "unreadable", "refuses", "hangs")
OBEYS_WITHIN_S = 40.0
"""An act that is due again comes within 30 seconds."""


class Model:
    """Which accounts are stopped, which are on their way back, and which a person has led all the way."""

    def __init__(self) -> None:
        self.stopped: set[Scope] = set()
        self.returning: set[Scope] = set()
        self.resumed: set[str] = set()
        """Accounts that were resumed fully since they were stopped last."""

    def fire(self, scope: Scope) -> None:
        self.stopped.add(scope)
        self.returning = {other for other in self.returning if not meet(scope, other)}
        self.resumed -= accounts(scope)

    def may_resume(self, scope: Scope, *, step: bool) -> bool:
        others = self.returning - ({scope} if step else set())
        return not any(meet(scope, other) for other in self.stopped | others)

    def is_stopped(self, account: str) -> bool:
        return any(account in accounts(scope) for scope in self.stopped)

    def may_reduce(self, account: str) -> bool:
        return any(account in accounts(scope) for scope in self.returning)


def accounts(scope: Scope) -> set[str]:
    return set(STRATEGIES.values()) if scope == PORTFOLIO else {scope.name}


def meet(one: Scope, other: Scope) -> bool:
    return bool(accounts(one) & accounts(other))


class ReturnMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.model = Model()
        self.seen = dict.fromkeys(STRATEGIES, 0)
        """How many of a source's acts the invariants have looked at."""
        self.it: Ground

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def source(self, strategy: str) -> ScriptedSource:
        return self.it.sources[strategy]

    @initialize()
    def open_desk(self) -> None:
        async def begin() -> None:
            self.it = Ground(self.folder)
            self.it.desk.follow()

        self.run(begin())

    # -- what may happen, in any order ----------------------------------------------------------------------------

    @rule(scope=st.sampled_from(SCOPES))
    def fire(self, scope: Scope) -> None:
        async def act() -> None:
            self.it.desk.fire(scope, "ada", "a test")
            await pass_time(self.it.clock, 0.25)
            # The disk is real, and may be slow: until the latch is written and every return over it is off.
            await until(lambda: all(runner.on_disk for runner in self.it.desk.runners))
            await until(lambda: {one.scope for one in self.it.desk.latched() if one.resuming} == self.model.returning)

        self.model.fire(scope)
        self.run(act())

    @precondition(lambda self: self.model.stopped)
    @rule(data=st.data())
    def reset(self, data: st.DataObject) -> None:
        scope = data.draw(st.sampled_from(sorted(self.model.stopped)))
        halt_id = next(one.halt_id for one in self.it.desk.latched() if one.scope == scope and not one.resuming)
        self.run(self.it.desk.way_back.reset(halt_id, "ada", "all is well"))
        self.model.stopped.discard(scope)

    @precondition(lambda self: self.model.returning)
    @rule(data=st.data())
    def break_off(self, data: st.DataObject) -> None:
        scope = data.draw(st.sampled_from(sorted(self.model.returning)))
        halt_id = next(one.halt_id for one in self.it.desk.latched() if one.scope == scope and one.resuming)
        self.run(self.it.desk.way_back.reset(halt_id, "ada", "not yet"))
        self.model.returning.discard(scope)

    @rule(scope=st.sampled_from(SCOPES))
    def resume(self, scope: Scope) -> None:
        may = self.model.may_resume(scope, step=False)
        assert self.allowed(self.it.desk.way_back.resume(scope, "ada", "slowly")) is may
        if may:
            self.model.returning.add(scope)

    @precondition(lambda self: self.model.stopped or self.model.returning)
    @rule(data=st.data())
    def resume_fully(self, data: st.DataObject) -> None:
        latch = data.draw(st.sampled_from(sorted(self.it.desk.latched(), key=lambda one: one.halt_id)))
        may = latch.resuming and self.model.may_resume(latch.scope, step=True)
        assert self.allowed(self.it.desk.way_back.resume_fully(latch.halt_id, "ada", "all is well")) is may
        if may:
            self.model.returning.discard(latch.scope)
            self.model.resumed |= accounts(latch.scope)

    @rule(scope=st.sampled_from(SCOPES), deaf=st.booleans())
    def resume_all_the_way(self, scope: Scope, deaf: bool) -> None:
        """Both steps in one breath; a source that does not hear the second is asked for it again later."""
        if not self.model.may_resume(scope, step=False):
            return
        self.resume(scope)
        for source in self.it.sources.values():
            source.deaf = source.deaf or deaf
            source.state = SourceState.PAUSED if deaf else source.state
        step = next(one for one in self.it.desk.latched() if one.resuming and one.scope == scope)
        assert self.allowed(self.it.desk.way_back.resume_fully(step.halt_id, "ada", "all is well"))
        self.model.returning.discard(scope)
        self.model.resumed |= accounts(scope)

    def allowed(self, work: Any) -> bool:
        async def act() -> bool:
            try:
                await work
            except LatchError:
                return False
            return True

        return bool(self.run(act()))

    @rule(
        strategy=st.sampled_from(sorted(STRATEGIES)), what=st.sampled_from(["deaf", "unreadable", "refuses", "hangs"])
    )
    def source_breaks(self, strategy: str, what: str) -> None:
        source = self.source(strategy)
        source.deaf = source.deaf or what == "deaf"
        source.hangs = source.hangs or what == "hangs"
        if what == "unreadable":
            source.unreadable = SourceError("no answer")
        if what == "refuses":
            source.trouble = SourceError("not now")

    @rule()
    def sources_mend(self) -> None:
        for source in self.it.sources.values():
            source.deaf, source.unreadable, source.trouble = False, None, None

    @rule(strategy=st.sampled_from(sorted(STRATEGIES)), state=st.sampled_from(list(SourceState)[:3]))
    def source_goes_its_own_way(self, strategy: str, state: SourceState) -> None:
        self.source(strategy).state = state

    @rule(seconds=st.sampled_from([1.0, 6.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(pass_time(self.it.clock, seconds, 0.5))

    @rule()
    def whoever_can_obey_does_in_time(self) -> None:
        self.sources_mend()
        for source in self.it.sources.values():
            if source.hangs:
                return  # its deadline is the source's own, which this one has none of
        self.run(pass_time(self.it.clock, OBEYS_WITHIN_S, 2.0))
        for strategy, account in STRATEGIES.items():
            if self.model.is_stopped(account):
                assert self.source(strategy).state is SourceState.PAUSED
            elif self.model.may_reduce(account):
                assert self.source(strategy).state is not SourceState.RUNNING

    @rule()
    def restart(self) -> None:
        self.run(self.it.restart())

    # -- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def nothing_stands_or_goes_but_by_a_person(self) -> None:
        if not hasattr(self, "it"):
            return
        latched = self.it.desk.latched()
        assert {one.scope for one in latched if not one.resuming} == self.model.stopped
        assert {one.scope for one in latched if one.resuming} == self.model.returning

    @invariant()
    def nobody_is_woken_but_by_the_steps_of_a_return(self) -> None:
        if not hasattr(self, "it"):
            return
        for strategy, account in STRATEGIES.items():
            new = self.source(strategy).acts[self.seen[strategy] :]
            self.seen[strategy] += len(new)
            if SourceAct.RESUME in new:
                assert account in self.model.resumed, "a reset, a restart or a first step resumes nothing"
            if SourceAct.REDUCE_ONLY in new:
                assert self.model.may_reduce(account) or account in self.model.resumed

    @invariant()
    def whoever_is_said_to_obey_was_read_to_obey(self) -> None:
        if not hasattr(self, "it"):
            return
        for view in self.it.desk.sources.views():
            if view.obeyed and view.wanted is SourceAct.PAUSE:
                assert view.state is SourceState.PAUSED

    def teardown(self) -> None:
        if hasattr(self, "it"):
            self.run(self.it.desk.close())
        self.loop.close()
        shutil.rmtree(self.folder)


def test_no_reset_restart_or_first_step_resumes_and_a_stop_takes_back_every_return() -> None:
    examples = settings().max_examples // 5
    run_state_machine_as_test(ReturnMachine, settings=settings(max_examples=examples, stateful_step_count=20))

"""What the engine does about stops: fires them for people, limits and blindness, and tells what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from core.config.model import StopConfig
from core.domain import Protective, Scope, ScopeKind, Severity, StopLevel
from core.engine.blind import BlindWatch
from core.engine.cycle import Cycle
from core.engine.disobeying import DISOBEYING, Disobeying
from core.engine.memory import ASKED_STATE
from core.engine.parts import Parts
from core.engine.reappearing import REAPPEARING, Reappearing
from core.engine.record import Recorder
from core.engine.returning import Returning
from core.engine.rungs import BY_POLICY
from core.errors import LatchError
from core.halt.latch import Latch
from core.halt.restore import RestorePlan
from core.halt.terms import StopTerms
from core.halt.way_back.checklist import ReturnView
from core.intents import FireStop, PreviewRestore, RestoreProtective
from core.mitigation.actions import Action, StopRequest

STOPPED = "stop"
"""Key of the event that says that a scope is stopped."""


def terms_of(intent: FireStop, stop: StopConfig) -> StopTerms:
    """On which terms a person fires: as said, or as configured, or with nothing spared."""
    chosen = intent.protective or stop.protective or Protective.CANCEL
    return StopTerms(chosen, intent.level, intent.include_unattributed)


class Stopping:
    def __init__(
        self, parts: Parts, recorder: Recorder, cycle: Cycle, take_actions: Callable[[Iterable[Action]], None]
    ) -> None:
        self._parts = parts
        self._recorder = recorder
        self._cycle = cycle
        self._take_actions = take_actions
        self._blind = BlindWatch(
            [account.name for account in parts.accounts], parts.config.stop.on_blind_s, parts.clock.monotonic()
        )
        self._reappearing = Reappearing()
        self._disobeying = Disobeying()
        self._asked: list[list[Any]] = []
        """As the journal keeps them."""
        self.returning = Returning(parts, recorder, cycle)
        self._heard: set[str] = set()
        """Stops that were told of."""
        self.restore_plan: RestorePlan | None = None
        """The newest preview that somebody asked for."""
        parts.halts.fired.connect(self._on_fired)
        parts.halts.was_reset.connect(self._on_reset)
        parts.halts.sources.told.connect(recorder.source)
        parts.halts.way_back.requested.connect(self.returning.take_request)

    def take_up_latched(self) -> None:
        """Go on with what was stopped before this start, and keep in step with other processes."""
        self._parts.halts.resume_latched()
        for latch in self._parts.halts.latched():
            if latch.halt_id not in self._heard:  # fired before there was an engine to hear of it, or in another run
                self._on_fired(latch)
        self._parts.halts.follow()

    # -- firing ---------------------------------------------------------------------------------------------------

    def fire(self, intent: FireStop) -> None:
        """A person's act: it waits for nothing and is never refused."""
        terms = terms_of(intent, self._parts.config.stop)
        self._parts.halts.fire(intent.scope, intent.operator, intent.reason, terms)

    def fire_by_limit(self, request: StopRequest) -> None:
        reason = f"{request.metric} of {request.scope} at {request.value:.4g}, {request.severity.word}"
        self._fire_by_itself(request.scope, request.by, reason, request.metric)

    def _fire_by_itself(self, scope: Scope, by: str, reason: str, metric: str = "") -> None:
        """Nobody is there to see what it costs to lose the stop-losses: they stay, unless configured otherwise.

        What is stopped already is left as it is: a rule neither tightens nor begins anew what a person fired.
        """
        if any(latch.scope == scope and not latch.resuming for latch in self._parts.halts.latched()):
            return
        terms = StopTerms(self._parts.config.stop.protective or Protective.KEEP)
        self._parts.halts.fire(scope, by, reason, terms, metric)

    # -- every cycle ----------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Stop whoever has been blind for too long; tell of orders that reappear and of sources that do not obey."""
        # A desk that only watches may be blind where the one that acts sees: there its button alone stops.
        watching = self._parts.lease.watches_only
        for account, blind_s in () if watching else self._blind.step(self._parts.figures.view):
            scope = Scope(ScopeKind.ACCOUNT, account)
            self._fire_by_itself(scope, "blind", f"no trusted figure of {account} for {blind_s:.0f} s")
        for scope, note in self._reappearing.step(self._parts.halts.views(), self._parts.clock.monotonic()):
            raised = self._parts.events.raise_system(scope, REAPPEARING, Severity.CRITICAL, note)
            self._cycle.take_transitions(raised)
        events = self._parts.events
        for scope, note in self._disobeying.step(self._parts.halts.sources.views()):
            if note:
                self._cycle.take_transitions(events.raise_system(scope, DISOBEYING, Severity.HIGH, note))
            else:
                self._cycle.take_transitions(events.clear(scope, DISOBEYING))
        self._keep_asked()

    def _keep_asked(self) -> None:
        """A restart is no clearing: what fired a stop that was reset must not fire it again for the same breach."""
        asked = self._parts.mitigations.asked.state()
        if asked != self._asked:
            self._asked = asked
            self._parts.journal.save_state(ASKED_STATE, asked)

    # -- what follows ---------------------------------------------------------------------------------------------

    def _on_fired(self, latch: Latch) -> None:
        self._heard.add(latch.halt_id)
        self._recorder.fired(latch)
        accounts = self._parts.accounts_in(latch.scope)
        by_policy = latch.fired_by == BY_POLICY and latch.terms.level is StopLevel.REDUCE_ONLY
        self._take_actions(self._parts.mitigations.stop_fired(latch.scope, accounts, lets_reduce=by_policy))
        doing = "may only reduce, on its way back, by" if latch.resuming else "is stopped by"
        severity = Severity.MEDIUM if latch.resuming else Severity.CRITICAL
        note = f"{latch.scope} {doing} {latch.fired_by}: {latch.reason}"
        self._cycle.take_transitions(self._parts.events.raise_system(latch.scope, STOPPED, severity, note))

    def _on_reset(self, latch: Latch) -> None:
        self._recorder.reset(latch)
        self._reappearing.forget(latch.halt_id)
        if any(other.scope == latch.scope for other in self._parts.halts.latched()):
            return  # the same scope was stopped twice over: the other latch holds
        self._parts.mitigations.stop_reset(latch.scope)
        for key in (STOPPED, REAPPEARING):
            self._cycle.take_transitions(self._parts.events.clear(latch.scope, key))

    def returns(self) -> tuple[ReturnView, ...]:
        """The checklist of every stop, newest first."""
        return self.returning.views()

    # -- placing protective orders again --------------------------------------------------------------------------

    async def preview_restore(self, intent: PreviewRestore) -> None:
        try:
            self.restore_plan = await self._parts.halts.restorer.preview(intent.halt_id)
        except LatchError as error:
            self._cycle.notice(f"what could be restored is not known: {error}")

    async def restore(self, intent: RestoreProtective) -> None:
        try:
            report = await self._parts.halts.restorer.restore(intent.halt_id, intent.operator)
        except LatchError as error:
            self._cycle.notice(f"no protective order was placed again: {error}")
            return
        self.restore_plan = None
        self._recorder.restored(report)
        failed = [row for row in report.placed if row.error]
        if failed:
            first = f"{failed[0].order.account}: {failed[0].error}"
            self._cycle.notice(
                f"{len(failed)} of {len(report.placed)} protective orders were not placed again: {first}"
            )

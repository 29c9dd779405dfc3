"""Flatten: closes the positions of a stopped scope. Never a part of the button: previewed, armed, then fired.

It needs a stop that is latched over the scope, so that orders go first and nothing new fights the closing. A reset, a
further firing of that stop and `end` let nothing more be sent; other stops go on sweeping beside it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.clock import Clock
from core.errors import FlattenError, LatchError
from core.halt.desk import HaltDesk
from core.halt.flatten.model import (
    FlattenOrder,
    FlattenOutcome,
    FlattenPlan,
    FlattenReport,
    FlattenStep,
    FlattenTerms,
    FlattenView,
    RowState,
    Unread,
)
from core.halt.flatten.plan import Holding, Previewer, in_scope, refuse_scope
from core.halt.flatten.run import FlattenRun, FlattenTimes, Ground
from core.halt.model import ProofState
from core.halt.restorer import SHORT_ID
from core.signals import Signal
from core.venues.closing import HeldKey

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None of them is taken for another."""
CODE_LENGTH = 5
USUAL_TERMS = FlattenTerms()

Seen = Mapping[tuple[str, HeldKey], float]
"""What somebody was shown of each position, by account and key: its magnitude."""


@dataclass(frozen=True, slots=True)
class FlattenSettings:
    preview_valid_s: float = 120.0
    """An older preview cannot be armed."""
    armed_s: float = 30.0
    issue_wait_s: float = 0.0
    """Between telling the latches and sending, where another process sweeps and has to read them first."""
    times: FlattenTimes = field(default_factory=FlattenTimes)


USUAL_SETTINGS = FlattenSettings()


def seen_in(plan: FlattenPlan) -> Seen:
    return {(row.account, row.key): abs(row.quantity) for row in plan.rows}


def _cut_off(outcome: FlattenOutcome) -> FlattenOutcome:
    """Of what was not read to its end, nobody knows what is left."""
    if outcome.state in {RowState.FLAT, RowState.LEFT}:
        return outcome
    return replace(outcome, state=RowState.UNKNOWN, left=None, reason="it was not read back any more")


class FlattenDesk:
    """One plan at a time."""

    def __init__(
        self,
        halts: HaltDesk,
        clock: Clock,
        new_id: Callable[[], str],
        rng: random.Random,
        settings: FlattenSettings = USUAL_SETTINGS,
    ) -> None:
        self._halts = halts
        self._clock = clock
        self._new_id = new_id
        self._rng = rng
        self._settings = settings
        self._view: FlattenView | None = None
        self._run: FlattenRun | None = None
        self._ended = ""
        self.began: Signal[[FlattenPlan, str, str]] = Signal("flatten began")
        """Sends the plan, the operator and the reason."""
        self.over: Signal[[FlattenReport]] = Signal("flatten over")
        self.ordered: Signal[[str, FlattenOrder]] = Signal("flatten order")
        """Sends the id of the plan with every order, once its answer is there."""

    @property
    def view(self) -> FlattenView | None:
        """None before the first preview; while it runs, as far as it is."""
        if self._view is not None and self._run is not None:
            return replace(self._view, outcomes=self._run.outcomes())
        return self._view

    # -- acts -----------------------------------------------------------------------------------------------------

    async def preview(self, halt_id: str, terms: FlattenTerms = USUAL_TERMS) -> FlattenPlan:
        """Read every account and order book of the stopped scope anew. Raises FlattenError and LatchError."""
        self._refuse_while_running()
        latch = await self._halts.latch_of(halt_id)
        if latch is None:
            raise FlattenError(f"no stop {halt_id} is latched: positions are closed under a stop only")
        refuse_scope(latch.scope)
        previewer = Previewer(self._halts.acquirer(), self._clock, terms)
        read = await previewer.read(latch.scope, self._halts.targets_under(latch))
        holdings = [row for row in read if isinstance(row, Holding)]
        rows = await previewer.rows(holdings)
        self._refuse_while_running()
        plan = FlattenPlan(
            plan_id=self._new_id(),
            halt_id=halt_id,
            scope=latch.scope,
            firings=latch.firings,
            terms=terms,
            made_at_s=self._clock.now(),
            code="".join(self._rng.choices(CODE_LETTERS, k=CODE_LENGTH)),
            rows=rows,
            unread=tuple(row for row in read if isinstance(row, Unread)),
            coins_only=tuple(row.target.account for row in holdings if row.coins_only),
            unproven=self._unproven(halt_id),
        )
        self._view = FlattenView(plan, FlattenStep.PREVIEWED)
        return plan

    def arm(self, plan_id: str, operator: str) -> float:
        """Until when (wall time) it may be fired. Raises FlattenError."""
        view = self._current(plan_id)
        if not operator.strip():
            raise FlattenError("arming needs the operator's name")
        self._refuse_while_running()
        if view.report is not None:
            raise FlattenError("this preview was carried out already: preview again")
        if not view.plan.closable:
            raise FlattenError("nothing of this preview can be closed")
        age_s = self._clock.now() - view.plan.made_at_s
        if age_s > self._settings.preview_valid_s:
            raise FlattenError(f"the preview is {age_s:.0f} s old: preview again")
        if reason := self._why_not(view.plan):
            raise FlattenError(reason)
        until_s = self._clock.now() + self._settings.armed_s
        self._view = replace(view, step=FlattenStep.ARMED, armed_by=operator, armed_until_s=until_s)
        return until_s

    def disarm(self) -> None:
        if self._view is not None and self._view.step is FlattenStep.ARMED:
            self._view = replace(self._view, step=FlattenStep.PREVIEWED, armed_by="", armed_until_s=None)

    async def fire(self, plan_id: str, operator: str, reason: str, seen: Seen | None = None) -> FlattenReport:
        """Close what was armed. Raises FlattenError or LatchError, and then nothing was sent.

        `seen`: what the operator was shown, where that was another preview than this one: positions that have grown
        since are left alone.
        """
        view = self._current(plan_id)
        self._refuse_while_running()
        if not operator.strip() or not reason.strip():
            raise FlattenError("to flatten needs the operator's name and a reason")
        if view.step is not FlattenStep.ARMED or view.armed_until_s is None:
            raise FlattenError("it is not armed")
        if self._clock.now() > view.armed_until_s:
            self.disarm()
            raise FlattenError("it is not armed any more: the time was over")
        if why_not := self._why_not(view.plan):
            self.disarm()
            raise FlattenError(why_not)
        return await self._carry_out(view.plan, operator, reason, seen_in(view.plan) if seen is None else seen)

    def end(self, reason: str) -> None:
        """Let nothing more be sent; what was sent is still read back."""
        self.disarm()
        if self._run is not None:
            self._ended = self._ended or reason

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _carry_out(self, plan: FlattenPlan, operator: str, reason: str, seen: Seen) -> FlattenReport:
        self._ended, began_s = "", self._clock.monotonic()
        run = self._run = FlattenRun(plan.rows, seen, self._ground(plan))
        self._view = FlattenView(plan, FlattenStep.RUNNING, operator)
        self.began.send(plan, operator, reason)

        def close(outcomes: tuple[FlattenOutcome, ...], ended: str) -> FlattenReport:
            took_s = self._clock.monotonic() - began_s
            report = FlattenReport(
                plan.plan_id, plan.halt_id, plan.scope, operator, reason, outcomes, plan.unread, ended, took_s
            )
            self._view = FlattenView(plan, FlattenStep.ENDED, operator, outcomes=outcomes, report=report)
            self.over.send(report)
            return report

        try:
            await run.run()
        except LatchError:
            self._view = FlattenView(plan, FlattenStep.PREVIEWED)
            raise
        except asyncio.CancelledError:
            close(tuple(map(_cut_off, run.outcomes())), "Scram was ended")
            raise
        finally:
            self._run = None
        return close(run.outcomes(), self._ended or self._why_not(plan))

    def _ground(self, plan: FlattenPlan) -> Ground:
        async def issue(client_order_ids: tuple[str, ...], accounts: Sequence[str]) -> None:
            await self._halts.issue(client_order_ids, accounts)
            await self._clock.sleep(self._settings.issue_wait_s)

        return Ground(
            acquire=self._halts.acquirer(),
            clock=self._clock,
            issue=issue,
            why_not=lambda: self._ended or self._why_not(plan),
            tell=lambda order: self.ordered.send(plan.plan_id, order),
            terms=plan.terms,
            times=self._settings.times,
            stem="".join(filter(str.isalnum, plan.plan_id))[-SHORT_ID:],
            in_scope=lambda position: in_scope(plan.scope, position),
        )

    def _unproven(self, halt_id: str) -> tuple[str, ...] | None:
        runner = self._halts.runner_of(halt_id)
        if runner is None:
            return None
        return tuple(row.account for row in runner.view().rows if row.state is not ProofState.VERIFIED)

    def _why_not(self, plan: FlattenPlan) -> str:
        """Why nothing may be sent under this plan (any more), "" while it may."""
        runner = self._halts.runner_of(plan.halt_id)
        if runner is None:
            return "the stop was reset"
        return "" if runner.latch.firings == plan.firings else "the stop was fired again: preview again"

    def _current(self, plan_id: str) -> FlattenView:
        if self._view is None or self._view.plan.plan_id != plan_id:
            raise FlattenError("this is not the newest preview")
        return self._view

    def _refuse_while_running(self) -> None:
        if self._run is not None:
            raise FlattenError("positions are being closed at this moment; end that first")

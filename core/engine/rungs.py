"""Carries out the rungs of the ladder that close no position: asks sources, cancels orders, latches a reduce-only stop.

Like a reduction, each of them counts only once it was read back: the source says that it is paused, two listings show
no such order, the latch is on the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from core.clock import Clock
from core.domain import AccountMode, Protective, Scope, StopLevel
from core.engine.clearing import Cleared, clear
from core.errors import ScramError
from core.halt.desk import HaltDesk
from core.halt.source.model import SourceAct, SourceState, SourceView
from core.halt.target import HaltTarget
from core.halt.terms import StopTerms
from core.ladder import Rung
from core.mitigation.actions import Action
from core.mitigation.desk import MitigationDesk
from core.mitigation.model import Mitigation
from core.mitigation.report import RungReport
from core.tasks import spawn, stop_all

BY_POLICY = "policy"
"""Who is said to have fired a reduce-only stop that a policy asked for."""
SETTLE_S = 0.5
OBEY_WITHIN_S = 15.0
LATCHED_WITHIN_S = 10.0
LOOK_S = 0.05
REDUCES = StopTerms(Protective.KEEP, StopLevel.REDUCE_ONLY)
_NAMED = 3


class Rungs:
    def __init__(
        self,
        desk: MitigationDesk,
        halts: HaltDesk,
        targets: Callable[[Scope], Iterable[HaltTarget]],
        modes: Mapping[str, AccountMode],
        may_act: Callable[[str], str],
        act: Callable[[Iterable[Action]], None],
        clock: Clock,
    ) -> None:
        """`modes` by account; `act` takes the actions that follow from what was done."""
        self._desk = desk
        self._halts = halts
        self._targets = targets
        self._modes = modes
        self._may_act = may_act
        self._act = act
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def run(self, mitigation: Mitigation) -> None:
        """Set one going; what becomes of it is told to the mitigation desk."""
        name = mitigation.mitigation_id
        task = spawn(self._run(mitigation), name=f"{mitigation.rung.word} {name}")
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))

    def cease(self, mitigation_id: str, reason: str) -> None:
        task = self._tasks.get(mitigation_id)
        if task is not None:
            task.cancel()
            self._act(self._desk.carried_out(RungReport(mitigation_id, False, f"ceased: {reason}")))

    async def close(self) -> None:
        await stop_all(list(self._tasks.values()))

    async def _run(self, mitigation: Mitigation) -> None:
        try:
            report = await self._carry_out(mitigation)
        except ScramError as error:
            report = RungReport(mitigation.mitigation_id, False, str(error))
        self._act(self._desk.carried_out(report))

    async def _carry_out(self, mitigation: Mitigation) -> RungReport:
        match mitigation.rung:
            case Rung.BLOCK:
                return await self._block(mitigation)
            case Rung.CANCEL:
                return await self._cancel(mitigation)
            case Rung.REDUCE_ONLY:
                return await self._reduce_only(mitigation)
        return RungReport(mitigation.mitigation_id, False, f"{mitigation.rung.word} is no such rung", final=True)

    # -- block ----------------------------------------------------------------------------------------------------

    async def _block(self, mitigation: Mitigation) -> RungReport:
        scope = mitigation.scope
        names = self._halts.strategies_in(scope)
        asked = [name for name in names if self._halts.sources.ask(name, SourceAct.PAUSE)]
        without = [view.strategy for view in self._halts.source_views(scope) if not view.kind]
        if not any(view.kind for view in self._halts.source_views(scope)):
            why = f"nothing that trades in {scope} can be asked to pause"
            return RungReport(mitigation.mitigation_id, False, why + _without(without), final=True)
        until_s = self._clock.monotonic() + OBEY_WITHIN_S
        while True:
            views = [view for view in self._halts.source_views(scope) if view.kind]
            running = [view for view in views if not _paused(view)]
            if not running or self._clock.monotonic() >= until_s:
                break
            await self._clock.sleep(LOOK_S)
        told = f"{len(views) - len(running)} of {len(views)} sources say that they are paused"
        if running:
            words = "; ".join(f"{view.strategy} {view.words}" for view in running[:_NAMED])
            return RungReport(mitigation.mitigation_id, False, f"{told}; {words}{_without(without)}")
        more = "" if asked else ", as they were before"
        return RungReport(mitigation.mitigation_id, True, f"{told}{more}{_without(without)}")

    # -- cancel ---------------------------------------------------------------------------------------------------

    async def _cancel(self, mitigation: Mitigation) -> RungReport:
        every = tuple(self._targets(mitigation.scope))
        targets = [row for row in every if self._modes.get(row.account) is AccountMode.ACT]
        watched = len(every) - len(targets)
        if not targets:
            why = f"no account of {mitigation.scope} may be acted on"
            return RungReport(mitigation.mitigation_id, False, why, final=True)
        rows = await clear(targets, self._may_act, self._clock, SETTLE_S)
        proven = all(row.proven for row in rows)
        return RungReport(mitigation.mitigation_id, proven, _cleared(rows, watched))

    # -- reduce-only ----------------------------------------------------------------------------------------------

    async def _reduce_only(self, mitigation: Mitigation) -> RungReport:
        """The latch is shared with every process of this machine, and stays until a person resets it."""
        scope = mitigation.scope
        if not any(latch.scope == scope for latch in self._halts.latched()):
            reason = f"{mitigation.metric} of {scope} at {mitigation.before:.4g}, {mitigation.severity.word}"
            if mitigation.approved_by:
                reason += f", approved by {mitigation.approved_by}"
            self._halts.fire(scope, BY_POLICY, reason, REDUCES, mitigation.metric)
        until_s = self._clock.monotonic() + LATCHED_WITHIN_S
        while self._clock.monotonic() < until_s:
            mine = [runner for runner in self._halts.runners if runner.latch.scope == scope]
            if any(runner.on_disk for runner in mine):
                return RungReport(mitigation.mitigation_id, True, f"the reduce-only stop of {scope} is latched")
            await self._clock.sleep(LOOK_S)
        return RungReport(mitigation.mitigation_id, False, f"the reduce-only stop of {scope} is not on the disk")


def _paused(view: SourceView) -> bool:
    return view.state is SourceState.PAUSED and (view.wanted is None or view.obeyed)


def _without(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if names[_NAMED:] else ""
    return f"; without a source: {', '.join(names[:_NAMED])}{more}"


def _cleared(rows: tuple[Cleared, ...], watched: int) -> str:
    done = sum(row.cancelled for row in rows)
    text = f"{done:,} orders cancelled in {len(rows):,} accounts, {sum(row.proven for row in rows):,} shown without"
    left = sum(row.left for row in rows)
    if left:
        text += f"; {left:,} rest still"
    troubled = [row for row in rows if row.trouble]
    if troubled:
        text += f"; {troubled[0].account}: {troubled[0].trouble}"
    return text + (f"; {watched:,} accounts are only watched" if watched else "")

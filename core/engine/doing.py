"""Gives every mitigation to whoever can carry it out: reductions to the mender, other rungs to those who know them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from core.engine.mending import Mender
from core.engine.mitigation_memory import MitigationMemory
from core.engine.parts import Parts
from core.engine.rungs import Rungs
from core.mitigation.actions import Action
from core.mitigation.executor import PlannedOrder, Surroundings
from core.mitigation.model import Mitigation
from core.mitigation.report import ExecutionReport, ReductionOutcome


class Doing:
    def __init__(
        self,
        parts: Parts,
        around: Surroundings,
        act: Callable[[Iterable[Action]], None],
        executed: Callable[[Mitigation, ExecutionReport], None],
        notice: Callable[[str], None],
    ) -> None:
        """`act` takes the actions that follow from what was done; `executed` is told of every execution first."""
        self._memory = MitigationMemory(parts.mitigations, parts.journal, parts.clock, act, notice)
        self._desk = parts.mitigations
        self._closed = False
        self._announce, self._clock = around.announce, parts.clock
        around = replace(around, announce=self._ordered)
        self._mender = Mender(parts.mitigations, parts.figures, parts.acquire, around, act, parts.clock, executed)
        modes = {account.name: account.mode for account in parts.accounts}
        self._rungs = Rungs(parts.mitigations, parts.halts, parts.targets, modes, parts.lease.may_act, act, parts.clock)

    def run(self, mitigation: Mitigation) -> None:
        """Nothing any more once this is closed: the next start finds that nothing of it was sent."""
        if self._closed:
            return
        if mitigation.rung.trades:
            self._mender.run(mitigation)
        else:
            self._rungs.run(mitigation)

    def recover(self, mitigation: Mitigation) -> None:
        self._mender.recover(mitigation)

    def cease(self, mitigation_id: str, reason: str) -> None:
        self._mender.cease(mitigation_id, reason)
        self._rungs.cease(mitigation_id, reason)

    async def _ordered(self, order: PlannedOrder) -> None:
        await self._announce(order)
        self._desk.outcomes.ordered(order.mitigation_id, self._clock.now())

    def progress(self) -> Mapping[str, tuple[ReductionOutcome, ...]]:
        """By mitigation, order by order: those that run, and the last that ended."""
        return self._mender.progress()

    def keep(self) -> None:
        """Save for the next start what has changed: before anything of it is sent."""
        self._memory.keep()

    async def restore(self) -> None:
        """Take up what an earlier run, or the desk that acted before, left underway or waiting."""
        self._memory.restore(await asyncio.to_thread(self._memory.read))

    async def rest(self) -> None:
        """Another desk acts from now on."""
        await self._rungs.close()
        await self._mender.close()

    async def close(self) -> None:
        """Nothing is carried out any more; a cycle may still propose, and ask for plans, until `end`."""
        self._closed = True
        await self.rest()

    async def end(self) -> None:
        """After the last cycle: what waits to be planned is called off, and what was left is saved."""
        await asyncio.to_thread(self._desk.close)
        await self._memory.close()

"""Gives every mitigation to whoever can carry it out: reductions to the mender, other rungs to those who know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.engine.mending import Mender
from core.engine.parts import Parts
from core.engine.rungs import Rungs
from core.mitigation.actions import Action
from core.mitigation.executor import Surroundings
from core.mitigation.model import Mitigation
from core.mitigation.report import ExecutionReport


class Doing:
    def __init__(
        self,
        parts: Parts,
        around: Surroundings,
        act: Callable[[Iterable[Action]], None],
        executed: Callable[[Mitigation, ExecutionReport], None],
    ) -> None:
        """`act` takes the actions that follow from what was done; `executed` is told of every execution first."""
        self._mender = Mender(parts.mitigations, parts.figures, parts.acquire, around, act, parts.clock, executed)
        modes = {account.name: account.mode for account in parts.accounts}
        self._rungs = Rungs(parts.mitigations, parts.halts, parts.targets, modes, parts.lease.may_act, act, parts.clock)

    def run(self, mitigation: Mitigation) -> None:
        if mitigation.rung.trades:
            self._mender.run(mitigation)
        else:
            self._rungs.run(mitigation)

    def recover(self, mitigation: Mitigation) -> None:
        self._mender.recover(mitigation)

    def cease(self, mitigation_id: str, reason: str) -> None:
        self._mender.cease(mitigation_id, reason)
        self._rungs.cease(mitigation_id, reason)

    async def close(self) -> None:
        await self._rungs.close()
        await self._mender.close()

"""Gives every mitigation to whoever can carry it out: reductions to the mender, other rungs to those who know them."""

from __future__ import annotations

from core.engine.mending import Mender
from core.engine.rungs import Rungs
from core.mitigation.model import Mitigation


class Doing:
    def __init__(self, mender: Mender, rungs: Rungs) -> None:
        self._mender = mender
        self._rungs = rungs

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

from __future__ import annotations

import asyncio

from core.domain import Scope
from core.paper.faults import Fault, FaultKind
from tests.core.engine.ground import Ground, Running, until

BLIND = Scope.parse("account:alpha-1")


def _go_dark(ground: Ground, account: str) -> None:
    ground.site.add_fault(Fault(FaultKind.REFUSE, account=account, method="GET", duration_s=60.0))
    ground.site.add_fault(Fault(FaultKind.DROP_STREAMS, account=account, duration_s=60.0))


def _stopped(it: Running) -> set[Scope]:
    return {latch.scope for latch in it.parts.halts.latched()}


async def test_an_account_nobody_can_see_is_stopped_after_the_configured_blind_seconds(ground: Ground) -> None:
    ground.tables["feed"] |= {"stale_after_s": 0.5, "unknown_after_s": 1.0}
    ground.tables["stop"] = {"on_blind_s": 1.0}
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        _go_dark(ground, "alpha-1")
        await until(lambda: BLIND in _stopped(it))
        assert _stopped(it) == {BLIND}
        (latch,) = it.parts.halts.latched()
        assert latch.fired_by == "blind"


async def test_blindness_stops_nothing_where_the_configuration_does_not_say_so(ground: Ground) -> None:
    ground.tables["feed"] |= {"stale_after_s": 0.5, "unknown_after_s": 1.0}
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        _go_dark(ground, "alpha-1")
        await asyncio.sleep(4.0)
        assert _stopped(it) == set()

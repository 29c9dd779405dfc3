"""A mitigation that was under way when its engine ended is found again by the next one, and sent once."""

from __future__ import annotations

import functools

import orjson
import pytest

from core.mitigation.model import ENDED_STATES, MitigationState
from core.mitigation.order_ids import parse
from core.mitigation.recovery import Recovery, RecoverySettings
from core.paper.faults import Fault, FaultKind
from tests.core.engine.ground import Ground, until

HERE = "account:alpha-1"


async def test_what_was_in_flight_is_found_again_at_the_venue_and_told_as_it_is(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = functools.partial(Recovery, settings=RecoverySettings(doubt_s=1.0, pause_s=0.1))
    monkeypatch.setattr("core.engine.mending.Recovery", quick)
    ground.limit(HERE, "leverage", high=1.5, policy={"high": "auto"})
    exchange = ground.site.venue_of("alpha-1").exchange
    held = exchange.accounts["alpha-1"]
    slow = Fault(FaultKind.LATENCY, account="alpha-1", method="POST", path="/fapi/v1/order", seconds=0.7)
    fault = ground.site.add_fault(slow)
    async with ground.engine() as it:
        await until(lambda: ground.site.faults.struck(fault) > 0)
        assert MitigationState.RUNNING in it.states(HERE)
        (first,) = {row.mitigation_id for row in it.mitigations if row.state is MitigationState.RUNNING}
    ground.site.faults.clear()
    # What was on its way arrives while no engine runs.
    await until(lambda: any(parse(fill.client_id) is not None for fill in held.fills))
    ours = [fill for fill in held.fills if parse(fill.client_id) is not None]
    async with ground.engine() as it:
        await until(lambda: any(r.mitigation_id == first and r.state in ENDED_STATES for r in it.mitigations))
    kinds = ground.kinds()
    assert kinds.index("mitigation.order") < kinds.index("mitigation.recover")
    reports = [orjson.loads(row.body) for row in ground.records() if row.kind == "mitigation.executed"]
    (found,) = [report for report in reports if report["mitigation_id"] == first]
    assert found["recovered"]
    told = sum(outcome["filled"] for outcome in found["outcomes"])
    assert told == pytest.approx(sum(fill.quantity for fill in ours))

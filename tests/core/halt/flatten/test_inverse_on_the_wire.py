"""Contracts that pay in coins, at three dialects: their guards come back, and they are closed, counted in dollars."""

from __future__ import annotations

import asyncio

import pytest

from core.domain import Side
from core.paper.engine.model import PriceSource, TriggerKind, TriggerRequest
from core.paper.site import AccountSpec, PaperSpec, PositionSpec, VenueSpec
from core.paper.spec import secret_of
from tests.core.halt.conftest import Ground, GroundMaker
from tests.core.halt.flatten.test_on_the_wire import flatten_of
from tests.core.halt.test_restore_on_the_wire import PATIENT_S, SOON, facts, put, resting, stop
from tests.core.venues.conftest import eventually, paper_account

HELD = {"binancecoinm": ("BTCUSD_PERP", 300.0), "okx": ("BTC-USD-SWAP", 120.0), "bybit": ("BTCUSD", -5_000.0)}
"""By dialect: the instrument and how many contracts."""
TAGS = {"okx": "conditional", "bybit": "Stop", "binancecoinm": ""}


def site() -> PaperSpec:
    venues = []
    for name, (symbol, contracts) in HELD.items():
        account = AccountSpec(
            name, f"paper-{name}", secret_of(name, 1), {"BTC": 3.0}, (PositionSpec(symbol, contracts, "bas"),),
            password=f"passphrase {name}" if name == "okx" else "",
        )  # fmt: skip
        venues.append(VenueSpec(name, (account,), exchange=name))
    return PaperSpec(tuple(venues), step_s=0.05, mark_period_s=0.1, weight_limit=1_000_000)


def guard(name: str) -> TriggerRequest:
    """A stop-loss of half the position, on the mark."""
    symbol, contracts = HELD[name]
    long = contracts > 0
    return TriggerRequest(
        symbol, Side.SELL if long else Side.BUY, TriggerKind.STOP_MARKET, 60_000.0 if long else 70_000.0,
        abs(contracts) / 2, reduce_only=True, source=PriceSource.MARK, tag=TAGS[name],
    )  # fmt: skip


def held(ground: Ground) -> dict[str, float]:
    return {name: paper_account(ground.site, name).quantity_of(symbol) for name, (symbol, _) in HELD.items()}


async def test_their_stop_losses_come_back_and_then_they_are_closed(ground: GroundMaker) -> None:
    async with ground(spec=site(), timeout_s=PATIENT_S, stop=SOON) as made:
        made.site.running = False
        before = {name: put(made, name, guard(name)) for name in HELD}
        halt_id = await stop(made)
        await eventually(lambda: len(made.desk._folder.saved.read(halt_id)) == len(HELD))
        report = await made.desk.restorer.restore(halt_id, "ada")
        assert [row.obstacle for row in report.plan.rows] == [""] * len(HELD)
        assert [row.error for row in report.placed] == [""] * len(HELD)
        assert {name: [facts(trigger) for trigger in resting(made, name)] for name in HELD} == before
        desk = flatten_of(made)
        plan = await desk.preview(halt_id)
        worth = {row.account: row.notional for row in plan.rows}
        assert worth == {"binancecoinm": 30_000.0, "okx": 12_000.0, "bybit": 5_000.0}
        (total,) = plan.totals
        assert (total.coin, total.incomplete) == ("USD", 0)
        assert total.cost == pytest.approx(total.notional * 0.0006, rel=0.5)
        desk.arm(plan.plan_id, "ada")
        done = await asyncio.wait_for(desk.fire(plan.plan_id, "ada", "get out"), 30.0)
        assert done.complete, done
        assert held(made) == dict.fromkeys(HELD, 0.0)

"""Triggers with more than one price in their lives: that fire on either side, that trail the market, that only rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Side
from core.paper.engine.model import (
    OrderKind,
    OtherSide,
    PriceSource,
    Reason,
    Status,
    TimeInForce,
    Trigger,
    TriggerKind,
    TriggerRequest,
)
from tests.core.paper.conftest import Engine

BTC = "BTCUSDT"
STOP = TriggerRequest(BTC, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, 0.5, source=PriceSource.MARK)
BOTH = replace(STOP, other=OtherSide(70_000.0, 70_100.0))


def placed(engine: Engine, request: TriggerRequest) -> Trigger:
    return engine.exchange.place_trigger(engine.account, request)


def test_each_side_places_the_order_that_is_its_own(engine: Engine) -> None:
    low, high = placed(engine, BOTH), placed(engine, replace(BOTH, other=OtherSide(80_000.0, 80_100.0)))
    engine.move(BTC, 70_500.0)
    assert (low.status, high.status) == (Status.TRIGGERED, Status.NEW)
    taken = engine.account.orders[low.order_id or 0]
    assert (taken.kind, taken.price, taken.tif) == (OrderKind.LIMIT, 70_100.0, TimeInForce.GTC)
    engine.move(BTC, 59_900.0)
    stopped = engine.account.orders[high.order_id or 0]
    assert (stopped.kind, stopped.price, stopped.filled) == (OrderKind.MARKET, None, 0.5)


def test_a_buying_pair_fires_the_other_way_round(engine: Engine) -> None:
    request = replace(BOTH, side=Side.BUY, trigger_price=70_000.0, other=OtherSide(60_000.0, None))
    above, below = placed(engine, request), placed(engine, replace(request, trigger_price=90_000.0))
    engine.move(BTC, 70_100.0)
    assert (above.status, below.status) == (Status.TRIGGERED, Status.NEW)
    engine.move(BTC, 59_900.0)
    assert below.status is Status.TRIGGERED


def test_one_that_ended_on_one_side_is_not_left_on_the_other(engine: Engine) -> None:
    fired, cancelled = placed(engine, BOTH), placed(engine, BOTH)
    engine.exchange.cancel_trigger(engine.account, cancelled)
    for price in (59_000.0, 71_000.0, 59_000.0):
        engine.move(BTC, price)
    assert [fill.quantity for fill in engine.account.fills] == [0.5]
    assert (fired.status, cancelled.status) == (Status.TRIGGERED, Status.CANCELED)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (OtherSide(64_000.0, None), Reason.WOULD_TRIGGER),
        (OtherSide(70_000.0001, None), Reason.PRECISION),
        (OtherSide(70_000.0, -1.0), Reason.BAD_PRICE),
    ],
)
def test_the_other_side_is_checked_as_the_first_is(engine: Engine, other: OtherSide, reason: Reason) -> None:
    assert engine.refused(lambda: placed(engine, replace(STOP, other=other))) is reason
    assert engine.account.open_triggers() == []


@given(
    moves=st.lists(st.floats(0.97, 1.03), min_size=1, max_size=30),
    trail=st.sampled_from([0.01, 0.02, 0.05]),
    side=st.sampled_from(list(Side)),
)
def test_a_trailing_trigger_keeps_its_distance_from_the_best_price_and_fires_when_it_is_used_up(
    moves: list[float], trail: float, side: Side
) -> None:
    engine, best = Engine(), 64_200.0
    distance = 1 + side.sign * trail
    start = engine.market.instrument(BTC).round_price(best * distance)
    trigger = placed(engine, replace(STOP, side=side, trigger_price=start, trail=trail))
    price = best
    for move in moves:
        price *= move
        best = min(best, price) if side is Side.BUY else max(best, price)
        # Half a tick of rounding, and no more, decides where it begins.
        reached = (price - best * distance) * side.sign
        engine.move(BTC, price)
        if abs(reached) > 0.1:
            assert trigger.status.is_open is (reached < 0)
        if not trigger.status.is_open:
            return
        assert trigger.trigger_price == pytest.approx(best * distance, abs=0.06)


def test_what_is_worked_off_only_rests(engine: Engine) -> None:
    worked = replace(STOP, kind=TriggerKind.WORKED, trigger_price=0.0, price=64_000.0, tag="twap", notes={"pace": "60"})
    trigger = placed(engine, worked)
    for price in (30_000.0, 64_000.0, 120_000.0):
        engine.move(BTC, price)
    engine.step(20)
    assert engine.account.open_triggers() == [trigger]
    assert (trigger.tag, trigger.notes) == ("twap", {"pace": "60"})
    engine.exchange.cancel_trigger(engine.account, trigger)
    assert engine.account.open_triggers() == []
    assert engine.refused(lambda: placed(engine, replace(worked, price=None))) is Reason.BAD_PRICE
    assert engine.refused(lambda: placed(engine, replace(worked, quantity=0.0))) is Reason.BAD_QUANTITY


def test_what_expires_is_paid_no_funding(engine: Engine) -> None:
    instrument = engine.market.instrument(BTC)
    assert instrument.is_perpetual
    assert not replace(instrument, expires_s=2e9).is_perpetual

"""The trigger book: when conditional orders fire, what they place, when they leave."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain import Side
from core.paper.engine.model import (
    OrderKind,
    OrderRequest,
    PriceSource,
    Reason,
    Refusal,
    Status,
    Trigger,
    TriggerKind,
    TriggerRequest,
)
from tests.core.paper.conftest import Engine

BTC = "BTCUSDT"


def put(engine: Engine, side: Side, kind: TriggerKind, at: float, **more: Any) -> Trigger:
    given = {"quantity": 0.5} | more
    return engine.exchange.place_trigger(engine.account, TriggerRequest(BTC, side, kind, at, **given))


def go_long(engine: Engine, quantity: float = 1.0) -> None:
    engine.exchange.place(engine.account, OrderRequest(BTC, Side.BUY, OrderKind.MARKET, quantity))


def test_triggers_rest_in_their_own_book(engine: Engine) -> None:
    trigger = put(engine, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0)
    assert engine.account.open_orders() == []
    assert engine.account.open_triggers(BTC) == [trigger]


@pytest.mark.parametrize(
    ("side", "kind", "price", "reach"),
    [
        (Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, 59_900.0),
        (Side.BUY, TriggerKind.STOP_MARKET, 68_000.0, 68_100.0),
        (Side.SELL, TriggerKind.TAKE_PROFIT_MARKET, 68_000.0, 68_100.0),
        (Side.BUY, TriggerKind.TAKE_PROFIT_MARKET, 60_000.0, 59_900.0),
    ],
)
def test_a_trigger_fires_on_its_side_only(
    engine: Engine, side: Side, kind: TriggerKind, price: float, reach: float
) -> None:
    trigger = put(engine, side, kind, price)
    engine.move(BTC, (64_200.0 + price) / 2)
    assert trigger.status.is_open
    engine.move(BTC, reach)
    assert trigger.status is Status.TRIGGERED
    assert engine.account.quantity_of(BTC) == side.sign * 0.5
    assert engine.account.open_triggers() == []
    placed = engine.account.orders[trigger.order_id or 0]
    assert (placed.client_id, placed.trigger_id) == (trigger.client_id, trigger.trigger_id)


def test_a_stop_limit_places_a_resting_order(engine: Engine) -> None:
    trigger = put(engine, Side.BUY, TriggerKind.TAKE_PROFIT, 60_000.0, price=58_000.0)
    engine.move(BTC, 59_900.0)
    assert trigger.status is Status.TRIGGERED
    assert [order.price for order in engine.account.open_orders()] == [58_000.0]


def test_a_trigger_on_the_mark_does_not_listen_to_the_last_price(engine: Engine) -> None:
    trigger = put(engine, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, source=PriceSource.MARK)
    engine.market.last[engine.market.index[BTC]] = 59_000.0
    engine.exchange.match()
    assert trigger.status.is_open
    engine.move(BTC, 59_900.0)
    assert trigger.status is Status.TRIGGERED


def test_a_trigger_that_would_fire_at_once_is_refused(engine: Engine) -> None:
    with pytest.raises(Refusal) as caught:
        put(engine, Side.SELL, TriggerKind.STOP_MARKET, 70_000.0)
    assert caught.value.reason is Reason.WOULD_TRIGGER


def test_close_position_sells_whatever_is_held_when_it_fires(engine: Engine) -> None:
    go_long(engine)
    put(engine, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, close_position=True)
    go_long(engine, 0.4)
    engine.move(BTC, 59_900.0)
    assert engine.account.quantity_of(BTC) == 0


def test_close_position_leaves_the_book_when_the_position_closes_otherwise(engine: Engine) -> None:
    go_long(engine)
    trigger = put(engine, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, close_position=True)
    engine.exchange.place(engine.account, OrderRequest(BTC, Side.SELL, OrderKind.MARKET, 1.0))
    assert trigger.status is Status.EXPIRED
    assert engine.account.open_triggers() == []


def test_a_reduce_only_trigger_without_position_fires_into_a_rejection(engine: Engine) -> None:
    trigger = put(engine, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, reduce_only=True)
    engine.move(BTC, 59_900.0)
    assert (trigger.status, trigger.failure) == (Status.REJECTED, "reduce_only")
    assert engine.account.quantity_of(BTC) == 0


def test_a_cancelled_trigger_never_fires(engine: Engine) -> None:
    trigger = put(engine, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0)
    engine.exchange.cancel_trigger(engine.account, trigger)
    engine.move(BTC, 50_000.0)
    assert trigger.status is Status.CANCELED
    assert engine.account.quantity_of(BTC) == 0

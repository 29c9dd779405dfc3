"""Orders in the regular book: acceptance, matching, cancelling, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain import Side
from core.paper.engine.events import OrderEvent
from core.paper.engine.model import (
    Book,
    OrderKind,
    OrderRequest,
    Reason,
    Refusal,
    Status,
    TimeInForce,
    TriggerKind,
    TriggerRequest,
)
from tests.core.paper.conftest import Engine

BTC, ETH = "BTCUSDT", "ETHUSDT"


def limit(side: Side, quantity: float, price: float, **more: Any) -> OrderRequest:
    return OrderRequest(BTC, side, OrderKind.LIMIT, quantity, price, **more)


def market(side: Side, quantity: float, **more: Any) -> OrderRequest:
    return OrderRequest(BTC, side, OrderKind.MARKET, quantity, **more)


def refused(engine: Engine, request: OrderRequest) -> Reason:
    with pytest.raises(Refusal) as caught:
        engine.exchange.place(engine.account, request)
    return caught.value.reason


def test_a_market_order_fills_at_once_and_pays_the_taker_fee(engine: Engine) -> None:
    order = engine.exchange.place(engine.account, market(Side.BUY, 0.5))
    assert order.status is Status.FILLED
    assert engine.account.quantity_of(BTC) == 0.5
    fill = engine.account.fills[-1]
    assert not fill.maker
    assert fill.fee == pytest.approx(0.5 * fill.price * 0.0005)


def test_a_larger_market_order_pays_more_slippage(engine: Engine) -> None:
    engine.exchange.settings.set_leverage(engine.account, BTC, 50)
    small = engine.exchange.place(engine.account, market(Side.BUY, 1.0))
    large = engine.exchange.place(engine.account, market(Side.BUY, 20.0))
    assert large.average_price > small.average_price


def test_a_passive_limit_order_rests_until_the_price_comes_and_fills_as_maker(engine: Engine) -> None:
    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0))
    engine.step(20)
    assert order.status.is_open
    assert engine.account.open_orders(BTC) == [order]
    engine.move(BTC, 59_900.0)
    assert order.status is Status.FILLED
    assert order.average_price == 60_000.0
    assert engine.account.fills[-1].maker
    assert engine.account.open_orders() == []


def test_a_resting_order_larger_than_the_market_fills_in_parts(engine: Engine) -> None:
    engine.exchange.settings.set_leverage(engine.account, BTC, 31)
    order = engine.exchange.place(engine.account, limit(Side.BUY, 40.0, 60_000.0))
    engine.move(BTC, 59_000.0)
    assert order.status.is_open
    assert 0 < order.filled < 40.0
    engine.move(BTC, 58_900.0)
    assert order.status is Status.FILLED


def test_an_aggressive_limit_order_takes_only_up_to_its_price(engine: Engine) -> None:
    _, ask = engine.market.best(BTC)
    engine.exchange.settings.set_leverage(engine.account, BTC, 31)
    order = engine.exchange.place(engine.account, limit(Side.BUY, 30.0, ask))
    assert order.status.is_open
    assert order.average_price == pytest.approx(ask)


@pytest.mark.parametrize(
    ("tif", "price", "status"),
    [
        (TimeInForce.IOC, 60_000.0, Status.EXPIRED),
        (TimeInForce.IOC, 65_000.0, Status.FILLED),
        (TimeInForce.FOK, 65_000.0, Status.FILLED),
    ],
)
def test_immediate_orders_never_rest(engine: Engine, tif: TimeInForce, price: float, status: Status) -> None:
    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, price, tif=tif))
    assert order.status is status
    assert engine.account.open_orders() == []


def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_twice(engine: Engine) -> None:
    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0))
    engine.exchange.cancel(engine.account, order)
    assert order.status is Status.CANCELED
    assert engine.account.open_orders() == []
    with pytest.raises(Refusal):
        engine.exchange.cancel(engine.account, order)
    engine.move(BTC, 50_000.0)
    assert engine.account.quantity_of(BTC) == 0


def test_an_amended_order_keeps_its_id_and_no_longer_fills_at_its_old_price(engine: Engine) -> None:
    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 63_000.0))
    engine.exchange.amend(engine.account, order, 0.2, 60_000.0)
    engine.move(BTC, 62_000.0)
    assert order.status.is_open
    engine.move(BTC, 59_000.0)
    assert (order.status, order.filled) == (Status.FILLED, 0.2)


def test_refusals_name_their_reason(engine: Engine) -> None:
    _, ask = engine.market.best(BTC)
    cases = {
        Reason.PRECISION: limit(Side.BUY, 0.10005, 60_000.0),
        Reason.BAD_QUANTITY: limit(Side.BUY, 0.0, 60_000.0),
        Reason.BAD_PRICE: OrderRequest(BTC, Side.BUY, OrderKind.LIMIT, 0.1),
        Reason.QUANTITY_TOO_LARGE: market(Side.BUY, 10_000_000.0),
        Reason.NOTIONAL_TOO_SMALL: limit(Side.BUY, 0.001, 1_000.0),
        Reason.PRICE_OUT_OF_BAND: limit(Side.BUY, 0.1, 90_000.0),
        Reason.WOULD_TAKE: limit(Side.BUY, 0.1, ask, tif=TimeInForce.POST_ONLY),
        Reason.CANNOT_FILL: limit(Side.BUY, 0.1, 60_000.0, tif=TimeInForce.FOK),
        Reason.NO_MARGIN: market(Side.BUY, 100.0),
        Reason.REDUCE_ONLY: market(Side.SELL, 0.1, reduce_only=True),
        Reason.UNKNOWN_SYMBOL: OrderRequest("NOSUCH", Side.BUY, OrderKind.MARKET, 1.0),
    }
    assert {reason: refused(engine, request) for reason, request in cases.items()} == {r: r for r in cases}
    assert engine.account.orders == {}


def test_a_price_off_the_tick_is_refused(engine: Engine) -> None:
    assert refused(engine, limit(Side.BUY, 0.1, 60_000.05)) is Reason.PRECISION


def test_an_open_client_id_cannot_be_used_again_but_an_ended_one_can(engine: Engine) -> None:
    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0, client_id="mine"))
    assert refused(engine, limit(Side.BUY, 0.1, 60_000.0, client_id="mine")) is Reason.DUPLICATE_CLIENT_ID
    engine.exchange.cancel(engine.account, order)
    engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0, client_id="mine"))


def test_resting_orders_per_symbol_are_bounded(engine: Engine) -> None:
    for _ in range(200):
        engine.exchange.place(engine.account, limit(Side.BUY, 0.001, 40_000.0))
    assert refused(engine, limit(Side.BUY, 0.001, 40_000.0)) is Reason.TOO_MANY_ORDERS


def test_reduce_only_needs_no_margin_and_stops_at_flat(engine: Engine) -> None:
    engine.exchange.place(engine.account, market(Side.BUY, 1.0))
    engine.account.wallets["USDT"] = 0.0
    assert refused(engine, market(Side.BUY, 0.5)) is Reason.NO_MARGIN
    order = engine.exchange.place(engine.account, market(Side.SELL, 5.0, reduce_only=True))
    assert order.filled == 1.0
    assert order.status is Status.EXPIRED
    assert engine.account.quantity_of(BTC) == 0


def test_resting_reduce_only_orders_leave_when_the_position_closes(engine: Engine) -> None:
    engine.exchange.place(engine.account, market(Side.BUY, 1.0))
    target = engine.exchange.place(engine.account, limit(Side.SELL, 1.0, 70_000.0, reduce_only=True))
    engine.exchange.place(engine.account, market(Side.SELL, 1.0))
    assert target.status is Status.EXPIRED
    assert engine.account.open_orders() == []


def test_resting_orders_bind_margin_on_their_worse_side_only(engine: Engine) -> None:
    free = engine.account.margin("USDT").available
    engine.exchange.place(engine.account, limit(Side.BUY, 1.0, 60_000.0))
    bound = free - engine.account.margin("USDT").available
    engine.exchange.place(engine.account, limit(Side.SELL, 1.0, 70_000.0))
    assert bound == pytest.approx(engine.market.mark_of(BTC) / 20)
    assert free - engine.account.margin("USDT").available == pytest.approx(bound)


def test_the_countdown_cancels_unless_it_is_renewed(engine: Engine) -> None:
    engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0))
    engine.exchange.count_down(engine.account, BTC, 1.0)
    engine.step(5)
    engine.exchange.count_down(engine.account, BTC, 1.0)
    engine.step(8)
    assert len(engine.account.open_orders()) == 1
    engine.step(5)
    assert engine.account.open_orders() == []


def test_the_countdown_takes_what_waits_for_a_trigger_where_the_venue_does(engine: Engine) -> None:
    for symbol, triggers in ((BTC, True), (ETH, False)):
        waits = TriggerRequest(symbol, Side.SELL, TriggerKind.STOP_MARKET, 1.0, 0.1)
        engine.exchange.place_trigger(engine.account, waits)
        engine.exchange.count_down(engine.account, symbol, 1.0, triggers=triggers)
    engine.step(15)
    assert [trigger.symbol for trigger in engine.account.open_triggers()] == [ETH]


def test_every_change_of_an_order_is_told_with_a_copy(engine: Engine) -> None:
    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0))
    engine.exchange.cancel(engine.account, order)
    told = [event.order for event in engine.events if isinstance(event, OrderEvent)]
    assert [row.status for row in told] == [Status.NEW, Status.CANCELED]
    assert all(row is not order for row in told)


def test_what_rested_at_a_moment_can_be_asked_later(engine: Engine) -> None:
    before = engine.clock.now()
    engine.clock.advance(1.0)
    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0))
    engine.clock.advance(1.0)
    during = engine.clock.now()
    engine.clock.advance(1.0)
    engine.exchange.cancel(engine.account, order)
    engine.clock.advance(1.0)
    at = engine.account.resting_at
    assert [at(Book.REGULAR, moment) for moment in (before, during, engine.clock.now())] == [[], [order], []]

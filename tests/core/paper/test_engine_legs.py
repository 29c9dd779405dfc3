"""Hedge mode: two legs of one instrument that know nothing of each other but the wallet."""

from __future__ import annotations

import pytest

from core.domain import Leg, Side
from core.paper.engine.model import OrderKind, OrderRequest, Reason, Status, TriggerKind, TriggerRequest
from tests.core.paper.conftest import Engine

BTC, ETH = "BTCUSDT", "ETHUSDT"


@pytest.fixture
def hedged(engine: Engine) -> Engine:
    engine.exchange.settings.set_hedged(engine.account, True)
    return engine


def limit(side: Side, quantity: float, price: float, leg: Leg) -> OrderRequest:
    return OrderRequest(BTC, side, OrderKind.LIMIT, quantity, price, leg=leg)


def test_both_legs_are_held_side_by_side_and_bind_margin_each(hedged: Engine) -> None:
    hedged.trade(BTC, Side.BUY, 1.0, leg=Leg.LONG)
    one_leg = hedged.account.margin("USDT").position_initial
    hedged.trade(BTC, Side.SELL, 0.5, leg=Leg.SHORT)
    assert (hedged.account.quantity_of(BTC, Leg.LONG), hedged.account.quantity_of(BTC, Leg.SHORT)) == (1.0, -0.5)
    assert hedged.account.quantity_of(BTC) == 0.5
    assert hedged.account.margin("USDT").position_initial == pytest.approx(1.5 * one_leg)


def test_against_its_leg_an_order_only_reduces_and_stops_at_flat(hedged: Engine) -> None:
    hedged.trade(BTC, Side.BUY, 1.0, leg=Leg.LONG)
    order = hedged.trade(BTC, Side.SELL, 3.0, leg=Leg.LONG)
    assert (order.filled, order.status, order.reduce_only) == (1.0, Status.EXPIRED, True)
    assert hedged.account.open_positions() == []
    assert hedged.refused(lambda: hedged.trade(BTC, Side.SELL, 0.1, leg=Leg.LONG)) is Reason.REDUCE_ONLY
    assert hedged.refused(lambda: hedged.trade(BTC, Side.BUY, 0.1, leg=Leg.SHORT)) is Reason.REDUCE_ONLY


def test_opening_orders_of_both_legs_bind_margin_and_closing_ones_none(hedged: Engine) -> None:
    hedged.exchange.place(hedged.account, limit(Side.BUY, 1.0, 60_000.0, Leg.LONG))
    bound = hedged.account.margin("USDT").order_initial
    hedged.exchange.place(hedged.account, limit(Side.SELL, 1.0, 70_000.0, Leg.SHORT))
    assert hedged.account.margin("USDT").order_initial == pytest.approx(2 * bound)
    hedged.trade(BTC, Side.BUY, 0.5, leg=Leg.LONG)
    hedged.exchange.place(hedged.account, limit(Side.SELL, 0.5, 70_000.0, Leg.LONG))
    assert hedged.account.margin("USDT").order_initial == pytest.approx(2 * bound)


def test_closing_one_leg_leaves_the_orders_of_the_other(hedged: Engine) -> None:
    hedged.trade(BTC, Side.BUY, 1.0, leg=Leg.LONG)
    hedged.trade(BTC, Side.SELL, 1.0, leg=Leg.SHORT)
    mine = hedged.exchange.place(hedged.account, limit(Side.SELL, 1.0, 70_000.0, Leg.LONG))
    other = hedged.exchange.place(hedged.account, limit(Side.BUY, 1.0, 60_000.0, Leg.SHORT))
    stops = [
        hedged.exchange.place_trigger(
            hedged.account, TriggerRequest(BTC, side, TriggerKind.STOP_MARKET, at, close_position=True, leg=leg)
        )
        for side, at, leg in ((Side.SELL, 50_000.0, Leg.LONG), (Side.BUY, 90_000.0, Leg.SHORT))
    ]
    hedged.trade(BTC, Side.SELL, 1.0, leg=Leg.LONG)
    assert (mine.status, other.status) == (Status.EXPIRED, Status.NEW)
    assert [stop.status for stop in stops] == [Status.EXPIRED, Status.NEW]


def test_a_stop_closes_its_own_leg(hedged: Engine) -> None:
    hedged.trade(BTC, Side.BUY, 1.0, leg=Leg.LONG)
    hedged.trade(BTC, Side.SELL, 1.0, leg=Leg.SHORT)
    stop = TriggerRequest(BTC, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, close_position=True, leg=Leg.LONG)
    hedged.exchange.place_trigger(hedged.account, stop)
    hedged.move(BTC, 59_000.0)
    assert {p.leg: p.quantity for p in hedged.account.open_positions()} == {Leg.SHORT: -1.0}


def test_a_leg_that_the_mode_does_not_have_is_refused(engine: Engine) -> None:
    assert engine.refused(lambda: engine.trade(BTC, Side.BUY, 0.1, leg=Leg.LONG)) is Reason.WRONG_LEG
    engine.exchange.settings.set_hedged(engine.account, True)
    assert engine.refused(lambda: engine.trade(BTC, Side.BUY, 0.1)) is Reason.WRONG_LEG
    stop = TriggerRequest(BTC, Side.SELL, TriggerKind.STOP_MARKET, 60_000.0, 0.1)
    assert engine.refused(lambda: engine.exchange.place_trigger(engine.account, stop)) is Reason.WRONG_LEG


def test_the_mode_changes_only_while_nothing_is_open(engine: Engine) -> None:
    settings = engine.exchange.settings

    def switch() -> None:
        settings.set_hedged(engine.account, not engine.account.is_hedged)

    order = engine.exchange.place(engine.account, limit(Side.BUY, 0.1, 60_000.0, Leg.NET))
    assert engine.refused(switch) is Reason.HAS_ORDERS
    engine.exchange.cancel(engine.account, order)
    engine.trade(ETH, Side.BUY, 1.0)
    assert engine.refused(switch) is Reason.HAS_POSITIONS
    engine.trade(ETH, Side.SELL, 1.0)
    switch()
    assert engine.account.is_hedged
    assert engine.refused(lambda: settings.set_hedged(engine.account, True)) is Reason.SAME_MODE

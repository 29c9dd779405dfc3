"""Spot wallets: coins that are locked, exchanged and valued."""

from __future__ import annotations

import math

import pytest

from core.domain import Leg, Side
from core.paper.engine.events import AccountEvent
from core.paper.engine.holdings import LedgerKind
from core.paper.engine.model import Cause, OrderKind, OrderRequest, Reason, TimeInForce
from core.paper.instruments import ContractKind
from tests.core.paper.conftest import Engine

BTC, ETH = "BTCUSDT", "ETHUSDT"


@pytest.fixture
def spot() -> Engine:
    return Engine(kind=ContractKind.SPOT)


def limit(symbol: str, side: Side, quantity: float, price: float) -> OrderRequest:
    return OrderRequest(symbol, side, OrderKind.LIMIT, quantity, price)


def test_a_buy_exchanges_coins_and_pays_its_fee_in_what_it_receives(spot: Engine) -> None:
    order = spot.trade(BTC, Side.BUY, 0.5)
    assert spot.account.wallets["BTC"] == pytest.approx(1.5 - 0.5 * 0.0005)
    assert spot.account.wallets["USDT"] == pytest.approx(100_000 - 0.5 * order.average_price)
    assert spot.account.open_positions() == []
    assert {fill.coin for fill in spot.account.fills} == {"BTC"}


def test_a_sell_receives_the_quote_coin_less_the_fee(spot: Engine) -> None:
    order = spot.trade(ETH, Side.SELL, 4.0)
    assert spot.account.wallets["ETH"] == 6.0
    assert spot.account.wallets["USDT"] == pytest.approx(100_000 + 4 * order.average_price * (1 - 0.0005))


def test_resting_orders_lock_what_they_would_give_away(spot: Engine) -> None:
    buy = spot.exchange.place(spot.account, limit(BTC, Side.BUY, 0.5, 60_000.0))
    sell = spot.exchange.place(spot.account, limit(ETH, Side.SELL, 7.0, 4_000.0))
    assert spot.account.margin("USDT").available == pytest.approx(70_000)
    assert spot.account.margin("ETH").available == pytest.approx(3)
    assert spot.account.margin("BTC").available == 1
    spot.exchange.cancel(spot.account, buy)
    spot.exchange.cancel(spot.account, sell)
    assert spot.account.margin("USDT").available == 100_000
    assert spot.account.margin("ETH").available == 10


def test_a_resting_order_fills_at_its_price_and_frees_what_is_left(spot: Engine) -> None:
    order = spot.exchange.place(spot.account, limit(BTC, Side.BUY, 0.5, 60_000.0))
    spot.move(BTC, 59_000.0)
    assert order.average_price == 60_000
    assert spot.account.wallets["USDT"] == pytest.approx(70_000)
    assert spot.account.margin("USDT").order_initial == 0


def test_nobody_sells_or_spends_what_is_not_free(spot: Engine) -> None:
    spot.exchange.place(spot.account, limit(ETH, Side.SELL, 7.0, 4_000.0))
    assert spot.refused(lambda: spot.trade(ETH, Side.SELL, 3.1)) is Reason.NO_MARGIN
    assert spot.refused(lambda: spot.trade(BTC, Side.BUY, 1.6)) is Reason.NO_MARGIN
    rest = limit(BTC, Side.BUY, 2.0, 60_000.0)
    assert spot.refused(lambda: spot.exchange.place(spot.account, rest)) is Reason.NO_MARGIN
    assert spot.refused(lambda: spot.exchange.flow(spot.account, "ETH", -3.5, Cause.WITHDRAW)) is Reason.NO_FUNDS


def test_what_belongs_to_contracts_is_refused(spot: Engine) -> None:
    settings = spot.exchange.settings
    assert spot.refused(lambda: spot.trade(BTC, Side.SELL, 0.1, reduce_only=True)) is Reason.REDUCE_ONLY
    assert spot.refused(lambda: spot.trade(BTC, Side.BUY, 0.1, leg=Leg.LONG)) is Reason.WRONG_LEG
    assert spot.refused(lambda: settings.set_leverage(spot.account, BTC, 5)) is Reason.UNKNOWN_SYMBOL
    ask = spot.market.best(BTC)[1]
    post = OrderRequest(BTC, Side.BUY, OrderKind.LIMIT, 0.1, ask, TimeInForce.POST_ONLY)
    assert spot.refused(lambda: spot.exchange.place(spot.account, post)) is Reason.WOULD_TAKE


def test_equity_values_every_coin_at_the_market_and_an_unknown_coin_not_at_all(spot: Engine) -> None:
    marks = {"BTC": spot.market.mark_of(BTC), "ETH": spot.market.mark_of(ETH)}
    assert spot.account.equity() == pytest.approx(100_000 + marks["BTC"] + 10 * marks["ETH"])
    spot.move(BTC, 30_000.0)
    assert spot.account.equity() == pytest.approx(100_000 + 30_000 + 10 * marks["ETH"])
    spot.exchange.flow(spot.account, "NOSUCH", 5.0, Cause.DEPOSIT)
    assert math.isnan(spot.account.equity())


def test_each_fill_books_both_coins_and_tells_both_wallets(spot: Engine) -> None:
    spot.trade(BTC, Side.BUY, 0.5)
    rows = [(row.coin, math.copysign(1, row.amount)) for row in spot.account.ledger if row.kind is LedgerKind.EXCHANGE]
    assert rows == [("BTC", 1.0), ("USDT", -1.0)] * len(spot.account.fills)
    told = [event for event in spot.events if isinstance(event, AccountEvent)]
    assert told[-1].wallets == {coin: spot.account.wallets[coin] for coin in ("BTC", "USDT")}


def test_time_passes_without_funding_or_liquidation(spot: Engine) -> None:
    spot.clock.advance(100_000.0)
    spot.step(5)
    spot.move(BTC, 1_000.0)
    assert spot.account.wallets == {"USDT": 100_000.0, "BTC": 1.0, "ETH": 10.0}
    assert list(spot.exchange.funding.history) == []

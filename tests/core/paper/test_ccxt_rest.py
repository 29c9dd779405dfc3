"""Unmodified ccxt against the server: every REST call that the rest of Scram makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.domain import Side
from core.paper.engine.model import Cause
from core.paper.site import PaperSite

BTC, DOGE = "BTC/USDT:USDT", "DOGE/USDT:USDT"
TRIGGER = {"trigger": True}
Connect = Callable[..., Any]


async def test_markets_load_with_steps_limits_and_no_currencies_to_fetch(connect: Connect) -> None:
    ex = connect("alpha")
    markets = await ex.load_markets()
    assert len(markets) == 12
    btc = markets[BTC]
    assert (btc["linear"], btc["contractSize"], btc["settle"]) == (True, 1, "USDT")
    assert (btc["precision"]["price"], btc["precision"]["amount"]) == (0.1, 0.001)
    assert btc["limits"]["cost"]["min"] == 20


async def test_the_balance_counts_unrealised_pnl_once_and_shows_every_coin(site: PaperSite, connect: Connect) -> None:
    ex = connect("alpha")
    site.running = False
    balance = await ex.fetch_balance()
    account = site.venue_of("alpha").exchange.accounts["alpha"]
    assert balance["USDT"]["total"] == pytest.approx(account.margin("USDT").equity)
    assert balance["USDC"]["total"] == 5_000
    assert balance["USDT"]["free"] == pytest.approx(account.margin("USDT").available)


async def test_positions_name_side_size_entry_and_a_liquidation_price_below(connect: Connect) -> None:
    (position,) = await connect("alpha").fetch_positions()
    assert (position["symbol"], position["side"], position["contracts"]) == (BTC, "long", 1.5)
    assert position["entryPrice"] == pytest.approx(64_200)
    assert position["hedged"] is False
    assert await connect("beta").fetch_positions() == []


async def test_a_levered_position_has_a_liquidation_price_where_equity_meets_maintenance(
    site: PaperSite, connect: Connect
) -> None:
    ex = connect("beta")
    await ex.create_order(BTC, "market", "buy", 5)
    site.running = False
    (position,) = await ex.fetch_positions(None, {"useV2": True})
    assert position["leverage"] == 20
    venue = site.venue_of("beta")
    account = venue.exchange.accounts["beta"]
    site.market.shock_price("BTCUSDT", position["liquidationPrice"])
    margin = account.margin("USDT")
    # The tier is the one of today's notional, so the figure is right up to one bracket.
    assert margin.equity == pytest.approx(margin.maintenance, rel=0.35)


async def test_a_limit_order_rests_is_listed_found_and_cancelled(connect: Connect) -> None:
    ex = connect("beta")
    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000, {"clientOrderId": "mom-1"})
    assert (order["status"], order["clientOrderId"], order["reduceOnly"]) == ("open", "mom-1", False)
    assert [row["id"] for row in await ex.fetch_open_orders()] == [order["id"]]
    assert [row["id"] for row in await ex.fetch_open_orders(BTC)] == [order["id"]]
    assert await ex.fetch_open_orders(DOGE) == []
    assert (await ex.fetch_order(order["id"], BTC))["status"] == "open"
    assert (await ex.cancel_order(order["id"], BTC))["status"] == "canceled"
    assert await ex.fetch_open_orders() == []
    assert [row["status"] for row in await ex.fetch_orders(BTC)] == ["canceled"]


async def test_a_trigger_order_is_seen_in_the_trigger_book_only(connect: Connect) -> None:
    ex = connect("alpha")
    params = {"stopLossPrice": 50_000, "reduceOnly": True}
    order = await ex.create_order(BTC, "market", "sell", 0.5, None, params)
    assert (order["status"], order["triggerPrice"], order["reduceOnly"]) == ("open", 50_000, True)
    assert await ex.fetch_open_orders() == []
    assert [row["id"] for row in await ex.fetch_open_orders(None, None, None, TRIGGER)] == [order["id"]]
    assert [row["id"] for row in await ex.fetch_open_orders(BTC, None, None, TRIGGER)] == [order["id"]]
    assert (await ex.fetch_order(order["id"], BTC, TRIGGER))["status"] == "open"
    assert (await ex.cancel_order(order["id"], BTC, TRIGGER))["id"] == order["id"]
    assert await ex.fetch_open_orders(None, None, None, TRIGGER) == []


async def test_every_kind_of_trigger_is_accepted(site: PaperSite, connect: Connect) -> None:
    ex = connect("alpha")
    await ex.create_order(BTC, "limit", "sell", 0.1, 49_000, {"stopLossPrice": 50_000})
    await ex.create_order(BTC, "market", "sell", 0.1, None, {"takeProfitPrice": 80_000})
    await ex.create_order(BTC, "limit", "sell", 0.1, 80_100, {"takeProfitPrice": 80_000})
    params = {"stopLossPrice": 45_000, "closePosition": True, "workingType": "MARK_PRICE"}
    await ex.create_order(BTC, "market", "sell", 0, None, params)
    kinds = {row["info"]["orderType"] for row in await ex.fetch_open_orders(BTC, None, None, TRIGGER)}
    assert kinds == {"STOP", "TAKE_PROFIT_MARKET", "TAKE_PROFIT", "STOP_MARKET"}
    await ex.cancel_all_orders(BTC, TRIGGER)
    assert site.venue_of("alpha").exchange.accounts["alpha"].open_triggers() == []


async def test_cancel_all_empties_one_symbol_of_one_book(connect: Connect) -> None:
    ex = connect("beta")
    for price in (50_000, 51_000):
        await ex.create_order(BTC, "limit", "buy", 0.1, price)
    await ex.create_order(DOGE, "limit", "buy", 1000, 0.1)
    await ex.create_order(BTC, "market", "buy", 0.1, None, {"triggerPrice": 80_000})
    await ex.cancel_all_orders(BTC)
    assert [row["symbol"] for row in await ex.fetch_open_orders()] == [DOGE]
    assert len(await ex.fetch_open_orders(None, None, None, TRIGGER)) == 1
    await ex.cancel_all_orders(BTC, TRIGGER)
    assert await ex.fetch_open_orders(None, None, None, TRIGGER) == []


async def test_many_orders_are_placed_and_cancelled_in_one_call(connect: Connect) -> None:
    ex = connect("beta")
    wanted = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.1, "price": price} for price in (50_000, 51_000)
    ]
    placed = await ex.create_orders(wanted)
    assert [row["status"] for row in placed] == ["open", "open"]
    cancelled = await ex.cancel_orders([row["id"] for row in placed], BTC)
    assert [row["status"] for row in cancelled] == ["canceled", "canceled"]
    assert await ex.fetch_open_orders() == []


async def test_a_market_order_fills_and_leaves_trades_and_ledger(connect: Connect) -> None:
    ex = connect("beta")
    order = await ex.create_order(BTC, "market", "buy", 0.2)
    assert (order["status"], order["filled"]) == ("closed", 0.2)
    close = await ex.create_order(BTC, "market", "sell", 0.2, None, {"reduceOnly": True})
    assert close["reduceOnly"] is True
    trades = await ex.fetch_my_trades(BTC)
    assert [(t["side"], t["amount"], t["order"]) for t in trades] == [
        ("buy", 0.2, order["id"]),
        ("sell", 0.2, close["id"]),
    ]
    assert trades[0]["fee"]["cost"] == pytest.approx(0.2 * trades[0]["price"] * 0.0005)
    kinds = [row["type"] for row in await ex.fetch_ledger()]
    assert kinds.count("commission") == 2
    assert "trade" in kinds


async def test_flows_show_in_the_ledger_since_a_moment(site: PaperSite, connect: Connect) -> None:
    ex = connect("beta")
    since = int((site.clock.now() - 60) * 1000)
    assert await ex.fetch_ledger(None, since) == []
    exchange = site.venue_of("beta").exchange
    exchange.flow(exchange.accounts["beta"], "USDT", -250.0, Cause.WITHDRAW)
    (row,) = await ex.fetch_ledger(None, since, 10, {"incomeType": "TRANSFER"})
    assert (row["type"], row["direction"], row["amount"], row["currency"]) == ("transfer", "out", 250, "USDT")


async def test_prices_tiers_and_settings_are_served(connect: Connect) -> None:
    ex = connect("beta")
    assert len(await ex.fetch_tickers()) == 12
    assert len(await ex.fetch_bids_asks()) == 12
    assert len(await ex.fetch_mark_prices()) == 12
    assert len(await ex.fetch_funding_rates()) == 12
    book = await ex.fetch_order_book(BTC, 5)
    assert book["bids"][0][0] < book["asks"][0][0]
    tiers = (await ex.fetch_leverage_tiers())[BTC]
    assert tiers[0]["maxLeverage"] == 125
    assert tiers[0]["maintenanceMarginRate"] < tiers[-1]["maintenanceMarginRate"]
    assert (await ex.set_leverage(10, BTC))["leverage"] == 10
    assert (await ex.fetch_position_mode())["hedged"] is False
    assert (await ex.fetch_trading_fee(BTC))["taker"] == 0.0005
    assert await ex.fetch_status()
    assert abs(await ex.load_time_difference()) < 2000


async def test_candles_depth_and_volumes_are_served(site: PaperSite, connect: Connect) -> None:
    ex = connect("beta")
    site.running = False
    candles = await ex.fetch_ohlcv(BTC, "1h", None, 200)
    assert len(candles) == 200
    assert candles[-1][0] == site.clock.now() // 3600 * 3_600_000
    assert candles[-1][4] == site.market.last_of("BTCUSDT")
    assert await ex.fetch_ohlcv(BTC, "1h", candles[50][0], 3) == candles[50:53]
    assert len(await ex.fetch_ohlcv(BTC, "1d", None, 90)) == 90
    ticker = await ex.fetch_ticker(BTC)
    day = site.market.last_day("BTCUSDT")
    assert (ticker["open"], ticker["high"], ticker["low"]) == (day.open, day.high, day.low)
    assert ticker["baseVolume"] == pytest.approx(day.volume, rel=1e-3)
    assert ticker["quoteVolume"] == pytest.approx(day.turnover, rel=1e-6)
    book = await ex.fetch_order_book(BTC, 20)
    ladder = [[level.price, level.quantity] for level in site.market.ladder("BTCUSDT", Side.BUY)]
    assert book["asks"] == ladder[:20]
    with pytest.raises(ccxt.BadRequest, match="-1120"):
        await ex.fapiPublicGetKlines({"symbol": "BTCUSDT", "interval": "7m"})


async def test_an_order_can_be_changed_in_place(connect: Connect) -> None:
    ex = connect("beta")
    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    changed = await ex.edit_order(order["id"], BTC, "limit", "buy", 0.2, 51_000)
    assert (changed["id"], changed["amount"], changed["price"]) == (order["id"], 0.2, 51_000)


async def test_whether_a_key_may_withdraw_is_told(site: PaperSite, connect: Connect) -> None:
    ex = connect("beta")
    assert (await ex.sapiGetAccountApiRestrictions())["enableWithdrawals"] is False
    site.venue_of("beta").exchange.accounts["beta"].can_withdraw = True
    assert (await ex.sapiGetAccountApiRestrictions())["enableWithdrawals"] is True


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"secret": "wrong"}, ccxt.AuthenticationError),
        ({"apiKey": "nobody"}, ccxt.AuthenticationError),
    ],
)
async def test_wrong_credentials_are_refused(connect: Connect, config: dict[str, str], error: type[Exception]) -> None:
    ex = connect("beta", **config, options={"fetchCurrencies": False})
    with pytest.raises(error):
        await ex.fetch_balance()


async def test_refusals_carry_the_venues_codes(connect: Connect) -> None:
    ex = connect("beta")
    await ex.load_markets()
    cases: list[tuple[str, Callable[[], Any]]] = [
        ("-2019", lambda: ex.create_order(BTC, "market", "buy", 100)),
        ("-2022", lambda: ex.create_order(BTC, "market", "sell", 0.1, None, {"reduceOnly": True})),
        ("-4164", lambda: ex.create_order(BTC, "limit", "buy", 0.001, 2_000)),
        ("-2021", lambda: ex.create_order(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 90_000})),
        ("-5022", lambda: ex.create_order(BTC, "limit", "buy", 0.1, 66_000, {"postOnly": True})),
        ("-2011", lambda: ex.cancel_order("12345", BTC)),
        ("-2013", lambda: ex.fetch_order("12345", BTC)),
        ("-1121", lambda: ex.fapiPrivateGetOpenOrders({"symbol": "NOSUCH"})),
        ("-1102", lambda: ex.fapiPrivatePostOrder({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"})),
        (
            "-1111",
            lambda: ex.fapiPrivatePostOrder(
                {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.12345"}
            ),
        ),
        (
            "-4120",
            lambda: ex.fapiPrivatePostOrder(
                {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_MARKET", "stopPrice": "1", "quantity": "1"}
            ),
        ),
        ("-1125", lambda: ex.fapiPrivatePutListenKey()),
        ("-4028", lambda: ex.fapiPrivatePostLeverage({"symbol": "BTCUSDT", "leverage": 500})),
        ("-5000", lambda: ex.fapiPrivateGetOrderAmendment({"symbol": "BTCUSDT"})),
    ]
    seen = {}
    for code, call in cases:
        with pytest.raises(ccxt.BaseError) as caught:
            await call()
        seen[code] = f'"code":{code},' in str(caught.value)
    assert seen == dict.fromkeys(seen, True)


async def test_accounts_do_not_see_each_other(connect: Connect) -> None:
    order = await connect("beta").create_order(BTC, "limit", "buy", 0.1, 50_000)
    alpha = connect("alpha")
    assert await alpha.fetch_open_orders() == []
    with pytest.raises(ccxt.OrderNotFound):
        await alpha.cancel_order(order["id"], BTC)

"""Unmodified ccxt's `okx` against the OKX wire: markets, accounts, and what the venue does by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.paper.engine.account import Account
from core.paper.engine.liquidation_price import liquidation_price
from core.paper.engine.model import Cause
from core.paper.site import PaperSite

BTC, ETH, PAIR, DOLLARS = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USDT", "BTC/USD:BTC"
LONG, SHORT = {"positionSide": "long"}, {"positionSide": "short"}
ISOLATED = {"marginMode": "isolated"}
Connect = Callable[..., Any]


def account_of(site: PaperSite, name: str) -> Account:
    return site.venue_of(name).exchange.accounts[name]


async def refused(code: str, call: Any, error: type[Exception] = ccxt.BaseError) -> None:
    with pytest.raises(error, match=f'"(sC|c)ode":"{code}"'):
        await call


# -- what is listed ----------------------------------------------------------------------------------------------------


async def test_markets_are_pairs_swaps_and_futures_with_lots_of_coins(connect_okx: Connect) -> None:
    markets = await connect_okx("one").load_markets()
    kinds = [market["type"] for market in markets.values()]
    assert [kinds.count(kind) for kind in ("spot", "swap", "future", "option")] == [12, 24, 4, 0]
    swap, inverse, pair = markets[BTC], markets[DOLLARS], markets[PAIR]
    assert (swap["id"], swap["contractSize"], swap["precision"]["amount"]) == ("BTC-USDT-SWAP", 0.01, 0.01)
    assert (inverse["id"], inverse["contractSize"], inverse["inverse"]) == ("BTC-USD-SWAP", 100, True)
    assert (pair["id"], pair["margin"], pair["precision"]["amount"]) == ("BTC-USDT", False, 1e-5)
    future = next(market for market in markets.values() if market["type"] == "future" and market["linear"])
    assert future["expiry"] > 1.9e12


async def test_prices_books_candles_tiers_and_funding_are_served(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("one")
    okx.running = False
    assert abs(await ex.load_time_difference()) < 2000
    for kind, count in (("spot", 12), ("swap", 24), ("future", 4)):
        assert len(await ex.fetch_tickers(None, {"type": kind})) == count
    marks, rates = await ex.fetch_mark_prices(), await ex.fetch_funding_rates()
    assert marks[BTC]["markPrice"] == pytest.approx(okx.market.mark_of("BTCUSDT"))
    assert (len(marks), len(rates)) == (24, 24)
    assert rates[BTC]["fundingRate"] == pytest.approx(okx.market.funding_rate_of("BTCUSDT"))
    assert rates[BTC]["interval"] == "8h"
    ticker, day = await ex.fetch_ticker(BTC), okx.market.last_day("BTCUSDT")
    assert ticker["baseVolume"] == pytest.approx(day.volume / 0.01, rel=1e-6)
    assert float((await ex.fetch_ticker(DOLLARS))["info"]["volCcy24h"]) == pytest.approx(day.volume, rel=1e-6)
    book = await ex.fetch_order_book(BTC, 20)
    assert (len(book["bids"]), book["bids"][0][0] < book["asks"][0][0]) == (20, True)
    assert book["asks"][0][1] * 0.01 * book["asks"][0][0] == pytest.approx(400_000, rel=1e-3)
    candles = await ex.fetch_ohlcv(BTC, "1h", None, 200)
    assert (len(candles), candles[-1][4]) == (200, okx.market.last_of("BTCUSDT"))
    assert await ex.fetch_ohlcv(BTC, "1h", candles[50][0], 3) == candles[50:53]
    assert await ex.fetch_ohlcv(BTC, "1d", None, 90) == await ex.fetch_ohlcv(PAIR, "1d", None, 90)
    tiers = await ex.fetch_market_leverage_tiers(BTC)
    assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMarginRate"]) == (125, 0.004)
    await refused("51000", ex.publicGetMarketCandles({"instId": "BTC-USDT", "bar": "7m"}))


# -- accounts ----------------------------------------------------------------------------------------------------------


async def test_balances_and_positions_are_those_of_the_engine(okx: PaperSite, connect_okx: Connect) -> None:
    ex, account = connect_okx("one"), account_of(okx, "one")
    okx.running = False
    okx.market.shock_price("BTCUSDT", 70_000.0)
    balance, margin = await ex.fetch_balance(), account.margin("USDT")
    assert balance["USDT"]["total"] == pytest.approx(margin.equity) == pytest.approx(100_000 + 1.5 * 5_800)
    assert balance["USDT"]["free"] == pytest.approx(margin.available)
    assert balance["BTC"]["total"] == pytest.approx(account.margin("BTC").equity)
    rows = {row["symbol"]: row for row in await ex.fetch_positions()}
    swap, inverse = rows[BTC], rows[DOLLARS]
    assert (swap["contracts"], swap["side"], swap["marginMode"], swap["hedged"]) == (150, "long", "cross", False)
    assert (swap["notional"], swap["unrealizedPnl"]) == (pytest.approx(105_000), pytest.approx(1.5 * 5_800))
    assert inverse["notional"] == pytest.approx(30_000 / 70_000)
    assert inverse["unrealizedPnl"] == pytest.approx(30_000 * (1 / 64_200 - 1 / 70_000))
    held = account.position_of("BTC-USD-SWAP")
    assert inverse["liquidationPrice"] == pytest.approx(liquidation_price(account, held), abs=1e-6)
    assert [row["symbol"] for row in await ex.fetch_positions([BTC])] == [BTC]
    assert await connect_okx("two").fetch_positions() == []


async def test_hedge_mode_has_a_long_and_a_short_and_wants_to_hear_which(connect_okx: Connect) -> None:
    ex, one_way = connect_okx("legs"), connect_okx("two")
    assert (await ex.fetch_position_mode())["hedged"] is True
    await ex.create_order(BTC, "market", "buy", 100, None, LONG)
    await ex.create_order(BTC, "market", "sell", 40, None, SHORT)
    rows = {row["side"]: row for row in await ex.fetch_positions()}
    assert {side: (row["contracts"], row["hedged"]) for side, row in rows.items()} == {
        "long": (100, True),
        "short": (40, True),
    }
    assert rows["short"]["info"]["pos"] == "40"
    closing = await ex.create_order(BTC, "limit", "sell", 50, 70_000, LONG)
    assert (await ex.fetch_order(closing["id"], BTC))["info"]["posSide"] == "long"
    await refused("51000", ex.create_order(BTC, "market", "buy", 1))
    await refused("51000", one_way.create_order(BTC, "market", "buy", 1, None, LONG))
    await refused("59000", ex.set_position_mode(False))
    await one_way.set_position_mode(False)
    await one_way.set_position_mode(True)
    await one_way.create_order(BTC, "market", "buy", 1, None, LONG)
    await one_way.close_position(BTC, "buy")
    assert await one_way.fetch_positions() == []


async def test_an_isolated_position_has_a_margin_and_a_price_of_its_own(okx: PaperSite, connect_okx: Connect) -> None:
    ex, account = connect_okx("two"), account_of(okx, "two")
    okx.running = False
    await ex.set_leverage(10, BTC, {"marginMode": "isolated"})
    assert (await ex.fetch_leverage(BTC, {"marginMode": "isolated"}))["longLeverage"] == 10
    await ex.create_order(BTC, "market", "buy", 100, None, ISOLATED)
    (row,) = await ex.fetch_positions()
    held = account.position_of("BTC-USDT-SWAP")
    assert (row["marginMode"], row["leverage"]) == ("isolated", 10)
    assert row["positionMargin"] == pytest.approx(held.pot)
    assert row["liquidationPrice"] == pytest.approx(liquidation_price(account, held), abs=1e-6)
    more = {"instId": "BTC-USDT-SWAP", "posSide": "net", "type": "add", "amt": "500"}
    await ex.privatePostAccountPositionMarginBalance(more)
    (after,) = await ex.fetch_positions()
    assert after["positionMargin"] == pytest.approx(row["positionMargin"] + 500)
    assert after["liquidationPrice"] < row["liquidationPrice"]
    await refused("51000", ex.create_order(BTC, "market", "buy", 1))
    await refused("59102", ex.set_leverage(5, BTC))


async def test_a_fill_leaves_trades_bills_and_coins_of_both_kinds(okx: PaperSite, connect_okx: Connect) -> None:
    ex, account = connect_okx("two"), account_of(okx, "two")
    order = await ex.create_order(BTC, "market", "buy", 20)
    close = await ex.create_order(BTC, "market", "sell", 20, None, {"reduceOnly": True})
    found = await ex.fetch_order(order["id"], BTC)
    assert (found["status"], found["filled"], found["fee"]["currency"]) == ("closed", 20, "USDT")
    trades = await ex.fetch_my_trades(BTC)
    assert [(t["side"], t["amount"], t["order"]) for t in trades] == [
        ("buy", 20, order["id"]),
        ("sell", 20, close["id"]),
    ]
    assert trades[0]["fee"]["cost"] == pytest.approx(0.2 * trades[0]["price"] * 0.0005)
    assert found["fee"]["cost"] == pytest.approx(trades[0]["fee"]["cost"])
    bought = await ex.create_order(PAIR, "market", "buy", 0.1)
    (trade,) = await ex.fetch_my_trades(PAIR)
    assert (trade["order"], trade["fee"]["currency"]) == (bought["id"], "BTC")
    assert account.wallets["BTC"] == pytest.approx(1.1 - 0.00005)
    bills = await ex.fetch_ledger(None, None, None, {"instType": "SWAP"})
    assert {row["type"] for row in bills} == {"trade"}
    raw = (await ex.privateGetAccountBills({"ccy": "USDT"}))["data"]
    assert float(raw[0]["bal"]) == pytest.approx(account.wallets["USDT"])
    assert sum(float(row["balChg"]) for row in raw) == pytest.approx(account.wallets["USDT"])
    assert sum(float(row["fee"]) for row in raw) == pytest.approx(-sum(trade["fee"]["cost"] for trade in trades))


async def test_flows_show_as_deposits_withdrawals_and_bills(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("two")
    since, exchange = int((okx.clock.now() - 60) * 1000), okx.venue_of("two").exchange
    exchange.flow(account_of(okx, "two"), "USDT", -250.0, Cause.WITHDRAW)
    exchange.flow(account_of(okx, "two"), "BTC", 0.5, Cause.DEPOSIT)
    (came,), (went,) = await ex.fetch_deposits(None, since), await ex.fetch_withdrawals(None, since)
    assert (came["currency"], came["amount"], came["status"]) == ("BTC", 0.5, "ok")
    assert (went["currency"], went["amount"], went["status"]) == ("USDT", 250, "ok")
    reply = await ex.privateGetAccountBills({"type": "1", "begin": since})
    assert [(row["ccy"], row["balChg"], row["bal"]) for row in reply["data"]] == [
        ("BTC", "0.5", "1.5"),
        ("USDT", "-250", "99750"),
    ]
    asset = await ex.fetch_ledger(None, since, None, {"method": "privateGetAssetBills"})
    assert {row["amount"] for row in asset} == {-250, 0.5}


async def test_whether_a_key_may_withdraw_is_told(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("two")
    assert (await ex.privateGetAccountConfig())["data"][0]["perm"] == "read_only,trade"
    account_of(okx, "two").can_withdraw = True
    assert (await ex.privateGetAccountConfig())["data"][0]["perm"] == "read_only,trade,withdraw"


# -- what the venue does by itself -------------------------------------------------------------------------------------


async def test_funding_is_paid_by_swaps_and_not_by_futures(okx: PaperSite, connect_okx: Connect) -> None:
    ex, exchange = connect_okx("two"), okx.venue_of("two").exchange
    await ex.load_markets()
    future = next(m["symbol"] for m in ex.markets.values() if m["type"] == "future" and m["linear"])
    await ex.create_order(BTC, "market", "buy", 100)
    await ex.create_order(future, "market", "buy", 1)
    okx.running = False
    exchange.market.set_funding_rate("BTC-USDT-SWAP", 0.001)
    exchange.funding.next_s = 0.0
    exchange.match()
    reply = await ex.privateGetAccountBills({"type": "8"})
    (paid,) = reply["data"]
    mark = exchange.market.mark_of("BTC-USDT-SWAP")
    assert (paid["instId"], paid["subType"]) == ("BTC-USDT-SWAP", "173")
    assert float(paid["balChg"]) == pytest.approx(-0.001 * mark, rel=1e-6)
    rate = (await ex.publicGetPublicFundingRateHistory({"instId": "BTC-USDT-SWAP"}))["data"][0]
    assert rate["realizedRate"] == "0.001"


async def test_a_liquidation_is_an_order_of_the_venues_own_and_a_bill(okx: PaperSite, connect_okx: Connect) -> None:
    ex, exchange = connect_okx("two"), okx.venue_of("two").exchange
    await ex.create_order(BTC, "market", "buy", 100, None, ISOLATED)
    (position,) = await ex.fetch_positions()
    okx.running = False
    okx.market.shock_price("BTCUSDT", position["liquidationPrice"] * 0.999)
    exchange.match()
    assert await ex.fetch_positions() == []
    newest = (await ex.fetch_closed_orders(BTC))[-1]
    assert (newest["info"]["category"], newest["side"], newest["filled"]) == ("full_liquidation", "sell", 100)
    assert [row["ccy"] for row in (await ex.privateGetAccountBills({"type": "5"}))["data"]] == ["USDT"]

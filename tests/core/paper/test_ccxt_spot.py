"""Unmodified ccxt's `binance` with its default type spot against the spot wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.paper.engine.account import Account
from core.paper.engine.model import Cause
from core.paper.site import PaperSite
from tests.core.paper.watching import Watching, connected

BTC, ETH = "BTC/USDT", "ETH/USDT"
Connect = Callable[..., Any]


def wallet_of(site: PaperSite) -> Account:
    return site.venue_of("wallet").exchange.accounts["wallet"]


async def test_markets_are_spot_pairs(connect_wide: Connect) -> None:
    markets = await connect_wide("wallet").load_markets()
    assert len(markets) == 12
    assert (markets[BTC]["spot"], markets[BTC]["precision"]["amount"], markets[BTC]["limits"]["cost"]["min"]) == (
        True,
        1e-5,
        5,
    )


async def test_the_balance_has_every_coin_free_and_locked(connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    await ex.create_order(BTC, "limit", "buy", 0.2, 50_000)
    await ex.create_order(ETH, "limit", "sell", 4, 4_000)
    balance = await ex.fetch_balance()
    told = {coin: (balance[coin]["free"], balance[coin]["used"]) for coin in ("USDT", "BTC", "ETH", "USDC")}
    assert told == {"USDT": (90_000, 10_000), "BTC": (2, 0), "ETH": (26, 4), "USDC": (5_000, 0)}


async def test_a_market_order_exchanges_coins_and_leaves_a_trade(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    order = await ex.create_order(BTC, "market", "buy", 0.1)
    assert (order["status"], order["filled"], len(order["trades"])) == ("closed", 0.1, 1)
    assert order["cost"] == pytest.approx(0.1 * order["average"])
    (trade,) = await ex.fetch_my_trades(BTC)
    assert (trade["order"], trade["fee"]["currency"]) == (order["id"], "BTC")
    assert trade["fee"]["cost"] == pytest.approx(0.1 * 0.0005)
    assert wallet_of(wide).wallets["BTC"] == pytest.approx(2.1 - 0.00005)
    spent = await ex.create_market_buy_order_with_cost(ETH, 1_000)
    assert spent["cost"] == pytest.approx(1_000, rel=1e-3)


async def test_plain_and_conditional_orders_rest_in_one_book(connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    plain = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000, {"clientOrderId": "mm-1"})
    maker = await ex.create_order(BTC, "limit", "sell", 0.1, 70_000, {"postOnly": True})
    stop = await ex.create_order(BTC, "limit", "sell", 0.5, 49_000, {"stopLossPrice": 50_000})
    profit = await ex.create_order(BTC, "market", "sell", 0.5, None, {"takeProfitPrice": 90_000})
    other = await ex.create_order(ETH, "limit", "buy", 1, 2_000)
    rows = {row["id"]: row for row in await ex.fetch_open_orders()}
    assert set(rows) == {row["id"] for row in (plain, maker, stop, profit, other)}
    assert [rows[row["id"]]["info"]["type"] for row in (plain, maker, stop, profit)] == [
        "LIMIT",
        "LIMIT_MAKER",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
    ]
    assert rows[stop["id"]]["triggerPrice"] == 50_000
    assert (await ex.fetch_order(stop["id"], BTC))["status"] == "open"
    assert (await ex.cancel_order(profit["id"], BTC))["status"] == "canceled"
    cancelled = await ex.cancel_all_orders(BTC)
    assert {row["id"] for row in cancelled} == {plain["id"], maker["id"], stop["id"]}
    assert [row["id"] for row in await ex.fetch_open_orders()] == [other["id"]]
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        await ex.cancel_all_orders(BTC)


async def test_a_conditional_order_keeps_its_number_when_it_fires(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    stop = await ex.create_order(BTC, "market", "sell", 0.5, None, {"stopLossPrice": 60_000})
    orders = Watching(ex.watch_orders)
    await connected(wide, "wallet")
    wide.running = False
    wide.market.shock_price("BTCUSDT", 59_000.0)
    wide.venue_of("wallet").exchange.match()
    await orders.until(
        lambda seen: any(r["id"] == stop["id"] and r["status"] == "closed" for rows in seen for r in rows)
    )
    await orders.stop()
    fired = await ex.fetch_order(stop["id"], BTC)
    assert (fired["status"], fired["filled"]) == ("closed", 0.5)
    assert [trade["order"] for trade in await ex.fetch_my_trades(BTC)] == [stop["id"]]
    assert [row["id"] for row in await ex.fetch_orders(BTC)] == [stop["id"]]


async def test_refusals_carry_the_venues_codes(connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    await ex.load_markets()
    cases: dict[str, tuple[type[Exception], Callable[[], Any]]] = {
        "insufficient balance": (ccxt.InsufficientFunds, lambda: ex.create_order(BTC, "market", "buy", 50)),
        "NOTIONAL": (ccxt.BadRequest, lambda: ex.create_order(BTC, "limit", "buy", 0.00005, 60_000)),
        "match and take": (
            ccxt.InvalidOrder,
            lambda: ex.create_order(BTC, "limit", "buy", 0.1, 66_000, {"postOnly": True}),
        ),
        "trigger immediately": (
            ccxt.InvalidOrder,
            lambda: ex.create_order(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 90_000}),
        ),
        "-2013": (ccxt.OrderNotFound, lambda: ex.fetch_order("12345", BTC)),
        "-2011": (ccxt.OrderNotFound, lambda: ex.cancel_order("12345", BTC)),
    }
    for text, (error, call) in cases.items():
        with pytest.raises(error, match=text):
            await call()


async def test_prices_candles_depth_and_fees_are_served(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    wide.running = False
    assert len(await ex.fetch_tickers()) == 12
    assert len(await ex.fetch_bids_asks()) == 12
    ticker, day = await ex.fetch_ticker(BTC), wide.market.last_day("BTCUSDT")
    assert ticker["quoteVolume"] == pytest.approx(day.turnover, rel=1e-6)
    assert ticker["bid"] < ticker["ask"]
    assert len(await ex.fetch_ohlcv(BTC, "1d", None, 30)) == 30
    book = await ex.fetch_order_book(BTC, 10)
    assert (len(book["bids"]), len(book["asks"])) == (10, 10)
    assert (await ex.fetch_trading_fee(BTC))["taker"] == 0.0005


async def test_deposits_and_withdrawals_have_their_lists(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    since = int((wide.clock.now() - 60) * 1000)
    exchange = wide.venue_of("wallet").exchange
    exchange.flow(wallet_of(wide), "ETH", -2.0, Cause.WITHDRAW)
    exchange.flow(wallet_of(wide), "BTC", 0.5, Cause.DEPOSIT)
    (came,), (went,) = await ex.fetch_deposits(None, since), await ex.fetch_withdrawals(None, since)
    assert (came["currency"], came["amount"], came["status"]) == ("BTC", 0.5, "ok")
    assert (went["currency"], went["amount"], went["status"]) == ("ETH", 2, "ok")


async def test_the_user_stream_tells_orders_trades_and_every_wallet(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    orders = Watching(ex.watch_orders)
    await connected(wide, "wallet")
    balance, trades = Watching(ex.watch_balance), Watching(ex.watch_my_trades)
    await ex.create_order(ETH, "limit", "sell", 4, 4_000, {"clientOrderId": "mm-7"})
    await orders.until(lambda seen: any(row["clientOrderId"] == "mm-7" for rows in seen for row in rows))
    await balance.until(lambda seen: any(row.get("ETH", {}).get("used") == 4 for row in seen))
    await ex.create_order(BTC, "market", "sell", 0.1)
    await trades.until(bool)
    await balance.until(lambda seen: any(row.get("BTC", {}).get("total") == 1.9 for row in seen))
    exchange = wide.venue_of("wallet").exchange
    exchange.flow(wallet_of(wide), "USDC", -1_000.0, Cause.WITHDRAW)
    await balance.until(lambda seen: any(row.get("USDC", {}).get("total") == 4_000 for row in seen))
    for watching in (orders, balance, trades):
        await watching.stop()
    assert trades.seen[-1][-1]["fee"]["currency"] == "USDT"


async def test_a_stream_with_a_wrong_signature_is_refused(connect_wide: Connect) -> None:
    ex = connect_wide("wallet", secret="wrong")
    with pytest.raises(ccxt.AuthenticationError):
        await ex.watch_orders()

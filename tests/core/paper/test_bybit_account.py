"""Unmodified ccxt's `bybit`: one wallet over all categories, legs, pots, funding, liquidation, ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.paper.engine.account import Account
from core.paper.engine.liquidation_price import liquidation_price
from core.paper.engine.model import Cause
from core.paper.site import PaperSite
from tests.core.paper.conftest import connecting, unified_spec
from tests.core.paper.watching import Watching, connected

USDT, USDC, INVERSE, SPOT, ETH = "BTC/USDT:USDT", "BTC/USDC:USDC", "BTC/USD:BTC", "BTC/USDT", "ETH/USDT:USDT"
IN_USDC, OF_INVERSE = {"settleCoin": "USDC"}, {"subType": "inverse"}
LINEAR = {"category": "linear"}
Connect = Callable[..., Any]


def account_of(site: PaperSite, name: str) -> Account:
    return site.venue_of(name).exchange.accounts[name]


async def test_one_wallet_backs_every_category(unified: PaperSite, connect_unified: Connect) -> None:
    ex, account = connect_unified("uta"), account_of(unified, "uta")
    unified.running = False
    await ex.create_order(SPOT, "limit", "buy", 0.1, 50_000)
    await ex.create_order(USDT, "limit", "buy", 0.1, 50_000)
    balance = await ex.fetch_balance()
    totals = {coin: balance[coin]["total"] for coin in ("USDT", "USDC", "BTC", "ETH")}
    assert totals == {"USDT": 100_000, "USDC": 50_000, "BTC": 2, "ETH": 30}
    margin = account.margin("USDT")
    assert balance["USDT"]["used"] == pytest.approx(margin.position_initial + margin.order_initial)
    whole = balance["info"]["result"]["list"][0]
    assert float(whole["totalEquity"]) == pytest.approx(account.equity())
    (coin,) = [row for row in whole["coin"] if row["coin"] == "USDT"]
    assert float(coin["locked"]) == 5_000
    assert float(coin["totalOrderIM"]) == pytest.approx(account.order_margin("BTCUSDT"), abs=1e-6)
    with pytest.raises(ccxt.BadRequest, match="UNIFIED"):
        await ex.privateGetV5AccountWalletBalance({"accountType": "CONTRACT"})


async def test_positions_are_listed_by_category_and_settle_coin(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("uta")
    told = {
        row["symbol"]: (row["side"], row["contracts"], row["hedged"])
        for params in ({}, IN_USDC, OF_INVERSE)
        for row in await ex.fetch_positions(None, params)
    }
    assert told == {USDT: ("long", 0.5, False), "ETH/USDC:USDC": ("long", 3, False), INVERSE: ("short", 5_000, False)}
    # Named by its symbol a position is told though there is none.
    (flat,) = await ex.fetch_positions([ETH])
    assert (flat["contracts"], flat["side"]) == (0, None)
    with pytest.raises(ccxt.BadRequest, match="symbol or settleCoin"):
        await ex.privateGetV5PositionList(LINEAR)


async def test_positions_come_in_pages(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    for symbol in [market["symbol"] for market in (await ex.load_markets()).values() if market["settle"] == "USDT"][:5]:
        await ex.create_order(symbol, "market", "buy", 100 if symbol[:3] in {"XRP", "DOG", "ADA"} else 5)
    seen, query = [], {**LINEAR, "settleCoin": "USDT", "limit": 2}
    while rows := (result := (await ex.privateGetV5PositionList(query))["result"])["list"]:
        seen.append([row["symbol"] for row in rows])
        query["cursor"] = result["nextPageCursor"]
    assert [len(page) for page in seen] == [2, 2, 1]
    assert len({symbol for page in seen for symbol in page}) == 5


async def test_an_inverse_position_counts_dollars_and_pays_in_the_coin(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex, account = connect_unified("uta"), account_of(unified, "uta")
    unified.running = False
    (row,) = await ex.fetch_positions(None, OF_INVERSE)
    assert row["notional"] == pytest.approx(5_000 / row["markPrice"])
    unified.market.shock_price("BTCUSDT", 32_000.0)
    (row,) = await ex.fetch_positions(None, OF_INVERSE)
    before = account.wallets["BTC"]
    assert row["unrealizedPnl"] == pytest.approx(5_000 * (1 / 32_000 - 1 / 64_200), rel=1e-4)
    await ex.create_order(INVERSE, "market", "buy", 5_000, None, {"reduceOnly": True})
    assert account.wallets["BTC"] - before == pytest.approx(row["unrealizedPnl"], rel=1e-2)
    (trade, *_) = await ex.fetch_my_trades(INVERSE, None, 1)
    assert trade["fee"]["currency"] == "BTC"


async def test_hedge_mode_has_two_legs_in_usdt_and_one_everywhere_else(connect_unified: Connect) -> None:
    ex = connect_unified("legs")
    await ex.create_order(USDT, "market", "buy", 0.5, None, {"hedged": True})
    await ex.create_order(USDT, "market", "sell", 0.2, None, {"hedged": True})
    rows = {row["side"]: row for row in await ex.fetch_positions()}
    assert {side: (row["contracts"], row["hedged"]) for side, row in rows.items()} == {
        "long": (0.5, True),
        "short": (0.2, True),
    }
    # An order of a leg says which it closes by its number alone.
    await ex.create_order(USDT, "limit", "sell", 0.1, 70_000, {"positionIdx": 1})
    (order,) = await ex.fetch_open_orders()
    assert (order["info"]["positionIdx"], order["reduceOnly"]) == (1, True)
    await ex.create_order(USDT, "market", "sell", 5, None, {"hedged": True, "reduceOnly": True})
    assert [(row["side"], row["contracts"]) for row in await ex.fetch_positions()] == [("short", 0.2)]
    assert await ex.fetch_open_orders() == []
    for symbol, size in ((USDC, 0.1), (INVERSE, 1_000)):
        with pytest.raises(ccxt.BadRequest, match="position idx"):
            await ex.create_order(symbol, "market", "buy", size, None, {"positionIdx": 1})
        await ex.create_order(symbol, "market", "buy", size)
    with pytest.raises(ccxt.BadRequest, match="position idx"):
        await ex.create_order(USDT, "market", "buy", 0.1)


async def test_the_position_mode_is_switched_when_nothing_stands_in_its_way(connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    order = await ex.create_order(USDT, "limit", "buy", 0.1, 50_000)
    await ex.create_order(SPOT, "limit", "buy", 0.1, 50_000)
    with pytest.raises(ccxt.BadRequest, match="110028"):
        await ex.set_position_mode(True)
    await ex.cancel_order(order["id"], USDT)
    with pytest.raises(ccxt.NoChange, match="110025"):
        await ex.set_position_mode(False)
    await ex.set_position_mode(True)
    await ex.create_order(USDT, "market", "buy", 0.1, None, {"hedged": True})
    with pytest.raises(ccxt.BadRequest, match="110024"):
        await ex.set_position_mode(False)
    with pytest.raises(ccxt.BadRequest, match="110029"):
        await ex.set_position_mode(True, INVERSE)


async def test_isolated_margin_of_the_account_or_of_a_symbol(unified: PaperSite, connect_unified: Connect) -> None:
    ex, account = connect_unified("flat"), account_of(unified, "flat")
    unified.running = False
    await ex.set_margin_mode("isolated")
    assert (await ex.privateGetV5AccountInfo())["result"]["marginMode"] == "ISOLATED_MARGIN"
    await ex.set_leverage(10, USDT)
    await ex.create_order(USDT, "market", "buy", 1)
    position = account.position_of("BTCUSDT")
    (row,) = await ex.fetch_positions()
    assert row["positionMargin"] == pytest.approx(position.pot)
    assert row["liquidationPrice"] == pytest.approx(liquidation_price(account, position), abs=0.1)
    await ex.privatePostV5PositionAddMargin({**LINEAR, "symbol": "BTCUSDT", "margin": "500"})
    (after,) = await ex.fetch_positions()
    assert after["positionMargin"] - row["positionMargin"] == pytest.approx(500)
    assert after["liquidationPrice"] < row["liquidationPrice"]
    with pytest.raises(ccxt.ExchangeError, match="BTCUSDT"):
        await ex.set_margin_mode("cross")
    await ex.create_order(USDT, "market", "sell", 1)
    await ex.set_margin_mode("cross")
    one = {**LINEAR, "symbol": "ETHUSDT", "tradeMode": "1", "buyLeverage": "5", "sellLeverage": "5"}
    await ex.privatePostV5PositionSwitchIsolated(one)
    assert (account.is_isolated("ETHUSDT"), account.leverage_of("ETHUSDT")) == (True, 5)
    with pytest.raises(ccxt.MarginModeAlreadySet, match="110026"):
        await ex.privatePostV5PositionSwitchIsolated(one)


async def test_leverage_and_margin_refusals_carry_the_venues_codes(connect_unified: Connect) -> None:
    ex = connect_unified("uta")
    await ex.load_markets()
    move = {**LINEAR, "symbol": "BTCUSDT", "margin": "10"}
    cases: list[tuple[str, Callable[[], Any]]] = [
        ("110043", lambda: ex.set_leverage(20, USDT)),
        ("leverage invalid", lambda: ex.set_leverage(500, USDT)),
        ("110015", lambda: ex.privatePostV5PositionAddMargin(move)),
        ("setMarginMode invalid", lambda: ex.set_margin_mode("portfolio")),
    ]
    for text, call in cases:
        with pytest.raises(ccxt.BaseError, match=text):
            await call()
    await ex.set_leverage(25, USDT)
    assert (await ex.fetch_leverage(USDT))["longLeverage"] == 25


async def test_funding_is_paid_and_listed_with_its_rates() -> None:
    async with PaperSite(unified_spec(funding_period_s=2.0)) as site, connecting(site) as connect:
        ex = connect("uta")
        balance = Watching(ex.watch_balance)
        before = account_of(site, "uta").wallets["USDC"]
        await balance.until(lambda seen: any(row.get("USDC", {}).get("total", before) != before for row in seen))
        await balance.stop()
        paid = (await ex.fetch_funding_history(USDT))[-1]
        rate = (await ex.fetch_funding_rate_history(USDT))[-1]
        price = float(paid["info"]["execPrice"])
        assert paid["amount"] == pytest.approx(0.5 * rate["fundingRate"] * price, rel=1e-2)
        due = (await ex.fetch_funding_rate(USDT))["fundingTimestamp"]
        assert due / 1000 == site.venue_of("uta").exchange.funding.next_s
        kinds = {row["info"]["type"] for row in await ex.fetch_ledger(None, None, 50)}
        assert "SETTLEMENT" in kinds


async def test_a_liquidation_is_told_as_order_execution_and_ledger_row(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex, account = connect_unified("flat"), account_of(unified, "flat")
    unified.running = False
    await ex.set_margin_mode("isolated")
    await ex.create_order(USDT, "market", "buy", 1)
    await ex.create_order(USDT, "limit", "buy", 0.1, 50_000)
    (position,) = await ex.fetch_positions()
    orders = Watching(ex.watch_orders)
    await connected(unified, "flat")
    unified.market.shock_price("BTCUSDT", position["liquidationPrice"] * 0.999)
    unified.venue_of("flat").exchange.match()
    told = "CreateByLiq"
    await orders.until(lambda seen: any(row["info"]["createType"] == told for rows in seen for row in rows))
    await orders.stop()
    assert (await ex.fetch_positions(), await ex.fetch_open_orders()) == ([], [])
    (row,) = await ex.fetch_my_liquidations(USDT)
    assert row["contracts"] == 1
    kinds = {entry["info"]["type"] for entry in await ex.fetch_ledger(None, None, 50)}
    assert {"TRADE", "LIQUIDATION"} <= kinds
    assert account.wallets["USDT"] < 100_000


async def test_the_ledger_explains_every_wallet_to_its_last_digit(unified: PaperSite, connect_unified: Connect) -> None:
    ex, account = connect_unified("uta"), account_of(unified, "uta")
    exchange = unified.venue_of("uta").exchange
    await ex.create_order(USDT, "market", "sell", 0.2)
    await ex.create_order(SPOT, "market", "buy", 0.1)
    exchange.flow(account, "ETH", -2.0, Cause.WITHDRAW)
    exchange.flow(account, "BTC", 0.5, Cause.DEPOSIT)
    rows = await ex.fetch_ledger(None, None, None, {"paginate": True})
    assert len(rows) == len(await ex.fetch_ledger(None, None, 50))
    for coin, amount in account.wallets.items():
        own = [row for row in rows if row["currency"] == coin]
        signed = sum(row["amount"] if row["direction"] == "in" else -row["amount"] for row in own)
        assert signed == pytest.approx(amount, abs=1e-7)
        newest = next(row for row in await ex.fetch_ledger(coin, None, 1))
        assert newest["after"] == pytest.approx(amount, abs=1e-7)
    since = int((unified.clock.now() - 60) * 1000)
    (came,), (went,) = await ex.fetch_deposits(None, since), await ex.fetch_withdrawals(None, since)
    assert (came["currency"], came["amount"], came["status"]) == ("BTC", 0.5, "ok")
    assert (went["currency"], went["amount"], went["status"]) == ("ETH", 2, "ok")
    info = next(row["info"] for row in rows if row["info"]["category"] == "linear" and float(row["info"]["fee"]))
    assert float(info["change"]) == pytest.approx(float(info["cashFlow"]) - float(info["fee"]))


async def test_what_the_key_may_do_and_what_it_costs(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("uta")
    account_of(unified, "uta").can_withdraw = True
    told = (await ex.privateGetV5UserQueryApi())["result"]
    assert (told["uta"], told["readOnly"], "Withdraw" in told["permissions"]["Wallet"]) == (1, 0, True)
    assert (await ex.fetch_trading_fee(USDT))["taker"] == 0.00055
    tiers = await ex.fetch_leverage_tiers([USDT])
    assert [tier["maxLeverage"] for tier in tiers[USDT]][:2] == [125, 62]


async def test_prices_candles_and_books_of_every_category(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    unified.running = False
    counts = [len(await ex.fetch_tickers(None, params)) for params in ({}, OF_INVERSE, {"type": "spot"})]
    assert counts == [24, 12, 12]
    day = unified.market.last_day("BTCUSDT")
    for symbol, volume in ((USDT, day.volume), (SPOT, day.volume), (INVERSE, day.turnover)):
        assert (await ex.fetch_ticker(symbol))["baseVolume"] == pytest.approx(volume, rel=1e-4)
        candles = await ex.fetch_ohlcv(symbol, "1h", None, 5)
        assert len(candles) == 5
        assert [row[0] for row in candles] == sorted(row[0] for row in candles)
        since = candles[1][0]
        assert [row[0] for row in await ex.fetch_ohlcv(symbol, "1h", since, 2)] == [candles[1][0], candles[2][0]]
        book = await ex.fetch_order_book(symbol, 10)
        assert (len(book["bids"]), len(book["asks"])) == (10, 10)
        assert book["bids"][0][0] < book["asks"][0][0]

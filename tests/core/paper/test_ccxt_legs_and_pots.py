"""Unmodified ccxt against hedge mode, isolated margin, funding and liquidation on the USD-M wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import orjson
import pytest

from core.paper.engine.liquidation_price import liquidation_price
from core.paper.site import PaperSite
from tests.core.paper.conftest import connecting, wide_spec
from tests.core.paper.watching import Watching, connected

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
LONG, SHORT = {"positionSide": "LONG"}, {"positionSide": "SHORT"}
Connect = Callable[..., Any]


async def refused(code: str, call: Any) -> None:
    with pytest.raises(ccxt.BaseError, match=f'"code":{code},'):
        await call


async def test_both_legs_are_told_as_two_positions(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("hedge")
    assert (await ex.fetch_position_mode())["hedged"] is True
    await ex.create_order(BTC, "market", "buy", 1.0, None, LONG)
    await ex.create_order(BTC, "market", "sell", 0.4, None, SHORT)
    for method in ({}, {"useV2": True}):
        rows = {row["side"]: row for row in await ex.fetch_positions(None, method)}
        assert {side: row["contracts"] for side, row in rows.items()} == {"long": 1.0, "short": 0.4}
        assert all(row["hedged"] for row in rows.values())
    trades = await ex.fetch_my_trades(BTC)
    assert [trade["info"]["positionSide"] for trade in trades] == ["LONG", "SHORT"]


async def test_orders_of_a_leg_close_that_leg_and_say_which(connect_wide: Connect) -> None:
    ex = connect_wide("hedge")
    await ex.create_order(BTC, "market", "buy", 1.0, None, LONG)
    await ex.create_order(BTC, "market", "sell", 1.0, None, SHORT)
    order = await ex.create_order(BTC, "limit", "sell", 0.5, 70_000, LONG)
    assert (order["reduceOnly"], order["info"]["positionSide"]) == (True, "LONG")
    stop = await ex.create_order(BTC, "market", "buy", 0.5, None, {**SHORT, "stopLossPrice": 90_000})
    assert stop["info"]["positionSide"] == "SHORT"
    await ex.create_order(BTC, "market", "sell", 5.0, None, LONG)
    assert [(row["side"], row["contracts"]) for row in await ex.fetch_positions()] == [("short", 1.0)]
    assert await ex.fetch_open_orders(BTC) == []
    await ex.cancel_all_orders(BTC, {"trigger": True})


async def test_the_venue_refuses_legs_and_switches_in_its_own_codes(connect_wide: Connect) -> None:
    ex, other = connect_wide("hedge"), connect_wide("pots")
    await refused("-4061", ex.create_order(BTC, "market", "buy", 0.1))
    await refused("-4061", other.create_order(BTC, "market", "buy", 0.1, None, LONG))
    await refused("-2022", ex.create_order(BTC, "market", "sell", 0.1, None, LONG))
    row = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.1", "positionSide": "LONG"}
    await refused("-1106", ex.fapiPrivatePostOrder({**row, "reduceOnly": "true"}))
    await refused("-4059", ex.set_position_mode(True))
    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000, LONG)
    await refused("-4067", ex.set_position_mode(False))
    await ex.cancel_order(order["id"], BTC)
    await ex.create_order(BTC, "market", "buy", 0.1, None, LONG)
    await refused("-4068", ex.set_position_mode(False))
    await ex.create_order(BTC, "market", "sell", 0.1, None, LONG)
    await ex.set_position_mode(False)
    await ex.create_order(BTC, "market", "buy", 0.1)


async def test_an_isolated_position_has_a_pot_and_a_price_of_its_own(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("pots")
    wide.running = False
    await ex.create_order(BTC, "market", "buy", 1.0)
    await ex.create_order(ETH, "market", "buy", 1.0)
    account = wide.venue_of("pots").exchange.accounts["pots"]
    held = account.position_of("BTCUSDT")
    for params in ({}, {"useV2": True}):
        rows = {row["symbol"]: row for row in await ex.fetch_positions(None, params)}
        assert (rows[BTC]["marginMode"], rows[ETH]["marginMode"]) == ("isolated", "cross")
        assert rows[BTC]["collateral"] == pytest.approx(held.pot + account.unrealised_of(held), abs=1e-6)
        assert rows[BTC]["liquidationPrice"] == pytest.approx(liquidation_price(account, held), abs=1e-6)
    await ex.add_margin(BTC, 500)
    await ex.reduce_margin(BTC, 100)
    (after,) = await ex.fetch_positions([BTC])
    assert after["liquidationPrice"] < rows[BTC]["liquidationPrice"]
    margin = account.margin("USDT")
    raw = (await ex.fapiPrivateV3GetAccount())["assets"]
    usdt = next(row for row in raw if row["asset"] == "USDT")
    assert float(usdt["crossWalletBalance"]) == pytest.approx(margin.wallet - held.pot)


async def test_margin_type_and_pot_refusals_carry_the_venues_codes(connect_wide: Connect) -> None:
    ex = connect_wide("pots")
    await ex.load_markets()
    await refused("-4054", ex.add_margin(BTC, 10))
    await refused("-4049", ex.add_margin(ETH, 10))
    with pytest.raises(ccxt.BaseError, match="-4046"):
        await ex.fapiPrivatePostMarginType({"symbol": "BTCUSDT", "marginType": "ISOLATED"})
    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    await refused("-4047", ex.set_margin_mode("cross", BTC))
    await ex.cancel_order(order["id"], BTC)
    await ex.create_order(BTC, "market", "buy", 0.1)
    await refused("-4048", ex.set_margin_mode("cross", BTC))
    await refused("-4050", ex.add_margin(BTC, 1_000_000))
    await refused("-4051", ex.reduce_margin(BTC, 300))
    await refused("-4161", ex.set_leverage(5, BTC))
    await ex.create_order(BTC, "market", "sell", 0.1)
    await ex.set_margin_mode("cross", BTC)
    assert (await ex.fetch_margin_mode(BTC))["marginMode"] == "cross"


async def test_a_liquidation_is_told_as_order_trade_position_and_income(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("pots")
    await ex.create_order(BTC, "market", "buy", 1.0)
    await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    raw: list[Any] = []
    dialect = wide.venue_of("pots").dialect
    exchange = wide.venue_of("pots").exchange
    exchange.events.connect(lambda event: raw.extend(orjson.loads(f) for f in dialect.user_frames(event, 0.0)))
    orders = Watching(ex.watch_orders)
    await connected(wide, "pots")
    wide.running = False
    (position,) = await ex.fetch_positions()
    wide.market.shock_price("BTCUSDT", position["liquidationPrice"] * 0.999)
    exchange.match()
    await orders.until(lambda seen: any(r["clientOrderId"].startswith("autoclose-") for rows in seen for r in rows))
    await orders.stop()
    assert await ex.fetch_positions() == []
    assert await ex.fetch_open_orders() == []
    told = [row["o"] for row in raw if row["e"] == "ORDER_TRADE_UPDATE"]
    assert [(row["x"], row["o"]) for row in told] == [
        ("CANCELED", "LIMIT"),
        ("NEW", "LIQUIDATION"),
        ("TRADE", "LIQUIDATION"),
    ]
    reasons = [row["a"]["m"] for row in raw if row["e"] == "ACCOUNT_UPDATE"]
    assert reasons == ["ORDER", "INSURANCE_CLEAR"]
    (row,) = await ex.fetch_my_liquidations(BTC)
    assert (row["side"], row["contracts"]) == ("sell", 1.0)
    kinds = {entry["info"]["incomeType"] for entry in await ex.fetch_ledger()}
    assert kinds >= {"INSURANCE_CLEAR", "REALIZED_PNL"}


async def test_funding_is_paid_listed_and_told() -> None:
    async with PaperSite(wide_spec(step_s=0.05, funding_period_s=2.0)) as site, connecting(site) as connect:
        ex = connect("pots")
        await ex.create_order(ETH, "market", "buy", 2.0)
        balance = Watching(ex.watch_balance)
        await balance.until(lambda seen: any(row["info"]["a"]["m"] == "FUNDING_FEE" for row in seen))
        await balance.stop()
        paid = await ex.fetch_funding_history(ETH)
        assert paid[-1]["amount"] < 0
        rates = await ex.fetch_funding_rate_history(ETH)
        assert paid[-1]["amount"] == pytest.approx(
            -2 * rates[-1]["fundingRate"] * float(rates[-1]["info"]["markPrice"])
        )
        rate = await ex.fetch_funding_rate(ETH)
        assert rate["fundingTimestamp"] / 1000 == site.venue_of("pots").exchange.funding.next_s

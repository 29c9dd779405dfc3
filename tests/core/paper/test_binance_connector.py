"""Binance's own client as an independent witness that the dialect is Binance's and not merely ccxt's reading of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from core.domain import Side
from core.paper.engine.model import TriggerKind, TriggerRequest
from core.paper.site import PaperSite
from tests.core.paper.conftest import eventually

error = pytest.importorskip("binance.error", reason="binance-futures-connector is not installed")
um_futures = pytest.importorskip("binance.um_futures")
sockets = pytest.importorskip("binance.websocket.um_futures.websocket_client")

T = TypeVar("T")
BTC = "BTCUSDT"


def client_of(site: PaperSite, account: str, secret: str = "") -> Any:
    venue = site.venue_of(account)
    known = venue.exchange.accounts[account]
    return um_futures.UMFutures(key=known.api_key, secret=secret or known.secret, base_url=venue.url, timeout=3)


async def off(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The client blocks: keep it off the loop that serves it."""
    return await asyncio.to_thread(call, *args, **kwargs)


@pytest.fixture
def client(site: PaperSite) -> Any:
    made = client_of(site, "alpha")
    yield made
    made.session.close()


async def test_time_listing_account_and_positions(site: PaperSite, client: Any) -> None:
    now = (await off(client.time))["serverTime"] / 1000
    assert abs(now - site.clock.now()) < 1
    info = await off(client.exchange_info)
    assert {row["symbol"] for row in info["symbols"]} == set(site.market.index)
    limits = {row["rateLimitType"]: row["limit"] for row in info["rateLimits"]}
    assert limits["REQUEST_WEIGHT"] == 2400
    account = await off(client.account)
    assert float(account["totalWalletBalance"]) == pytest.approx(105_000)
    held = [row for row in await off(client.get_position_risk) if float(row["positionAmt"])]
    assert [(row["symbol"], float(row["positionAmt"])) for row in held] == [(BTC, 1.5)]
    assert {row["asset"] for row in await off(client.balance)} == {"USDT", "USDC"}


async def test_an_order_goes_in_is_found_and_goes_out(client: Any) -> None:
    order = await off(
        client.new_order,
        symbol=BTC,
        side="BUY",
        type="LIMIT",
        quantity=0.1,
        price=50_000,
        timeInForce="GTC",
        newClientOrderId="bas-1",
    )
    assert (order["status"], order["clientOrderId"]) == ("NEW", "bas-1")
    found = await off(client.query_order, symbol=BTC, origClientOrderId="bas-1")
    assert found["orderId"] == order["orderId"]
    assert len(await off(client.get_orders, symbol=BTC)) == 1
    gone = await off(client.cancel_order, symbol=BTC, orderId=order["orderId"])
    assert gone["status"] == "CANCELED"
    assert await off(client.get_orders, symbol=BTC) == []


async def test_cancel_all_batches_and_the_countdown(site: PaperSite, client: Any) -> None:
    row = {
        "symbol": BTC,
        "side": "BUY",
        "type": "LIMIT",
        "quantity": "0.1",
        "price": "50000",
        "timeInForce": "GTC",
    }
    replies = await off(client.new_batch_order, [row, row | {"quantity": "0"}])
    assert [reply.get("status", reply.get("code")) for reply in replies] == ["NEW", -4003]
    assert (await off(client.cancel_open_orders, symbol=BTC))["code"] == 200
    assert site.venue_of("alpha").exchange.accounts["alpha"].open_orders() == []
    assert (await off(client.countdown_cancel_order, symbol=BTC, countdownTime=5000))["countdownTime"] == "5000"


async def test_the_countdown_cancels_its_symbol_alone_and_can_be_taken_back(site: PaperSite, client: Any) -> None:
    """Conditional orders are not in this client: they are put into the engine by hand."""
    account = site.venue_of("alpha").exchange.accounts["alpha"]
    site.venue_of("alpha").exchange.place_trigger(
        account, TriggerRequest(BTC, Side.SELL, TriggerKind.STOP_MARKET, 1.0, 0.1)
    )
    for symbol, price in ((BTC, "50000"), ("ETHUSDT", "1000")):
        row = {
            "symbol": symbol,
            "side": "BUY",
            "type": "LIMIT",
            "quantity": "0.1",
            "price": price,
            "timeInForce": "GTC",
        }
        await off(client.new_order, **row)
    await off(client.countdown_cancel_order, symbol="ETHUSDT", countdownTime=150)
    await off(client.countdown_cancel_order, symbol="ETHUSDT", countdownTime=0)
    await off(client.countdown_cancel_order, symbol=BTC, countdownTime=150)
    await eventually(lambda: not account.open_orders(BTC) and not account.open_triggers(BTC))
    assert [order.symbol for order in account.open_orders()] == ["ETHUSDT"]
    with pytest.raises(error.ClientError, match="countdownTime"):
        await off(client.countdown_cancel_order, symbol=BTC, countdownTime=-1)


async def test_trades_income_and_settings(client: Any) -> None:
    await off(client.new_order, symbol=BTC, side="SELL", type="MARKET", quantity=0.5, reduceOnly="true")
    trades = await off(client.get_account_trades, symbol=BTC)
    assert float(trades[-1]["qty"]) == 0.5
    assert {row["incomeType"] for row in await off(client.get_income_history)} >= {"COMMISSION", "REALIZED_PNL"}
    assert (await off(client.change_leverage, symbol=BTC, leverage=25))["leverage"] == 25
    assert len(await off(client.leverage_brackets)) == 12


def other_client(site: PaperSite, account: str, module: str, name: str) -> Any:
    venue = site.venue_of(account)
    known = venue.exchange.accounts[account]
    made = getattr(pytest.importorskip(module), name)
    return made(key=known.api_key, secret=known.secret, base_url=venue.url, timeout=3)


async def test_legs_and_pots_are_binances(wide: PaperSite) -> None:
    hedge, pots = (other_client(wide, name, "binance.um_futures", "UMFutures") for name in ("hedge", "pots"))
    try:
        assert (await off(hedge.get_position_mode))["dualSidePosition"] is True
        for side, leg in (("BUY", "LONG"), ("SELL", "SHORT")):
            await off(hedge.new_order, symbol=BTC, side=side, type="MARKET", quantity=0.1, positionSide=leg)
        legs = {row["positionSide"]: float(row["positionAmt"]) for row in await off(hedge.get_position_risk)}
        assert legs == {"LONG": 0.1, "SHORT": -0.1}
        with pytest.raises(error.ClientError) as caught:
            await off(hedge.change_position_mode, dualSidePosition="false")
        assert caught.value.error_code == -4068
        await off(pots.new_order, symbol=BTC, side="BUY", type="MARKET", quantity=0.1)
        reply = await off(pots.modify_isolated_position_margin, symbol=BTC, amount=50, type=1)
        assert (reply["code"], reply["type"]) == (200, 1)
        (row,) = await off(pots.get_position_risk, symbol=BTC)
        assert float(row["isolatedWallet"]) > 50
        assert 0 < float(row["liquidationPrice"]) < float(row["markPrice"])
        assert await off(pots.force_orders) == []
        assert len(await off(pots.klines, BTC, "1h", limit=24)) == 24
    finally:
        hedge.session.close()
        pots.session.close()


async def test_the_coin_margined_venue_is_binances_too(wide: PaperSite) -> None:
    client, coin = other_client(wide, "coin", "binance.cm_futures", "CMFutures"), "BTCUSD_PERP"
    try:
        assert {row["symbol"] for row in (await off(client.exchange_info))["symbols"]} >= {coin}
        held = [row for row in await off(client.get_position_risk) if float(row["positionAmt"])]
        assert [(row["symbol"], float(row["positionAmt"])) for row in held] == [(coin, 300)]
        order = await off(
            client.new_order, symbol=coin, side="BUY", type="LIMIT", quantity=1, price=50_000, timeInForce="GTC"
        )
        assert [row["orderId"] for row in await off(client.get_orders, symbol=coin)] == [order["orderId"]]
        assert (await off(client.cancel_open_orders, symbol=coin))["code"] == 200
        assert {row["asset"] for row in await off(client.balance)} >= {"BTC", "ETH"}
        assert len((await off(client.depth, coin))["bids"]) == 30
    finally:
        client.session.close()


async def test_a_bad_signature_is_refused_as_binance_does(site: PaperSite) -> None:
    stranger = client_of(site, "alpha", secret="wrong")
    try:
        with pytest.raises(error.ClientError) as caught:
            await off(stranger.account)
        assert (caught.value.status_code, caught.value.error_code) == (400, -1022)
    finally:
        stranger.session.close()


@pytest.mark.allowed_logs("CLOSE frame received")
async def test_the_user_stream_tells_both_books_and_the_account(site: PaperSite, client: Any) -> None:
    key = (await off(client.new_listen_key))["listenKey"]
    heard: list[dict[str, Any]] = []
    stream = await off(
        sockets.UMFuturesWebsocketClient,
        stream_url=site.venue_of("alpha").url.replace("http", "ws"),
        on_message=lambda _, text: heard.append(json.loads(text)),
        on_error=lambda *_: None,
    )
    try:
        await off(stream.user_data, listen_key=key)
        hub = site.venue_of("alpha").server.hub
        await eventually(lambda: "alpha" in hub.users())
        await off(client.new_order, symbol=BTC, side="SELL", type="MARKET", quantity=0.5)
        await off(client.renew_listen_key, key)
        await eventually(lambda: {"ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"} <= {row.get("e") for row in heard})
    finally:
        await off(stream.stop)
        # The client says goodbye and leaves its socket open.
        stream.socket_manager.ws.shutdown()
        await off(client.close_listen_key, key)
    update = next(row for row in heard if row.get("e") == "ACCOUNT_UPDATE")
    assert [(row["s"], float(row["pa"])) for row in update["a"]["P"]] == [(BTC, 1.0)]
    order = [row["o"] for row in heard if row.get("e") == "ORDER_TRADE_UPDATE"]
    assert [(row["x"], row["X"]) for row in order] == [("NEW", "NEW"), ("TRADE", "FILLED")]
    fill = site.venue_of("alpha").exchange.accounts["alpha"].fills[-1]
    told = {name: float(order[-1][name]) for name in ("q", "l", "z", "L", "n", "rp")}
    assert told == pytest.approx(
        {"q": 0.5, "l": 0.5, "z": 0.5, "L": fill.price, "n": fill.fee, "rp": fill.realised}, abs=1e-6
    )

"""Bybit's own client as an independent witness that the dialect is Bybit's and not merely ccxt's reading of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from tests.core.paper.conftest import eventually
from tests.core.paper.test_bybit_orders import account_of, left, rest

exceptions = pytest.importorskip("pybit.exceptions", reason="pybit is not installed")
unified_trading = pytest.importorskip("pybit.unified_trading")

T = TypeVar("T")
LINEAR, BTC = {"category": "linear"}, {"category": "linear", "symbol": "BTCUSDT"}
LIMIT = {"side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "50000"}
MARKET = {"orderType": "Market", "qty": "0.1"}


def client_of(site: PaperSite, account: str, **config: Any) -> Any:
    known = account_of(site, account)
    client = unified_trading.HTTP(
        **{"api_key": known.api_key, "api_secret": known.secret, "timeout": 3, "max_retries": 1, "retry_delay": 0}
        | config
    )
    client.endpoint = site.venue_of(account).url
    return client


async def off(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The client blocks: keep it off the loop that serves it."""
    return await asyncio.to_thread(call, *args, **kwargs)


@pytest.fixture
def client(unified: PaperSite) -> Iterator[Any]:
    made = client_of(unified, "flat")
    yield made
    made.client.close()


async def rows(call: Callable[..., Any], **query: Any) -> list[dict[str, Any]]:
    return list((await off(call, **query))["result"]["list"])


async def test_time_listing_prices_and_what_the_account_is(unified: PaperSite, client: Any) -> None:
    assert abs(int((await off(client.get_server_time))["result"]["timeSecond"]) - unified.clock.now()) < 2
    counts = [len(await rows(client.get_instruments_info, category=name)) for name in ("linear", "inverse", "spot")]
    assert counts == [24, 12, 12]
    assert (await rows(client.get_instruments_info, category="option", baseCoin="BTC")) == []
    page = (await off(client.get_instruments_info, category="linear", limit=10))["result"]
    more = await rows(client.get_instruments_info, category="linear", limit=10, cursor=page["nextPageCursor"])
    assert len({row["symbol"] for row in (*page["list"], *more)}) == 20
    assert len(await rows(client.get_kline, **BTC, interval="60", limit=24)) == 24
    assert len((await off(client.get_orderbook, **BTC, limit=25))["result"]["b"]) == 25
    assert (await off(client.get_account_info))["result"]["unifiedMarginStatus"] == 6
    assert (await off(client.get_api_key_information))["result"]["uta"] == 1
    (wallet,) = await rows(client.get_wallet_balance, accountType="UNIFIED", coin="USDT,BTC")
    assert {row["coin"]: float(row["walletBalance"]) for row in wallet["coin"]} == {"USDT": 100_000, "BTC": 2}


async def test_an_order_goes_in_is_found_changed_and_goes_out(unified: PaperSite, client: Any) -> None:
    placed = (await off(client.place_order, **BTC, **LIMIT, orderLinkId="bas-1"))["result"]
    assert placed["orderLinkId"] == "bas-1"
    (found,) = await rows(client.get_open_orders, **BTC, orderLinkId="bas-1")
    assert (found["orderId"], found["orderStatus"], found["leavesQty"]) == (placed["orderId"], "New", "0.010")
    await off(client.amend_order, **BTC, orderLinkId="bas-1", price="51000")
    assert account_of(unified).open_orders()[0].price == 51_000
    assert (await off(client.cancel_order, **BTC, orderId=placed["orderId"]))["result"] == placed
    with pytest.raises(exceptions.InvalidRequestError) as caught:
        await off(client.cancel_order, **BTC, orderId=placed["orderId"])
    assert caught.value.status_code == 110001
    (ended,) = await rows(client.get_order_history, **BTC)
    assert (ended["orderId"], ended["orderStatus"]) == (placed["orderId"], "Cancelled")
    assert [row["orderId"] for row in await rows(client.get_open_orders, **BTC, openOnly=1)] == [placed["orderId"]]


async def test_pages_and_cancel_all_by_category_coin_and_filter(unified: PaperSite, client: Any) -> None:
    rest(unified, 60)
    for category, symbol, size in (
        ("linear", "BTCPERP", "0.01"),
        ("inverse", "BTCUSD", "100"),
        ("spot", "BTCUSDT", "0.01"),
    ):
        await off(client.place_order, **LIMIT | {"category": category, "symbol": symbol, "qty": size})
    await off(client.place_order, **BTC, **MARKET, side="Sell", triggerPrice="40000", triggerDirection=2)
    query = {**LINEAR, "settleCoin": "USDT", "limit": 50}
    first = (await off(client.get_open_orders, **query))["result"]
    second = (await off(client.get_open_orders, **query, cursor=first["nextPageCursor"]))["result"]
    assert (len(first["list"]), len(second["list"])) == (50, 11)
    assert len(await rows(client.cancel_all_orders, **LINEAR, settleCoin="USDT", orderFilter="StopOrder")) == 1
    assert left(unified) == {"BTCUSDT": 60, "BTCPERP": 1, "BTCUSD": 1, "BTCUSDT_SPOT": 1}
    steps = (
        ({**LINEAR, "settleCoin": "USDT"}, {"BTCPERP": 1, "BTCUSD": 1, "BTCUSDT_SPOT": 1}),
        ({"category": "spot"}, {"BTCPERP": 1, "BTCUSD": 1}),
        ({**LINEAR, "settleCoin": "USDC"}, {"BTCUSD": 1}),
        ({"category": "inverse", "settleCoin": "BTC"}, {}),
    )
    for params, kept in steps:
        await off(client.cancel_all_orders, **params)
        assert left(unified) == kept, params
    assert await rows(client.cancel_all_orders, category="option") == []


async def test_positions_trades_and_settings(unified: PaperSite, client: Any) -> None:
    await off(client.set_leverage, **BTC, buyLeverage="25", sellLeverage="25")
    await off(client.place_order, **BTC, **MARKET, side="Buy", takeProfit="90000", stopLoss="50000")
    (position,) = await rows(client.get_positions, **LINEAR, settleCoin="USDT")
    told = {name: position[name] for name in ("side", "size", "leverage", "takeProfit", "stopLoss", "positionIdx")}
    assert told == {
        "side": "Buy",
        "size": "0.100",
        "leverage": "25",
        "takeProfit": "90000.0",
        "stopLoss": "50000.0",
        "positionIdx": 0,
    }
    await off(client.set_trading_stop, **BTC, stopLoss="55000", positionIdx=0)
    assert {row["stopOrderType"] for row in await rows(client.get_open_orders, **BTC)} == {"TakeProfit", "StopLoss"}
    (trade,) = await rows(client.get_executions, **BTC)
    fill = account_of(unified).fills[-1]
    assert (float(trade["execQty"]), float(trade["execFee"])) == (0.1, pytest.approx(fill.fee))
    assert (await rows(client.get_transaction_log))[0]["type"] == "TRADE"
    with pytest.raises(exceptions.InvalidRequestError) as caught:
        await off(client.switch_position_mode, **LINEAR, coin="USDT", mode=3)
    assert caught.value.status_code == 110028
    await off(client.cancel_all_orders, **BTC)
    await off(client.place_order, **BTC, **MARKET, side="Sell", reduceOnly=True)
    await off(client.switch_position_mode, **LINEAR, coin="USDT", mode=3)
    legs = await rows(client.get_positions, **BTC)
    assert [(row["positionIdx"], row["size"]) for row in legs] == [(1, "0.000"), (2, "0.000")]


async def test_batches_and_the_disconnect_window(unified: PaperSite, client: Any) -> None:
    order = {"symbol": "BTCUSDT", **LIMIT}
    reply = await off(client.place_batch_order, category="linear", request=[order, order | {"qty": "0"}])
    assert [row["code"] for row in reply["retExtInfo"]["list"]] == [0, 10001]
    good = reply["result"]["list"][0]["orderId"]
    cancels = [{"symbol": "BTCUSDT", "orderId": good}, {"symbol": "BTCUSDT", "orderId": good}]
    reply = await off(client.cancel_batch_order, category="linear", request=cancels)
    assert [row["code"] for row in reply["retExtInfo"]["list"]] == [0, 110001]
    assert (await off(client.set_dcp, product="SPOT", timeWindow=10))["retCode"] == 0


async def test_wrong_keys_are_refused_as_bybit_does(unified: PaperSite) -> None:
    for config, code in (({"api_secret": "wrong"}, 10004), ({"api_key": "nobody"}, 10003)):
        stranger = client_of(unified, "flat", **config)
        with pytest.raises(exceptions.InvalidRequestError) as caught:
            await off(stranger.get_api_key_information)
        stranger.client.close()
        assert caught.value.status_code == code


@pytest.mark.allowed_logs("invalid request|Retrying|Too many visits")
async def test_the_client_waits_and_asks_again_where_the_venue_lets_it(unified: PaperSite) -> None:
    patient = client_of(unified, "flat", max_retries=4)
    # Each refusal widens the window that it asks for by 2.5 s.
    unified.add_fault(Fault(FaultKind.CLOCK_SKEW, seconds=8.0))
    assert (await off(patient.get_api_key_information))["retCode"] == 0
    unified.faults.clear()
    unified.add_fault(Fault(FaultKind.BUSY, seconds=1, count=1))
    assert (await off(patient.get_api_key_information))["retCode"] == 0
    patient.client.close()


async def test_streams_of_both_kinds_are_understood(unified: PaperSite, monkeypatch: pytest.MonkeyPatch) -> None:
    url, known = unified.venues[0].url.replace("http", "ws"), account_of(unified, "flat")
    monkeypatch.setattr(unified_trading, "PRIVATE_WSS", f"{url}/v5/private")
    monkeypatch.setattr(unified_trading, "PUBLIC_WSS", f"{url}/v5/public/{{CHANNEL_TYPE}}")
    heard: dict[str, list[Any]] = {}
    names = ("order", "execution", "position", "wallet")
    keys = {"api_key": known.api_key, "api_secret": known.secret}
    # Told to close, it may take that for an error and connect again; and its thread looks up only so often.
    mine = {"testnet": False, "restart_on_error": False, "ping_timeout": 0.5}
    stream = await off(unified_trading.WebSocket, "private", **mine, **keys)
    public = await off(unified_trading.WebSocket, "linear", **mine)
    try:
        # On the loop, for once: it sends before it notes what it sent, and may not be answered in between.
        for name in names:
            getattr(stream, f"{name}_stream")(heard.setdefault(name, []).append)
        public.orderbook_stream(50, "BTCUSDT", heard.setdefault("book", []).append)
        public.ticker_stream("BTCUSDT", heard.setdefault("ticker", []).append)
        hub = unified.venue_of("flat").server.hub
        await eventually(lambda: set(names) <= hub.topics_of("flat"))
        client = client_of(unified, "flat")
        await off(client.place_order, **BTC, **MARKET, side="Buy")
        client.client.close()
        await eventually(lambda: all(heard[name] for name in (*names, "ticker")) and len(heard["book"]) > 3)
    finally:
        for made in (stream, public):
            await off(made.exit)
            # It does not wait for the thread that serves it, nor that for the one that pings.
            await off(made.wst.join, 5)
    order, execution = heard["order"][-1]["data"][0], heard["execution"][-1]["data"][0]
    assert (order["orderStatus"], order["cumExecQty"], order["category"]) == ("Filled", "0.100", "linear")
    assert (execution["execQty"], execution["orderId"]) == ("0.100", order["orderId"])
    assert heard["position"][-1]["data"][0]["size"] == "0.100"
    assert heard["wallet"][-1]["data"][0]["accountType"] == "UNIFIED"
    book = heard["book"][-1]["data"]
    assert len(book["b"]) == len(book["a"]) == 30
    assert float(heard["ticker"][-1]["data"]["markPrice"]) > 0

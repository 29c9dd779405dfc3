"""Unmodified ccxt.pro's `okx` against the server's websockets, and what a connection is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import ccxt
import orjson
import pytest

from core.domain import Side
from core.paper.dialects.okx.keys import LOGIN, signature
from core.paper.engine.model import Cause
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from tests.core.paper.conftest import eventually
from tests.core.paper.test_ccxt_okx import BTC, ETH, PAIR, Connect, account_of
from tests.core.paper.watching import Watching, connected

INST = "BTC-USDT-SWAP"
Dial = Callable[[str], Any]


def subscribed(site: PaperSite, account: str) -> set[str]:
    """Channels of all the account's streams."""
    sessions = [connection.session for connection in site.venue_of(account).server.hub._connections]
    topics = [topic for session in sessions if session.account == account for topic in session.topics]
    return {orjson.loads(topic)["channel"] for topic in topics}


async def listening(site: PaperSite, account: str, *channels: str) -> None:
    await connected(site, account)
    await eventually(lambda: set(channels) <= subscribed(site, account))


async def test_orders_of_both_kinds_are_told_through_their_lives(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("two")
    orders, algos = Watching(ex.watch_orders), Watching(lambda: ex.watch_orders(None, None, None, {"trigger": True}))
    await listening(okx, "two", "orders", "orders-algo")

    async def told(watching: Watching, order_id: str, status: str) -> None:
        rows = {"id": order_id, "status": status}
        await watching.until(lambda seen: any(rows.items() <= row.items() for update in seen for row in update))

    order = await ex.create_order(BTC, "limit", "buy", 1, 50_000, {"clientOrderId": "mm7"})
    await told(orders, order["id"], "open")
    stop = await ex.create_order(BTC, "market", "buy", 1, None, {"stopLossPrice": 90_000})
    await told(algos, stop["id"], "open")
    await ex.cancel_order(order["id"], BTC)
    await told(orders, order["id"], "canceled")
    await ex.cancel_order(stop["id"], BTC, {"trigger": True})
    await told(algos, stop["id"], "canceled")
    await orders.stop()
    await algos.stop()


async def test_a_fill_is_told_as_order_trade_position_and_balance(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("one")
    await ex.load_markets()
    trades, positions, balance = Watching(ex.watch_my_trades), Watching(ex.watch_positions), Watching(ex.watch_balance)
    await listening(okx, "one", "orders", "positions", "account")
    order = await ex.create_order(BTC, "market", "sell", 50)
    await trades.until(bool)
    await positions.until(lambda seen: any(row["contracts"] == 100 for rows in seen for row in rows))
    await ex.create_order(BTC, "market", "sell", 100)
    await positions.until(lambda seen: any(row["contracts"] == 0 for rows in seen for row in rows))
    wallet = account_of(okx, "one").wallets["USDT"]
    await balance.until(lambda seen: seen[-1]["USDT"]["total"] == pytest.approx(wallet))
    for watching in (trades, positions, balance):
        await watching.stop()
    first = trades.seen[0][0]
    assert (first["order"], first["amount"], first["side"]) == (order["id"], 50, "sell")
    assert abs(first["fee"]["cost"]) == pytest.approx(0.5 * first["price"] * 0.0005)


async def test_a_subscription_begins_with_what_there_is(connect_okx: Connect) -> None:
    ex = connect_okx("one")
    async with asyncio.timeout(4):
        rows = await ex.watch_positions()
        balance = await ex.watch_balance()
    assert {(row["symbol"], row["contracts"]) for row in rows} == {(BTC, 150), ("BTC/USD:BTC", 300)}
    assert balance["BTC"]["total"] == pytest.approx(1.0, abs=0.01)


async def test_flows_and_what_orders_lock_change_the_balance(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("two")
    balance = Watching(ex.watch_balance)
    await listening(okx, "two", "account")
    exchange = okx.venue_of("two").exchange
    exchange.flow(account_of(okx, "two"), "USDT", -1_000.0, Cause.WITHDRAW)
    await balance.until(lambda seen: any(row["USDT"]["total"] == 99_000 for row in seen))
    await ex.create_order(PAIR, "limit", "buy", 0.1, 50_000)
    await balance.until(lambda seen: any(row["USDT"]["free"] == 94_000 for row in seen))
    await balance.stop()


async def test_public_streams_carry_prices_books_candles_and_funding(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("one")
    await ex.load_markets()
    book = Watching(lambda: ex.watch_order_book(BTC))
    async with asyncio.timeout(6):
        assert (await ex.watch_mark_price(BTC))["markPrice"] > 0
        assert set(await ex.watch_mark_prices([BTC, ETH])) <= {BTC, ETH}
        assert (await ex.watch_ticker(PAIR))["last"] > 0
        assert (await ex.watch_bids_asks([BTC]))[BTC]["bid"] > 0
        rate = (await ex.watch_funding_rate(BTC))["fundingRate"]
        assert rate == pytest.approx(okx.market.funding_rate_of("BTCUSDT"), abs=1e-3)
        assert (await ex.watch_ohlcv(BTC, "5m"))[-1][4] > 0
        assert (await ex.watch_trades(BTC))[-1]["price"] > 0
    await book.until(lambda seen: len(seen) > 8)
    okx.running = False
    ladder = okx.venue_of("one").exchange.market.ladder(INST, Side.SELL)
    bids = [[level.price, level.quantity] for level in ladder]
    await eventually(lambda: book.seen[-1]["bids"] == bids)
    await book.stop()


# -- a connection by hand ----------------------------------------------------------------------------------------------


class Line:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def ask(self, message: Any) -> Any:
        await self.socket.send_str(message if isinstance(message, str) else orjson.dumps(message).decode())
        return await self.hear()

    async def subscribe(self, **arg: str) -> Any:
        return await self.ask({"op": "subscribe", "args": [arg]})

    async def hear(self) -> Any:
        """An object, or what else was said; None once the line is cut."""
        data = (await self.socket.receive(timeout=3)).data
        if self.socket.closed:
            return None
        return orjson.loads(data) if data.startswith("{") else data


@pytest.fixture
async def dial(okx: PaperSite) -> AsyncIterator[Dial]:
    async with aiohttp.ClientSession() as session:

        async def open_line(address: str) -> Line:
            return Line(await session.ws_connect(f"{okx.venues[0].url}/ws/v5/{address}"))

        yield open_line


def login(site: PaperSite, name: str, **changes: Any) -> dict[str, Any]:
    account, stamp = account_of(site, name), str(int(site.clock.now()))
    arg = {"apiKey": account.api_key, "passphrase": account.password, "timestamp": stamp} | changes
    return {"op": "login", "args": [{"sign": signature(account.secret, arg["timestamp"] + LOGIN)} | arg]}


async def test_a_line_answers_ping_with_pong_and_nonsense_with_an_error(okx: PaperSite, dial: Dial) -> None:
    line = await dial("public")
    assert await line.ask("ping") == "pong"
    assert (await line.ask("hello"))["code"] == "60012"
    assert (await line.ask({"op": "dance", "args": [{}]}))["code"] == "60019"
    assert (await line.subscribe(channel="tickers", instId="NO-SUCH"))["code"] == "60018"
    assert (await line.subscribe(instId=INST))["code"] == "60018"
    assert (await line.ask(login(okx, "one")))["code"] == "60008"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await dial("nowhere")


async def test_a_login_is_checked_in_every_part(okx: PaperSite, dial: Dial) -> None:
    line = await dial("private")
    assert (await line.subscribe(channel="orders", instType="ANY"))["code"] == "60011"
    stale = str(int(okx.clock.now() - 60))
    for changes, code in (
        ({"apiKey": "nobody"}, "60005"),
        ({"timestamp": stale}, "60006"),
        ({"timestamp": "today"}, "60004"),
        ({"sign": "AAAA"}, "60007"),
        ({"passphrase": "open sesame"}, "60024"),
    ):
        assert (await line.ask(login(okx, "one", **changes)))["code"] == code
    okx.add_fault(Fault(FaultKind.REVOKE_KEY, account="one"))
    assert (await line.ask(login(okx, "one")))["code"] == "60005"
    okx.faults.clear()
    reply = await line.ask(login(okx, "one"))
    assert (reply["event"], reply["code"]) == ("login", "0")


async def test_each_address_carries_its_own_channels(okx: PaperSite, dial: Dial) -> None:
    private, business, public = await dial("private"), await dial("business"), await dial("public")
    for line in (private, business):
        await line.ask(login(okx, "one"))
    assert (await private.subscribe(channel="orders-algo", instType="ANY"))["code"] == "64001"
    assert (await business.subscribe(channel="orders", instType="ANY"))["code"] == "60028"
    assert (await public.subscribe(channel="candle1m", instId=INST))["code"] == "64001"
    assert (await business.subscribe(channel="candle1m", instId=INST))["event"] == "subscribe"


async def test_each_connection_hears_what_it_subscribed_to_in_its_own_words(
    okx: PaperSite, dial: Dial, connect_okx: Connect
) -> None:
    ex = connect_okx("two")
    await ex.load_markets()
    swaps, pairs = await dial("private"), await dial("private")
    for line, kind in ((swaps, "SWAP"), (pairs, "SPOT")):
        await line.ask(login(okx, "two"))
        await line.subscribe(channel="orders", instType=kind)
    await ex.create_order(BTC, "limit", "buy", 1, 50_000)
    await ex.create_order(PAIR, "limit", "buy", 0.1, 50_000)
    for line, kind, inst in ((swaps, "SWAP", INST), (pairs, "SPOT", "BTC-USDT")):
        told = await line.hear()
        assert told["arg"] == {"channel": "orders", "instType": kind}
        assert [row["instId"] for row in told["data"]] == [inst]
        assert await line.ask("ping") == "pong", "and nothing else"


async def test_advanced_algo_orders_have_a_channel_of_their_own(
    okx: PaperSite, dial: Dial, connect_okx: Connect
) -> None:
    line, ex = await dial("business"), connect_okx("one")
    await ex.load_markets()
    await line.ask(login(okx, "one"))
    assert (await line.subscribe(channel="algo-advance", instType="ANY"))["event"] == "subscribe"
    await ex.create_order(BTC, "market", "sell", 1, None, {"stopLossPrice": 40_000})
    await ex.create_order(BTC, "market", "sell", 1, None, {"trailingPercent": 5})
    (row,) = (await line.hear())["data"]
    assert (row["ordType"], row["state"], row["callbackRatio"]) == ("move_order_stop", "live", "0.05")


async def test_balance_and_position_tells_both_at_once_and_unsubscribing_ends_it(
    okx: PaperSite, dial: Dial, connect_okx: Connect
) -> None:
    line, ex = await dial("private"), connect_okx("one")
    await ex.load_markets()
    await line.ask(login(okx, "one"))
    assert (await line.subscribe(channel="balance_and_position"))["event"] == "subscribe"
    snapshot = (await line.hear())["data"][0]
    assert (snapshot["eventType"], len(snapshot["posData"])) == ("snapshot", 2)
    await ex.create_order(BTC, "market", "sell", 50)
    change = (await line.hear())["data"][0]
    assert (change["eventType"], change["posData"][0]["pos"]) == ("filled", "100")
    reply = await line.ask({"op": "unsubscribe", "args": [{"channel": "balance_and_position"}]})
    assert reply["event"] == "unsubscribe"
    await ex.create_order(BTC, "market", "sell", 50)
    assert await line.ask("ping") == "pong"


async def test_streams_that_are_dropped_are_dropped_again_at_the_login(okx: PaperSite, dial: Dial) -> None:
    okx.add_fault(Fault(FaultKind.DROP_STREAMS, account="one", reset=True, duration_s=30.0))
    assert await (await dial("private")).ask(login(okx, "one")) is None
    assert (await (await dial("private")).ask(login(okx, "two")))["event"] == "login"


async def test_a_line_that_ends_is_forgotten(okx: PaperSite, dial: Dial) -> None:
    line, dialect = await dial("private"), okx.venues[0].dialect
    await line.ask(login(okx, "one"))
    await line.subscribe(channel="orders", instType="SWAP")
    await line.ask(login(okx, "two"))
    await eventually(lambda: okx.venues[0].server.hub.users() == ["two"])
    await line.socket.close()
    await eventually(lambda: okx.venues[0].server.hub.users() == [])
    assert not any(dialect._channels.topics_of(name) for name in ("one", "two"))


async def test_ccxt_is_told_of_a_refused_login(connect_okx: Connect) -> None:
    ex = connect_okx("one", password="open sesame", options={"fetchCurrencies": False})
    with pytest.raises(ccxt.AuthenticationError):
        await ex.watch_orders()

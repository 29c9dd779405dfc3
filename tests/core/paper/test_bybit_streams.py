"""Unmodified ccxt.pro's `bybit` on public streams of each category and on the private one; beside it a bare socket."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import ccxt
import orjson
import pytest

from core.paper.engine.model import Cause
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from tests.core.paper.conftest import eventually
from tests.core.paper.test_bybit_orders import INVERSE, SPOT, USDC, USDT, account_of
from tests.core.paper.watching import Watching, connected

Connect = Callable[..., Any]


class Socket:
    """A bare private connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket

    async def ask(self, **message: Any) -> dict[str, Any]:
        await self.raw.send_str(orjson.dumps(message).decode())
        return await self.told()

    async def told(self) -> dict[str, Any]:
        async with asyncio.timeout(3):
            reply: dict[str, Any] = orjson.loads((await self.raw.receive()).data)
        return reply

    async def sign_in(self, site: PaperSite, name: str) -> dict[str, Any]:
        account, expires = account_of(site, name), str(int(site.clock.now() * 1000) + 5_000)
        sign = hmac.new(account.secret.encode(), f"GET/realtime{expires}".encode(), hashlib.sha256).hexdigest()
        return await self.ask(op="auth", req_id="7", args=[account.api_key, expires, sign])


@contextlib.asynccontextmanager
async def private(site: PaperSite, path: str = "/v5/private") -> AsyncIterator[Socket]:
    async with aiohttp.ClientSession() as session, session.ws_connect(site.venues[0].url + path) as socket:
        yield Socket(socket)


@pytest.mark.parametrize("symbol", [USDT, USDC, INVERSE, SPOT])
async def test_public_streams_tell_every_category_its_own(
    unified: PaperSite, connect_unified: Connect, symbol: str
) -> None:
    ex = connect_unified("flat")
    async with asyncio.timeout(8):
        assert (await ex.watch_tickers([symbol]))[symbol]["last"] > 0
        assert (await ex.watch_ticker(symbol))["symbol"] == symbol
        assert (await ex.watch_ohlcv(symbol, "5m"))[-1][4] > 0
        assert (await ex.watch_trades(symbol))[-1]["price"] > 0
        assert (await ex.watch_bids_asks([symbol]))[symbol]["bid"] > 0


async def test_a_book_kept_by_changes_is_the_book(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    async with asyncio.timeout(8):
        for _ in range(12):
            book = await ex.watch_order_book(USDT, 50)
        unified.running = False
        fetched = await ex.fetch_order_book(USDT, 50)
    assert book["symbol"] == USDT

    def levels(of: Any) -> list[list[list[float]]]:
        return [[list(level) for level in of[side]] for side in ("bids", "asks")]

    # The last changes may still be on their way.
    await eventually(lambda: levels(ex.orderbooks[USDT]) == levels(fetched))


async def test_orders_of_every_kind_are_told_through_their_lives(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    watching = Watching(ex.watch_orders)
    await connected(unified, "flat")

    async def told(client_id: str, status: str, state: str) -> None:
        def holds(seen: list[Any]) -> bool:
            rows = [row for update in seen for row in update if row["clientOrderId"] == client_id]
            return any(row["status"] == status and row["info"]["orderStatus"] == state for row in rows)

        await watching.until(holds)

    for symbol in (USDT, SPOT):
        name = "mm-spot" if symbol == SPOT else "mm-contract"
        order = await ex.create_order(symbol, "limit", "buy", 0.01, 50_000, {"clientOrderId": name})
        await told(name, "open", "New")
        params = {"stopLossPrice": 40_000, "clientOrderId": f"{name}-stop"}
        stop = await ex.create_order(symbol, "market", "sell", 0.01, None, params)
        await told(f"{name}-stop", "open", "Untriggered")
        await ex.cancel_order(order["id"], symbol)
        await told(name, "canceled", "Cancelled")
        await ex.cancel_order(stop["id"], symbol, {"orderFilter": "tpslOrder"} if symbol == SPOT else {})
        await told(f"{name}-stop", "canceled", "Deactivated")
        rows = [row for update in watching.seen for row in update if row["clientOrderId"] == name]
        assert {row["symbol"] for row in rows} == {symbol}
    await watching.stop()


async def test_a_fill_is_told_as_order_execution_position_and_wallet(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex = connect_unified("uta")
    await ex.load_markets()
    names = ("watch_orders", "watch_my_trades", "watch_positions", "watch_balance")
    watched = {name: Watching(getattr(ex, name)) for name in names}
    await connected(unified, "uta")
    await watched["watch_positions"].until(bool)
    await ex.create_order(USDT, "market", "sell", 0.2)
    trades = await watched["watch_my_trades"].until(bool)
    await watched["watch_positions"].until(
        lambda seen: any(row["symbol"] == USDT and row["contracts"] == 0.3 for rows in seen for row in rows)
    )
    await watched["watch_balance"].until(lambda seen: any(row["USDT"]["total"] != 100_000 for row in seen))
    for watching in watched.values():
        await watching.stop()
    assert (trades[-1][-1]["amount"], trades[-1][-1]["fee"]["currency"]) == (0.2, "USDT")


async def test_flows_change_the_wallet_on_the_stream(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    watching = Watching(ex.watch_balance)
    await connected(unified, "flat")
    # The stream may be open a moment before the topic is asked for.
    hub = unified.venue_of("flat").server.hub
    await eventually(lambda: "wallet" in hub.topics_of("flat"))
    unified.venue_of("flat").exchange.flow(account_of(unified), "USDC", -1_000.0, Cause.WITHDRAW)
    await watching.until(lambda seen: any(row["USDC"]["total"] == 49_000 for row in seen))
    await watching.stop()


async def test_only_what_was_subscribed_to_is_told_and_pings_are_answered(unified: PaperSite) -> None:
    async with private(unified) as socket:
        assert (await socket.ask(op="subscribe", args=["order"]))["success"] is False
        assert (await socket.sign_in(unified, "flat"))["success"] is True
        assert (await socket.ask(op="subscribe", req_id="8", args=["order", "wallet"]))["req_id"] == "8"
        pong = await socket.ask(op="ping", req_id="9")
        assert (pong["op"], pong["req_id"]) == ("pong", "9")
        assert (await socket.ask(op="subscribe", args=["nonsense"]))["ret_msg"].startswith("error:handler not found")
        assert (await socket.ask(op="dance"))["success"] is False
        assert (await socket.ask(op="unsubscribe", args=["wallet"]))["success"] is True
        exchange = unified.venue_of("flat").exchange
        exchange.flow(account_of(unified), "USDC", 1.0, Cause.DEPOSIT)
        exchange.settings.set_leverage(account_of(unified), "BTCUSDT", 5)
        assert (await socket.ask(op="ping"))["op"] == "pong"
    async with private(unified, "/v5/public/linear") as socket:
        assert (await socket.ask(op="ping", req_id="1"))["ret_msg"] == "pong"
        assert (await socket.ask(op="subscribe", args=["tickers.BTCUSD"]))["success"] is False
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with private(unified, "/v5/public/margin"):
            pass


async def test_a_stream_is_refused_to_wrong_signatures_old_ones_and_revoked_keys(
    unified: PaperSite, connect_unified: Connect
) -> None:
    with pytest.raises(ccxt.AuthenticationError):
        await connect_unified("flat", secret="wrong").watch_orders()
    async with private(unified) as socket:
        skew = unified.add_fault(Fault(FaultKind.CLOCK_SKEW, seconds=60))
        assert "expired" in (await socket.sign_in(unified, "flat"))["ret_msg"]
        unified.faults.clear(skew)
        unified.add_fault(Fault(FaultKind.REVOKE_KEY, account="flat"))
        assert (await socket.sign_in(unified, "flat"))["success"] is False
        assert (await socket.sign_in(unified, "uta"))["success"] is True


async def test_a_dropped_account_stays_dropped_though_its_name_comes_after_the_connection(unified: PaperSite) -> None:
    unified.add_fault(Fault(FaultKind.DROP_STREAMS, account="flat", duration_s=30))
    async with private(unified) as socket:
        # Either its acknowledgement or nothing comes, and then no more.
        account = account_of(unified, "flat")
        with contextlib.suppress(TypeError, orjson.JSONDecodeError):
            await socket.sign_in(unified, "flat")
        await eventually(lambda: unified.venue_of("flat").server.hub.connections == 0)
        assert account.name not in unified.venue_of("flat").server.hub.users()
    async with private(unified) as socket:
        assert (await socket.sign_in(unified, "uta"))["success"] is True


async def test_orders_are_cancelled_when_the_last_guarded_stream_has_been_gone_for_the_window(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex, account = connect_unified("flat"), account_of(unified)
    await ex.create_order(USDT, "limit", "buy", 0.01, 50_000)
    await ex.create_order(USDT, "market", "sell", 0.01, None, {"stopLossPrice": 40_000})
    await ex.create_order(SPOT, "limit", "buy", 0.01, 50_000)
    await ex.cancel_all_orders_after(3_000)
    told = (await ex.privateGetV5AccountQueryDcpInfo())["result"]["dcpInfos"]
    assert told == [{"product": "DERIVATIVES", "dcpStatus": "ON", "timeWindow": "3"}]
    with pytest.raises(ccxt.BadRequest, match="between 3 and 300"):
        await ex.cancel_all_orders_after(2_000)
    exchange = unified.venue_of("flat").exchange
    unified.running = False
    now = unified.clock.now
    later = {"s": 0.0}
    exchange.now = lambda: now() + later["s"]
    async with private(unified) as kept:
        await kept.sign_in(unified, "flat")
        async with private(unified) as guarded, private(unified) as other:
            for socket in (guarded, other):
                await socket.sign_in(unified, "flat")
                await socket.ask(op="subscribe", args=["dcp.future"])
            await kept.ask(op="subscribe", args=["order"])
            await guarded.raw.close()
            later["s"] = 10.0
            exchange.match()
            assert len(account.open_orders()) == 2
        hub = unified.venue_of("flat").server.hub
        await eventually(lambda: hub.connections == 1)
        exchange.match()
        assert len(account.open_orders()) == 2
        later["s"] = 20.0
        exchange.match()
        assert [row.symbol for row in account.open_orders()] == ["BTCUSDT_SPOT"]
        assert len(account.open_triggers()) == 1

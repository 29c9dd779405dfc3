"""The floor under a stop: the same requests as bare HTTP, signed by hand, and the same wait between two listings."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import aiohttp

from core.clock import Clock

OKX_ALGOS = ("conditional", "oco", "trigger", "move_order_stop", "iceberg", "twap")
Row = Mapping[str, Any]


class Bare:
    """One account, over a session that all share."""

    def __init__(self, session: aiohttp.ClientSession, url: str, account: Mapping[str, str], clock: Clock) -> None:
        self._session = session
        self._url = url
        self._account = account
        self._clock = clock

    async def cancel(self, orders: Sequence[Row]) -> None:
        raise NotImplementedError

    async def list(self) -> int:
        """How many orders rest, in all books."""
        raise NotImplementedError

    async def stop(self, orders: Sequence[Row], settle_s: float) -> bool:
        """Whether it is empty, as two listings say, the second so late after the last cancel's reply."""
        await self.cancel(orders)
        replied_s = self._clock.monotonic()
        left = await self.list()
        await self._clock.sleep(replied_s + settle_s - self._clock.monotonic())
        return left + await self.list() == 0

    def _secret(self, text: str) -> bytes:
        return hmac.new(self._account["secret"].encode(), text.encode(), hashlib.sha256).digest()


class BareBinance(Bare):
    async def cancel(self, orders: Sequence[Row]) -> None:
        markets = sorted({row["market"] for row in orders})
        paths = ("/fapi/v1/allOpenOrders", "/fapi/v1/algoOpenOrders")
        await asyncio.gather(*(self._ask("DELETE", path, symbol=market) for path in paths for market in markets))

    async def list(self) -> int:
        books = await asyncio.gather(
            *(self._ask("GET", f"/fapi/v1/{name}") for name in ("openOrders", "openAlgoOrders"))
        )
        return sum(map(len, books))

    async def _ask(self, method: str, path: str, **params: str) -> Any:
        query = urlencode({**params, "recvWindow": 60_000, "timestamp": int(self._clock.now() * 1000)})
        url = f"{self._url}{path}?{query}&signature={self._secret(query).hex()}"
        headers = {"X-MBX-APIKEY": self._account["api_key"]}
        async with self._session.request(method, url, headers=headers) as reply:
            return await reply.json()


class BareOkx(Bare):
    async def cancel(self, orders: Sequence[Row]) -> None:
        regular = [{"instId": row["market"], "ordId": row["id"]} for row in orders if row["kind"] == "regular"]
        algos = [{"instId": row["market"], "algoId": row["id"]} for row in orders if row["kind"] == "trigger"]
        await asyncio.gather(
            self._ask("POST", "/api/v5/trade/cancel-batch-orders", json.dumps(regular)),
            self._ask("POST", "/api/v5/trade/cancel-algos", json.dumps(algos)),
        )

    async def list(self) -> int:
        path = "/api/v5/trade/orders-algo-pending?ordType="
        asks: list[Awaitable[Any]] = [self._ask("GET", f"{path}{kind}&limit=100") for kind in OKX_ALGOS]
        books = await asyncio.gather(self._ask("GET", "/api/v5/trade/orders-pending?limit=100"), *asks)
        return sum(len(book["data"]) for book in books)

    async def _ask(self, method: str, path: str, body: str = "") -> Any:
        stamp = dt.datetime.fromtimestamp(self._clock.now(), dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        headers = {
            "OK-ACCESS-KEY": self._account["api_key"],
            "OK-ACCESS-SIGN": base64.b64encode(self._secret(f"{stamp}{method}{path}{body}")).decode(),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": self._account["password"],
            "Content-Type": "application/json",
        }
        async with self._session.request(method, self._url + path, data=body or None, headers=headers) as reply:
            return await reply.json()


BARE: Mapping[str, type[Bare]] = {"binanceusdm": BareBinance, "okx": BareOkx}

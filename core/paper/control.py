"""A typed client of the control API, for tests and tools that run in another process than the site."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

import aiohttp
import orjson

from core.errors import PaperError
from core.paper.faults import Fault

Json = Any
TIMEOUT_S = 10.0


class PaperControl:
    """`async with PaperControl(site.control_url) as control:`"""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/__paper/"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> PaperControl:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def describe(self) -> dict[str, Json]:
        return await self._object("GET", "describe")

    async def state(self) -> dict[str, Json]:
        """`accounts` (by name: wallets, equity, leverage, positions, orders, triggers), `marks`, `steps`."""
        return await self._object("GET", "state")

    async def orders(self, account: str | None = None) -> list[dict[str, Json]]:
        """What rests now in both books."""
        return await self._list("orders", {"account": account} if account else {})

    async def history(self, account: str | None = None, at_s: float | None = None) -> list[dict[str, Json]]:
        """Every order and trigger with its times, or those that rested at the wall time `at_s`."""
        query = {"account": account or "", "at": "" if at_s is None else repr(at_s)}
        return await self._list("history", {name: value for name, value in query.items() if value})

    async def log(self, since: int = 0) -> dict[str, Json]:
        """`total`, `counts` and the `entries` whose number is above `since`."""
        return await self._object("GET", "log", query={"since": str(since)})

    async def clock(self) -> dict[str, Json]:
        return await self._object("GET", "clock")

    async def faults(self) -> list[dict[str, Json]]:
        return await self._list("faults", {})

    async def add_fault(self, fault: Fault) -> int:
        return int((await self._object("POST", "faults", fault.as_json()))["id"])

    async def clear_faults(self, fault_id: int | None = None) -> int:
        """Clear one fault or all; returns how many were in force."""
        query = {} if fault_id is None else {"id": str(fault_id)}
        return int((await self._object("DELETE", "faults", query=query))["cleared"])

    async def set_bots(self, running: bool, account: str | None = None) -> list[str]:
        """Start or stop bots, all or of one account; returns the accounts whose bots are stopped."""
        body = {"running": running} | ({"account": account} if account else {})
        return [str(name) for name in (await self._object("POST", "bots", body))["stopped"]]

    async def flow(self, account: str, amount: float, coin: str = "USDT", to: str | None = None) -> None:
        """A deposit (above 0), a withdrawal (below 0), or with `to` a transfer."""
        body: dict[str, Json] = {"account": account, "amount": amount, "coin": coin}
        await self._object("POST", "flow", body | ({"to": to} if to else {}))

    async def set_price(self, symbol: str, price: float) -> None:
        await self._object("POST", "market", {"symbol": symbol, "price": price})

    async def scale_prices(self, factor: float, symbol: str | None = None) -> None:
        """Multiply one price, or all, at once."""
        await self._object("POST", "market", {"factor": factor} | ({"symbol": symbol} if symbol else {}))

    async def play(self, scenario: str, **values: float) -> None:
        """Start a scenario now; `values` are its parameters (`lead_s`, `depth`, `duration_s`, ...)."""
        await self._object("POST", "scenario", {"name": scenario, **values})

    async def _object(
        self, method: str, name: str, body: Mapping[str, Json] | None = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Json]:
        reply = await self._call(method, name, body, query or {})
        if not isinstance(reply, dict):
            raise PaperError(f"the control API answered {name} with something else than an object")
        return reply

    async def _list(self, name: str, query: Mapping[str, str]) -> list[dict[str, Json]]:
        reply = await self._call("GET", name, None, query)
        if not isinstance(reply, list):
            raise PaperError(f"the control API answered {name} with something else than a list")
        return reply

    async def _call(self, method: str, name: str, body: Mapping[str, Json] | None, query: Mapping[str, str]) -> Json:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        data = None if body is None else orjson.dumps(dict(body))
        try:
            async with self._session.request(method, self._url + name, data=data, params=dict(query)) as response:
                reply = orjson.loads(await response.read())
                status = response.status
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError) as error:
            raise PaperError(f"the control API of the paper exchange did not answer {name}: {error}") from error
        if status != 200:
            text = reply.get("error", "") if isinstance(reply, dict) else ""
            raise PaperError(f"the paper exchange refused {name}: {text}")
        return reply

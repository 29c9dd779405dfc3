"""A venue on loopback that notes every request in one line, and answers each line with what the test says."""

from __future__ import annotations

import base64
import contextlib
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import ccxt.pro
from aiohttp import web

from core.clock import SystemClock
from core.secrets import Credentials
from core.venues.acting import CcxtActing
from core.venues.budget import RequestBudget
from core.venues.connect import Wires
from core.venues.families import family_of
from core.venues.health import LinkHealth
from core.venues.held import HeldSymbols
from core.venues.line import Line
from core.venues.plans.account import AccountPlan
from core.venues.settings import AccountSettings, FeedSettings
from tests.loopback import led_to, path_asked, served

CREDENTIALS = Credentials(
    api_key="an-api-key-of-ours",
    secret=base64.b64encode(bytes(range(32))).decode(),
    password="a-passphrase",
    uid="4711",
    wallet_address="0x" + "ab" * 20,
    private_key="0x" + "5e" * 32,
)
# What makes a request ours and not what it asks for: keys, times, signatures.
OURS = frozenset(
    {
        "timestamp", "Timestamp", "recvWindow", "signature", "Signature", "nonce", "AccessKeyId", "SignatureMethod",
        "SignatureVersion", "user", "signer", "api_key", "sig", "id", "method", "jsonrpc", "brokerId",
        "source_key",
    }
)  # fmt: skip


def line_of(method: str, path: str, query: str, body: str) -> str:
    """`METHOD /path?sorted=query {"sorted": "body"}`, without what is different every time."""
    asked = sorted((key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key not in OURS)
    line = f"{method} {path}" + ("?" + "&".join(f"{key}={value}" for key, value in asked) if asked else "")
    return line + (f" {told}" if (told := _body(body)) else "")


def _body(body: str) -> str:
    if not body:
        return ""
    try:
        told = json.loads(body)
    except ValueError:
        told = dict(parse_qsl(body, keep_blank_values=True))
    if isinstance(told, dict):
        # Crypto.com and Coinbase International wrap what is asked for; the wrapping is the protocol's.
        told = told["params"] if "params" in told and "method" in told else told
        told = {key: value for key, value in told.items() if key not in OURS or (key == "id" and _is_asked(value))}
    return json.dumps(told, sort_keys=True, separators=(",", ":")) if told else ""


def _is_asked(value: Any) -> bool:
    return isinstance(value, list)  # Bitfinex's ids


@dataclass
class StubVenue:
    ok: Any
    """The answer to whatever has none of its own."""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._converse(request)
        line = line_of(request.method, path_asked(request), request.query_string, await request.text())
        self.asked.append(line)
        answer = self.answers.get(line, self.answers.get(line.partition("?")[0].partition(" {")[0], self.ok))
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="application/json")
        if isinstance(answer, tuple):
            return web.json_response(answer[1], status=answer[0])
        return web.json_response(answer)

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        """A private stream that grants whatever it is asked; logins are not noted."""
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        async for frame in stream:
            said = json.loads(frame.data)
            if "jsonrpc" in said:
                word, what = said["method"], said["params"]
                told: Any = {"access_token": "a-token"} if word == "public/auth" else "ok"
                reply: dict[str, Any] = {"jsonrpc": "2.0", "id": said["id"], "result": told}
            else:
                word, what = said["op"], said.get("args")
                reply = {"success": True, "ret_msg": "", "op": word, "req_id": said.get("req_id", "")}
            if word not in {"auth", "public/auth", "ping"}:
                self.asked.append(f"WS {path_asked(request)} {word} {json.dumps(what, sort_keys=True)}")
            await stream.send_json(reply)
        return stream

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[StubVenue]:
        async with served(self.answer) as self.port:
            yield self


class StubMarkets:
    """Markets without a catalogue to be loaded."""

    endpoint = "stub"

    def __init__(self, markets: Sequence[Mapping[str, Any]]) -> None:
        self._markets = markets

    async def share_with(self, exchange: Any, account: str = "") -> None:
        if exchange.markets is None:
            exchange.set_markets([exchange.safe_market_structure(dict(market)) for market in self._markets])

    def met_unknown(self) -> None:
        """Nothing to load."""


def market(symbol: str, market_id: str, **more: Any) -> dict[str, Any]:
    """A market as ccxt keeps it, from its symbol; an option where the symbol has four parts."""
    pair, _, rest = symbol.partition(":")
    base, quote = pair.split("/")
    parts = rest.split("-")
    kind = "spot" if not rest else ("swap", "future", "future", "option")[len(parts) - 1]
    settle = parts[0] or None
    return {
        "id": market_id, "symbol": symbol, "base": base, "quote": quote, "settle": settle, "baseId": base,
        "quoteId": quote, "settleId": settle, "type": kind, "spot": kind == "spot", kind: True,
        "contract": kind != "spot", "linear": None if not settle else settle == quote,
        "inverse": None if not settle else settle == base, "contractSize": 1.0 if settle else None,
        "precision": {"amount": 0.001, "price": 0.01}, "info": {},
    } | more  # fmt: skip


@contextlib.asynccontextmanager
async def acting_at(
    venue: StubVenue, exchange: str, markets: Sequence[Mapping[str, Any]], options: Mapping[str, Any],
    credentials: Credentials = CREDENTIALS,
) -> AsyncIterator[CcxtActing]:  # fmt: skip
    """The acting side of one account, as the desk builds it, over the unmodified class of ccxt."""
    addresses = getattr(ccxt.pro, exchange)().urls["api"]
    ccxt_settings = {"urls": {"api": led_to(venue.port, addresses)}, "options": dict(options)}
    settings = AccountSettings("main", exchange, exchange, credentials, ccxt_settings)
    clock, family, wires = SystemClock(), family_of(exchange), Wires()
    acting = CcxtActing(
        Line(
            settings=settings,
            family=family,
            plan=AccountPlan(family.plan, options, clock, redirected=settings.redirected),
            markets=StubMarkets(markets),  # type: ignore[arg-type]
            budget=RequestBudget(None, clock),
            wires=wires,
            feed=FeedSettings(acting_timeout_s=2.0),
            clock=clock,
            rng=random.Random(1),
            held=HeldSymbols(),
            health=LinkHealth(clock),
        )
    )
    try:
        yield acting
    finally:
        await acting.close()
        await wires.close()

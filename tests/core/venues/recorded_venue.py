"""A venue on loopback that answers with what the real one was recorded to say, and ccxt unmodified against it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ccxt.pro
from aiohttp import web

from core.clock import SystemClock
from core.secrets import Credentials
from core.venues.budget import RequestBudget
from core.venues.calls import Caller
from core.venues.connect import Wires, dispose
from core.venues.families import family_of
from core.venues.plans.account import AccountPlan
from core.venues.plans.generic import BLIND
from core.venues.reader import AccountReader
from core.venues.scrub import Scrubber
from core.venues.settings import AccountSettings
from tests.loopback import led_to, path_asked, served

CREDENTIALS = Credentials(api_key="an-api-key-of-ours", secret="YS1zZWNyZXQtb2Ytb3Vycw==", password="a-passphrase")


# Where books differ by a parameter and not by their path, each would take the recorded listing for its own.
ONE_BOOK = dataclasses.replace(BLIND, generic=False)


@dataclass(frozen=True)
class Recorded:
    """One file of the folder payloads/: the path that was asked for, and what came back."""

    path: str
    body: Any


def recorded(file: Path) -> Recorded:
    """A request and its JSON reply, without comments: method, path, whether it was signed, then the reply."""
    lines = file.read_text(encoding="utf-8").split("\n")
    body = "\n".join(line for line in lines[3:] if not line.startswith(("UriParams", "BodyParams")))
    body = re.sub(r"\s//[^\n]*", "", body)
    return Recorded(lines[1].strip(), json.JSONDecoder().raw_decode(body.strip().lstrip("﻿"))[0])


@dataclass
class RecordedVenue:
    """Serves recorded bodies by path; what it has none for is answered with 404, and noted."""

    bodies: dict[str, Any]
    missing: list[str] = field(default_factory=list)
    port: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        path = path_asked(request)
        for known, body in self.bodies.items():
            if path.endswith(known):
                return web.json_response(body)
        self.missing.append(path)
        return web.json_response({}, status=404)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[RecordedVenue]:
        async with served(self.answer) as self.port:
            yield self


def a_market(exchange: Any, symbol: str, market_id: str, size: float = 1.0) -> dict[str, Any]:
    """A market as ccxt keeps it; `size` is the contract size of the venue's own documentation."""
    pair, _, settle = symbol.partition(":")
    base, quote = pair.split("/")
    settle, _, expiry = settle.partition("-")
    kind = "spot" if not settle else "future" if expiry else "swap"
    row: dict[str, Any] = exchange.safe_market_structure(
        {
            "id": market_id,
            "symbol": symbol,
            "base": base,
            "quote": quote,
            "settle": settle or None,
            "type": kind,
            kind: True,
            "contract": bool(settle),
            "linear": settle == quote if settle else None,
            "inverse": settle == base if settle else None,
            "contractSize": size if settle else None,
            "precision": {"amount": 0.001, "price": 0.01, "base": 0.00000001, "quote": 0.00000001},
        }
    )
    return row


Markets = Mapping[str, tuple[str, float]]
"""Unified symbol to the venue's name and the contract size."""


@contextlib.asynccontextmanager
async def reading(
    port: int, exchange: str, markets: Markets, options: Mapping[str, Any]
) -> AsyncIterator[tuple[AccountReader, Any]]:
    """A reader of one account of the venue at this port as the desk builds it, and its ccxt object with the markets."""
    addresses = getattr(ccxt.pro, exchange)().urls["api"]
    settings = AccountSettings(
        "main",
        exchange,
        exchange,
        CREDENTIALS,
        {"urls": {"api": led_to(port, addresses)}, "options": dict(options)},
    )
    clock, family = SystemClock(), family_of(exchange)
    made, session = await Wires().build(settings, family)
    try:
        made.set_markets([a_market(made, symbol, name, size) for symbol, (name, size) in markets.items()])
        caller = Caller("main", Scrubber(CREDENTIALS.values()), 5.0)
        own = exchange in {"binanceusdm", "binancecoinm"}
        plan = AccountPlan(family.plan if own else ONE_BOOK, {}, clock, redirected=True)
        yield AccountReader("main", made, family, plan, caller, RequestBudget(None, clock), clock), made
    finally:
        await dispose(made, session)

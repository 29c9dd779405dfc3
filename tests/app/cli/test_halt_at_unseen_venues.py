"""`scram halt` against venues that no plan was written for: what ccxt declares is enough, and no more is claimed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ccxt.pro
from aiohttp import web

from core.config.write import to_toml
from core.domain import Side
from core.paper.engine.model import OrderKind, OrderRequest
from core.paper.site import AccountSpec, PaperSite, PaperSpec, VenueSpec
from core.venues.plans import PLANS
from tests.app.cli.desk import PLENTY, Ran, scram
from tests.loopback import led_to, path_asked, served


@dataclass
class FarVenue:
    """A venue of its own kind (Luno's wire), which has no call that cancels more than one order."""

    resting: list[str] = field(default_factory=lambda: ["BX1", "BX2", "BX3"])
    deaf: bool = False
    """Whether cancels are acknowledged and not carried out."""
    failing: bool = False
    """Whether its orders cannot be listed."""
    changed: set[str] = field(default_factory=set)
    """What was asked of it beside listing."""

    async def answer(self, request: web.Request) -> web.Response:
        path = path_asked(request)
        if request.method != "GET":
            self.changed.add(f"{request.method} {path}")
            if not self.deaf:
                self.resting = [name for name in self.resting if name != request.query["order_id"]]
            return web.json_response({"success": True})
        match path:
            case "/api/exchange/1/markets":
                return web.json_response({"markets": [MARKET]})
            case "/api/1/send/networks":
                return web.json_response({"networks": []})
            case "/api/1/listorders" if self.failing:
                return web.json_response({"error": "ill", "error_code": "ErrInternal"}, status=500)
            case "/api/1/listorders":
                return web.json_response({"orders": [_row(name) for name in self.resting] or None})
        return web.json_response({"error": path, "error_code": "ErrNotFound"}, status=404)


MARKET = {
    "market_id": "XBTZAR", "trading_status": "ACTIVE", "base_currency": "XBT", "counter_currency": "ZAR",
    "min_volume": "0.0005", "max_volume": "100.00", "volume_scale": 4, "min_price": "100.00",
    "max_price": "10000000.00", "price_scale": 0, "fee_scale": 8,
}  # fmt: skip


def _row(name: str) -> dict[str, Any]:
    return {"order_id": name, "pair": "XBTZAR", "state": "PENDING", "type": "BID", "limit_price": "10",
            "limit_volume": "1", "base": "0", "counter": "0", "creation_timestamp": 1_700_000_000_000}  # fmt: skip


@dataclass(frozen=True)
class Account:
    name: str
    exchange: str
    ccxt: Mapping[str, Any]
    key: str = "a-key"
    secret: str = "a-secret"


async def _halt(home: Path, *accounts: Account) -> Ran:
    assert not {account.exchange for account in accounts} & set(PLANS), "a plan was written for one of them"
    home.mkdir(mode=0o700)
    rows = [
        {"name": row.name, "exchange": row.exchange, "credentials": f"env:{row.name.upper()}", "ccxt": dict(row.ccxt)}
        for row in accounts
    ]
    config = home / "unseen.toml"
    config.write_text(to_toml({"accounts": rows}))
    keys = {f"{row.name.upper()}_API_KEY": row.key for row in accounts}
    secrets = {f"{row.name.upper()}_SECRET": row.secret for row in accounts}
    environ = {**os.environ, **keys, **secrets, "SCRAM_HOME": str(home)}
    return await scram(environ, "halt", "--config", str(config), "--json", "--reason", "a test", "--wait", "8")


@contextlib.asynccontextmanager
async def far_account(name: str, venue: FarVenue) -> AsyncIterator[Account]:
    async with served(venue.answer) as port:
        yield Account(name, "luno", {"urls": {"api": led_to(port, ccxt.pro.luno().urls["api"])}})


async def test_venues_of_kinds_it_has_never_seen_are_proven_empty_when_they_are(tmp_path: Path) -> None:
    held = AccountSpec("near", "paper-near", "a-secret-of-near", {"USDT": 100_000.0, "BTC": 1.0})
    spec = PaperSpec((VenueSpec("spot", (held,), exchange="binance"),), weight_limit=PLENTY)
    far = FarVenue()
    async with PaperSite(spec) as site, far_account("far", far) as account:
        exchange = site.venues[0].exchange
        for price in (50_000.0, 51_000.0):
            order = OrderRequest("BTCUSDT", Side.BUY, OrderKind.LIMIT, 0.01, price)
            exchange.place(exchange.accounts["near"], order)
        settings = site.describe()["venues"][0]["ccxt"]
        ran = await _halt(tmp_path / "home", account, Account("near", "binanceus", settings, held.api_key, held.secret))
        assert ran.code == 0, ran
        assert {row["state"] for row in ran.json["rows"]} == {"verified"}
        assert ran.json["orders_cancelled"] == 5
        assert (far.resting, exchange.accounts["near"].open_orders()) == ([], [])
        assert far.changed == {"POST /api/1/stoporder"}, "nothing else was changed there"


async def test_they_are_not_where_cancels_are_only_acknowledged_or_orders_cannot_be_listed(tmp_path: Path) -> None:
    obeys, deaf, failing = FarVenue(), FarVenue(deaf=True), FarVenue(failing=True)
    async with (
        far_account("obeys", obeys) as first,
        far_account("deaf", deaf) as second,
        far_account("failing", failing) as third,
    ):
        ran = await _halt(tmp_path / "home", first, second, third)
    rows = {row["account"]: row for row in ran.json["rows"]}
    assert ran.code == 3
    assert {name: (row["state"], row["resting"]) for name, row in rows.items()} == {
        "obeys": ("verified", 0),
        "deaf": ("resting", 3),
        "failing": ("unknown", None),
    }
    assert "re-cancelling" in rows["deaf"]["reason"]
    assert "ErrInternal" in rows["failing"]["reason"]
    assert (obeys.resting, len(deaf.resting)) == ([], 3)

"""The control API below `/__paper/`: JSON over HTTP, loopback only, for the whole site, whatever the dialects say."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from core.errors import PaperError
from core.paper import report
from core.paper.engine.model import Cause
from core.paper.faults import Fault
from core.paper.scenarios import SCENARIOS, Scenario, crash, scenario_named

if TYPE_CHECKING:
    from core.paper.site import PaperSite

Json = dict[str, Any]
Answer = Callable[[web.Request, Json], Any]


class ControlRoutes:
    def __init__(self, site: PaperSite) -> None:
        self._site = site
        self._answers: dict[tuple[str, str], Answer] = {
            ("GET", "describe"): lambda request, body: site.describe(),
            ("GET", "state"): lambda request, body: report.state(site),
            ("GET", "orders"): lambda request, body: report.orders(site, request.query.get("account")),
            ("GET", "history"): self._history,
            ("GET", "log"): self._log,
            ("GET", "clock"): lambda request, body: report.clock(site),
            ("GET", "faults"): lambda request, body: report.faults(site),
            ("POST", "faults"): lambda request, body: {"id": site.add_fault(Fault.parse(body))},
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "bots"): self._bots,
            ("POST", "flow"): self._flow,
            ("POST", "market"): self._market,
            ("POST", "scenario"): self._scenario,
        }

    def install(self, app: web.Application) -> None:
        app.router.add_route("*", "/__paper/{name}", self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        answer = self._answers.get((request.method, request.match_info["name"]))
        if answer is None:
            return _json({"error": f"no {request.method} {request.path}"}, 404)
        try:
            raw = await request.read()
            body = orjson.loads(raw) if raw else {}
            if not isinstance(body, dict):
                raise PaperError("the body must be a JSON object")
            result = answer(request, body)
            if isinstance(result, Awaitable):
                result = await result
            return _json(result)
        except (PaperError, orjson.JSONDecodeError) as error:
            return _json({"error": str(error)}, 400)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"bad or missing value: {error}"}, 400)

    def _history(self, request: web.Request, body: Json) -> Any:
        at = request.query.get("at")
        return report.history(self._site, request.query.get("account"), float(at) if at else None)

    def _log(self, request: web.Request, body: Json) -> Any:
        return report.log(self._site, int(request.query.get("since", "0")))

    def _clear_faults(self, request: web.Request, body: Json) -> Any:
        fault_id = request.query.get("id")
        return {"cleared": self._site.faults.clear(int(fault_id) if fault_id else None)}

    def _bots(self, request: web.Request, body: Json) -> Any:
        """Stop or start bots: all, or those of one account."""
        running, account = bool(body["running"]), body.get("account")
        venues = [self._site.venue_of(account)] if account else list(self._site.venues)
        for venue in venues:
            venue.set_bots(running, account)
        return {"stopped": sorted(name for venue in self._site.venues for name in venue.resting_bots)}

    def _flow(self, request: web.Request, body: Json) -> Any:
        """A deposit (amount above 0), a withdrawal (below 0), or with `to` a transfer of `amount`."""
        name, coin, amount = str(body["account"]), str(body.get("coin", "USDT")), float(body["amount"])
        venue = self._site.venue_of(name)
        account = venue.exchange.accounts[name]
        to = body.get("to")
        if to is None:
            cause = Cause.DEPOSIT if amount > 0 else Cause.WITHDRAW
            venue.exchange.flow(account, coin, amount, cause, cause.value)
        else:
            other = self._site.venue_of(str(to))
            venue.exchange.flow(account, coin, -abs(amount), Cause.TRANSFER, f"to {to}")
            other.exchange.flow(other.exchange.accounts[str(to)], coin, abs(amount), Cause.TRANSFER, f"from {name}")
        return {"wallet": account.wallets}

    def _market(self, request: web.Request, body: Json) -> Any:
        """Put prices somewhere: `symbol` and `price`, or a `factor` on one symbol or on all. Orders meet it at once."""
        market = self._site.market
        symbols = [str(body["symbol"])] if body.get("symbol") else list(market.index)
        for symbol in symbols:
            price = float(body["price"]) if "price" in body else market.mark_of(symbol) * float(body["factor"])
            market.shock_price(symbol, price)
        for venue in self._site.venues:
            venue.exchange.match()
        return {symbol: market.mark_of(symbol) for symbol in symbols}

    def _scenario(self, request: web.Request, body: Json) -> Any:
        """Start a scenario now; other members of the body are its parameters (`lead_s`, `depth`, ...)."""
        values = {name: value for name, value in body.items() if name != "name"}
        scenario = make_scenario(str(body["name"]), values)
        self._site.director.schedule(scenario)
        return dataclasses.asdict(scenario)


def make_scenario(name: str, values: Json) -> Scenario:
    if not values:
        return scenario_named(name)
    make: Callable[..., Scenario] = SCENARIOS.get(name, crash)
    scenario_named(name)
    return make(**values)


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")

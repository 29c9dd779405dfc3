"""What every endpoint handler gets: the call, and ways to read its parameters in Binance's terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from core.domain import Side
from core.paper.desk import Desk
from core.paper.dialects.binance.codes import WireError
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.faults import FaultBoard
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Quotes
from core.paper.wire import Json, WireRequest


@dataclass(frozen=True, slots=True)
class Call:
    venue: str
    exchange: Exchange
    faults: FaultBoard
    request: WireRequest
    weight_limit: int
    caller: Account | None = None
    """Who signed; None for public endpoints."""

    @property
    def market(self) -> Quotes:
        return self.exchange.market

    @property
    def params(self) -> Mapping[str, str]:
        return self.request.params

    @property
    def account(self) -> Account:
        if self.caller is None:
            raise WireError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        return self.caller

    @property
    def desk(self) -> Desk:
        return Desk(self.venue, self.exchange, self.account, self.faults, self.request)

    def with_params(self, params: Mapping[str, str]) -> Call:
        """The same call for one order of a batch."""
        return replace(self, request=replace(self.request, params=params))

    def text(self, name: str) -> str:
        value = self.params.get(name, "")
        if not value:
            raise WireError(-1102, f"Mandatory parameter '{name.lower()}' was not sent, was empty/null, or malformed.")
        return value

    def number(self, name: str) -> float:
        return _number(name, self.text(name))

    def number_or_none(self, name: str) -> float | None:
        return _number(name, self.params[name]) if self.params.get(name) else None

    def whole(self, name: str, default: int) -> int:
        return int(_number(name, self.params[name])) if self.params.get(name) else default

    def window(self, default: int, most: int) -> tuple[int, int, int]:
        """startTime, endTime (both ms) and limit."""
        limit = max(1, min(most, self.whole("limit", default)))
        return self.whole("startTime", 0), self.whole("endTime", 2**53), limit

    def flag(self, name: str) -> bool:
        return self.params.get(name, "").lower() == "true"

    def instrument(self) -> PaperInstrument:
        return self.listed(self.text("symbol"))

    def instrument_or_none(self) -> PaperInstrument | None:
        return self.listed(self.params["symbol"]) if self.params.get("symbol") else None

    def listed(self, symbol: str) -> PaperInstrument:
        if symbol not in self.market.index:
            raise WireError(-1121, "Invalid symbol.")
        return self.market.instrument(symbol)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise WireError(-1100, f"Illegal characters found in parameter '{name}'.")
    return value


def side_of(call: Call) -> Side:
    word = call.text("side")
    if word not in Side.__members__:
        raise WireError(-1117, "Invalid side.")
    return Side[word]


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Endpoint:
    handler: Handler
    weight: int = 1
    weight_without_symbol: int | None = None
    signed: bool = True
    needs_key: bool = True


Routes = Mapping[tuple[str, str], Endpoint]
"""By method and path."""


def public(handler: Handler, weight: int = 1, without: int | None = None) -> Endpoint:
    return Endpoint(handler, weight, without, signed=False, needs_key=False)

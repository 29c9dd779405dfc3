"""What every endpoint handler gets: the call, and ways to read its parameters in Binance's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.domain import Side
from core.paper.dialects.binance.codes import WireError
from core.paper.dialects.call import BaseCall
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(BaseCall):
    def missing(self, name: str) -> WireError:
        return WireError(-1102, f"Mandatory parameter '{name.lower()}' was not sent, was empty/null, or malformed.")

    def malformed(self, name: str) -> WireError:
        return WireError(-1100, f"Illegal characters found in parameter '{name}'.")

    def nobody(self) -> WireError:
        return WireError(-2015, "Invalid API-key, IP, or permissions for action.", 401)

    def instrument(self) -> PaperInstrument:
        return self.listed(self.text("symbol"))

    def instrument_or_none(self) -> PaperInstrument | None:
        return self.listed(self.params["symbol"]) if self.params.get("symbol") else None

    def listed(self, symbol: str) -> PaperInstrument:
        if symbol not in self.market.index:
            raise WireError(-1121, "Invalid symbol.")
        return self.market.instrument(symbol)


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

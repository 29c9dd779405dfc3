"""What the endpoint handlers of every dialect get: the call, and its parameters as numbers, refused in venue words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from core.paper.desk import Desk
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.faults import FaultBoard
from core.paper.quotes import Quotes
from core.paper.wire import WireRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCall:
    """A dialect's own call says in the venue's words what is missing, malformed, or nobody's."""

    venue: str
    exchange: Exchange
    faults: FaultBoard
    request: WireRequest
    weight_limit: int
    caller: Account | None = None
    """Who signed; None for public endpoints."""

    def missing(self, name: str) -> Exception:
        """A parameter that was not sent."""
        raise NotImplementedError

    def malformed(self, name: str) -> Exception:
        """A parameter that is no number."""
        raise NotImplementedError

    def nobody(self) -> Exception:
        """A call without a key to an endpoint that needs one."""
        raise NotImplementedError

    @property
    def market(self) -> Quotes:
        return self.exchange.market

    @property
    def params(self) -> Mapping[str, str]:
        return self.request.params

    @property
    def account(self) -> Account:
        if self.caller is None:
            raise self.nobody()
        return self.caller

    @property
    def desk(self) -> Desk:
        return Desk(self.venue, self.exchange, self.account, self.faults, self.request)

    def with_params(self, params: Mapping[str, str]) -> Self:
        """The same call for one order of a batch."""
        return replace(self, request=replace(self.request, params=params))

    def text(self, name: str) -> str:
        value = self.params.get(name, "")
        if not value:
            raise self.missing(name)
        return value

    def number(self, name: str) -> float:
        text = self.text(name)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.malformed(name)
        return value

    def number_or_none(self, name: str) -> float | None:
        return self.number(name) if self.params.get(name) else None

    def whole(self, name: str, default: int) -> int:
        return int(self.number(name)) if self.params.get(name) else default

    def window(self, default: int, most: int) -> tuple[int, int, int]:
        """startTime, endTime (both ms) and limit."""
        limit = max(1, min(most, self.whole("limit", default)))
        return self.whole("startTime", 0), self.whole("endTime", 2**53), limit

    def flag(self, name: str) -> bool:
        return self.params.get(name, "").lower() == "true"

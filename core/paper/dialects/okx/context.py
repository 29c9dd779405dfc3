"""What every endpoint handler gets: the call, and ways to read its parameters in OKX's terms."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import orjson

from core.paper.dialects.call import BaseCall
from core.paper.dialects.okx.codes import NO_SUCH_INSTRUMENT, WireError
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json, WireRequest

PAGE_MAX = 100
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(BaseCall):
    def missing(self, name: str) -> WireError:
        return WireError("50014", f"Parameter {name} can not be empty", 400)

    def malformed(self, name: str) -> WireError:
        return WireError("51000", f"Parameter {name} error", 400)

    def nobody(self) -> WireError:
        return WireError("50103", "Request header OK-ACCESS-KEY can not be empty.", 401)

    def rows(self) -> list[Mapping[str, str]]:
        return rows_of(self.request)

    def instrument(self) -> PaperInstrument:
        return self.listed(self.text("instId"))

    def instrument_or_none(self) -> PaperInstrument | None:
        return self.listed(self.params["instId"]) if self.params.get("instId") else None

    def listed(self, symbol: str) -> PaperInstrument:
        if symbol not in self.market.index:
            raise WireError(*NO_SUCH_INSTRUMENT)
        return self.market.instrument(symbol)

    def page(self, rows: Iterable[Row], number: Callable[[Row], int], most: int = PAGE_MAX) -> list[Row]:
        """The newest first: those older than `after`, those newer than `before`, as many as `limit` says."""
        after, before = self.number_or_none("after"), self.number_or_none("before")
        limit = max(1, min(most, self.whole("limit", PAGE_MAX)))
        found = [
            row for row in rows if (after is None or number(row) < after) and (before is None or number(row) > before)
        ]
        found.sort(key=number, reverse=True)
        return found[:limit]


def rows_of(request: WireRequest) -> list[Mapping[str, str]]:
    """The orders that a request is about: the members of its JSON array, or itself."""
    if not request.payload.startswith("["):
        return [request.params]
    try:
        members = orjson.loads(request.payload)
    except orjson.JSONDecodeError:
        raise WireError("50002", "JSON syntax error", 400) from None
    if not all(isinstance(member, dict) for member in members):
        raise WireError("50002", "JSON syntax error", 400)
    return [{name: _text(value) for name, value in member.items() if value is not None} for member in members]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


class By(enum.Enum):
    """Whom a limit counts."""

    ADDRESS = enum.auto()
    USER = enum.auto()
    INSTRUMENT = enum.auto()
    """A user in one instrument; batches count their orders."""


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Endpoint:
    handler: Handler
    """Gives the `data` of the answer, or the whole of it where that is an object with a code."""
    most: int
    """Requests (or orders) within two seconds."""
    by: By = By.USER

    @property
    def is_public(self) -> bool:
        return self.by is By.ADDRESS


Routes = Mapping[tuple[str, str], Endpoint]
"""By method and path."""


def public(handler: Handler, most: int) -> Endpoint:
    return Endpoint(handler, most, By.ADDRESS)

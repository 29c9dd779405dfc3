"""What every endpoint handler gets: the call, and ways to read its parameters in Bybit's terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, unquote

from core.domain import Leg, Side
from core.paper.dialects.bybit.codes import BAD_KEY, LEGS, PARAMS, SOURCES, WireError
from core.paper.dialects.bybit.disconnect import Disconnects
from core.paper.dialects.bybit.listing import Category, category_of, engine_symbol
from core.paper.dialects.bybit.protection import Attachments
from core.paper.dialects.call import BaseCall
from core.paper.engine.model import PriceSource, Reason, Refusal
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

T = TypeVar("T")
Key = tuple[int, ...]
CURSOR = re.compile(r"page_args=(-?\d+(?:,-?\d+)*)&")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(BaseCall):
    disconnects: Disconnects
    attachments: Attachments

    def missing(self, name: str) -> WireError:
        return WireError(PARAMS, f"params error: {name} is empty")

    def malformed(self, name: str) -> WireError:
        return WireError(PARAMS, f"params error: {name} invalid")

    def nobody(self) -> WireError:
        return WireError(*BAD_KEY)

    def category(self) -> Category:
        word = self.params.get("category", "")
        if word not in set(Category):
            raise WireError(PARAMS, "Illegal category")
        return Category(word)

    def instrument(self) -> PaperInstrument:
        return self.listed(self.category(), self.text("symbol"))

    def contract(self) -> PaperInstrument:
        instrument = self.instrument()
        if instrument.is_spot:
            raise WireError(PARAMS, "Illegal category")
        return instrument

    def listed(self, category: Category, symbol: str) -> PaperInstrument:
        name = engine_symbol(category, symbol)
        if name not in self.market.index or category_of(self.market.instrument(name)) is not category:
            raise Refusal(Reason.UNKNOWN_SYMBOL)
        return self.market.instrument(name)

    def chosen(self) -> list[PaperInstrument]:
        """What `category` with `symbol`, `baseCoin` or `settleCoin` names, the first given of them counting alone."""
        category, params = self.category(), self.params
        if params.get("symbol"):
            return [self.listed(category, params["symbol"])]
        rows = [instrument for instrument in self.market.instruments if category_of(instrument) is category]
        if base := params.get("baseCoin"):
            return [instrument for instrument in rows if instrument.base == base]
        if (settle := params.get("settleCoin")) and category is not Category.SPOT:
            return [instrument for instrument in rows if instrument.settle == settle]
        return rows

    def need_one_of(self, *names: str) -> None:
        if not any(self.params.get(name) for name in names):
            raise WireError(PARAMS, f"Missing some parameters that must be filled in, {' or '.join(names)}")

    def side(self) -> Side:
        word = self.text("side")
        if word not in {"Buy", "Sell"}:
            raise WireError(PARAMS, "Side invalid")
        return Side[word.upper()]

    def leg(self) -> Leg:
        number = self.params.get("positionIdx", "0")
        if number not in LEGS:
            raise WireError(PARAMS, "position idx invalid")
        return LEGS[number]

    def source(self, name: str) -> PriceSource:
        word = self.params.get(name) or "LastPrice"
        if word not in SOURCES:
            raise self.malformed(name)
        return SOURCES[word]

    def page(self, rows: Iterable[T], key: Callable[[T], Key], default: int, most: int) -> tuple[list[T], str]:
        """A page of `rows`, lowest key first, and the cursor of what comes after it.

        A cursor holds a key and no count, so that rows which end between two pages shift nothing.
        """
        ordered = sorted(rows, key=key)
        if cursor := self.params.get("cursor"):
            found = CURSOR.fullmatch(unquote(cursor))
            if found is None:
                raise self.malformed("cursor")
            after = tuple(map(int, found[1].split(",")))
            ordered = [row for row in ordered if key(row) > after]
        page = ordered[: max(1, min(most, self.whole("limit", default)))]
        return page, cursor_of(key(page[-1])) if page else ""


def cursor_of(key: Sequence[int]) -> str:
    """Written for a query as it is, which is how the venue gives it."""
    return quote(f"page_args={','.join(map(str, key))}&", safe="")


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a batch, with what became of each of its orders beside it."""

    result: Json
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    handler: Handler
    is_public: bool = False
    is_batch: bool = False
    """Whether each order of its `request` counts against the rate limit."""


Routes = Mapping[tuple[str, str], Endpoint]
"""By method and path."""


def public(handler: Handler) -> Endpoint:
    return Endpoint(handler, is_public=True)

"""The few moves that all plans are made of: list a book to its end, empty it whole or by instrument, cancel by ids.

Nothing here is asked beforehand: every request that leaves is one that the plan names. Each has its own deadline, and
a listing that cannot be known to be complete is an error and never a shorter list.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from core.errors import VenueGarbled, VenueUnsupported
from core.venues.calls import is_gone
from core.venues.messages import OrderUpdate
from core.venues.plans.plan import IMPLICIT, Book, ByIds, Call, Form, Listed, Pages, Plan, at
from core.venues.plans.resolve import is_unified
from core.venues.plans.templates import filled, market_values

T = TypeVar("T")
Ask = Callable[[Callable[[], Awaitable[Any]], float], Awaitable[Any]]
"""(request, its weight) to the reply: sends it within a deadline, counts it, and turns its errors into ours."""

AT_ONCE = 10
"""Concurrent requests of one move: enough to hide the round trip, few enough for a venue's burst limit."""
MOST_PAGES = 400
NAMES = (
    "symbol", "instId", "contract", "currency_pair", "instrument_name", "product_id", "contract_code", "market", "coin",
    "s", "S",
)  # fmt: skip
"""Where venues name the instrument of a row."""


SIDES = {"bid": "buy", "ask": "sell", "b": "buy", "a": "sell"}
"""Where venues call the sides of an order something else."""


class Moves:
    """The moves of one plan over one ccxt object."""

    def __init__(self, exchange: Any, plan: Plan, ask: Ask) -> None:
        self._ccxt = exchange
        self._plan = plan
        self._ask = ask

    # -- listing --------------------------------------------------------------------------------------------------

    async def rows(self, book: Book) -> list[dict[str, Any]]:
        """Every order of `book` as ccxt's structure, each once; raises VenueError, VenueGarbled where it is cut off."""
        listed = book.listed
        if is_unified(listed.call.name):
            return await self._unified_rows(book)
        symbols = await self._symbols(book)
        if symbols is None:
            pages = [await self._every_page(book, {})]
        else:
            pages = await _few_at_once(
                [partial(self._every_page, book, market_values(market)) for market in symbols], AT_ONCE
            )
        rows = [self._parsed(book, raw) for page in pages for raw in page]
        return list({(row.get("id"), row.get("symbol"), repr(row) if row.get("id") is None else ""): row
                     for row in rows}.values())  # fmt: skip

    async def _symbols(self, book: Book) -> Sequence[Mapping[str, Any]] | None:
        """The instruments to list one by one, None where one request lists them all."""
        if book.listed.each_symbol:
            return [market for market in self._ccxt.markets.values() if book.may_hold(market)]
        found = book.listed.found
        if found is None:
            return None
        reply = await self._send(found.call, self._values(book), book.weight)
        names = at(reply, found.rows)
        if not isinstance(names, list):
            raise VenueGarbled(f"{self._ccxt.id} did not list the instruments in which orders rest")
        kind = _kind_of(book)
        ids = [str(name[found.key]) if found.key else str(name) for name in names]
        return [self._ccxt.safe_market(name, None, None, kind) for name in ids]

    async def _unified_rows(self, book: Book) -> list[dict[str, Any]]:
        params = filled(book.listed.call.params, self._values(book))
        most = book.listed.most or None

        async def rows_in(symbol: str | None) -> list[dict[str, Any]]:
            found = await self._ask(lambda: self._ccxt.fetch_open_orders(symbol, None, most, dict(params)), book.weight)
            _refuse_if_cut_off(book.listed, len(found), self._ccxt.id)
            return list(found)

        if not book.listed.each_symbol:
            return await rows_in(None)
        symbols = [market["symbol"] for market in self._ccxt.markets.values() if book.may_hold(market)]
        pages = await _few_at_once([partial(rows_in, symbol) for symbol in symbols], AT_ONCE)
        return [row for page in pages for row in page]

    async def _every_page(self, book: Book, market: Mapping[str, Any]) -> list[Any]:
        listed, pages = book.listed, book.listed.pages
        values = self._values(book) | dict(market)
        rows: list[Any] = []
        more: dict[str, Any] = {} if pages is None or pages.first is None else {pages.param: pages.first}
        for number in range(1, MOST_PAGES + 1):
            reply = await self._page(listed, values, more, book.weight)
            page, count = _rows_of(listed, reply, self._ccxt.id)
            rows += page
            if pages is None:
                _refuse_if_cut_off(listed, len(page), self._ccxt.id)
                return rows
            asked, more = more, _next(pages, reply, page, count, number)
            if not more:
                return rows
            if more == asked:
                raise VenueGarbled(f"{self._ccxt.id} gives the same page of its listing again and again")
        raise VenueGarbled(f"{self._ccxt.id} lists orders on more than {MOST_PAGES} pages")

    async def _page(self, listed: Listed, values: Mapping[str, Any], more: Mapping[str, Any], weight: float) -> Any:
        absent = self._plan.absent

        async def ask() -> Any:
            try:
                return await self._invoke(listed.call, values, more)
            except Exception as error:
                if is_gone(error) or any(kind.__name__ in absent for kind in type(error).__mro__):
                    return _NOTHING
                raise

        return await self._ask(ask, weight)

    def _parsed(self, book: Book, raw: Any) -> dict[str, Any]:
        listed = book.listed
        market = self._market_of(book, raw)
        if listed.fields:
            told = {
                ours: _said(name) if name.startswith("=") else at(raw, name) for ours, name in listed.fields.items()
            }
            told["symbol"] = told["symbol"] if market is None else market["symbol"]
            return {"info": raw, "status": "open", **told, "side": _side(told)}
        ready: Any = {**raw, **listed.extra} if listed.extra and isinstance(raw, Mapping) else raw
        row: dict[str, Any] = self._ccxt.parse_order({listed.wrap: ready} if listed.wrap else ready, market)
        # Some of ccxt's parsers look the name up anew, and take a contract for the pair of the same name.
        return {**row, "symbol": market["symbol"], "side": _side(row)} if market else row

    def _market_of(self, book: Book, raw: Any) -> Any:
        name = next((str(raw[key]) for key in NAMES if raw.get(key)), "") if isinstance(raw, Mapping) else ""
        if not name:
            return None
        # Where ccxt knows no such name it may still know how to read it (Hyperliquid's coins): that is left to it.
        fitting = [row for row in self._ccxt.markets_by_id.get(name, ()) if book.may_hold(row)]
        return fitting[0] if fitting else None

    # -- cancelling -----------------------------------------------------------------------------------------------

    async def empty(self, book: Book) -> None:
        """Everything in `book`; raises VenueUnsupported where the venue has no such call."""
        if not book.empty:
            raise VenueUnsupported(f"{self._ccxt.id} has no call that empties its book {book.name}")
        await _few_at_once([partial(self._cancel, call, self._values(book)) for call in book.empty], AT_ONCE)

    async def empty_symbol(self, book: Book, symbol: str) -> None:
        """Everything of `book` in `symbol`; raises VenueUnsupported where the venue has no such call."""
        if not book.empty_symbol:
            raise VenueUnsupported(f"{self._ccxt.id} has no cancel by symbol in its book {book.name}")
        market = self._ccxt.markets.get(symbol)
        if market is not None and not book.may_hold(market):
            return  # nothing can rest there
        values = self._values(book) | (market_values(market) if market else {"market": symbol, "symbol": symbol})
        await _few_at_once([partial(self._cancel, call, values) for call in book.empty_symbol], AT_ONCE)

    async def cancel(self, book: Book, orders: Sequence[OrderUpdate]) -> None:
        """These by id, every chunk being sent whatever becomes of the others; the first error is raised then."""
        if book.cancel is None:
            raise VenueUnsupported(f"{self._ccxt.id} has no cancel by id in its book {book.name}")
        ways = [
            (how, rows)
            for how in (book.cancel, *book.cancel.also)
            if (rows := [order for order in orders if not how.waiting or order.trigger_price is not None])
        ]
        results = await asyncio.gather(
            *(self._cancel_way(how, book, rows) for how, rows in ways), return_exceptions=True
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures and len(failures) == len(ways):
            raise failures[0]

    async def _cancel_way(self, how: ByIds, book: Book, orders: Sequence[OrderUpdate]) -> None:
        work = [partial(self._cancel_by, how, book, chunk) for chunk in _chunks(how, orders)]
        await _few_at_once(work, AT_ONCE)

    async def _cancel_by(self, how: ByIds, book: Book, orders: Sequence[OrderUpdate]) -> None:
        call = how.call
        each = [self._values(book) | self._order_values(order) for order in orders]
        if how.item is None or is_unified(call.name):
            await self._cancel(call, each[0] | {"orders": orders})
            return
        items: Any = [filled(how.item, values) for values in each]
        items = how.join.format(",".join(items)) if how.join else items
        if not how.under:
            await self._guarded(lambda: getattr(self._ccxt, call.name)(items))
            return
        await self._cancel(dataclasses.replace(call, params={**call.params, how.under: items}), each[0])

    async def _cancel(self, call: Call, values: Mapping[str, Any]) -> None:
        await self._guarded(lambda: self._invoke(call, values, {}))

    async def _guarded(self, request: Callable[[], Awaitable[Any]]) -> None:
        async def cancel() -> None:
            try:
                await request()
            except Exception as error:
                if not is_gone(error):  # what is not there any more needs no cancel
                    raise

        await self._ask(cancel, 1.0)

    # -- requests -------------------------------------------------------------------------------------------------

    async def _send(self, call: Call, values: Mapping[str, Any], weight: float) -> Any:
        return await self._ask(lambda: self._invoke(call, values, {}), weight)

    async def _invoke(self, call: Call, values: Mapping[str, Any], more: Mapping[str, Any]) -> Any:
        params = {**filled(call.params, values), **more}
        match call.name:
            case "cancel_all_orders":
                return await self._ccxt.cancel_all_orders(values.get("symbol"), params)
            case "cancel_order":
                return await self._ccxt.cancel_order(values["id"], values["symbol"], params)
            case "cancel_orders_for_symbols":
                rows = [{"id": order.order_id, "symbol": order.symbol} for order in values["orders"]]
                return await self._ccxt.cancel_orders_for_symbols(rows, params)
            case _ if call.path:
                return await self._ccxt.request(call.path, list(call.api), _method_of(call.name), params)
            case _:
                return await getattr(self._ccxt, call.name)(params)

    def _values(self, book: Book) -> dict[str, Any]:
        options = self._ccxt.options
        user = options.get("vaultAddress") or options.get("subAccountAddress") or self._ccxt.walletAddress
        accounts = getattr(self._ccxt, "accounts", None) or ()
        account = next((row["id"] for row in accounts if row.get("type") == "spot"), None)
        return {"each": book.each, "user": user, "account": account}

    def _order_values(self, order: OrderUpdate) -> dict[str, Any]:
        market = self._ccxt.markets.get(order.symbol)
        known = market_values(market) if market else {"market": order.symbol, "symbol": order.symbol}
        number = int(order.order_id) if order.order_id.isdigit() else None
        return known | {"id": order.order_id, "number": number}


_NOTHING = object()
"""In place of a reply: the venue says that nothing is there, in an error."""


def _rows_of(listed: Listed, reply: Any, exchange: str) -> tuple[list[Any], int]:
    """The orders of a page, and how many rows (or groups of them) it has; raises VenueGarbled."""
    if reply is _NOTHING:
        return [], 0
    holder, _, key = listed.rows.rpartition(".")
    rows = at(reply, listed.rows)
    if rows is None and listed.null_is_empty:
        inside = at(reply, holder)
        if isinstance(inside, Mapping) and key in inside:
            return [], 0
    if listed.form is Form.KEYED:
        if not isinstance(rows, Mapping):
            raise VenueGarbled(f"{exchange} listed orders in something else than an object by their ids")
        return [{"id": name, **row} for name, row in rows.items()], len(rows)
    if not isinstance(rows, list):
        raise VenueGarbled(f"{exchange} listed orders in something else than a list")
    if listed.form is not Form.GROUPED:
        return rows, len(rows)
    for group in rows:
        inner = at(group, "orders")
        if not isinstance(inner, list) or int(at(group, "total") or 0) > len(inner):
            raise VenueGarbled(f"{exchange} listed fewer orders of an instrument than it says there are")
    return [row for group in rows for row in group["orders"]], len(rows)


def _refuse_if_cut_off(listed: Listed, count: int, exchange: str) -> None:
    if 0 < listed.most <= count:
        raise VenueGarbled(f"{exchange} lists no more than {listed.most} orders, and there may be more")


def _next(pages: Pages, reply: Any, page: Sequence[Any], count: int, number: int) -> dict[str, Any]:
    """What asks for the next page, nothing where there is none."""
    if count == 0:
        return {}
    if pages.cursor:
        cursor = at(reply, pages.cursor)
        return {pages.param: cursor} if cursor not in (None, "", 0, "0") else {}
    if pages.last:
        return {pages.param: page[-1][pages.last]}
    if pages.offset:
        return {pages.param: number * pages.size} if count >= pages.size else {}
    first = pages.first or 0
    if pages.total:
        total = at(reply, pages.total)
        if total is None:
            raise VenueGarbled("a page of a listing does not say how many there are")
        return {pages.param: first + number} if number < int(total) else {}
    return {pages.param: first + number} if count >= pages.size else {}


def _chunks(how: ByIds, orders: Sequence[OrderUpdate]) -> Iterable[Sequence[OrderUpdate]]:
    groups: dict[str, list[OrderUpdate]] = {}
    for order in orders:
        groups.setdefault(order.symbol if how.one_symbol else "", []).append(order)
    for rows in groups.values():
        for begin in range(0, len(rows), how.chunk):
            yield rows[begin : begin + how.chunk]


def _side(row: Mapping[str, Any]) -> Any:
    side = str(row.get("side") or "").lower()
    return SIDES.get(side, side)


def _said(text: str) -> Any:
    return text == "=true" if text in ("=true", "=false") else text[1:]


def _method_of(name: str) -> str:
    method = IMPLICIT.fullmatch(name)
    return method[1].upper() if method else "GET"


def _kind_of(book: Book) -> str:
    """What ccxt is told where a venue's name means several of its markets."""
    return next(iter(book.holds.types)) if len(book.holds.types) == 1 else "contract"


async def _few_at_once(work: Sequence[Callable[[], Awaitable[T]]], limit: int) -> list[T]:
    """All of them, a few at once, none holding up the others; then the first error, where there was one."""
    slots = asyncio.Semaphore(limit)

    async def run(job: Callable[[], Awaitable[T]]) -> T:
        async with slots:
            return await job()

    results = await asyncio.gather(*(run(job) for job in work), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]

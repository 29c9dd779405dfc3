"""What a plan's moves make of replies that are long, cut off, or no listings; and what firing never waits for."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from core.errors import VenueError, VenueGarbled, VenueUnsupported
from core.venues.acting import CcxtActing
from core.venues.protocol import Coverage
from tests.core.venues.plans.golden import Golden
from tests.core.venues.plans.golden_narrow import COINBASE_EXCHANGE, KRAKEN, PHEMEX
from tests.core.venues.plans.golden_unified import BITGET_CLASSIC, BITGET_UNIFIED, KUCOIN_CLASSIC
from tests.core.venues.plans.golden_wide import BYBIT, GATE, OKX
from tests.core.venues.plans.stub import StubVenue, acting_at


@contextlib.asynccontextmanager
async def at(golden: Golden, answers: Mapping[str, Any], **learned: Any) -> AsyncIterator[tuple[StubVenue, CcxtActing]]:
    venue = StubVenue(golden.ok, {**golden.learned, **answers, **learned})
    async with (
        venue.running(),
        acting_at(venue, golden.exchange, golden.markets, golden.options) as acting,
    ):
        await acting.prepare()
        venue.asked.clear()
        yield venue, acting


def bybit_page(*numbers: int, cursor: str) -> dict[str, Any]:
    row = BYBIT.books["linear USDT"].one["result"]["list"][0]
    rows = [{**row, "orderId": str(number)} for number in numbers]
    return {"retCode": 0, "result": {"list": rows, "nextPageCursor": cursor}}


FIRST = "GET /v5/order/realtime?category=linear&limit=50&settleCoin=USDT"
SECOND = "GET /v5/order/realtime?category=linear&cursor={}&limit=50&settleCoin=USDT"


async def test_a_listing_is_followed_to_its_last_page_and_each_order_counted_once() -> None:
    pages = {
        FIRST: bybit_page(1, 2, cursor="a"),
        SECOND.format("a"): bybit_page(2, 3, cursor="b"),
        SECOND.format("b"): bybit_page(cursor=""),
    }
    async with at(BYBIT, pages) as (venue, acting):
        listing = await acting.list_orders("linear USDT")
        assert [order.order_id for order in listing.orders] == ["1", "2", "3"]
        assert venue.asked == list(pages)


async def test_a_venue_that_gives_the_same_page_for_ever_has_listed_nothing() -> None:
    pages = {FIRST: bybit_page(1, cursor="a"), SECOND.format("a"): bybit_page(1, cursor="a")}
    async with at(BYBIT, pages) as (_, acting):
        with pytest.raises(VenueGarbled, match="again and again"):
            await acting.list_orders("linear USDT")


async def test_a_page_that_fails_leaves_no_shorter_listing_behind() -> None:
    pages = {FIRST: bybit_page(1, cursor="a"), SECOND.format("a"): (503, {})}
    async with at(BYBIT, pages) as (_, acting):
        with pytest.raises(VenueError):
            await acting.list_orders("linear USDT")


async def test_a_full_page_without_a_next_one_is_cut_off() -> None:
    book = COINBASE_EXCHANGE.books["regular"]
    rows = [{**book.one[0], "id": f"x-{number}"} for number in range(1000)]
    async with at(COINBASE_EXCHANGE, {book.lists[0]: rows}) as (venue, acting):
        with pytest.raises(VenueGarbled, match="no more than 1000"):
            await acting.list_orders("regular")
        venue.answers[book.lists[0]] = rows[:-1]
        assert len((await acting.list_orders("regular")).orders) == 999


async def test_fewer_orders_than_the_venue_says_there_are_is_no_listing() -> None:
    book = GATE.books["spot"]
    short = [{**book.one[0], "total": 2}]
    async with at(GATE, {book.lists[0]: short, **book.more}) as (_, acting):
        with pytest.raises(VenueGarbled, match="fewer orders"):
            await acting.list_orders("spot")


@pytest.mark.parametrize("reply", [{}, {"code": "0"}, {"code": "0", "data": {}}, {"code": "0", "data": None}, []])
async def test_what_is_no_list_of_orders_is_no_empty_one(reply: Any) -> None:
    line = OKX.books["oco"].lists[0]
    async with at(OKX, {line: reply}) as (_, acting):
        with pytest.raises(VenueError):
            await acting.list_orders("oco")


@pytest.mark.parametrize("reply", ['{"error":[],"result":{"open":{}', "[]", '{"error":[],"result":{}}'])
async def test_half_a_reply_is_no_empty_listing(reply: str) -> None:
    async with at(KRAKEN, {KRAKEN.books["regular"].lists[0]: reply}) as (_, acting):
        with pytest.raises(VenueError):
            await acting.list_orders("regular")


async def test_more_orders_than_a_call_takes_go_in_as_many_calls_as_it_needs() -> None:
    book = OKX.books["regular"]
    row = book.one["data"][0]
    rows = [{**row, "ordId": str(number)} for number in range(1, 46)]
    more = {"GET /api/v5/trade/orders-pending?after=45&limit=100": {"code": "0", "data": []}}
    async with at(OKX, {book.lists[0]: {"code": "0", "data": rows}, **more}) as (venue, acting):
        orders = (await acting.list_orders("regular")).orders
        venue.asked.clear()
        await acting.cancel_orders("regular", orders)
        assert sorted(line.count("ordId") for line in venue.asked) == [5, 20, 20]


async def test_a_venue_listed_by_symbol_alone_is_asked_for_every_one_of_them() -> None:
    lines = [PHEMEX.books["linear"].lists[0]]
    async with at(PHEMEX, {lines[0]: PHEMEX.books["linear"].one}) as (venue, acting):
        assert len((await acting.list_orders("linear")).orders) == 1
        assert venue.asked == lines


async def test_a_cancel_waits_for_no_time_that_could_not_be_had() -> None:
    async with at(KRAKEN, {}, **{"GET /0/public/Time": (503, {})}) as (venue, acting):
        await acting.cancel_book("regular")
        assert venue.asked == ["POST /0/private/CancelAll"]


async def test_an_account_of_unknown_mode_has_the_books_of_both_and_is_cancelled_in_both() -> None:
    unknown = {"GET /api/v3/account/settings": (503, {"code": "500"})}
    async with at(BITGET_CLASSIC, {}, **unknown) as (venue, acting):
        assert set(acting.books) == set(BITGET_CLASSIC.books) | set(BITGET_UNIFIED.books)
        for book in ("futures USDT", "unified USDT"):
            await acting.cancel_book(book)
        assert venue.asked == [
            *BITGET_CLASSIC.books["futures USDT"].empty, *BITGET_UNIFIED.books["unified USDT"].empty,
        ]  # fmt: skip


async def test_a_mode_that_becomes_known_later_rules_the_other_books_out() -> None:
    where = "GET /api/v3/account/settings"
    async with at(BITGET_CLASSIC, {}, **{where: (503, {"code": "500"})}) as (venue, acting):
        venue.answers[where] = BITGET_CLASSIC.learned[where]
        book = BITGET_CLASSIC.books["futures USDT"]
        venue.answers[book.lists[0]] = book.none
        await acting.list_orders("futures USDT")
        assert set(acting.books) == set(BITGET_CLASSIC.books)
        with pytest.raises(VenueUnsupported, match="no book unified USDT"):
            await acting.list_orders("unified USDT")


async def test_an_answer_that_the_plan_does_not_know_is_no_mode() -> None:
    odd = {"GET /api/ua/v1/account/mode": {"code": "200000", "data": {"selfAccountMode": "SOMETHING"}}}
    async with at(KUCOIN_CLASSIC, {}, **odd) as (_, acting):
        assert {"futures", "unified futures"} <= set(acting.books)
        assert acting.coverage is Coverage.UNCONFIRMED


async def test_an_order_of_bybits_spot_that_waits_is_cancelled_under_every_filter_it_may_be_found_by() -> None:
    async with at(BYBIT, {}) as (venue, acting):
        row = {**BYBIT.books["spot"].one["result"]["list"][0], "triggerPrice": "2"}
        venue.answers[BYBIT.books["spot"].lists[0]] = {"retCode": 0, "result": {"list": [row]}}
        (waiting,) = (await acting.list_orders("spot")).orders
        venue.asked.clear()
        await acting.cancel_orders("spot", [waiting])
        one = '"orderId":"61","symbol":"BTCUSDT"'
        assert sorted(venue.asked) == [
            f'POST /v5/order/cancel {{"category":"spot","orderFilter":"BidirectionalTpslOrder",{one}}}',
            f'POST /v5/order/cancel {{"category":"spot","orderFilter":"OcoOrder",{one}}}',
            f'POST /v5/order/cancel {{"category":"spot","orderFilter":"StopOrder",{one}}}',
            f'POST /v5/order/cancel {{"category":"spot","orderFilter":"tpslOrder",{one}}}',
            f'POST /v5/order/cancel-batch {{"category":"spot","request":[{{{one}}}]}}',
        ]

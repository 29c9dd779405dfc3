"""Every plan against lines written by hand: what is listed, what is cancelled, nothing else, and nothing before it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest

from core.clock import SystemClock
from core.domain import Side
from core.halt.proof import Proof
from core.venues.acting import CcxtActing
from core.venues.messages import OrderUpdate, Source
from core.venues.protocol import Coverage
from tests.core.venues.plans.golden import Golden, GoldenBook
from tests.core.venues.plans.golden_narrow import NARROW
from tests.core.venues.plans.golden_unified import UNIFIED
from tests.core.venues.plans.golden_wide import WIDE
from tests.core.venues.plans.stub import StubVenue, acting_at

ALL = (*WIDE, *UNIFIED, *NARROW)
CLASSES = {
    "binance", "binanceusdm", "binancecoinm", "bybit", "okx", "kraken", "krakenfutures", "deribit", "coinbase",
    "coinbaseinternational", "coinbaseexchange", "kucoin", "kucoinfutures", "gate", "bitget", "mexc", "htx", "bitfinex",
    "hyperliquid", "bingx", "phemex", "woo", "cryptocom", "aster", "backpack",
}  # fmt: skip


def test_each_of_the_25_classes_has_its_lines() -> None:
    assert {golden.exchange for golden in ALL} == CLASSES


@pytest.fixture(params=ALL, ids=[golden.title or golden.exchange for golden in ALL])
def golden(request: pytest.FixtureRequest) -> Golden:
    found: Golden = request.param
    return found


def answers_of(golden: Golden, resting: str = "") -> dict[str, object]:
    """Nothing rests, or one order in the book `resting`."""
    answers: dict[str, object] = dict(golden.learned)
    for name, book in golden.books.items():
        answers |= dict(book.more)
        answers[book.lists[-1]] = book.one if name == resting else book.none
    return answers


@pytest.fixture
async def ready(golden: Golden) -> AsyncIterator[tuple[StubVenue, CcxtActing]]:
    """The venue with nothing resting, and the acting side, prepared."""
    async with (
        StubVenue(golden.ok, answers_of(golden)).running() as venue,
        acting_at(venue, golden.exchange, golden.markets, golden.options) as acting,
    ):
        await acting.prepare()
        venue.asked.clear()
        yield venue, acting


def orders_of(book: GoldenBook, name: str) -> list[OrderUpdate]:
    ids = list(book.ids_of) or [book.order[0]]
    blank = OrderUpdate(
        "main", book.order[1], "", "", name, Side.BUY, True, 1.0, 0.0, 1.0, None, False, None, Source.READING, 0.0
    )
    return [dataclasses.replace(blank, order_id=order_id) for order_id in ids]


async def test_the_books_are_these_and_are_as_sure_as_said(golden: Golden, ready: tuple[StubVenue, CcxtActing]) -> None:
    _, acting = ready
    assert set(acting.books) == set(golden.books)
    assert acting.coverage is (Coverage.UNCONFIRMED if golden.unconfirmed else Coverage.EXACT)
    assert acting.whole_books == {name for name, book in golden.books.items() if book.empty}


async def test_listing_every_book_sends_these_lines_alone(golden: Golden, ready: tuple[StubVenue, CcxtActing]) -> None:
    venue, acting = ready
    for name, book in golden.books.items():
        listing = await acting.list_orders(name)
        assert (listing.orders, venue.asked) == ((), list(book.lists)), name
        venue.asked.clear()


async def test_cancelling_sends_these_lines_alone(golden: Golden, ready: tuple[StubVenue, CcxtActing]) -> None:
    venue, acting = ready
    for name, book in golden.books.items():
        if book.empty:
            await acting.cancel_book(name)
            assert sorted(venue.asked) == sorted(book.empty), name
            venue.asked.clear()
        if book.symbol:
            await acting.cancel_symbol(name, book.order[1])
            assert sorted(venue.asked) == sorted(book.symbol), name
            venue.asked.clear()
        await acting.cancel_orders(name, orders_of(book, name))
        assert sorted(venue.asked) == sorted(book.ids), name
        venue.asked.clear()


async def test_a_rehearsal_makes_exactly_these_cancels_ready_and_sends_none(
    golden: Golden, ready: tuple[StubVenue, CcxtActing]
) -> None:
    venue, acting = ready
    for name, book in golden.books.items():
        made = await acting.rehearse(name, (book.order[1],), orders_of(book, name))
        assert made == len(book.empty) + len(book.symbol) + len(book.ids), name
        assert venue.asked == [], name


async def test_a_symbol_is_cancelled_in_the_books_that_may_hold_it_and_in_no_other(
    golden: Golden, ready: tuple[StubVenue, CcxtActing]
) -> None:
    venue, acting = ready
    symbols = {str(row["symbol"]) for row in golden.markets}
    for name, book in golden.books.items():
        for foreign in symbols - {book.order[1]} if book.symbol else ():
            await acting.cancel_symbol(name, foreign)
            assert venue.asked == [], (name, foreign)


async def test_nothing_is_proven_while_any_one_book_holds_an_order(
    golden: Golden, ready: tuple[StubVenue, CcxtActing]
) -> None:
    venue, acting = ready
    for name, book in golden.books.items():
        venue.answers |= answers_of(golden, resting=name)
        proof = Proof(settle_s=0.0)
        for _ in range(3):
            listed = await listed_of(acting, proof)
            assert [(row.book, row.order_id, row.symbol) for row in listed] == [(name, *book.order)]
            assert not proof.verified
        venue.answers |= answers_of(golden)
        assert await listed_of(acting, proof) == []
        assert not proof.verified
        assert await listed_of(acting, proof) == []
        assert proof.verified


async def listed_of(acting: CcxtActing, proof: Proof) -> list[OrderUpdate]:
    began_s = SystemClock().monotonic()
    listings = await asyncio.gather(*(acting.list_orders(book) for book in acting.books))
    orders = [order for listing in listings for order in listing.orders]
    proof.listed(began_s, len(orders))
    return orders

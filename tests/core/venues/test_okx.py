"""An OKX account through the real adapter: watched, traded, listed and cancelled over the paper exchange's wire."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest

from core.domain import Leg, Side
from core.errors import VenueBusy, VenueDenied, VenueGarbled, VenueRefused
from core.paper.engine.model import OrderKind, OtherSide, TriggerKind, TriggerRequest
from core.paper.engine.model import OrderRequest as PaperOrder
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.tasks import spawn, stop_all
from core.venues.hub import VenueHub
from core.venues.messages import CandlesUpdate, DepthUpdate, FillUpdate, InstrumentsUpdate, MarkUpdate, OrderUpdate
from core.venues.protocol import Coverage, OrderRequest
from tests.core.paper.conftest import okx_spec
from tests.core.venues.conftest import QUICK, MakeHub, Told, eventually, paper_account, settings_of
from tests.core.venues.watched import a_fresh_reading, settled, watching

# ccxt asks for half a dozen listings before the first call, and paces itself in doing so.
PATIENT = dataclasses.replace(QUICK, acting_timeout_s=4.0, call_timeout_s=4.0)
BTC, ETH, PAIR, DOLLARS = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USDT", "BTC/USD:BTC"
SWAP = "BTC-USDT-SWAP"
ALGO_BOOKS = ("conditional", "oco", "trigger", "move order stop", "iceberg", "twap")


@pytest.fixture
async def okx() -> AsyncIterator[PaperSite]:
    async with PaperSite(okx_spec(step_s=0.05, mark_period_s=0.1, weight_limit=240_000)) as running:
        yield running


@pytest.fixture
def hub(okx: PaperSite, make_hub: MakeHub) -> VenueHub:
    return make_hub(settings_of(okx), PATIENT)


def rest(site: PaperSite, name: str, *, orders: int = 1) -> None:
    """Regular orders far away, on the swap and on the pair, and one algo order of each type."""
    account, exchange = paper_account(site, name), site.venue_of(name).exchange
    for number in range(orders):
        price, own = 50_000.0 + number, f"mm{number}"
        exchange.place(account, PaperOrder(SWAP, Side.BUY, OrderKind.LIMIT, 1.0, price, client_id=own))
    exchange.place(account, PaperOrder("BTC-USDT", Side.BUY, OrderKind.LIMIT, 0.01, 50_000.0, client_id="mmpair"))
    stop = TriggerRequest(SWAP, Side.SELL, TriggerKind.STOP_MARKET, 40_000.0, 1.0, tag="conditional")
    worked = dataclasses.replace(stop, kind=TriggerKind.WORKED, price=40_000.0)
    for request in (
        stop,
        dataclasses.replace(stop, other=OtherSide(90_000.0, None), tag="oco"),
        dataclasses.replace(stop, tag="trigger"),
        dataclasses.replace(stop, trigger_price=60_000.0, trail=0.05, tag="move_order_stop"),
        dataclasses.replace(worked, tag="iceberg"),
        dataclasses.replace(worked, tag="twap"),
    ):
        exchange.place_trigger(account, request)


async def test_coins_positions_and_orders_are_read_as_they_are(okx: PaperSite, hub: VenueHub) -> None:
    rest(okx, "one")
    okx.running = False
    account = paper_account(okx, "one")
    async with watching(hub, "one") as told:
        reading = await settled(okx, hub, "one", told)
        await eventually(lambda: any(row.orders is not None for row in told.readings))
    assert {row.coin: row.total for row in reading.balance.coins} == pytest.approx(
        {coin: account.margin(coin).equity for coin in ("USDT", "BTC")}
    )
    assert all(row.includes_unrealised for row in reading.balance.coins)
    assert {(row.symbol, row.leg): row.quantity for row in reading.positions} == {
        (BTC, Leg.NET): 1.5,
        (DOLLARS, Leg.NET): 30_000,
    }
    (listed,) = {row.orders for row in told.readings if row.orders is not None}
    assert {row.book for row in listed} == {"regular", *ALGO_BOOKS}
    assert {(row.symbol, row.quantity) for row in listed if row.book == "regular"} == {(BTC, 0.01), (PAIR, 0.01)}


async def test_both_legs_of_hedge_mode_are_read(okx: PaperSite, hub: VenueHub) -> None:
    account, exchange = paper_account(okx, "legs"), okx.venue_of("legs").exchange
    for leg, side in ((Leg.LONG, Side.BUY), (Leg.SHORT, Side.SELL)):
        exchange.place(account, PaperOrder(SWAP, side, OrderKind.MARKET, 20, leg=leg))
    rows = await hub.acting("legs").read_positions()
    assert {(row.leg, row.quantity) for row in rows} == {(Leg.LONG, 0.2), (Leg.SHORT, -0.2)}


async def test_the_stream_tells_of_orders_and_fills_before_the_next_reading(okx: PaperSite, hub: VenueHub) -> None:
    async with watching(hub, "two") as told:
        await settled(okx, hub, "two", told)
        venue_hub = okx.venue_of("two").server.hub
        await eventually(
            lambda: any("orders" in topic for each in venue_hub._connections for topic in each.session.topics)
        )
        seen = len(told.updates)
        account, exchange = paper_account(okx, "two"), okx.venue_of("two").exchange
        exchange.place(account, PaperOrder(SWAP, Side.BUY, OrderKind.LIMIT, 1.0, 50_000.0, client_id="mm1"))
        exchange.place(account, PaperOrder(SWAP, Side.BUY, OrderKind.MARKET, 10, client_id="mom1"))

        def heard() -> bool:
            orders = [row for row in told.updates[seen:] if isinstance(row, OrderUpdate)]
            fills = [row for row in told.updates[seen:] if isinstance(row, FillUpdate)]
            return {"mm1", "mom1"} <= {row.client_order_id for row in orders} and bool(fills)

        await eventually(heard)
        reading = await a_fresh_reading(hub, "two", told)
    assert [(row.symbol, row.quantity) for row in reading.positions] == [(BTC, 0.1)]


async def test_every_book_is_listed_to_its_end_and_can_be_emptied_alone(okx: PaperSite, hub: VenueHub) -> None:
    rest(okx, "two", orders=120)
    acting, account = hub.acting("two"), paper_account(okx, "two")
    await acting.prepare()
    assert (acting.coverage, acting.books) == (Coverage.EXACT, ("regular", *ALGO_BOOKS))
    counts = {book: len((await acting.list_orders(book)).orders) for book in acting.books}
    assert counts == {"regular": 121, **dict.fromkeys(ALGO_BOOKS, 1)}
    left = sum(counts.values())
    for book in acting.books:
        orders = (await acting.list_orders(book)).orders
        await acting.cancel_orders(book, orders)
        left -= counts[book]
        assert len(account.open_orders()) + len(account.open_triggers()) == left, book
        assert (await acting.list_orders(book)).orders == ()
        await acting.cancel_orders(book, orders)


async def test_a_cancel_that_is_only_acknowledged_leaves_its_orders_listed(okx: PaperSite, hub: VenueHub) -> None:
    rest(okx, "two")
    okx.add_fault(Fault(FaultKind.IGNORE_CANCELS, account="two"))
    acting = hub.acting("two")
    await acting.prepare()
    for book in acting.books:
        orders = (await acting.list_orders(book)).orders
        await acting.cancel_orders(book, orders)
        assert (await acting.list_orders(book)).orders, book


async def test_an_order_is_placed_in_coins_and_sent_in_lots(okx: PaperSite, hub: VenueHub) -> None:
    acting, account = hub.acting("one"), paper_account(okx, "one")
    ack = await acting.place(OrderRequest(BTC, Side.SELL, 0.50004, reduce_only=True, client_order_id="scm1"))
    assert (ack.quantity, account.quantity_of(SWAP)) == (pytest.approx(0.5), 100)
    resting = await acting.place(OrderRequest(BTC, Side.BUY, 0.1, False, "scm2", 50_000.0))
    (listed,) = (await acting.list_orders("regular")).orders
    assert (listed.order_id, listed.client_order_id, listed.quantity) == (resting.order_id, "scm2", 0.1)


async def test_a_client_id_that_okx_does_not_take_is_refused_in_words(hub: VenueHub) -> None:
    with pytest.raises(VenueRefused, match="clOrdId"):
        await hub.acting("two").place(OrderRequest(BTC, Side.BUY, 0.1, False, "with-a-dash", 50_000.0))


async def test_marks_depth_and_candles_are_told(hub: VenueHub) -> None:
    (endpoint,), told = hub.endpoints, Told()
    hub.want_market_data(endpoint, [BTC])
    feeds = (hub.market_feed(endpoint), hub.market_data_feed(endpoint))
    tasks = [spawn(feed.run(told), name="market of okx") for feed in feeds]
    try:
        await eventually(lambda: told.of(MarkUpdate) and told.of(DepthUpdate) and told.of(CandlesUpdate))
    finally:
        await stop_all(tasks)
    assert {row.symbol for row in told.of(MarkUpdate)} >= {BTC, ETH, DOLLARS}
    best = told.of(DepthUpdate)[0].asks[0]
    assert best[0] * best[1] == pytest.approx(400_000, rel=1e-2)
    (listed,) = told.of(InstrumentsUpdate)
    assert len(listed.instruments) == 40


async def test_refusals_are_told_as_what_they_are(okx: PaperSite, hub: VenueHub, make_hub: MakeHub) -> None:
    for wrong in ({"secret": "wrong"}, {"password": "open sesame"}):
        stranger = make_hub(settings_of(okx, **wrong), PATIENT)
        with pytest.raises(VenueDenied):
            await stranger.acting("two").list_orders("regular")
    acting = hub.acting("two")
    await acting.prepare()
    okx.add_fault(Fault(FaultKind.MALFORMED, path="/api/v5/trade/orders-pending", count=1))
    with pytest.raises(VenueGarbled):
        await acting.list_orders("regular")
    okx.faults.clear()
    okx.add_fault(Fault(FaultKind.BUSY, seconds=3))
    with pytest.raises(VenueBusy) as caught:
        await acting.list_orders("regular")
    assert caught.value.retry_after_s == 3.0

"""The acting side against the paper exchange: both books, every failure in one sentence, every call within its time."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from core.clock import SystemClock
from core.domain import Leg, Side
from core.errors import (
    VenueBusy,
    VenueDenied,
    VenueError,
    VenueGarbled,
    VenueRefused,
    VenueTimeout,
    VenueUnreachable,
)
from core.paper.engine.model import TriggerKind, TriggerRequest
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.secrets import Credentials
from core.venues.acting import CcxtActing
from core.venues.hub import VenueHub
from core.venues.protocol import Coverage, OrderRequest
from tests.core.venues.conftest import BTC, DOGE, ETH, QUICK, MakeHub, paper_account, settings_of


def a_bid(client_order_id: str, symbol: str = BTC, quantity: float = 0.1, price: float = 50_000.0) -> OrderRequest:
    return OrderRequest(symbol, Side.BUY, quantity, False, client_order_id, price)


async def rest_in_both_books(site: PaperSite, acting: CcxtActing, account: str) -> None:
    """Two bids in two symbols, and a stop in the trigger book."""
    await acting.place(a_bid("mm-1"))
    await acting.place(a_bid("mm-2", DOGE, 1000.0, 0.1))
    row = paper_account(site, account)
    exchange = site.venue_of(account).exchange
    exchange.place_trigger(
        row,
        TriggerRequest(
            symbol="ETHUSDT", side=Side.BUY, kind=TriggerKind.STOP_MARKET, quantity=1.0, trigger_price=90_000.0,
            client_id="mm-3",
        ),
    )  # fmt: skip


async def test_every_book_is_listed_with_what_a_stop_needs_to_know(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    assert (acting.books, acting.coverage, acting.venue) == (("regular", "trigger"), Coverage.EXACT, "north")
    await rest_in_both_books(site, acting, "beta")
    regular, trigger = await acting.list_orders("regular"), await acting.list_orders("trigger")
    assert {(o.symbol, o.client_order_id, o.book) for o in regular.orders} == {
        (BTC, "mm-1", "regular"),
        (DOGE, "mm-2", "regular"),
    }
    (stop,) = trigger.orders
    assert (stop.symbol, stop.client_order_id, stop.book, stop.is_open) == (ETH, "mm-3", "trigger", True)
    assert (stop.trigger_price, stop.quantity, stop.reduce_only) == (90_000.0, 1.0, False)
    assert stop.at_s is not None
    assert regular.began_s < regular.ended_s


async def test_cancelling_by_symbol_empties_one_symbol_of_one_book(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await rest_in_both_books(site, acting, "beta")
    await acting.cancel_symbol("regular", BTC)
    assert [order.symbol for order in (await acting.list_orders("regular")).orders] == [DOGE]
    assert len((await acting.list_orders("trigger")).orders) == 1
    await acting.cancel_symbol("trigger", ETH)
    assert (await acting.list_orders("trigger")).orders == ()


async def test_the_very_first_call_may_be_a_cancel(site: PaperSite, hub: VenueHub, make_hub: MakeHub) -> None:
    await rest_in_both_books(site, hub.acting("beta"), "beta")
    fresh = make_hub(settings_of(site)).acting("beta")
    await fresh.cancel_symbol("regular", BTC)
    assert [order.symbol for order in paper_account(site, "beta").open_orders()] == ["DOGEUSDT"]


async def test_cancelling_by_id_takes_both_books_and_forgives_what_is_gone(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await rest_in_both_books(site, acting, "beta")
    for book in acting.books:
        orders = (await acting.list_orders(book)).orders
        await acting.cancel_orders(book, orders)
        assert (await acting.list_orders(book)).orders == ()
        await acting.cancel_orders(book, orders)
    await acting.cancel_orders("regular", ())


async def test_one_cancel_that_fails_does_not_keep_the_others_from_being_sent(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    for number in range(25):
        await acting.place(a_bid(f"mm-{number}", quantity=0.01, price=50_000.0 + number))
    orders = (await acting.list_orders("regular")).orders
    site.add_fault(Fault(FaultKind.STATUS, method="DELETE", status=503, count=1))
    with pytest.raises(VenueUnreachable):
        await acting.cancel_orders("regular", orders)
    assert len(paper_account(site, "beta").open_orders()) <= 10


async def test_positions_are_read_signed_with_their_entry(hub: VenueHub) -> None:
    (position,) = await hub.acting("alpha").read_positions()
    assert (position.symbol, position.leg, position.quantity) == (BTC, Leg.NET, 1.5)
    assert position.entry_price == pytest.approx(64_200)
    assert position.maintenance_margin_rate is not None
    assert 0 < position.maintenance_margin_rate < 0.1
    assert await hub.acting("beta").read_positions() == ()


async def test_a_closing_order_is_rounded_down_fills_and_is_acknowledged(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("alpha")
    ack = await acting.place(OrderRequest(BTC, Side.SELL, 0.30049, True, "scm-1"))
    assert ack.quantity == pytest.approx(0.3)
    assert ack.filled == pytest.approx(0.3)
    assert ack.average_price == pytest.approx(64_000, rel=0.1)
    (position,) = await acting.read_positions()
    assert position.quantity == pytest.approx(1.2)
    assert paper_account(site, "alpha").order_ids["scm-1"] == int(ack.order_id)


@pytest.mark.parametrize(("asked", "sent"), [(0.3, 0.3), (0.1 + 0.2, 0.3), (0.0019999, 0.001), (0.7, 0.7)])
async def test_a_quantity_on_the_step_is_sent_whole(hub: VenueHub, asked: float, sent: float) -> None:
    ack = await hub.acting("alpha").place(OrderRequest(BTC, Side.SELL, asked, True, "scm-1"))
    assert ack.quantity == pytest.approx(sent, abs=1e-9)


async def test_what_is_too_small_or_unknown_is_refused_in_a_sentence(hub: VenueHub) -> None:
    acting = hub.acting("alpha")
    with pytest.raises(VenueRefused, match=r"0\.0004 .*BTC.* below"):
        await acting.place(OrderRequest(BTC, Side.SELL, 0.0004, True, "scm-1"))
    with pytest.raises(VenueRefused, match="no market"):
        await acting.place(OrderRequest("NOPE/USDT:USDT", Side.SELL, 1.0, True, "scm-2"))
    with pytest.raises(VenueRefused):
        await acting.place(a_bid("scm-3", quantity=1000.0))


async def test_a_hanging_venue_costs_no_call_more_than_its_deadline(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await acting.prepare()
    site.add_fault(Fault(FaultKind.HANG))
    clock = SystemClock()
    began_s = clock.monotonic()
    with pytest.raises(VenueTimeout):
        await acting.list_orders("regular")
    with pytest.raises(VenueTimeout):
        await acting.cancel_symbol("regular", BTC)
    with pytest.raises(VenueTimeout):
        await acting.place(a_bid("mm-1"))
    assert clock.monotonic() - began_s < 3 * QUICK.acting_timeout_s + 5.0


async def test_a_venue_that_hangs_before_anything_was_loaded_holds_a_call_no_longer(
    site: PaperSite, hub: VenueHub
) -> None:
    site.add_fault(Fault(FaultKind.HANG))
    clock = SystemClock()
    began_s = clock.monotonic()
    results = await asyncio.gather(
        *(hub.acting(name).list_orders("regular") for name in ("alpha", "beta", "gamma")), return_exceptions=True
    )
    assert [type(result) for result in results] == [VenueTimeout] * 3
    assert clock.monotonic() - began_s < QUICK.acting_timeout_s + 5.0
    site.faults.clear()
    assert (await hub.acting("beta").list_orders("regular")).orders == ()


async def test_a_dead_port_is_told_at_once(site: PaperSite, make_hub: MakeHub) -> None:
    dead = settings_of(site)
    for venue in site.venues:
        await venue.server.stop()
    with pytest.raises(VenueUnreachable, match="cannot be reached") as caught:
        await make_hub(dead).acting("beta").list_orders("regular")
    assert caught.value.account == "beta"


@pytest.mark.parametrize(
    "wrong", [{"api_key": "paper-nobody-at-all"}, {"secret": "not-the-secret-of-anybody"}], ids=["key", "secret"]
)
async def test_wrong_credentials_are_denied_and_shown_nowhere(
    site: PaperSite, make_hub: MakeHub, wrong: dict[str, str]
) -> None:
    acting = make_hub(settings_of(site, **wrong)).acting("beta")
    with pytest.raises(VenueDenied) as caught:
        await acting.list_orders("regular")
    text = f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
    assert not any(secret in text for secret in (*wrong.values(), "paper-beta", "signature", "timestamp"))


@pytest.mark.parametrize("skew_s", [60.0, -60.0])
async def test_a_clock_that_is_off_is_allowed_for(site: PaperSite, hub: VenueHub, skew_s: float) -> None:
    site.add_fault(Fault(FaultKind.CLOCK_SKEW, seconds=skew_s))
    assert (await hub.acting("beta").list_orders("regular")).orders == ()


async def test_a_clock_that_goes_off_later_is_allowed_for_soon(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await acting.list_orders("regular")
    site.add_fault(Fault(FaultKind.CLOCK_SKEW, seconds=60.0))
    for _ in range(3):
        try:
            await acting.list_orders("regular")
            return
        except VenueError:
            await SystemClock().sleep(0.1)
    pytest.fail("the acting side never corrected its clock")


async def test_a_garbled_listing_is_never_an_empty_one(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await rest_in_both_books(site, acting, "beta")
    site.add_fault(Fault(FaultKind.MALFORMED))
    for book in acting.books:
        with pytest.raises(VenueGarbled):
            await acting.list_orders(book)
    with pytest.raises(VenueGarbled):
        await acting.read_positions()


async def test_being_slowed_down_is_told_with_the_venues_own_wish(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await acting.prepare()
    site.add_fault(Fault(FaultKind.BUSY, seconds=7, count=1))
    with pytest.raises(VenueBusy) as caught:
        await acting.list_orders("regular")
    assert caught.value.retry_after_s == 7.0
    # the acting side asks again when its caller wants, not when the watching side would
    assert (await acting.list_orders("regular")).orders == ()


async def test_preparing_twice_loads_once_and_firing_then_asks_for_nothing_else(site: PaperSite, hub: VenueHub) -> None:
    names = ("alpha", "beta")
    await asyncio.gather(*(hub.acting(name).prepare() for name in names for _ in range(3)))
    paths = [entry.path for entry in site.log.since(0)]
    assert paths.count("/fapi/v1/exchangeInfo") == 1
    seq = site.log.total
    await asyncio.gather(*(hub.acting(name).list_orders("trigger") for name in names))
    assert [entry.path for entry in site.log.since(seq)] == ["/fapi/v1/openAlgoOrders"] * 2


async def test_nothing_but_a_venue_error_ever_comes_out(site: PaperSite, make_hub: MakeHub) -> None:
    odd = [dataclasses.replace(row, ccxt={"urls": "nonsense"}) for row in settings_of(site)]
    with pytest.raises(VenueError):
        await make_hub(odd).acting("beta").prepare()
    unknown = [dataclasses.replace(row, exchange="nosuchexchange") for row in settings_of(site)]
    with pytest.raises(VenueError):
        await make_hub(unknown).acting("beta").prepare()


async def test_a_call_that_is_cancelled_is_cancelled(site: PaperSite, hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await acting.prepare()
    site.add_fault(Fault(FaultKind.HANG))
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.1):
            await acting.list_orders("regular")
    assert type(caught.value) is TimeoutError


async def test_closing_is_final_for_nobody_and_harmless_twice(hub: VenueHub) -> None:
    acting = hub.acting("beta")
    await acting.list_orders("regular")
    await acting.close()
    await acting.close()
    assert (await acting.list_orders("regular")).orders == ()


def test_credentials_show_nothing() -> None:
    assert "hush" not in repr(Credentials("hush-key", "hush-secret"))


async def test_a_time_that_cannot_be_had_holds_up_no_call(site: PaperSite, hub: VenueHub) -> None:
    site.add_fault(Fault(FaultKind.HANG, path="/fapi/v1/time"))
    assert (await hub.acting("beta").list_orders("regular")).orders == ()

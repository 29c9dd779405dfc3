"""The watching side against the paper exchange: what its updates add up to is what the venue holds."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain import FlowKind, Leg, LinkState, Side
from core.paper.engine.model import Cause, OrderKind, TriggerKind, TriggerRequest
from core.paper.engine.model import OrderRequest as PaperOrder
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.venues.hub import VenueHub
from core.venues.messages import BalanceUpdate, FillUpdate, FlowUpdate, LinkUpdate, OrderUpdate, PositionUpdate, Source
from core.venues.protocol import Coverage
from tests.core.venues.conftest import BTC, MakeHub, Told, eventually, paper_account, settings_of
from tests.core.venues.watched import Folded, a_fresh_reading, settled, state_at_the_venue, watching


def trade(site: PaperSite, account: str, symbol: str, side: Side, quantity: float, client_id: str = "mm-t") -> None:
    request = PaperOrder(symbol, side, OrderKind.MARKET, quantity, client_id=client_id)
    site.venue_of(account).exchange.place(paper_account(site, account), request)


def bid(site: PaperSite, account: str, price: float) -> Any:
    request = PaperOrder("BTCUSDT", Side.BUY, OrderKind.LIMIT, 0.01, price=price)
    return site.venue_of(account).exchange.place(paper_account(site, account), request)


def a_busy_minute(site: PaperSite, account: str) -> None:
    """Everything at once, so that many messages come in one read: opened, turned, closed, rested, cancelled, moved."""
    exchange, row = site.venue_of(account).exchange, paper_account(site, account)
    for number in range(10):
        trade(site, account, "ETHUSDT", Side.BUY, 0.5, f"mom-{number}")
    for quantity in (0.3, 0.5, 0.1):
        trade(site, account, "BTCUSDT", Side.SELL if quantity == 0.5 else Side.BUY, quantity)
    trade(site, account, "SOLUSDT", Side.SELL, 5.0)
    trade(site, account, "SOLUSDT", Side.BUY, 5.0)
    resting = [bid(site, account, 30_000.0 + number) for number in range(12)]
    for order in resting[::2]:
        exchange.cancel(row, order)
    for price in (90_000.0, 95_000.0):
        exchange.place_trigger(
            row, TriggerRequest("BTCUSDT", Side.BUY, TriggerKind.STOP_MARKET, trigger_price=price, quantity=0.01)
        )
    exchange.cancel_trigger(row, row.open_triggers()[0])
    exchange.flow(row, "USDC", -500.0, Cause.WITHDRAW)


def flows_read(hub: VenueHub, told: Told) -> list[FlowUpdate]:
    """The flows told so far; asks for the next reading, as the ledger is read with one."""
    hub.watching("beta").read_soon()
    return told.of(FlowUpdate)


async def test_one_reading_and_the_stream_add_up_to_what_the_venue_holds(site: PaperSite, hub: VenueHub) -> None:
    async with watching(hub, "beta") as told:
        reading = await settled(site, hub, "beta", told)
        before = len(told.updates)
        a_busy_minute(site, "beta")

        def believed() -> dict[str, Any]:
            news = [u for u in told.updates[before:] if getattr(u, "source", None) is Source.STREAM]
            return Folded(reading, news).state()

        await eventually(lambda: believed() == state_at_the_venue(site, "beta"), 3.0)
        assert all(row.leg is Leg.NET for row in told.of(PositionUpdate))


async def test_every_fill_is_told_once_by_the_stream_as_the_venue_booked_it(site: PaperSite, hub: VenueHub) -> None:
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        a_busy_minute(site, "beta")
        booked = {str(fill.fill_id): fill for fill in paper_account(site, "beta").fills}
        await eventually(lambda: {fill.fill_id for fill in told.of(FillUpdate)} == set(booked))
        streamed = [fill for fill in told.of(FillUpdate) if fill.source is Source.STREAM]
        assert len(streamed) == len(booked)
        for fill in streamed:
            own = booked[fill.fill_id]
            assert [fill.quantity, fill.price, fill.fee] == pytest.approx([own.quantity, own.price, own.fee])
            assert fill.fee_coin == "USDT"
            assert (fill.side, fill.order_id) == (own.side, str(own.order_id))


async def test_a_reading_is_whole_and_names_what_rests_in_which_book(site: PaperSite, hub: VenueHub) -> None:
    a_busy_minute(site, "alpha")
    async with watching(hub, "alpha") as told:
        reading = await settled(site, hub, "alpha", told)
        whole = next(row for row in reversed(told.readings) if row.orders is not None)
        assert Folded(whole).state() == state_at_the_venue(site, "alpha")
        assert reading.began_s < reading.ended_s
        assert reading.balance.complete
        assert not reading.bad_rows
        assert not any(coin.includes_unrealised for coin in reading.balance.coins)


async def test_an_order_is_followed_from_its_beginning_to_its_end(site: PaperSite, hub: VenueHub) -> None:
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        order = bid(site, "beta", 30_000.0)
        site.venue_of("beta").exchange.cancel(paper_account(site, "beta"), order)

        def seen() -> list[OrderUpdate]:
            return [row for row in told.of(OrderUpdate) if row.order_id == str(order.order_id)]

        await eventually(lambda: [row.is_open for row in seen()] == [True, False])
        first = seen()[0]
        assert (first.symbol, first.side, first.quantity, first.price) == (BTC, Side.BUY, 0.01, 30_000.0)
        assert (first.book, first.filled, first.reduce_only) == ("regular", 0.0, False)


async def test_a_withdrawal_shows_at_once_in_the_balance_and_then_in_the_ledger(site: PaperSite, hub: VenueHub) -> None:
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        exchange, row = site.venue_of("beta").exchange, paper_account(site, "beta")
        exchange.flow(row, "USDT", -12_345.0, Cause.WITHDRAW)
        await eventually(lambda: any("WITHDRAW" in u.reason for u in told.of(BalanceUpdate)))
        (told_at_once,) = [u for u in told.of(BalanceUpdate) if "WITHDRAW" in u.reason]
        assert [coin.total for coin in told_at_once.coins if coin.coin == "USDT"] == [pytest.approx(87_655.0)]
        assert not told_at_once.complete
        await eventually(lambda: any(flow.amount == -12_345.0 for flow in flows_read(hub, told)))
        flow = next(flow for flow in told.of(FlowUpdate) if flow.amount == -12_345.0)
        assert (flow.coin, flow.account) == ("USDT", "beta")
        assert flow.kind in {FlowKind.WITHDRAWAL, FlowKind.TRANSFER}


async def test_a_withdrawal_that_the_stream_tells_of_is_looked_up_without_being_asked(
    site: PaperSite, hub: VenueHub
) -> None:
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        site.venue_of("beta").exchange.flow(paper_account(site, "beta"), "USDT", -12_345.0, Cause.WITHDRAW)
        await eventually(lambda: any(flow.amount == -12_345.0 for flow in told.of(FlowUpdate)), 2.0)


async def test_the_same_flow_has_the_same_id_however_often_it_is_read(site: PaperSite, hub: VenueHub) -> None:
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        row = paper_account(site, "beta")
        site.venue_of("beta").exchange.flow(row, "USDT", 777.0, Cause.DEPOSIT)
        await eventually(lambda: any(flow.amount == 777.0 for flow in flows_read(hub, told)))
        for _ in range(2):
            await a_fresh_reading(hub, "beta", told)
        assert len({flow.flow_id for flow in told.of(FlowUpdate) if flow.amount == 777.0}) == 1


async def test_a_quiet_account_is_shown_to_be_alive(site: PaperSite, hub: VenueHub) -> None:
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        before = len(told.updates)
        await eventually(lambda: any(type(u).__name__ == "AliveUpdate" for u in told.updates[before:]))
        assert [row.state for row in told.of(LinkUpdate)] == [LinkState.CONNECTING, LinkState.UP]


async def test_checking_an_account_changes_nothing_and_says_what_is_there(site: PaperSite, hub: VenueHub) -> None:
    bid(site, "alpha", 30_000.0)
    report = await hub.watching("alpha").check()
    assert (report.account, report.exchange, report.coverage) == ("alpha", "binanceusdm", Coverage.EXACT)
    assert (report.coins, report.positions, report.resting_orders) == (2, 1, 1)
    assert report.clock_offset_ms is not None
    assert abs(report.clock_offset_ms) < 1000
    assert {entry.method for entry in site.log.since(0)} == {"GET"}


@pytest.mark.parametrize("status", [404, 403, 500])
async def test_a_key_whose_rights_cannot_be_asked_for_is_checked_all_the_same(
    site: PaperSite, make_hub: MakeHub, status: int
) -> None:
    site.add_fault(Fault(FaultKind.STATUS, path="/sapi/*", status=status))
    report = await make_hub(settings_of(site)).watching("beta").check()
    assert report.can_withdraw is None
    assert report.coins == 2

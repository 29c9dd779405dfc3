"""The watching side against the paper exchange: the book it tells is the venue's own, whatever happens to the line."""

from __future__ import annotations

import dataclasses
from typing import Any, Generic, TypeVar

import pytest

from core.clock import SystemClock
from core.domain import Leg, LinkState, Side
from core.errors import VenueDenied
from core.paper.engine.model import OrderKind, OrderRequest, TriggerKind, TriggerRequest
from core.paper.faults import Fault, FaultKind
from core.paper.site import BotOptions, PaperSite, make_spec
from core.tasks import spawn, stop_all
from core.venues.connect import STREAM_PING_MS
from core.venues.hub import VenueHub
from core.venues.messages import (
    AccountReading,
    BalanceUpdate,
    FillUpdate,
    InstrumentsUpdate,
    LinkUpdate,
    OrderUpdate,
    PositionUpdate,
    Source,
)
from core.venues.settings import FeedSettings
from tests.core.venues.conftest import (
    BTC,
    ETH,
    QUICK,
    MakeHub,
    Told,
    eventually,
    paper_account,
    settings_of,
)

K = TypeVar("K")
V = TypeVar("V")


class Watch:
    """One account watched until the end of the test; `book` is what the updates add up to."""

    def __init__(self, hub: VenueHub, account: str) -> None:
        self.account = account
        self.told = Told()
        self.watching = hub.watching(account)
        self._task = spawn(self.watching.run(self.told), name=f"watch {account}")

    async def stop(self) -> None:
        await stop_all([self._task])

    async def settled(self) -> None:
        """Up, and read since."""
        await eventually(self.told.is_up)
        up = self.told.link
        assert up is not None
        await eventually(lambda: any(r.began_s >= up.received_s and r.orders is not None for r in self.told.readings))

    def positions(self) -> dict[tuple[str, Leg], float]:
        held = Newest[tuple[str, Leg], float]()
        for update in self.told.updates:
            if isinstance(update, PositionUpdate):
                held.say((update.symbol, update.leg), update.quantity, update.received_s)
            elif isinstance(update, AccountReading):
                held.read({(row.symbol, row.leg): row.quantity for row in update.positions}, update.began_s)
        return {key: round(quantity, 9) for key, quantity in held.values().items() if quantity}

    def wallet(self) -> dict[str, float]:
        coins = Newest[str, float]()
        for update in self.told.updates:
            if isinstance(update, BalanceUpdate):
                for row in update.coins:
                    coins.say(row.coin, row.total, update.received_s)
            elif isinstance(update, AccountReading):
                coins.read({row.coin: row.total for row in update.balance.coins}, update.began_s)
        return {coin: round(total, 6) for coin, total in coins.values().items()}

    def resting(self) -> set[tuple[str, str]]:
        orders = Newest[tuple[str, str], bool]()
        for update in self.told.updates:
            if isinstance(update, OrderUpdate):
                orders.say((update.book, update.order_id), update.is_open, update.received_s)
            elif isinstance(update, AccountReading) and update.orders is not None:
                orders.read({(row.book, row.order_id): True for row in update.orders}, update.began_s)
        return {key for key, is_open in orders.values().items() if is_open}


class Newest(Generic[K, V]):
    """What readings and the stream add up to: a reading knows nothing of what came after it began."""

    def __init__(self) -> None:
        self._rows: dict[K, tuple[V, float]] = {}

    def say(self, key: K, value: V, at_s: float) -> None:
        self._rows[key] = (value, at_s)

    def read(self, rows: dict[K, V], began_s: float) -> None:
        newer = {key: row for key, row in self._rows.items() if row[1] > began_s}
        self._rows = {key: (value, began_s) for key, value in rows.items()} | newer

    def values(self) -> dict[K, V]:
        return {key: value for key, (value, _) in self._rows.items()}


@pytest.fixture
async def watch(hub: VenueHub) -> Any:
    started: list[Watch] = []

    def start(account: str, other_hub: VenueHub | None = None) -> Watch:
        started.append(Watch(other_hub or hub, account))
        return started[-1]

    yield start
    for one in started:
        await one.stop()


def trade(site: PaperSite, account: str, side: Side, quantity: float, symbol: str = "BTCUSDT", name: str = "") -> None:
    """A market order straight into the venue's engine."""
    request = OrderRequest(symbol, side, OrderKind.MARKET, quantity, client_id=name)
    site.venue_of(account).exchange.place(paper_account(site, account), request)


def rest(site: PaperSite, account: str, price: float, name: str = "") -> Any:
    """A bid far below the market."""
    request = OrderRequest("BTCUSDT", Side.BUY, OrderKind.LIMIT, 0.1, price, client_id=name)
    return site.venue_of(account).exchange.place(paper_account(site, account), request)


def truth(site: PaperSite, account: str) -> tuple[dict[str, float], dict[str, float], set[tuple[str, str]]]:
    row = paper_account(site, account)
    positions = {p.symbol: round(p.quantity, 9) for p in row.positions.values() if p.quantity}
    wallet = {coin: round(amount, 6) for coin, amount in row.wallets.items() if amount}
    orders = {("regular", str(o.order_id)) for o in row.open_orders()}
    orders |= {("trigger", str(t.trigger_id)) for t in row.open_triggers()}
    return positions, wallet, orders


def matches(site: PaperSite, one: Watch) -> bool:
    positions, wallet, orders = truth(site, one.account)
    told = {symbol.replace("/", "").partition(":")[0]: quantity for (symbol, _), quantity in one.positions().items()}
    return told == positions and one.wallet() == wallet and one.resting() == orders


async def test_the_first_reading_is_the_account_as_the_venue_has_it(site: PaperSite, watch: Any) -> None:
    site.running = False
    one = watch("alpha")
    await one.settled()
    reading = one.told.readings[0]
    assert [(row.symbol, row.leg, row.quantity) for row in reading.positions] == [(BTC, Leg.NET, 1.5)]
    # the wallet and not the margin balance: unrealised PnL must not be counted twice
    assert {row.coin: row.total for row in reading.balance.coins} == {"USDT": 100_000.0, "USDC": 5_000.0}
    assert not any(row.includes_unrealised for row in reading.balance.coins)
    assert reading.balance.complete
    assert (reading.orders, reading.bad_rows) == ((), ())
    assert reading.began_s < reading.ended_s
    states = [link.state for link in one.told.of(LinkUpdate)]
    assert states == [LinkState.CONNECTING, LinkState.UP]
    (instruments,) = one.told.of(InstrumentsUpdate)
    assert {row.symbol for row in instruments.instruments} >= {BTC, ETH}


async def test_what_the_stream_tells_adds_up_to_the_venues_own_book(site: PaperSite, watch: Any) -> None:
    one = watch("alpha")
    await one.settled()
    readings = len(one.told.readings)
    exchange, account = site.venue_of("alpha").exchange, paper_account(site, "alpha")
    trade(site, "alpha", Side.SELL, 0.5, name="mom-1")
    trade(site, "alpha", Side.BUY, 2.0, "ETHUSDT", name="mom-2")
    order = rest(site, "alpha", 50_000.0, "mm-1")
    rest(site, "alpha", 49_000.0, "mm-2")
    exchange.place_trigger(
        account, TriggerRequest("BTCUSDT", Side.SELL, TriggerKind.STOP_MARKET, 40_000.0, quantity=0.1)
    )
    exchange.cancel(account, order)
    trade(site, "alpha", Side.SELL, 2.0, "ETHUSDT", name="mom-3")
    await eventually(lambda: matches(site, one))
    assert len(one.told.readings) == readings, "the stream alone told it"
    fills = one.told.of(FillUpdate)
    assert {fill.client_order_id for fill in fills} == {"mom-1", "mom-2", "mom-3"}
    assert len({fill.fill_id for fill in fills}) == len(fills)
    assert sum(fill.side.sign * fill.quantity for fill in fills if fill.symbol == ETH) == pytest.approx(0.0)
    assert all(fill.fee > 0 and fill.fee_coin == "USDT" and fill.source is Source.STREAM for fill in fills)


async def test_balances_and_positions_of_one_moment_come_together(site: PaperSite, watch: Any) -> None:
    one = watch("alpha")
    await one.settled()
    trade(site, "alpha", Side.SELL, 1.5)
    await eventually(lambda: not one.positions())
    at = next(
        index
        for index, update in enumerate(one.told.updates)
        if isinstance(update, PositionUpdate) and not update.quantity
    )
    before = one.told.updates[at - 1]
    assert isinstance(before, BalanceUpdate)
    assert before.received_s == one.told.updates[at].received_s
    assert (before.reason, before.complete) == ("ORDER", False)
    # one-way mode: the row that says flat is of the same leg as the row that said long
    assert one.told.updates[at].leg is Leg.NET


async def test_a_busy_hour_of_bots_leaves_the_same_book(make_hub: MakeHub, watch: Any) -> None:
    spec = dataclasses.replace(
        make_spec(accounts=2, venues=1, scenario="calm"), step_s=0.02, bots=BotOptions(pace=20.0)
    )
    async with PaperSite(spec) as site:
        hub = make_hub(settings_of(site))
        watches = [watch("alpha-1", hub), watch("alpha-2", hub)]
        for one in watches:
            await one.settled()
        await eventually(lambda: sum(len(one.told.of(FillUpdate)) for one in watches) > 15, 15.0)
        site.running = False
        await eventually(lambda: all(matches(site, one) for one in watches))
        for one in watches:
            known = {fill.fill_id for fill in one.told.of(FillUpdate)}
            assert len(known) == len(one.told.of(FillUpdate)), "each fill once"
        for one in watches:
            await one.stop()
        await hub.close()


def test_by_default_a_dead_line_is_noticed_within_25_s() -> None:
    feed = FeedSettings()
    assert feed.silent_after_s > 2 * STREAM_PING_MS / 1000.0
    assert feed.silent_after_s + feed.alive_s + STREAM_PING_MS / 1000.0 <= 25.0


async def test_a_key_that_is_revoked_later_is_told(site: PaperSite, watch: Any) -> None:
    one = watch("beta")
    await one.settled()
    site.add_fault(Fault(FaultKind.REVOKE_KEY, account="beta"))
    await eventually(lambda: one.told.is_down() and "refuses the key" in one.told.link.reason)


async def test_readings_that_fail_leave_the_stream_alone(site: PaperSite, make_hub: MakeHub, watch: Any) -> None:
    one = watch("alpha", make_hub(settings_of(site), dataclasses.replace(QUICK, reconcile_s=0.2)))
    await one.settled()
    site.add_fault(Fault(FaultKind.STATUS, method="GET", path="/fapi/*", status=503))
    await eventually(lambda: "cannot be reached" in one.told.link.reason)
    assert one.told.is_up()
    trade(site, "alpha", Side.SELL, 0.5)
    await eventually(lambda: one.positions() == {(BTC, Leg.NET): 1.0})
    site.faults.clear()
    await eventually(lambda: one.told.link.reason == "")
    states = [link.state for link in one.told.of(LinkUpdate)]
    assert states[0] is LinkState.CONNECTING
    assert set(states[1:]) == {LinkState.UP}


async def test_a_garbled_reading_is_no_flat_account(site: PaperSite, make_hub: MakeHub, watch: Any) -> None:
    one = watch("alpha", make_hub(settings_of(site), dataclasses.replace(QUICK, reconcile_s=0.2)))
    await one.settled()
    site.add_fault(Fault(FaultKind.MALFORMED, method="GET"))
    await eventually(lambda: "cannot be understood" in one.told.link.reason)
    count = len(one.told.readings)
    await SystemClock().sleep(0.5)
    assert len(one.told.readings) == count
    assert one.positions() == {(BTC, Leg.NET): 1.5}


async def test_one_row_that_cannot_be_understood_hides_no_other(site: PaperSite, watch: Any) -> None:
    hub_watch = watch("alpha")
    await hub_watch.settled()
    trade(site, "alpha", Side.BUY, 1.0, "ETHUSDT")
    await eventually(lambda: len(hub_watch.positions()) == 2)
    exchange = hub_watch.watching._ccxt
    parse = exchange.parse_position_risk

    def spoil(row: Any, market: Any = None) -> Any:
        parsed = parse(row, market)
        return {**parsed, "side": "sideways"} if parsed["symbol"] == ETH else parsed

    exchange.parse_position_risk = spoil
    hub_watch.watching.read_soon()
    await eventually(lambda: bool(hub_watch.told.readings[-1].bad_rows))
    reading = hub_watch.told.readings[-1]
    assert [row.symbol for row in reading.positions] == [BTC]
    assert "ETH/USDT:USDT" in reading.bad_rows[0]
    assert "ETH/USDT:USDT" in hub_watch.told.link.reason


async def test_a_venue_that_asks_to_slow_down_is_obeyed(site: PaperSite, make_hub: MakeHub, watch: Any) -> None:
    one = watch("beta", make_hub(settings_of(site), dataclasses.replace(QUICK, reconcile_s=0.2)))
    await one.settled()
    site.add_fault(Fault(FaultKind.BUSY, account="beta", seconds=2, count=1))
    await eventually(lambda: "slow down" in one.told.link.reason)
    seq, clock = site.log.total, SystemClock()
    await clock.sleep(1.2)
    assert [e.path for e in site.log.since(seq) if e.account == "beta" and e.method == "GET"] == []
    await eventually(lambda: one.told.link.reason == "")


async def test_readings_asked_for_in_between_leave_the_dear_listings_out(site: PaperSite, watch: Any) -> None:
    one = watch("beta")
    await one.settled()
    count = len(one.told.readings)
    for _ in range(20):
        one.watching.read_soon()
    await eventually(lambda: len(one.told.readings) > count)
    assert len(one.told.readings) == count + 1, "twenty wishes are one reading"
    assert one.told.readings[-1].orders is None


async def test_a_check_with_a_wrong_key_raises(site: PaperSite, make_hub: MakeHub) -> None:
    with pytest.raises(VenueDenied):
        await make_hub(settings_of(site, secret="wrong-secret")).watching("alpha").check()


async def test_readings_that_fail_for_long_take_the_link_down_though_the_stream_is_open(
    site: PaperSite, make_hub: MakeHub, watch: Any
) -> None:
    one = watch("alpha", make_hub(settings_of(site), dataclasses.replace(QUICK, reconcile_s=0.3)))
    await one.settled()
    site.add_fault(Fault(FaultKind.STATUS, method="GET", path="/fapi/*", status=503))
    await eventually(one.told.is_down)
    site.faults.clear()
    await one.settled()

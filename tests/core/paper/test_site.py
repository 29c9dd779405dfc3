"""A whole site: layout, bots, scenarios, control API, determinism."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from core.clock import ManualClock
from core.errors import PaperError
from core.paper.control import PaperControl
from core.paper.engine.account import Account
from core.paper.faults import Fault, FaultKind
from core.paper.scenarios import crash
from core.paper.site import PaperSite, PaperSpec, VenueSpec, make_spec
from core.paper.spec import BotOptions
from tests.core.paper.conftest import eventually


class Rehearsal:
    """A site that is stepped by hand, without sockets and without waiting."""

    def __init__(self, **layout: Any) -> None:
        self.clock = ManualClock()
        self.site = PaperSite(make_spec(**layout), self.clock)
        for venue in self.site.venues:
            venue.start_bots()

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / self.site.spec.step_s)):
            self.site.step()
            self.clock.advance(self.site.spec.step_s)

    @property
    def accounts(self) -> list[Account]:
        return [account for venue in self.site.venues for account in venue.exchange.accounts.values()]

    @property
    def equity(self) -> float:
        return sum(account.equity() for account in self.accounts)

    def leverage(self, account: Account) -> float:
        gross = sum(abs(p.quantity) * self.site.market.mark_of(p.symbol) for p in account.open_positions())
        return gross / account.equity()

    def trace(self) -> list[Any]:
        marks = [round(float(mark), 9) for mark in self.site.market.mark]
        orders = [(o.order_id, o.client_id, o.status, o.filled) for a in self.accounts for o in a.orders.values()]
        return [marks, orders, [a.wallets for a in self.accounts]]


def test_accounts_spread_over_venues_and_leverages() -> None:
    stage = Rehearsal(accounts=6, venues=2, scenario="calm")
    assert [v.name for v in stage.site.spec.venues] == ["north", "south"]
    assert sorted(a.name for a in stage.accounts) == [f"alpha-{n}" for n in range(1, 7)]
    leverages = sorted(stage.leverage(account) for account in stage.accounts)
    assert leverages[0] == pytest.approx(2.0, rel=0.05)
    assert leverages[-1] == pytest.approx(4.5, rel=0.05)
    for account in stage.accounts:
        net = sum(p.quantity * stage.site.market.mark_of(p.symbol) for p in account.open_positions())
        assert net > account.equity()
    assert len({account.secret for account in stage.accounts}) == 6


def test_a_layout_of_any_size_is_possible_and_nonsense_is_refused() -> None:
    assert len(make_spec(200, 3).accounts) == 200
    assert len(make_spec(1, 1).accounts) == 1
    for accounts, venues in ((0, 1), (3, 0), (3, 99)):
        with pytest.raises(PaperError):
            make_spec(accounts, venues)
    with pytest.raises(PaperError, match="speaks binanceusdm, binancecoinm, binance, bybit, okx"):
        PaperSite(PaperSpec((VenueSpec("north", (), exchange="nowhere"),)))
    with pytest.raises(PaperError, match="withdrawal"):
        make_spec(scenario="tsunami")


MIXED = {"accounts": 6, "venues": 2, "hedged": 2, "isolated": 2, "coin_margined": 2, "spot": 2, "bybit": 2, "okx": 2}


def test_other_kinds_of_accounts_come_at_venues_of_their_own() -> None:
    spec = make_spec(**MIXED)
    assert [(v.name, v.exchange, len(v.accounts)) for v in spec.venues] == [
        ("north", "binanceusdm", 3),
        ("south", "binanceusdm", 3),
        ("coin", "binancecoinm", 2),
        ("spot", "binance", 2),
        ("bybit", "bybit", 2),
        ("okx", "okx", 2),
    ]
    stage = Rehearsal(**MIXED, scenario="calm")
    kinds = {a.name: (a.is_hedged, bool(a.margin("USDT").pots)) for a in stage.accounts}
    assert [kinds[f"alpha-{n}"] for n in range(1, 7)] == [(True, False)] * 2 + [(False, True)] * 2 + [
        (False, False)
    ] * 2
    for account in stage.accounts:
        assert 80_000 < account.equity() < 700_000
    for wrong in ({"hedged": 4, "isolated": 3}, {"spot": -1}):
        with pytest.raises(PaperError):
            make_spec(6, 2, **wrong)


def test_bots_trade_in_every_kind_of_account_and_a_crash_liquidates_the_isolated_ones() -> None:
    stage = Rehearsal(**MIXED, scenario="crash")
    stage.run(5)
    assert all(account.open_orders() for account in stage.accounts)
    refused = {bot.account.name: bot.refused for venue in stage.site.venues for bot in venue.bots if bot.refused}
    assert sum(refused.values()) < 10
    stage.run(20)
    for venue in stage.site.venues:
        fills = [fill for account in venue.exchange.accounts.values() for fill in account.fills]
        assert [fill for fill in fills if "-open-" not in fill.client_id]
    forced = {a.name for a in stage.accounts if any(order.is_forced for order in a.orders.values())}
    assert forced == {"alpha-3", "alpha-4"}
    assert min(account.equity() for account in stage.accounts) > 0
    assert all(venue.exchange.events.failures == 0 for venue in stage.site.venues)


def test_the_same_seed_gives_the_same_course_and_another_seed_another() -> None:
    def course(seed: int) -> list[Any]:
        stage = Rehearsal(accounts=3, venues=2, seed=seed, scenario="crash")
        stage.run(12)
        return stage.trace()

    assert course(5) == course(5)
    assert course(5) != course(6)


def test_bots_keep_orders_resting_in_both_books_under_their_own_prefixes() -> None:
    stage = Rehearsal(accounts=3, venues=1, scenario="calm")
    prefixes: set[str] = set()
    for _ in range(20):
        stage.run(1)
        for account in stage.accounts:
            assert account.open_orders()
            assert account.open_triggers()
            prefixes |= {order.client_id.partition("-")[0] for order in account.orders.values()}
    assert prefixes == {"bas", "mom", "mm"}
    assert all(failures == 0 for failures in (v.exchange.events.failures for v in stage.site.venues))


def test_stopped_bots_place_nothing_more_and_leave_their_orders() -> None:
    stage = Rehearsal(accounts=2, venues=1, scenario="calm")
    venue = stage.site.venues[0]
    stage.run(5)
    venue.set_bots(False, "alpha-1")
    counts = {a.name: len(a.orders) for a in stage.accounts}
    stage.run(5)
    after = {a.name: len(a.orders) for a in stage.accounts}
    assert after["alpha-1"] == counts["alpha-1"]
    assert after["alpha-2"] > counts["alpha-2"]
    venue.set_bots(True)
    stage.run(5)
    assert len(stage.accounts[0].orders) > counts["alpha-1"]


def test_the_crash_takes_everything_down_together_and_most_of_the_equity_with_it() -> None:
    stage = Rehearsal(accounts=6, venues=2, scenario="crash")
    before, start = stage.site.market.mark.copy(), stage.equity
    stage.run(6)
    assert stage.equity == pytest.approx(start, rel=0.03)
    peak = stage.equity
    orders = sum(len(account.orders) for account in stage.accounts)
    stage.run(14)
    falls = (1 - stage.site.market.mark / before).tolist()
    assert 0.25 < falls[0] < 0.32
    assert min(falls) > 0.18
    assert statistics.median(falls) > 0.27
    assert 0.4 < 1 - stage.equity / peak < 0.8
    assert min(account.equity() for account in stage.accounts) > 0
    assert max(stage.leverage(account) for account in stage.accounts) > 7
    stage.run(10)
    assert sum(len(account.orders) for account in stage.accounts) > orders + 50


def test_the_crash_can_be_shaped() -> None:
    stage = Rehearsal(accounts=1, venues=1, scenario=crash(lead_s=1.0, depth=0.5, duration_s=2.0))
    before = stage.site.market.mark_of("BTCUSDT")
    stage.run(4)
    assert stage.site.market.mark_of("BTCUSDT") / before == pytest.approx(0.5, rel=0.1)
    with pytest.raises(PaperError):
        crash(depth=1.5)


def test_a_runaway_bot_floods_one_account_only() -> None:
    stage = Rehearsal(accounts=3, venues=1, scenario="runaway")
    stage.run(6)
    counts = [len(account.orders) for account in stage.accounts]
    stage.run(5)
    grown = [len(a.orders) - before for a, before in zip(stage.accounts, counts, strict=True)]
    assert grown[0] > 80
    assert max(grown[1:]) < 60
    assert len({order.symbol for order in stage.accounts[0].open_orders()}) >= 10


def test_money_leaves_and_moves_without_any_loss() -> None:
    stage = Rehearsal(accounts=3, venues=2, scenario="withdrawal")
    start = stage.equity
    stage.run(12)
    rows = [row for account in stage.accounts for row in account.ledger if row.note not in {"", "opening balance"}]
    assert sorted(row.note for row in rows) == ["from alpha-2", "to alpha-3", "withdrawal"]
    assert sum(row.amount for row in rows if row.note != "withdrawal") == 0
    left = -sum(row.amount for row in rows)
    assert left > 0.2 * start / 3
    assert stage.equity + left == pytest.approx(start, rel=0.02)


async def test_an_outage_hangs_one_venue_and_ends() -> None:
    stage = Rehearsal(accounts=2, venues=2, scenario="venue-outage")
    stage.run(7)
    assert stage.site.faults.find(FaultKind.HANG, "south")
    assert not stage.site.faults.find(FaultKind.HANG, "north")
    stage.run(15)
    await asyncio.sleep(0)
    assert stage.site.faults.find(FaultKind.REFUSE, "south")
    assert not stage.site.faults.find(FaultKind.HANG, "south")
    stage.run(20)
    assert stage.site.faults.active() == {}
    await stage.site.close()


@pytest.fixture
async def live() -> AsyncIterator[PaperSite]:
    async with PaperSite(replace(make_spec(2, 2, 1, "calm"), bots=BotOptions(pace=2.0))) as site:
        yield site


@pytest.fixture
async def control(live: PaperSite) -> AsyncIterator[PaperControl]:
    async with PaperControl(live.control_url) as client:
        yield client


async def test_the_description_is_json_and_names_keys_and_strategies(live: PaperSite) -> None:
    told = orjson.loads(orjson.dumps(live.describe()))
    assert [venue["exchange"] for venue in told["venues"]] == ["binanceusdm", "binanceusdm"]
    assert told["venues"][0]["accounts"][0]["api_key"] == "paper-alpha-1"
    assert told["venues"][0]["ccxt"]["urls"]["api"]["fapiPrivate"].startswith(told["venues"][0]["url"])
    assert {row["client_order_id"] for row in told["strategies"]} == {"bas-*", "mom-*", "mm-*"}


async def test_control_tells_state_orders_history_log_and_clock(live: PaperSite, control: PaperControl) -> None:
    state = await control.state()
    assert set(state["accounts"]) == {"alpha-1", "alpha-2"}
    assert state["accounts"]["alpha-1"]["positions"]
    listed = await control.orders("alpha-1")
    assert {row["book"] for row in listed} == {"regular", "trigger"}
    moment = live.clock.now()
    rested = {row["id"] for row in await control.history(at_s=moment)}
    assert {row["id"] for row in listed} & rested
    history = await control.history("alpha-1")
    assert {row["account"] for row in history} == {"alpha-1"}
    assert any(row["ended_s"] for row in history)
    assert (await control.log())["entries"] == []
    clock = await control.clock()
    assert abs(clock["now_s"] - live.clock.now()) < 2
    assert set(clock["venues"]) == {"north", "south"}


async def test_control_acts_on_bots_flows_prices_and_scenarios(live: PaperSite, control: PaperControl) -> None:
    assert await control.set_bots(False) == ["alpha-1", "alpha-2"]
    assert await control.set_bots(True, "alpha-1") == ["alpha-2"]
    one, two = (live.venue_of(name).exchange.accounts[name] for name in ("alpha-1", "alpha-2"))
    wallets = one.wallets["USDT"], two.wallets["USDT"]
    live.running = False
    await control.flow("alpha-1", -1_000)
    await control.flow("alpha-1", 500, to="alpha-2")
    assert one.wallets["USDT"] == pytest.approx(wallets[0] - 1_500)
    assert two.wallets["USDT"] == pytest.approx(wallets[1] + 500)
    await control.set_price("BTCUSDT", 60_000)
    assert live.market.mark_of("BTCUSDT") == 60_000
    await control.scale_prices(0.5)
    assert live.market.mark_of("BTCUSDT") == 30_000
    live.running = True
    await control.play("crash", lead_s=0, depth=0.3, duration_s=0.5)
    await eventually(lambda: live.market.mark_of("BTCUSDT") < 23_000)


async def test_control_arms_lists_and_clears_faults(live: PaperSite, control: PaperControl) -> None:
    first = await control.add_fault(Fault(FaultKind.LATENCY, seconds=0.1, account="alpha-1"))
    await control.add_fault(Fault(FaultKind.HANG, venue="south"))
    listed = await control.faults()
    assert [(row["kind"], row["account"], row["venue"]) for row in listed] == [
        ("latency", "alpha-1", "*"),
        ("hang", "*", "south"),
    ]
    assert await control.clear_faults(first) == 1
    assert await control.clear_faults() == 1
    assert await control.faults() == []


async def test_control_refuses_in_words(control: PaperControl) -> None:
    with pytest.raises(PaperError, match='no account "nobody"'):
        await control.flow("nobody", 5)
    with pytest.raises(PaperError, match="no scenario"):
        await control.play("tsunami")
    with pytest.raises(PaperError, match="no_funds"):
        await control.flow("alpha-1", -1e12)


async def test_control_answers_while_the_venue_does_not(live: PaperSite, control: PaperControl) -> None:
    await control.add_fault(Fault(FaultKind.HANG))
    await control.add_fault(Fault(FaultKind.REFUSE))
    assert (await control.state())["steps"] >= 0

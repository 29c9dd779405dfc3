"""Accounts that hedge each other are cut in step, side by side, and none of them waits for ever."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass, field, replace

import pytest

from core.clock import ManualClock
from core.domain import Leg, Severity, Side
from core.errors import VenueRefused
from core.mitigation.balance import Balance
from core.mitigation.held import Cut
from core.mitigation.model import Reduction
from core.mitigation.terms import Spacing
from core.mitigation.urgency import USUAL
from core.tasks import spawn
from core.venues.protocol import OrderAck, OrderRequest
from tests.core.mitigation.book_venue import BookVenue
from tests.core.mitigation.scripted_venue import ScriptedVenue
from tests.core.mitigation.test_executor import reduction
from tests.core.mitigation.test_slices import plan, run

STEP = USUAL[Severity.MEDIUM].step


@dataclass
class Market:
    """Accounts that are long, and as many that are short, of the same coin."""

    rows: list[Reduction]
    venues: dict[str, BookVenue]
    gaps: list[float] = field(default_factory=list)
    """How far one side was ahead of the other, before each order."""
    largest: float = 0.0
    """Of all orders, as a share of its side."""

    def share(self, side: Side) -> float:
        whole = math.fsum(row.quantity for row in self.rows if row.side is side)
        return math.fsum(self.closed(row) for row in self.rows if row.side is side) / whole

    def closed(self, row: Reduction) -> float:
        return 10.0 - abs(self.venues[row.account].positions["BTC", Leg.NET])

    def look(self, order: OrderRequest) -> None:
        self.gaps.append(abs(self.share(Side.SELL) - self.share(Side.BUY)))
        whole = math.fsum(row.quantity for row in self.rows if row.side is order.side)
        self.largest = max(self.largest, order.quantity / whole)


def market(rng: random.Random, accounts: int) -> Market:
    made = Market([], {})
    for number in range(accounts):
        name, side = f"a{number}", rng.choice(list(Side)) if number > 1 else list(Side)[number]
        quantity = round(rng.uniform(0.3, 9.0), 1)
        made.rows.append(replace(reduction(quantity, side=side, account=name), pair="BTC"))
        held = 10.0 if side is Side.SELL else -10.0
        made.venues[name] = BookVenue(name, {("BTC", Leg.NET): held}, before_place=made.look)
    return made


@pytest.mark.parametrize("accounts", [2, 3, 12])
async def test_neither_side_gets_further_ahead_than_a_step_and_all_of_it_is_done(
    accounts: int, rng: random.Random
) -> None:
    made = market(rng, accounts)
    report = await run(plan(*made.rows), *made.venues.values())
    assert report.complete, report.sentence
    assert max(made.gaps) <= STEP + made.largest + 1e-9
    assert made.share(Side.SELL) == pytest.approx(1.0)
    assert made.share(Side.BUY) == pytest.approx(1.0)


async def test_a_side_that_cannot_be_cut_ends_the_other_soon(rng: random.Random) -> None:
    made = market(rng, 6)

    async def refuses(venue: ScriptedVenue, order: OrderRequest) -> OrderAck:
        raise VenueRefused("no", account=venue.account)

    for row in made.rows:
        if row.side is Side.BUY:
            made.venues[row.account].fates = [refuses] * 9
    report = await run(plan(*made.rows), *made.venues.values())
    assert made.share(Side.BUY) == 0.0
    assert made.share(Side.SELL) <= STEP + made.largest + 1e-9
    ended = [row for row in report.outcomes if row.reduction.side is Side.SELL and row.refused]
    assert ended
    assert all("could not be cut further (BTC of a" in row.refused for row in ended)


async def test_accounts_that_hedge_each_other_go_on_side_by_side(rng: random.Random) -> None:
    made = market(rng, 12)
    asked: list[str] = []
    for venue in made.venues.values():
        venue.before_place = lambda order: asked.append(order.client_order_id)
    report = await run(plan(*made.rows, severity=Severity.CRITICAL), *made.venues.values())
    assert report.complete
    places = [name[24:28] for name in asked]
    assert len(set(places[:4])) > 1


def cut(quantity: float, side: Side, account: str, place: int, pair: str = "p") -> Cut:
    return Cut(replace(reduction(quantity, side=side, account=account), pair=pair), place)


def test_an_account_whose_legs_even_out_hedges_nobody_else() -> None:
    even_legs = [cut(4.0, Side.SELL, "a", 1), cut(4.0, Side.BUY, "a", 2)]
    balance = Balance([*even_legs, cut(3.0, Side.SELL, "b", 3), cut(3.0, Side.BUY, "c", 4)], 0.2)
    even, sells, buys = balance.units
    assert balance.allowance(even) == math.inf
    assert balance.allowance(sells) == balance.allowance(buys) == pytest.approx(0.2)


def test_what_is_ahead_waits_until_the_venues_books_show_the_other() -> None:
    sells, buys = cut(4.0, Side.SELL, "a", 1), cut(8.0, Side.BUY, "b", 2)
    balance = Balance([sells, buys], 0.25)
    one, other = balance.units
    sells.asked = 1.0
    balance.note(one)
    assert balance.allowance(one) == 0.0
    assert not balance.may_have_least(one)
    # What is on its way of the one is not done yet for the other.
    assert balance.allowance(other) == pytest.approx(0.25)
    sells.asked, sells.filled = 0.0, 1.0
    balance.note(one)
    assert balance.allowance(other) == pytest.approx(0.5)
    buys.filled = 4.0
    balance.note(other)
    assert balance.allowance(one) == pytest.approx(0.5)


def test_a_side_that_is_over_lets_the_other_come_up_to_it_and_no_further() -> None:
    sells, buys = cut(4.0, Side.SELL, "a", 1), cut(4.0, Side.BUY, "b", 2)
    balance = Balance([sells, buys], 0.25)
    one, other = balance.units
    buys.filled = 2.0
    buys.end("the venue said no")
    balance.note(other)
    assert balance.allowance(one) == pytest.approx(0.5)
    assert "BTC of b: the venue said no" in balance.why_over(one)
    buys.filled, buys.refused = 4.0, ""
    balance.note(other)
    assert balance.allowance(one) == pytest.approx(1.0)
    assert balance.why_over(one) == ""


def test_what_has_no_other_side_is_held_back_by_nothing() -> None:
    balance = Balance([cut(4.0, Side.SELL, "a", 1), cut(4.0, Side.SELL, "b", 2)], 0.25)
    assert [balance.allowance(unit) for unit in balance.units] == [math.inf, math.inf]


async def test_many_accounts_begin_one_after_the_other_and_none_is_forgotten() -> None:
    clock = ManualClock()
    spacing = Spacing(clock, 0.01)
    went: list[int] = []

    async def go(number: int) -> None:
        await spacing.turn()
        went.append(number)

    tasks = [spawn(go(number), name=f"account {number}") for number in range(5)]
    await asyncio.sleep(0)
    assert went == [0]
    for done in range(2, 6):
        clock.advance(0.01)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert went == list(range(done))
    await asyncio.gather(*tasks)

"""How long a stop will take, foretold and then measured on a clock that is moved by hand."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.halt.firing import FiringOrder, Lane
from core.halt.forecast import Crew, Work, forecast, forecast_of
from core.halt.target import HaltTarget, most_at_risk_first
from core.tasks import spawn, stop_all
from core.venues.budget import RequestBudget
from core.venues.protocol import ActingVenue, StopCost
from core.venues.turns import Turn

A_MINUTE_BEGINS = 1_700_000_040.0
SETTLE_S = 1.5


def seconds(crews: list[Crew]) -> float:
    expected = forecast(crews, SETTLE_S)
    assert expected is not None
    return expected.proof_ms / 1000.0


def test_nobody_to_stop_takes_no_time_that_could_be_told() -> None:
    assert forecast([], SETTLE_S) is None
    assert forecast([Crew([])], SETTLE_S) is None


def test_with_room_for_all_it_is_the_wait_between_two_listings_and_a_few_replies() -> None:
    assert 1.5 < seconds([Crew([Work(4.0, 80.0, 2)], 2_400, 0.0, 30.0)]) < 2.0
    assert 1.5 < seconds([Crew([Work(4.0, 80.0, 2)] * 20)]) < 2.2


def test_a_hundred_accounts_of_binance_by_one_address_take_seven_minutes_and_by_four_hardly_two() -> None:
    work = Work(first=4.0, listing=80.0, listings=2)
    one = seconds([Crew([work] * 100, 2_400, 0.0, 60.0)])
    four = seconds([Crew([work] * 25, 2_400, 0.0, 60.0)] * 4)
    assert 6 * 60 < one < 8 * 60
    assert 60 <= four < 2 * 60


def test_what_is_spent_already_and_what_is_not_known_beforehand_take_longer() -> None:
    known = [Work(4.0, 80.0, 2)] * 10
    fresh = seconds([Crew(known, 2_400, 0.0, 30.0)])
    assert seconds([Crew(known, 2_400, 1_200.0, 30.0)]) > 30.0 > fresh
    assert seconds([Crew([Work(0.0, 1.0, 3)] * 10)]) > seconds([Crew([Work(1.0, 1.0, 2)] * 10)])


async def nobody() -> ActingVenue:
    raise AssertionError("nothing is acquired for a forecast")


def test_targets_that_a_venue_counts_together_are_reckoned_together() -> None:
    clock = ManualClock(now=A_MINUTE_BEGINS)
    orders = [FiringOrder(RequestBudget(2_400, clock), clock) for _ in range(2)]

    def target(order: FiringOrder) -> HaltTarget:
        known, cost = frozenset({"BTC/USDT:USDT"}), StopCost(80.0, 0.0, 2.0)
        return HaltTarget("a", "north", "binanceusdm", nobody, known_symbols=known, order=order, cost=cost)

    together = forecast_of([target(orders[0])] * 20, SETTLE_S)
    apart = forecast_of([target(order) for order in orders] * 10, SETTLE_S)
    assert together is not None
    assert apart is not None
    assert together.proof_ms > 60_000.0 > 3_000.0 > apart.proof_ms


def test_more_at_risk_and_fewer_requests_go_first_and_what_is_unknown_stands_between() -> None:
    def target(name: str, exposure: float | None, symbols: int = 1) -> HaltTarget:
        names = frozenset(f"{name}{number}" for number in range(symbols))
        return HaltTarget(name, "north", "okx", nobody, known_symbols=names, exposure=exposure)

    rows = [target("small", 10.0), target("busy", 1_000.0, 20), target("unknown", None), target("large", 1_000.0)]
    assert [row.account for row, _ in most_at_risk_first(rows)] == ["large", "unknown", "busy", "small"]
    blind = [target("many", None, 9), target("few", None, 1)]
    assert [row.account for row, _ in most_at_risk_first(blind)] == ["few", "many"]


@settings(max_examples=25)
@given(
    accounts=st.integers(1, 40),
    symbols=st.integers(0, 5),
    limit=st.integers(200, 3_000),
    used=st.floats(0.0, 1.0),
    second=st.integers(0, 59),
)
def test_it_comes_about_as_foretold(accounts: int, symbols: int, limit: int, used: float, second: int) -> None:
    """Every account as the stop asks for it: its symbols, a listing, the wait, a listing; each in its turn."""

    async def run() -> tuple[float, float]:
        clock = ManualClock(now=A_MINUTE_BEGINS + second)
        order = FiringOrder(RequestBudget(limit, clock), clock)
        order.budget.spend(used * limit)
        works = [Work(2.0 * symbols, 80.0, 2, 40.0)] * accounts
        foretold_s = seconds([Crew(works, limit, order.budget.used, order.budget.next_minute_in_s())])

        async def sent(turn: Turn, weight: float) -> None:
            await turn(weight)
            order.budget.arrived(weight)

        async def stop(lane: Lane) -> None:
            await asyncio.gather(*(sent(lane.known, 1.0) for _ in range(2 * symbols)))
            for pause_s in (SETTLE_S, 0.0):
                lane.listing()
                await asyncio.gather(*(sent(lane.list, 40.0) for _ in range(2)))
                await clock.sleep(pause_s)

        began_s = clock.monotonic()
        tasks = [spawn(stop(Lane(order, float(number))), name="stop") for number in range(accounts)]
        try:
            while not all(task.done() for task in tasks):
                for _ in range(8):
                    await asyncio.sleep(0)
                clock.advance(0.25)
        finally:
            await stop_all(tasks)
        return foretold_s, clock.monotonic() - began_s

    foretold_s, took_s = asyncio.run(run())
    # To the minute: which of two listings is the last one in a minute decides it.
    assert foretold_s - 62.5 <= took_s <= 1.25 * foretold_s + 62.0

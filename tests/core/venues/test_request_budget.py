"""The budget of an address: watching leaves half of every minute to the stop, acting never waits."""

from __future__ import annotations

import asyncio

import pytest

from core.clock import ManualClock
from core.tasks import spawn, stop_all
from core.venues.acting import learn_weight
from core.venues.budget import RequestBudget
from core.venues.families import family_of

A_MINUTE_BEGINS = 1_700_000_040.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(now=A_MINUTE_BEGINS)


@pytest.fixture
def budget(clock: ManualClock) -> RequestBudget:
    return RequestBudget(100, clock)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def is_granted_now(budget: RequestBudget, weight: float) -> bool:
    task = spawn(budget.acquire(weight), name="acquire")
    await settle()
    granted = task.done()
    await stop_all([task])
    return granted


async def test_watching_stops_where_the_reserve_of_the_stop_begins(budget: RequestBudget) -> None:
    assert [await is_granted_now(budget, 10) for _ in range(6)] == [True] * 5 + [False]
    assert budget.used == 50


async def test_another_reserve_leaves_another_part(clock: ManualClock) -> None:
    budget = RequestBudget(100, clock, reserve=0.2)
    assert [await is_granted_now(budget, 40) for _ in range(3)] == [True, True, False]


async def test_a_new_minute_frees_whoever_waits(budget: RequestBudget, clock: ManualClock) -> None:
    await budget.acquire(50)
    waiting = spawn(budget.acquire(10), name="waiting")
    await settle()
    clock.advance(59.0)
    await settle()
    assert not waiting.done()
    clock.advance(1.5)
    await waiting
    assert budget.used == 10


async def test_acting_never_waits_and_is_only_counted(budget: RequestBudget) -> None:
    for _ in range(30):
        budget.spend(10)
    assert budget.used == 300
    assert not await is_granted_now(budget, 1)


async def test_the_venues_own_count_leads_where_it_is_higher(budget: RequestBudget, clock: ManualClock) -> None:
    budget.learned(45)
    assert budget.used == 45
    budget.learned(20)
    assert budget.used == 45
    assert not await is_granted_now(budget, 10)
    assert await is_granted_now(budget, 5)
    clock.advance(60)
    assert budget.used == 0


async def test_after_a_refusal_watching_rests_as_long_as_the_venue_wishes(
    budget: RequestBudget, clock: ManualClock
) -> None:
    budget.refused(7.0)
    waiting = spawn(budget.acquire(1), name="waiting")
    await settle()
    clock.advance(6.9)
    await settle()
    assert not waiting.done()
    clock.advance(0.2)
    await waiting


async def test_a_refusal_without_a_wish_ends_with_the_minute(budget: RequestBudget, clock: ManualClock) -> None:
    clock.advance(20)
    budget.refused(None)
    clock.advance(39)
    assert not await is_granted_now(budget, 1)
    clock.advance(1.5)
    assert await is_granted_now(budget, 1)


async def test_a_shorter_wish_does_not_cut_a_longer_rest_short(budget: RequestBudget, clock: ManualClock) -> None:
    budget.refused(30.0)
    budget.refused(1.0)
    clock.advance(29)
    assert not await is_granted_now(budget, 1)


async def test_a_venue_without_a_known_budget_is_not_counted_but_left_in_peace_when_it_asks(
    clock: ManualClock,
) -> None:
    budget = RequestBudget(None, clock)
    assert await is_granted_now(budget, 1_000_000)
    budget.refused(5.0)
    assert not await is_granted_now(budget, 1)
    clock.advance(5.1)
    assert await is_granted_now(budget, 1)


async def test_first_come_is_first_served_whatever_it_costs(budget: RequestBudget, clock: ManualClock) -> None:
    await budget.acquire(45)
    served: list[str] = []

    async def ask(name: str, weight: float) -> None:
        await budget.acquire(weight)
        served.append(name)

    tasks = [spawn(ask(name, weight), name=name) for name, weight in (("dear", 30), ("cheap", 1), ("last", 1))]
    await settle()
    assert served == []
    clock.advance(60.5)
    await settle()
    await asyncio.gather(*tasks)
    assert served == ["dear", "cheap", "last"]


async def test_who_gives_up_waiting_neither_pays_nor_blocks(budget: RequestBudget, clock: ManualClock) -> None:
    await budget.acquire(50)
    first, second = (spawn(budget.acquire(10), name=name) for name in ("first", "second"))
    await settle()
    await stop_all([first])
    clock.advance(60.5)
    await second
    assert budget.used == 10


async def test_what_is_dearer_than_the_whole_allowance_goes_once_a_minute(
    budget: RequestBudget, clock: ManualClock
) -> None:
    assert await is_granted_now(budget, 80)
    assert not await is_granted_now(budget, 80)
    clock.advance(60.5)
    assert await is_granted_now(budget, 80)


def test_the_count_is_read_from_the_header_of_the_family(budget: RequestBudget) -> None:
    family = family_of("binanceusdm")

    def reply(**headers: str) -> object:
        return type("Exchange", (), {"last_response_headers": {k.replace("_", "-"): v for k, v in headers.items()}})()

    learn_weight(reply(X_MBX_USED_WEIGHT_1M="33"), family, budget)
    assert budget.used == 33
    for other in (reply(X_MBX_USED_WEIGHT_1M="many"), reply(X_MBX_USED_WEIGHT_1D="99"), reply(), object()):
        learn_weight(other, family, budget)
    assert budget.used == 33


async def test_the_count_of_a_minute_that_turns_late_at_the_venue_is_not_taken_for_this_one(
    budget: RequestBudget, clock: ManualClock
) -> None:
    budget.learned(1_150.0)
    clock.advance(60.0 - clock.now() % 60.0 + 1.0)
    budget.learned(1_160.0)
    assert budget.used == 0.0
    budget.learned(7.0)
    assert budget.used == 7.0


async def test_what_is_lent_to_the_acting_side_is_counted_once_and_waits_like_any_watching(
    budget: RequestBudget,
) -> None:
    async with budget.lend(20.0):
        budget.spend(20.0)
        assert budget.used == 40.0, "until it is over it is held twice: nobody else may take it meanwhile"
    assert budget.used == 20.0
    async with budget.lend(30.0):
        assert not await is_granted_now(budget, 10.0), "the stop's reserve is no part of what is lent"


async def test_what_was_lent_in_another_minute_is_not_given_back_to_this_one(
    budget: RequestBudget, clock: ManualClock
) -> None:
    async with budget.lend(40.0):
        clock.advance(61.0)
        budget.spend(10.0)
    assert budget.used == 10.0


async def test_a_mitigation_goes_before_watching_and_leaves_a_part_of_every_minute_to_the_stop(
    budget: RequestBudget, clock: ManualClock
) -> None:
    budget.spend(50.0)
    watching = spawn(budget.acquire(10.0), name="watching")
    await settle()
    async with budget.lend_to_mend(20.0):
        assert budget.used == 70.0
    assert budget.used == 50.0

    async def mend() -> None:
        async with budget.lend_to_mend(30.0):
            pass

    waiting = spawn(mend(), name="mending")
    await settle()
    assert not waiting.done()
    clock.advance(59.0)
    await settle()
    assert not waiting.done()
    for _ in range(3):
        clock.advance(1.0)
        await settle()
    await waiting
    await watching


async def test_a_mitigation_lets_a_stop_that_waits_have_the_whole_minute(
    budget: RequestBudget, clock: ManualClock
) -> None:
    budget.note_waiting(True)
    waiting = spawn(budget.lend_to_mend(1.0).__aenter__(), name="mending")
    await settle()
    assert not waiting.done()
    budget.note_waiting(False)
    clock.advance(1.0)
    await waiting


async def test_a_mitigation_asks_at_once_where_a_venue_has_only_turned_down_one_account(
    budget: RequestBudget,
) -> None:
    budget.refused(30.0)
    async with budget.lend_to_mend(20.0):
        assert budget.used == 20.0

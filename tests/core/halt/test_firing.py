"""Turns by weight and time: never above the minute's limit, the urgent first, and nobody left out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.halt.firing import CANCELS_SHARE, LISTINGS_SHARE, FiringOrder, Kind, Lane
from core.tasks import spawn, stop_all
from core.venues.budget import RequestBudget

A_MINUTE_BEGINS = 1_700_000_040.0
LIMIT = 100


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


@dataclass
class Range:
    """A firing order whose turns are noted: when, whose, how heavy."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(now=A_MINUTE_BEGINS))
    limit: int | None = LIMIT
    turns: list[tuple[float, str, float]] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.budget = RequestBudget(self.limit, self.clock)
        self.order = FiringOrder(self.budget, self.clock)

    def ask(self, kind: Kind, rank: float, weight: float, name: str = "") -> None:
        async def wait() -> None:
            if await self.order.turn(kind, (rank,), weight):
                self.budget.arrived(weight)
            self.turns.append((self.clock.now(), name, weight))

        self.tasks.append(spawn(wait(), name=f"turn {name}"))

    @property
    def names(self) -> list[str]:
        return [name for _, name, _ in self.turns]

    async def pass_time(self, seconds: float, step_s: float = 1.0) -> None:
        left_s = seconds
        while left_s > 0:
            self.clock.advance(min(step_s, left_s))
            left_s -= step_s
            await settle()

    async def close(self) -> None:
        await stop_all(self.tasks)


async def test_whatever_the_minute_has_room_for_leaves_at_once() -> None:
    it = Range()
    for number in range(90):
        it.ask(Kind.KNOWN, -number, 1.0)
    await settle()
    assert len(it.turns) == 90
    assert it.order.waiting == 0
    await it.close()


async def test_known_symbols_go_first_then_what_was_listed_then_listings_and_within_each_the_most_at_risk() -> None:
    it = Range()
    it.budget.spend(100.0)
    for kind in reversed(Kind):
        for rank in (3.0, 1.0, 2.0):
            it.ask(kind, rank, 5.0, f"{kind.name} {rank:g}")
    await settle()
    assert it.turns == []
    await it.pass_time(61.0)
    assert it.names == [f"{kind.name} {rank}" for kind in Kind for rank in (1, 2, 3)]
    await it.close()


async def test_listings_leave_room_for_first_cancels_that_are_announced_and_no_longer_than_two_seconds() -> None:
    it = Range()
    it.order.expect("alpha-1", 60.0)
    it.ask(Kind.LIST, 0.0, 40.0, "listing")
    await settle()
    assert it.turns == []
    await it.pass_time(1.9, 0.1)
    assert it.turns == []
    await it.pass_time(0.3, 0.1)
    assert it.names == ["listing"]
    await it.close()


async def test_a_listing_for_which_there_is_room_beside_what_is_announced_waits_for_nobody() -> None:
    it = Range()
    it.order.expect("alpha-1", 50.0)
    it.ask(Kind.LIST, 0.0, 40.0, "listing")
    await settle()
    assert it.names == ["listing"]
    await it.close()


async def test_where_requests_are_not_counted_nobody_ever_waits() -> None:
    it = Range(limit=None)
    for number in range(1_000):
        it.ask(Kind.LIST, number, 1_000.0)
    await settle()
    assert len(it.turns) == 1_000
    await it.close()


async def test_turns_are_given_however_long_others_take_with_theirs() -> None:
    """Whoever got a turn says nothing more: what hangs holds up nobody."""
    it = Range()
    for number in range(10):
        it.ask(Kind.LIST, number, 40.0, str(number))
    await it.pass_time(310.0)
    assert it.names == [str(number) for number in range(10)]
    await it.close()


async def test_orders_that_keep_coming_leave_a_part_of_every_minute_to_those_who_wait_to_be_proven() -> None:
    it = Range()
    it.budget.spend(100.0)
    for number in range(1_000):
        it.ask(Kind.CANCEL, float(number), 1.0, "cancel")
    it.ask(Kind.LIST, 0.0, 15.0, "listing")
    await settle()
    await it.pass_time(61.0)
    assert it.names.count("listing") == 1
    assert it.names.index("listing") == 75
    await it.close()


async def test_who_gives_up_waiting_takes_nothing_and_stands_in_nobodys_way() -> None:
    it = Range()
    it.budget.spend(100.0)
    it.ask(Kind.LIST, 0.0, 90.0, "gives up")
    it.ask(Kind.LIST, 1.0, 90.0, "stays")
    await settle()
    await stop_all([it.tasks.pop(0)])
    await it.pass_time(61.0)
    assert it.names == ["stays"]
    await it.close()


async def test_what_was_let_go_and_is_not_answered_when_the_minute_turns_counts_in_the_next_one_too() -> None:
    it = Range()
    await it.order.turn(Kind.LIST, (0.0,), 60.0)
    await it.pass_time(60.0)
    it.ask(Kind.LIST, 0.0, 60.0, "next")
    await settle()
    assert it.turns == []
    it.budget.arrived(60.0)
    await it.pass_time(61.0)
    assert it.names == ["next"]
    await it.close()


async def test_after_a_ban_nothing_leaves_before_the_venue_takes_requests_again() -> None:
    it = Range()
    it.budget.refused(200.0, banned=True)
    it.ask(Kind.KNOWN, 0.0, 1.0)
    await it.pass_time(199.0)
    assert it.turns == []
    await it.pass_time(2.0)
    assert len(it.turns) == 1
    await it.close()


async def test_a_refusal_of_one_accounts_orders_holds_up_no_other_account() -> None:
    it = Range()
    it.budget.learned(30.0)
    it.budget.refused(200.0)
    it.ask(Kind.KNOWN, 0.0, 1.0)
    await settle()
    assert len(it.turns) == 1
    await it.close()


async def test_a_refusal_because_the_minute_is_spent_holds_up_all_of_that_address() -> None:
    it = Range()
    it.budget.learned(95.0)
    it.budget.refused(20.0)
    it.ask(Kind.KNOWN, 0.0, 1.0)
    await settle()
    assert it.turns == []
    await it.pass_time(21.0)
    assert len(it.turns) == 1
    await it.close()


async def test_watching_leaves_the_whole_minute_to_a_stop_that_waits() -> None:
    it = Range()
    it.budget.spend(100.0)
    it.ask(Kind.LIST, 0.0, 80.0, "first")
    it.ask(Kind.LIST, 1.0, 80.0, "second")
    await settle()
    assert it.budget.stop_waits
    watching = spawn(it.budget.acquire(5.0), name="watching")
    await it.pass_time(119.0, 0.25)
    assert it.names == ["first"]
    assert not watching.done()
    await it.pass_time(2.0, 0.25)
    assert it.names == ["first", "second"]
    assert not it.budget.stop_waits
    await it.pass_time(60.0)
    assert watching.done()
    await it.close()


async def test_an_account_that_is_listed_over_and_over_lets_others_first_proof_go_ahead() -> None:
    it = Range()
    busy, calm = Lane(it.order, score=1_000.0), Lane(it.order, score=1.0)
    done: list[str] = []

    async def listing(lane: Lane, name: str) -> None:
        lane.listing()
        await lane.list(40.0)
        it.budget.arrived(40.0)
        done.append(name)

    it.budget.spend(100.0)
    for _ in range(6):
        it.tasks.append(spawn(listing(busy, "busy"), name="busy"))
    for _ in range(2):
        it.tasks.append(spawn(listing(calm, "calm"), name="calm"))
    await it.pass_time(260.0)
    assert done == ["busy", "busy", "calm", "calm", "busy", "busy", "busy", "busy"]
    await it.close()


ASKED = st.tuples(st.sampled_from(list(Kind)), st.integers(0, 9), st.sampled_from([1.0, 5.0, 40.0]), st.integers(0, 90))


@given(asked=st.lists(ASKED, max_size=60), spent=st.integers(0, 50))
def test_no_minute_is_ever_overdrawn_and_everybody_gets_a_turn(
    asked: list[tuple[Kind, int, float, int]], spent: int
) -> None:
    async def run() -> None:
        it = Range()
        it.budget.spend(float(spent))
        for kind, rank, weight, at_s in sorted(asked, key=lambda row: row[3]):
            now_s = it.clock.now() - A_MINUTE_BEGINS
            if at_s > now_s:
                await it.pass_time(at_s - now_s, 5.0)
            it.ask(kind, float(rank), weight, kind.name)
        await it.pass_time(60.0 * (len(asked) + 3), 20.0)
        assert len(it.turns) == len(asked)
        spent_in: dict[int, float] = defaultdict(float)
        spent_in[int(A_MINUTE_BEGINS // 60)] = spent
        for at_s, name, weight in it.turns:
            minute = int(at_s // 60)
            spent_in[minute] += weight
            share = LISTINGS_SHARE if name == Kind.LIST.name else CANCELS_SHARE
            assert spent_in[minute] <= LIMIT * share
        await it.close()

    asyncio.run(run())


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -1.0])
async def test_a_score_that_means_nothing_holds_nobody_up(score: float) -> None:
    it = Range()
    assert await Lane(it.order, score).known(1.0)
    assert await Lane(None, score).known(1.0) is False
    await it.close()

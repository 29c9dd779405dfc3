"""What the mender does with a plan, seen at a venue that a test writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from core.clock import SystemClock
from core.engine.mending import Judgement, Mender
from core.mitigation.actions import Action
from core.mitigation.executor import Surroundings
from core.mitigation.model import Mitigation
from core.mitigation.order_ids import order_id
from core.mitigation.report import ExecutionReport
from core.venues.order_fate import OrderFate
from tests.core.engine.ground import until
from tests.core.mitigation.book_venue import BookVenue
from tests.core.mitigation.test_executor import long, mitigation, reduction


class Desk:
    def __init__(self) -> None:
        self.reports: list[ExecutionReport] = []
        self.verdicts: list[tuple[str, float, bool]] = []

    def executed(self, mitigation_id: str, report: ExecutionReport) -> tuple[Action, ...]:
        self.reports.append(report)
        return ()

    def verified(self, mitigation_id: str, value: float, ok: bool) -> tuple[Action, ...]:
        self.verdicts.append((mitigation_id, value, ok))
        return ()


class Now:
    """Figures that are always of this moment."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read_soon(self, account: str) -> None:
        self.asked.append(account)

    def reading_began_s(self, account: str) -> float:
        return SystemClock().monotonic()

    def judge(self, made: Mitigation) -> Judgement:
        return Judgement(2.0, True)

    def evaluated_s(self) -> float:
        return SystemClock().monotonic()


class Room:
    def __init__(self) -> None:
        self.venue = BookVenue(positions=long(10.0))
        self.ready = asyncio.Event()
        self.desk, self.figures = Desk(), Now()
        self.told: list[ExecutionReport] = []
        self.mender = Mender(
            self.desk, self.figures, self.acquire, Surroundings(lambda *_: None), self.act, SystemClock(),  # type: ignore[arg-type]
            lambda _, report: self.told.append(report),
        )  # fmt: skip

    async def acquire(self, account: str) -> Any:
        await self.ready.wait()
        return self.venue

    def act(self, actions: Iterable[Action]) -> None:
        assert not list(actions)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    yield made
    await made.mender.close()


async def test_a_plan_is_carried_out_read_back_and_judged(room: Room) -> None:
    room.ready.set()
    made = mitigation(reduction(4.0))
    room.mender.run(made)
    await until(lambda: bool(room.desk.verdicts))
    assert room.venue.positions == long(6.0)
    assert room.desk.reports == room.told
    assert room.told[0].complete
    assert room.figures.asked == ["alpha"]
    assert room.desk.verdicts == [(made.mitigation_id, 2.0, True)]


async def test_a_stop_that_fires_while_the_venue_is_made_ready_is_not_lost(room: Room) -> None:
    made = mitigation(reduction(4.0))
    room.mender.run(made)
    room.mender.cease(made.mitigation_id, "a stop of portfolio was fired")
    await asyncio.sleep(0.01)
    room.ready.set()
    await until(lambda: bool(room.desk.reports))
    assert room.venue.requests == []
    assert room.told[0].ceased == "a stop of portfolio was fired"


async def test_a_stop_that_fires_once_it_has_begun_ends_it_before_the_venue_is_ready(room: Room) -> None:
    made = mitigation(reduction(4.0))
    room.mender.run(made)
    await asyncio.sleep(0.02)
    room.mender.cease(made.mitigation_id, "a stop of portfolio was fired")
    await until(lambda: bool(room.desk.reports))
    room.ready.set()
    await asyncio.sleep(0.02)
    assert room.venue.requests == []


async def test_what_an_earlier_run_sent_is_found_again_and_judged_without_sending_anything(room: Room) -> None:
    room.ready.set()
    made = mitigation(reduction(4.0))
    room.venue.positions = long(6.0)
    room.venue.fates_of = {order_id(made, 1, 1): OrderFate(4.0, ended=True)}
    room.mender.recover(made)
    await until(lambda: bool(room.desk.verdicts))
    assert room.told[0].recovered
    assert room.told[0].complete
    assert room.venue.requests == []

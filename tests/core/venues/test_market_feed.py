"""The marks of an endpoint against the paper exchange: streamed where it streams, read where it is silent."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.tasks import spawn, stop_all
from core.venues.hub import VenueHub
from core.venues.messages import MarkUpdate
from tests.core.venues.conftest import BTC, QUICK, MakeHub, Told, eventually, settings_of


@pytest.fixture
async def follow() -> Any:
    tasks = []

    def start(hub: VenueHub, endpoint: str) -> Told:
        told = Told()
        tasks.append(spawn(hub.market_feed(endpoint).run(told), name=f"marks {endpoint}"))
        return told

    yield start
    await stop_all(tasks)


def mark(told: Told, symbol: str = BTC) -> float:
    return [update.price for update in told.of(MarkUpdate) if update.symbol == symbol][-1]


async def test_marks_that_fall_silent_are_read_and_the_stream_is_dialled_again(
    site: PaperSite, make_hub: MakeHub, follow: Any
) -> None:
    hub = make_hub(settings_of(site), dataclasses.replace(QUICK, marks_silent_s=0.4))
    told = follow(hub, "binanceusdm")
    await eventually(lambda: len(told.of(MarkUpdate)) > 48)
    site.add_fault(Fault(FaultKind.HALF_OPEN, duration_s=1.0))
    site.market.shock_price("BTCUSDT", 40_000.0)
    await eventually(lambda: mark(told) < 50_000.0, 2.0)
    await eventually(lambda: not site.faults.active())
    count = len(told.of(MarkUpdate))
    await eventually(lambda: len(told.of(MarkUpdate)) > count + 48)

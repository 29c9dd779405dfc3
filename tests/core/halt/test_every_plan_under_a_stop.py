"""A whole stop over the unmodified class of each of 25 venues: no book may hold an order under a proof, and nothing but
the lines written by hand leaves.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain import PORTFOLIO
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.model import ProofRow, ProofState
from core.halt.target import HaltTarget, StopSettings
from core.venues.acting import CcxtActing
from core.venues.protocol import ActingVenue
from tests.core.venues.plans.golden import Golden, GoldenBook
from tests.core.venues.plans.stub import StubVenue, acting_at
from tests.core.venues.plans.test_golden_lines import ALL, answers_of

QUICK = StopSettings(settle_s=0.02, sweep_s=0.02, retry_s=0.02, retry_max_s=0.05, latch_wait_s=0.001)
PASSES = 4
"""How many listings must not prove it while a book answers with an order."""


def _path(line: str) -> str:
    return line.partition("?")[0].partition(" {")[0]


def _cancels(book: GoldenBook) -> set[str]:
    """Whole lines where they do not name orders, and paths where they do: how many go together differs."""
    return {*book.empty, *book.symbol, *map(_path, book.ids)}


def _foreign(golden: Golden, asked: list[str], resting: str) -> list[str]:
    """What left and is none of the lines by hand: they list, empty whole books, and cancel where an order rests."""
    known = {line for book in golden.books.values() for line in (*book.lists, *book.more, *book.empty)}
    known |= {*_cancels(golden.books[resting]), *golden.learned}
    return sorted({line for line in asked if line not in known and _path(line) not in known})


class Stopped:
    """One account of one venue under a stop."""

    def __init__(self, acting: CcxtActing, folder: Path) -> None:
        async def acquire() -> ActingVenue:
            return acting

        target = HaltTarget("main", "north", acting.exchange, acquire, pace_s=0.02)
        self.desk = HaltDesk(LatchFolder(folder), lambda *_, **__: (target,), SystemClock(), QUICK, lambda: "h-1")
        self.runner = self.desk.fire(PORTFOLIO, "ada", "a test")

    def row(self) -> ProofRow:
        (row,) = self.runner.view().rows
        return row

    async def passes(self, number: int) -> None:
        while self.row().passes < number:
            assert self.row().state is not ProofState.VERIFIED
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("golden", ALL, ids=[golden.title or golden.exchange for golden in ALL])
async def test_no_book_holds_an_order_under_a_proof_and_nothing_else_leaves(golden: Golden, tmp_path: Path) -> None:
    async with (
        StubVenue(golden.ok, answers_of(golden)).running() as venue,
        acting_at(venue, golden.exchange, golden.markets, golden.options) as acting,
    ):
        await acting.prepare()
        for number, name in enumerate(golden.books):
            venue.answers |= answers_of(golden, resting=name)
            venue.asked.clear()
            stopped = Stopped(acting, tmp_path / str(number))
            try:
                async with asyncio.timeout(20.0):
                    await stopped.passes(PASSES)
                    row = stopped.row()
                    assert (row.state, row.resting) == (ProofState.RESTING, 1), (name, row)
                    assert set(map(_path, venue.asked)) & set(map(_path, _cancels(golden.books[name]))), name
                    venue.answers |= answers_of(golden)
                    assert await stopped.runner.wait(15.0), (name, stopped.row())
                    assert _foreign(golden, venue.asked, name) == [], name
            finally:
                await stopped.desk.close()

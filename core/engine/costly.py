"""The slower beat: costly columns, computed in a thread from copies, so that no cycle waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.book.book import Book
from core.book.columns import Floats
from core.book.view import BookView
from core.clock import Clock
from core.risk.costly.capture import Capture, capture_of
from core.risk.costly.contributions import instrument_shares
from core.risk.costly.inputs import Returns
from core.risk.costly.run import CostlyColumns, CostlyModel
from core.risk.course import Course
from core.snapshot import Contribution

log = logging.getLogger(__name__)

RETURNS_EVERY_S = 60.0
"""Underlyings' returns are of hours: without fresh candles, looking more often finds nothing new."""
COINS_AT_ONCE = 8
"""Histories put together before the loop gets its turn."""
REST_SHARE = 2.0
"""A run that took long is followed by a pause this many times as long: it shares the cores with the cycle."""

Want = Callable[[Mapping[str, Sequence[str]]], None]


class CostlyBeat:
    def __init__(self, book: Book, course: Course, model: CostlyModel, want: Want, clock: Clock) -> None:
        """`want` is told, per endpoint, the symbols whose volume, depth and past prices are needed."""
        self._book = book
        self._course = course
        self._model = model
        self._want = want
        self._clock = clock
        self._captured: asyncio.Future[tuple[Capture, float]] | None = None
        self._returns = Returns(np.empty(0), model.settings.returns_period_s, np.empty((0, 0)))
        self._returns_s = self._candles_s = float("-inf")
        self.latest: CostlyColumns | None = None

    @property
    def model(self) -> CostlyModel:
        return self._model

    def take(self, view: BookView) -> None:
        """The newest cycle's view; where a run waits for it, what it needs is copied here and now, so that all of it is
        of one moment."""
        if self._captured is not None and not self._captured.done():
            returns = self._returns_for(len(view.coins))
            capture = capture_of(self._book, view, self._model.settings, returns, self._course.scope_returns())
            self._captured.set_result((capture, view.now_s))

    async def run(self, failed: Callable[[Exception], None]) -> None:
        """For ever, until cancelled. `failed` is told of a run that broke; the columns show their age meanwhile."""
        while True:
            began_s = self._clock.monotonic()
            try:
                await self.once()
            except Exception as error:
                log.exception("the costly columns could not be computed")
                failed(error)
            took_s = self._clock.monotonic() - began_s
            await self._clock.sleep(max(self._model.settings.costly_every_s, REST_SHARE * took_s))

    async def once(self) -> CostlyColumns:
        """One run, on the next cycle's view."""
        self._book.market.note_marks(self._clock.now())
        await self._read_returns()
        self._captured = asyncio.get_running_loop().create_future()
        capture, captured_s = await self._captured
        self._want(self._book.market.wanted(capture.with_books))
        self.latest = await asyncio.to_thread(self._model.run, capture, captured_s, self._clock)
        self._book.set_betas(self.latest.betas)
        return self.latest

    def contributions(self, row: int) -> tuple[Contribution, ...]:
        """Who makes the ex-ante volatility of the scope in this row, by instrument; empty before the first run."""
        if self.latest is None:
            return ()
        frame = self.latest.frame
        shares = instrument_shares(frame.inputs, frame.volatility.attribution, row)
        return tuple(Contribution(share.name, share.share) for share in shares)

    async def _read_returns(self) -> None:
        """Put the underlyings' returns together, a few coins at a time, so that the loop has its turn between them."""
        coins, now_s = self._book.coins, self._clock.monotonic()
        told_s = float(self._book.market.figures.candles_s.max(initial=0.0))
        known = self._returns.value.shape[1] == coins and self._candles_s == told_s
        if not coins or (known and now_s - self._returns_s < RETURNS_EVERY_S):
            return
        settings, at_s = self._model.settings, self._clock.now()
        parts: list[Floats] = []
        times = self._returns.at_s
        for first in range(0, coins, COINS_AT_ONCE):
            some = range(first, min(coins, first + COINS_AT_ONCE))
            times, part = self._book.market.returns(some, settings.returns_period_s, settings.returns_count, at_s)
            parts.append(part)
            await self._clock.sleep(0.0)
        self._returns = Returns(times, settings.returns_period_s, np.concatenate(parts, axis=1))
        self._returns_s, self._candles_s = now_s, told_s

    def _returns_for(self, coins: int) -> Returns:
        """Coins that were seen since are unknown for now."""
        known = self._returns.value
        more = np.full((len(known), coins - known.shape[1]), np.nan)
        return Returns(self._returns.at_s, self._returns.period_s, np.concatenate((known, more), axis=1))

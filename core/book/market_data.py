"""What is known of the market beside marks: volume, visible depth, greeks, and past prices on one common grid.

Every figure belongs to an instrument row of `Marks`, in the same numbering; ages are monotonic stamps, NEVER where
nothing was told. Quantities here are base units (coins), also of inverse contracts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from core.book.columns import NAN, NEVER, Columns, Floats, Ints
from core.book.depth import DEPTH_LEVELS, Depth, cumulative
from core.book.marks import Marks
from core.book.prices import PriceGrid, ratios
from core.clock import Clock
from core.venues.messages import CandlesUpdate, DepthUpdate, GreeksUpdate, MarketFigures, VolumeUpdate

MOST_RATIO = 10.0
"""A price that multiplies or divides itself by more than this within one period is taken for an error."""
LEAST_COVER = 0.5
"""Of what the best covered instrument of a coin has, so that a more traded one without a past is not preferred."""
FRESH_S = 120.0
"""A mark older than this is no sample of the present price: a mark that stands still would look like calm."""


class FigureColumns(Columns):
    """One row per row of `Marks.table`."""

    SPEC: ClassVar[dict[str, tuple[str, float]]] = {
        "volume": ("f", NAN),
        "volume_s": ("f", NEVER),
        "delta": ("f", NAN),
        "gamma": ("f", NAN),
        "vega": ("f", NAN),
        "underlying": ("f", NAN),
        "greeks_s": ("f", NEVER),
        "candles_s": ("f", NEVER),
        "book": ("i", 0),
    }
    volume: Floats
    """Base units traded in 24 hours."""
    volume_s: Floats
    delta: Floats
    """Base units of the underlying per unit of an option."""
    gamma: Floats
    vega: Floats
    underlying: Floats
    """Price of an option's underlying as its venue tells it, quote coins."""
    greeks_s: Floats
    candles_s: Floats
    book: Ints
    """Place among the books; 0 is the one that nobody knows."""


class MarketData:
    """Takes `MarketFigures` by `apply`. One thread only."""

    def __init__(self, marks: Marks, clock: Clock, *, period_s: float = 3600.0, keep: int = 2400) -> None:
        """`period_s` is the step of the price grid, `keep` how many steps are kept (100 days of hours)."""
        self.period_s = period_s
        self._marks = marks
        self._clock = clock
        self._figures = FigureColumns()
        self._books: Floats = np.full((8, 4, DEPTH_LEVELS), NAN)
        self._books_s: Floats = np.full(8, NEVER)
        self._books_used = 1
        self._candles = PriceGrid(period_s, keep)
        self._samples = PriceGrid(period_s, keep)
        """By coin: our own rate of it, in the base currency."""
        self._with_candles: dict[int, None] = {}
        self._sampled = -(2**62)
        """The grid step that was sampled last."""

    @property
    def figures(self) -> FigureColumns:
        """Columns of at least `Marks.table.size` rows; NaN and NEVER where nothing was told."""
        while self._figures.size < self._marks.table.size:
            self._figures.open()
        return self._figures

    # In

    def apply(self, update: MarketFigures) -> None:
        """Take one update; an older one than what is known changes nothing."""
        row = self._marks.row(update.endpoint, update.symbol)
        if isinstance(update, VolumeUpdate):
            self._take_volume(row, update)
        elif isinstance(update, DepthUpdate):
            self._take_depth(row, update)
        elif isinstance(update, GreeksUpdate):
            self._take_greeks(row, update)
        else:
            self._take_candles(row, update)

    def _take_volume(self, row: int, update: VolumeUpdate) -> None:
        figures = self.figures
        if update.received_s >= figures.volume_s[row]:
            sane = math.isfinite(update.base_volume_day) and update.base_volume_day >= 0.0
            figures.volume[row] = update.base_volume_day if sane else NAN
            figures.volume_s[row] = update.received_s

    def _take_depth(self, row: int, update: DepthUpdate) -> None:
        figures = self.figures
        place = int(figures.book[row])
        if update.received_s < self._books_s[place]:
            return
        if place == 0:
            place = figures.book[row] = self._books_used
            self._books_used += 1
            if place == len(self._books):
                self._books = np.concatenate([self._books, np.full_like(self._books, NAN)])
                self._books_s = np.concatenate([self._books_s, np.full_like(self._books_s, NEVER)])
        self._books[place] = (*cumulative(update.bids), *cumulative(update.asks))
        self._books_s[place] = update.received_s

    def _take_greeks(self, row: int, update: GreeksUpdate) -> None:
        figures = self.figures
        if update.received_s < figures.greeks_s[row]:
            return
        figures.delta[row] = _finite(update.delta)
        figures.gamma[row] = _finite(update.gamma)
        figures.vega[row] = _finite(update.vega)
        figures.underlying[row] = _finite(update.underlying_price)
        figures.greeks_s[row] = update.received_s
        self._marks.set_greeks(row, float(figures.delta[row]), float(figures.underlying[row]))

    def _take_candles(self, row: int, update: CandlesUpdate) -> None:
        ends_s = np.array(update.opens_at_s, dtype=np.float64) + update.period_s
        close = np.array(update.close, dtype=np.float64)
        if len(ends_s) != len(close):
            return
        self._candles.put(row, ends_s, close, self._clock.now())
        self.figures.candles_s[row] = max(self.figures.candles_s[row], update.received_s)
        self._with_candles.setdefault(row)

    def note_marks(self, at_s: float) -> None:
        """Take our own marks for the prices of the grid step that `at_s` (wall time) has just entered.

        To be called on every slow beat: the first call after each step counts, if it comes within `FRESH_S` of it. A
        coin without a fresh rate has a gap there, and what was taken once is not taken again.
        """
        step = math.floor(at_s / self.period_s)
        if step == self._sampled or at_s - step * self.period_s > FRESH_S:
            return
        self._sampled = step
        rates, stamps = self._marks.rates(), self._marks.rated_s()
        age_s = self._clock.monotonic() - stamps
        # What is fixed by definition (age -inf) has no price to move.
        fresh = np.isfinite(age_s) & (age_s <= FRESH_S) & np.isfinite(rates)
        moment, steps = np.array([step * self.period_s]), np.array([step])
        for coin in np.flatnonzero(fresh):
            if np.isnan(self._samples.prices(int(coin), steps)[0]):
                self._samples.put(int(coin), moment, rates[coin : coin + 1], at_s)

    # Out

    def depth(self, rows: Ints) -> Depth:
        """The visible books of these rows of `Marks.table`."""
        places = self.figures.book[rows]
        books = self._books[places]
        return Depth(books[:, 0], books[:, 1], books[:, 2], books[:, 3], self._books_s[places])

    def returns(
        self, coins: Sequence[int] | Ints, period_s: float, count: int, now_s: float,
        *, most_ratio: float | None = MOST_RATIO,
    ) -> tuple[Floats, Floats]:  # fmt: skip
        """Times (T,) and simple returns (T, coins) of coins (numbers in `Marks.coins`), T = `count`.

        A return at time t is price(t) / price(t - period) - 1 with both prices known, else NaN: a gap is never a return
        of nothing. Times are the ends of periods in UTC seconds, multiples of `period_s`, the last one not after
        `now_s` (wall time). Prices are closes of the coin's most traded linear perpetual or spot market against the
        base currency or a listed stablecoin, and our own sampled rates where that has none. Returns whose price ratio
        is beyond `most_ratio` either way are NaN; None keeps them. Simple and not logarithmic, because the profit of a
        linear position is its notional times one. Raises ValueError where `period_s` is no multiple of the grid's step.
        """
        steps = self._steps(period_s, count, now_s)
        speakers = self._speakers()
        result = np.full((count, len(coins)), NAN)
        for column, coin in enumerate(coins):
            own = ratios(self._samples.prices(int(coin), steps), most_ratio)
            row = self._best(speakers.get(int(coin), []), steps)
            told = own if row is None else ratios(self._candles.prices(row, steps), most_ratio)
            result[:, column] = np.where(np.isnan(told), own, told)
        return steps[1:].astype(np.float64) * self.period_s, result - 1.0

    def source(self, coin: int, period_s: float, count: int, now_s: float) -> tuple[str, str] | None:
        """(endpoint, symbol) whose candles `returns` uses for a coin; None where it has but our own marks."""
        row = self._best(self._speakers().get(coin, []), self._steps(period_s, count, now_s))
        return None if row is None else self._marks.symbols[row]

    def wanted(self, rows: Ints) -> dict[str, tuple[str, ...]]:
        """Per endpoint, the symbols whose figures are needed to judge these rows of `Marks.table`.

        They are the instruments themselves, and what prices the base coin of a coin, an inverse contract, a dated
        future or an option.
        """
        table, marks = self._marks.table, self._marks
        found: dict[str, dict[str, None]] = {}
        for row in (int(row) for row in np.unique(rows)):
            needed = [] if table.coin[row] else [row]
            if not marks.prices_its_base(row):
                needed.append(marks.source_of(int(table.base[row])))
            for known in needed:
                if known >= 0:
                    endpoint, symbol = marks.symbols[known]
                    found.setdefault(endpoint, {})[symbol] = None
        return {endpoint: tuple(symbols) for endpoint, symbols in found.items()}

    # Inside

    def _steps(self, period_s: float, count: int, now_s: float) -> Ints:
        """Numbers of the `count` + 1 grid steps up to `now_s`, a period apart."""
        every = round(period_s / self.period_s)
        if every < 1 or every * self.period_s != period_s:
            raise ValueError(f"{period_s:g} s is no multiple of the {self.period_s:g} s in which prices are kept")
        last = math.floor(now_s / period_s) * every
        return last + every * np.arange(-count, 1, dtype=np.int64)

    def _speakers(self) -> dict[int, list[int]]:
        """Per coin, the rows that have candles of its price in cash."""
        speakers: dict[int, list[int]] = {}
        for row in self._with_candles:
            if self._marks.prices_its_base(row):
                speakers.setdefault(int(self._marks.table.base[row]), []).append(row)
        return speakers

    def _best(self, rows: Sequence[int], steps: Ints) -> int | None:
        """The row whose candles speak for a coin: among those that cover the time well, the most traded."""
        covers = {row: int(np.count_nonzero(~np.isnan(self._candles.prices(row, steps)))) for row in rows}
        most = max(covers.values(), default=0)
        if most == 0:
            return None
        volume = self.figures.volume
        enough = [row for row, cover in covers.items() if cover >= LEAST_COVER * most]
        return max(enough, key=lambda row: (_or_least(float(volume[row])), covers[row], -row))


def _or_least(volume: float) -> float:
    """An unknown volume ranks below every known one."""
    return -1.0 if math.isnan(volume) else volume


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else NAN

"""The prices of what one venue lists, and the ladder that its orders meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Side
from core.errors import PaperError
from core.paper.candles import Candles, DayStats
from core.paper.instruments import PaperInstrument

Floats = npt.NDArray[np.float64]

LADDER_LEVELS = 30
LADDER_GAP = 0.0001
"""Distance between two ladder levels as a fraction of the price."""
LADDER_GROWTH = 1.25
"""Each level holds this much more than the one before it."""
DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "BUSD", "DAI"})
"""Coins that the paper exchange takes for one dollar."""
INTEREST_REACH = 0.0005
FUNDING_MAX = 0.02


@dataclass(frozen=True, slots=True)
class Level:
    price: float
    quantity: float
    """In units of the instrument's quantity (contracts where inverse)."""


class Quotes:
    """Mid, mark, last, best bid and ask of every instrument, as arrays with a row for each."""

    step_s: float
    mid: Floats
    mark: Floats
    last: Floats
    bid: Floats
    ask: Floats

    def __init__(self, instruments: Sequence[PaperInstrument], candles: Candles) -> None:
        if not instruments:
            raise PaperError("a market needs at least one instrument")
        self.instruments = tuple(instruments)
        self.index = {instrument.symbol: row for row, instrument in enumerate(self.instruments)}
        if len(self.index) != len(self.instruments):
            raise PaperError("an instrument is listed twice")
        self._by_base = {instrument.base: row for row, instrument in reversed(list(enumerate(self.instruments)))}
        self._candles = candles
        self._spread: Floats = np.array([i.spread for i in self.instruments])
        self._tick: Floats = np.array([i.tick for i in self.instruments])
        self._funding: dict[str, float] = {}
        self._quoted_step = -1
        self._quotes_now: list[tuple[Floats, Floats]] = []
        """Bids and asks since the last step: one pair, and one more for each price that was put somewhere."""
        self._quotes_before: list[tuple[Floats, Floats]] = []

    @property
    def steps(self) -> int:
        raise NotImplementedError

    def instrument(self, symbol: str) -> PaperInstrument:
        row = self.index.get(symbol)
        if row is None:
            raise PaperError(f"{symbol} is not listed")
        return self.instruments[row]

    def mark_of(self, symbol: str) -> float:
        return float(self.mark[self.index[symbol]])

    def last_of(self, symbol: str) -> float:
        return float(self.last[self.index[symbol]])

    def best(self, symbol: str) -> tuple[float, float]:
        """Best bid and best ask."""
        row = self.index[symbol]
        return float(self.bid[row]), float(self.ask[row])

    def worth_of(self, coin: str) -> float:
        """What one unit of a coin is worth, dollars; NaN for a coin that nothing here has a price for."""
        if coin in DOLLARS:
            return 1.0
        row = self._by_base.get(coin)
        return float("nan") if row is None else float(self.mark[row])

    def funding_rate_of(self, symbol: str) -> float:
        """Rate per funding period at the present prices; above zero longs pay shorts.

        Premium plus the interest rate's distance from it, that distance held within 0.05 %: the formula which Binance
        publishes in "Introduction to Funding Rates". The smoothed mark stands in for the index.
        """
        if symbol in self._funding:
            return self._funding[symbol]
        row = self.index[symbol]
        premium = float(self.mid[row] / self.mark[row]) - 1
        pull = min(INTEREST_REACH, max(-INTEREST_REACH, self.instruments[row].interest_rate - premium))
        return min(FUNDING_MAX, max(-FUNDING_MAX, premium + pull))

    def set_funding_rate(self, symbol: str, rate: float | None) -> None:
        """Fix the rate of an instrument, or with None let it follow the prices again."""
        if rate is None:
            self._funding.pop(self.instrument(symbol).symbol, None)
        else:
            self._funding[self.instrument(symbol).symbol] = rate

    def candles(self, symbol: str, interval_s: int, since_s: float | None, until_s: float | None, limit: int) -> Floats:
        """As `Candles.rows`."""
        return self._candles.rows(self._candle_row(symbol), interval_s, since_s, until_s, limit)

    def last_day(self, symbol: str) -> DayStats:
        return self._candles.last_day(self._candle_row(symbol))

    def _candle_row(self, symbol: str) -> int:
        return self.index[symbol]

    def ladder(self, symbol: str, side: Side) -> Iterator[Level]:
        """Levels that an order of `side` meets, best first: asks for a buy, bids for a sell."""
        row = self.index[symbol]
        yield from self._levels(row, side, float(self.ask[row] if side is Side.BUY else self.bid[row]))

    def gone_levels(self, symbol: str, side: Side) -> list[float]:
        """Prices that had a level in the step before and have none now: a book kept by changes has to drop them."""
        row = self.index[symbol]
        present = {level.price for level in self.ladder(symbol, side)}
        old = {
            level.price
            for bid, ask in self._quotes_before
            for level in self._levels(row, side, float(ask[row] if side is Side.BUY else bid[row]))
        }
        return sorted(old - present)

    def _levels(self, row: int, side: Side, best: float) -> Iterator[Level]:
        instrument = self.instruments[row]
        gap = max(best * LADDER_GAP, instrument.tick)
        notional = instrument.level_notional
        for depth in range(LADDER_LEVELS):
            price = instrument.round_price(best + side.sign * gap * depth)
            if price <= 0:
                return
            quantity = notional / instrument.value(1.0, price)
            yield Level(price, max(instrument.step, instrument.floor_quantity(quantity)))
            notional *= LADDER_GROWTH

    def _quote(self) -> None:
        half = np.maximum(self.mid * self._spread / 2, self._tick / 2)
        self.bid = np.floor((self.mid - half) / self._tick + 1e-9) * self._tick
        self.ask = np.ceil((self.mid + half) / self._tick - 1e-9) * self._tick
        self.bid = np.maximum(self.bid, self._tick)
        if self.steps != self._quoted_step:
            self._quotes_before, self._quotes_now, self._quoted_step = self._quotes_now, [], self.steps
        self._quotes_now.append((self.bid, self.ask))

"""The synthetic market: one common factor, fat tails, a depth ladder. What it does depends on the seed and the step
count alone, never on the wall clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Side
from core.errors import PaperError
from core.paper.candles import DAY_LEVELS, Candles
from core.paper.instruments import PaperInstrument

Floats = npt.NDArray[np.float64]

DAY_S = 86_400.0
FACTOR_VOLATILITY = 0.035
"""Of the common factor, per square root of a day: the ordinary size for the largest coins."""
TAIL_FREEDOM = 4.0
"""Degrees of freedom of the Student-t shocks: fat tails, finite variance."""
MEAN_DRAW = 1.0
"""Mean size of a Student-t draw with four degrees of freedom."""
LADDER_LEVELS = 30
LADDER_GAP = 0.0001
"""Distance between two ladder levels as a fraction of the price."""
LADDER_GROWTH = 1.25
"""Each level holds this much more than the one before it."""
MARK_FOLLOW = 0.35
"""How far the mark moves towards the mid in one step; marks are smoothed so that one print cannot move them."""


@dataclass(frozen=True, slots=True)
class Shock:
    """A common fall (or rise) spread over steps: `log_move` is for beta 1, `own` adds per symbol."""

    first_step: int
    steps: int
    log_move: float
    volatility_factor: float
    bounces: int


@dataclass(frozen=True, slots=True)
class Level:
    price: float
    quantity: float


class Market:
    """Mid, mark, last, best bid and ask of every instrument, as arrays that `step()` moves on."""

    def __init__(self, instruments: Sequence[PaperInstrument], seed: int, step_s: float) -> None:
        if not instruments or step_s <= 0:
            raise PaperError("a market needs at least one instrument and a positive step")
        self.instruments = tuple(instruments)
        self.step_s = step_s
        self.steps = 0
        self.index = {instrument.symbol: row for row, instrument in enumerate(self.instruments)}
        self.volatility_factor = 1.0
        """Multiplies every random move; scenarios raise it."""
        self._random = np.random.default_rng([seed, 0x5CA])
        self._beta: Floats = np.array([i.beta for i in self.instruments])
        self._own: Floats = np.array([i.own_volatility for i in self.instruments])
        self._spread: Floats = np.array([i.spread for i in self.instruments])
        self._level: Floats = np.array([i.level_notional for i in self.instruments])
        self._tick: Floats = np.array([i.tick for i in self.instruments])
        self.mid: Floats = np.array([i.start_price for i in self.instruments])
        self.mark: Floats = self.mid.copy()
        self.last: Floats = self.mid.copy()
        self.turnover: Floats = np.zeros_like(self.mid)
        """Traded by the world in the last step, quote coin."""
        self.candles = Candles(self.instruments, seed)
        self.bid: Floats = self.mid.copy()
        self.ask: Floats = self.mid.copy()
        self._shocks: list[Shock] = []
        self._quote()

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

    def add_shock(self, shock: Shock) -> None:
        self._shocks.append(shock)

    def shock_price(self, symbol: str, price: float) -> None:
        """Put an instrument at `price` now; mark and last follow at once."""
        if not math.isfinite(price) or price <= 0:
            raise PaperError(f"{price} is not a price")
        row = self.index[self.instrument(symbol).symbol]
        self.mid[row] = self.mark[row] = self.last[row] = price
        self._quote()

    def step(self) -> None:
        """One step of the walk: drift of the shocks under way, then the common and the own random part."""
        size = len(self.instruments)
        scale = math.sqrt(self.step_s / DAY_S) / math.sqrt(TAIL_FREEDOM / (TAIL_FREEDOM - 2))
        draws = self._random.standard_t(TAIL_FREEDOM, size + 1) * scale
        # A Student-t draw can be of any size; one step may not move a price by more than a venue's own price band.
        draws = np.clip(draws, -60 * scale, 60 * scale)
        drift, factor = self._shock_drift()
        factor *= self.volatility_factor
        move = self._beta * (draws[0] * FACTOR_VOLATILITY * factor + drift) + self._own * draws[1:] * factor
        self.mid *= np.exp(np.clip(move, -0.2, 0.2))
        self.mark += (self.mid - self.mark) * (1.0 if drift else MARK_FOLLOW)
        self.steps += 1
        self._quote()
        # The last trade prints on one side of the book or the other.
        self.last = np.where(draws[1:] > 0, self.ask, self.bid)
        # Much is traded when much moves; a draw of ordinary size makes the ordinary turnover.
        ordinary = DAY_LEVELS * self._level * self.step_s / DAY_S
        self.turnover = ordinary * (0.5 + 0.5 * np.abs(draws[1:]) / (scale * MEAN_DRAW))

    def _shock_drift(self) -> tuple[float, float]:
        drift, factor = 0.0, 1.0
        for shock in self._shocks:
            done = self.steps - shock.first_step
            if 0 <= done < shock.steps:
                drift += self._shape(shock, done + 1) - self._shape(shock, done)
                factor = max(factor, shock.volatility_factor)
            elif shock.steps <= done < 4 * shock.steps:
                # Markets stay restless after a fall and calm down slowly.
                left = 1 - (done - shock.steps) / (3 * shock.steps)
                factor = max(factor, 1 + (shock.volatility_factor - 1) * left)
        self._shocks = [s for s in self._shocks if self.steps - s.first_step < 4 * s.steps]
        return drift, factor

    @staticmethod
    def _shape(shock: Shock, done: int) -> float:
        """Cumulated log move after `done` of its steps: a smooth fall with bounces on its way that end at nothing."""
        part = done / shock.steps
        smooth = part * part * (3 - 2 * part)
        bounce = 0.10 * math.sin(2 * math.pi * shock.bounces * part) * math.sin(math.pi * part)
        return shock.log_move * (smooth + bounce)

    def _quote(self) -> None:
        half = np.maximum(self.mid * self._spread / 2, self._tick / 2)
        self.bid = np.floor((self.mid - half) / self._tick + 1e-9) * self._tick
        self.ask = np.ceil((self.mid + half) / self._tick - 1e-9) * self._tick
        self.bid = np.maximum(self.bid, self._tick)

    def ladder(self, symbol: str, side: Side) -> Iterator[Level]:
        """Levels that an order of `side` meets, best first: asks for a buy, bids for a sell."""
        row = self.index[symbol]
        instrument = self.instruments[row]
        best = float(self.ask[row] if side is Side.BUY else self.bid[row])
        gap = max(best * LADDER_GAP, instrument.tick)
        notional = instrument.level_notional
        for depth in range(LADDER_LEVELS):
            price = instrument.round_price(best + side.sign * gap * depth)
            if price <= 0:
                return
            yield Level(price, max(instrument.step, instrument.floor_quantity(notional / price)))
            notional *= LADDER_GROWTH

"""The synthetic market: one common factor, fat tails, a depth ladder. What it does depends on the seed and the step
count alone, never on the wall clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import PaperError
from core.paper.candles import DAY_LEVELS, FACTOR_VOLATILITY, Candles
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Floats, Quotes
from core.signals import Signal

DAY_S = 86_400.0
TAIL_FREEDOM = 4.0
"""Degrees of freedom of the Student-t shocks: fat tails, finite variance."""
MEAN_DRAW = 1.0
"""Mean size of a Student-t draw with four degrees of freedom."""
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


class Market(Quotes):
    """The walk itself: `step()` moves the prices of its instruments on, and of all listings that follow it."""

    def __init__(self, instruments: Sequence[PaperInstrument], seed: int, step_s: float) -> None:
        if step_s <= 0:
            raise PaperError(f"a market moves in positive steps, not in steps of {step_s} s")
        self.history = Candles(instruments, seed)
        self._steps = 0
        super().__init__(instruments, self.history)
        self.step_s = step_s
        self.moved: Signal[[]] = Signal("paper market moved")
        """Told whenever prices changed, after its own quotes did."""
        self.volatility_factor = 1.0
        """Multiplies every random move; scenarios raise it."""
        self._random = np.random.default_rng([seed, 0x5CA])
        self._beta: Floats = np.array([i.beta for i in self.instruments])
        self._own: Floats = np.array([i.own_volatility for i in self.instruments])
        self._level: Floats = np.array([i.level_notional for i in self.instruments])
        self.mid: Floats = np.array([i.start_price for i in self.instruments])
        self.mark: Floats = self.mid.copy()
        self.last: Floats = self.mid.copy()
        self.turnover: Floats = np.zeros_like(self.mid)
        """Traded by the world in the last step, quote coin."""
        self._shocks: list[Shock] = []
        self._quote()

    @property
    def steps(self) -> int:
        return self._steps

    def add_shock(self, shock: Shock) -> None:
        self._shocks.append(shock)

    def shock_price(self, symbol: str, price: float) -> None:
        """Put an instrument at `price` now; mark and last follow at once."""
        if not math.isfinite(price) or price <= 0:
            raise PaperError(f"{price} is not a price")
        row = self.index[self.instrument(symbol).symbol]
        self.mid[row] = self.mark[row] = self.last[row] = price
        self._quote()
        self.moved.send()

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
        self._steps += 1
        self._quote()
        # The last trade prints on one side of the book or the other.
        self.last = np.where(draws[1:] > 0, self.ask, self.bid)
        # Much is traded when much moves; a draw of ordinary size makes the ordinary turnover.
        ordinary = DAY_LEVELS * self._level * self.step_s / DAY_S
        self.turnover = ordinary * (0.5 + 0.5 * np.abs(draws[1:]) / (scale * MEAN_DRAW))
        self.moved.send()

    def record(self, at_s: float) -> None:
        """Let the candles take in what the last step traded."""
        self.history.record(self.last, self.turnover, at_s)

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

"""How long a stop would take, kept up to date a few accounts at a time: all of ten thousand at once stop the loop."""

from __future__ import annotations

from core.clock import Clock
from core.engine.halting import TargetFinder
from core.halt.forecast import Forecast, forecast_of
from core.halt.target import HaltTarget

AGAIN_S = 2.0
"""Between two forecasts, which go over all accounts."""
AT_ONCE = 100
"""Accounts looked at in one cycle."""


class Foretelling:
    def __init__(self, targets: TargetFinder, settle_s: float, clock: Clock) -> None:
        self._targets = targets
        self._settle_s = settle_s
        self._clock = clock
        self._begun_s = float("-inf")
        self._found: list[HaltTarget] = []
        self._next: int | None = None
        self._forecast: Forecast | None = None

    def proof_ms(self) -> float | None:
        """As the newest forecast says; None before the first. Called once a cycle, and does a cycle's share."""
        now_s = self._clock.monotonic()
        if self._next is None and now_s - self._begun_s >= AGAIN_S:
            self._begun_s, self._next, self._found = now_s, 0, []
        if self._next is not None:
            self._found += self._targets.some(self._next, self._next + AT_ONCE)
            self._next += AT_ONCE
            if self._next >= self._targets.accounts:
                self._next = None
                self._forecast = forecast_of(self._found, self._settle_s)
        return None if self._forecast is None else self._forecast.proof_ms

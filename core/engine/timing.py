"""How fast the engine is, measured while it works: update to event, per cycle, and how long the loop stood still."""

from __future__ import annotations

from collections import deque

import numpy as np

from core.clock import Clock
from core.snapshot import LatencyView

KEPT = 20_000
HEARTBEAT_S = 0.01


class Timing:
    """All figures in milliseconds; NaN until measured."""

    def __init__(self) -> None:
        self._update_to_event: deque[float] = deque(maxlen=KEPT)
        self._cycles: deque[float] = deque(maxlen=KEPT)
        self.stall_max = float("nan")

    def event_raised(self, ms: float) -> None:
        self._update_to_event.append(ms)

    def cycle_done(self, ms: float) -> None:
        self._cycles.append(ms)

    def loop_stalled(self, ms: float) -> None:
        self.stall_max = ms if not ms <= self.stall_max else self.stall_max

    def forget_stalls(self) -> None:
        """Start-up is over: from now on a stall is one that an operator would feel."""
        self.stall_max = float("nan")

    def view(self) -> LatencyView:
        return LatencyView(
            update_to_event_p50=_percentile(self._update_to_event, 50),
            update_to_event_p99=_percentile(self._update_to_event, 99),
            cycle_p99=_percentile(self._cycles, 99),
            loop_stall_max=self.stall_max,
        )


def _percentile(values: deque[float], percent: float) -> float:
    return float(np.percentile(np.fromiter(values, float), percent)) if values else float("nan")


async def watch_loop(timing: Timing, clock: Clock) -> None:
    """Ask to be woken every `HEARTBEAT_S` and note how late it happens, until cancelled."""
    while True:
        asked_s = clock.monotonic()
        await clock.sleep(HEARTBEAT_S)
        timing.loop_stalled(max(0.0, clock.monotonic() - asked_s - HEARTBEAT_S) * 1000.0)

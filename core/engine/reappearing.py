"""Orders that appear after a stop: whose they are and what their client ids look like, told as one event per stop."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain import Scope
from core.halt.model import HaltView
from core.halt.source.lying import contradicted

REAPPEARING = "orders reappearing after stop"
"""Key of the event, and what the desk calls it."""
TELL_AGAIN_S = 5.0
"""Bots that go on ordering would else write a line into the journal with every cycle."""
NAMED = 3
"""Sources named in one sentence."""


class Reappearing:
    def __init__(self) -> None:
        self._told: dict[str, tuple[int, float]] = {}
        """By stop: how many orders were told of, and when (monotonic)."""

    def step(self, halts: Iterable[HaltView], now_s: float) -> tuple[tuple[Scope, str], ...]:
        """Stops with more late orders than were told of, each with a sentence."""
        found = []
        for halt in halts:
            count, told_s = self._told.get(halt.halt_id, (0, float("-inf")))
            if halt.late > count and now_s - told_s >= TELL_AGAIN_S:
                self._told[halt.halt_id] = (halt.late, now_s)
                found.append((halt.scope, sentence(halt)))
        return tuple(found)

    def forget(self, halt_id: str) -> None:
        self._told.pop(halt_id, None)


def sentence(halt: HaltView) -> str:
    """`12 orders appeared after the stop: 9 of basis (bas-*) in alpha-1, 3 of unattributed (web-*) in alpha-2`."""
    sources = [f"{row.orders:,} of {row.strategy} ({row.pattern}) in {row.account}" for row in halt.reappeared[:NAMED]]
    others = len(halt.reappeared) - NAMED
    more = f", and of {others:,} other sources" if others > 0 else ""
    lying = contradicted(halt.sources, ((order.strategy, order.seen_at_s) for order in halt.late_orders))
    yet = "".join(f"; {name} says that it is paused, yet {count:,} came since" for name, count in lying.items())
    return f"{halt.late:,} orders appeared after the stop of {halt.scope}: {', '.join(sources)}{more}{yet}"

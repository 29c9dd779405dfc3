"""Deposits, withdrawals and transfers out of the venue's ledger: told once each, none lost to a failed reading."""

from __future__ import annotations

from core.clock import Clock
from core.venues.protocol import Sink
from core.venues.reader import AccountReader

OVERLAP_S = 600.0
"""A ledger may name a flow minutes after it took effect."""
SEEN_MAX = 10_000


class FlowLedger:
    def __init__(self, clock: Clock, period_s: float) -> None:
        self._clock = clock
        self._period_s = period_s
        self.venue_ahead_s = 0.0
        self._started_s: float | None = None
        self._since_s = 0.0
        self._due_s = float("-inf")
        self._seen: dict[str, None] = {}

    def ask(self) -> None:
        """The stream told of a flow: look at once."""
        self._due_s = float("-inf")

    async def fetch(self, reader: AccountReader, sink: Sink) -> None:
        """Tell what is new, when it is due; raises VenueError, and then the same is asked again."""
        if self._clock.monotonic() < self._due_s:
            return
        now_s = self._clock.now() + self.venue_ahead_s
        if self._started_s is None:
            self._started_s = self._since_s = now_s
        self._due_s = self._clock.monotonic() + self._period_s
        for flow in await reader.flows_since(self._since_s):
            if flow.flow_id not in self._seen:
                self._seen[flow.flow_id] = None
                sink(flow)
        while len(self._seen) > SEEN_MAX:
            self._seen.pop(next(iter(self._seen)))
        self._since_s = max(self._started_s, now_s - OVERLAP_S)

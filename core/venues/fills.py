"""Which fills the stream may have missed: found by what a reading shows to have moved, and by what a gap may hide."""

from __future__ import annotations

from core.clock import Clock
from core.domain import Leg
from core.venues.messages import AccountReading, FillUpdate, PositionUpdate, Update
from core.venues.protocol import Sink
from core.venues.reader import AccountReader

OVERLAP_S = 5.0
"""Trades become visible a moment after they happened; whoever takes the fills knows those that come twice."""


class FillGaps:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.venue_ahead_s = 0.0
        """How far the venue's clock is ahead of ours."""
        self._held: dict[tuple[str, Leg], tuple[float, float]] = {}
        """Quantity, and when it was told (monotonic)."""
        self._resting: frozenset[str] = frozenset()
        self._doubtful: set[str] = set()
        self._gap = False
        self._complete_s: float | None = None
        """The venue's time up to which no fill is missing; None before the first reading."""

    def stream_broke(self) -> None:
        """From here to the next opening of the stream anything may have been traded."""
        self._gap = True

    def note(self, update: Update) -> None:
        """What the stream tells."""
        if isinstance(update, PositionUpdate):
            self._held[update.symbol, update.leg] = (update.quantity, update.received_s)

    def compare(self, reading: AccountReading) -> None:
        """Take up a reading; what it shows and the stream did not is traded without our knowledge."""
        resting = self._resting
        if reading.orders is not None:
            resting = frozenset(order.symbol for order in reading.orders)
        read = {(row.symbol, row.leg): row.quantity for row in reading.positions}
        for key in read.keys() | self._held.keys():
            quantity, told_s = self._held.get(key, (0.0, float("-inf")))
            if told_s > reading.began_s:
                continue  # the stream is ahead of this reading
            if self._complete_s is not None and read.get(key, 0.0) != quantity:
                self._doubtful.add(key[0])
            self._held[key] = (read.get(key, 0.0), reading.began_s)
        self._held = {key: row for key, row in self._held.items() if row[0] or row[1] > reading.began_s}
        if self._gap:
            self._doubtful |= resting | self._resting | {symbol for symbol, _ in self._held}
        self._resting = resting

    async def fetch(self, reader: AccountReader, sink: Sink) -> None:
        """Tell what was missed; raises VenueError, and then nothing is forgotten."""
        asked_s = self._clock.now() + self.venue_ahead_s
        if self._complete_s is not None:
            if self._gap:
                self._doubtful |= await reader.traded_since(self._complete_s)
                self._gap = False
            fills: list[FillUpdate] = []
            for symbol in sorted(self._doubtful):
                fills += await reader.fills_since(symbol, self._complete_s)
            for fill in sorted(fills, key=lambda fill: fill.at_s):
                sink(fill)
            self._doubtful.clear()
        self._gap = False
        self._complete_s = asked_s - OVERLAP_S

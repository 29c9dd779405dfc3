"""Numbers for the pairs of instrument and venue that occur: a few hundred, so that their prices fit a core's cache."""

from __future__ import annotations

import numpy as np

from core.book.columns import Bools, Ints
from core.book.marks import Marks

VOID = 0
"""The pair of an empty cell: worth nothing, whatever its quantity."""


class Pairs:
    def __init__(self, marks: Marks, account_venue: Ints, venues: int) -> None:
        """`account_venue`: shape (accounts,)."""
        self._marks = marks
        self._account_venue = account_venue
        self._venues = max(1, venues)
        self._lookup: Ints = np.full(64 * self._venues, -1, dtype=np.int64)
        """Per instrument x venue."""
        self._instrument = [-1]
        self._venue = [-1]
        self._columns: tuple[Ints, Ints] | None = None
        self._base: Ints = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._instrument)

    @property
    def instrument(self) -> Ints:
        """Shape (pairs,); -1 for the void one, and for what it has no instrument of."""
        return self._arrays()[0]

    @property
    def venue(self) -> Ints:
        return self._arrays()[1]

    def underlying(self) -> Ints:
        """Shape (pairs,): index of the coin; -1 for the void pair and where nobody says."""
        return np.where(self.instrument >= 0, self._marks.table.base[self.instrument], -1)

    def is_coin(self, instrument: Ints) -> Bools:
        found: Bools = self._marks.table.coin[instrument]
        return found

    def underlying_of(self, instrument: Ints) -> Ints:
        found: Ints = self._marks.table.base[instrument]
        return found

    def number(self, instrument: Ints, account: Ints) -> Ints:
        """The pair of each instrument in the venue of each account; new ones are numbered on first sight."""
        place = instrument * self._venues + self._account_venue[account]
        highest = int(place.max(initial=-1))
        if highest >= len(self._lookup):
            grown = np.full(max(2 * len(self._lookup), highest + 1), -1, dtype=np.int64)
            grown[: len(self._lookup)] = self._lookup
            self._lookup = grown
        pair: Ints = self._lookup[place]
        if (pair < 0).any():
            for new in np.unique(place[pair < 0]).tolist():
                self._lookup[new] = len(self._instrument)
                self._instrument.append(new // self._venues)
                self._venue.append(new % self._venues)
            self._columns = None
            pair = self._lookup[place]
        return pair

    def settle_pair(self, instrument: int, account: int) -> int:
        """The pair of the coin that an instrument settles in."""
        coin = int(self._marks.table.settle[instrument])
        if coin < 0:
            return VOID
        row = self._marks.holding(self._marks.coins[coin])
        return int(self.number(np.array([row]), np.array([account]))[0])

    def renumbered(self) -> bool:
        """Whether an instrument turned out, since the last call, to be of another underlying than was thought."""
        table = self._marks.table
        now = table.base[: table.size]
        known = len(self._base)
        changed = not np.array_equal(now[:known], self._base)
        if changed or len(now) != known:
            self._base = now.copy()
        return changed

    def _arrays(self) -> tuple[Ints, Ints]:
        if self._columns is None:
            self._columns = (np.array(self._instrument, dtype=np.int64), np.array(self._venue, dtype=np.int64))
        return self._columns

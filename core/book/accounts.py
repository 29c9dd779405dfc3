"""What is known of each account besides its money: when it was last confirmed, its link, its orders, its tracking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.book.attribution import AccountEntry
from core.book.columns import NAN, NEVER, Bools, Floats
from core.domain import LinkState
from core.venues.messages import OrderUpdate, Source

SEEN_FILLS = 500
"""Fill ids kept per account; a fill older than the oldest of them is taken for seen."""


class Orders:
    """The open orders of one account; None of it is known before a reading listed them."""

    def __init__(self) -> None:
        self.listed = False
        self.open: dict[str, OrderUpdate] = {}
        self._ended: dict[str, float] = {}

    def apply(self, order: OrderUpdate, read_began_s: float) -> None:
        known = self.open.get(order.order_id)
        if known is not None and order.received_s < known.received_s:
            return
        if order.received_s < self._ended.get(order.order_id, NEVER):
            return
        if known is None and order.source is Source.STREAM and order.received_s < read_began_s:
            return
        if order.is_open:
            self.open[order.order_id] = order
        else:
            self.open.pop(order.order_id, None)
            self._ended[order.order_id] = order.received_s

    def read(self, orders: Sequence[OrderUpdate], began_s: float) -> None:
        """A full listing replaces everything but what the stream said after it began."""
        newer = {key: row for key, row in self.open.items() if row.source is Source.STREAM and row.received_s > began_s}
        self._ended = {key: ended_s for key, ended_s in self._ended.items() if ended_s > began_s}
        listed = {row.order_id: row for row in orders if row.is_open and row.order_id not in self._ended}
        self.open = listed | newer
        self.listed = True


class FillMemory:
    """Which fills of one account were seen, bounded."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], float] = {}
        self.forgotten_s = NEVER
        """Venue time of the newest fill whose id was let go."""

    def is_new(self, symbol: str, fill_id: str, at_s: float) -> bool:
        if (symbol, fill_id) in self.seen or at_s <= self.forgotten_s:
            return False
        self.seen[(symbol, fill_id)] = at_s
        if len(self.seen) > SEEN_FILLS:
            # By time, not by order of arrival: a backfill must not push out what it overlaps with.
            oldest = min(self.seen, key=self.seen.__getitem__)
            self.forgotten_s = max(self.forgotten_s, self.seen.pop(oldest))
        return True


class Accounts:
    """Arrays of shape (accounts,), in the order of configuration; times are monotonic unless said otherwise."""

    def __init__(self, entries: Sequence[AccountEntry]) -> None:
        count = len(entries)
        self.entries = tuple(entries)
        self.index = {entry.name: number for number, entry in enumerate(entries)}
        self.began_s: Floats = np.full(count, NEVER)
        """When the last reading began; -inf before any."""
        self.confirmed_s: Floats = np.full(count, NEVER)
        """When the state was last known to be complete and current."""
        self.gap: Bools = np.ones(count, dtype=np.bool_)
        """The stream may have missed something since the last reading: its liveness confirms nothing."""
        self.flawed: Bools = np.zeros(count, dtype=np.bool_)
        """The last reading had rows that could not be understood."""
        self.down: Bools = np.zeros(count, dtype=np.bool_)
        self.tracked_at_s: Floats = np.full(count, NAN)
        """Wall time since which fills and flows count; NaN before the first reading."""
        self.link: list[LinkState] = [LinkState.CONNECTING] * count
        self.reason = [""] * count
        self.orders = [Orders() for _ in entries]
        self.fills = [FillMemory() for _ in entries]
        self.symbols: list[set[str]] = [set() for _ in entries]
        self.includes: list[dict[int, bool]] = [{} for _ in entries]
        """Per coin: whether its balance holds unrealised PnL."""
        self.doubts: list[dict[int, tuple[float, str]]] = [{} for _ in entries]
        """Per slot: since when, and why, what the venue says of it is not believed. The last figure believed stays."""
        self.doubtful: Bools = np.zeros(count, dtype=np.bool_)
        """Accounts with doubts: what they hold is unknown."""
        self._up_s = np.full(count, NEVER)

    @property
    def read(self) -> Bools:
        return self.began_s > NEVER

    def tracked(self, account: int) -> bool:
        return not np.isnan(self.tracked_at_s[account])

    def doubt(self, account: int, slot: int, at_s: float, why: str) -> None:
        self.doubts[account][slot] = (at_s, why)
        self.doubtful[account] = True

    def believe(self, account: int, slot: int) -> None:
        """What the venue says of a slot makes sense (again)."""
        if self.doubtful[account] and self.doubts[account].pop(slot, None) is not None:
            self.doubtful[account] = bool(self.doubts[account])

    def doubt_anew(self, account: int, began_s: float) -> None:
        """A reading that began at `began_s` tells everything anew: what it has beyond belief is doubted again."""
        if self.doubtful[account]:
            left = {slot: row for slot, row in self.doubts[account].items() if row[0] > began_s}
            self.doubts[account], self.doubtful[account] = left, bool(left)

    def heard(self, account: int, received_s: float) -> None:
        """The private stream spoke."""
        if self.link[account] is not LinkState.DOWN and not self.gap[account]:
            self.confirmed_s[account] = max(float(self.confirmed_s[account]), received_s)

    def linked(self, account: int, state: LinkState, reason: str, received_s: float) -> None:
        if state is not LinkState.UP or self.link[account] is not LinkState.UP:
            self.gap[account] = True
            self._up_s[account] = received_s
        self.link[account], self.reason[account] = state, reason
        self.down[account] = state is LinkState.DOWN

    def was_read(self, account: int, began_s: float, ended_s: float, *, flawed: bool) -> None:
        self.began_s[account] = max(float(self.began_s[account]), began_s)
        self.confirmed_s[account] = max(float(self.confirmed_s[account]), ended_s)
        self.flawed[account] = flawed
        if self.link[account] is LinkState.UP and began_s >= self._up_s[account]:
            self.gap[account] = False

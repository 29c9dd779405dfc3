"""One position while it is closed: what was there, what was sent, what is known to be filled, and what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from core.domain import Leg
from core.halt.flatten.model import FlattenOutcome, FlattenRow, RowState
from core.venues.closing import FUZZ, Held, Sent

TOLERANCE = 0.05
"""A position may have grown by this share since the preview; what has grown more is another position than was shown."""
FRUITLESS = 3
"""Orders in a row that the market took nothing of."""


@dataclass(slots=True)
class ClosingLeg:
    row: FlattenRow
    seen: float
    """What the operator was shown of it."""
    state: RowState = RowState.WAITING
    reason: str = ""
    cap: float = 0.0
    """What was there at the beginning: in sum no more is ever sent."""
    left: float | None = None
    filled: float = 0.0
    """Of all orders, as far as answers and readings say."""
    orders: int = 0
    left_crowd: bool = False
    _before: float = 0.0
    _asked: float = 0.0
    """Quantity of the order that no reading has settled yet."""
    _named: float | None = None
    """What its answer says was filled."""
    _doubt_s: float | None = None
    """Since when (monotonic) its fate is not known."""
    _spent_s: float | None = None
    """Since when (monotonic) as much was closed as was there, and yet something is."""
    _fruitless: int = 0
    _ended: bool = field(default=False)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be sent for it, as far as was read."""
        return self._ended or self.state is RowState.UNKNOWN or (self.left == 0.0 and self._asked == 0.0)

    # -- before an order ------------------------------------------------------------------------------------------

    def begin(self, held: Held) -> None:
        self.cap = held.magnitude(self.row.key)
        if self.row.obstacle:
            self.end(self.row.obstacle)
        elif self.cap > self.seen * (1.0 + TOLERANCE):
            self.end(f"it was {self.seen:g} in the preview and is {self.cap:g} now: preview again")

    def may_send(self, held: Held, now_s: float, doubt_s: float) -> bool:
        if self.over or self._asked > 0.0:
            return False
        if self.room(held) > FUZZ * self.cap:
            return True
        # All that was there was closed, and something is: a stale reading, or it grew.
        self._spent_s = now_s if self._spent_s is None else self._spent_s
        if now_s - self._spent_s >= doubt_s:
            self.end("it grew under way: preview again")
        return False

    def room(self, held: Held) -> float:
        """No more than is there, and in sum no more than was there."""
        return max(0.0, min(held.magnitude(self.row.key), self.cap - self.filled - self._asked))

    # -- an order -------------------------------------------------------------------------------------------------

    def sending(self, quantity: float, held: Held) -> None:
        self.state, self.orders = RowState.SENDING, self.orders + 1
        self._before, self._asked, self._named = held.magnitude(self.row.key), quantity, None

    def sent(self, sent: Sent, now_s: float) -> None:
        if sent.ack is not None:
            self.reason = ""
            self._asked = min(self._asked, sent.ack.quantity)
            # Many venues answer a market order before it fills, with nothing or with zero: only the position tells.
            self._named = min(sent.ack.filled, self._asked) if sent.ack.filled else None
        elif sent.doubt:
            self.reason, self._doubt_s = sent.doubt, now_s
        else:
            self.reason = sent.refused
            self._clear()
            # An order of the stopped bot that is on its way out may still hold what this one wanted to reduce.
            self._fruitless += not sent.busy
            self._ended = self._ended or self._fruitless >= FRUITLESS

    # -- readings -------------------------------------------------------------------------------------------------

    def read(self, held: Held) -> None:
        self.left = held.magnitude(self.row.key)
        against = held.magnitude(self.row.turned_key)
        if self.row.leg is Leg.NET and against > 0.0:
            self.left = against
            self.end("its position has turned: it was traded from elsewhere")

    def shown(self, held: Held) -> bool:
        """Whether this reading shows all that the order can have done."""
        wanted = self._asked if self._named is None else self._named
        return self._asked == 0.0 or self._gone(held) >= wanted * (1.0 - FUZZ)

    def settle(self, held: Held, began_s: float, doubt_s: float) -> None:
        """The reading stands: what it does not show of an order was not filled.

        Of one without an answer only where all readings since `began_s` came so long after it that it cannot arrive
        any more.
        """
        if self._asked == 0.0:
            return
        gone = min(max(self._gone(held), 0.0), self._asked)
        late = self._doubt_s is not None and began_s - self._doubt_s < doubt_s
        if late and gone < self._asked * (1.0 - FUZZ):
            return
        filled = gone if self._named is None else self._named
        self.filled += filled
        self._fruitless = 0 if filled > 0.0 else self._fruitless + 1
        self._clear()
        if self._fruitless >= FRUITLESS:
            self.end(self.reason or "the market takes nothing of it")

    def _gone(self, held: Held) -> float:
        return self._before - held.magnitude(self.row.key)

    def _clear(self) -> None:
        self._asked, self._named, self._doubt_s = 0.0, None, None

    # -- ends -----------------------------------------------------------------------------------------------------

    def note(self, reason: str) -> None:
        self.reason = reason

    def end(self, reason: str) -> None:
        """Nothing more is sent for it."""
        self.reason, self._ended = reason, True

    def lose(self, reason: str) -> None:
        """Nobody knows what is left of it."""
        self.left, self.state, self.reason, self._ended = None, RowState.UNKNOWN, reason, True

    def conclude(self, reason: str) -> None:
        """After the last reading; `reason` is why the run was over."""
        if self.left is None or self.state is RowState.UNKNOWN:
            return
        if self.left == 0.0:
            self.state, self.reason = RowState.FLAT, ""
            return
        self.state = RowState.LEFT
        if not self._ended:
            self.reason = f"{reason}; {self.reason}" if self.reason else reason

    def outcome(self) -> FlattenOutcome:
        row, left = self.row, self.left
        known = left if left is None or math.isfinite(left) else None
        return FlattenOutcome(
            row.account, row.symbol, row.leg, row.side, abs(row.quantity), known, self.orders, self.state, self.reason
        )

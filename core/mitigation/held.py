"""What became of each reduction: the ledger that an execution keeps while it runs.

In sum no more is ever asked for than the plan cuts, and an order whose fate is not known counts as filled until the
venue's own books have said otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.mitigation.model import Reduction
from core.mitigation.report import ReductionOutcome
from core.venues.closing import FUZZ, Held, HeldKey
from core.venues.order_fate import OrderFate
from core.venues.protocol import OrderAck

GONE = "the position is gone already"


@dataclass(slots=True)
class Cut:
    """One reduction on its way."""

    reduction: Reduction
    place: int
    """In the plan, from 1."""
    before: float = math.nan
    """Magnitude of the position at the first reading."""
    after: float = math.nan
    """At the last one, where that was late enough to know of every order."""
    filled: float = 0.0
    """Of orders whose fate is known."""
    goal: float = math.nan
    """What is to be closed, as the venue rounds it; NaN before the first order."""
    dust: float = 0.0
    """Left over, because the venue takes no order that small."""
    asked: float = 0.0
    """Quantity of the order whose fate is not known."""
    named: float | None = None
    """What the answer to that order says was filled; None where it says nothing."""
    doubt_s: float | None = None
    """Since when (monotonic) nobody knows whether that order arrived at all."""
    base: float = math.nan
    """Magnitude of the position just before that order."""
    seen: float = 0.0
    """How much of that order the position shows."""
    orders: list[str] = field(default_factory=list)
    numbers: int = 0
    """Ids used up."""
    due_s: float = -math.inf
    """When (monotonic) its next slice may go."""
    fruitless: int = 0
    busy: int = 0
    refused: str = ""
    final: bool = False
    """Nothing more is to be sent for it."""
    unread: bool = False
    """An order went out that no reading has followed."""
    settled: bool = False
    """Nothing but the position will ever tell of the order on its way."""
    unproven: bool = False
    """The positions do not show what an answer named, and nobody could be asked of the order itself."""

    @property
    def key(self) -> HeldKey:
        return (self.reduction.symbol, self.reduction.side)

    @property
    def account(self) -> str:
        return self.reduction.account

    @property
    def rest(self) -> float:
        """What the plan still lets it ask for."""
        return max(0.0, self.reduction.quantity - self.filled - self.asked - self.dust)

    def room(self, held: Held, spoken_for: float) -> float:
        """No more than is there now beside what is `spoken_for`, and in sum no more than was approved."""
        return max(0.0, min(held.magnitude(self.key) - spoken_for, self.rest))

    @property
    def on_its_way(self) -> float:
        """What of the order whose fate is not known may still be filled after the last reading."""
        return max(0.0, self.asked - self.seen)

    @property
    def progress(self) -> float:
        """Share of the cut that is done, orders on their way included."""
        if not self.reduction.quantity > 0.0:
            return 1.0
        return min(1.0, (self.filled + self.asked + self.dust) / self.reduction.quantity)

    @property
    def done(self) -> float:
        """Share of the cut that the venue's books show."""
        return min(1.0, (self.filled + self.dust) / self.reduction.quantity)

    @property
    def owes(self) -> bool:
        return not self.final and self.asked == 0.0 and self.rest > FUZZ * self.reduction.quantity

    @property
    def open(self) -> bool:
        """Whether anything is still to be done or to be found out."""
        return self.asked > 0.0 or self.owes

    @property
    def confirmed(self) -> bool:
        """The venue's books have told of every order, and the position was read after the last."""
        return bool(self.orders) and self.asked == 0.0 and not self.unread and not self.unproven

    # -- an order -------------------------------------------------------------------------------------------------

    def sending(self, client_order_id: str, quantity: float, held: Held) -> None:
        self.orders.append(client_order_id)
        self.base, self.asked, self.named, self.seen = held.magnitude(self.key), quantity, None, 0.0
        self.unread = True

    def acked(self, ack: OrderAck) -> None:
        if math.isnan(self.goal):
            self.goal = min(self.reduction.quantity, self.before)
        whole = self.asked >= self.goal - self.filled - self.dust - FUZZ * self.goal
        if whole and ack.quantity < self.asked:
            # The adapter rounded the last of it down to the venue's step: the rest is too small for any order.
            self.dust += self.asked - ack.quantity
            self.goal -= self.asked - ack.quantity
        self.asked, self.refused, self.busy = min(self.asked, ack.quantity), "", 0
        # Many venues answer a market order before it fills, with nothing or with zero: only their books tell.
        self.named = min(ack.filled, self.asked) if ack.filled else None

    def doubted(self, reason: str, now_s: float) -> None:
        self.refused, self.doubt_s = reason, now_s
        if math.isnan(self.goal):
            self.goal = min(self.reduction.quantity, self.before)

    def turned_down(self, reason: str, *, busy: bool, most_busy: int) -> None:
        """The venue said no: nothing was done, and the id is free again."""
        self.orders.pop()
        self.numbers -= 1
        self.asked, self.refused, self.unread = 0.0, reason, bool(self.orders) and self.unread
        self.busy += busy
        self.final = not busy or self.busy >= most_busy

    def end(self, reason: str) -> None:
        """Nothing more is sent for it."""
        self.refused, self.final = reason, True

    # -- what the venue's books say -------------------------------------------------------------------------------

    def read(self, held: Held) -> None:
        """A reading that began after the last order."""
        self.after, self.unread = held.magnitude(self.key), False
        if self.owes and self.after == 0.0:
            if not self.orders:
                self.refused = GONE
            self.final = True

    def told(self, fate: OrderFate, most_fruitless: int) -> None:
        """The order itself was found, and has ended; the position is still to be read after it."""
        self._close(min(fate.filled, self.asked), most_fruitless)
        self.unread = True

    def never_came(self) -> None:
        """The venue knows nothing of the order, later than it would take it."""
        self._close(0.0, 0)
        self.unread = True

    def leave_dust(self) -> None:
        """What is left is less than any order that the venue takes."""
        self.dust += self.rest
        self.goal = self.filled

    def settle(self, most_fruitless: int) -> None:
        """The last reading stands where nobody can be asked of the order: what it does not show was not filled."""
        if self.unread:
            self.final = True  # and nobody knows what became of it
        elif self.named is not None:
            self.unproven = self.unproven or self.seen < self.named * (1.0 - FUZZ)
            self._close(self.named, most_fruitless)
        elif self.seen >= self.asked * (1.0 - FUZZ) or (self.doubt_s is None and self.seen > 0.0):
            self._close(self.seen, most_fruitless)
        else:
            # Without any fill seen the order may only be slow: sending it again could close twice as much.
            self.final = self.settled = True

    def _close(self, filled: float, most_fruitless: int) -> None:
        self.filled += filled
        if self.doubt_s is not None and filled > 0.0:
            self.refused = ""  # no answer, but the venue's books show that it was done
        self.asked, self.named, self.doubt_s, self.seen = 0.0, None, None, 0.0
        self.fruitless = 0 if filled > 0.0 else self.fruitless + 1
        if most_fruitless and self.fruitless >= most_fruitless and self.owes:
            self.end(self.refused or "the market takes nothing of it")

    def outcome(self, ended: str) -> ReductionOutcome:
        """`ended`: why the execution was over before its time, "" where it was not."""
        filled = self.filled
        if self.asked > 0.0:
            # What is gone from the position may have been taken by other hands: it says nothing where the order itself
            # can still be asked for.
            told = math.nan if self.named is None else self.named
            filled += self.seen if self.settled else told
        goal = self.reduction.quantity if math.isnan(self.goal) else self.goal
        after = math.nan if self.unread else self.after
        sent, filled = (goal, filled) if self.orders else (0.0, 0.0)
        why = self._why(ended, filled, goal)
        return ReductionOutcome(self.reduction, tuple(self.orders), sent, filled, self.before, after, why, self.dust)

    def _why(self, ended: str, filled: float, goal: float) -> str:
        if self.asked > 0.0 and math.isnan(filled):
            return f"{self.refused or ended or 'interrupted'} while the order was on its way"
        if self.refused or not self.orders:
            return self.refused or ended or "not sent"
        if math.isnan(filled) or filled >= goal * (1.0 - FUZZ):
            return ""
        return f"only {filled:.8g} of {goal:.8g} filled" + (f": {ended}" if ended else "")


def show(held: Held, cuts: Iterable[Cut]) -> None:
    """Tell every order on its way what this fresh reading shows of it.

    Fills that the venue named come first; what else is gone goes to the orders without a word, in their order.
    """
    by_key: dict[HeldKey, list[Cut]] = {}
    for cut in cuts:
        if cut.asked > 0.0:
            by_key.setdefault(cut.key, []).append(cut)
    for key, sharing in by_key.items():
        gone = max(cut.base for cut in sharing) - held.magnitude(key)
        for cut in sorted(sharing, key=lambda cut: cut.named is None):
            wanted = cut.asked if cut.named is None else cut.named
            cut.seen = min(max(gone, 0.0), wanted)
            gone -= wanted if cut.named is not None else cut.seen

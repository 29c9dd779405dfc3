"""When is an account proven stopped? The rule, free of any I/O.

Two consecutive complete listings must be empty, and the second must begin at least `settle_s` after the act and after
the reply to the last cancel. A venue that answers from a listing which is up to `settle_s` old can therefore not pass
for empty, and a cancel that was acknowledged but not carried out is seen again.
"""

from __future__ import annotations

import math


class Proof:
    """The proof of one account; all times on the monotonic clock, seconds."""

    def __init__(self, settle_s: float, fired_s: float = -math.inf) -> None:
        """`fired_s`: the moment of the act; a listing just after it may miss an order accepted just before."""
        self.settle_s = settle_s
        self._empty_rounds = 0
        self._cancels_in_flight = 0
        self._last_reply_s = fired_s
        self._began_s: float | None = None

    @property
    def verified(self) -> bool:
        return self._began_s is not None

    @property
    def began_s(self) -> float | None:
        """When the listing began that proved it last; None while it is not proven."""
        return self._began_s

    @property
    def empty_rounds(self) -> int:
        return self._empty_rounds

    def order_seen(self) -> None:
        """An order of this account rests, whoever said so: all proof so far is void."""
        self._empty_rounds = 0
        self._began_s = None

    def cancel_sent(self) -> None:
        self._cancels_in_flight += 1
        self.order_seen()

    def cancel_answered(self, at_s: float) -> None:
        """The reply came, or the deadline passed without one."""
        self._cancels_in_flight -= 1
        self._last_reply_s = max(self._last_reply_s, at_s)

    def listed(self, began_s: float, resting: int) -> None:
        """A complete listing (every book answered) that began at `began_s` showed `resting` orders in scope."""
        if resting:
            self.order_seen()
        elif self._empty_rounds == 0:
            self._empty_rounds = 1
        elif began_s >= self.second_listing_due_s():
            self._empty_rounds = 2
            self._began_s = began_s

    def second_listing_due_s(self) -> float:
        """The earliest time at which a listing may begin that completes the proof; infinite while a cancel runs."""
        if self._cancels_in_flight:
            return math.inf
        return self._last_reply_s + self.settle_s

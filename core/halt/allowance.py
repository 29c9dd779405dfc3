"""How many full listings an account may still ask for without starving its neighbours behind the same address.

A venue counts requests per address and minute, and a full listing is the dearest of them (80 of Binance's 2,400). A
burst proves the account quickly; after that the listings come at the account's share of the budget, and the last of the
burst are kept for the moment when no new order has come for a while and a proof can succeed.
"""

from __future__ import annotations

from core.clock import Clock

BURST = 6
KEPT_FOR_PROOF = 2


class ListingAllowance:
    def __init__(self, pace_s: float, clock: Clock) -> None:
        """One listing per `pace_s` seconds in the long run."""
        self._pace_s = pace_s
        self._clock = clock
        self._left = float(BURST)
        self._counted_s = clock.monotonic()

    def take(self) -> None:
        self._count()
        self._left = max(0.0, self._left - 1.0)

    def wait_s(self, *, may_prove: bool) -> float:
        """Seconds until a listing may be asked for: 0 now. One that cannot prove anything leaves `KEPT_FOR_PROOF`."""
        self._count()
        needed = 1.0 if may_prove else 1.0 + KEPT_FOR_PROOF
        return max(0.0, needed - self._left) * self._pace_s

    def _count(self) -> None:
        now_s = self._clock.monotonic()
        self._left = min(float(BURST), self._left + (now_s - self._counted_s) / self._pace_s)
        self._counted_s = now_s

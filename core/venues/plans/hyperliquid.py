"""Hyperliquid: one listing per exchange built on it (HIP-3), triggers included; cancels are one signed action.

https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint (frontendOpenOrders, `dex`)
https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/exchange-endpoint (cancel, twapCancel)
"""

from __future__ import annotations

from core.venues.plans.deadman import Countdown, DeadMan
from core.venues.plans.plan import Book, ByIds, Call, Holds, Listed, Plan

CANCEL = ByIds(Call("cancel_orders_for_symbols"), 100)
OPEN = {"type": "frontendOpenOrders", "user": "{user}"}
# ccxt's fetch_open_orders takes whatever is no list for a listing without orders (hyperliquid.py 2940), which is why
# the call beneath it is made here; this is what it adds to each row.
AS_CCXT = {"ccxtStatus": "open"}

HYPERLIQUID = Plan(
    name="Hyperliquid",
    exchanges=frozenset({"hyperliquid"}),
    books=(
        Book(
            name="regular",
            listed=Listed(Call("publicPostInfo", OPEN), extra=AS_CCXT),
            holds=Holds(each_key="info.dex"),
            cancel=CANCEL,
            weight=20.0,
        ),
        Book(
            name="dex",
            listed=Listed(Call("publicPostInfo", OPEN | {"dex": "{each}"}), extra=AS_CCXT),
            holds=Holds(frozenset({"swap"}), each_key="info.dex"),
            cancel=CANCEL,
            weight=20.0,
            over="info.dex",
        ),
    ),
    # Else its first cancel asks how the account's margin works (hyperliquid.py 1839); approvals of fees are left out.
    ready=("initialize_client",),
    # A TWAP rests as no order between its slices, and ccxt 4.5.90 signs no twapCancel.
    gaps=("TWAP orders",),
    # https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/exchange-endpoint (scheduleCancel: 5 s ahead or
    # more, ten firings a day; without a time it is taken back, which ccxt's method cannot say: hyperliquid.py 2595)
    deadman=DeadMan(
        (Countdown("account", arm=Call("cancel_all_orders_after"), disarm=Call("unschedule_cancel")),),
        least_s=10,
        triggers=True,
        traps=(
            "the venue lets accounts have it once they have traded 1,000,000 USD",
            "it fires ten times a day at most",
        ),
    ),
)

PLANS = (HYPERLIQUID,)

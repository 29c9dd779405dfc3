"""OKX v5: no call cancels everything; ordinary orders go by twenty, algo orders by ten and by their kind.

https://www.okx.com/docs-v5/en/#order-book-trading-trade-post-cancel-multiple-orders (20 at a time)
https://www.okx.com/docs-v5/en/#order-book-trading-algo-trading-post-cancel-algo-order (10 at a time)
https://www.okx.com/docs-v5/en/#order-book-trading-algo-trading-get-algo-order-list (`ordType` is required)
"""

from __future__ import annotations

from core.venues.plans.deadman import Countdown, DeadMan, Told
from core.venues.plans.plan import Book, ByIds, Call, Holds, Listed, Pages, Plan

# ccxt's `trigger: True` lists ordType=trigger alone (okx.py 4423), and so misses the take-profits and stop-losses.
KINDS = ("conditional", "oco", "trigger", "move_order_stop", "iceberg", "twap")
ONE = {"instId": "{market}", "algoId": "{id}"}
ADVANCED = frozenset({"move_order_stop", "iceberg", "twap"})


def _algo(kind: str) -> Book:
    return Book(
        name=kind.replace("_", " "),
        holds=Holds(trigger=True),
        listed=Listed(
            Call("privateGetTradeOrdersAlgoPending", {"ordType": kind, "limit": 100}),
            rows="data",
            pages=Pages("after", last="algoId"),
        ),
        # A client's id must not be named: ccxt's cancel_orders_for_symbols would send it as the algoId (okx.py 3861).
        # The documentation dropped the second call in April 2025 in favour of the first, yet it still answers, and the
        # first was documented as leaving these three kinds out: both are sent.
        cancel=ByIds(
            Call("privatePostTradeCancelAlgos"), 10, ONE,
            also=(ByIds(Call("privatePostTradeCancelAdvanceAlgos"), 10, ONE),) if kind in ADVANCED else (),
        ),
    )  # fmt: skip


OKX = Plan(
    name="OKX",
    exchanges=frozenset({"okx", "okxus", "myokx"}),
    books=(
        Book(
            name="regular",
            listed=Listed(
                Call("privateGetTradeOrdersPending", {"limit": 100}), rows="data", pages=Pages("after", last="ordId")
            ),
            cancel=ByIds(Call("privatePostTradeCancelBatchOrders"), 20, {"instId": "{market}", "ordId": "{id}"}),
        ),
        *(_algo(kind) for kind in KINDS),
    ),
    beside=("spread (Nitro) orders", "orders of trading bots"),
    # https://www.okx.com/docs-v5/en/#order-book-trading-trade-post-cancel-all-after (0, or 10 to 120 s)
    deadman=DeadMan(
        (
            Countdown(
                "account",
                arm=Call("cancel_all_orders_after"),
                disarm=Call("cancel_all_orders_after"),
                told=Told(end="data.triggerTime", now="data.ts"),
            ),
        ),
        least_s=10,
        most_s=120,
        traps=("orders are cancelled one after the other, which may take some seconds",),
    ),
)

PLANS = (OKX,)

"""Kraken spot and Kraken futures: one call empties everything, triggers included.

https://docs.kraken.com/api/docs/rest-api/cancel-all-orders
https://docs.kraken.com/api/docs/rest-api/cancel-order-batch (50 at a time)
https://docs.kraken.com/api/docs/futures-api/trading/cancel-all-orders (without arguments all open orders)
"""

from __future__ import annotations

from core.venues.plans.deadman import Countdown, DeadMan, Told
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Form, Holds, Listed, Plan


def _deadman(end: str, now: str, *traps: str) -> DeadMan:
    """https://docs.kraken.com/api-reference/trading/cancel-all-orders-after-x (60 s, every 15 to 30 s; 86,400 at most)

    https://docs.kraken.com/api-reference/order-management/dead-mans-switch for futures.
    """
    call = Call("cancel_all_orders_after")
    return DeadMan((Countdown("account", arm=call, disarm=call, told=Told(end, now)),), triggers=True, traps=traps)


KRAKEN = Plan(
    name="Kraken spot",
    exchanges=frozenset({"kraken"}),
    books=(
        Book(
            name="regular",
            holds=Holds(frozenset({"spot"})),
            listed=Listed(Call("privatePostOpenOrders"), rows="result.open", form=Form.KEYED),
            # It has no cancel by symbol: ccxt's cancel_all_orders(symbol) cancels every pair (kraken.py 2558).
            empty=(Call("privatePostCancelAll"),),
            cancel=ByIds(Call("privatePostCancelOrderBatch"), 50, "{id}", under="orders"),
        ),
    ),
    deadman=_deadman(
        "result.triggerTime",
        "result.currentTime",
        "what is armed when the venue goes into maintenance cancels everything when it comes back: disarm it before",
    ),
)

KRAKEN_FUTURES = Plan(
    name="Kraken futures",
    exchanges=frozenset({"krakenfutures"}),
    books=(
        Book(
            name="regular",
            holds=Holds(CONTRACTS),
            listed=Listed(Call("privateGetOpenorders"), rows="openOrders"),
            empty=(Call("privatePostCancelallorders"),),
            empty_symbol=(Call("privatePostCancelallorders", {"symbol": "{market}"}),),
            cancel=ByIds(
                Call("privatePostBatchorder"), 10, {"order": "cancel", "order_id": "{id}"}, under="batchOrder"
            ),
        ),
    ),
    deadman=_deadman("status.triggerTime", "status.currentTime"),
)

PLANS = (KRAKEN, KRAKEN_FUTURES)

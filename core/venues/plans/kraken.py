"""Kraken spot and Kraken futures: one call empties everything, triggers included.

https://docs.kraken.com/api/docs/rest-api/cancel-all-orders
https://docs.kraken.com/api/docs/rest-api/cancel-order-batch (50 at a time)
https://docs.kraken.com/api/docs/futures-api/trading/cancel-all-orders (without arguments all open orders)
"""

from __future__ import annotations

from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Form, Holds, Listed, Plan

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
)

PLANS = (KRAKEN, KRAKEN_FUTURES)

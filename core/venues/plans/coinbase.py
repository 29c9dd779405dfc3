"""Coinbase Advanced and Coinbase Exchange.

https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/list-orders (a cursor; OPEN alone)
https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/cancel-order (100 at a time)
https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/orders/get-all-orders
https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/orders/cancel-all-orders
"""

from __future__ import annotations

from core.venues.plans.plan import Book, ByIds, Call, Holds, Listed, Pages, Plan

COINBASE = Plan(
    name="Coinbase Advanced",
    exchanges=frozenset({"coinbase"}),
    books=(
        Book(
            name="regular",
            listed=Listed(
                Call("v3PrivateGetBrokerageOrdersHistoricalBatch", {"order_status": "OPEN", "limit": 100}),
                rows="orders",
                pages=Pages("cursor", cursor="cursor"),
            ),
            # ccxt sends as many as it is given (coinbase.py 3364), and raises if one of them is gone already.
            cancel=ByIds(Call("v3PrivatePostBrokerageOrdersBatchCancel"), 100, "{id}", under="order_ids"),
        ),
    ),
)

COINBASE_EXCHANGE = Plan(
    name="Coinbase Exchange",
    exchanges=frozenset({"coinbaseexchange"}),
    books=(
        Book(
            name="regular",
            holds=Holds(frozenset({"spot"})),
            # The cursor to the next page is in a header, where calls side by side overwrite it: one page, or garbled.
            listed=Listed(Call("privateGetOrders", {"limit": 1000}), most=1000),
            empty=(Call("privateDeleteOrders"),),
            # By symbol it would be `product_id` in the query, which ccxt puts into the body, as a unified symbol too
            # (coinbaseexchange.py 1612): the venue would read a request without one, and cancel everything.
            cancel=ByIds(Call("privateDeleteOrdersId", {"id": "{id}"})),
        ),
    ),
)

PLANS = (COINBASE, COINBASE_EXCHANGE)

"""Crypto.com: since December 2025 trigger orders live in the advanced order management, of which ccxt knows nothing.

https://exchange-docs.crypto.com/exchange/v1/rest-ws/index.html#private-cancel-all-orders (type LIMIT or ALL)
https://exchange-docs.crypto.com/exchange/v1/rest-ws/index.html#private-advanced-get-open-orders
https://exchange-docs.crypto.com/exchange/v1/rest-ws/index.html#private-advanced-cancel-all-orders (type ALL)
Breaking change schedule there: trigger orders on 2025-12-17, take-profits and stop-losses on 2026-01-28.
"""

from __future__ import annotations

from core.venues.plans.deadman import DeadMan
from core.venues.plans.plan import Book, ByIds, Call, Holds, Listed, Plan

API = ("v1", "private")
ALL = {"type": "ALL"}
SYMBOL = {"instrument_name": "{market}"}
CANCEL_ONE = "private/advanced/cancel-order"
CANCEL_ADVANCED = "private/advanced/cancel-all-orders"

CRYPTO_COM = Plan(
    name="Crypto.com",
    exchanges=frozenset({"cryptocom"}),
    books=(
        Book(
            name="regular",
            listed=Listed(Call("v1PrivatePostPrivateGetOpenOrders"), rows="result.data"),
            empty=(Call("v1PrivatePostPrivateCancelAllOrders", ALL),),
            empty_symbol=(Call("v1PrivatePostPrivateCancelAllOrders", SYMBOL | ALL),),
            cancel=ByIds(Call("v1PrivatePostPrivateCancelOrder", {"order_id": "{id}"})),
        ),
        Book(
            name="advanced",
            holds=Holds(trigger=True),
            # ccxt's cancel_all_orders with type TRIGGER is no longer taken for these.
            listed=Listed(
                Call("v1PrivatePostPrivateAdvancedGetOpenOrders", {}, "private/advanced/get-open-orders", API),
                rows="result.data",
            ),
            empty=(Call("v1PrivatePostPrivateAdvancedCancelAllOrders", ALL, CANCEL_ADVANCED, API),),
            empty_symbol=(
                Call("v1PrivatePostPrivateAdvancedCancelAllOrders", SYMBOL | ALL, CANCEL_ADVANCED, API),
            ),
            cancel=ByIds(
                Call(
                    "v1PrivatePostPrivateAdvancedCancelOrder", {"order_id": "{id}"}, CANCEL_ONE, API
                )
            ),
        ),
    ),
    beside=("orders of trading bots",),
    # https://exchange-docs.crypto.com/exchange/v1/rest-ws/index.html#private-set-cancel-on-disconnect
    deadman=DeadMan(none="orders go when the stream that placed them ends, and no stream of Scram's places any"),
)  # fmt: skip

PLANS = (CRYPTO_COM,)

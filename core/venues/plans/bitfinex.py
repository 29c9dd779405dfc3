"""Bitfinex: stops, trailing and OCO orders are ordinary orders, and one call cancels all of them.

https://docs.bitfinex.com/reference/rest-auth-retrieve-orders
https://docs.bitfinex.com/reference/rest-auth-cancel-orders-multiple (`all: 1`, or ids)
"""

from __future__ import annotations

from core.venues.plans.deadman import DeadMan
from core.venues.plans.plan import Book, ByIds, Call, Listed, Plan

BITFINEX = Plan(
    name="Bitfinex",
    exchanges=frozenset({"bitfinex"}),
    books=(
        Book(
            name="regular",
            listed=Listed(Call("privatePostAuthROrders"), wrap="result"),
            # It has no cancel by symbol: ccxt's cancel_all_orders(symbol) cancels everything (bitfinex.py 1919).
            empty=(Call("privatePostAuthWOrderCancelMulti", {"all": 1}),),
            cancel=ByIds(Call("privatePostAuthWOrderCancelMulti"), 50, "{number}", under="id"),
        ),
    ),
    # https://docs.bitfinex.com/docs/ws-auth (dms: 4)
    deadman=DeadMan(none="it is a flag of a private stream's login, which ccxt does not send"),
)

PLANS = (BITFINEX,)

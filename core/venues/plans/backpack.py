"""Backpack: orders of all markets in one listing, strategies in another; both are emptied by symbol.

https://docs.backpack.exchange/#tag/Order/operation/get_open_orders
https://docs.backpack.exchange/#tag/Order/operation/cancel_open_orders (RestingLimitOrder or ConditionalOrder)
https://docs.backpack.exchange/#tag/Strategy
"""

from __future__ import annotations

from core.venues.plans.plan import Book, ByIds, Call, Holds, Listed, Plan

SYMBOL = {"symbol": "{market}"}

BACKPACK = Plan(
    name="Backpack",
    exchanges=frozenset({"backpack"}),
    books=(
        Book(
            name="regular",
            listed=Listed(Call("privateGetApiV1Orders")),
            # Whether both kinds are meant where none is named is not written down: each is named.
            empty_symbol=tuple(
                Call("privateDeleteApiV1Orders", SYMBOL | {"orderType": kind})
                for kind in ("RestingLimitOrder", "ConditionalOrder")
            ),
            cancel=ByIds(Call("privateDeleteApiV1Order", SYMBOL | {"orderId": "{id}"})),
        ),
        Book(
            name="strategies",
            holds=Holds(trigger=True),
            listed=Listed(
                Call("privateGetApiV1Strategies"),
                fields={"id": "id", "symbol": "symbol", "side": "side", "amount": "quantity"},
            ),
            empty_symbol=(Call("privateDeleteApiV1Strategies", SYMBOL),),
            cancel=ByIds(Call("privateDeleteApiV1Strategy", SYMBOL | {"strategyId": "{id}"})),
            confirmed=False,
        ),
    ),
    beside=("requests for quotes",),
)

PLANS = (BACKPACK,)

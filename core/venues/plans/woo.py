"""WOO X v3: orders and algo orders, each with a call that cancels all.

https://docs.woox.io/#cancel-all-pending-orders-v3, read as ccxt 4.5.90 has it (woo.py 1673 and 1846) and not confirmed.
"""

from __future__ import annotations

from core.venues.plans.deadman import Countdown, DeadMan, Told
from core.venues.plans.plan import Book, ByIds, Call, Holds, Listed, Pages, Plan

OPEN = {"status": "INCOMPLETE", "size": 500}
BY_NUMBER = Pages("page", first=1, size=500)

WOO = Plan(
    name="WOO X",
    exchanges=frozenset({"woo"}),
    books=(
        Book(
            name="regular",
            listed=Listed(Call("v3PrivateGetTradeOrders", OPEN), rows="data.rows", pages=BY_NUMBER),
            empty=(Call("v3PrivateDeleteTradeAllOrders"),),
            empty_symbol=(Call("v3PrivateDeleteTradeAllOrders", {"symbol": "{market}"}),),
            cancel=ByIds(Call("v3PrivateDeleteTradeOrder", {"orderId": "{id}", "symbol": "{market}"})),
            confirmed=False,
        ),
        Book(
            name="algo",
            holds=Holds(trigger=True),
            listed=Listed(Call("v3PrivateGetTradeAlgoOrders", OPEN), rows="data.rows", pages=BY_NUMBER),
            empty=(Call("v3PrivateDeleteTradeAlgoOrders"),),
            cancel=ByIds(Call("v3PrivateDeleteTradeAlgoOrder", {"algoOrderId": "{id}"})),
            confirmed=False,
        ),
    ),
    # https://docs.woox.io/#cancel-all-after (ordinary and algo orders; ccxt cuts it at 900 s, woo.py 1711)
    deadman=DeadMan(
        (
            Countdown(
                "account",
                arm=Call("cancel_all_orders_after"),
                disarm=Call("cancel_all_orders_after"),
                told=Told(end="data.expectedTriggerTime", now="timestamp"),
            ),
        ),
        most_s=900,
        triggers=True,
        traps=("the venue opens it for VIP users on request",),
    ),
)

PLANS = (WOO,)

"""MEXC: spot, and perpetuals with three further books: plan orders, take-profits and stop-losses, trailing orders.

https://mexcdevelop.github.io/apidocs/contract_v1_en/#cancel-all-trigger-orders (by symbol or all; 50 ids at a time)
https://www.mexc.com/api-docs/futures/account-and-trading-endpoints/query-trailing-orders
"""

from __future__ import annotations

from core.venues.plans.plan import Book, ByIds, Call, Holds, Listed, Pages, Plan

SWAP, WAITING = Holds(frozenset({"swap"})), Holds(frozenset({"swap"}), trigger=True)
SYMBOL = {"symbol": "{market}"}
BY_NUMBER = Pages("page_num", first=1, size=100)


def _empty(kind: str) -> tuple[tuple[Call, ...], tuple[Call, ...]]:
    name = f"contractPrivatePost{kind}CancelAll"
    return (Call(name),), (Call(name, SYMBOL),)


ORDERS, PLAN_ORDERS, STOPS = _empty("Order"), _empty("Planorder"), _empty("Stoporder")

MEXC = Plan(
    name="MEXC",
    exchanges=frozenset({"mexc"}),
    books=(
        Book(
            name="spot",
            holds=Holds(frozenset({"spot"})),
            # The documentation wants a symbol here, which ccxt leaves out (mexc.py 2992): not confirmed either way.
            listed=Listed(Call("spotPrivateGetOpenOrders")),
            empty=(Call("spotPrivateDeleteOrderAll"),),
            empty_symbol=(Call("spotPrivateDeleteOpenOrders", SYMBOL),),
            cancel=ByIds(Call("spotPrivateDeleteOrder", SYMBOL | {"orderId": "{id}"})),
            confirmed=False,
        ),
        Book(
            name="swap",
            holds=SWAP,
            listed=Listed(
                Call("contractPrivateGetOrderListOpenOrders", {"page_size": 100}), rows="data", pages=BY_NUMBER
            ),
            empty=ORDERS[0],
            empty_symbol=ORDERS[1],
            cancel=ByIds(Call("contractPrivatePostOrderCancel"), 50, "{id}"),
        ),
        Book(
            name="swap plan",
            holds=WAITING,
            # ccxt's cancel_all_orders ignores `trigger` (mexc.py 3285). Without a time the last seven days are listed,
            # which is as long as a plan order lives.
            listed=Listed(
                Call("contractPrivateGetPlanorderListOrders", {"states": 1, "page_size": 100}),
                rows="data",
                pages=BY_NUMBER,
            ),
            empty=PLAN_ORDERS[0],
            empty_symbol=PLAN_ORDERS[1],
            cancel=ByIds(Call("contractPrivatePostPlanorderCancel"), 50, SYMBOL | {"orderId": "{id}"}),
        ),
        Book(
            name="swap tpsl",
            holds=WAITING,
            # `list/orders` forgets after seven days, and these live as long as their position.
            listed=Listed(
                Call("contractPrivateGetStoporderOpenOrders"),
                rows="data",
                fields={
                    "id": "id", "symbol": "symbol", "side": "=sell", "amount": "vol", "triggerPrice": "stopLossPrice",
                    "reduceOnly": "=true",
                },
            ),
            empty=STOPS[0],
            empty_symbol=STOPS[1],
            cancel=ByIds(Call("contractPrivatePostStoporderCancel"), 50, {"stopPlanOrderId": "{id}"}),
        ),
        Book(
            name="swap trailing",
            holds=WAITING,
            listed=Listed(
                Call("contractPrivateGetTrackorderListOrders", {"states": "0,1", "pageSize": 100}),
                rows="data",
                fields={"id": "id", "symbol": "symbol", "side": "=sell", "amount": "vol", "reduceOnly": "reduceOnly"},
                pages=Pages("pageIndex", first=1, size=100),
            ),
            cancel=ByIds(Call("contractPrivatePostTrackorderCancel", SYMBOL | {"trackOrderId": "{id}"})),
        ),
    ),
)  # fmt: skip

PLANS = (MEXC,)

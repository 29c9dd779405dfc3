"""HTX: spot and its algo orders, linear contracts by v5, coin-margined swaps and futures with three books beside each.

https://huobiapi.github.io/docs/spot/v1/en/#get-all-open-orders
https://huobiapi.github.io/docs/coin_margined_swap/v1/en/#query-open-orders (a contract code is required)
Paths and parameters were compared with JKorf's HTX.Net; no account was at hand to see the pages and the errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.venues.plans.deadman import Countdown, DeadMan, Told
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Holds, Listed, Pages, Plan

SPOT = frozenset({"spot"})
CONTRACT = {"contract_code": "{market}"}
ALGO = {"trigger": "trigger", "tpsl": "tpsl", "trailing": "trailing_stop"}
KINDS_OF_INVERSE = {"": "", "trigger": "trigger_", "tpsl": "tpsl_", "trailing": "track_"}


def _algo(name: str, kind: str) -> Book:
    return Book(
        name=f"linear {name}",
        holds=Holds(CONTRACTS, linear=True, trigger=True),
        # ccxt says `type` (htx.py 4076) and other clients `algo_type`; the venue is told both ways.
        listed=Listed(
            Call("contractPrivateGetV5AlgoOrderOpens", {"type": kind, "algo_type": kind, "limit": 100}),
            rows="data",
            null_is_empty=True,
            pages=Pages("from", last="id"),
        ),
        # ccxt's cancel_all_orders ignores these flags and cancels the ordinary orders once more (htx.py 5814).
        cancel=ByIds(Call("contractPrivatePostV5AlgoCancelOrders"), 10, CONTRACT | {"algo_id": "{id}"}),
        confirmed=False,
    )


def _inverse(name: str, kind: str, *, swap: bool) -> Book:
    """Every listing wants to be told the contract: there are a few dozen of them."""
    api = "SwapApiV1Swap" if swap else "ApiV1Contract"
    which: Mapping[str, str] = CONTRACT if swap else {"symbol": "{settle}", **CONTRACT}
    stem = f"contractPrivatePost{api}{kind.strip('_').title()}"
    return Book(
        name=f"inverse {'swap' if swap else 'future'}{' ' if name else ''}{name}",
        holds=Holds(frozenset({"swap" if swap else "future"}), linear=False, trigger=bool(name)),
        listed=Listed(
            Call(f"{stem}Openorders", {**which, "page_size": 50}),
            rows="data.orders",
            pages=Pages("page_index", first=1, total="data.total_page"),
            each_symbol=True,
        ),
        empty_symbol=(Call(f"{stem}Cancelall", which),),
        cancel=ByIds(Call(f"{stem}Cancel", {**which, "order_id": "{id}"})),
        confirmed=False,
    )


HTX = Plan(
    name="HTX",
    exchanges=frozenset({"htx"}),
    # ccxt's listing of spot asks which account it is, every time on a fresh object (htx.py 4076).
    ready=("load_accounts",),
    books=(
        Book(
            name="spot",
            holds=Holds(SPOT),
            listed=Listed(
                Call("spotPrivateGetV1OrderOpenOrders", {"account-id": "{account}", "size": 500}),
                rows="data",
                pages=Pages("from", last="id"),
            ),
            empty=(Call("spotPrivatePostV1OrderOrdersBatchCancelOpenOrders"),),
            empty_symbol=(Call("spotPrivatePostV1OrderOrdersBatchCancelOpenOrders", {"symbol": "{market}"}),),
            cancel=ByIds(Call("spotPrivatePostV1OrderOrdersBatchcancel"), 50, "{id}", under="order-ids"),
            confirmed=False,
        ),
        Book(
            name="spot algo",
            holds=Holds(SPOT, trigger=True),
            # Its orders go by the client's own ids.
            listed=Listed(
                Call("spotPrivateGetV2AlgoOrdersOpening", {"limit": 500}),
                rows="data",
                pages=Pages("fromId", cursor="nextId"),
                fields={
                    "id": "clientOrderId", "symbol": "symbol", "side": "orderSide", "amount": "orderSize",
                    "clientOrderId": "clientOrderId", "triggerPrice": "stopPrice",
                },
            ),
            cancel=ByIds(Call("spotPrivatePostV2AlgoOrdersCancellation"), 50, "{id}", under="clientOrderIds"),
            confirmed=False,
        ),
        Book(
            name="linear",
            holds=Holds(CONTRACTS, linear=True),
            listed=Listed(
                Call("contractPrivateGetV5TradeOrderOpens", {"limit": 100}),
                rows="data",
                null_is_empty=True,
                pages=Pages("from", last="id"),
            ),
            empty_symbol=(Call("contractPrivatePostV5TradeCancelAllOrders", CONTRACT),),
            cancel=ByIds(Call("contractPrivatePostV5TradeCancelOrder", CONTRACT | {"order_id": "{id}"})),
            confirmed=False,
        ),
        *(_algo(name, kind) for name, kind in ALGO.items()),
        *(_inverse(name, kind, swap=swap) for swap in (True, False) for name, kind in KINDS_OF_INVERSE.items()),
    ),
    gaps=("orders of margin accounts",),
    # https://huobiapi.github.io/docs/spot/v1/en/#dead-man-s-switch (5 s or more; 500 orders of spot)
    deadman=DeadMan(
        (
            Countdown(
                "spot",
                arm=Call("cancel_all_orders_after"),
                disarm=Call("cancel_all_orders_after"),
                holds=Holds(SPOT),
                told=Told(end="data.triggerTime", now="data.currentTime"),
            ),
        ),
        traps=("it takes 500 orders of spot at most", "contracts have none that is known: their orders stay"),
    ),
)  # fmt: skip

PLANS = (HTX,)

"""BingX: spot, linear swaps, coin-margined swaps, and TWAP orders of linear swaps.

https://bingx-api.github.io/docs/#/en-us/spot/trade-api.html (cancel orders by symbol: all where it names none)
https://bingx-api.github.io/docs/#/en-us/swapV2/trade-api.html (TWAP: listed at once, cancelled by mainOrderId)
"""

from __future__ import annotations

from core.venues.plans.deadman import Countdown, DeadMan
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Holds, Listed, Plan

SYMBOL = {"symbol": "{market}"}
ONE = SYMBOL | {"orderId": "{id}"}

BINGX = Plan(
    name="BingX",
    exchanges=frozenset({"bingx"}),
    books=(
        Book(
            name="spot",
            holds=Holds(frozenset({"spot"})),
            listed=Listed(Call("spotV1PrivateGetTradeOpenOrders"), rows="data.orders"),
            empty=(Call("spotV1PrivatePostTradeCancelOpenOrders"),),
            empty_symbol=(Call("spotV1PrivatePostTradeCancelOpenOrders", SYMBOL),),
            cancel=ByIds(Call("spotV1PrivatePostTradeCancel", ONE)),
        ),
        Book(
            name="linear swap",
            holds=Holds(CONTRACTS, linear=True),
            # That conditional orders rest among these is remembered only.
            listed=Listed(Call("swapV2PrivateGetTradeOpenOrders"), rows="data.orders"),
            empty=(Call("swapV2PrivateDeleteTradeAllOpenOrders"),),
            empty_symbol=(Call("swapV2PrivateDeleteTradeAllOpenOrders", SYMBOL),),
            cancel=ByIds(Call("swapV2PrivateDeleteTradeOrder", ONE)),
            confirmed=False,
        ),
        Book(
            name="inverse swap",
            holds=Holds(CONTRACTS, linear=False),
            listed=Listed(Call("cswapV1PrivateGetTradeOpenOrders"), rows="data.orders"),
            empty_symbol=(Call("cswapV1PrivateDeleteTradeAllOpenOrders", SYMBOL),),
            cancel=ByIds(Call("cswapV1PrivateDeleteTradeCancelOrder", ONE)),
            confirmed=False,
        ),
        Book(
            name="linear swap twap",
            holds=Holds(frozenset({"swap"}), linear=True),
            listed=Listed(
                Call("swapV1PrivateGetTwapOpenOrders"),
                rows="data.list",
                fields={
                    "id": "mainOrderId", "symbol": "symbol", "side": "side", "amount": "totalAmount",
                    "triggerPrice": "triggerPrice",
                },
            ),
            cancel=ByIds(Call("swapV1PrivatePostTwapCancelOrder", {"mainOrderId": "{id}"})),
        ),
    ),
    # spot/v1/oco/openOrderList is in ccxt; what it answers is not documented where anybody here could read it.
    gaps=("OCO orders of spot",),
    # https://bingx-api.github.io/docs-v3/ (Cancel All After: 10 to 120 s, in spot and in linear swaps; ccxt's own
    # default is spot, bingx.py 4368)
    deadman=DeadMan(
        tuple(
            Countdown(
                name,
                arm=Call("cancel_all_orders_after", {"type": kind}),
                disarm=Call("cancel_all_orders_after", {"type": kind}),
                holds=holds,
            )
            for name, kind, holds in (
                ("spot", "spot", Holds(frozenset({"spot"}))),
                ("linear swap", "swap", Holds(CONTRACTS, linear=True)),
            )
        ),
        least_s=10,
        most_s=120,
        traps=("coin-margined contracts have none: their orders stay",),
    ),
)  # fmt: skip

PLANS = (BINGX,)

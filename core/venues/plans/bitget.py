"""Bitget: a classic account with books by product and by kind of plan, or a unified one with books by category.

https://www.bitget.com/api-doc/contract/trade/Cancel-All-Orders (by product type)
https://www.bitget.com/api-doc/contract/plan/Cancel-Plan-Order (a plan type; the symbol may be left out)
https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending (normal_plan, track_plan and profit_loss)
https://www.bitget.com/api-doc/spot/trade/Get-Unfilled-Orders (`tpslType`: ordinary orders unless told otherwise)
https://www.bitget.com/api-doc/uta/trade/Cancel-All-Order (a category; the symbol may be left out)
Paths and forms of replies were checked against the recorded ones of JKorf's Bitget.Net.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.venues.plans.deadman import Countdown, DeadMan
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Fact, Holds, Listed, Pages, Plan

SPOT = frozenset({"spot"})
# Per listing of plans, the plan types by which its orders are cancelled.
PLANS_OF = {
    "normal_plan": ("normal_plan",),
    "track_plan": ("track_plan", "moving_plan"),
    "profit_loss": ("profit_plan", "loss_plan", "pos_profit", "pos_loss", "moving_plan"),
}
NAMES_OF = {"normal_plan": "trigger", "track_plan": "trailing", "profit_loss": "tpsl"}
PRODUCTS = {
    "USDT": ("USDT-FUTURES", Holds(CONTRACTS, frozenset({"USDT"}), linear=True)),
    "USDC": ("USDC-FUTURES", Holds(CONTRACTS, frozenset({"USDC"}), linear=True)),
    "coin": ("COIN-FUTURES", Holds(CONTRACTS, linear=False)),
}
CLASSIC: Mapping[str, Any] = {"uta": False}
BY_ID = Pages("idLessThan", cursor="data.endId")


def _waiting(holds: Holds) -> Holds:
    return Holds(holds.types, holds.settle, holds.linear, trigger=True)


def _futures(coin: str) -> tuple[Book, ...]:
    product, holds = PRODUCTS[coin]
    whole = {"productType": product}
    one = whole | {"symbol": "{market}"}
    regular = Book(
        name=f"futures {coin}",
        holds=holds,
        listed=Listed(
            Call("privateMixGetV2MixOrderOrdersPending", whole | {"limit": 100}),
            rows="data.entrustedList",
            null_is_empty=True,
            pages=BY_ID,
        ),
        empty=(Call("privateMixPostV2MixOrderCancelAllOrders", whole),),
        empty_symbol=(Call("privateMixPostV2MixOrderBatchCancelOrders", one),),
        cancel=ByIds(
            Call("privateMixPostV2MixOrderBatchCancelOrders", one), 50, {"orderId": "{id}"}, "orderIdList",
            one_symbol=True,
        ),
        when=CLASSIC,
    )  # fmt: skip
    plans = tuple(
        Book(
            name=f"futures {coin} {NAMES_OF[listing]}",
            holds=_waiting(holds),
            listed=Listed(
                Call("privateMixGetV2MixOrderOrdersPlanPending", whole | {"planType": listing, "limit": 100}),
                rows="data.entrustedList",
                null_is_empty=True,
                pages=BY_ID,
            ),
            # ccxt names no plan type, which cancels normal_plan alone (bitget.py 6552).
            empty=tuple(Call("privateMixPostV2MixOrderCancelPlanOrder", whole | {"planType": kind}) for kind in kinds),
            empty_symbol=tuple(
                Call("privateMixPostV2MixOrderCancelPlanOrder", one | {"planType": kind}) for kind in kinds
            ),
            cancel=ByIds(
                Call("privateMixPostV2MixOrderCancelPlanOrder", one), 50, {"orderId": "{id}"}, "orderIdList",
                one_symbol=True,
            ),
            when=CLASSIC,
        )
        for listing, kinds in PLANS_OF.items()
    )  # fmt: skip
    return (regular, *plans)


SPOT_BOOKS = (
    Book(
        name="spot",
        holds=Holds(SPOT),
        listed=Listed(
            Call("privateSpotGetV2SpotTradeUnfilledOrders", {"limit": 100}),
            rows="data",
            pages=Pages("idLessThan", last="orderId"),
        ),
        empty_symbol=(Call("privateSpotPostV2SpotTradeCancelSymbolOrder", {"symbol": "{market}"}),),
        cancel=ByIds(
            Call("privateSpotPostV2SpotTradeBatchCancelOrder", {"symbol": "{market}"}), 50, {"orderId": "{id}"},
            "orderList", one_symbol=True,
        ),
        when=CLASSIC,
    ),
    Book(
        name="spot tpsl",
        holds=Holds(SPOT, trigger=True),
        listed=Listed(
            Call("privateSpotGetV2SpotTradeUnfilledOrders", {"limit": 100, "tpslType": "tpsl"}),
            rows="data",
            pages=Pages("idLessThan", last="orderId"),
        ),
        cancel=ByIds(
            Call(
                "privateSpotPostV2SpotTradeCancelOrder",
                {"symbol": "{market}", "orderId": "{id}", "tpslType": "tpsl"},
            )
        ),
        when=CLASSIC,
    ),
    Book(
        name="spot trigger",
        holds=Holds(SPOT, trigger=True),
        listed=Listed(
            Call("privateSpotGetV2SpotTradeCurrentPlanOrder", {"limit": 100}),
            rows="data.orderList",
            null_is_empty=True,
            pages=Pages("idLessThan", last="orderId"),
        ),
        empty_symbol=(Call("privateSpotPostV2SpotTradeBatchCancelPlanOrder", {"symbolList": ["{market}"]}),),
        cancel=ByIds(Call("privateSpotPostV2SpotTradeCancelPlanOrder", {"orderId": "{id}"})),
        when=CLASSIC,
    ),
)  # fmt: skip


def _unified(name: str, category: str, holds: Holds) -> tuple[Book, Book]:
    which = {"category": category}
    return (
        Book(
            name=f"unified {name}",
            holds=holds,
            listed=Listed(
                Call("privateUtaGetV3TradeUnfilledOrders", which | {"limit": 100}),
                rows="data.list",
                null_is_empty=True,
                pages=Pages("cursor", cursor="data.cursor"),
            ),
            empty=(Call("privateUtaPostV3TradeCancelSymbolOrder", which),),
            empty_symbol=(Call("privateUtaPostV3TradeCancelSymbolOrder", which | {"symbol": "{market}"}),),
            cancel=ByIds(Call("privateUtaPostV3TradeCancelOrder", {"orderId": "{id}"})),
            when={"uta": True},
        ),
        Book(
            name=f"unified {name} strategy",
            holds=_waiting(holds),
            # ccxt's cancel_all_orders takes `trigger` and ignores it here (bitget.py 6552): one by one. The listing
            # names no way to a second page, so a full one is no listing.
            listed=Listed(
                Call("privateUtaGetV3TradeUnfilledStrategyOrders", which | {"limit": 100}), rows="data", most=100,
                null_is_empty=True,
            ),
            cancel=ByIds(Call("privateUtaPostV3TradeCancelStrategyOrder", {"orderId": "{id}"})),
            confirmed=False,
            when={"uta": True},
        ),
    )  # fmt: skip


BITGET = Plan(
    name="Bitget",
    exchanges=frozenset({"bitget"}),
    facts=(
        # ccxt takes any failure of this question for "classic" and then speaks the wrong interface (bitget.py 2097).
        # The venue says it of itself: 40084 "You are in Classic Account mode, and the Unified Account API is not
        # supported" (and 40085 the other way round, https://github.com/ccxt/ccxt/issues/26838).
        Fact(
            "uta",
            Call("privateUtaGetV3AccountSettings"),
            path="code",
            values={"00000": True},
            refusals={"40084": False},
            options={"uta": None},
            given="uta",
        ),
    ),
    books=(
        *SPOT_BOOKS,
        *(book for coin in PRODUCTS for book in _futures(coin)),
        *_unified("spot", "SPOT", Holds(SPOT)),
        *_unified("margin", "MARGIN", Holds(SPOT)),
        *(book for coin, (product, holds) in PRODUCTS.items() for book in _unified(coin, product, holds)),
    ),
    # Both are listed pair by pair only, and no call tells in which pairs orders rest.
    gaps=("cross and isolated margin orders of classic accounts",),
    beside=("orders of copy trading and of trading bots",),
    # https://www.bitget.com/api-doc/uta/trade/CountDown-Cancel-All (5 to 60 s, 0 takes it back; unified accounts)
    deadman=DeadMan(
        (
            Countdown(
                "account",
                arm=Call("privateUtaPostV3TradeCountdownCancelAll", {"countdown": "{s_text}"}),
                disarm=Call("privateUtaPostV3TradeCountdownCancelAll", {"countdown": "0"}),
                when={"uta": True},
                weight=20.0,
            ),
        ),
        most_s=60,
        traps=(
            "Bitget has to open it for the account on request",
            "a classic account has none that is known",
        ),
    ),
)

PLANS = (BITGET,)

"""Binance. Futures keep conditional orders in a book of their own since December 2025, and TWAP and VP in another.

https://developers.binance.com/docs/derivatives/change-log
https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api/Cancel-All-Open-Orders
https://developers.binance.com/docs/algo/future-algo/Query-Current-Algo-Open-Orders (no cancel but by id)
https://developers.binance.com/docs/algo/spot-algo/Cancel-Algo-Order
https://developers.binance.com/docs/margin_trading/trade/Query-Margin-Account-Open-Order
"""

from __future__ import annotations

from typing import Any

from core.venues.plans.deadman import Countdown, DeadMan, Told
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Fact, Found, Holds, Listed, Plan

SYMBOL = {"symbol": "{market}"}
ONE = {"symbol": "{market}", "orderId": "{id}"}
TWAP_ROWS = {
    "id": "algoId", "symbol": "symbol", "side": "side", "amount": "totalQty", "clientOrderId": "clientAlgoId",
}  # fmt: skip
LINEAR, INVERSE = Holds(CONTRACTS, linear=True), Holds(CONTRACTS, linear=False)


def _futures(prefix: str, api: str, holds: Holds, when: dict[str, Any]) -> tuple[Book, Book]:
    waiting = Holds(holds.types, linear=holds.linear, trigger=True)
    return (
        Book(
            name=f"{prefix}regular",
            holds=holds,
            listed=Listed(Call(f"{api}PrivateGetOpenOrders")),
            empty_symbol=(Call(f"{api}PrivateDeleteAllOpenOrders", SYMBOL),),
            # Ten at a time. ccxt (binance.py 8521) names the list `orderidlist`; the documentation `orderIdList`.
            cancel=ByIds(
                Call(f"{api}PrivateDeleteBatchOrders", SYMBOL),
                10,
                "{id}",
                under="orderIdList",
                join="[{}]",
                one_symbol=True,
            ),
            when=when,
            weight=40.0,
        ),
        Book(
            name=f"{prefix}trigger",
            holds=waiting,
            listed=Listed(Call(f"{api}PrivateGetOpenAlgoOrders")),
            empty_symbol=(Call(f"{api}PrivateDeleteAlgoOpenOrders", SYMBOL),),
            cancel=ByIds(Call(f"{api}PrivateDeleteAlgoOrder", {"algoId": "{id}"})),
            when=when,
            weight=40.0,
        ),
    )


def _portfolio_futures(prefix: str, side: str, holds: Holds, when: dict[str, Any]) -> tuple[Book, Book]:
    """The same books of a portfolio margin account: https://developers.binance.com/docs/derivatives/portfolio-margin

    ccxt 4.5.90 binance.py 7772 and 8329: only the conditional orders in USD-M have moved to the algo book there.
    """
    moved = side == "Um"
    listing = "papiGetUmAlgoOpenAlgoOrders" if moved else "papiGetCmConditionalOpenOrders"
    emptying = "papiDeleteUmAlgoAllOpenOrders" if moved else "papiDeleteCmConditionalAllOpenOrders"
    one = (
        Call("papiDeleteUmAlgoOrder", {"algoId": "{id}"})
        if moved
        else Call("papiDeleteCmConditionalOrder", {"symbol": "{market}", "strategyId": "{id}"})
    )
    return (
        Book(
            name=f"{prefix}regular",
            holds=holds,
            listed=Listed(Call(f"papiGet{side}OpenOrders")),
            empty_symbol=(Call(f"papiDelete{side}AllOpenOrders", SYMBOL),),
            cancel=ByIds(Call(f"papiDelete{side}Order", ONE)),
            when=when,
            weight=40.0,
        ),
        Book(
            name=f"{prefix}trigger",
            holds=Holds(holds.types, linear=holds.linear, trigger=True),
            listed=Listed(Call(listing)),
            empty_symbol=(Call(emptying, SYMBOL),),
            cancel=ByIds(one),
            when=when,
            weight=40.0,
        ),
    )


def _twap(name: str, where: str, holds: Holds, when: dict[str, Any]) -> Book:
    return Book(
        name=name,
        holds=holds,
        listed=Listed(Call(f"sapiGetAlgo{where}OpenOrders"), rows="orders", fields=TWAP_ROWS),
        cancel=ByIds(Call(f"sapiDeleteAlgo{where}Order", {"algoId": "{id}"})),
        when=when,
    )


def _right(name: str, key: str) -> Fact:
    """What the key may touch; a book that it may not touch cannot be listed with it, and nothing was placed by it."""
    return Fact(
        name, Call("sapiGetAccountApiRestrictions"), path=key, values={"true": True, "false": False},
        given=f"stop_{name}",
    )  # fmt: skip


# Neither test networks nor servers that stand in for Binance have its wallet side (sapi).
ALGO = Fact("algo", given="stop_algo")
PORTFOLIO = Fact("portfolio", given="portfolioMargin", default=False)
CLASSIC, UNIFIED = {"portfolio": False}, {"portfolio": True}
RFQ = "convert and RFQ orders"


def _countdown(name: str, api: str, holds: Holds, when: dict[str, Any]) -> Countdown:
    call = f"{api}PrivatePostCountdownCancelAll"
    return Countdown(
        name=name,
        arm=Call(call, SYMBOL | {"countdownTime": "{ms}"}),
        disarm=Call(call, SYMBOL | {"countdownTime": 0}),
        each_symbol=True,
        holds=holds,
        when=when,
        told=Told(left_ms="countdownTime"),
        weight=10.0,
    )


def _deadman(*countdowns: Countdown) -> DeadMan:
    """https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api/Auto-Cancel-All-Open-Orders

    All open orders of one symbol; looked at every 10 ms. No call of it is known for portfolio margin, nor for spot.
    """
    return DeadMan(
        countdowns,
        late_s=0.01,
        traps=(
            "every symbol has its own and each renewal costs weight 10: 50 symbols at 120 s take 750 of 2,400 a minute",
            "an instrument is guarded from the moment that an order in it is seen, and not before",
        ),
    )


BINANCE_USD_M = Plan(
    name="Binance USD-M futures",
    exchanges=frozenset({"binanceusdm"}),
    facts=(ALGO, PORTFOLIO),
    books=(
        *_futures("", "fapi", LINEAR, CLASSIC),
        *_portfolio_futures("", "Um", LINEAR, UNIFIED),
        _twap("twap", "Futures", LINEAR, {"algo": True}),
    ),
    beside=(RFQ,),
    deadman=_deadman(_countdown("futures", "fapi", LINEAR, CLASSIC)),
)

BINANCE_COIN_M = Plan(
    name="Binance COIN-M futures",
    exchanges=frozenset({"binancecoinm"}),
    facts=(PORTFOLIO,),
    books=(*_futures("", "dapi", INVERSE, CLASSIC), *_portfolio_futures("", "Cm", INVERSE, UNIFIED)),
    deadman=_deadman(_countdown("futures", "dapi", INVERSE, CLASSIC)),
)

SPOT, MARGIN = Holds(frozenset({"spot"})), {"margin": True}

BINANCE = Plan(
    name="Binance",
    exchanges=frozenset({"binance"}),
    facts=(
        ALGO,
        PORTFOLIO,
        _right("margin", "enableMargin"),
        _right("futures", "enableFutures"),
        _right("options", "enableVanillaOptions"),
    ),
    books=(
        Book(
            name="spot",
            holds=SPOT,
            # Stop, OCO and OTO orders are in it, and are cancelled with it.
            listed=Listed(Call("privateGetOpenOrders")),
            empty_symbol=(Call("privateDeleteOpenOrders", SYMBOL),),
            cancel=ByIds(Call("privateDeleteOrder", ONE)),
            weight=80.0,
        ),
        _twap("spot twap", "Spot", SPOT, {"algo": True}),
        Book(
            name="cross margin",
            holds=SPOT,
            listed=Listed(Call("sapiGetMarginOpenOrders")),
            empty_symbol=(Call("sapiDeleteMarginOpenOrders", SYMBOL),),
            cancel=ByIds(Call("sapiDeleteMarginOrder", ONE)),
            when=MARGIN | CLASSIC,
            weight=10.0,
        ),
        Book(
            name="isolated margin",
            holds=SPOT,
            # It is listed pair by pair, and the account says which pairs it has.
            listed=Listed(
                Call("sapiGetMarginOpenOrders", SYMBOL | {"isIsolated": "TRUE"}),
                found=Found(Call("sapiGetMarginIsolatedAccount"), rows="assets", key="symbol"),
            ),
            empty_symbol=(Call("sapiDeleteMarginOpenOrders", SYMBOL | {"isIsolated": "TRUE"}),),
            cancel=ByIds(Call("sapiDeleteMarginOrder", ONE | {"isIsolated": "TRUE"})),
            when=MARGIN | CLASSIC,
            weight=10.0,
        ),
        Book(
            name="portfolio margin",
            holds=SPOT,
            listed=Listed(Call("papiGetMarginOpenOrders")),
            empty_symbol=(Call("papiDeleteMarginAllOpenOrders", SYMBOL),),
            cancel=ByIds(Call("papiDeleteMarginOrder", ONE)),
            when=UNIFIED,
            weight=5.0,
        ),
        *_futures("linear ", "fapi", LINEAR, {"futures": True} | CLASSIC),
        *_futures("inverse ", "dapi", INVERSE, {"futures": True} | CLASSIC),
        *_portfolio_futures("linear ", "Um", LINEAR, UNIFIED),
        *_portfolio_futures("inverse ", "Cm", INVERSE, UNIFIED),
        _twap("futures twap", "Futures", LINEAR, {"algo": True, "futures": True}),
        Book(
            name="options",
            holds=Holds(frozenset({"option"})),
            listed=Listed(Call("eapiPrivateGetOpenOrders")),
            empty_symbol=(Call("eapiPrivateDeleteAllOpenOrders", SYMBOL),),
            cancel=ByIds(Call("eapiPrivateDeleteOrder", ONE)),
            when={"options": True},
            weight=40.0,
        ),
    ),
    beside=(RFQ, "orders in tokenised shares"),
    deadman=_deadman(
        _countdown("linear futures", "fapi", LINEAR, {"futures": True} | CLASSIC),
        _countdown("inverse futures", "dapi", INVERSE, {"futures": True} | CLASSIC),
    ),
)

PLANS = (BINANCE_USD_M, BINANCE_COIN_M, BINANCE)

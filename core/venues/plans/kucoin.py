"""KuCoin: a spot book by the age of the account, stops and OCO beside it, margin, futures; or one unified account.

https://www.kucoin.com/docs-new/rest/spot-trading/orders/cancel-all-orders
https://www.kucoin.com/docs-new/rest/spot-trading/orders/batch-cancel-stop-order
https://www.kucoin.com/docs-new/rest/futures-trading/orders/cancel-all-stop-orders
Paths and forms of replies were checked against the recorded ones of JKorf's Kucoin.Net.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.venues.plans.deadman import Countdown, DeadMan, Told
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Fact, Found, Holds, Listed, Pages, Plan

SPOT, FUTURES = Holds(frozenset({"spot"})), Holds(CONTRACTS)
SYMBOL = {"symbol": "{market}"}
BY_PAGES = Pages("currentPage", first=1, total="data.totalPage")
CLASSIC: dict[str, Any] = {"uta": False}


def _paged(call: str, params: Mapping[str, Any], size: int) -> Listed:
    return Listed(Call(call, {**params, "pageSize": size}), rows="data.items", pages=BY_PAGES)


def _margin(name: str, kind: str) -> Book:
    """Its trigger orders are cancelled by another call, which is confirmed for none of the kinds."""
    return Book(
        name=name,
        holds=SPOT,
        listed=Listed(
            Call("privateGetHfMarginOrdersActive", SYMBOL | {"tradeType": kind}),
            rows="data",
            null_is_empty=True,
            found=Found(Call("privateGetHfMarginOrderActiveSymbols", {"tradeType": kind}), rows="data.symbols"),
        ),
        empty_symbol=(Call("privateDeleteHfMarginOrders", SYMBOL | {"tradeType": kind}),),
        cancel=ByIds(Call("privateDeleteHfMarginOrdersOrderId", SYMBOL | {"orderId": "{id}"})),
        when=CLASSIC,
    )


SPOT_BOOKS = (
    Book(
        # The endpoint decides which book is emptied, and ccxt's default is the old one (kucoin.py 2215): a stop that
        # empties the wrong book. `hf` is therefore learned here, and ccxt is told.
        name="spot",
        holds=SPOT,
        listed=Listed(
            Call("privateGetHfOrdersActive", SYMBOL),
            rows="data",
            null_is_empty=True,
            found=Found(Call("privateGetHfOrdersActiveSymbols"), rows="data.symbols"),
        ),
        empty=(Call("privateDeleteHfOrdersCancelAll"),),
        empty_symbol=(Call("privateDeleteHfOrders", SYMBOL),),
        cancel=ByIds(Call("privateDeleteHfOrdersOrderId", SYMBOL | {"orderId": "{id}"})),
        when=CLASSIC | {"hf": True},
    ),
    Book(
        name="spot",
        holds=SPOT,
        listed=_paged("privateGetOrders", {"status": "active", "tradeType": "TRADE"}, 500),
        empty=(Call("privateDeleteOrders", {"tradeType": "TRADE"}),),
        empty_symbol=(Call("privateDeleteOrders", SYMBOL | {"tradeType": "TRADE"}),),
        cancel=ByIds(Call("privateDeleteOrdersOrderId", {"orderId": "{id}"})),
        when=CLASSIC | {"hf": False},
    ),
    Book(
        name="spot stop",
        holds=Holds(frozenset({"spot"}), trigger=True),
        listed=_paged("privateGetStopOrder", {}, 500),
        empty=(Call("privateDeleteStopOrderCancel"),),
        empty_symbol=(Call("privateDeleteStopOrderCancel", SYMBOL),),
        cancel=ByIds(Call("privateDeleteStopOrderOrderId", {"orderId": "{id}"})),
        when=CLASSIC,
    ),
    Book(
        name="spot oco",
        holds=Holds(frozenset({"spot"}), trigger=True),
        listed=Listed(
            Call("privateGetOcoOrders", {"pageSize": 500}),
            rows="data.items",
            pages=BY_PAGES,
            # The listing says neither side nor size of a pair of orders; it takes a call each to know.
            fields={"id": "orderId", "symbol": "symbol", "side": "=sell", "clientOrderId": "clientOid"},
        ),
        empty=(Call("privateDeleteOcoOrders"),),
        empty_symbol=(Call("privateDeleteOcoOrders", SYMBOL),),
        cancel=ByIds(Call("privateDeleteOcoOrderOrderId", {"orderId": "{id}"})),
        when=CLASSIC,
    ),
    _margin("cross margin", "MARGIN_TRADE"),
    _margin("isolated margin", "MARGIN_ISOLATED_TRADE"),
)
FUTURES_BOOKS = (
    Book(
        name="futures",
        holds=FUTURES,
        listed=_paged("futuresPrivateGetOrders", {"status": "active"}, 1000),
        empty=(Call("futuresPrivateDeleteOrders"),),
        empty_symbol=(Call("futuresPrivateDeleteOrders", SYMBOL),),
        cancel=ByIds(Call("futuresPrivateDeleteOrdersOrderId", {"orderId": "{id}"})),
        when=CLASSIC,
    ),
    Book(
        name="futures stop",
        holds=Holds(CONTRACTS, trigger=True),
        listed=_paged("futuresPrivateGetStopOrders", {}, 1000),
        empty=(Call("futuresPrivateDeleteStopOrders"),),
        empty_symbol=(Call("futuresPrivateDeleteStopOrders", SYMBOL),),
        cancel=ByIds(Call("futuresPrivateDeleteOrdersOrderId", {"orderId": "{id}"})),
        when=CLASSIC,
    ),
)


def _unified(name: str, kind: str, holds: Holds, *, advanced: bool) -> Book:
    """Filter and pages as JKorf's Kucoin.Net sends them; that spot is listed without a symbol is not confirmed.

    ccxt refuses to do so (kucoin.py 5435), and has no call for margin orders of a unified account without one.
    """
    which = {"accountMode": "unified", "tradeType": kind}
    filtered = {"orderFilter": "ADVANCED" if advanced else "NORMAL"}
    return Book(
        name=name,
        holds=Holds(holds.types, trigger=advanced),
        listed=Listed(
            Call("utaPrivateGetAccountModeOrderOpenList", which | filtered | {"pageSize": 100}),
            rows="data.items",
            pages=Pages("pageNumber", first=1, total="data.totalPage"),
        ),
        empty_symbol=(Call("utaPrivatePostAccountModeOrderCancelAll", which | filtered | SYMBOL),),
        cancel=ByIds(Call("utaPrivatePostAccountModeOrderCancel", which | SYMBOL | {"orderId": "{id}"})),
        confirmed=False,
        when={"uta": True},
    )


UNIFIED_FUTURES = (
    _unified("unified futures", "FUTURES", FUTURES, advanced=False),
    _unified("unified futures advanced", "FUTURES", FUTURES, advanced=True),
)
UNIFIED_SPOT = (
    _unified("unified spot", "SPOT", SPOT, advanced=False),
    _unified("unified spot advanced", "SPOT", SPOT, advanced=True),
)
UTA = Fact(
    "uta",
    # ccxt asks this before every first call (kucoin.py 11023): at 60 weights it holds a cancel up for half a second.
    Call("utaPrivateGetAccountMode"),
    path="data.selfAccountMode",
    values={"UNIFIED": True, "CLASSIC": False},
    options={"uta": None},
    given="uta",
)
HF = Fact(
    "hf",
    Call("privateGetHfAccountsOpened"),
    path="data",
    values={"true": True, "false": False},
    options={"hf": None},
    given="hf",
)


def _countdown(name: str, call: str, more: Mapping[str, Any], holds: Holds, when: Mapping[str, Any]) -> Countdown:
    return Countdown(
        name,
        arm=Call(call, {**more, "timeout": "{s}"}),
        disarm=Call(call, {**more, "timeout": -1}),
        holds=holds,
        when=when,
        told=Told(end="data.triggerTime", now="data.currentTime"),
    )


def _deadman(*countdowns: Countdown) -> DeadMan:
    """https://www.kucoin.com/docs-new/rest/spot-trading/orders/set-dcp and .../rest/ua/set-dcp-classic

    5 to 86,400 s, -1 takes it back, up to 10 s late; without symbols all of them. The call for futures replaced one of
    their own in 2026, and is for classic accounts alone.
    """
    return DeadMan(
        countdowns,
        late_s=10.0,
        traps=("a unified account has none that is known",),
    )


SPOT_SWITCH = _countdown("spot", "privatePostHfOrdersDeadCancelAll", {}, SPOT, CLASSIC | {"hf": True})
FUTURES_SWITCH = _countdown("futures", "utaPrivatePostDcpSet", {"tradeType": "FUTURES"}, FUTURES, CLASSIC)

KUCOIN = Plan(
    name="KuCoin",
    exchanges=frozenset({"kucoin"}),
    facts=(UTA, HF),
    books=(*SPOT_BOOKS, *FUTURES_BOOKS, *UNIFIED_SPOT, *UNIFIED_FUTURES),
    # ccxt 4.5.90 kucoin.py 5008 has hf/margin/stop-order and hf/margin/oco-order; no documentation of them was found.
    gaps=("margin stop orders", "margin OCO orders"),
    beside=("orders of trading bots",),
    deadman=_deadman(SPOT_SWITCH, FUTURES_SWITCH),
)
KUCOIN_FUTURES = Plan(
    name="KuCoin futures",
    exchanges=frozenset({"kucoinfutures"}),
    facts=(UTA,),
    books=(*FUTURES_BOOKS, *UNIFIED_FUTURES),
    beside=("orders of trading bots",),
    deadman=_deadman(FUTURES_SWITCH),
)

PLANS = (KUCOIN, KUCOIN_FUTURES)

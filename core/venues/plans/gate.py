"""Gate v4: spot, perpetuals by settle coin, dated futures, options, and a book of price-triggered orders beside most.

https://www.gate.com/docs/developers/apiv4/en/#cancel-all-open-orders-in-specified-currency-pair (without an account
every kind of spot and margin account)
https://www.gate.com/docs/developers/apiv4/en/#list-all-open-orders (pages of pairs, a total with each)
Paths and forms of replies were checked against the recorded ones of JKorf's GateIo.Net.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.venues.plans.deadman import Countdown, DeadMan
from core.venues.plans.plan import Book, ByIds, Call, Form, Held, Holds, Listed, Pages, Plan

SPOT = frozenset({"spot"})
OPEN = {"status": "open", "limit": 100}
BY_OFFSET = Pages("offset", offset=True, size=100)


def _contracts(name: str, kind: str, api: str, settle: str) -> tuple[Book, Book]:
    coin = {"settle": settle}
    one_contract = coin | {"contract": "{market}"}
    holds = Holds(frozenset({kind}), frozenset({settle.upper()}))
    orders, waiting = f"private{api}", f"private{api}"
    return (
        Book(
            name=name,
            holds=holds,
            listed=Listed(Call(f"{orders}GetSettleOrders", coin | OPEN), pages=BY_OFFSET),
            # Whether it may be asked without a contract is told differently by ccxt and by other clients: it is not.
            empty_symbol=(Call(f"{orders}DeleteSettleOrders", one_contract),),
            cancel=ByIds(Call(f"{orders}DeleteSettleOrdersOrderId", coin | {"order_id": "{id}"})),
        ),
        Book(
            name=f"{name} trigger",
            holds=Holds(holds.types, holds.settle, trigger=True),
            listed=Listed(Call(f"{waiting}GetSettlePriceOrders", coin | OPEN), pages=BY_OFFSET),
            empty_symbol=(Call(f"{waiting}DeleteSettlePriceOrders", one_contract),),
            cancel=ByIds(Call(f"{waiting}DeleteSettlePriceOrdersOrderId", coin | {"order_id": "{id}"})),
        ),
    )


def _countdown(name: str, call: str, holds: Holds, **more: str) -> Countdown:
    return Countdown(
        name, arm=Call(call, {**more, "timeout": "{s}"}), disarm=Call(call, {**more, "timeout": 0}), holds=holds
    )  # fmt: skip


DEADMAN = DeadMan(
    # https://www.gate.com/docs/developers/apiv4/en/#countdown-cancel-orders (at least 5 s; 0 takes it back; without a
    # pair or contract all of them). There is none for dated futures (ccxt 4.5.90, delivery).
    (
        _countdown("spot", "privateSpotPostCountdownCancelAll", Holds(SPOT)),
        *(
            _countdown(
                f"swap {coin.upper()}", "privateFuturesPostSettleCountdownCancelAll",
                Holds(frozenset({"swap"}), frozenset({coin.upper()})), settle=coin,
            )
            for coin in ("usdt", "btc")
        ),
        _countdown("option", "privateOptionsPostCountdownCancelAll", Holds(frozenset({"option"}))),
    ),
    traps=("dated futures have none: their orders stay",),
)  # fmt: skip

SPOT_ITEM: Mapping[str, str] = {"currency_pair": "{market}", "id": "{id}"}

GATE = Plan(
    name="Gate",
    exchanges=frozenset({"gate"}),
    books=(
        Book(
            name="spot",
            holds=Holds(SPOT),
            # ccxt names an account in both (gate.py 1955), and so lists and cancels one kind of it only.
            listed=Listed(
                Call("privateSpotGetOpenOrders", {"limit": 100}),
                form=Form.GROUPED,
                pages=Pages("page", first=1, size=1),
            ),
            empty=(Call("privateSpotDeleteOrders"),),
            empty_symbol=(Call("privateSpotDeleteOrders", {"currency_pair": "{market}"}),),
            cancel=ByIds(Call("privateSpotPostCancelBatchOrders"), 20, SPOT_ITEM),
        ),
        Book(
            name="spot trigger",
            holds=Holds(SPOT, trigger=True),
            listed=Listed(Call("privateSpotGetPriceOrders", OPEN), pages=BY_OFFSET),
            empty=(Call("privateSpotDeletePriceOrders"),),
            empty_symbol=(Call("privateSpotDeletePriceOrders", {"market": "{market}"}),),
            cancel=ByIds(Call("privateSpotDeletePriceOrdersOrderId", {"order_id": "{id}"})),
        ),
        *_contracts("swap USDT", "swap", "Futures", "usdt"),
        *_contracts("swap BTC", "swap", "Futures", "btc"),
        *_contracts("future USDT", "future", "Delivery", "usdt"),
        Book(
            name="option",
            holds=Holds(frozenset({"option"})),
            listed=Listed(Call("privateOptionsGetOrders", OPEN), pages=BY_OFFSET),
            empty=(Call("privateOptionsDeleteOrders"),),
            empty_symbol=(Call("privateOptionsDeleteOrders", {"contract": "{market}"}),),
            cancel=ByIds(Call("privateOptionsDeleteOrdersOrderId", {"order_id": "{id}"})),
        ),
    ),
    # ccxt asks for perpetuals in USDT where it is not told otherwise (gate.py 6158).
    held=(
        Held({"type": "swap", "settle": "usdt"}),
        Held({"type": "swap", "settle": "btc"}),
        Held({"type": "future", "settle": "usdt"}),
        Held({"type": "option"}),
    ),
    # ccxt 4.5.90 has futures/{settle}/autoorder/v1/trail and /chase; no documentation of their replies was found.
    gaps=("trailing orders of perpetuals", "chase orders of perpetuals"),
    beside=("orders of trading bots",),
    deadman=DEADMAN,
    # "USER_NOT_FOUND" (ccxt gate.py 1202): a wallet that nobody ever moved a coin into.
    absent=frozenset({"AccountNotEnabled"}),
)

PLANS = (GATE,)

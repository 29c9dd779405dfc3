"""Bybit v5: one category at a time, and in linear one settle coin at a time.

https://bybit-exchange.github.io/docs/v5/order/cancel-all (symbol, baseCoin or settleCoin is required for linear and
inverse; spot and option take none; spot cancels ordinary orders only unless `orderFilter` says otherwise; futures stop
at 500 orders, so that the next round takes the rest)
https://bybit-exchange.github.io/docs/v5/order/open-order (limit 50; every kind of order without `orderFilter`)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.venues.plans.deadman import Countdown, DeadMan, Stream
from core.venues.plans.plan import CONTRACTS, Book, ByIds, Call, Fact, Held, Holds, Listed, Pages, Plan

KINDS_OF_SPOT = ("StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")
CANCEL = "privatePostV5OrderCancel"
CANCEL_ALL = CANCEL + "All"
PAGES = {"paginate": True}
ONE = {"symbol": "{market}", "orderId": "{id}"}


def _book(name: str, category: str, holds: Holds, narrowed: Mapping[str, str], *, unified: bool) -> Book:
    whole = {"category": category, **narrowed}
    filters: tuple[Mapping[str, Any], ...] = ({},)
    if category == "spot":
        # ccxt's cancel_all_orders sends none of these, and leaves every stop of spot behind (bybit.py 4911).
        filters += tuple({"orderFilter": kind} for kind in KINDS_OF_SPOT)
    can_be_emptied = category != "inverse"  # which wants a coin, and each coin is a call: by symbol is as good
    return Book(
        name=name,
        holds=holds,
        listed=Listed(
            Call("privateGetV5OrderRealtime", whole | {"limit": 50}),
            rows="result.list",
            pages=Pages("cursor", cursor="result.nextPageCursor"),
        ),
        empty=tuple(Call(CANCEL_ALL, whole | dict(kind)) for kind in filters) if can_be_emptied else (),
        empty_symbol=tuple(
            Call(CANCEL_ALL, {"category": category, "symbol": "{market}", **kind}) for kind in filters
        ),
        cancel=_by_ids(category, batches=unified and can_be_emptied),
        when={"unified": unified},
    )  # fmt: skip


def _by_ids(category: str, *, batches: bool) -> ByIds:
    """Batches are for unified accounts, and for spot, linear and options of them."""
    # Of spot an id alone names an ordinary order and no other: one that waits is found under its own filter, which a
    # batch does not take (https://bybit-exchange.github.io/docs/v5/order/cancel-order, .../batch-cancel).
    kinds = KINDS_OF_SPOT if category == "spot" else ()
    single = {"category": category, **ONE}
    also = tuple(ByIds(Call(CANCEL, {**single, "orderFilter": kind}), waiting=True) for kind in kinds)
    if batches:
        return ByIds(Call(CANCEL + "Batch", {"category": category}), 10, ONE, under="request", also=also)
    return ByIds(Call(CANCEL, single), also=also)


def _books(*, unified: bool) -> tuple[Book, ...]:
    linear = tuple(
        _book(
            f"linear {coin}", "linear", Holds(CONTRACTS, frozenset({coin}), linear=True), {"settleCoin": coin},
            unified=unified,
        )
        for coin in ("USDT", "USDC")
    )  # fmt: skip
    rest = (
        _book("inverse", "inverse", Holds(CONTRACTS, linear=False), {}, unified=unified),
        _book("spot", "spot", Holds(frozenset({"spot"})), {}, unified=unified),
    )
    options = (_book("option", "option", Holds(frozenset({"option"})), {}, unified=True),) if unified else ()
    return (*linear, *rest, *options)


def _countdown(name: str, kind: str, topic: str, kinds: frozenset[str]) -> Countdown:
    """What ccxt calls by a market type is the venue's product (bybit.py 4791)."""
    return Countdown(
        name,
        arm=Call("cancel_all_orders_after", {"type": kind}),
        holds=Holds(kinds),
        stream=Stream(
            address=("api", "ws", "private", "contract"),
            arm={"op": "subscribe", "req_id": "{id}", "args": [topic]},
            login_takes_address=True,
            id_key="req_id",
            numbers=False,
            granted="success",
        ),
    )


DEADMAN = DeadMan(
    # https://bybit-exchange.github.io/docs/v5/order/dcp (3 to 300 s) and .../websocket/private/dcp: only streams that
    # subscribe count, and its time begins when the last of them is gone. Of active orders; nothing takes it back.
    (
        _countdown("derivatives", "swap", "dcp.future", CONTRACTS),
        _countdown("spot", "spot", "dcp.spot", frozenset({"spot"})),
        _countdown("options", "option", "dcp.option", frozenset({"option"})),
    ),
    most_s=300,
    triggers=False,
    traps=(
        "the venue opens it for an account on request",
        "no request takes it back: it fires after a planned end too, unless something else of yours holds its stream",
        "it takes the venue 10 s to heed it",
    ),
)

BYBIT = Plan(
    name="Bybit",
    exchanges=frozenset({"bybit"}),
    facts=(
        # ccxt asks this and one thing more before its first cancel (bybit.py 1492 is_unified_enabled).
        Fact(
            "unified",
            Call("privateGetV5UserQueryApi"),
            path="result.uta",
            values={"1": True, "0": False},
            options={"enableUnifiedAccount": None, "enableUnifiedMargin": False},
            given="enableUnifiedAccount",
        ),
    ),
    books=(*_books(unified=True), *_books(unified=False)),
    # ccxt asks for contracts in USDT where it is not told otherwise (bybit.py 6380); a page has 200 positions.
    held=(
        Held(PAGES | {"subType": "linear", "settleCoin": "USDT"}),
        Held(PAGES | {"subType": "linear", "settleCoin": "USDC"}),
        Held(PAGES | {"subType": "inverse"}),
        Held(PAGES | {"type": "option"}, when={"unified": True}),
    ),
    beside=("spread orders", "orders of trading bots"),
    deadman=DEADMAN,
)

PLANS = (BYBIT,)

"""The plan of a venue that nobody has written one for: what ccxt declares, market type by market type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.venues.plans.bybit import DEADMAN as BYBIT_SWITCH
from core.venues.plans.deadman import NOT_KNOWN, Countdown, DeadMan
from core.venues.plans.plan import MARKET_TYPES, Book, ByIds, Call, Holds, Listed, Plan

SISTERS_OF_BYBIT = frozenset({"bybiteu", "bybitid"})

BLIND = Plan(
    name="generic",
    exchanges=frozenset(),
    books=(
        Book(
            name="regular",
            listed=Listed(Call("fetch_open_orders")),
            empty_symbol=(Call("cancel_all_orders"),),
            cancel=ByIds(Call("cancel_order")),
        ),
    ),
    generic=True,
)
"""Before the ccxt object is there to be asked."""


def generic_plan(exchange: Any) -> Plan:
    """One book per market type and subtype that ccxt declares, and one for triggers where it lists them apart."""
    books = [book for kind, side, feature in _features(exchange) for book in _books(exchange, kind, side, feature)]
    return Plan(
        name="generic", exchanges=frozenset({exchange.id}), books=tuple(books) or BLIND.books, generic=True,
        beside=("kinds of orders that ccxt does not declare",), deadman=_deadman(exchange),
    )  # fmt: skip


def _deadman(exchange: Any) -> DeadMan:
    """What ccxt declares; that 0 takes it back is so wherever it was read."""
    if exchange.id in SISTERS_OF_BYBIT:
        return BYBIT_SWITCH  # ccxt's method alone sets its time and never starts it
    if not exchange.has.get("cancelAllOrdersAfter"):
        return NOT_KNOWN
    call = Call("cancel_all_orders_after")
    return DeadMan(
        (Countdown("account", arm=call, disarm=call, confirmed=False),),
        traps=("only what ccxt declares is known of it: which products it covers, and for how long, is not",),
    )


def _features(exchange: Any) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Market type, subtype ("" where there is none) and ccxt's description of them."""
    declared = getattr(exchange, "features", None) or {}
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for kind in sorted(MARKET_TYPES):
        feature = declared.get(kind)
        if not isinstance(feature, Mapping) or not exchange.has.get(kind, True):
            continue
        if "fetchOpenOrders" in feature:
            found.append((kind, "", feature))
            continue
        found += [(kind, side, feature[side]) for side in ("linear", "inverse") if feature.get(side)]
    return found


def _books(exchange: Any, kind: str, side: str, feature: Mapping[str, Any]) -> list[Book]:
    listing = feature.get("fetchOpenOrders") or {}
    params: dict[str, Any] = {"type": kind} | ({"subType": side} if side else {})
    holds = Holds(frozenset({kind}), linear=None if not side else side == "linear")
    name = f"{side} {kind}".strip()
    books = [_book(exchange, name, params, holds, listing)]
    if listing.get("trigger"):
        waiting = Holds(holds.types, holds.settle, holds.linear, trigger=True)
        books.append(_book(exchange, f"{name} trigger", params | {"trigger": True}, waiting, listing))
    return books


def _book(exchange: Any, name: str, params: Mapping[str, Any], holds: Holds, listing: Mapping[str, Any]) -> Book:
    return Book(
        name=name,
        holds=holds,
        listed=Listed(
            Call("fetch_open_orders", params),
            each_symbol=bool(listing.get("symbolRequired")),
            most=int(listing.get("limit") or 0),
        ),
        empty_symbol=(Call("cancel_all_orders", params),) if exchange.has.get("cancelAllOrders") else (),
        cancel=ByIds(Call("cancel_order", params)),
    )

"""Legs, sides and what can only reduce: each venue says it in words of its own, and ccxt unifies but a part of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from core.domain import Leg, Side
from core.venues.messages import PositionUpdate

Row = Mapping[str, Any]

FLAGS = ("reduceOnly", "reduce_only", "is_reduce_only", "R")
CLOSING = ("closePosition", "closeOrder", "closeOnTrigger", "is_close", "cp")
CLOSING_PLANS = frozenset({"profit_plan", "loss_plan", "pos_profit", "pos_loss", "profit_loss", "moving_plan"})
"""Bitget's take-profits, stop-losses and trailing stops of a position."""
CLOSING_TYPE = "close-"
"""Part of what Gate calls a conditional order that closes: `close-long-order`, `plan-close-short-position`."""
LEG_KEYS = ("positionSide", "posSide", "ps")
LEGS = {"LONG": Leg.LONG, "SHORT": Leg.SHORT}
GATE_LEGS = {"dual_long": Leg.LONG, "dual_short": Leg.SHORT}
BYBIT_LEGS = {"1": Leg.LONG, "2": Leg.SHORT}
OPPOSITE = {"buy": "sell", "sell": "buy"}


def leg_of(row: Row) -> Leg:
    """The leg of a position; NET in one-way mode, and where neither ccxt nor the venue says that it is hedged."""
    if row.get("hedged"):
        return Leg(str(row["side"]))
    info = _info(row)
    return GATE_LEGS.get(str(info.get("mode"))) or _named_leg(info) or Leg.NET


def side_of(row: Row) -> Side:
    """The side of an order or trade; raises KeyError or ValueError where there is none.

    In Bitget's hedge mode `side` is that of the leg: what closes a long is called a buy. ccxt puts that right for some
    kinds of orders only.
    """
    info = _info(row)
    if info.get("posMode") == "hedge_mode" and _says_close(info):
        return Side(OPPOSITE[str(info["side"]).lower()])
    return Side(str(row["side"]))


def order_leg_of(row: Row) -> Leg:
    """The leg that an order names; NET in one-way mode, and where it names none."""
    info = _info(row)
    return _named_leg(info) or BYBIT_LEGS.get(str(info.get("positionIdx"))) or Leg.NET


def can_only_reduce(row: Row) -> bool:
    """Whether an order, as ccxt's row with the venue's own in `info`, can never open or enlarge a position.

    In hedge mode an order names the leg it trades, and one that sells the long leg or buys the short one can only
    close: Binance refuses `reduceOnly` there and never says it. What is not said does not reduce.
    """
    info = _info(row)
    inner = info.get("initial")  # Gate's conditional orders keep the order itself in there
    for told in (row, info, inner if isinstance(inner, Mapping) else {}):
        if any(_yes(told.get(key)) for key in (*FLAGS, *CLOSING)):
            return True
    if info.get("planType") in CLOSING_PLANS or CLOSING_TYPE in str(info.get("order_type") or ""):
        return True
    if info.get("tradeSide"):
        return _says_close(info)
    return (order_leg_of(row), str(row.get("side"))) in {(Leg.LONG, "sell"), (Leg.SHORT, "buy")}


def one_per_leg(positions: Iterable[PositionUpdate], inverse: frozenset[str]) -> tuple[PositionUpdate, ...]:
    """Positions of which no two share instrument and leg: OKX holds one cross-margined beside one isolated.

    `inverse` names the symbols of inverse contracts, whose average entry is the harmonic mean. What only one of two
    could say (leverage, liquidation price, margin) is unknown of their sum. The same row twice, which overlapping pages
    bring, is one position.
    """
    merged: dict[tuple[str, Leg], PositionUpdate] = {}
    seen: set[PositionUpdate] = set()
    for row in positions:
        known = merged.get((row.symbol, row.leg))
        if known is None:
            merged[row.symbol, row.leg] = row
        elif row not in seen:
            merged[row.symbol, row.leg] = _sum(known, row, row.symbol in inverse)
        seen.add(row)
    return tuple(merged.values())


def _sum(one: PositionUpdate, other: PositionUpdate, inverse: bool) -> PositionUpdate:
    quantity = one.quantity + other.quantity
    return dataclasses.replace(
        one,
        quantity=quantity,
        entry_price=_mean_entry(one, other, inverse),
        initial_margin_rate=None,
        maintenance_margin_rate=None,
        liquidation_price=None,
        margin_mode=None,
        isolated_margin=None,
        leverage=None,
    )


def _mean_entry(one: PositionUpdate, other: PositionUpdate, inverse: bool) -> float | None:
    # Of a long and a short the average may be any number, negative ones among them: no price.
    if one.entry_price is None or other.entry_price is None or one.quantity * other.quantity <= 0.0:
        return None
    quantity = one.quantity + other.quantity
    if inverse:
        return quantity / (one.quantity / one.entry_price + other.quantity / other.entry_price)
    return (one.quantity * one.entry_price + other.quantity * other.entry_price) / quantity


def _info(row: Row) -> Row:
    info = row.get("info")
    return info if isinstance(info, Mapping) else {}


def _named_leg(info: Row) -> Leg | None:
    return next((LEGS.get(str(info[key]).upper()) for key in LEG_KEYS if info.get(key)), None)


def _says_close(info: Row) -> bool:
    return str(info.get("tradeSide")).lower() == "close"


def _yes(value: Any) -> bool:
    return value is True or str(value).lower() in {"true", "yes"}

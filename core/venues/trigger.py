"""How an order waits for its price: what the venue tells beyond the level, and how ccxt's rows say it.

Whether an order is a stop-loss or a take-profit is its side and the direction from which the price has to come. ccxt
unifies neither that nor the price that is watched, so each family's own words are read.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.domain import Side

Row = Mapping[str, Any]


class PriceKind(enum.StrEnum):
    """Which price a trigger watches."""

    LAST = "last"
    MARK = "mark"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a venue tells of how an order waits, besides the level itself."""

    rises: bool | None = None
    """Whether it waits for a price at or above its level (else at or below); None where that is not told."""
    watches: PriceKind | None = None
    """None where that is not told."""
    other_price: float | None = None
    """The level on the other side of the market of a one-cancels-other: its take-profit."""
    other_limit: float | None = None
    """What is ordered there; None for the market."""
    whole: bool = False
    """Whether it closes all of its position, however much that is then, and names no quantity of its own."""
    moves: bool = False
    """Whether the venue moves it or works it off by rules of its own (trailing, iceberg, TWAP)."""

    def is_stop_loss(self, side: Side) -> bool | None:
        return None if self.rises is None else self.rises is (side is Side.BUY)

    def word(self, side: Side) -> str:
        """What an order of this side is that waits so."""
        if self.other_price is not None:
            return "stop-loss and take-profit"
        return {True: "stop-loss", False: "take-profit", None: "trigger"}[self.is_stop_loss(side)]


WATCHED = {
    "MARK_PRICE": PriceKind.MARK, "CONTRACT_PRICE": PriceKind.LAST,
    "MarkPrice": PriceKind.MARK, "LastPrice": PriceKind.LAST, "IndexPrice": PriceKind.INDEX,
    "mark": PriceKind.MARK, "last": PriceKind.LAST, "index": PriceKind.INDEX,
}  # fmt: skip
"""Binance's `workingType`, Bybit's `triggerBy`, OKX's `slTriggerPxType` and its like."""
OKX_ALGOS = frozenset({"conditional", "oco", "trigger", "move_order_stop", "iceberg", "twap"})
OKX_WORKED = frozenset({"move_order_stop", "iceberg", "twap"})
STOP_WORDS = frozenset({"stop", "stop_market", "stop_loss", "stop_loss_limit", "stoploss", "partialstoploss"})
TAKE_WORDS = frozenset({"take_profit", "take_profit_market", "take_profit_limit", "takeprofit", "partialtakeprofit"})
"""Binance's kinds of orders, and Bybit's `stopOrderType`, in lower case."""


def trigger_of(row: Row, side: Side) -> tuple[float | None, Trigger | None]:
    """The level that ccxt's row waits for, and how; (None, None) of an order that waits for nothing."""
    info = row.get("info")
    own: Row = info if isinstance(info, Mapping) else {}
    if own.get("ordType") in OKX_ALGOS:
        return _okx(own)
    level = _positive(row.get("triggerPrice")) or _positive(row.get("stopPrice"))
    if level is None:
        return None, None
    trigger = Trigger(
        rises=_rises(row, own, side, level),
        watches=WATCHED.get(str(own.get("workingType") or own.get("triggerBy"))),
        whole=_yes(own.get("closePosition")) or (_yes(own.get("closeOnTrigger")) and not _positive(row.get("amount"))),
        moves=any("trailing" in word for word in _words(row, own)),
    )
    return level, trigger


def limit_of(row: Row) -> float | None:
    """The limit price of a row; None for an order at the market."""
    info = row.get("info")
    own: Row = info if isinstance(info, Mapping) else {}
    if own.get("ordType") in OKX_ALGOS:
        names = ("slOrdPx", "tpOrdPx") if not own.get("slTriggerPx") else ("slOrdPx",)
        return next((price for name in (*names, "ordPx") if (price := _positive(own.get(name)))), None)
    return _positive(row.get("price"))


def _okx(info: Row) -> tuple[float | None, Trigger | None]:
    stop, take = _positive(info.get("slTriggerPx")), _positive(info.get("tpTriggerPx"))
    at = _positive(info.get("triggerPx")) or _positive(info.get("moveTriggerPx"))
    sells = str(info.get("side")) == "sell"
    kind = next(
        (str(info[name]) for name in ("slTriggerPxType", "tpTriggerPxType", "triggerPxType") if info.get(name)), ""
    )
    rises: bool | None = None
    if stop is not None:
        rises = not sells
    elif take is not None:
        rises = sells
    elif at is not None and (last := _positive(info.get("last"))) is not None:
        # OKX tells the last price of when it was placed, and fires when the price comes to the level from there.
        rises = at > last
    trigger = Trigger(
        rises=rises,
        watches=WATCHED.get(kind),
        other_price=take if stop is not None else None,
        other_limit=_positive(info.get("tpOrdPx")) if stop is not None and take is not None else None,
        whole=_positive(info.get("closeFraction")) == 1.0,
        moves=str(info.get("ordType")) in OKX_WORKED,
    )
    return stop or take or at, trigger


def _rises(row: Row, info: Row, side: Side, level: float) -> bool | None:
    if (direction := str(info.get("triggerDirection"))) in {"1", "2"}:
        return direction == "1"
    words = _words(row, info)
    is_stop, is_take = bool(words & STOP_WORDS), bool(words & TAKE_WORDS)
    if is_stop is is_take:
        is_stop, is_take = _positive(row.get("stopLossPrice")) == level, _positive(row.get("takeProfitPrice")) == level
    return None if is_stop is is_take else is_stop is (side is Side.BUY)


def _words(row: Row, info: Row) -> frozenset[str]:
    """What the venue calls the kind of an order."""
    names = ("orderType", "origType", "strategyType", "stopOrderType")
    words = {str(value).lower() for value in (row.get("type"), *(info.get(name) for name in names)) if value}
    # Bybit calls every conditional order `Stop` there, whichever way it waits.
    return frozenset(words - {"stop"} if info.get("stopOrderType") else words)


def _positive(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0.0 < number < float("inf") else None


def _yes(value: Any) -> bool:
    return value is True or str(value).lower() == "true"

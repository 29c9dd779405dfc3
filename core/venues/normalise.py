"""ccxt's structures into our messages: every field optional, every row on its own, unknown never zero."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from core.domain import FlowKind
from core.venues.legs import can_only_reduce, leg_of, order_leg_of, side_of
from core.venues.messages import (
    FillUpdate,
    FlowUpdate,
    Instrument,
    InstrumentKind,
    MarginMode,
    OrderEnd,
    OrderUpdate,
    PositionUpdate,
    Source,
)
from core.venues.rows import raise_if_unreadable
from core.venues.trigger import limit_of, trigger_of

T = TypeVar("T")
Row = Mapping[str, Any]

KINDS = {
    "spot": InstrumentKind.SPOT,
    "margin": InstrumentKind.SPOT,
    "swap": InstrumentKind.SWAP,
    "future": InstrumentKind.FUTURE,
    "option": InstrumentKind.OPTION,
}
CLOSED_STATES = frozenset({"closed", "canceled", "cancelled", "expired", "rejected"})
ENDS = {
    "closed": OrderEnd.FILLED,
    "canceled": OrderEnd.CANCELED,
    "cancelled": OrderEnd.CANCELED,
    "expired": OrderEnd.EXPIRED,
    "rejected": OrderEnd.REJECTED,
}
MARGIN_MODES = {"cross": MarginMode.CROSS, "crossed": MarginMode.CROSS, "isolated": MarginMode.ISOLATED}
LONGEST_NAME, LONGEST_REASON = 60, 120
WHOLE = 1e-9
"""Relative: an order filled up to this is filled."""
NINES = re.compile(r"9{6,}")
"""What venues say where a position cannot be liquidated at any price: Gate 99999999, Bybit 999999."""
MAINTENANCE_RATES = ("keepMarginRate", "maintenance_rate", "maintMarginReq")
"""Where Bitget, Gate and KuCoin say the rate itself; ccxt gives none of it, or an amount with closing fees in it."""
FLOW_KINDS = {
    "deposit": FlowKind.DEPOSIT,
    "withdrawal": FlowKind.WITHDRAWAL,
    "transfer": FlowKind.TRANSFER,
    "transaction": FlowKind.DEPOSIT,
}


def each(rows: Iterable[Row], parse: Callable[[Row], T | None], what: str) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """Parse row by row; the good ones, and one sentence for each that could not be understood."""
    good: list[T] = []
    bad: list[str] = []
    for row in rows:
        try:
            parsed = parse(row)
        except Exception as error:
            bad.append(_complaint(row, what, error))
            continue
        if parsed is not None:
            good.append(parsed)
    return tuple(good), tuple(bad)


def _complaint(row: Any, what: str, error: Exception) -> str:
    named = row if isinstance(row, Mapping) else {}
    name = str(named.get("symbol") or named.get("id") or "?")[:LONGEST_NAME]
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)[:LONGEST_REASON]
    return f"a {what} of {name} cannot be understood: {reason}"


def number(value: Any) -> float | None:
    """A finite float, or None where the venue says nothing that is one."""
    if value is None or value == "":
        return None
    parsed = float(value)
    return parsed if math.isfinite(parsed) else None


def contract_size_of(market: Row) -> float:
    """1 where the market says none, or is not known."""
    return number(market.get("contractSize")) or 1.0


def is_inverse(market: Row) -> bool:
    # Options settled in their coin are called inverse too, but their price is in that coin: they pay linearly.
    return bool(market.get("inverse")) and market.get("type") != "option"


def inverse_among(positions: Iterable[PositionUpdate], markets: Mapping[str, Row]) -> frozenset[str]:
    return frozenset(row.symbol for row in positions if is_inverse(markets.get(row.symbol) or {}))


def instrument_from(market: Row, endpoint: str) -> Instrument | None:
    kind = KINDS.get(str(market.get("type")))
    if kind is None:
        return None
    contract_size = contract_size_of(market)
    limits = market.get("limits") or {}
    precision = market.get("precision") or {}
    step, least = number(precision.get("amount")), number((limits.get("amount") or {}).get("min"))
    return Instrument(
        endpoint=endpoint,
        symbol=str(market["symbol"]),
        base=str(market["base"]),
        quote=str(market["quote"]),
        settle=str(market.get("settle") or market["quote"]),
        kind=kind,
        contract_size=contract_size,
        inverse=is_inverse(market),
        quantity_step=None if step is None else step * contract_size,
        quantity_min=None if least is None else least * contract_size,
        notional_min=number((limits.get("cost") or {}).get("min")),
        price_step=number(precision.get("price")),
        taker_fee=number(market.get("taker")),
    )


def position_from(row: Row, account: str, market: Row, source: Source, received_s: float) -> PositionUpdate | None:
    """None for a flat row. Quantity is contracts times contract size, signed by the side."""
    raise_if_unreadable(row)
    contracts = number(row.get("contracts"))
    if contracts is None:
        raise ValueError("it has no number of contracts")
    if contracts == 0.0:
        return None
    side = row.get("side")
    if side not in {"long", "short"}:
        raise ValueError(f"its side is {side!r}")
    size = number(row.get("contractSize")) or contract_size_of(market)
    notional = abs(number(row.get("notional")) or 0.0)
    mode = MARGIN_MODES.get(str(row.get("marginMode")).lower())
    return PositionUpdate(
        account=account,
        symbol=str(row["symbol"]),
        leg=leg_of(row),
        quantity=abs(contracts) * size * (1.0 if side == "long" else -1.0),
        entry_price=number(row.get("entryPrice")) or None,
        source=source,
        received_s=received_s,
        initial_margin_rate=_initial_margin_rate(row, notional),
        maintenance_margin_rate=_maintenance_margin_rate(row, notional),
        liquidation_price=_liquidation_price(row),
        margin_mode=mode,
        isolated_margin=_isolated_margin(row) if mode is MarginMode.ISOLATED else None,
        leverage=number(row.get("leverage")) or None,
    )


def _isolated_margin(row: Row) -> float | None:
    # Binance alone is not unified by ccxt: its `collateral` there holds the unrealised PnL.
    own = number((row.get("info") or {}).get("isolatedWallet"))
    margin = number(row.get("positionMargin")) if own is None else own
    return margin if margin is not None and margin > 0.0 else None


def _liquidation_price(row: Row) -> float | None:
    info = row.get("info") or {}
    # Bitget's own word where there is one: ccxt fills the gap with an estimate, and so do we, but say so.
    price = number(info.get("liquidationPrice", row.get("liquidationPrice")))
    if price is None or price <= 0.0 or NINES.fullmatch(f"{price:.0f}"):
        return None
    return price


def _initial_margin_rate(row: Row, notional: float) -> float | None:
    # Binance's initialMargin, which ccxt takes over, counts the open orders of the symbol in: a tiny position beside
    # large orders would seem to bind many times its value.
    own = number((row.get("info") or {}).get("positionInitialMargin"))
    if own is not None and notional:
        return own / notional
    return _rate(row, "initialMargin", "initialMarginPercentage", notional)


def _maintenance_margin_rate(row: Row, notional: float) -> float | None:
    info = row.get("info") or {}
    for key in MAINTENANCE_RATES:
        if own := number(info.get(key)):
            return own
    return _rate(row, "maintenanceMargin", "maintenanceMarginPercentage", notional)


def _rate(row: Row, amount_key: str, rate_key: str, notional: float) -> float | None:
    amount = number(row.get(amount_key))
    if amount is not None and notional:
        return amount / notional
    return number(row.get(rate_key))


def order_from(row: Row, account: str, book: str, market: Row, source: Source, received_s: float) -> OrderUpdate:
    """Raises ValueError or KeyError where the row names no order. Quantities are contracts times contract size."""
    raise_if_unreadable(row)
    size = contract_size_of(market)
    order_id, symbol = _named(row, "id"), _named(row, "symbol")
    status = str(row.get("status") or "open")
    at_ms = number(row.get("timestamp"))
    side = side_of(row)
    trigger_price, trigger = trigger_of(row, side)
    info = row.get("info")
    own: Row = info if isinstance(info, Mapping) else {}
    return OrderUpdate(
        account=account,
        symbol=symbol,
        order_id=order_id,
        # ccxt reads OKX's name for it of regular orders alone.
        client_order_id=str(row.get("clientOrderId") or own.get("algoClOrdId") or ""),
        book=book,
        side=side,
        is_open=status not in CLOSED_STATES,
        quantity=(number(row.get("amount")) or 0.0) * size,
        filled=(number(row.get("filled")) or 0.0) * size,
        price=limit_of(row),
        trigger_price=trigger_price,
        reduce_only=can_only_reduce(row),
        at_s=None if at_ms is None else at_ms / 1000.0,
        source=source,
        received_s=received_s,
        ended=_end(status, number(row.get("amount")), number(row.get("filled"))),
        trigger=trigger,
        leg=order_leg_of(row),
        margin_mode=MARGIN_MODES.get(str(own.get("tdMode")).lower()),
    )


def _end(status: str, amount: float | None, filled: float | None) -> OrderEnd:
    """ccxt calls an order `closed` that has been filled; some venues say so of any order that is over."""
    end = ENDS.get(status, OrderEnd.NONE)
    if end is OrderEnd.FILLED and amount and filled is not None and filled < amount * (1 - WHOLE):
        return OrderEnd.CANCELED
    return end


def _named(row: Row, key: str) -> str:
    value = row[key]
    if value is None or value == "":
        raise ValueError(f"it has no {key}")
    return str(value)


def _finite(row: Row, key: str) -> float:
    value = number(row[key])
    if value is None:
        raise ValueError(f"it has no {key}")
    return value


def fill_from(row: Row, account: str, market: Row, received_s: float, source: Source = Source.READING) -> FillUpdate:
    fee = row.get("fee") or {}
    return FillUpdate(
        account=account,
        symbol=_named(row, "symbol"),
        fill_id=_named(row, "id"),
        order_id=str(row.get("order") or ""),
        client_order_id="",
        side=side_of(row),
        quantity=_finite(row, "amount") * contract_size_of(market),
        price=_finite(row, "price"),
        fee=number(fee.get("cost")) or 0.0,
        fee_coin=str(fee.get("currency") or ""),
        at_s=_finite(row, "timestamp") / 1000.0,
        source=source,
        received_s=received_s,
    )


def flow_from(row: Row, account: str, received_s: float) -> FlowUpdate | None:
    """None for ledger rows that are no external flow (fees, funding, realised PnL)."""
    kind = FLOW_KINDS.get(str(row.get("type")))
    if kind is None:
        return None
    amount = _finite(row, "amount")
    if row.get("direction") in {"in", "out"}:
        amount = abs(amount) if row["direction"] == "in" else -abs(amount)
    at_s = _finite(row, "timestamp") / 1000.0
    flow_id = str(row.get("id") or f"{at_s}:{row.get('currency')}:{amount}")
    return FlowUpdate(account, flow_id, _named(row, "currency"), amount, kind, at_s, received_s)

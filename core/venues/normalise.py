"""ccxt's structures into our messages: every field optional, every row on its own, unknown never zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from core.domain import FlowKind, Leg, Side
from core.venues.messages import (
    FillUpdate,
    FlowUpdate,
    Instrument,
    InstrumentKind,
    OrderUpdate,
    PositionUpdate,
    Source,
)

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
LONGEST_NAME, LONGEST_REASON = 60, 120
NO_LIQUIDATION = 99_999_999.0
"""What Gate says where a position cannot be liquidated at any price."""
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
        inverse=bool(market.get("inverse")),
        quantity_step=None if step is None else step * contract_size,
        quantity_min=None if least is None else least * contract_size,
        notional_min=number((limits.get("cost") or {}).get("min")),
        price_step=number(precision.get("price")),
    )


def position_from(row: Row, account: str, market: Row, source: Source, received_s: float) -> PositionUpdate | None:
    """None for a flat row. Quantity is contracts times contract size, signed by the side."""
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
    return PositionUpdate(
        account=account,
        symbol=str(row["symbol"]),
        leg=Leg(side) if row.get("hedged") else Leg.NET,
        quantity=abs(contracts) * size * (1.0 if side == "long" else -1.0),
        entry_price=number(row.get("entryPrice")) or None,
        source=source,
        received_s=received_s,
        initial_margin_rate=_initial_margin_rate(row, notional),
        maintenance_margin_rate=_rate(row, "maintenanceMargin", "maintenanceMarginPercentage", notional),
        liquidation_price=_liquidation_price(row),
    )


def _liquidation_price(row: Row) -> float | None:
    price = number(row.get("liquidationPrice"))
    return price if price is not None and 0.0 < price < NO_LIQUIDATION else None


def _initial_margin_rate(row: Row, notional: float) -> float | None:
    # Binance's initialMargin, which ccxt takes over, counts the open orders of the symbol in: a tiny position beside
    # large orders would seem to bind many times its value.
    own = number((row.get("info") or {}).get("positionInitialMargin"))
    if own is not None and notional:
        return own / notional
    return _rate(row, "initialMargin", "initialMarginPercentage", notional)


def _rate(row: Row, amount_key: str, rate_key: str, notional: float) -> float | None:
    amount = number(row.get(amount_key))
    if amount is not None and notional:
        return amount / notional
    return number(row.get(rate_key))


def order_from(row: Row, account: str, book: str, market: Row, source: Source, received_s: float) -> OrderUpdate:
    """Raises ValueError or KeyError where the row names no order. Quantities are contracts times contract size."""
    size = contract_size_of(market)
    order_id, symbol = _named(row, "id"), _named(row, "symbol")
    status = str(row.get("status") or "open")
    at_ms = number(row.get("timestamp"))
    trigger = number(row.get("triggerPrice")) or number(row.get("stopPrice"))
    return OrderUpdate(
        account=account,
        symbol=symbol,
        order_id=order_id,
        client_order_id=str(row.get("clientOrderId") or ""),
        book=book,
        side=Side(str(row["side"])),
        is_open=status not in CLOSED_STATES,
        quantity=(number(row.get("amount")) or 0.0) * size,
        filled=(number(row.get("filled")) or 0.0) * size,
        price=number(row.get("price")) or None,
        trigger_price=trigger or None,
        reduce_only=bool(row.get("reduceOnly")) or bool((row.get("info") or {}).get("closePosition") in {True, "true"}),
        at_s=None if at_ms is None else at_ms / 1000.0,
        source=source,
        received_s=received_s,
    )


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
        side=Side(str(row["side"])),
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

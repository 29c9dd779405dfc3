"""Bybit's JSON for orders, conditional orders and executions; the streams use the same rows."""

from __future__ import annotations

from uuid import UUID

from core.paper.dialects.bybit.codes import (
    KINDS,
    LEG_NUMBERS,
    ORDER_STATES,
    SOURCE_WORDS,
    TIF_WORDS,
    TRIGGER_STATES,
)
from core.paper.dialects.bybit.listing import wire_symbol
from core.paper.dialects.bybit.protection import SPOT_GUARD, STOP, TAKE, Guard
from core.paper.dialects.words import coin, lasting_id, ms, price_text, quantity_text
from core.paper.engine.account import Account
from core.paper.engine.holdings import LedgerRow
from core.paper.engine.model import Fill, Order, OrderKind, Status, Trigger
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

Row = Order | Trigger
PLAIN, CONDITIONAL = "Order", "StopOrder"
SPOT_FILTERS = frozenset({SPOT_GUARD, "OcoOrder", "BidirectionalTpslOrder"})
FILTERS = frozenset({PLAIN, CONDITIONAL}) | SPOT_FILTERS
"""The words of `orderFilter`."""
NO_GUARDS: dict[str, Guard] = {}


def id_text(instrument: PaperInstrument, number: int) -> str:
    """Spot orders have numbers, all others what looks like a UUID."""
    return str(number) if instrument.is_spot else str(UUID(int=number))


def number_of(text: str) -> int:
    """The engine's number of an order or conditional order; -1 where no id of ours looks so."""
    try:
        return int(text) if text.isdigit() else UUID(text).int
    except ValueError:
        return -1


def link_of(row: Row) -> str:
    """The client's own id; nothing where it gave none."""
    made_up = f"paper{row.order_id if isinstance(row, Order) else row.trigger_id}"
    return "" if row.client_id == made_up else row.client_id


def filter_of(instrument: PaperInstrument, row: Row) -> str:
    if isinstance(row, Order):
        return PLAIN
    return row.tag if instrument.is_spot and row.tag in SPOT_FILTERS else CONDITIONAL


def named(instrument: PaperInstrument, row: Row) -> dict[str, Json]:
    """What acknowledges an order."""
    return {"orderId": id_text(instrument, lasting_id(row)), "orderLinkId": link_of(row)}


def state_of(row: Row) -> str:
    if isinstance(row, Trigger):
        return TRIGGER_STATES[row.status]
    if row.filled and row.status in {Status.CANCELED, Status.EXPIRED}:
        return "PartiallyFilledCanceled"
    return ORDER_STATES[row.status]


def order_row(account: Account, row: Row, guards: dict[str, Guard] = NO_GUARDS) -> dict[str, Json]:
    """An order, or a conditional order that has not fired."""
    instrument = account.market.instrument(row.symbol)
    order = row if isinstance(row, Order) else None
    trigger = row if isinstance(row, Trigger) else account.triggers.get(row.trigger_id or -1)
    is_market = row.kind is OrderKind.MARKET if isinstance(row, Order) else row.kind.is_market
    body: dict[str, Json] = {
        **named(instrument, row),
        "blockTradeId": "",
        "symbol": wire_symbol(instrument),
        "price": "0" if is_market else price_text(instrument, row.price),
        "qty": quantity_text(instrument, row.quantity),
        "side": row.side.value.capitalize(),
        "isLeverage": "",
        "positionIdx": LEG_NUMBERS[row.leg],
        "orderStatus": state_of(row),
        "cancelType": "CancelByUser" if row.status is Status.CANCELED else "UNKNOWN",
        "rejectReason": "EC_Others" if row.status is Status.REJECTED else "EC_NoError",
        **_executed(account, instrument, row),
        "timeInForce": "IOC" if is_market else TIF_WORDS[row.tif],
        "orderType": KINDS[OrderKind.MARKET if is_market else OrderKind.LIMIT],
        "orderIv": "",
        **_condition(instrument, trigger),
        "lastPriceOnCreated": "",
        "reduceOnly": row.reduce_only,
        "closeOnTrigger": isinstance(row, Trigger) and row.close_position,
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "placeType": "",
        "createType": "CreateByLiq" if order and order.is_forced else "CreateByUser",
        "createdTime": str(ms(row.accepted_s)),
        "updatedTime": str(ms(row.updated_s)),
        **_guarded(instrument, guards),
    }
    if instrument.is_spot:
        return body | {"marketUnit": "baseCoin", "ocoTriggerBy": ""}
    return body | {"tpslMode": "Full" if guards else "", "tpLimitPrice": "", "slLimitPrice": ""}


def _executed(account: Account, instrument: PaperInstrument, row: Row) -> dict[str, Json]:
    """How far it has come."""
    filled, value, fees, average = 0.0, 0.0, 0.0, 0.0
    if isinstance(row, Order) and row.filled:
        filled, value, average = row.filled, row.filled_value, row.average_price
        fees = sum(fill.fee for fill in account.fills if fill.order_id == row.order_id)
    leaves = max(0.0, row.quantity - filled) if row.status.is_open else 0.0
    return {
        "avgPrice": price_text(instrument, average) if filled else "0",
        "leavesQty": quantity_text(instrument, leaves),
        "leavesValue": coin(instrument.notional(leaves, row.price) if row.price else 0.0),
        "cumExecQty": quantity_text(instrument, filled),
        "cumExecValue": coin(value),
        "cumExecFee": coin(fees),
    }


def _condition(instrument: PaperInstrument, trigger: Trigger | None) -> dict[str, Json]:
    word = stop_word(instrument, trigger)
    if trigger is None:
        return {"stopOrderType": word, "triggerPrice": "0.00", "triggerDirection": 0, "triggerBy": "UNKNOWN"}
    return {
        "stopOrderType": word,
        "triggerPrice": price_text(instrument, trigger.trigger_price),
        # Spot orders wait for their price from wherever it is.
        "triggerDirection": 0 if instrument.is_spot else 1 if trigger.fires_above else 2,
        "triggerBy": SOURCE_WORDS[trigger.source],
    }


def _guarded(instrument: PaperInstrument, guards: dict[str, Guard]) -> dict[str, Json]:
    take, stop = guards.get(TAKE), guards.get(STOP)
    return {
        "takeProfit": price_text(instrument, take.price if take else 0.0),
        "stopLoss": price_text(instrument, stop.price if stop else 0.0),
        "tpTriggerBy": SOURCE_WORDS[take.source] if take else "UNKNOWN",
        "slTriggerBy": SOURCE_WORDS[stop.source] if stop else "UNKNOWN",
    }


def stop_word(instrument: PaperInstrument, trigger: Trigger | None) -> str:
    if trigger is None:
        return "" if instrument.is_spot else "UNKNOWN"
    return trigger.tag or "Stop"


def lasting_fill_id(account: Account, fill: Fill) -> int:
    """The number of the order that a fill belongs to, as clients know it."""
    order = account.orders.get(fill.order_id)
    return lasting_id(order) if order else fill.order_id


def execution_word(account: Account, row: Fill | LedgerRow) -> str:
    if isinstance(row, LedgerRow):
        return "Funding"
    order = account.orders.get(row.order_id)
    return "BustTrade" if order and order.is_forced else "Trade"


def fill_row(account: Account, fill: Fill) -> dict[str, Json]:
    """An execution of an order."""
    instrument, order = account.market.instrument(fill.symbol), account.orders.get(fill.order_id)
    rules = account.rules
    word = execution_word(account, fill)
    trigger = account.triggers.get(order.trigger_id or -1) if order else None
    kind = order.kind if order else OrderKind.LIMIT
    acknowledged = named(instrument, order) if order else {"orderId": id_text(instrument, fill.order_id)}
    return {
        **_execution(instrument, word, fill.fill_id, fill.at_s),
        "orderLinkId": "",
        **acknowledged,
        "side": fill.side.value.capitalize(),
        "orderType": KINDS[kind],
        "stopOrderType": stop_word(instrument, trigger),
        "orderPrice": price_text(instrument, order.price if order else fill.price),
        "orderQty": quantity_text(instrument, order.quantity if order else fill.quantity),
        "leavesQty": quantity_text(instrument, order.remaining if order else 0.0),
        "createType": "CreateByLiq" if word == "BustTrade" else "CreateByUser",
        "execFee": coin(fill.fee),
        "feeCurrency": fill.coin if instrument.is_spot else "",
        "feeRate": f"{rules.maker_fee if fill.maker else rules.taker_fee:g}",
        "execPrice": price_text(instrument, fill.price),
        "execQty": quantity_text(instrument, fill.quantity),
        "execValue": coin(instrument.notional(fill.quantity, fill.price)),
        "execPnl": coin(fill.realised),
        "isMaker": fill.maker,
        "closedSize": quantity_text(instrument, fill.quantity if fill.realised else 0.0),
        "markPrice": price_text(instrument, account.market.mark_of(fill.symbol)),
    }


def funding_row(account: Account, row: LedgerRow) -> dict[str, Json]:
    """Funding paid (a fee above 0) or received; the size is that of the position at present."""
    instrument = account.market.instrument(row.symbol)
    quantity = account.quantity_of(row.symbol)
    mark = account.market.mark_of(row.symbol)
    value = instrument.notional(quantity, mark)
    return {
        **_execution(instrument, execution_word(account, row), row.row_id, row.at_s),
        "orderLinkId": "",
        "orderId": id_text(instrument, row.row_id),
        "side": "Sell" if quantity > 0 else "Buy",
        "orderType": "UNKNOWN",
        "stopOrderType": "UNKNOWN",
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "createType": "",
        "execFee": coin(-row.amount),
        "feeCurrency": "",
        "feeRate": f"{-row.amount / value if value else 0.0:.8f}",
        "execPrice": price_text(instrument, mark),
        "execQty": quantity_text(instrument, abs(quantity)),
        "execValue": coin(value),
        "execPnl": "0",
        "isMaker": False,
        "closedSize": "0",
        "markPrice": price_text(instrument, mark),
    }


def _execution(instrument: PaperInstrument, word: str, number: int, at_s: float) -> dict[str, Json]:
    return {
        "symbol": wire_symbol(instrument),
        "execId": str(UUID(int=number)),
        "execType": word,
        "execTime": str(ms(at_s)),
        "indexPrice": "",
        "underlyingPrice": "",
        "tradeIv": "",
        "markIv": "",
        "blockTradeId": "",
        "seq": number,
    }

"""Order entry on the spot venue: conditional orders rest beside the others, in one book."""

from __future__ import annotations

from core.paper.dialects.binance.codes import STATUS_WORDS, TIFS, WireError
from core.paper.dialects.binance.context import Call, side_of
from core.paper.dialects.binance.spot.words import TRIGGER_TYPES, tif_word, type_word
from core.paper.dialects.binance.words import coin, ms, price_text, quantity_text
from core.paper.dialects.words import lasting_id
from core.paper.engine.model import (
    Book,
    Order,
    OrderKind,
    OrderRequest,
    PriceSource,
    Reason,
    Refusal,
    Status,
    TimeInForce,
    Trigger,
    TriggerRequest,
)
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

UNKNOWN_ORDER = (-2013, "Order does not exist.")
NOTHING_OPEN = (-2011, "Unknown order sent.")
LIMIT_TYPES = {"LIMIT", "LIMIT_MAKER"}


def row_json(instrument: PaperInstrument, row: Order | Trigger) -> dict[str, Json]:
    """An order, or a conditional order that has not fired."""
    filled, value = (row.filled, row.filled_value) if isinstance(row, Order) else (0.0, 0.0)
    stop = row.trigger_price if isinstance(row, Trigger) else 0.0
    status = Status.FILLED if row.status is Status.TRIGGERED else row.status
    return {
        "symbol": row.symbol,
        "orderId": lasting_id(row),
        "orderListId": -1,
        "clientOrderId": row.client_id,
        "price": price_text(instrument, row.price),
        "origQty": quantity_text(instrument, row.quantity),
        "executedQty": quantity_text(instrument, filled),
        "cummulativeQuoteQty": coin(value),
        "origQuoteOrderQty": coin(0.0),
        "status": STATUS_WORDS[status],
        "timeInForce": tif_word(row),
        "type": type_word(row),
        "side": row.side.name,
        "stopPrice": price_text(instrument, stop),
        "icebergQty": coin(0.0),
        "time": ms(row.accepted_s),
        "updateTime": ms(row.updated_s),
        "isWorking": isinstance(row, Order),
        "workingTime": ms(row.accepted_s) if isinstance(row, Order) else -1,
        "selfTradePreventionMode": "NONE",
    }


def new_order(call: Call) -> Json:
    instrument, kind = call.instrument(), call.text("type")
    if kind in TRIGGER_TYPES:
        trigger = call.exchange.place_trigger(call.account, _trigger_request(call, instrument, kind))
        return row_json(instrument, trigger) | {"transactTime": ms(trigger.accepted_s), "fills": []}
    if kind not in {*LIMIT_TYPES, "MARKET"}:
        raise WireError(-1116, "Invalid orderType.")
    request = OrderRequest(
        symbol=instrument.symbol,
        side=side_of(call),
        kind=OrderKind.MARKET if kind == "MARKET" else OrderKind.LIMIT,
        quantity=_quantity(call, instrument, kind),
        price=call.number("price") if kind in LIMIT_TYPES else None,
        tif=_tif(call, kind),
        client_id=call.params.get("newClientOrderId", ""),
    )
    order = call.exchange.place(call.account, request)
    fills = [
        {
            "price": price_text(instrument, fill.price),
            "qty": quantity_text(instrument, fill.quantity),
            "commission": coin(fill.fee),
            "commissionAsset": fill.coin,
            "tradeId": fill.fill_id,
        }
        for fill in call.account.fills
        if fill.order_id == order.order_id
    ]
    return row_json(instrument, order) | {"transactTime": ms(order.accepted_s), "fills": fills}


def _quantity(call: Call, instrument: PaperInstrument, kind: str) -> float:
    """What is asked for; a market order may say for how much of the quote coin instead."""
    spend = call.number_or_none("quoteOrderQty")
    if kind != "MARKET" or spend is None:
        return call.number("quantity")
    bid, ask = call.market.best(instrument.symbol)
    return instrument.floor_quantity(spend / (ask if call.params.get("side") == "BUY" else bid))


def _tif(call: Call, kind: str) -> TimeInForce:
    if kind == "LIMIT_MAKER":
        return TimeInForce.POST_ONLY
    if kind in {"MARKET", "STOP_LOSS", "TAKE_PROFIT"}:
        return TimeInForce.GTC
    word = call.text("timeInForce")
    if word not in TIFS or TIFS[word] is TimeInForce.POST_ONLY:
        raise WireError(-1115, "Invalid timeInForce.")
    return TIFS[word]


def _trigger_request(call: Call, instrument: PaperInstrument, kind: str) -> TriggerRequest:
    trigger = TRIGGER_TYPES[kind]
    return TriggerRequest(
        symbol=instrument.symbol,
        side=side_of(call),
        kind=trigger,
        trigger_price=call.number("stopPrice"),
        quantity=call.number("quantity"),
        price=None if trigger.is_market else call.number("price"),
        tif=_tif(call, kind),
        source=PriceSource.LAST,
        client_id=call.params.get("newClientOrderId", ""),
    )


def query_order(call: Call) -> Json:
    try:
        return row_json(call.instrument(), _find(call))
    except Refusal as refusal:
        if refusal.reason is Reason.UNKNOWN_ORDER:
            raise WireError(*UNKNOWN_ORDER) from None
        raise


def cancel_order(call: Call) -> Json:
    instrument, row = call.instrument(), _find(call)
    gone = call.desk.cancel(row) if isinstance(row, Order) else call.desk.cancel_trigger(row)
    return _cancelled(instrument, gone)


def cancel_all(call: Call) -> Json:
    instrument = call.instrument()
    rows: list[Order | Trigger] = [*call.desk.orders(instrument.symbol), *call.desk.triggers(instrument.symbol)]
    if not rows:
        raise WireError(*NOTHING_OPEN)
    for book in Book:
        call.desk.cancel_all(book, instrument.symbol)
    return [_cancelled(instrument, row) for row in rows]


def _cancelled(instrument: PaperInstrument, row: Order | Trigger) -> Json:
    told = row_json(instrument, row)
    own = {"status": "CANCELED", "origClientOrderId": row.client_id, "transactTime": told["updateTime"]}
    return told | own


def open_orders(call: Call) -> Json:
    instrument = call.instrument_or_none()
    symbol = instrument.symbol if instrument else None
    rows: list[Order | Trigger] = [*call.desk.orders(symbol), *call.desk.triggers(symbol)]
    return [row_json(call.listed(row.symbol), row) for row in rows]


def all_orders(call: Call) -> Json:
    instrument = call.instrument()
    since, until, limit = call.window(500, 1000)
    unfired = [trigger for trigger in call.account.triggers.values() if trigger.order_id is None]
    kept: list[Order | Trigger] = [*call.account.orders.values(), *unfired]
    rows = [r for r in kept if r.symbol == instrument.symbol and since <= r.accepted_s * 1000 <= until]
    rows.sort(key=lambda row: row.accepted_s)
    return [row_json(instrument, row) for row in rows[-limit:]]


def _find(call: Call) -> Order | Trigger:
    order_id, client_id = call.params.get("orderId"), call.params.get("origClientOrderId")
    if not order_id and not client_id:
        raise WireError(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    symbol = call.instrument().symbol
    try:
        return call.desk.find_order(symbol, order_id, client_id)
    except Refusal:
        trigger = call.desk.find_trigger(order_id, client_id)
        if trigger.symbol != symbol:
            raise
        return call.account.orders.get(trigger.order_id or -1) or trigger

"""Order entry in both books."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import orjson

from core.domain import Leg
from core.paper.dialects.binance.codes import LEGS, REFUSALS, TIFS, TRIGGER_KINDS, WireError
from core.paper.dialects.binance.context import Call, side_of
from core.paper.dialects.binance.futures.format import order_json, trigger_json
from core.paper.engine.model import (
    Book,
    Order,
    OrderKind,
    OrderRequest,
    PriceSource,
    Reason,
    Refusal,
    TimeInForce,
    Trigger,
    TriggerRequest,
)
from core.paper.wire import Json

ALL_DONE = {"code": 200, "msg": "The operation of cancel all open order is done."}
BATCH_MAX = 5
CANCEL_BATCH_MAX = 10
Row = TypeVar("Row", Order, Trigger)
UNKNOWN_ORDER = (-2013, "Order does not exist.")


def new_order(call: Call) -> Json:
    instrument = call.instrument()
    side = side_of(call)
    kind = call.text("type")
    if kind in TRIGGER_KINDS or kind == "TRAILING_STOP_MARKET":
        raise WireError(
            -4120,
            "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
        )
    if kind not in {"LIMIT", "MARKET"}:
        raise WireError(-1116, "Invalid orderType.")
    leg = _leg(call)
    request = OrderRequest(
        symbol=instrument.symbol,
        side=side,
        kind=OrderKind[kind],
        quantity=call.number("quantity"),
        price=call.number("price") if kind == "LIMIT" else None,
        tif=_tif(call, required=kind == "LIMIT"),
        reduce_only=call.flag("reduceOnly"),
        client_id=call.params.get("newClientOrderId", ""),
        leg=leg,
    )
    return order_json(instrument, call.exchange.place(call.account, request))


def amend_order(call: Call) -> Json:
    instrument = call.instrument()
    order = _order(call)
    changed = call.exchange.amend(call.account, order, call.number("quantity"), call.number("price"))
    return order_json(instrument, changed)


def cancel_order(call: Call) -> Json:
    return order_json(call.instrument(), call.desk.cancel(_order(call)))


def query_order(call: Call) -> Json:
    return order_json(call.instrument(), _queried(lambda: _order(call)))


def query_open_order(call: Call) -> Json:
    order = _queried(lambda: _order(call))
    if not order.status.is_open:
        raise WireError(*UNKNOWN_ORDER)
    return order_json(call.instrument(), order)


def open_orders(call: Call) -> Json:
    instrument = call.instrument_or_none()
    orders = call.desk.orders(instrument.symbol if instrument else None)
    return [order_json(call.listed(order.symbol), order) for order in orders]


def all_orders(call: Call) -> Json:
    instrument = call.instrument_or_none()
    since, until, limit = call.window(500, 1000)
    orders = [
        order
        for order in call.account.orders.values()
        if (instrument is None or order.symbol == instrument.symbol) and since <= order.accepted_s * 1000 <= until
    ]
    return [order_json(call.listed(order.symbol), order) for order in orders[-limit:]]


def cancel_all_orders(call: Call) -> Json:
    call.desk.cancel_all(Book.REGULAR, call.instrument().symbol)
    return ALL_DONE


def new_batch(call: Call) -> Json:
    rows = _json_list(call, "batchOrders")
    if not 0 < len(rows) <= BATCH_MAX:
        raise WireError(-4082, "Invalid number of batch place orders.")
    replies: list[Json] = []
    for row in rows:
        params = {str(name): _as_text(value) for name, value in dict(row).items()}
        replies.append(_settled(partial(new_order, call.with_params(params))))
    return replies


def cancel_batch(call: Call) -> Json:
    ids = [("orderId", str(value)) for value in _json_list(call, "orderIdList", "orderidlist")]
    ids += [
        ("origClientOrderId", str(value))
        for value in _json_list(call, "origClientOrderIdList", "origclientorderidlist")
    ]
    if not ids:
        raise WireError(-1102, "Mandatory parameter 'orderidlist' was not sent, was empty/null, or malformed.")
    if len(ids) > CANCEL_BATCH_MAX:
        raise WireError(-4083, "Invalid number of batch cancel orders.")
    symbol = call.text("symbol")
    replies: list[Json] = []
    for name, value in ids:
        params = {"symbol": symbol, name: value}
        replies.append(_settled(partial(cancel_order, call.with_params(params))))
    return replies


def count_down(call: Call) -> Json:
    instrument = call.instrument()
    delay_ms = call.number("countdownTime")
    if delay_ms < 0:
        raise WireError(-1130, "Data sent for parameter 'countdownTime' is not valid.")
    # "All your orders of the specified symbol": the conditional ones were among them when that was written, and nothing
    # says that they are spared since they have a book of their own. A rehearsal shows the worse of the two.
    call.exchange.count_down(call.account, instrument.symbol, delay_ms / 1000, triggers=True)
    return {"symbol": instrument.symbol, "countdownTime": str(int(delay_ms))}


def new_algo(call: Call) -> Json:
    if call.text("algoType") != "CONDITIONAL":
        raise WireError(-1102, "Mandatory parameter 'algotype' was not sent, was empty/null, or malformed.")
    instrument = call.instrument()
    kind = TRIGGER_KINDS.get(call.text("type"))
    if kind is None:
        raise WireError(-1116, "Invalid orderType.")
    leg = _leg(call)
    closes = call.flag("closePosition")
    if closes and (call.params.get("quantity") or call.flag("reduceOnly")):
        raise WireError(-4136, "Target strategy invalid for orderType, closePosition true.")
    request = TriggerRequest(
        symbol=instrument.symbol,
        side=side_of(call),
        kind=kind,
        trigger_price=call.number("triggerPrice"),
        quantity=0.0 if closes else call.number("quantity"),
        price=None if kind.is_market else call.number("price"),
        tif=_tif(call, required=False),
        source=PriceSource.MARK if call.params.get("workingType") == "MARK_PRICE" else PriceSource.LAST,
        reduce_only=call.flag("reduceOnly"),
        close_position=closes,
        client_id=call.params.get("clientAlgoId", ""),
        leg=leg,
    )
    return trigger_json(instrument, call.exchange.place_trigger(call.account, request))


def cancel_algo(call: Call) -> Json:
    trigger = call.desk.cancel_trigger(_trigger(call))
    reply = {"algoId": trigger.trigger_id, "clientAlgoId": trigger.client_id, "code": "200", "msg": "success"}
    return trigger_json(call.listed(trigger.symbol), trigger) | reply


def query_algo(call: Call) -> Json:
    trigger = _queried(lambda: _trigger(call))
    return trigger_json(call.listed(trigger.symbol), trigger, call.account.orders.get(trigger.order_id or -1))


def open_algos(call: Call) -> Json:
    instrument = call.instrument_or_none()
    triggers = call.desk.triggers(instrument.symbol if instrument else None)
    return [trigger_json(call.listed(trigger.symbol), trigger) for trigger in triggers]


def all_algos(call: Call) -> Json:
    instrument = call.instrument()
    since, until, limit = call.window(500, 1000)
    account = call.account
    rows = [
        t for t in account.triggers.values() if t.symbol == instrument.symbol and since <= t.accepted_s * 1000 <= until
    ]
    return [trigger_json(instrument, t, account.orders.get(t.order_id or -1)) for t in rows[-limit:]]


def cancel_all_algos(call: Call) -> Json:
    call.desk.cancel_all(Book.TRIGGER, call.instrument().symbol)
    return ALL_DONE


def _order(call: Call) -> Order:
    order_id, client_id = call.params.get("orderId"), call.params.get("origClientOrderId")
    if not order_id and not client_id:
        raise WireError(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    return call.desk.find_order(call.instrument().symbol, order_id, client_id)


def _trigger(call: Call) -> Trigger:
    algo_id, client_id = call.params.get("algoId"), call.params.get("clientAlgoId")
    if not algo_id and not client_id:
        raise WireError(-1102, "Param 'clientAlgoId' or 'algoId' must be sent, but both were empty/null!")
    return call.desk.find_trigger(algo_id, client_id)


def _queried(look: Callable[[], Row]) -> Row:
    """A query's own code for what is not there; a cancel has another."""
    try:
        return look()
    except Refusal as refusal:
        if refusal.reason is Reason.UNKNOWN_ORDER:
            raise WireError(*UNKNOWN_ORDER) from None
        raise


def _tif(call: Call, *, required: bool) -> TimeInForce:
    word = call.text("timeInForce") if required else call.params.get("timeInForce", "GTC")
    if word not in TIFS:
        raise WireError(-1115, "Invalid timeInForce.")
    return TIFS[word]


def _leg(call: Call) -> Leg:
    word = call.params.get("positionSide", "BOTH")
    if word not in LEGS:
        raise WireError(-1117, "Invalid positionSide.")
    if LEGS[word] is not Leg.NET and call.params.get("reduceOnly"):
        # In hedge mode the leg says it all, and the venue does not want to hear it twice.
        raise WireError(-1106, "Parameter 'reduceonly' sent when not required.")
    return LEGS[word]


def _json_list(call: Call, *names: str) -> list[Json]:
    text = next((call.params[name] for name in names if call.params.get(name)), "[]")
    try:
        rows = orjson.loads(text)
    except orjson.JSONDecodeError:
        rows = None
    if not isinstance(rows, list):
        raise WireError(-1130, f"Data sent for parameter '{names[0]}' is not valid.")
    return rows


def _as_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _settled(work: Callable[[], Json]) -> Json:
    """One reply of a batch: its result or its own error."""
    try:
        return work()
    except Refusal as refusal:
        code, message = REFUSALS[refusal.reason]
        return {"code": code, "msg": message}
    except WireError as error:
        return error.body()

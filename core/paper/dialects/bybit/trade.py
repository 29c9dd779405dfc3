"""Order entry: orders and conditional orders through the same doors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson

from core.domain import Side
from core.paper.dialects.bybit.codes import KIND_OF, PARAMS, TIFS, WireError, refusal_words
from core.paper.dialects.bybit.context import Call, Outcome
from core.paper.dialects.bybit.disconnect import LONGEST_S, PRODUCTS, SHORTEST_S
from core.paper.dialects.bybit.find import find
from core.paper.dialects.bybit.listing import Category
from core.paper.dialects.bybit.protection import STOP, TAKE, Guard
from core.paper.dialects.bybit.rows import FILTERS, PLAIN, SPOT_FILTERS, Row, filter_of, named
from core.paper.dialects.words import ms
from core.paper.engine.model import (
    Order,
    OrderKind,
    OrderRequest,
    Reason,
    Refusal,
    TimeInForce,
    TriggerKind,
    TriggerRequest,
)
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

BATCH_MAX, SPOT_BATCH_MAX = 20, 10
CANCEL_ALL_MAX = 500
"""Contracts' orders that one cancel-all takes; of more, the venue takes any so many."""


def create(call: Call) -> Json:
    return named(call.instrument(), _placed(call))


def _placed(call: Call) -> Row:
    instrument = call.instrument()
    if call.params.get("triggerPrice"):
        return call.exchange.place_trigger(call.account, _trigger_request(call, instrument))
    if call.params.get("orderFilter", PLAIN) != PLAIN and instrument.is_spot:
        raise call.missing("triggerPrice")
    kind = _kind(call)
    request = OrderRequest(
        symbol=instrument.symbol,
        side=call.side(),
        kind=kind,
        quantity=_quantity(call, instrument, kind),
        price=call.number("price") if kind is OrderKind.LIMIT else None,
        tif=_tif(call, kind),
        reduce_only=call.flag("reduceOnly") or call.flag("closeOnTrigger"),
        client_id=call.params.get("orderLinkId", ""),
        leg=call.leg(),
    )
    guards = list(_guards(call))
    order = call.exchange.place(call.account, request)
    call.attachments.attach(call.account, order, guards)
    return order


def _kind(call: Call) -> OrderKind:
    word = call.text("orderType")
    if word not in KIND_OF:
        raise WireError(PARAMS, "OrderType invalid")
    return KIND_OF[word]


def _tif(call: Call, kind: OrderKind) -> TimeInForce:
    word = call.params.get("timeInForce") or "GTC"
    if word not in TIFS:
        raise WireError(PARAMS, "TimeInForce invalid")
    return TIFS[word] if kind is OrderKind.LIMIT else TimeInForce.GTC


def _quantity(call: Call, instrument: PaperInstrument, kind: OrderKind) -> float:
    """What is asked for; spot's market buys are for so much of the quote coin unless they say otherwise."""
    quantity = call.number("qty")
    if not instrument.is_spot or kind is OrderKind.LIMIT:
        return quantity
    unit = call.params.get("marketUnit") or ("quoteCoin" if call.side() is Side.BUY else "baseCoin")
    if unit == "baseCoin":
        return quantity
    bid, ask = call.market.best(instrument.symbol)
    return instrument.floor_quantity(quantity / (ask if call.side() is Side.BUY else bid))


def _guards(call: Call) -> Iterator[Guard]:
    for name, tag, short in (("takeProfit", TAKE, "tp"), ("stopLoss", STOP, "sl")):
        price = call.number_or_none(name)
        if price:
            limit = call.number_or_none(f"{short}LimitPrice")
            yield Guard(tag, price, call.source(f"{short}TriggerBy"), limit=limit or None)


def _trigger_request(call: Call, instrument: PaperInstrument) -> TriggerRequest:
    side, kind, price = call.side(), _kind(call), call.number("triggerPrice")
    rises = _rises(call, instrument, price)
    is_stop = (side is Side.BUY) is rises
    at_market = kind is OrderKind.MARKET
    by_market = TriggerKind.STOP_MARKET if is_stop else TriggerKind.TAKE_PROFIT_MARKET
    by_limit = TriggerKind.STOP if is_stop else TriggerKind.TAKE_PROFIT
    reduces = call.flag("reduceOnly") or call.flag("closeOnTrigger")
    quantity = call.number("qty")
    word = call.params.get("orderFilter", "")
    return TriggerRequest(
        symbol=instrument.symbol,
        side=side,
        kind=by_market if at_market else by_limit,
        trigger_price=price,
        quantity=quantity,
        price=None if at_market else call.number("price"),
        tif=_tif(call, kind),
        source=call.source("triggerBy"),
        reduce_only=reduces and quantity > 0,
        close_position=reduces and quantity == 0,
        client_id=call.params.get("orderLinkId", ""),
        leg=call.leg(),
        tag=word if instrument.is_spot and word in SPOT_FILTERS else "Stop",
    )


def _rises(call: Call, instrument: PaperInstrument, price: float) -> bool:
    """Whether it waits for a price above the present one; spot orders do not say."""
    if instrument.is_spot:
        return price > call.market.last_of(instrument.symbol)
    word = call.params.get("triggerDirection", "")
    if word not in {"1", "2"}:
        raise WireError(PARAMS, "triggerDirection invalid")
    return word == "1"


def amend(call: Call) -> Json:
    instrument, row = call.instrument(), find(call)
    if not isinstance(row, Order):
        raise WireError(110032, "Illegal order")
    quantity, price = call.number_or_none("qty"), call.number_or_none("price")
    changed = call.exchange.amend(
        call.account,
        row,
        row.quantity if quantity is None else quantity,
        price if price is not None else row.price or 0.0,
    )
    return named(instrument, changed)


def cancel(call: Call) -> Json:
    instrument, row = call.instrument(), find(call)
    wanted = call.params.get("orderFilter", PLAIN)
    if instrument.is_spot and filter_of(instrument, row) != wanted:
        raise Refusal(Reason.UNKNOWN_ORDER)
    return named(instrument, call.desk.cancel(row) if isinstance(row, Order) else call.desk.cancel_trigger(row))


def cancel_all(call: Call) -> Json:
    """Spot: of one filter, plain orders unless it says otherwise. Contracts: every kind, unless it says which."""
    category = call.category()
    wanted = call.params.get("orderFilter") or (PLAIN if category is Category.SPOT else "")
    if wanted and wanted not in FILTERS:
        raise WireError(PARAMS, "orderFilter invalid")
    if category in {Category.LINEAR, Category.INVERSE}:
        call.need_one_of("symbol", "settleCoin", "baseCoin")
    only_plain_stops = wanted == "StopOrder" and call.params.get("stopOrderType") == "Stop"
    rows: list[tuple[PaperInstrument, Row]] = []
    for instrument in call.chosen():
        resting: list[Row] = [
            *call.account.open_orders(instrument.symbol),
            *call.account.open_triggers(instrument.symbol),
        ]
        rows += [(instrument, row) for row in resting if not wanted or filter_of(instrument, row) == wanted]
    if only_plain_stops:
        rows = [(i, row) for i, row in rows if not isinstance(row, Order) and row.tag in {"", "Stop"}]
    if category is not Category.SPOT:
        rows = rows[:CANCEL_ALL_MAX]
    told = [named(instrument, row) for instrument, row in rows]
    call.desk.cancel_rows(row for _, row in rows)
    return {"list": told, "success": "1"}


def create_batch(call: Call) -> Json:
    def placed(one: Call) -> dict[str, Json]:
        row = _placed(one)
        return named(one.instrument(), row) | {"createAt": str(ms(row.accepted_s))}

    return _batch(call, placed)


def amend_batch(call: Call) -> Json:
    return _batch(call, lambda one: dict(amend(one)))


def cancel_batch(call: Call) -> Json:
    return _batch(call, lambda one: dict(cancel(one)))


def _batch(call: Call, work: Callable[[Call], dict[str, Json]]) -> Outcome:
    """Each on its own; what became of it stands beside the result, in the same order."""
    category = call.category()
    results: list[Json] = []
    verdicts: list[Json] = []
    for params in requests_of(call.params.get("request", ""), category):
        told: dict[str, Json] = {"category": category.value, "symbol": params.get("symbol", "")}
        named_by_client = {"orderId": params.get("orderId", ""), "orderLinkId": params.get("orderLinkId", "")}
        code, message = 0, "OK"
        try:
            told |= work(call.with_params({**params, "category": category.value}))
        except WireError as error:
            code, message = error.code, error.message
        except Refusal as refusal:
            code, message = refusal_words(refusal, is_spot=category is Category.SPOT)
        results.append(named_by_client | told)
        verdicts.append({"code": code, "msg": message})
    return Outcome({"list": results}, {"list": verdicts})


def requests_of(text: str, category: Category) -> list[dict[str, str]]:
    """The orders of a batch, their members written as text."""
    try:
        rows = orjson.loads(text)
    except orjson.JSONDecodeError:
        rows = None
    most = SPOT_BATCH_MAX if category is Category.SPOT else BATCH_MAX
    if not isinstance(rows, list) or not 0 < len(rows) <= most or not all(isinstance(row, dict) for row in rows):
        raise WireError(PARAMS, f"params error: request must hold between 1 and {most} orders")
    return [
        {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in row.items()}
        for row in rows
    ]


def disconnected_cancel_all(call: Call) -> Json:
    product, window_s = call.params.get("product") or "OPTIONS", call.number("timeWindow")
    if product not in PRODUCTS or not SHORTEST_S <= window_s <= LONGEST_S:
        raise WireError(PARAMS, f"timeWindow must lie between {SHORTEST_S} and {LONGEST_S}")
    call.disconnects.set_window(call.account.name, product, window_s)
    return {}

"""Regular orders: entry, change and cancel, and their lists."""

from __future__ import annotations

import re

from core.domain import Leg, Side
from core.paper.dialects.okx import batches
from core.paper.dialects.okx.codes import (
    CANCELED_BEFORE,
    COMPLETED_BEFORE,
    LEGS,
    MARKET_TYPES,
    NO_SUCH_TO_AMEND,
    NOT_FOUND,
    STATES,
    TIF_TYPES,
    WireError,
    order_type,
)
from core.paper.dialects.okx.context import Call
from core.paper.dialects.okx.instruments import family_of, inst_type
from core.paper.dialects.okx.rows import order_json
from core.paper.dialects.okx.words import client_text, stamp
from core.paper.engine.model import Order, OrderKind, OrderRequest, Reason, Refusal, Status, TimeInForce
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

CLIENT_ID = re.compile(r"[0-9A-Za-z]{1,32}")
TD_MODES = {"cross": False, "isolated": True}
NAMES = {"clOrdId": "clOrdId", "ordId": "ordId", "tag": "tag"}


def bad(name: str) -> WireError:
    return WireError("51000", f"Parameter {name} error")


# -- what orders of both kinds have in common --------------------------------------------------------------------------


def side_of(call: Call) -> Side:
    word = call.text("side")
    if word not in {"buy", "sell"}:
        raise bad("side")
    return Side(word)


def leg_of(call: Call) -> Leg:
    word = call.params.get("posSide") or "net"
    if word not in LEGS:
        raise bad("posSide")
    return LEGS[word]


def client_id(call: Call, name: str) -> str:
    """OKX takes letters and digits alone, 32 of them."""
    text = call.params.get(name, "")
    if text and not CLIENT_ID.fullmatch(text):
        raise bad(name)
    return text


def set_margin_mode(call: Call, instrument: PaperInstrument, *, of_pairs: frozenset[str]) -> None:
    """Let the instrument have the margin mode that the order asks for; `of_pairs` are those that spot pairs take.

    OKX holds a position of each mode beside the other; here the mode can only change while nothing is held or rests.
    """
    word = call.text("tdMode")
    if instrument.is_spot:
        if word in TD_MODES and word not in of_pairs:
            raise WireError("54000", "Margin trading is not supported.")
        if word not in of_pairs:
            raise bad("tdMode")
        return
    if word not in TD_MODES:
        raise bad("tdMode")
    account, wanted = call.account, TD_MODES[word]
    if account.is_isolated(instrument.symbol) is not wanted:
        try:
            call.exchange.settings.set_isolated(account, instrument.symbol, wanted)
        except Refusal:
            raise bad("tdMode") from None


def refuse_attached(call: Call) -> None:
    if call.params.get("attachAlgoOrds", "[]") not in {"", "[]"}:
        raise bad("attachAlgoOrds")


# -- entry -------------------------------------------------------------------------------------------------------------


def place(call: Call) -> Json:
    return batches.each(call, _place, NAMES, most=1, too_many=batches.TOO_MANY_TO_PLACE)


def place_batch(call: Call) -> Json:
    most = batches.PLACED_AT_ONCE
    return batches.each(call, _place, NAMES, most=most, too_many=batches.TOO_MANY_TO_PLACE)


def _place(call: Call) -> dict[str, Json]:
    instrument, word = call.instrument(), call.text("ordType")
    if word not in {*TIF_TYPES, *MARKET_TYPES}:
        raise bad("ordType")
    is_market = word in MARKET_TYPES
    refuse_attached(call)
    request = OrderRequest(
        symbol=instrument.symbol,
        side=side_of(call),
        kind=OrderKind.MARKET if is_market else OrderKind.LIMIT,
        quantity=_quantity(call, instrument, word),
        price=None if is_market else call.number("px"),
        tif=TimeInForce.GTC if is_market else TIF_TYPES[word],
        reduce_only=call.flag("reduceOnly") and not instrument.is_spot,
        client_id=client_id(call, "clOrdId"),
        leg=leg_of(call),
    )
    set_margin_mode(call, instrument, of_pairs=frozenset({"cash"}))
    return _ack(call, call.exchange.place(call.account, request))


def _quantity(call: Call, instrument: PaperInstrument, word: str) -> float:
    """`sz`, which for a market buy of a pair counts quote coins unless `tgtCcy` says otherwise."""
    size = call.number("sz")
    if not instrument.is_spot or word != "market" or call.params.get("side") != "buy":
        return size
    if call.params.get("tgtCcy", "quote_ccy") != "quote_ccy":
        return size
    return instrument.floor_quantity(size / call.market.best(instrument.symbol)[1])


def _ack(call: Call, order: Order) -> dict[str, Json]:
    told = {"clOrdId": client_text(order), "ordId": str(order.order_id), "tag": call.params.get("tag", "")}
    return told | {"ts": stamp(call.request.at_s)}


def amend(call: Call) -> Json:
    return _amend_each(call, 1)


def amend_batch(call: Call) -> Json:
    return _amend_each(call, batches.PLACED_AT_ONCE)


def _amend_each(call: Call, most: int) -> Json:
    own = {Reason.UNKNOWN_ORDER: NO_SUCH_TO_AMEND}
    names = {"clOrdId": "clOrdId", "ordId": "ordId", "reqId": "reqId"}
    return batches.each(call, _amend, names, most=most, too_many="51501", own=own)


def _amend(call: Call) -> dict[str, Json]:
    order = _find(call)
    if order.kind is OrderKind.MARKET or order.price is None:
        raise Refusal(Reason.UNKNOWN_ORDER)
    quantity, price = call.number_or_none("newSz"), call.number_or_none("newPx")
    call.exchange.amend(
        call.account,
        order,
        order.quantity if quantity is None else quantity,
        order.price if price is None else price,
    )
    return _ack(call, order) | {"reqId": call.params.get("reqId", "")}


def cancel(call: Call) -> Json:
    return batches.each(call, _cancel, NAMES, most=1, too_many=batches.TOO_MANY_TO_CANCEL)


def cancel_batch(call: Call) -> Json:
    most = batches.CANCELLED_AT_ONCE
    return batches.each(call, _cancel, NAMES, most=most, too_many=batches.TOO_MANY_TO_CANCEL)


def _cancel(call: Call) -> dict[str, Json]:
    order = _find(call)
    if order.status is Status.FILLED:
        raise WireError(*COMPLETED_BEFORE)
    if not order.status.is_open:
        raise WireError(*CANCELED_BEFORE)
    return _ack(call, call.desk.cancel(order))


def _find(call: Call) -> Order:
    order_id, own_id = call.params.get("ordId"), call.params.get("clOrdId")
    if not order_id and not own_id:
        raise WireError("51003", "Either client order ID or order ID is required")
    return call.desk.find_order(call.instrument().symbol, order_id, own_id)


def count_down(call: Call) -> Json:
    """Cancel all regular orders of the account after `timeOut` seconds without another call; 0 ends it."""
    seconds = call.number("timeOut")
    if seconds and not 10 <= seconds <= 120:
        raise WireError("51000", "Parameter timeOut error", 400)
    for symbol in call.market.index:
        call.exchange.count_down(call.account, symbol, seconds)
    at_s = call.request.at_s
    return [{"triggerTime": stamp(at_s + seconds) if seconds else "0", "tag": "", "ts": stamp(at_s)}]


def close_position(call: Call) -> Json:
    """All of one position at the market."""
    account, symbol, leg = call.account, call.instrument().symbol, leg_of(call)
    held = account.position_of(symbol, leg).quantity
    if not held:
        raise WireError("51023", "Position doesn't exist.")
    side, kind = Side.SELL if held > 0 else Side.BUY, OrderKind.MARKET
    own_id = client_id(call, "clOrdId")
    request = OrderRequest(symbol, side, kind, abs(held), reduce_only=True, client_id=own_id, leg=leg)
    call.exchange.place(account, request)
    return [{"clOrdId": own_id, "instId": symbol, "posSide": leg.value, "tag": call.params.get("tag", "")}]


# -- lists -------------------------------------------------------------------------------------------------------------


def query(call: Call) -> Json:
    try:
        order = _find(call)
    except Refusal:
        raise WireError(*NOT_FOUND) from None
    return [order_json(call.account, call.listed(order.symbol), order)]


def pending(call: Call) -> Json:
    rows = [order for order in call.desk.orders(None) if fits(call, order)]
    types = set(call.params.get("ordType", "").split(",")) - {""}
    rows = [order for order in rows if not types or order_type(order) in types]
    return _page(call, rows)


def history(call: Call) -> Json:
    """Ended orders: filled or cancelled."""
    call.text("instType")
    begin, end = call.whole("begin", 0), call.whole("end", 2**53)
    rows = [
        order
        for order in call.account.orders.values()
        if not order.status.is_open and fits(call, order) and begin <= order.accepted_s * 1000 <= end
    ]
    return _page(call, rows)


def fits(call: Call, order: Order) -> bool:
    """Whether the filters that all lists share leave the order."""
    instrument = call.listed(order.symbol)
    return (
        call.params.get("instType", "") in {"", inst_type(instrument)}
        and call.params.get("instId", "") in {"", order.symbol}
        and call.params.get("instFamily", "") in {"", family_of(instrument)}
        and call.params.get("state", "") in {"", STATES[order.status]}
    )


def _page(call: Call, rows: list[Order]) -> Json:
    chosen = call.page(rows, lambda order: order.order_id)
    return [order_json(call.account, call.listed(order.symbol), order) for order in chosen]

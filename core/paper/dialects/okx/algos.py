"""Algo orders: six types, each listed by itself, placed one by one and cancelled by ten."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain import Side
from core.paper.dialects.okx import batches
from core.paper.dialects.okx.codes import ADVANCED_TYPES, ALGO_STATES, ALGO_TYPES, GONE, NOT_FOUND, WireError, algo_type
from core.paper.dialects.okx.context import Call
from core.paper.dialects.okx.instruments import inst_type
from core.paper.dialects.okx.orders import bad, client_id, leg_of, refuse_attached, set_margin_mode, side_of
from core.paper.dialects.okx.rows import ALGO_NOTED, AT_MARKET, algo_json
from core.paper.engine.model import (
    OtherSide,
    PriceSource,
    Reason,
    Refusal,
    Trigger,
    TriggerKind,
    TriggerRequest,
)
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

NAMES = {"algoClOrdId": "algoClOrdId", "algoId": "algoId", "clOrdId": "clOrdId", "tag": "tag"}
KINDS = {
    (True, True): TriggerKind.STOP_MARKET,
    (True, False): TriggerKind.STOP,
    (False, True): TriggerKind.TAKE_PROFIT_MARKET,
    (False, False): TriggerKind.TAKE_PROFIT,
}
"""By whether it is a stop, and whether it trades at the market."""
LISTED_TOGETHER = {"conditional", "oco"}
PASSED = {
    (True, Side.SELL): ("51280", "SL trigger price can not be higher than the last price"),
    (True, Side.BUY): ("51278", "SL trigger price can not be lower than the last price"),
    (False, Side.SELL): ("51279", "TP trigger price can not be lower than the last price"),
    (False, Side.BUY): ("51277", "TP trigger price can not be higher than the last price"),
}
"""What is said of a trigger price that the market has passed, by whether it is a stop and its side."""


def place(call: Call) -> Json:
    own = {Reason.TOO_MANY_ORDERS: ("51261", "Number of pending stop orders exceeds the limit.")}
    return batches.each(call, _place, NAMES, most=1, too_many=batches.TOO_MANY_TO_PLACE, own=own)


def _place(call: Call) -> dict[str, Json]:
    instrument, word = call.instrument(), call.text("ordType")
    if word not in ALGO_TYPES:
        raise bad("ordType")
    refuse_attached(call)
    request = MAKERS[word](call, instrument)
    set_margin_mode(call, instrument, of_pairs=frozenset({"cash", "cross"}))
    try:
        trigger = call.exchange.place_trigger(call.account, request)
    except Refusal as refusal:
        if refusal.reason is Reason.WOULD_TRIGGER:
            raise WireError(*PASSED[request.kind.is_stop, request.side]) from None
        raise
    return _ack(call, trigger)


def _request(
    call: Call,
    instrument: PaperInstrument,
    kind: TriggerKind,
    trigger_price: float,
    price: float | None,
    source: str,
    other: OtherSide | None = None,
    trail: float = 0.0,
) -> TriggerRequest:
    closes = call.params.get("closeFraction", "") == "1"
    own_id = client_id(call, "algoClOrdId") or client_id(call, "clOrdId")
    names = ("algoClOrdId", "clOrdId", *ALGO_NOTED)
    return TriggerRequest(
        symbol=instrument.symbol,
        side=side_of(call),
        kind=kind,
        trigger_price=trigger_price,
        quantity=0.0 if closes else call.number("sz"),
        price=price,
        source=PriceSource.LAST if source in {"", "last"} else PriceSource.MARK,
        reduce_only=call.flag("reduceOnly") and not instrument.is_spot,
        close_position=closes,
        client_id=own_id,
        leg=leg_of(call),
        tag=call.text("ordType"),
        other=other,
        trail=trail,
        notes={name: call.params[name] for name in names if call.params.get(name)},
    )


def _limit(call: Call, name: str) -> float | None:
    """The price of the order that a trigger places; None for the market."""
    return None if call.params.get(name, AT_MARKET) in {"", AT_MARKET} else call.number(name)


def _conditional(call: Call, instrument: PaperInstrument) -> TriggerRequest:
    """One way: the stop-loss where both are given, as OKX does."""
    side = "sl" if call.params.get("slTriggerPx") else "tp"
    price = _limit(call, f"{side}OrdPx")
    kind = KINDS[side == "sl", price is None]
    source = call.params.get(f"{side}TriggerPxType", "")
    return _request(call, instrument, kind, call.number(f"{side}TriggerPx"), price, source)


def _oco(call: Call, instrument: PaperInstrument) -> TriggerRequest:
    price = _limit(call, "slOrdPx")
    taken = OtherSide(call.number("tpTriggerPx"), _limit(call, "tpOrdPx"))
    source = call.params.get("slTriggerPxType", "")
    return _request(call, instrument, KINDS[True, price is None], call.number("slTriggerPx"), price, source, taken)


def _trigger(call: Call, instrument: PaperInstrument) -> TriggerRequest:
    """It fires when the price comes to it, from whichever side."""
    at, price = call.number("triggerPx"), _limit(call, "orderPx")
    is_above = at > call.market.last_of(instrument.symbol)
    kind = KINDS[is_above is (side_of(call) is Side.BUY), price is None]
    return _request(call, instrument, kind, at, price, call.params.get("triggerPxType", ""))


def _moving(call: Call, instrument: PaperInstrument) -> TriggerRequest:
    last = call.market.last_of(instrument.symbol)
    share, spread = call.number_or_none("callbackRatio"), call.number_or_none("callbackSpread")
    if share is None:
        share = 0.0 if spread is None else spread / last
    if not 0 < share < 1:
        raise WireError("51257", "Trail order callback rate error")
    at = instrument.round_price(last * (1 + side_of(call).sign * share))
    return _request(call, instrument, TriggerKind.STOP_MARKET, at, None, "last", trail=share)


def _worked(call: Call, instrument: PaperInstrument) -> TriggerRequest:
    """Iceberg and TWAP: in parts of `szLimit`, no worse than `pxLimit`."""
    part = call.number("szLimit")
    if not 0 < part <= call.number("sz"):
        raise WireError("51255", "Limit of per order: Total amount/1000 < x <= Total amount")
    if call.text("ordType") == "twap":
        call.text("timeInterval")
    worst = call.number("pxLimit")
    return _request(call, instrument, TriggerKind.WORKED, worst, worst, "last")


MAKERS = {
    "conditional": _conditional,
    "oco": _oco,
    "trigger": _trigger,
    "move_order_stop": _moving,
    "iceberg": _worked,
    "twap": _worked,
}


def _ack(call: Call, trigger: Trigger) -> dict[str, Json]:
    notes: Mapping[str, str] = trigger.notes
    told = {name: notes.get(name, "") for name in ("algoClOrdId", "clOrdId")}
    return told | {"algoId": str(trigger.trigger_id), "tag": call.params.get("tag", "")}


def cancel(call: Call) -> Json:
    most = batches.ALGOS_AT_ONCE
    return batches.each(call, _cancel, NAMES, most=most, too_many=batches.TOO_MANY_TO_CANCEL)


def cancel_advanced(call: Call) -> Json:
    """The older call for the three types that the other one once left out; it still answers."""
    for row in call.rows():
        trigger = call.account.triggers.get(int(row["algoId"])) if row.get("algoId", "").isdigit() else None
        if trigger is not None and algo_type(trigger) not in ADVANCED_TYPES:
            raise WireError("51000", "Parameter algoId error")
    return cancel(call)


def _cancel(call: Call) -> dict[str, Json]:
    trigger = _find(call)
    if not trigger.status.is_open or trigger.symbol != call.instrument().symbol:
        raise WireError(*GONE)
    return _ack(call, call.desk.cancel_trigger(trigger))


def _find(call: Call) -> Trigger:
    algo_id, own_id = call.params.get("algoId"), call.params.get("algoClOrdId")
    if not algo_id and not own_id:
        raise WireError("50015", "Either parameter algoId or algoClOrdId is required", 400)
    return call.desk.find_trigger(algo_id, own_id)


def query(call: Call) -> Json:
    try:
        trigger = _find(call)
    except Refusal:
        raise WireError(*NOT_FOUND) from None
    return [algo_json(call.account, call.listed(trigger.symbol), trigger)]


def pending(call: Call) -> Json:
    return _page(call, call.desk.triggers(None))


def history(call: Call) -> Json:
    state, algo_id = call.params.get("state", ""), call.params.get("algoId", "")
    if not state and not algo_id:
        raise WireError("50015", "Either parameter state or algoId is required", 400)
    rows = [
        trigger
        for trigger in call.account.triggers.values()
        if not trigger.status.is_open and state in {"", ALGO_STATES[trigger.status]}
    ]
    return _page(call, rows)


def _page(call: Call, rows: list[Trigger]) -> Json:
    """Of one type, or of the two that may be asked for together."""
    types = set(call.text("ordType").split(","))
    if not types <= set(ALGO_TYPES) or (len(types) > 1 and types != LISTED_TOGETHER):
        raise WireError("51000", "Parameter ordType error", 400)
    number = call.params.get("algoId", "")
    wanted = [
        trigger
        for trigger in rows
        if algo_type(trigger) in types
        and call.params.get("instType", "") in {"", inst_type(call.listed(trigger.symbol))}
        and call.params.get("instId", "") in {"", trigger.symbol}
        and number in {"", str(trigger.trigger_id)}
    ]
    chosen = call.page(wanted, lambda trigger: trigger.trigger_id)
    return [algo_json(call.account, call.listed(trigger.symbol), trigger) for trigger in chosen]

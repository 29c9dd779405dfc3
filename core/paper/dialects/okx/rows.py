"""OKX's JSON for orders, algo orders and fills."""

from __future__ import annotations

from core.domain import Leg
from core.paper.dialects.okx.codes import ALGO_STATES, LEG_WORDS, STATES, algo_type, order_type
from core.paper.dialects.okx.instruments import inst_type
from core.paper.dialects.okx.words import amount, client_text, price, stamp
from core.paper.engine.account import Account
from core.paper.engine.model import Fill, Order, PriceSource, Status, Trigger, TriggerKind
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

SOURCES = {PriceSource.MARK: "mark", PriceSource.LAST: "last"}
AT_MARKET = "-1"
ORDER_UNUSED: tuple[str, ...] = (
    "cancelSource",
    "cancelSourceReason",
    "ccy",
    "attachAlgoClOrdId",
    "pxType",
    "pxUsd",
    "pxVol",
)
ORDER_UNUSED += ("quickMgnType", "slOrdPx", "slTriggerPx", "slTriggerPxType", "source", "stpId", "tag", "tpOrdPx")
ORDER_UNUSED += ("tpTriggerPx", "tpTriggerPxType")
ALGO_UNUSED: tuple[str, ...] = (
    "actualPx",
    "actualSide",
    "amendPxOnTriggerType",
    "ccy",
    "quickMgnType",
    "tag",
    "tgtCcy",
)
ALGO_NOTED: tuple[str, ...] = (
    "activePx",
    "callbackRatio",
    "callbackSpread",
    "closeFraction",
    "pxLimit",
    "pxSpread",
    "pxVar",
    "szLimit",
)
ALGO_NOTED += ("timeInterval",)
"""What an algo order says of itself as it was sent."""
FILL_UNKNOWN = ("fillFwdPx", "fillIdxPx", "fillMarkPx", "fillMarkVol", "fillPxUsd", "fillPxVol", "tag")


def margin_mode(account: Account, instrument: PaperInstrument) -> str:
    if instrument.is_spot:
        return "cash"
    return "isolated" if account.is_isolated(instrument.symbol) else "cross"


def _common(account: Account, instrument: PaperInstrument, row: Order | Trigger) -> dict[str, Json]:
    return {
        "cTime": stamp(row.accepted_s),
        "instId": row.symbol,
        "instType": inst_type(instrument),
        "lever": "" if instrument.is_spot else str(account.leverage_of(row.symbol)),
        "posSide": LEG_WORDS[row.leg],
        # In long/short mode the leg says it, and the flag is not used.
        "reduceOnly": str(row.reduce_only and row.leg is Leg.NET).lower(),
        "side": row.side.value,
        "sz": amount(row.quantity) if row.quantity else "",
        "tdMode": margin_mode(account, instrument),
        "uTime": stamp(row.updated_s),
        "attachAlgoOrds": [],
    }


def order_json(account: Account, instrument: PaperInstrument, order: Order) -> dict[str, Json]:
    fills = [fill for fill in account.fills if fill.order_id == order.order_id] if order.filled else []
    last = fills[-1] if fills else None
    coin = last.coin if last else instrument.settle
    sent = account.triggers.get(order.trigger_id or -1)
    algo_id = str(order.trigger_id or "")
    return {
        **dict.fromkeys(ORDER_UNUSED, ""),
        **_common(account, instrument, order),
        "accFillSz": amount(order.filled),
        "algoClOrdId": client_text(sent) if sent else "",
        "algoId": algo_id,
        "avgPx": amount(order.average_price) if order.filled else "",
        "category": "full_liquidation" if order.is_forced else "normal",
        "clOrdId": client_text(order),
        "fee": amount(-sum(fill.fee for fill in fills)),
        "feeCcy": coin,
        "fillPx": price(instrument, last.price) if last else "",
        "fillSz": amount(last.quantity if last else 0.0),
        "fillTime": stamp(last.at_s) if last else "",
        "isTpLimit": "false",
        "linkedAlgoOrd": {"algoId": algo_id},
        "ordId": str(order.order_id),
        "ordType": order_type(order),
        "pnl": amount(sum(fill.realised for fill in fills)),
        "px": price(instrument, order.price),
        "rebate": "0",
        "rebateCcy": coin,
        "state": STATES[order.status],
        "stpMode": "cancel_maker",
        "tgtCcy": "base_ccy" if instrument.is_spot else "",
        "tradeId": str(last.fill_id) if last else "",
    }


def algo_json(account: Account, instrument: PaperInstrument, trigger: Trigger) -> dict[str, Json]:
    """One algo order; its prices stand where its type has them."""
    kind, notes = algo_type(trigger), trigger.notes
    child = str(trigger.order_id or "")
    fired = trigger.status is Status.TRIGGERED
    return {
        **dict.fromkeys(ALGO_UNUSED, ""),
        **_common(account, instrument, trigger),
        **{name: notes.get(name, "") for name in ALGO_NOTED},
        **_prices(instrument, trigger, kind),
        "actualSz": amount(trigger.quantity) if fired else "0",
        "algoClOrdId": notes.get("algoClOrdId", "" if notes else client_text(trigger)),
        "algoId": str(trigger.trigger_id),
        "clOrdId": notes.get("clOrdId", ""),
        "failCode": "1" if trigger.failure else "",
        "last": amount(account.market.last_of(trigger.symbol)),
        "linkedOrd": {"ordId": ""},
        "ordId": child,
        "ordIdList": [child] if child else [],
        "ordType": kind,
        "state": ALGO_STATES[trigger.status],
        "triggerTime": stamp(trigger.ended_s) if fired else "0",
    }


def _prices(instrument: PaperInstrument, trigger: Trigger, kind: str) -> dict[str, str]:
    names = ("slTriggerPx", "slTriggerPxType", "slOrdPx", "tpTriggerPx", "tpTriggerPxType", "tpOrdPx")
    told = dict.fromkeys((*names, "triggerPx", "triggerPxType", "ordPx", "moveTriggerPx"), "")
    at, source = price(instrument, trigger.trigger_price), SOURCES[trigger.source]
    limit = AT_MARKET if trigger.price is None else price(instrument, trigger.price)
    if kind == "trigger":
        return told | {"triggerPx": at, "triggerPxType": source, "ordPx": limit}
    if kind == "move_order_stop":
        return told | {"moveTriggerPx": at}
    if trigger.kind is TriggerKind.WORKED:
        return told
    side = "sl" if trigger.kind.is_stop else "tp"
    told |= {f"{side}TriggerPx": at, f"{side}TriggerPxType": source, f"{side}OrdPx": limit}
    if trigger.other is not None:
        taken = AT_MARKET if trigger.other.price is None else price(instrument, trigger.other.price)
        told |= {"tpTriggerPx": price(instrument, trigger.other.trigger_price), "tpOrdPx": taken}
        told["tpTriggerPxType"] = source
    return told


def fill_json(account: Account, instrument: PaperInstrument, fill: Fill) -> dict[str, Json]:
    rules = account.rules
    order = account.orders.get(fill.order_id)
    return {
        **dict.fromkeys(FILL_UNKNOWN, ""),
        "billId": str(fill.fill_id),
        "clOrdId": client_text(order) if order else fill.client_id,
        "execType": "M" if fill.maker else "T",
        "fee": amount(-fill.fee),
        "feeCcy": fill.coin,
        "feeRate": amount(-(rules.maker_fee if fill.maker else rules.taker_fee)),
        "fillPnl": amount(fill.realised),
        "fillPx": price(instrument, fill.price),
        "fillSz": amount(fill.quantity),
        "fillTime": stamp(fill.at_s),
        "instId": fill.symbol,
        "instType": inst_type(instrument),
        "ordId": str(fill.order_id),
        "posSide": LEG_WORDS[fill.leg],
        "side": fill.side.value,
        "subType": "1" if fill.side.value == "buy" else "2",
        "tradeId": str(fill.fill_id),
        "ts": stamp(fill.at_s),
    }

"""Binance's JSON for orders, triggers, fills and ledger rows, REST side."""

from __future__ import annotations

from core.paper.dialects.binance.codes import INCOME_TYPES, KINDS, LEG_WORDS, STATUS_WORDS, TIF_WORDS
from core.paper.dialects.binance.words import coin, ms, pair, price_text, quantity_text
from core.paper.engine.holdings import LedgerRow
from core.paper.engine.model import Fill, Order, PriceSource, Status, Trigger
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

WORKING_TYPES = {PriceSource.MARK: "MARK_PRICE", PriceSource.LAST: "CONTRACT_PRICE"}


def order_json(instrument: PaperInstrument, order: Order) -> dict[str, Json]:
    word = "LIQUIDATION" if order.is_forced else KINDS[order.kind]
    value = f"{order.filled_value:.{8 if instrument.is_inverse else 5}f}"
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": STATUS_WORDS[order.status],
        "clientOrderId": order.client_id,
        "price": price_text(instrument, order.price),
        "avgPrice": f"{order.average_price:.{instrument.price_decimals + 3}f}",
        "origQty": quantity_text(instrument, order.quantity),
        "executedQty": quantity_text(instrument, order.filled),
        "cumQty": quantity_text(instrument, order.filled),
        **({"cumBase": value, "pair": pair(instrument)} if instrument.is_inverse else {"cumQuote": value}),
        "timeInForce": TIF_WORDS[order.tif],
        "type": word,
        "origType": word,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side.name,
        "positionSide": LEG_WORDS[order.leg],
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "time": ms(order.accepted_s),
        "updateTime": ms(order.updated_s),
    }


def trigger_json(instrument: PaperInstrument, trigger: Trigger, child: Order | None = None) -> dict[str, Json]:
    status = STATUS_WORDS[trigger.status]
    if trigger.status is Status.TRIGGERED and child is not None and not child.status.is_open:
        status = "FINISHED"
    return {
        "algoId": trigger.trigger_id,
        "clientAlgoId": trigger.client_id,
        "algoType": "CONDITIONAL",
        "orderType": trigger.kind.name,
        "symbol": trigger.symbol,
        "side": trigger.side.name,
        "positionSide": LEG_WORDS[trigger.leg],
        "timeInForce": TIF_WORDS[trigger.tif],
        "quantity": quantity_text(instrument, trigger.quantity),
        "algoStatus": status,
        "actualOrderId": str(trigger.order_id or ""),
        "actualPrice": f"{child.average_price if child else 0.0:.5f}",
        "triggerPrice": price_text(instrument, trigger.trigger_price),
        "price": price_text(instrument, trigger.price),
        "icebergQuantity": None,
        "tpTriggerPrice": "0.000",
        "tpPrice": "0.000",
        "slTriggerPrice": "0.000",
        "slPrice": "0.000",
        "tpOrderType": "",
        "selfTradePreventionMode": "NONE",
        "workingType": WORKING_TYPES[trigger.source],
        "priceMatch": "NONE",
        "closePosition": trigger.close_position,
        "priceProtect": False,
        "reduceOnly": trigger.reduce_only,
        "createTime": ms(trigger.accepted_s),
        "updateTime": ms(trigger.updated_s),
        "triggerTime": ms(trigger.ended_s or 0.0) if trigger.status is Status.TRIGGERED else 0,
        "goodTillDate": 0,
    }


def fill_json(instrument: PaperInstrument, fill: Fill) -> dict[str, Json]:
    value = coin(instrument.notional(fill.quantity, fill.price))
    own: dict[str, Json] = {"quoteQty": value}
    if instrument.is_inverse:
        own = {"baseQty": value, "pair": pair(instrument), "marginAsset": instrument.settle}
    return own | {
        "symbol": fill.symbol,
        "id": fill.fill_id,
        "orderId": fill.order_id,
        "side": fill.side.name,
        "price": price_text(instrument, fill.price),
        "qty": quantity_text(instrument, fill.quantity),
        "realizedPnl": coin(fill.realised),
        "commission": coin(fill.fee),
        "commissionAsset": fill.coin,
        "time": ms(fill.at_s),
        "positionSide": LEG_WORDS[fill.leg],
        "maker": fill.maker,
        "buyer": fill.side.name == "BUY",
    }


def income_json(row: LedgerRow) -> dict[str, Json]:
    return {
        "symbol": row.symbol,
        "incomeType": INCOME_TYPES[row.kind],
        "income": coin(row.amount),
        "asset": row.coin,
        "info": row.note or (str(row.fill_id) if row.fill_id else INCOME_TYPES[row.kind]),
        "time": ms(row.at_s),
        "tranId": str(row.row_id),
        "tradeId": str(row.fill_id or ""),
    }

"""Binance's user-stream events for what the engine tells."""

from __future__ import annotations

import orjson

from core.paper.dialects.binance.codes import KINDS, LEG_WORDS, STATUS_WORDS, TIF_WORDS
from core.paper.dialects.binance.futures.format import WORKING_TYPES
from core.paper.dialects.binance.words import coin, ms, price_text, quantity_text
from core.paper.engine.events import AccountEvent, EngineEvent, LeverageEvent, OrderEvent, TriggerEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Cause, Order, Status
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

CAUSES = {
    Cause.ORDER: "ORDER",
    Cause.DEPOSIT: "DEPOSIT",
    Cause.WITHDRAW: "WITHDRAW",
    Cause.ADJUSTMENT: "ADJUSTMENT",
    Cause.FUNDING: "FUNDING_FEE",
    Cause.INSURANCE: "INSURANCE_CLEAR",
    Cause.MARGIN: "MARGIN_TRANSFER",
    Cause.MARGIN_MODE: "MARGIN_TYPE_CHANGE",
}
EXECUTIONS = {Status.CANCELED: "CANCELED", Status.EXPIRED: "EXPIRED", Status.REJECTED: "EXPIRED"}


def user_frames(exchange: Exchange, event: EngineEvent, at_s: float) -> list[bytes]:
    head = {"E": ms(at_s), "T": ms(at_s)}
    if isinstance(event, OrderEvent):
        instrument = exchange.market.instrument(event.order.symbol)
        body: Json = {"e": "ORDER_TRADE_UPDATE", **head, "o": _order_body(instrument, event)}
    elif isinstance(event, TriggerEvent):
        body = {"e": "ALGO_UPDATE", **head, "o": _algo_body(exchange, event)}
    elif isinstance(event, LeverageEvent):
        body = {"e": "ACCOUNT_CONFIG_UPDATE", **head, "ac": {"s": event.symbol, "l": event.leverage}}
    else:
        body = {"e": "ACCOUNT_UPDATE", **head, "a": _account_body(exchange, event)}
    return [orjson.dumps(body)]


def _order_body(instrument: PaperInstrument, event: OrderEvent) -> dict[str, Json]:
    order, fill = event.order, event.fill
    execution = "TRADE" if fill else "AMENDMENT" if event.amended else EXECUTIONS.get(order.status, "NEW")
    word = "LIQUIDATION" if order.is_forced else KINDS[order.kind]
    body: dict[str, Json] = {
        "s": order.symbol,
        "c": order.client_id,
        "S": order.side.name,
        "o": word,
        "f": TIF_WORDS[order.tif],
        "q": quantity_text(instrument, order.quantity),
        "p": price_text(instrument, order.price),
        "ap": f"{order.average_price:.{instrument.price_decimals + 3}f}",
        "sp": "0",
        "x": execution,
        "X": STATUS_WORDS[order.status],
        "i": order.order_id,
        "l": quantity_text(instrument, fill.quantity if fill else 0.0),
        "z": quantity_text(instrument, order.filled),
        "L": price_text(instrument, fill.price if fill else 0.0),
        "T": ms(event.at_s),
        "t": fill.fill_id if fill else 0,
        "b": "0",
        "a": "0",
        "m": fill.maker if fill else False,
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ot": word,
        "ps": LEG_WORDS[order.leg],
        "cp": False,
        "rp": coin(fill.realised if fill else 0.0),
        "pP": False,
        "si": order.trigger_id or 0,
        "ss": 0,
        "V": "NONE",
        "pm": "NONE",
        "gtd": 0,
    }
    if instrument.is_inverse:
        body["ma"] = instrument.settle
    return body | ({"N": fill.coin, "n": coin(fill.fee)} if fill else {})


def _algo_body(exchange: Exchange, event: TriggerEvent) -> dict[str, Json]:
    trigger = event.trigger
    instrument = exchange.market.instrument(trigger.symbol)
    child: Order | None = None
    if trigger.order_id is not None:
        child = exchange.accounts[trigger.account].orders.get(trigger.order_id)
    return {
        "caid": trigger.client_id,
        "aid": trigger.trigger_id,
        "at": "CONDITIONAL",
        "o": trigger.kind.name,
        "s": trigger.symbol,
        "S": trigger.side.name,
        "ps": LEG_WORDS[trigger.leg],
        "f": TIF_WORDS[trigger.tif],
        "q": quantity_text(instrument, trigger.quantity),
        "X": STATUS_WORDS[trigger.status],
        "ai": str(trigger.order_id or ""),
        "ap": f"{child.average_price if child else 0.0:.5f}",
        "aq": f"{child.filled if child else 0.0:.5f}",
        "act": KINDS[child.kind] if child else "0",
        "tp": price_text(instrument, trigger.trigger_price),
        "p": price_text(instrument, trigger.price),
        "V": "NONE",
        "wt": WORKING_TYPES[trigger.source],
        "pm": "NONE",
        "cp": trigger.close_position,
        "pP": False,
        "R": trigger.reduce_only,
        "tt": ms(trigger.ended_s or 0.0) if trigger.status is Status.TRIGGERED else 0,
        "gtd": 0,
        "rm": trigger.failure,
    }


def _account_body(exchange: Exchange, event: AccountEvent) -> dict[str, Json]:
    market, account = exchange.market, exchange.accounts[event.account]
    positions: list[Json] = []
    for position in event.positions:
        instrument = market.instrument(position.symbol)
        entry = f"{position.entry_price:.{instrument.price_decimals + 6}f}"
        positions.append(
            {
                "s": position.symbol,
                "pa": quantity_text(instrument, position.quantity),
                "ep": entry,
                "bep": entry,
                "cr": coin(position.realised),
                "up": coin(account.unrealised_of(position)),
                "mt": "isolated" if account.is_isolated(position.symbol) else "cross",
                "iw": coin(position.pot),
                "ps": LEG_WORDS[position.leg],
                "ma": instrument.settle,
            }
        )
    balances = [
        {
            "a": name,
            "wb": coin(amount),
            "cw": coin(account.margin(name).cross_wallet),
            "bc": coin(event.changes.get(name, 0.0)),
        }
        for name, amount in event.wallets.items()
    ]
    cause = event.cause
    if cause is Cause.TRANSFER:
        # The futures wallet sees a transfer as what comes in or goes out.
        cause = Cause.WITHDRAW if any(change < 0 for change in event.changes.values()) else Cause.DEPOSIT
    return {"m": CAUSES[cause], "B": balances, "P": positions}

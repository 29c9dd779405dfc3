"""The spot venue's user-stream events for what the engine tells."""

from __future__ import annotations

import orjson

from core.paper.dialects.binance.codes import STATUS_WORDS
from core.paper.dialects.binance.spot.account import balance_row
from core.paper.dialects.binance.spot.words import tif_word, type_word
from core.paper.dialects.binance.words import coin, ms, price_text, quantity_text
from core.paper.dialects.words import lasting_id
from core.paper.engine.events import AccountEvent, EngineEvent, OrderEvent, TriggerEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Cause, Fill, Order, Status, Trigger
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

EXECUTIONS = {Status.CANCELED: "CANCELED", Status.EXPIRED: "EXPIRED", Status.REJECTED: "REJECTED"}


def user_frames(exchange: Exchange, event: EngineEvent, at_s: float) -> list[bytes]:
    if isinstance(event, OrderEvent):
        instrument = exchange.market.instrument(event.order.symbol)
        report = _report(instrument, event.order, event.fill, event.at_s, at_s)
        # What an order locks or frees changes with each of its states.
        return [orjson.dumps(report), _position(exchange, event.account, (instrument.base, instrument.quote), at_s)]
    if isinstance(event, TriggerEvent):
        if event.trigger.status is Status.TRIGGERED:
            return []  # its order goes on under the same number
        instrument = exchange.market.instrument(event.trigger.symbol)
        report = _report(instrument, event.trigger, None, event.at_s, at_s)
        return [orjson.dumps(report), _position(exchange, event.account, (instrument.base, instrument.quote), at_s)]
    if isinstance(event, AccountEvent) and event.cause is not Cause.ORDER:
        changes: list[bytes] = [
            orjson.dumps({"e": "balanceUpdate", "E": ms(at_s), "a": name, "d": coin(amount), "T": ms(event.at_s)})
            for name, amount in event.changes.items()
        ]
        return [*changes, _position(exchange, event.account, tuple(event.wallets), at_s)]
    return []


def _position(exchange: Exchange, account: str, coins: tuple[str, ...], at_s: float) -> bytes:
    rows: list[Json] = []
    for name in coins:
        free, locked = balance_row(exchange.accounts[account], name)
        rows.append({"a": name, "f": free, "l": locked})
    return orjson.dumps({"e": "outboundAccountPosition", "E": ms(at_s), "u": ms(at_s), "B": rows})


def _report(
    instrument: PaperInstrument, row: Order | Trigger, fill: Fill | None, changed_s: float, at_s: float
) -> dict[str, Json]:
    is_order = isinstance(row, Order)
    filled, value = (row.filled, row.filled_value) if isinstance(row, Order) else (0.0, 0.0)
    body: dict[str, Json] = {
        "e": "executionReport",
        "E": ms(at_s),
        "s": row.symbol,
        "c": row.client_id,
        "S": row.side.name,
        "o": type_word(row),
        "f": tif_word(row),
        "q": quantity_text(instrument, row.quantity),
        "p": price_text(instrument, row.price),
        "P": price_text(instrument, row.trigger_price if isinstance(row, Trigger) else 0.0),
        "F": coin(0.0),
        "g": -1,
        "C": row.client_id if row.status is Status.CANCELED else "",
        "x": "TRADE" if fill else EXECUTIONS.get(row.status, "NEW"),
        "X": STATUS_WORDS[row.status],
        "r": "NONE",
        "i": lasting_id(row),
        "l": quantity_text(instrument, fill.quantity if fill else 0.0),
        "z": quantity_text(instrument, filled),
        "L": price_text(instrument, fill.price if fill else 0.0),
        "n": coin(fill.fee) if fill else "0",
        "N": fill.coin if fill else None,
        "T": ms(changed_s),
        "t": fill.fill_id if fill else -1,
        "I": fill.fill_id if fill else 0,
        "w": is_order and row.status.is_open,
        "m": fill.maker if fill else False,
        "M": False,
        "O": ms(row.accepted_s),
        "Z": coin(value),
        "Y": coin(fill.quantity * fill.price) if fill else coin(0.0),
        "Q": coin(0.0),
        "W": ms(row.accepted_s),
        "V": "NONE",
    }
    return body

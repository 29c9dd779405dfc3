"""What an account's streams say: of what the engine tells, each connection hears what it has subscribed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.paper.dialects.okx.codes import LEG_WORDS
from core.paper.dialects.okx.holdings import balance_json, coins_of, entry_text, position_id, position_json, size_text
from core.paper.dialects.okx.instruments import family_of, inst_type
from core.paper.dialects.okx.rows import algo_json, order_json
from core.paper.dialects.okx.topics import frame, parsed
from core.paper.dialects.okx.words import amount, price, stamp
from core.paper.engine.account import Account
from core.paper.engine.events import AccountEvent, EngineEvent, OrderEvent, TriggerEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.holdings import Position
from core.paper.engine.model import Cause, TriggerKind
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json

EVERYTHING = (
    '{"channel":"account"}',
    '{"channel":"positions","instType":"ANY"}',
    '{"channel":"balance_and_position"}',
    '{"channel":"orders","instType":"ANY"}',
    '{"channel":"orders-algo","instType":"ANY"}',
    '{"channel":"algo-advance","instType":"ANY"}',
)
EVENT_TYPES = {
    Cause.ORDER: "filled",
    Cause.FUNDING: "funding_fee",
    Cause.INSURANCE: "liquidation",
    Cause.TRANSFER: "transferred",
    Cause.DEPOSIT: "transferred",
    Cause.WITHDRAW: "transferred",
}
FILL_UNKNOWN = ("fillFwdPx", "fillMarkPx", "fillMarkVol", "fillPxUsd", "fillPxVol", "amendSource", "reqId", "msg")
Rows = Callable[[str], list[Json]]
"""The rows of a channel that an event brings, none where it brings nothing there."""


def user_frames(exchange: Exchange, event: EngineEvent, at_s: float, subscribed: set[str]) -> list[bytes]:
    account = exchange.accounts[event.account]
    topics = sorted(subscribed) or EVERYTHING
    if isinstance(event, OrderEvent):
        instrument = account.market.instrument(event.order.symbol)
        return _told(topics, instrument, lambda channel: _of_order(account, instrument, event, channel))
    if isinstance(event, TriggerEvent):
        instrument = account.market.instrument(event.trigger.symbol)
        return _told(topics, instrument, lambda channel: _of_trigger(account, instrument, event, channel))
    if isinstance(event, AccountEvent) and event.cause is not Cause.MARGIN_MODE:
        return _told(topics, None, lambda channel: _of_account(account, event, channel, at_s))
    return []


def snapshot_frames(account: Account, topic: str, at_s: float) -> list[bytes]:
    """What a subscription to balances or positions begins with."""
    channel, held = str(parsed(topic)["channel"]), account.open_positions()
    if channel == "account":
        return [frame(topic, [balance_json(account, coins_of(account))])]
    if channel == "positions":
        return [frame(topic, [position_json(account, row, at_s) for row in held])]
    if channel == "balance_and_position":
        return [frame(topic, [_both(account, coins_of(account), held, "snapshot", at_s)])]
    return []


def _told(topics: Iterable[str], instrument: PaperInstrument | None, rows: Rows) -> list[bytes]:
    frames: list[bytes] = []
    for topic in topics:
        arg = parsed(topic)
        if instrument is None or _fits(instrument, arg):
            found = rows(str(arg["channel"]))
            if found:
                frames.append(frame(topic, found))
    return frames


def _fits(instrument: PaperInstrument, arg: object) -> bool:
    told = arg if isinstance(arg, dict) else {}
    return (
        told.get("instType", "ANY") in {"ANY", inst_type(instrument)}
        and told.get("instId", "") in {"", instrument.symbol}
        and told.get("instFamily", "") in {"", family_of(instrument)}
    )


def _of_order(account: Account, instrument: PaperInstrument, event: OrderEvent, channel: str) -> list[Json]:
    if channel == "account" and event.fill is None:
        # What an order binds or frees changes with each of its states; of a fill the account's own event tells.
        return [balance_json(account, _bound_by(instrument))]
    if channel != "orders":
        return []
    fill, mark = event.fill, account.market.mark_of(instrument.symbol)
    told = order_json(account, instrument, event.order) | dict.fromkeys(FILL_UNKNOWN, "")
    told |= {
        "amendResult": "0" if event.amended else "",
        "code": "0",
        "execType": "",
        "fillFee": "0",
        "fillFeeCcy": "",
        "fillNotionalUsd": "",
        "fillPnl": "0",
        "fillPx": "",
        "fillSz": "0",
        "fillTime": "",
        "lastPx": amount(account.market.last_of(instrument.symbol)),
        "notionalUsd": amount(instrument.value(event.order.quantity, mark)),
        "tradeId": "",
    }
    if fill is not None:
        told |= {
            "execType": "M" if fill.maker else "T",
            "fillFee": amount(-fill.fee),
            "fillFeeCcy": fill.coin,
            "fillNotionalUsd": amount(instrument.value(fill.quantity, fill.price)),
            "fillPnl": amount(fill.realised),
            "fillPx": price(instrument, fill.price),
            "fillSz": amount(fill.quantity),
            "fillTime": stamp(fill.at_s),
            "tradeId": str(fill.fill_id),
        }
    return [told]


def _bound_by(instrument: PaperInstrument) -> list[str]:
    return [instrument.base, instrument.quote] if instrument.is_spot else [instrument.settle]


def _of_trigger(account: Account, instrument: PaperInstrument, event: TriggerEvent, channel: str) -> list[Json]:
    trigger = event.trigger
    is_advanced = trigger.kind is TriggerKind.WORKED or trigger.trail > 0
    if channel != ("algo-advance" if is_advanced else "orders-algo"):
        return []
    value = instrument.value(trigger.quantity, account.market.mark_of(instrument.symbol))
    own = {"amendResult": "", "reqId": "", "notionalUsd": amount(value)}
    own |= {"count": "1", "pTime": stamp(event.at_s)} if is_advanced else {}
    return [algo_json(account, instrument, trigger) | own]


def _of_account(account: Account, event: AccountEvent, channel: str, at_s: float) -> list[Json]:
    coins, changed = list(event.wallets), list(event.positions)
    if channel == "account":
        return [balance_json(account, coins)]
    if channel == "positions":
        return [position_json(account, row, at_s) for row in changed]
    if channel == "balance_and_position":
        return [_both(account, coins, changed, EVENT_TYPES.get(event.cause, "transferred"), at_s)]
    return []


def _both(account: Account, coins: list[str], held: list[Position], kind: str, at_s: float) -> dict[str, Json]:
    market = account.market
    balances = [
        {"ccy": name, "cashBal": amount(account.wallets.get(name, 0.0)), "uTime": stamp(account.updated_s)}
        for name in coins
    ]
    positions = [
        {
            "avgPx": entry_text(row),
            "ccy": market.instrument(row.symbol).settle,
            "instId": row.symbol,
            "instType": inst_type(market.instrument(row.symbol)),
            "mgnMode": "isolated" if account.is_isolated(row.symbol) else "cross",
            "pos": size_text(row),
            "posCcy": "",
            "posId": position_id(account, row),
            "posSide": LEG_WORDS[row.leg],
            "tradeId": "",
            "uTime": stamp(row.updated_s),
        }
        for row in held
    ]
    return {"pTime": stamp(at_s), "eventType": kind, "balData": balances, "posData": positions, "trades": []}

"""What the private stream says about the engine's events, topic by topic."""

from __future__ import annotations

import orjson

from core.paper.dialects.bybit.holdings import entry_text, position_row, wallet_row
from core.paper.dialects.bybit.listing import category_of
from core.paper.dialects.bybit.protection import Attachments
from core.paper.dialects.bybit.rows import fill_row, order_row
from core.paper.dialects.words import ms
from core.paper.engine.account import Account
from core.paper.engine.events import AccountEvent, EngineEvent, LeverageEvent, OrderEvent, TriggerEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.holdings import Position
from core.paper.engine.model import Status
from core.paper.wire import Json

ORDER, EXECUTION, POSITION, WALLET = TOPICS = ("order", "execution", "position", "wallet")


def user_frames(exchange: Exchange, attachments: Attachments, event: EngineEvent, at_s: float) -> list[bytes]:
    account, instrument = exchange.accounts[event.account], exchange.market.instrument
    if isinstance(event, OrderEvent):
        order = event.order
        category = {"category": category_of(instrument(order.symbol)).value}
        guards = attachments.of(order.order_id)
        frames = [_frame(ORDER, [order_row(account, order, guards) | category | {"feeCurrency": ""}], at_s)]
        if event.fill is not None:
            frames.append(_frame(EXECUTION, [fill_row(account, event.fill) | category | {"isLeverage": "0"}], at_s))
        return frames + _locks(account, order.symbol, at_s)
    if isinstance(event, TriggerEvent):
        if event.trigger.status is Status.TRIGGERED:
            return []  # the order that it placed goes on under the same id
        category = {"category": category_of(instrument(event.trigger.symbol)).value, "feeCurrency": ""}
        frames = [_frame(ORDER, [order_row(account, event.trigger) | category], at_s)]
        return frames + _locks(account, event.trigger.symbol, at_s)
    if isinstance(event, LeverageEvent):
        rows = [account.position_of(event.symbol, leg) for leg in account.legs_of(event.symbol)]
        return [_positions(account, rows, at_s)]
    return _account_frames(account, event, at_s)


def _account_frames(account: Account, event: AccountEvent, at_s: float) -> list[bytes]:
    frames = [_frame(WALLET, [wallet_row(account, sorted(event.wallets))], at_s)] if event.wallets else []
    return frames + ([_positions(account, list(event.positions), at_s)] if event.positions else [])


def _locks(account: Account, symbol: str, at_s: float) -> list[bytes]:
    """What a spot order locks or frees changes with each of its states."""
    instrument = account.market.instrument(symbol)
    if not instrument.is_spot:
        return []
    return [_frame(WALLET, [wallet_row(account, (instrument.base, instrument.quote))], at_s)]


def _positions(account: Account, positions: list[Position], at_s: float) -> bytes:
    rows: list[Json] = []
    for position in positions:
        category = category_of(account.market.instrument(position.symbol)).value
        entry = {"category": category, "entryPrice": entry_text(account, position)}
        rows.append(position_row(account, position) | entry)
    return _frame(POSITION, rows, at_s)


def _frame(topic: str, data: list[Json], at_s: float) -> bytes:
    """The topic comes first, so that it can be read without the rest."""
    return orjson.dumps({"topic": topic, "id": f"paper-{ms(at_s)}", "creationTime": ms(at_s), "data": data})


def topic_of(frame: bytes) -> str:
    return frame.split(b'"', 4)[3].decode()

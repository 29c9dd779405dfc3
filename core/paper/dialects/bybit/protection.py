"""Take-profits and stop-losses: of a position, and those that an order brings along for the position it will open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.domain import Leg, Side
from core.paper.engine.account import Account
from core.paper.engine.events import EngineEvent, OrderEvent
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Order, PriceSource, Refusal, Trigger, TriggerKind, TriggerRequest

TAKE, STOP = "TakeProfit", "StopLoss"
PART = "Partial"
"""Begins the words for those that are for a part of the position only."""
SPOT_GUARD = "tpslOrder"


@dataclass(frozen=True, slots=True)
class Guard:
    """One take-profit or stop-loss."""

    tag: str
    price: float
    source: PriceSource = PriceSource.LAST
    quantity: float = 0.0
    """0 for all of the position."""
    limit: float | None = None
    """Price of a limit order; None for one at the market."""

    @property
    def kind(self) -> TriggerKind:
        if self.tag.endswith(STOP):
            return TriggerKind.STOP_MARKET if self.limit is None else TriggerKind.STOP
        return TriggerKind.TAKE_PROFIT_MARKET if self.limit is None else TriggerKind.TAKE_PROFIT


def guards_of(account: Account, symbol: str, leg: Leg) -> dict[str, Trigger]:
    """The take-profit and the stop-loss of the whole of a position, by their words."""
    rows = account.open_triggers(symbol)
    return {row.tag: row for row in rows if row.leg is leg and row.tag in {TAKE, STOP}}


def place(exchange: Exchange, account: Account, symbol: str, leg: Leg, side: Side, guard: Guard) -> Trigger:
    """Put a guard on a position that trades of `side` close (or on coins to be sold again); raises Refusal."""
    is_spot = account.market.instrument(symbol).is_spot
    whole = guard.quantity == 0.0
    request = TriggerRequest(
        symbol=symbol,
        side=side,
        kind=guard.kind,
        trigger_price=guard.price,
        quantity=guard.quantity,
        price=guard.limit,
        source=guard.source,
        reduce_only=not whole and not is_spot,
        close_position=whole,
        leg=leg,
        tag=SPOT_GUARD if is_spot else guard.tag if whole else PART + guard.tag,
    )
    known = guards_of(account, symbol, leg).get(guard.tag) if whole else None
    trigger = exchange.place_trigger(account, request)
    if known is not None:
        exchange.cancel_trigger(account, known)
    return trigger


class Attachments:
    """The guards that resting orders bring along: placed when the order first fills, as the venue does."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._waiting: dict[int, tuple[Guard, ...]] = {}
        """By order id; only of orders that rest."""
        exchange.events.connect(self._look)

    def of(self, order_id: int) -> dict[str, Guard]:
        return {guard.tag: guard for guard in self._waiting.get(order_id, ())}

    def attach(self, account: Account, order: Order, guards: Iterable[Guard]) -> None:
        kept = tuple(guards)
        if kept and order.filled:
            self._place(account, order, kept)
        elif kept and order.status.is_open:
            self._waiting[order.order_id] = kept

    def _look(self, event: EngineEvent) -> None:
        if not isinstance(event, OrderEvent):
            return
        order = event.order
        if event.fill is None and order.status.is_open:
            return
        guards = self._waiting.pop(order.order_id, ())
        if event.fill is not None:
            self._place(self._exchange.accounts[event.account], order, guards)

    def _place(self, account: Account, order: Order, guards: tuple[Guard, ...]) -> None:
        is_spot = account.market.instrument(order.symbol).is_spot
        for guard in guards:
            own = replace(guard, quantity=order.quantity) if is_spot else guard
            # A price that is reached by now is no guard any more; the venue drops it too.
            with contextlib.suppress(Refusal):
                place(self._exchange, account, order.symbol, order.leg, order.side.opposite, own)

"""Who looks on while a plan is carried out: in the servers' matching engines, and on our own side of the wire."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.clock import SystemClock
from core.domain import Leg, Side
from core.mitigation.order_ids import parse
from core.paper.engine.events import EngineEvent, OrderEvent
from core.venues.protocol import OrderAck, OrderRequest
from tests.core.halt.conftest import Ground
from tests.core.halt.guarded import Dialect

FRESH_S = 0.2
"""How old the positions may be that an order is sized by."""
BUSY_MACHINE_S = 1.5
"""How long a machine that does other things may hold us up between a reading and an order."""
FUZZ = 1e-6


@dataclass(frozen=True)
class Trade:
    """One fill of an order of ours, with the position around it; bitcoins."""

    client_order_id: str
    account: str
    leg: Leg
    quantity: float
    before: float
    after: float


class Witness:
    """Sits in the matching engine and sees every fill as it happens."""

    def __init__(self, it: Ground, dialects: tuple[Dialect, ...]) -> None:
        self.trades: list[Trade] = []
        self.been: dict[tuple[str, Leg], list[tuple[float, float]]] = {}
        """By account and leg: since when (monotonic) it is what it is."""
        self._clock = SystemClock()
        for venue, dialect in zip(it.site.venues, dialects, strict=True):
            for name in dialect.names.values():
                for leg in Leg:
                    held = venue.exchange.accounts[name].quantity_of(dialect.bitcoin, leg) * dialect.lot
                    self.been[name, leg] = [(-math.inf, held)]
            venue.exchange.events.connect(self._listener(venue.exchange, dialect))

    def _listener(self, exchange: Any, dialect: Dialect) -> Callable[[EngineEvent], None]:
        def listen(event: EngineEvent) -> None:
            if not isinstance(event, OrderEvent) or event.fill is None or event.fill.symbol != dialect.bitcoin:
                return
            fill = event.fill
            after = exchange.accounts[fill.account].quantity_of(dialect.bitcoin, fill.leg) * dialect.lot
            before = after - fill.side.sign * fill.quantity * dialect.lot
            self.been[fill.account, fill.leg].append((self._clock.monotonic(), after))
            if parse(fill.client_id) is not None:
                trade = Trade(fill.client_id, fill.account, fill.leg, fill.quantity * dialect.lot, before, after)
                self.trades.append(trade)

        return listen

    def filled(self, client_order_id: str) -> float:
        return math.fsum(trade.quantity for trade in self.trades if trade.client_order_id == client_order_id)

    def was(self, account: str, side: Side, magnitude: float, since_s: float) -> bool:
        """Whether the position that `side` reduces was of this magnitude at any moment since then."""
        legs = (Leg.NET, Leg.LONG if side is Side.SELL else Leg.SHORT)
        for leg in legs:
            been = self.been[account, leg]
            for number, (_, value) in enumerate(been):
                until_s = been[number + 1][0] if number + 1 < len(been) else math.inf
                reducible = max(0.0, -value * side.sign)
                if until_s >= since_s and abs(reducible - magnitude) <= FUZZ and (value != 0.0 or leg is Leg.NET):
                    return True
        return magnitude <= FUZZ and any(
            self.been[account, leg][-1][1] == 0.0 or self._was_flat(account, leg, since_s) for leg in legs
        )

    def _was_flat(self, account: str, leg: Leg, since_s: float) -> bool:
        return any(value == 0.0 and at_s >= since_s for at_s, value in self.been[account, leg])


@dataclass
class Wire:
    """What passed between us and the venues."""

    sent: list[tuple[float, str]] = field(default_factory=list)
    """When (monotonic) each order left, and its id."""
    read_s: dict[str, float] = field(default_factory=dict)
    """By account, when the last reading of positions was there."""
    held: dict[tuple[str, Side], float] = field(default_factory=dict)
    """By account and the side that reduces it, the largest position of that reading."""
    bold: list[str] = field(default_factory=list)
    """Orders that no reading had preceded closely, or for more than it showed."""
    race: Callable[[str, OrderRequest], None] = lambda _account, _order: None
    """Lets the bot have a trade in the account while an order is on its way there."""


class Watched:
    """An acting side beside which somebody takes notes."""

    def __init__(self, acting: Any, wire: Wire) -> None:
        self._acting = acting
        self._wire = wire
        self.account = acting.account
        self.exchange = acting.exchange

    endpoint = property(lambda self: self._acting.endpoint)
    holds_positions = property(lambda self: self._acting.holds_positions)

    async def place(self, request: OrderRequest) -> OrderAck:
        now_s = SystemClock().monotonic()
        self._wire.sent.append((now_s, request.client_order_id))
        late = now_s - self._wire.read_s.get(self.account, -math.inf) > FRESH_S + BUSY_MACHINE_S
        if late or request.quantity > self._wire.held.get((self.account, request.side), 0.0) + FUZZ:
            self._wire.bold.append(request.client_order_id)
        self._wire.race(self.account, request)
        ack: OrderAck = await self._acting.place(request)
        return ack

    async def read_positions(self) -> Any:
        rows = await self._acting.read_positions()
        self._wire.read_s[self.account] = SystemClock().monotonic()
        for side in Side:
            sizes = [max(0.0, -row.quantity * side.sign) for row in rows]
            self._wire.held[self.account, side] = max(sizes, default=0.0)
        return rows

    async def read_market(self, symbol: str) -> Any:
        return await self._acting.read_market(symbol)

    async def read_taker_fee(self, symbol: str) -> Any:
        return await self._acting.read_taker_fee(symbol)

    async def find_order(self, symbol: str, client_order_id: str) -> Any:
        return await self._acting.find_order(symbol, client_order_id)

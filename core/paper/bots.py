"""Strategies that really trade, through the same order entry as anybody, with client ids that say whose they are.

Each acts every so many market steps; what it does depends on its own seeded randomness and on the engine's state.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Protocol

from core.domain import Leg, Side
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.engine.holdings import Position
from core.paper.engine.model import (
    Fill,
    Order,
    OrderKind,
    OrderRequest,
    PriceSource,
    Refusal,
    TimeInForce,
    Trigger,
    TriggerKind,
    TriggerRequest,
)

if TYPE_CHECKING:
    pass


class Bot(Protocol):
    account: Account
    prefix: str

    def due(self, steps: int) -> bool:
        """Whether it acts at this market step."""

    def start(self) -> None:
        """Put out the first orders."""

    def act(self) -> None: ...

    def took(self, fill: Fill) -> None:
        """One of its orders filled."""


class BaseBot:
    """Order entry under a prefix, own resting orders, own inventory."""

    prefix = ""
    period_s = 1.0
    """How often it acts, about."""

    def __init__(
        self, exchange: Exchange, account: Account, chance: random.Random, *, pace: float, size: float, phase: int
    ) -> None:
        self.account = account
        self.exchange = exchange
        self.chance = chance
        self.size = size
        self.inventory: dict[str, float] = {}
        """What its own fills add up to, base units."""
        self.refused = 0
        self._numbers = itertools.count(1)
        self._every = max(1, round(self.period_s / pace / exchange.market.step_s))
        self._phase = phase % self._every

    def due(self, steps: int) -> bool:
        return steps % self._every == self._phase

    def start(self) -> None:
        self.act()

    def act(self) -> None:
        raise NotImplementedError

    def took(self, fill: Fill) -> None:
        signed = fill.side.sign * fill.quantity
        self.inventory[fill.symbol] = round(self.inventory.get(fill.symbol, 0.0) + signed, 8)

    def choose(self, count: int) -> list[str]:
        """So many of the contracts that the account has margin for."""
        wallets = self.account.wallets
        contracts = [i for i in self.exchange.market.instruments if not i.is_spot]
        symbols = sorted(contract.symbol for contract in contracts if wallets.get(contract.settle))
        return self.chance.sample(symbols, min(count, len(symbols)))

    def own_orders(self, symbol: str | None = None) -> list[Order]:
        return [o for o in self.account.open_orders(symbol) if o.client_id.startswith(self.prefix + "-")]

    def own_triggers(self, symbol: str | None = None) -> list[Trigger]:
        return [t for t in self.account.open_triggers(symbol) if t.client_id.startswith(self.prefix + "-")]

    def cancel_own(self, symbol: str) -> None:
        for order in self.own_orders(symbol):
            self.exchange.cancel(self.account, order)

    def quantity_for(self, symbol: str, notional: float) -> float:
        instrument = self.exchange.market.instrument(symbol)
        least = max(notional * self.size, instrument.notional_min * 1.2)
        one = instrument.value(1.0, self.exchange.market.mark_of(symbol))
        return instrument.floor_quantity(least / one + instrument.step)

    def held(self, symbol: str) -> float:
        """Signed value of its own inventory at the mark, quote coin."""
        inventory = self.inventory.get(symbol, 0.0)
        value = self.exchange.market.instrument(symbol).value(inventory, self.exchange.market.mark_of(symbol))
        return value if inventory >= 0 else -value

    def leg(self, symbol: str, side: Side, *, reduce: bool) -> Leg:
        """The leg that an order of `side` is for, where the account has legs."""
        if self.account.legs_of(symbol) == (Leg.NET,):
            return Leg.NET
        return Leg.LONG if (side is Side.BUY) is not reduce else Leg.SHORT

    def limit(self, symbol: str, side: Side, notional: float, distance: float, *, reduce_only: bool = False) -> None:
        """A post-only limit order `distance` (a fraction) away from the mark on its passive side."""
        instrument = self.exchange.market.instrument(symbol)
        price = instrument.round_price(self.exchange.market.mark_of(symbol) * (1 - side.sign * distance))
        self.try_place(
            OrderRequest(
                symbol=symbol,
                side=side,
                kind=OrderKind.LIMIT,
                quantity=self.quantity_for(symbol, notional),
                price=price,
                tif=TimeInForce.POST_ONLY,
                reduce_only=reduce_only,
                client_id=self.next_id(),
                leg=self.leg(symbol, side, reduce=reduce_only),
            )
        )

    def market(self, symbol: str, side: Side, notional: float, *, reduce_only: bool = False) -> None:
        quantity = self.quantity_for(symbol, notional)
        kind, leg = OrderKind.MARKET, self.leg(symbol, side, reduce=reduce_only)
        request = OrderRequest(symbol, side, kind, quantity, reduce_only=reduce_only, client_id=self.next_id(), leg=leg)
        self.try_place(request)

    def stop(self, symbol: str, side: Side, quantity: float, distance: float) -> None:
        """A protective stop `distance` away on the losing side."""
        instrument = self.exchange.market.instrument(symbol)
        price = instrument.round_price(self.exchange.market.mark_of(symbol) * (1 + side.sign * distance))
        request = TriggerRequest(
            symbol=symbol,
            side=side,
            kind=TriggerKind.STOP_MARKET,
            trigger_price=price,
            quantity=instrument.floor_quantity(quantity),
            source=PriceSource.MARK,
            reduce_only=True,
            client_id=self.next_id(),
            leg=self.leg(symbol, side, reduce=True),
        )
        try:
            self.exchange.place_trigger(self.account, request)
        except Refusal:
            self.refused += 1

    def try_place(self, request: OrderRequest) -> Order | None:
        try:
            return self.exchange.place(self.account, request)
        except Refusal:
            self.refused += 1
            return None

    def next_id(self) -> str:
        return f"{self.prefix}-{self.account.name}-{next(self._numbers)}"[:36]


class MarketMaker(BaseBot):
    """Quotes both sides of two symbols and quotes again every few seconds; leans against its inventory."""

    prefix = "mm"
    period_s = 2.0

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.symbols = self.choose(2)
        self._turn = 0

    def act(self) -> None:
        equity = max(0.0, self.account.equity())
        symbol = self.symbols[self._turn % len(self.symbols)]
        self._turn += 1
        self.cancel_own(symbol)
        held = self.held(symbol)
        for side in Side:
            full = held * side.sign > equity * 0.08
            for level in (1, 2):
                if not full:
                    self.limit(symbol, side, equity * 0.01, level * self.chance.uniform(0.0006, 0.0012))
        triggers = self.own_triggers(symbol)
        if held and not triggers:
            self.stop(symbol, Side.SELL if held > 0 else Side.BUY, abs(self.inventory[symbol]), 0.05)


class Momentum(BaseBot):
    """Follows the last move with market orders, holds, protects with stops, keeps bids below the market."""

    prefix = "mom"
    period_s = 5.0

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.symbols = self.choose(3)
        self._seen = {symbol: self.exchange.market.mark_of(symbol) for symbol in self.symbols}

    def act(self) -> None:
        equity = max(0.0, self.account.equity())
        symbol = self.chance.choice(self.symbols)
        mark = self.exchange.market.mark_of(symbol)
        side = Side.BUY if mark >= self._seen[symbol] else Side.SELL
        self._seen[symbol] = mark
        held = self.held(symbol)
        if abs(held + side.sign * equity * 0.03) < equity * 0.12:
            self.market(symbol, side, equity * 0.03)
        self._protect(symbol)
        for order in self.own_orders(symbol):
            self.exchange.cancel(self.account, order)
        for level in (1, 2):
            self.limit(symbol, Side.BUY, equity * 0.01, 0.004 * level)

    def _protect(self, symbol: str) -> None:
        """One stop for exactly what it holds."""
        held = self.inventory.get(symbol, 0.0)
        for trigger in self.own_triggers(symbol):
            self.exchange.cancel_trigger(self.account, trigger)
        if held:
            self.stop(symbol, Side.SELL if held > 0 else Side.BUY, abs(held), self.chance.uniform(0.05, 0.07))


class Basis(BaseBot):
    """Sits on the big positions, keeps far stops and adds a little on dips; it is what a crash really hurts."""

    prefix = "bas"
    period_s = 4.0

    def start(self) -> None:
        for position in self.account.open_positions():
            self._tend(position)

    def act(self) -> None:
        positions = self.account.open_positions()
        if positions:
            self._tend(self.chance.choice(positions))

    def _tend(self, position: Position) -> None:
        equity = max(0.0, self.account.equity())
        symbol, side = position.symbol, Side.BUY if position.quantity > 0 else Side.SELL
        for order in self.own_orders(symbol):
            self.exchange.cancel(self.account, order)
        self.limit(symbol, side, equity * 0.01, self.chance.uniform(0.002, 0.004))
        self.limit(symbol, side.opposite, equity * 0.01, self.chance.uniform(0.008, 0.015), reduce_only=True)
        if not self.own_triggers(symbol):
            self.stop(symbol, side.opposite, abs(position.quantity), 0.45)


class Mad(BaseBot):
    """Orders on every symbol, both sides, never looks back. Under momentum's prefix: it is a strategy gone wrong."""

    prefix = "mom"
    period_s = 0.1

    def __init__(self, *args: object, orders_per_s: float = 20.0, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._per_step = orders_per_s * self.exchange.market.step_s
        self._owed = 0.0

    def due(self, steps: int) -> bool:
        return True

    def act(self) -> None:
        self._owed += self._per_step
        symbols = sorted(self.exchange.market.index)
        while self._owed >= 1:
            self._owed -= 1
            symbol, side = self.chance.choice(symbols), self.chance.choice(list(Side))
            notional = self.chance.uniform(50, 4000)
            if self.chance.random() < 0.15:
                self.market(symbol, side, notional)
            else:
                self.limit(symbol, side, notional, self.chance.uniform(0.001, 0.05))

    def next_id(self) -> str:
        return f"mom-mad-{self.account.name}-{next(self._numbers)}"[:36]

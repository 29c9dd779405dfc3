"""One account: wallets, positions by leg, resting orders, ledger.

Two facts always hold: a wallet's changes add up to realised PnL - fees + flows + funding - liquidation fees + insurance
(and, in spot wallets, the coins exchanged), and a position is the sum of its fills. Both are kept by going through
`realise` and `credit` alone. An isolated position's pot is a part of the wallet: to fill it changes no wallet.
"""

from __future__ import annotations

from collections import deque

from core.domain import Leg, Side
from core.paper.engine.holdings import LedgerRow, Margin, Position
from core.paper.engine.margin import Extra, margin_of, order_margin
from core.paper.engine.model import Book, Fill, Order, Resting, Trigger
from core.paper.engine.rules import EngineRules
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Quotes

COIN_DECIMALS = 8


class Account:
    def __init__(self, name: str, api_key: str, secret: str, market: Quotes, rules: EngineRules) -> None:
        self.name = name
        self.api_key = api_key
        self.secret = secret
        self.password = ""
        """The key's passphrase, where its venue has one."""
        self.can_withdraw = False
        """Whether its key may withdraw; only ever told, never used."""
        self.market = market
        self.rules = rules
        self.wallets: dict[str, float] = {}
        self.positions: dict[tuple[str, Leg], Position] = {}
        self.resting: dict[str, Resting] = {}
        self.orders: dict[int, Order] = {}
        """Open and recently ended regular orders by id."""
        self.triggers: dict[int, Trigger] = {}
        self.order_ids: dict[str, int] = {}
        """Client id to the newest order id that carries it."""
        self.trigger_ids: dict[str, int] = {}
        self.fills: deque[Fill] = deque(maxlen=rules.history)
        self.ledger: deque[LedgerRow] = deque(maxlen=rules.history)
        self.updated_s = 0.0
        self.is_hedged = False
        """Hedge mode: each instrument that knows it has a long and a short leg, and no net one."""
        self.revision = 0
        """Counts whatever can bring a liquidation nearer or farther."""
        self._leverage: dict[str, int] = {}
        self._isolated: set[str] = set()
        self._ended: deque[Order] = deque()
        self._ended_triggers: deque[Trigger] = deque()

    # -- orders ----------------------------------------------------------------------------------------------------

    def rest_of(self, symbol: str) -> Resting:
        return self.resting.setdefault(symbol, Resting())

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        books = [self.resting[symbol]] if symbol in self.resting else [] if symbol else list(self.resting.values())
        return [order for book in books for order in book.orders.values()]

    def open_triggers(self, symbol: str | None = None) -> list[Trigger]:
        books = [self.resting[symbol]] if symbol in self.resting else [] if symbol else list(self.resting.values())
        return [trigger for book in books for trigger in book.triggers.values()]

    def add_order(self, order: Order) -> None:
        self.orders[order.order_id] = order
        self.order_ids[order.client_id] = order.order_id
        if order.status.is_open:
            self.rest_of(order.symbol).orders[order.order_id] = order

    def add_trigger(self, trigger: Trigger) -> None:
        self.triggers[trigger.trigger_id] = trigger
        self.trigger_ids[trigger.client_id] = trigger.trigger_id
        self.rest_of(trigger.symbol).triggers[trigger.trigger_id] = trigger

    def retire_order(self, order: Order) -> None:
        """Take an ended order off its book; the history stays bounded."""
        self.rest_of(order.symbol).orders.pop(order.order_id, None)
        self._ended.append(order)
        if len(self._ended) > self.rules.history:
            oldest = self._ended.popleft()
            self.orders.pop(oldest.order_id, None)
            if self.order_ids.get(oldest.client_id) == oldest.order_id:
                del self.order_ids[oldest.client_id]

    def retire_trigger(self, trigger: Trigger) -> None:
        self.rest_of(trigger.symbol).triggers.pop(trigger.trigger_id, None)
        self._ended_triggers.append(trigger)
        if len(self._ended_triggers) > self.rules.history:
            oldest = self._ended_triggers.popleft()
            self.triggers.pop(oldest.trigger_id, None)
            if self.trigger_ids.get(oldest.client_id) == oldest.trigger_id:
                del self.trigger_ids[oldest.client_id]

    def resting_at(self, book: Book, at_s: float) -> list[Order | Trigger]:
        """What rested in `book` at the wall time `at_s`, in its present state."""
        rows: list[Order | Trigger] = list(self.orders.values() if book is Book.REGULAR else self.triggers.values())
        return [row for row in rows if row.accepted_s <= at_s and (row.ended_s is None or row.ended_s > at_s)]

    # -- money and positions ---------------------------------------------------------------------------------------

    def position_of(self, symbol: str, leg: Leg = Leg.NET) -> Position:
        """The position as it is; an empty one where there is none."""
        return self.positions.get((symbol, leg)) or Position(symbol, leg)

    def quantity_of(self, symbol: str, leg: Leg | None = None) -> float:
        """Signed quantity of a leg, or of all legs together."""
        legs = tuple(Leg) if leg is None else (leg,)
        held = (self.positions.get((symbol, each)) for each in legs)
        return sum(position.quantity for position in held if position)

    def open_positions(self, symbol: str | None = None) -> list[Position]:
        return [p for p in self.positions.values() if p.quantity and symbol in {None, p.symbol}]

    def unrealised_of(self, position: Position) -> float:
        """At the mark, settle coin."""
        instrument = self.market.instrument(position.symbol)
        return instrument.pnl(position.quantity, position.entry_price, self.market.mark_of(position.symbol))

    def leverage_of(self, symbol: str) -> int:
        return self._leverage.get(symbol, self.rules.default_leverage)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        self._leverage[symbol] = leverage

    def is_isolated(self, symbol: str) -> bool:
        return symbol in self._isolated

    def set_isolated(self, symbol: str, isolated: bool) -> None:
        if isolated:
            self._isolated.add(symbol)
        else:
            self._isolated.discard(symbol)

    def legs_of(self, symbol: str) -> tuple[Leg, ...]:
        """Which legs an instrument has: a long and a short one in hedge mode, where it knows that, else the net one."""
        instrument = self.market.instrument(symbol)
        is_split = self.is_hedged and instrument.can_hedge and not instrument.is_spot
        return (Leg.LONG, Leg.SHORT) if is_split else (Leg.NET,)

    def reducible(self, symbol: str, side: Side, leg: Leg) -> float:
        """The quantity that an order of `side` could take off the present position of a leg."""
        return max(0.0, -self.position_of(symbol, leg).quantity * side.sign)

    def realise(
        self, instrument: PaperInstrument, leg: Leg, side: Side, quantity: float, price: float, at_s: float
    ) -> float:
        """Book a fill into the position; returns the realised PnL before fees, settle coin."""
        position = self.positions.setdefault((instrument.symbol, leg), Position(instrument.symbol, leg))
        signed = side.sign * quantity
        before, entry = position.quantity, position.entry_price
        after = round(before + signed, instrument.quantity_decimals)
        closing = min(quantity, abs(before)) if before * signed < 0 else 0.0
        realised = round(instrument.pnl(closing if before > 0 else -closing, entry, price), COIN_DECIMALS)
        if after == 0:
            position.entry_price = 0.0
        elif before * after < 0:
            position.entry_price = price
        elif not closing:
            position.entry_price = instrument.blend(abs(before), entry, quantity, price)
        if self.is_isolated(instrument.symbol):
            kept = position.pot * (1 - closing / abs(before)) if before else 0.0
            opened = instrument.notional(quantity - closing, price) / self.leverage_of(instrument.symbol)
            position.pot = round(kept + opened, COIN_DECIMALS) if after else 0.0
        position.quantity = after
        position.realised = round(position.realised + realised, COIN_DECIMALS)
        position.updated_s = at_s
        self.revision += 1
        return realised

    def move_pot(self, position: Position, amount: float, at_s: float) -> None:
        """Margin into (above 0) or out of an isolated position's pot."""
        position.pot = round(position.pot + amount, COIN_DECIMALS)
        position.updated_s = at_s
        self.revision += 1

    def credit(self, row: LedgerRow) -> None:
        """The only place where a wallet changes."""
        self.wallets[row.coin] = round(self.wallets.get(row.coin, 0.0) + row.amount, COIN_DECIMALS)
        self.ledger.append(row)
        self.updated_s = row.at_s
        self.revision += 1

    # -- margin ----------------------------------------------------------------------------------------------------

    def margin(self, coin: str) -> Margin:
        """Everything that hangs on the wallet of one coin."""
        return margin_of(self, coin)

    def order_margin(self, symbol: str, extra: Extra | None = None) -> float:
        """Initial margin of what rests in a symbol, settle coin; `extra` adds an order that is not there yet."""
        return order_margin(self, symbol, extra)

    def equity(self) -> float:
        """All wallets and unrealised PnL together, dollars; NaN while it holds a coin that has no price."""
        worth_of = self.market.worth_of
        total = sum(amount * worth_of(coin) for coin, amount in self.wallets.items() if amount)
        for position in self.open_positions():
            total += self.unrealised_of(position) * worth_of(self.market.instrument(position.symbol).settle)
        return total

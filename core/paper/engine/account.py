"""One account: wallets, positions, resting orders, ledger. Cross margin and one-way positions.

Two facts always hold: a wallet's changes add up to realised PnL - fees + flows, and a position is the sum of its
fills. Both are kept by going through `apply_fill` and `apply_flow` alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from core.domain import Side
from core.paper.engine.model import Book, Fill, LedgerKind, LedgerRow, Margin, Order, Position, Resting, Trigger
from core.paper.engine.rules import EngineRules
from core.paper.instruments import PaperInstrument
from core.paper.market import Market

COIN_DECIMALS = 8


class Account:
    def __init__(self, name: str, api_key: str, secret: str, market: Market, rules: EngineRules) -> None:
        self.name = name
        self.api_key = api_key
        self.secret = secret
        self.can_withdraw = False
        """Whether its key may withdraw; only ever told, never used."""
        self.market = market
        self.rules = rules
        self.wallets: dict[str, float] = {}
        self.positions: dict[str, Position] = {}
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
        self._leverage: dict[str, int] = {}
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

    def quantity_of(self, symbol: str) -> float:
        position = self.positions.get(symbol)
        return position.quantity if position else 0.0

    def open_positions(self) -> list[Position]:
        return [position for position in self.positions.values() if position.quantity]

    def leverage_of(self, symbol: str) -> int:
        return self._leverage.get(symbol, self.rules.default_leverage)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        self._leverage[symbol] = leverage

    def reducible(self, symbol: str, side: Side) -> float:
        """The quantity that an order of `side` could take off the present position."""
        return max(0.0, -self.quantity_of(symbol) * side.sign)

    def realise(self, instrument: PaperInstrument, side: Side, quantity: float, price: float, at_s: float) -> float:
        """Book a fill into the position; returns the realised PnL before fees."""
        position = self.positions.setdefault(instrument.symbol, Position(instrument.symbol))
        signed = side.sign * quantity
        before = position.quantity
        after = round(before + signed, instrument.quantity_decimals)
        closing = min(quantity, abs(before)) if before * signed < 0 else 0.0
        realised = round(closing * (price - position.entry_price) * (1 if before > 0 else -1), COIN_DECIMALS)
        if after == 0:
            position.entry_price = 0.0
        elif before == 0 or before * after < 0:
            position.entry_price = price
        elif not closing:
            position.entry_price = (abs(before) * position.entry_price + quantity * price) / abs(after)
        position.quantity = after
        position.realised = round(position.realised + realised, COIN_DECIMALS)
        position.updated_s = at_s
        return realised

    def credit(self, row: LedgerRow) -> None:
        """The only place where a wallet changes."""
        self.wallets[row.coin] = round(self.wallets.get(row.coin, 0.0) + row.amount, COIN_DECIMALS)
        self.ledger.append(row)
        self.updated_s = row.at_s

    def apply_fill(self, fill: Fill, row_ids: Iterator[int]) -> None:
        """Credit what a fill realised and charge its fee."""
        for kind, amount in ((LedgerKind.REALISED, fill.realised), (LedgerKind.FEE, -fill.fee)):
            if amount:
                self.credit(
                    LedgerRow(next(row_ids), self.name, kind, fill.coin, amount, fill.symbol, fill.fill_id, fill.at_s)
                )
        self.fills.append(fill)

    # -- margin ----------------------------------------------------------------------------------------------------

    def margin(self, coin: str) -> Margin:
        """Everything that hangs on the wallet of one settle coin."""
        unrealised = initial = ordered = maintenance = 0.0
        for symbol, position in self.positions.items():
            instrument = self.market.instrument(symbol)
            if instrument.settle != coin or not position.quantity:
                continue
            mark = self.market.mark_of(symbol)
            notional = abs(position.quantity) * mark
            unrealised += position.unrealised(mark)
            initial += notional / self.leverage_of(symbol)
            maintenance += instrument.maintenance(notional)
        for symbol, resting in self.resting.items():
            if resting.orders and self.market.instrument(symbol).settle == coin:
                ordered += self.order_margin(symbol)
        return Margin(self.wallets.get(coin, 0.0), unrealised, initial, ordered, maintenance)

    def order_margin(self, symbol: str, extra: Mapping[Side, float] | None = None) -> float:
        """Initial margin for the resting orders of a symbol that could open or enlarge, settle coin.

        Only the worse of both sides counts, as a fill of one leaves the other to close it. `extra` adds quantities.
        """
        mark = self.market.mark_of(symbol)
        held = self.quantity_of(symbol)
        ordered = {Side.BUY: 0.0, Side.SELL: 0.0}
        resting = self.resting.get(symbol)
        for order in resting.orders.values() if resting else ():
            if not order.reduce_only:
                ordered[order.side] += order.remaining
        for side, quantity in (extra or {}).items():
            ordered[side] += quantity
        worst = max(abs(held + ordered[Side.BUY]), abs(held - ordered[Side.SELL]))
        return max(0.0, worst - abs(held)) * mark / self.leverage_of(symbol)

    def equity(self) -> float:
        """All wallets and unrealised PnL together; every settle coin of the paper exchange is worth one dollar."""
        total = sum(self.wallets.values())
        return total + sum(p.unrealised(self.market.mark_of(p.symbol)) for p in self.open_positions())

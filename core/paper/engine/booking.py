"""Booking: what happens to an account when an order fills or ends, and the telling of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

from core.domain import Leg, Side
from core.paper.engine.account import COIN_DECIMALS, Account
from core.paper.engine.events import AccountEvent, EngineEvent, OrderEvent, TriggerEvent
from core.paper.engine.holdings import LedgerKind, LedgerRow, Position
from core.paper.engine.model import Cause, Fill, Order, OrderKind, Status, Trigger
from core.paper.engine.rules import EngineRules
from core.paper.instruments import PaperInstrument
from core.paper.quotes import Quotes
from core.signals import Signal

RESTING_FILL_LEVELS = 4
"""How many first levels' worth a resting order may fill in one step."""


class Booking:
    """Fills orders against the ladder and keeps accounts, books and listeners in step."""

    def __init__(self, market: Quotes, now: Callable[[], float], rules: EngineRules) -> None:
        self.market = market
        self.now = now
        self.rules = rules
        self.events: Signal[[EngineEvent]] = Signal("paper engine events")
        self._fill_ids = itertools.count(500_000_000)
        self._row_ids = itertools.count(9_700_000_000)

    def allowed(self, account: Account, order: Order) -> float:
        """What of an order may still fill: a reduce-only order never flips and never enlarges."""
        if not order.reduce_only:
            return order.remaining
        return min(order.remaining, account.reducible(order.symbol, order.side, order.leg))

    def fillable(self, order: Order) -> float:
        levels = self.market.ladder(order.symbol, order.side)
        return sum(level.quantity for level in levels if _reaches(order, level.price))

    def take(self, account: Account, order: Order, rate: float | None = None) -> None:
        """Fill against the ladder as taker, level by level; size pays slippage."""
        for level in self.market.ladder(order.symbol, order.side):
            allowed = self.allowed(account, order)
            if allowed <= 0 or not order.status.is_open or not _reaches(order, level.price):
                break
            self.fill(account, order, min(allowed, level.quantity), level.price, maker=False, rate=rate)
        self.drop_if_spent(account, order)

    def fill_resting(self, account: Account, order: Order) -> None:
        """The market came to the order: it fills at its own price, at most one level's worth per step."""
        allowed = self.allowed(account, order)
        first = next(self.market.ladder(order.symbol, order.side), None)
        if allowed > 0 and first is not None and order.price is not None:
            self.fill(account, order, min(allowed, RESTING_FILL_LEVELS * first.quantity), order.price, maker=True)
        self.drop_if_spent(account, order)

    def drop_if_spent(self, account: Account, order: Order) -> None:
        if order.status.is_open and order.reduce_only and self.allowed(account, order) <= 0:
            self.end(account, order, Status.EXPIRED)

    def fill(
        self,
        account: Account,
        order: Order,
        quantity: float,
        price: float,
        *,
        maker: bool,
        rate: float | None = None,
        at_s: float = 0.0,
    ) -> None:
        """Fill a part of an order; `rate` overrides the fee, `at_s` dates it back."""
        instrument = self.market.instrument(order.symbol)
        quantity = round(quantity, instrument.quantity_decimals)
        now = at_s or self.now()
        if rate is None:
            rate = self.rules.maker_fee if maker else self.rules.taker_fee
        if instrument.is_spot:
            fill = self._exchange(account, instrument, order, quantity, price, rate, maker, now)
        else:
            realised = account.realise(instrument, order.leg, order.side, quantity, price, now)
            fee = round(instrument.notional(quantity, price) * rate, COIN_DECIMALS)
            fill = self._new_fill(order, quantity, price, fee, realised, instrument.settle, maker, now)
        for kind, amount in ((LedgerKind.REALISED, fill.realised), (LedgerKind.FEE, -fill.fee)):
            self._credit(account, kind, fill.coin, amount, fill.symbol, now, fill.fill_id)
        account.fills.append(fill)
        order.average_price = instrument.blend(order.filled, order.average_price, quantity, price)
        order.filled = round(order.filled + quantity, instrument.quantity_decimals)
        order.filled_value += instrument.notional(quantity, price)
        order.updated_s = now
        done = order.remaining <= 0
        order.status = Status.FILLED if done else Status.PARTIALLY_FILLED
        if done:
            order.ended_s = now
            account.retire_order(order)
        self._tell_fill(account, instrument, order.leg, now)
        self.tell_order(order, fill)
        self.expire_orphans(account, order)

    def _exchange(
        self,
        account: Account,
        instrument: PaperInstrument,
        order: Order,
        quantity: float,
        price: float,
        rate: float,
        maker: bool,
        at_s: float,
    ) -> Fill:
        """A spot fill: coins change hands, and the fee is taken out of the coin received."""
        sign, cost = order.side.sign, round(quantity * price, COIN_DECIMALS)
        received, coin = (quantity, instrument.base) if order.side is Side.BUY else (cost, instrument.quote)
        fill = self._new_fill(order, quantity, price, round(received * rate, COIN_DECIMALS), 0.0, coin, maker, at_s)
        for name, amount in ((instrument.base, sign * quantity), (instrument.quote, -sign * cost)):
            self._credit(account, LedgerKind.EXCHANGE, name, amount, instrument.symbol, at_s, fill.fill_id)
        return fill

    def _new_fill(
        self,
        order: Order,
        quantity: float,
        price: float,
        fee: float,
        realised: float,
        coin: str,
        maker: bool,
        at_s: float,
    ) -> Fill:
        return Fill(
            fill_id=next(self._fill_ids),
            order_id=order.order_id,
            client_id=order.client_id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=price,
            fee=fee,
            realised=realised,
            coin=coin,
            maker=maker,
            at_s=at_s,
            leg=order.leg,
        )

    def expire_orphans(self, account: Account, cause: Order) -> None:
        """What can reduce nothing any more leaves the book, as venues do when a position closes."""
        resting = account.rest_of(cause.symbol)
        for order in [o for o in resting.orders.values() if o.reduce_only and o is not cause and o.leg is cause.leg]:
            if account.reducible(order.symbol, order.side, order.leg) <= 0:
                self.end(account, order, Status.EXPIRED)
        if account.quantity_of(cause.symbol, cause.leg) == 0:
            for trigger in [t for t in resting.triggers.values() if t.close_position and t.leg is cause.leg]:
                self.end_trigger(account, trigger, Status.EXPIRED)

    # -- money that no fill moves ----------------------------------------------------------------------------------

    def credit_flow(self, account: Account, coin: str, amount: float, cause: Cause, note: str, at_s: float) -> None:
        self._credit(account, LedgerKind.FLOW, coin, amount, "", at_s, note=note)
        self.tell_wallet(account, coin, cause, amount, at_s)

    def book(self, account: Account, kind: LedgerKind, position: Position | None, coin: str, amount: float) -> None:
        """Funding, the fee of a liquidation, or the insurance fund's help; with the position it comes from.

        What an isolated position pays or receives goes through its pot.
        """
        if not amount:
            return
        now = self.now()
        symbol = position.symbol if position else ""
        self._credit(account, kind, coin, amount, symbol, now)
        told: tuple[Position, ...] = ()
        if position is not None and position.quantity and account.is_isolated(symbol):
            account.move_pot(position, amount, now)
            told = (replace(position),)
        cause = Cause.FUNDING if kind is LedgerKind.FUNDING else Cause.INSURANCE
        self.tell_wallet(account, coin, cause, amount, now, told)

    def _credit(
        self,
        account: Account,
        kind: LedgerKind,
        coin: str,
        amount: float,
        symbol: str,
        at_s: float,
        fill_id: int | None = None,
        note: str = "",
    ) -> None:
        if amount:
            row_id = next(self._row_ids)
            account.credit(LedgerRow(row_id, account.name, kind, coin, amount, symbol, fill_id, at_s, note))

    # -- ends ------------------------------------------------------------------------------------------------------

    def end(self, account: Account, order: Order, status: Status) -> None:
        order.status = status
        order.ended_s = order.updated_s = self.now()
        account.retire_order(order)
        self.tell_order(order)

    def end_trigger(self, account: Account, trigger: Trigger, status: Status, *, tell: bool = True) -> None:
        trigger.status = status
        trigger.ended_s = trigger.updated_s = self.now()
        account.retire_trigger(trigger)
        if tell:
            self.tell_trigger(trigger)

    # -- the telling -----------------------------------------------------------------------------------------------

    def tell_order(self, order: Order, fill: Fill | None = None, *, amended: bool = False) -> None:
        self.events.send(OrderEvent(order.account, order.copy(), fill, amended, order.updated_s))

    def tell_trigger(self, trigger: Trigger) -> None:
        self.events.send(TriggerEvent(trigger.account, trigger.copy(), trigger.updated_s))

    def tell_wallet(
        self,
        account: Account,
        coin: str,
        cause: Cause,
        amount: float,
        at_s: float,
        positions: tuple[Position, ...] = (),
    ) -> None:
        """A wallet changed by `amount` (0: only its parts did), and `positions` with it."""
        wallets = {coin: account.wallets.get(coin, 0.0)}
        self.events.send(AccountEvent(account.name, cause, wallets, {coin: amount}, positions, at_s))

    def _tell_fill(self, account: Account, instrument: PaperInstrument, leg: Leg, at_s: float) -> None:
        if instrument.is_spot:
            coins: tuple[str, ...] = (instrument.base, instrument.quote)
            positions: tuple[Position, ...] = ()
        else:
            coins = (instrument.settle,)
            positions = (replace(account.positions[instrument.symbol, leg]),)
        wallets = {coin: account.wallets.get(coin, 0.0) for coin in coins}
        self.events.send(AccountEvent(account.name, Cause.ORDER, wallets, dict.fromkeys(coins, 0.0), positions, at_s))


def _reaches(order: Order, level_price: float) -> bool:
    if order.kind is OrderKind.MARKET or order.price is None:
        return True
    return level_price <= order.price if order.side is Side.BUY else level_price >= order.price

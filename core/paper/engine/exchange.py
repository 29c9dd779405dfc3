"""The matching engine of one venue: takes orders, lets prices reach them, books what follows. Knows nothing of any
wire protocol; whoever wants to tell of its doings listens to `events`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.domain import Leg, Side
from core.errors import PaperError
from core.paper.engine.account import Account
from core.paper.engine.booking import Booking
from core.paper.engine.checks import (
    check_leg,
    check_margin,
    check_order,
    check_price,
    check_quantity,
    check_trigger,
    has_reached,
)
from core.paper.engine.crossing import Crossings
from core.paper.engine.events import EngineEvent
from core.paper.engine.funding import Funding
from core.paper.engine.liquidation import Liquidator
from core.paper.engine.margin import Extra
from core.paper.engine.model import (
    Cause,
    Order,
    OrderKind,
    OrderRequest,
    PriceSource,
    Reason,
    Refusal,
    Status,
    TimeInForce,
    Trigger,
    TriggerRequest,
)
from core.paper.engine.rules import DEFAULT_RULES, EngineRules
from core.paper.engine.settings import Settings
from core.paper.quotes import Quotes
from core.signals import Signal

FIRST_ORDER_ID = 8_389_000_000
FIRST_TRIGGER_ID = 3_000_000_000_000
FORCED_PREFIX = "autoclose-"
"""Begins the client ids of the orders by which the venue liquidates."""


@dataclass(frozen=True, slots=True)
class _Countdown:
    until_s: float
    triggers: bool


class Exchange:
    """All accounts of one venue over one market. `now` gives the wall time in seconds."""

    def __init__(self, market: Quotes, now: Callable[[], float], rules: EngineRules = DEFAULT_RULES) -> None:
        self.market = market
        self.rules = rules
        self.now = now
        self.accounts: dict[str, Account] = {}
        self._booking = Booking(market, now, rules)
        self.events: Signal[[EngineEvent]] = self._booking.events
        self.settings = Settings(market, self._booking)
        self.funding = Funding(market, self._booking, self.accounts, now, rules.funding_period_s)
        self._liquidator = Liquidator(market, self._booking, self.accounts, self._force)
        self._keys: dict[str, Account] = {}
        self._crossings = {symbol: Crossings() for symbol in market.index}
        self._order_ids = itertools.count(FIRST_ORDER_ID)
        self._trigger_ids = itertools.count(FIRST_TRIGGER_ID)
        self._countdowns: dict[tuple[str, str], _Countdown] = {}

    def add_account(self, name: str, api_key: str, secret: str, password: str = "") -> Account:
        """`password` is the key's passphrase, at venues that have one."""
        if name in self.accounts or api_key in self._keys:
            raise PaperError(f"there is already an account {name} or one with its key")
        account = Account(name, api_key, secret, self.market, self.rules)
        account.password = password
        self.accounts[name] = account
        self._keys[api_key] = account
        return account

    def account_of_key(self, api_key: str) -> Account | None:
        return self._keys.get(api_key)

    # -- order entry -----------------------------------------------------------------------------------------------

    def place(self, account: Account, request: OrderRequest, trigger_id: int | None = None) -> Order:
        """Accept and match a regular order; raises Refusal. The returned order is live."""
        check_order(self.market, account, request)
        order = self._new_order(account, request, self.now(), trigger_id)
        if order.tif is TimeInForce.FOK and self._booking.fillable(order) < order.quantity:
            raise Refusal(Reason.CANNOT_FILL)
        account.add_order(order)
        self._booking.tell_order(order)
        self._booking.take(account, order)
        if order.status.is_open:
            if order.kind is OrderKind.MARKET or order.tif in {TimeInForce.IOC, TimeInForce.FOK}:
                self._booking.end(account, order, Status.EXPIRED)
            else:
                self._crossings[order.symbol].add_order(order)
        return order

    def _new_order(self, account: Account, request: OrderRequest, at_s: float, trigger_id: int | None = None) -> Order:
        order_id = next(self._order_ids)
        return Order(
            order_id=order_id,
            client_id=request.client_id or f"paper{order_id}",
            account=account.name,
            symbol=request.symbol,
            side=request.side,
            kind=request.kind,
            tif=request.tif,
            quantity=request.quantity,
            price=request.price if request.kind is OrderKind.LIMIT else None,
            reduce_only=request.reduces,
            accepted_s=at_s,
            updated_s=at_s,
            trigger_id=trigger_id,
            leg=request.leg,
        )

    def _force(self, account: Account, request: OrderRequest) -> Order:
        """An order of the venue's own making, which asks nobody."""
        order = self._new_order(account, request, self.now())
        order.client_id, order.is_forced = f"{FORCED_PREFIX}{order.order_id}", True
        account.add_order(order)
        self._booking.tell_order(order)
        return order

    def place_trigger(self, account: Account, request: TriggerRequest) -> Trigger:
        above = check_trigger(self.market, account, request)
        now = self.now()
        trigger_id = next(self._trigger_ids)
        trigger = Trigger(
            trigger_id=trigger_id,
            client_id=request.client_id or f"paper{trigger_id}",
            account=account.name,
            symbol=request.symbol,
            side=request.side,
            kind=request.kind,
            tif=request.tif,
            trigger_price=request.trigger_price,
            fires_above=above,
            source=request.source,
            quantity=0.0 if request.close_position else request.quantity,
            price=None if request.kind.is_market else request.price,
            reduce_only=request.reduces,
            close_position=request.close_position,
            accepted_s=now,
            updated_s=now,
            leg=request.leg,
            tag=request.tag,
            notes=request.notes,
            other=request.other,
            trail=request.trail,
        )
        account.add_trigger(trigger)
        self._crossings[trigger.symbol].add_trigger(trigger)
        self._booking.tell_trigger(trigger)
        return trigger

    def amend(self, account: Account, order: Order, quantity: float, price: float) -> Order:
        """Change quantity and price of a resting limit order; it keeps its id and loses its place."""
        instrument = self.market.instrument(order.symbol)
        check_quantity(instrument, quantity)
        check_price(instrument, price)
        if not order.status.is_open or quantity <= order.filled:
            raise Refusal(Reason.UNKNOWN_ORDER)
        if quantity == order.quantity and price == order.price:
            raise Refusal(Reason.NOTHING_TO_CHANGE)
        if not order.reduce_only and quantity > order.quantity:
            check_margin(self.market, account, order.symbol, Extra(order.leg, order.side, quantity - order.quantity))
        order.quantity, order.price, order.updated_s = quantity, price, self.now()
        self._booking.tell_order(order, amended=True)
        self._booking.take(account, order)
        if order.status.is_open:
            self._crossings[order.symbol].add_order(order)
        return order

    def cancel(self, account: Account, order: Order) -> Order:
        if not order.status.is_open:
            raise Refusal(Reason.UNKNOWN_ORDER)
        self._booking.end(account, order, Status.CANCELED)
        return order

    def cancel_trigger(self, account: Account, trigger: Trigger) -> Trigger:
        if not trigger.status.is_open:
            raise Refusal(Reason.UNKNOWN_ORDER)
        self._booking.end_trigger(account, trigger, Status.CANCELED)
        return trigger

    def count_down(self, account: Account, symbol: str, seconds: float, *, triggers: bool = False) -> None:
        """The venue-side dead-man's switch: cancel the orders of `symbol` unless renewed; 0 disarms it.

        `triggers`: those that wait for a trigger, too.
        """
        if seconds <= 0:
            self._countdowns.pop((account.name, symbol), None)
        else:
            self._countdowns[account.name, symbol] = _Countdown(self.now() + seconds, triggers)

    def flow(self, account: Account, coin: str, amount: float, cause: Cause, note: str = "", at_s: float = 0.0) -> None:
        """A deposit, withdrawal or transfer; raises Refusal when more would leave than is free.

        `at_s` dates it back (0: now).
        """
        if amount < 0 and -amount > min(account.margin(coin).available, account.wallets.get(coin, 0.0)):
            raise Refusal(Reason.NO_FUNDS)
        self._booking.credit_flow(account, coin, amount, cause, note, at_s or self.now())

    def seed(
        self,
        account: Account,
        symbol: str,
        side: Side,
        quantity: float,
        client_id: str,
        at_s: float,
        leg: Leg = Leg.NET,
    ) -> None:
        """Give an account a position from before the start: one fill at the mark, free of fees and margin checks."""
        instrument = self.market.instrument(symbol)
        check_quantity(instrument, quantity)
        check_leg(account, instrument, leg)
        request = OrderRequest(symbol, side, OrderKind.MARKET, quantity, client_id=client_id, leg=leg)
        order = self._new_order(account, request, at_s)
        account.add_order(order)
        price = instrument.round_price(self.market.mark_of(symbol))
        self._booking.fill(account, order, quantity, price, maker=True, rate=0.0, at_s=at_s)

    # -- the passing of time ---------------------------------------------------------------------------------------

    def match(self) -> None:
        """Let the market's present prices reach what rests; called after every market step."""
        for symbol, crossings in self._crossings.items():
            bid, ask = self.market.best(symbol)
            for order in crossings.crossed(bid, ask):
                if order.status.is_open:
                    self._booking.fill_resting(self.accounts[order.account], order)
            for trigger in crossings.fired(self.market.mark_of(symbol), self.market.last_of(symbol)):
                if trigger.status.is_open:
                    self._fire(self.accounts[trigger.account], trigger)
        self.funding.step()
        self._liquidator.step()
        self._run_out()

    def _run_out(self) -> None:
        now = self.now()
        for (name, symbol), countdown in [item for item in self._countdowns.items() if item[1].until_s <= now]:
            del self._countdowns[name, symbol]
            account = self.accounts[name]
            self._cancel_each(account, account.open_orders(symbol))
            for trigger in account.open_triggers(symbol) if countdown.triggers else ():
                self._booking.end_trigger(account, trigger, Status.CANCELED)

    def _cancel_each(self, account: Account, orders: Iterable[Order]) -> None:
        for order in list(orders):
            if order.status.is_open:
                self._booking.end(account, order, Status.CANCELED)

    def _fired_price(self, trigger: Trigger) -> float | None:
        """Limit price of the order that a trigger places now; None for the market."""
        if trigger.other is None:
            return trigger.price
        symbol = trigger.symbol
        watched = self.market.mark_of(symbol) if trigger.source is PriceSource.MARK else self.market.last_of(symbol)
        is_first = has_reached(watched, trigger.trigger_price, trigger.fires_above)
        return trigger.price if is_first else trigger.other.price

    def _fire(self, account: Account, trigger: Trigger) -> None:
        quantity = trigger.quantity
        if trigger.close_position:
            quantity = account.reducible(trigger.symbol, trigger.side, trigger.leg)
        price = self._fired_price(trigger)
        request = OrderRequest(
            symbol=trigger.symbol,
            side=trigger.side,
            kind=OrderKind.MARKET if price is None else OrderKind.LIMIT,
            quantity=quantity,
            price=price,
            tif=trigger.tif,
            reduce_only=trigger.reduce_only,
            client_id=trigger.client_id,
            leg=trigger.leg,
        )
        # The trigger leaves its book first: the order that it places must never rest beside it.
        self._booking.end_trigger(account, trigger, Status.TRIGGERED, tell=False)
        try:
            trigger.order_id = self.place(account, request, trigger.trigger_id).order_id
        except Refusal as refusal:
            trigger.status, trigger.failure = Status.REJECTED, refusal.reason.value
        self._booking.tell_trigger(trigger)

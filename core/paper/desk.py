"""What one API key can do and see at a venue, with the faults in between: a cancel that is only acknowledged, a
listing that is old. Dialects go through here; bots trade on the engine directly and meet no faults.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Book, Order, Reason, Refusal, Status, Trigger
from core.paper.faults import FaultBoard, FaultKind
from core.paper.wire import WireRequest

Row = TypeVar("Row", Order, Trigger)


class Desk:
    def __init__(
        self, venue: str, exchange: Exchange, account: Account, faults: FaultBoard, request: WireRequest
    ) -> None:
        self.exchange = exchange
        self.account = account
        self._venue = venue
        self._faults = faults
        self._request = request

    def orders(self, symbol: str | None) -> list[Order]:
        """Resting regular orders, as a listing shows them."""
        stale = self._stale_s()
        if stale is None:
            return self.account.open_orders(symbol)
        rows = self.account.resting_at(Book.REGULAR, self.exchange.now() - stale)
        return [_as_open(row) for row in rows if isinstance(row, Order) and symbol in {None, row.symbol}]

    def triggers(self, symbol: str | None) -> list[Trigger]:
        stale = self._stale_s()
        if stale is None:
            return self.account.open_triggers(symbol)
        rows = self.account.resting_at(Book.TRIGGER, self.exchange.now() - stale)
        return [_as_open(row) for row in rows if isinstance(row, Trigger) and symbol in {None, row.symbol}]

    def find_order(self, symbol: str, order_id: str | None, client_id: str | None) -> Order:
        known = int(order_id) if order_id and order_id.isdigit() else self.account.order_ids.get(client_id or "", -1)
        order = self.account.orders.get(known)
        if order is None or order.symbol != symbol:
            raise Refusal(Reason.UNKNOWN_ORDER)
        return order

    def find_trigger(self, trigger_id: str | None, client_id: str | None) -> Trigger:
        ids = self.account.trigger_ids
        known = int(trigger_id) if trigger_id and trigger_id.isdigit() else ids.get(client_id or "", -1)
        trigger = self.account.triggers.get(known)
        if trigger is None:
            raise Refusal(Reason.UNKNOWN_ORDER)
        return trigger

    def cancel(self, order: Order) -> Order:
        """The order as acknowledged: cancelled, whether or not it really is."""
        if order.status.is_open and self._ignores(order.symbol):
            claimed = order.copy()
            claimed.status = Status.CANCELED
            return claimed
        return self.exchange.cancel(self.account, order)

    def cancel_trigger(self, trigger: Trigger) -> Trigger:
        if trigger.status.is_open and self._ignores(trigger.symbol):
            claimed = trigger.copy()
            claimed.status = Status.CANCELED
            return claimed
        return self.exchange.cancel_trigger(self.account, trigger)

    def cancel_all(self, book: Book, symbol: str) -> None:
        account = self.account
        self.cancel_rows(account.open_orders(symbol) if book is Book.REGULAR else account.open_triggers(symbol))

    def cancel_rows(self, rows: Iterable[Order | Trigger]) -> None:
        """Cancel all of these by one request; an ignored symbol is ignored whole."""
        rows = list(rows)
        ignored = {symbol for symbol in dict.fromkeys(row.symbol for row in rows) if self._ignores(symbol)}
        for row in rows:
            if row.symbol in ignored:
                continue
            if isinstance(row, Order):
                self.exchange.cancel(self.account, row)
            else:
                self.exchange.cancel_trigger(self.account, row)

    def _ignores(self, symbol: str) -> bool:
        request = self._request
        found = self._faults.strike(
            FaultKind.IGNORE_CANCELS, self._venue, self.account.name, request.method, request.path, symbol
        )
        return found is not None

    def _stale_s(self) -> float | None:
        request = self._request
        found = self._faults.strike(FaultKind.STALE, self._venue, self.account.name, request.method, request.path)
        return found[1].seconds if found else None


def _as_open(row: Row) -> Row:
    """A row as it was listed while it rested."""
    if row.status.is_open:
        return row
    shown = row.copy()
    shown.status = Status.NEW
    return shown

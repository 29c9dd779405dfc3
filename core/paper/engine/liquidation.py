"""Liquidation: the venue closes what an account can no longer back.

Every account would be looked at in every step if that were cheap. Instead each look says how far prices may move before
it must be repeated, and one comparison over all accounts finds those whose prices moved farther or who changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from core.domain import Side
from core.paper.engine.account import COIN_DECIMALS, Account
from core.paper.engine.booking import Booking
from core.paper.engine.holdings import LedgerKind, Margin, Position
from core.paper.engine.margin import position_maintenance
from core.paper.engine.model import Order, OrderKind, OrderRequest, Status
from core.paper.quotes import Floats, Quotes

WORST_RATE = 0.5
"""No tier asks for more maintenance margin per notional."""
NewOrder = Callable[[Account, OrderRequest], Order]


class Liquidator:
    def __init__(self, market: Quotes, booking: Booking, accounts: Mapping[str, Account], new_order: NewOrder) -> None:
        self._market = market
        self._booking = booking
        self._accounts = accounts
        self._new_order = new_order
        self._known: list[Account] = []
        self._revisions: Floats = np.empty(0)
        self._seen: Floats = np.empty((0, len(market.instruments)))
        """Log marks at the last look, by account."""
        self._safe: Floats = np.empty(0)
        """How far (in log terms) every mark may move from there before the account can be in danger."""

    def step(self) -> None:
        """Liquidate what has to be; to be called whenever prices or accounts may have changed."""
        self._know()
        marks = np.log(self._market.mark)
        moved = np.abs(marks - self._seen).max(axis=1, initial=0.0)
        revisions = np.array([account.revision for account in self._known], dtype=float)
        for row in np.flatnonzero((moved >= self._safe) | (revisions != self._revisions)).tolist():
            account = self._known[row]
            self._safe[row] = self._look(account)
            self._seen[row] = marks
            self._revisions[row] = account.revision

    def _know(self) -> None:
        new = list(self._accounts.values())[len(self._known) :]
        if new:
            self._known += new
            self._revisions = np.append(self._revisions, np.full(len(new), -1.0))
            self._safe = np.append(self._safe, np.zeros(len(new)))
            self._seen = np.vstack([self._seen, np.zeros((len(new), self._seen.shape[1]))])

    def _look(self, account: Account) -> float:
        """Liquidate where margin is gone; returns how far marks may move until the next look (log terms)."""
        safe = math.inf
        for position in account.open_positions():
            if account.is_isolated(position.symbol):
                safe = min(safe, self._isolated(account, position))
        coins = {self._market.instrument(position.symbol).settle for position in account.positions.values()}
        for coin in sorted(coins):
            safe = min(safe, self._cross(account, coin))
        return safe

    def _isolated(self, account: Account, position: Position) -> float:
        slack = position.pot + account.unrealised_of(position) - position_maintenance(account, position)
        if slack > 0:
            return _reach(slack, self._notional(position))
        self._cancel(account, {position.symbol})
        pot, coin = position.pot, self._market.instrument(position.symbol).settle
        notional, realised = self._notional(position), position.realised
        self._close(account, position)
        left = pot + position.realised - realised
        self._settle(account, position, coin, notional, left)
        return math.inf

    def _cross(self, account: Account, coin: str) -> float:
        margin = account.margin(coin)
        held = self._cross_positions(account, coin)
        if held and _is_lost(margin):
            self._cancel(account, {i.symbol for i in self._market.instruments if i.settle == coin})
            while held and _is_lost(account.margin(coin)):
                # The one that asks for most margin frees most.
                worst = max(held, key=lambda position: position_maintenance(account, position))
                notional = self._notional(worst)
                self._close(account, worst)
                held = self._cross_positions(account, coin)
                # What covers a loss for good is the insurance fund, but not while other positions may.
                left = account.margin(coin).cross_equity
                self._settle(account, worst, coin, notional, left if left > 0 or not held else 0.0)
            margin = account.margin(coin)
        if not held:
            owed = -round(margin.cross_wallet, COIN_DECIMALS)
            if owed > 0:
                self._booking.book(account, LedgerKind.INSURANCE, None, coin, owed)
            return math.inf
        gross = sum(self._notional(position) for position in held)
        return _reach(margin.cross_equity - margin.cross_maintenance, gross)

    def _cross_positions(self, account: Account, coin: str) -> list[Position]:
        return [
            position
            for position in account.open_positions()
            if self._market.instrument(position.symbol).settle == coin and not account.is_isolated(position.symbol)
        ]

    def _notional(self, position: Position) -> float:
        mark = self._market.mark_of(position.symbol)
        return self._market.instrument(position.symbol).notional(position.quantity, mark)

    def _cancel(self, account: Account, symbols: set[str]) -> None:
        for order in [o for o in account.open_orders() if o.symbol in symbols]:
            self._booking.end(account, order, Status.CANCELED)
        for trigger in [t for t in account.open_triggers() if t.symbol in symbols]:
            self._booking.end_trigger(account, trigger, Status.CANCELED)

    def _close(self, account: Account, position: Position) -> None:
        """One order at the market for all of it; what the ladder does not hold comes back to it."""
        order = self._new_order(
            account,
            OrderRequest(
                symbol=position.symbol,
                side=Side.SELL if position.quantity > 0 else Side.BUY,
                kind=OrderKind.MARKET,
                quantity=abs(position.quantity),
                reduce_only=True,
                leg=position.leg,
            ),
        )
        while order.status.is_open:
            self._booking.take(account, order, rate=0.0)

    def _settle(self, account: Account, position: Position, coin: str, notional: float, left: float) -> None:
        """Charge the fee out of what is `left`; where less than nothing is left, the insurance fund pays."""
        if left < 0:
            self._booking.book(account, LedgerKind.INSURANCE, position, coin, -left)
        else:
            fee = round(min(left, notional * self._booking.rules.liquidation_fee), COIN_DECIMALS)
            self._booking.book(account, LedgerKind.LIQUIDATION, position, coin, -fee)


def _is_lost(margin: Margin) -> bool:
    return margin.cross_equity <= margin.cross_maintenance


def _reach(slack: float, gross: float) -> float:
    """How far (log terms) all marks may move before `slack` is used up, with PnL and maintenance margin at worst."""
    return math.log1p(slack / (gross * (1 + WORST_RATE)))

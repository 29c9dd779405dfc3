"""Funding: at every full period perpetual positions pay each other, longs the shorts where the rate is above zero."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.paper.engine.account import COIN_DECIMALS, Account
from core.paper.engine.booking import Booking
from core.paper.engine.holdings import LedgerKind
from core.paper.quotes import Quotes

HISTORY = 1_000


@dataclass(frozen=True, slots=True)
class FundingRate:
    symbol: str
    rate: float
    mark: float
    at_s: float


class Funding:
    def __init__(
        self,
        market: Quotes,
        booking: Booking,
        accounts: Mapping[str, Account],
        now: Callable[[], float],
        period_s: float,
    ) -> None:
        self._market = market
        self._booking = booking
        self._accounts = accounts
        self._now = now
        self.period_s = period_s
        self.next_s = self._after(now())
        self.history: deque[FundingRate] = deque(maxlen=HISTORY)
        """What was paid at, newest last."""

    def _after(self, at_s: float) -> float:
        return (at_s // self.period_s + 1) * self.period_s

    def step(self) -> None:
        """Pay if a period is full. A clock that jumped over several pays once: nobody held the rates in between."""
        now = self._now()
        if now < self.next_s:
            return
        self.next_s = self._after(now)
        perpetuals = [i for i in self._market.instruments if i.is_perpetual]
        rates = {i.symbol: self._market.funding_rate_of(i.symbol) for i in perpetuals}
        self.history.extend(FundingRate(s, rate, self._market.mark_of(s), now) for s, rate in rates.items())
        for account in self._accounts.values():
            for position in account.open_positions():
                if position.symbol not in rates:
                    continue
                instrument, mark = self._market.instrument(position.symbol), self._market.mark_of(position.symbol)
                paid = instrument.notional(position.quantity, mark) * rates[position.symbol]
                paid = round(paid if position.quantity > 0 else -paid, COIN_DECIMALS)
                self._booking.book(account, LedgerKind.FUNDING, position, instrument.settle, -paid)

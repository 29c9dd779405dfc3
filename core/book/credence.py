"""What of an account's messages can be believed, and what makes the account unknown because it cannot."""

from __future__ import annotations

import math

from core.book import quarantine
from core.book.accounts import Accounts
from core.book.marks import Marks
from core.book.positions import Positions
from core.venues.messages import FillUpdate


class Credence:
    def __init__(self, accounts: Accounts, marks: Marks, positions: Positions) -> None:
        self._accounts = accounts
        self._marks = marks
        self._positions = positions

    def holds(self, account: int, slot: int, quantity: float, at_s: float) -> bool:
        """Whether anybody can hold that much; if not, the account is unknown until its venue says something else."""
        instrument = int(self._positions.slots.instrument[slot])
        if self.amount(instrument, quantity):
            self._accounts.believe(account, slot)
            return True
        symbol = self._marks.symbols[instrument][1]
        self._accounts.doubt(account, slot, at_s, f"the venue tells {quantity:g} of {symbol}, which nobody can hold")
        return False

    def amount(self, instrument: int, quantity: float) -> bool:
        return quarantine.is_amount(quantity, self._marks.worth(instrument, quantity))

    def price(self, instrument: int, price: float | None) -> float | None:
        """The price of an entry or a fill, or None where it is none, or nowhere near the mark."""
        mark = float(self._marks.table.mark[instrument])
        if price is None or not quarantine.is_price(price) or quarantine.apart(price, mark, quarantine.FAR):
            return None
        return price

    def is_fill(self, account: int, fill: FillUpdate) -> bool:
        market = self._marks.row(self._accounts.entries[account].endpoint, fill.symbol)
        sane = self.amount(market, fill.quantity) and math.isfinite(fill.at_s)
        return sane and self.price(market, fill.price) is not None

    def fee(self, fill: FillUpdate, coin: int) -> float:
        """Of one that cannot be: nothing; the balance shows what was really paid."""
        return fill.fee if quarantine.is_amount(fill.fee, fill.fee * self._marks.rate(coin)) else 0.0

"""A small venue that keeps its own books lives through random days; the unit value must tell what trading alone did."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.book.desk import BTC, Desk


class TinyVenue:
    """One account, one swap, average cost. `includes`: its balance holds the unrealised PnL."""

    def __init__(self, chance: random.Random, *, includes: bool) -> None:
        self.desk = Desk()
        self.chance, self.includes = chance, includes
        self.wallet, self.quantity, self.entry, self.price = 1_000.0, 0.0, 100.0, 100.0
        self.unit = 1.0
        self.desk.mark(self.price)
        self.read()
        self.look()  # the series begins with the first view

    @property
    def equity(self) -> float:
        return self.wallet + self.quantity * (self.price - self.entry)

    @property
    def balance(self) -> float:
        return self.equity if self.includes else self.wallet

    def read(self) -> None:
        held = {BTC: (self.quantity, self.entry)} if self.quantity else {}
        self.desk.read(wallet=self.balance, held=held, includes=self.includes)

    def look(self) -> None:
        """Whatever has been told so far: the unit value is near the truth at every moment."""
        assert self.desk.of("account:a") == pytest.approx(self.unit, rel=0.02)

    def move(self) -> None:
        before = self.equity
        self.price *= 1.0 + self.chance.uniform(-0.04, 0.04)
        self.unit *= self.equity / before
        self.desk.mark(self.price)
        self.look()

    def trade(self) -> None:
        before, room = self.equity, 2.0 * self.equity / self.price
        target = self.chance.choice([0.0, self.chance.uniform(-room, room)])
        change = target - self.quantity
        price, fee = self.price * (1.0 + self.chance.uniform(-0.001, 0.001)), abs(change) * self.price * 0.0004
        self._execute(change, price, fee)
        self.unit *= self.equity / before
        steps = [
            lambda: self.desk.position(self.quantity, self.entry if self.quantity else None),
            lambda: self.desk.wallet(self.balance, reason="ORDER", includes=self.includes),
        ]
        if change:
            fill = self.desk.a_fill(change, price, "mm-1", fee=fee)
            steps += [lambda: self.desk.book.apply(fill)] * self.chance.randint(1, 2)
        self.chance.shuffle(steps)
        for step in steps:
            step()
            if self.chance.random() < 0.3:
                self.look()

    def _execute(self, change: float, price: float, fee: float) -> None:
        closing = min(abs(change), abs(self.quantity)) if change * self.quantity < 0 else 0.0
        side = 1.0 if self.quantity > 0 else -1.0
        self.wallet += side * closing * (price - self.entry) - fee
        after = self.quantity + change
        if change * self.quantity >= 0 and after:
            self.entry = (self.quantity * self.entry + change * price) / after
        elif after * self.quantity < 0:
            self.entry = price
        self.quantity = after

    def flow(self) -> None:
        share = self.chance.choice([self.chance.uniform(0.2, 3.0), self.chance.uniform(-0.4, -0.2)])
        amount = self.equity * share
        self.wallet += amount
        steps = [
            lambda: self.desk.wallet(self.balance, reason=self.chance.choice(["", "TRANSFER"]), includes=self.includes)
        ]
        if self.chance.random() < 0.7:
            flow = self.desk.flow(amount)
            steps += [lambda: self.desk.book.apply(flow)] * self.chance.randint(1, 2)
        self.chance.shuffle(steps)
        for step in steps:
            step()
            self.look()
        for _ in range(2):
            self.wait()

    def wait(self) -> None:
        self.desk.wait(3.0)
        self.desk.mark(self.price)
        self.read()
        self.look()


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), includes=st.booleans(), restarts=st.booleans())
def test_the_unit_value_is_what_trading_alone_did(seed: int, includes: bool, restarts: bool) -> None:
    chance = random.Random(seed)
    venue = TinyVenue(chance, includes=includes)
    for _ in range(25):
        chance.choice([venue.move, venue.move, venue.trade, venue.flow, venue.wait])()
    if restarts:
        venue.desk = venue.desk.restarted()
    for _ in range(2):
        venue.wait()
    assert venue.desk.of("account:a") == pytest.approx(venue.unit, rel=0.01)
    assert venue.desk.of("account:a", "equity") == pytest.approx(venue.equity)

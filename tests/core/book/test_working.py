"""Orders at work as a cycle is told of them."""

from __future__ import annotations

import numpy as np
import pytest

from core.book.working import Working, WorkingColumns
from core.domain import Scope
from core.venues.messages import OrderUpdate
from tests.core.book.desk import BTC, Desk


class At:
    def __init__(self) -> None:
        self.desk = Desk()
        book = self.book = self.desk.book
        self.working = Working(book._accounts, book._marks, book._positions, book._names)
        original = book.apply

        def apply(update: OrderUpdate) -> None:
            account = book._accounts.index.get(getattr(update, "account", ""), -1)
            if account >= 0:
                self.working.before(account, update)
            original(update)
            if account >= 0:
                self.working.after(account, update)

        book.apply = apply  # type: ignore[method-assign, assignment]
        self.desk.mark(100.0)

    def columns(self) -> WorkingColumns:
        view, layout = self.desk.view(), self.book.layout
        worth = self.book._valuation.prices(self.book._marks).worth
        unread = np.concatenate((~view.account_read, np.isposinf(view.age_s[layout.first_strategy :])))
        return self.working.columns(layout, worth, unread, self.desk.now_s)

    def of(self, column: str, scope: str) -> float:
        return float(getattr(self.columns(), column)[self.book.scopes.index(Scope.parse(scope))])


def test_an_order_is_counted_once_and_rests_until_it_ends() -> None:
    at = At()
    for account in "abc":
        at.desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
    at.desk.wait(1.0)
    at.book.apply(at.desk.an_order("x"))
    assert at.of("resting", "strategy:mm") == at.of("resting", "account:a") == at.of("added", "portfolio") == 100.0
    assert at.of("order_rate", "portfolio") == pytest.approx(at.of("order_rate", "strategy:mm"))
    assert 0.9 < at.of("order_rate", "account:a") <= 1.0
    at.desk.wait(1.0)
    at.desk.read("a", 1_000.0, {BTC: (2.0, 100.0)}, orders=())
    assert at.of("resting", "portfolio") == 0.0
    assert 0.9 < at.of("order_rate", "portfolio") <= 1.0


def test_unprotected_positions_are_counted_once_a_second() -> None:
    at = At()
    for account in "abc":
        at.desk.read(account)
    assert at.of("unprotected", "portfolio") == 0.0
    at.desk.position(1.0)
    assert at.of("unprotected", "portfolio") == 0.0
    at.desk.wait(1.0)
    assert at.of("unprotected", "portfolio") == 1.0


def test_before_anything_is_read_all_of_it_is_unknown() -> None:
    at = At()
    at.book.apply(at.desk.an_order("x"))
    for name in WorkingColumns.__slots__:
        assert np.isnan(getattr(at.columns(), name)).all(), name

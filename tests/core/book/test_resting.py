"""What rests, against a brute force over every order and position that the book tells of."""

from __future__ import annotations

import dataclasses
import math
import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.resting import Resting, RestingColumns
from core.domain import UNATTRIBUTED, Leg, Side
from core.venues.messages import OrderUpdate, PositionUpdate, Source, Update
from tests.core.book.desk import BTC, ETH, MM, TREND, Desk

SPOT = "BTC/USDT"
INVERSE = "BTC/USD:BTC"
PRICES = {BTC: 100.0, ETH: 10.0, SPOT: 100.0, INVERSE: 100.0}
NAMES = (MM.name, TREND.name, UNATTRIBUTED)
CLIENT = {MM.name: "mm-1", TREND.name: "tr-1", UNATTRIBUTED: "x"}


class Following:
    """A desk beside which `Resting` follows every update, as the book is meant to let it."""

    def __init__(self, hedged: str = "") -> None:
        self.desk = Desk()
        book = self.book = self.desk.book
        self.hedged = hedged
        self.resting = Resting(book._accounts, book._marks, book._positions, book._names)
        for symbol, price in PRICES.items():
            self.desk.mark(price, symbol)
        original = book.apply

        def apply(update: Update) -> None:
            original(update)
            account = book._accounts.index.get(getattr(update, "account", ""))
            if account is not None:
                self.resting.apply(account, update)

        book.apply = apply  # type: ignore[method-assign]

    def order(
        self, order_id: str, side: Side, quantity: float, *, account: str = "a", symbol: str = BTC,
        strategy: str = "mm", reduce_only: bool = False, is_open: bool = True, filled: float = 0.0,
    ) -> OrderUpdate:  # fmt: skip
        return OrderUpdate(
            account, symbol, order_id, CLIENT[strategy], "regular", side, is_open, quantity, filled, 90.0, None,
            reduce_only, None, Source.STREAM, self.desk.now_s,
        )  # fmt: skip

    def say(self, update: Update) -> None:
        self.book.apply(update)

    def columns(self) -> RestingColumns:
        self.desk.view()
        prices = self.book._valuation.prices(self.book._marks)
        return self.resting.columns(self.book.layout, prices.worth, *self.masks())

    def masks(self) -> tuple[np.ndarray, np.ndarray]:
        layout = self.book.layout
        return ~self.book._accounts.read, np.zeros(layout.strategies, dtype=bool)

    def unprotected(self) -> np.ndarray:
        self.desk.view()
        return self.resting.unprotected(self.book.layout, *self.masks())

    # -- brute force ------------------------------------------------------------------------------------------------

    def held(self) -> dict[tuple[str, str, str, str], dict[str, float]]:
        """By account, what it is priced by, strategy or "", and leg."""
        view = self.desk.view()
        accounts = [entry.name for entry in self.desk.accounts]
        out: dict[tuple[str, str, str, str], float] = defaultdict(float)
        for table, names in ((view.positions, None), (view.rows, NAMES)):
            for at in range(len(table.account)):
                name = "" if names is None else names[table.strategy[at]]
                symbol = view.symbols[table.instrument[at]][1]
                leg = tuple(Leg)[table.leg[at]].value
                out[accounts[table.account[at]], symbol, name, leg] += float(table.quantity[at])
        return out

    def reference(self) -> dict[str, tuple[float, float, float]]:
        """Scope -> resting notional, what gross exposure grows by, unprotected positions."""
        held = self.held()
        lines: dict[tuple[str, str, str], list[OrderUpdate]] = defaultdict(list)
        for account in "abc":
            for order in self.book.resting_orders(account) or ():
                place = "BTC" if order.symbol == SPOT else order.symbol
                strategy = self.book.order_strategy(order)
                lines[account, place, ""].append(order)
                lines[account, place, strategy].append(order)
        out: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for (account, place, strategy), orders in lines.items():
            price = 1.0 if place == INVERSE else PRICES[BTC if place == "BTC" else place]
            buys = math.fsum(o.quantity - o.filled for o in orders if o.side is Side.BUY and not o.reduce_only)
            sells = math.fsum(o.quantity - o.filled for o in orders if o.side is Side.SELL and not o.reduce_only)
            net, long, short = (held.get((account, place, strategy, leg.value), 0.0) for leg in Leg)
            if place == "BTC":
                opening = buys + max(0.0, sells - max(0.0, net))
                after = max(abs(net), abs(net + buys), abs(net - sells))
            elif account == self.hedged:
                opening = buys + sells
                after = abs(net) + abs(long + buys) + abs(short - sells)
            else:
                opening = buys + sells
                after = max(abs(net), abs(net + buys), abs(net - sells))
            for scope in self.scopes_of(account, strategy):
                out[scope][0] += opening * price
                out[scope][1] += (after - abs(net) - abs(long) - abs(short)) * price
        for (account, place, strategy, leg), quantity in held.items():
            whole = held.get((account, place, "", leg), 0.0)
            if quantity == 0.0 or whole == 0.0 or place in ("BTC", "ETH", "USDT"):
                continue
            closing = Side.SELL if whole > 0.0 else Side.BUY
            guarded = any(o.reduce_only and o.side is closing for o in lines.get((account, place, ""), ()))
            for scope in self.scopes_of(account, strategy):
                out[scope][2] += not guarded
        return {scope: (row[0], row[1], row[2]) for scope, row in out.items()}

    def scopes_of(self, account: str, strategy: str) -> tuple[str, ...]:
        venue = {"a": "north", "b": "north", "c": "south"}[account]
        return (f"strategy:{strategy}",) if strategy else ("portfolio", f"venue:{venue}", f"account:{account}")

    def agrees(self) -> None:
        wanted, got, bare = self.reference(), self.columns(), self.unprotected()
        for row, scope in enumerate(self.book.scopes):
            resting, added, unprotected = wanted.get(str(scope), (0.0, 0.0, 0.0))
            assert got.resting[row] == pytest.approx(resting, abs=1e-6), scope
            assert got.added[row] == pytest.approx(added, abs=1e-6), scope
            assert bare[row] == unprotected, scope


class Bots:
    """Random orders, fills, positions and readings, consistent with each other or not."""

    def __init__(self, chance: random.Random, hedged: str) -> None:
        self.chance = chance
        self.at = Following(hedged)
        self.known: list[OrderUpdate] = []
        for account in "abc":
            self.at.desk.read(account, {"USDT": 1_000.0, "BTC": 2.0})

    def place(self) -> None:
        pick = self.chance.choice
        order = self.at.order(
            f"o{len(self.known)}", pick(tuple(Side)), float(pick((0, 1, 2, 5))), account=pick("abc"),
            symbol=pick((BTC, ETH, SPOT, INVERSE)), strategy=pick(NAMES), reduce_only=self.chance.random() < 0.4,
        )  # fmt: skip
        self.known.append(order)
        self.at.say(order)

    def change(self) -> None:
        if self.known:
            order = self.chance.choice(self.known)
            filled = self.chance.choice((0.0, order.quantity / 2, order.quantity))
            self.at.desk.wait(0.01)
            self.at.say(
                dataclasses.replace(
                    order, filled=filled, is_open=filled < order.quantity and self.chance.random() < 0.5,
                    received_s=self.at.desk.now_s,
                )
            )  # fmt: skip

    def move(self) -> None:
        account, symbol = self.chance.choice("abc"), self.chance.choice((BTC, ETH, INVERSE))
        leg, quantity = Leg.NET, float(self.chance.randint(-3, 3))
        if account == self.at.hedged:
            leg = self.chance.choice((Leg.LONG, Leg.SHORT))
            quantity = abs(quantity) if leg is Leg.LONG else -abs(quantity)
        self.at.desk.wait(0.01)
        self.at.say(PositionUpdate(account, symbol, leg, quantity, PRICES[symbol], Source.STREAM, self.at.desk.now_s))

    def fill(self) -> None:
        account = self.chance.choice("abc")
        self.at.desk.fill(
            float(self.chance.choice((-2, -1, 1, 2))), 100.0, self.chance.choice(tuple(CLIENT.values())),
            account=account, symbol=self.chance.choice((BTC, SPOT)),
        )  # fmt: skip

    def coins(self) -> None:
        self.at.desk.wait(0.01)
        coins = {"BTC": float(self.chance.randint(0, 4))}
        self.at.say(self.at.desk.coins(self.chance.choice("abc"), coins, complete=False, source=Source.STREAM))

    def read(self) -> None:
        account = self.chance.choice("abc")
        self.at.desk.wait(5.0)
        rows = tuple(
            dataclasses.replace(order, source=Source.READING, received_s=self.at.desk.now_s)
            for order in self.known
            if order.account == account and self.chance.random() < 0.5
        )
        legs: tuple[PositionUpdate, ...] = ()
        if account == self.at.hedged:
            legs = (self.at.desk.row(account, BTC, 1.0, 100.0, Source.READING, Leg.LONG),)
        # Without a coin or a position its slot goes, to be opened again under another number.
        coins = {"USDT": 1_000.0} | ({"BTC": 1.0} if self.chance.random() < 0.5 else {})
        held = {ETH: (1.0, 10.0)} if self.chance.random() < 0.3 else {}
        self.at.desk.read(account, coins, held, orders=rows, legs=legs)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), hedged=st.sampled_from(["", "a"]))
def test_columns_agree_with_a_brute_force_after_anything(seed: int, hedged: str) -> None:
    chance = random.Random(seed)
    bots = Bots(chance, hedged)
    if hedged:
        bots.at.say(PositionUpdate("a", BTC, Leg.LONG, 0.0, None, Source.STREAM, bots.at.desk.now_s))
    acts = [bots.place, bots.place, bots.change, bots.move, bots.fill, bots.coins, bots.read, bots.read]
    for _ in range(40):
        chance.choice(acts)()
    bots.at.agrees()
    for order in bots.known:
        bots.at.desk.wait(0.01)
        bots.at.say(dataclasses.replace(order, is_open=False, received_s=bots.at.desk.now_s))
    assert len(bots.at.resting.whole.live()) == len(bots.at.resting.own.live()) == 0


def test_the_worse_side_counts_and_not_both() -> None:
    at = Following()
    for account in "abc":
        at.desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
    at.say(at.order("1", Side.BUY, 1.0))
    at.say(at.order("2", Side.SELL, 7.0))
    got = at.columns()
    row = at.book.layout.first_account
    assert got.resting[row] == 800.0
    # From 2 long to 5 short.
    assert got.added[row] == 300.0


def test_a_spot_sell_of_what_is_held_opens_nothing() -> None:
    at = Following()
    for account in "abc":
        at.desk.read(account, {"USDT": 1_000.0, "BTC": 3.0})
    at.say(at.order("1", Side.SELL, 3.0, symbol=SPOT))
    got = at.columns()
    assert got.resting[0] == 0.0
    assert got.added[0] == 0.0


def test_coins_that_arrive_while_orders_rest_are_what_they_sell() -> None:
    at = Following()
    for account in "abc":
        at.desk.read(account)
    at.say(at.order("1", Side.SELL, 3.0, symbol=SPOT))
    assert at.columns().resting[0] == 300.0
    at.say(at.desk.coins("a", {"BTC": 2.0}, complete=False, source=Source.STREAM))
    assert at.columns().resting[0] == 100.0


def test_an_order_that_only_reduces_protects_the_side_that_it_closes() -> None:
    at = Following()
    for account in "abc":
        at.desk.read(account, 1_000.0, {BTC: (2.0, 100.0), ETH: (-1.0, 10.0)})
    assert at.unprotected()[0] == 6.0
    at.say(at.order("1", Side.BUY, 2.0, reduce_only=True))
    assert at.unprotected()[0] == 6.0
    # One that closes whatever is held names no quantity.
    at.say(at.order("2", Side.SELL, 0.0, reduce_only=True))
    assert at.unprotected()[0] == 5.0
    at.say(at.order("3", Side.BUY, 1.0, symbol=ETH, reduce_only=True, account="c", strategy="trend"))
    assert at.unprotected()[:3].tolist() == [4.0, 3.0, 1.0]
    assert at.columns().added[0] == 0.0


def test_orders_that_no_reading_has_listed_are_unknown_and_not_none() -> None:
    at = Following()
    for account in "ab":
        at.desk.read(account)
    at.desk.read("c", orders=None)
    for column in (at.columns().resting, at.columns().added, at.unprotected()):
        unknown = {str(at.book.scopes[row]) for row in np.flatnonzero(np.isnan(column))}
        assert unknown == {"portfolio", "venue:south", "account:c"}


def test_an_order_that_nothing_prices_makes_its_account_unknown() -> None:
    at = Following()
    for account in "abc":
        at.desk.read(account)
    at.say(at.order("1", Side.BUY, 1.0, symbol="NEW/USDT:USDT"))
    got = at.columns()
    row = at.book.layout.first_account
    assert np.isnan(got.resting[row])
    assert got.resting[row + 1] == 0.0

"""Rates of orders against a plain count, and each order counted once."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.activity import BUCKET_S, REMEMBERED, WINDOW_S, Activity, ActivityColumns
from core.domain import UNATTRIBUTED, Side
from core.venues.messages import AccountReading, OrderEnd, OrderUpdate, Source
from tests.core.book.desk import BTC, MM, TREND, Desk

CLIENT = {MM.name: "mm-1", TREND.name: "tr-1", UNATTRIBUTED: "x"}
NAMES = tuple(CLIENT)


class Counting:
    """A desk beside which `Activity` counts, told of every update before the book is."""

    def __init__(self, *, listed: bool = True) -> None:
        self.desk = Desk()
        # Readings of the desk begin a moment earlier than they end.
        self.desk.wait(0.2)
        book = self.book = self.desk.book
        self.activity = Activity(book._accounts, book._names)
        if listed:
            for account in "abc":
                self.desk.read(account)

    def order(
        self, order_id: str, ended: OrderEnd | None = None, account: str = "a", strategy: str = "mm",
        source: Source = Source.STREAM,
    ) -> OrderUpdate:  # fmt: skip
        return OrderUpdate(
            account, BTC, order_id, CLIENT[strategy], "regular", Side.BUY, ended is None, 1.0, 0.0, 90.0, None, False,
            None, source, self.desk.now_s, ended or OrderEnd.NONE,
        )  # fmt: skip

    def say(self, update: OrderUpdate | AccountReading) -> None:
        self.activity.apply(self.book._accounts.index[update.account], update)
        self.book.apply(update)

    def read(self, *order_ids: str, account: str = "a") -> None:
        now_s = self.desk.now_s
        rows = tuple(self.order(order_id, account=account, source=Source.READING) for order_id in order_ids)
        balance = self.desk.coins(account, 1_000.0, complete=True, source=Source.READING)
        self.say(AccountReading(account, now_s - 0.1, now_s, balance, (), rows))

    def columns(self) -> ActivityColumns:
        layout = self.book.layout
        masks = ~self.book._accounts.read, np.zeros(layout.strategies, dtype=bool)
        return self.activity.columns(layout, self.desk.now_s, *masks)

    def counts(self) -> tuple[float, float, float]:
        """Of the portfolio: placed and canceled in the window, share refused."""
        got, minutes = self.columns(), (WINDOW_S + self.desk.now_s % BUCKET_S) / 60.0
        return round(got.order_rate[0] * minutes, 9), round(got.cancel_rate[0] * minutes, 9), float(got.reject_rate[0])


happenings = st.tuples(
    st.floats(0.0, 20.0),
    st.sampled_from("abc"),
    st.sampled_from(NAMES),
    st.sampled_from([None, OrderEnd.CANCELED, OrderEnd.REJECTED, OrderEnd.FILLED, OrderEnd.EXPIRED]),
)
VENUES = {"a": "north", "b": "north", "c": "south"}


@settings(deadline=None, max_examples=80)
@given(told=st.lists(happenings, max_size=60), wait_s=st.floats(0.0, 90.0))
def test_rates_agree_with_a_plain_count(told: list[tuple[float, str, str, OrderEnd | None]], wait_s: float) -> None:
    at, seen = Counting(), []
    for number, (pause_s, account, strategy, ended) in enumerate(told):
        at.desk.wait(pause_s)
        at.say(at.order(str(number), None, account, strategy))
        if ended is not None:
            at.say(at.order(str(number), ended, account, strategy))
        scopes = {"portfolio", f"venue:{VENUES[account]}", f"account:{account}", f"strategy:{strategy}"}
        seen.append((at.desk.now_s, scopes, ended))
    at.desk.wait(wait_s)
    since_s = (at.desk.now_s // BUCKET_S) * BUCKET_S - WINDOW_S
    minutes = (at.desk.now_s - since_s) / 60.0
    got = at.columns()
    for row, scope in enumerate(at.book.scopes):
        mine = [ended for at_s, scopes, ended in seen if at_s >= since_s and str(scope) in scopes]
        assert got.order_rate[row] == pytest.approx(len(mine) / minutes), scope
        assert got.cancel_rate[row] == pytest.approx(mine.count(OrderEnd.CANCELED) / minutes), scope
        assert got.reject_rate[row] == pytest.approx(mine.count(OrderEnd.REJECTED) / max(10, len(mine))), scope


def test_an_order_that_is_spoken_of_again_and_again_counts_once(rng: random.Random) -> None:
    at = Counting()
    at.say(at.order("x"))
    for _ in range(5):
        at.say(at.order("x"))
    assert at.counts() == (1.0, 0.0, 0.0)
    at.say(at.order("x", OrderEnd.CANCELED))
    words = [at.order("x", OrderEnd.CANCELED), at.order("x", OrderEnd.REJECTED), at.order("x")]
    rng.shuffle(words)
    for word in words:
        at.say(word)
    assert at.counts() == (1.0, 1.0, 0.0)


def test_what_was_placed_before_anybody_counted_is_not_new() -> None:
    at = Counting(listed=False)
    at.say(at.order("early"))
    for account in "abc":
        at.read("early", "there", account=account)
    assert at.counts()[0] == 0.0
    at.say(at.order("there"))
    assert at.counts()[0] == 0.0


def test_an_order_that_only_a_later_listing_shows_is_new() -> None:
    at = Counting()
    at.read("x", "y")
    at.read("x", "y")
    assert at.counts()[0] == 2.0
    at.say(at.order("x"))
    assert at.counts()[0] == 2.0


def test_a_word_that_is_older_than_the_reading_counts_for_nothing() -> None:
    at = Counting()
    stale = at.order("gone")
    at.desk.wait(1.0)
    at.read()
    at.say(stale)
    assert at.counts()[0] == 0.0


def test_an_order_refused_at_first_sight_is_one_that_was_placed() -> None:
    at = Counting()
    for number in range(20):
        at.say(at.order(str(number), OrderEnd.REJECTED))
    assert at.counts() == (20.0, 0.0, 1.0)


def test_one_refused_order_alone_is_no_pattern() -> None:
    at = Counting()
    at.say(at.order("x", OrderEnd.REJECTED))
    assert at.counts() == (1.0, 0.0, pytest.approx(0.1))


def test_what_is_not_known_is_unknown_and_never_zero() -> None:
    at = Counting(listed=False)
    for account in "ac":
        at.desk.read(account)
    layout, strange = at.book.layout, np.zeros(at.book.layout.strategies, dtype=bool)
    strange[0] = True
    got = at.activity.columns(layout, 0.0, ~at.book._accounts.read, strange)
    for column in (got.order_rate, got.cancel_rate, got.reject_rate):
        unknown = {str(layout.scopes[row]) for row in np.flatnonzero(np.isnan(column))}
        assert unknown == {"portfolio", "venue:north", "account:b", "strategy:mm"}


def test_memory_is_bounded() -> None:
    at = Counting()
    for number in range(REMEMBERED + 500):
        at.activity.apply(0, at.order(str(number), OrderEnd.FILLED))
    assert len(at.activity._ended) == REMEMBERED


def test_a_long_silence_empties_the_window() -> None:
    at = Counting()
    at.say(at.order("x"))
    at.desk.wait(1e6)
    assert at.counts()[0] == 0.0
    at.say(at.order("y"))
    assert at.counts()[0] == 1.0

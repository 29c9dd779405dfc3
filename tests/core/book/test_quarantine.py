"""Absurd prices: unknown at first, believed when they go on, and never a peak or a fall of their own."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Trust
from tests.core.book.desk import BTC, Desk


def ready() -> Desk:
    desk = Desk()
    desk.tick(100.0)
    for account in "abc":
        desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
    desk.view()
    desk.wait(1.0)
    return desk


def confirm(desk: Desk) -> None:
    for account in "abc":
        desk.alive(account)


@pytest.mark.parametrize("price", [0.0, -1.0, 1e-12, 9.9, 1_001.0, 1e12, math.inf, -math.inf, math.nan])
def test_one_absurd_price_moves_nothing(price: float) -> None:
    desk = ready()
    desk.tick(price)
    assert desk.of("portfolio", "equity") == 3_000.0
    assert desk.of("account:a", "peak") == desk.of("account:a") == 1.0
    desk.wait(1.0)
    desk.tick(101.0)
    assert desk.of("account:a", "equity") == 1_002.0
    assert desk.of("account:a", "trust") == Trust.TRUSTED


def test_a_price_that_goes_on_is_believed_after_a_second() -> None:
    desk = ready()
    for tenth in range(10):
        desk.tick(5.0 + 0.1 * tenth)
        assert math.isnan(desk.of("account:a", "equity")), tenth
        desk.wait(0.1)
    desk.tick(6.0)
    assert desk.of("account:a", "equity") == pytest.approx(1_000.0 - 2.0 * 94.0)
    assert desk.book.why_unknown("a") == ()


def test_two_absurd_prices_long_apart_are_not_yet_a_pattern() -> None:
    desk = ready()
    for _ in range(2):
        desk.tick(1e6)
        desk.wait(30.0)
    assert math.isnan(desk.of("account:a", "equity"))


def test_while_nothing_else_comes_the_figures_are_unknown_and_say_why() -> None:
    desk = ready()
    for price in (1e6, 1e9, 1e4, 1e7):
        desk.wait(4.0)
        confirm(desk)
        desk.tick(price)
    assert desk.of("account:a", "trust") == Trust.UNKNOWN
    assert desk.book.why_unknown("a") == (f"the mark of {BTC} leapt from 100 to 1e+07, and nothing confirms it yet",)
    assert desk.of("portfolio", "equity") == 3_000.0
    assert desk.of("portfolio", "trust") == Trust.UNKNOWN


@settings(deadline=None, max_examples=60)
@given(prices=st.lists(st.sampled_from([100.0, 99.0, 0.0, 1e-9, 1e12, 1e12, math.nan, math.inf]), max_size=30))
def test_no_sequence_of_absurd_prices_within_moments_is_a_profit_or_a_loss(prices: list[float]) -> None:
    desk = ready()
    for price in prices:
        desk.tick(price)
        desk.wait(0.1)
        assert desk.of("portfolio", "peak") == 1.0
        assert desk.drawdown("portfolio") < 0.01
        assert not desk.of("account:a", "equity") < 990.0


def test_an_option_may_be_worth_ten_times_as_much() -> None:
    desk, symbol = Desk(), "BTC/USD:BTC-261225-100000-C"
    desk.tick(0.001, symbol)
    desk.tick(0.02, symbol)
    row = desk.book._marks.row("e", symbol)
    assert desk.book._marks.table.mark[row] == 0.02

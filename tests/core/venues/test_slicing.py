"""How slices are cut out of a position: by a share of the book, by what is traded, by the least order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain import Side
from core.venues.slicing import least_order, next_slice, rounded, within
from tests.core.halt.dealer import market

BOOK = market("BTC/USDT:USDT", bids=((99.0, 2.0), (98.0, 3.0)), asks=((101.0, 2.0), (103.0, 3.0)))


@pytest.mark.parametrize(
    ("quantity", "share", "bound", "part"),
    [(4.0, 0.5, 0.011, 1.0), (4.0, 0.5, 0.03, 2.5), (0.7, 1.0, 0.03, 0.7), (4.0, 0.5, 0.005, 0.0),
     (4.0, 0.01, 0.03, 0.1), (1.05, 0.5, 0.011, 1.0), (1.04, 0.5, 0.011, 1.0)],
)  # fmt: skip
def test_a_slice_is_a_share_of_what_is_near_and_leaves_no_dust(
    quantity: float, share: float, bound: float, part: float
) -> None:
    assert next_slice(BOOK, Side.SELL, quantity, share, bound) == pytest.approx(part)


def test_a_slice_is_no_more_than_it_may_be_unless_that_is_no_order() -> None:
    assert next_slice(BOOK, Side.SELL, 4.0, 0.5, 0.03, most=0.7) == pytest.approx(0.7)
    assert next_slice(BOOK, Side.SELL, 4.0, 0.5, 0.03, most=0.01) == pytest.approx(0.1)


def test_neither_a_slice_nor_its_rest_is_worth_less_than_the_venue_takes() -> None:
    dear = replace(BOOK, notional_min=50.0)
    assert least_order(dear) == pytest.approx(0.5)
    assert next_slice(dear, Side.SELL, 4.0, 0.01, 0.03) == pytest.approx(0.5)
    # 0.4 would be left over.
    assert next_slice(dear, Side.SELL, 0.9, 0.01, 0.03) == pytest.approx(0.9)
    # What is worth less as a whole may still be tried: it only reduces.
    assert next_slice(dear, Side.SELL, 0.2, 0.01, 0.03) == pytest.approx(0.2)


def test_an_order_is_rounded_down_to_the_step_and_nothing_below_the_least() -> None:
    assert [rounded(BOOK, quantity) for quantity in (0.3, 0.1 + 0.2, 0.29, 0.05)] == pytest.approx([0.3, 0.3, 0.2, 0.0])


def test_without_both_sides_of_the_book_nothing_is_near() -> None:
    assert within(market("X", bids=()), Side.BUY, 0.1) == 0.0

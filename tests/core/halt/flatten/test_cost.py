"""What closing costs against a book, for contracts in base units and for inverse ones."""

from __future__ import annotations

import pytest

from core.domain import Side
from core.halt.flatten.cost import cost_of
from tests.core.halt.dealer import market

BOOK = market("BTC/USDT:USDT", bids=((99.0, 2.0), (98.0, 3.0)), asks=((101.0, 2.0), (103.0, 3.0)))
DOLLARS = market(
    "BTC/USD:BTC", bids=((99.0, 200.0), (98.0, 300.0)), asks=((101.0, 200.0),), inverse=True, coin="USD", least=1.0
)


def test_half_the_spread_the_walk_and_the_fee_add_up_to_what_is_paid_against_the_mid() -> None:
    cost = cost_of(BOOK, Side.SELL, 4.0, 0.001)
    assert cost is not None
    # Two at 99 and two at 98 bring 394 instead of 400.
    assert (cost.notional, cost.spread, cost.depth, cost.beyond) == (400.0, 4.0, 2.0, 0.0)
    assert cost.fee == pytest.approx(0.394)
    bought = cost_of(BOOK, Side.BUY, 3.0, None)
    assert bought is not None
    assert (bought.spread, bought.depth, bought.fee) == (3.0, 2.0, None)


def test_what_the_book_does_not_hold_is_beyond_and_in_no_cost_but_the_fee() -> None:
    cost = cost_of(BOOK, Side.SELL, 7.0, 0.001)
    assert cost is not None
    assert (cost.beyond, cost.spread + cost.depth) == (2.0, pytest.approx(8.0))
    assert cost.fee == pytest.approx(0.001 * (2 * 99 + 3 * 98 + 2 * 100))


def test_inverse_contracts_count_in_dollars() -> None:
    cost = cost_of(DOLLARS, Side.SELL, 400.0, 0.001)
    assert cost is not None
    assert (cost.notional, cost.fee) == (400.0, pytest.approx(0.4))
    # Sold at 99 and 98 instead of 100, so many dollars take more coins than at the mid.
    assert cost.spread + cost.depth == pytest.approx(200 * (100 / 99 - 1) + 200 * (100 / 98 - 1))


def test_without_both_sides_nobody_knows() -> None:
    assert cost_of(market("X", bids=()), Side.SELL, 1.0, 0.001) is None

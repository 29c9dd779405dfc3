"""The grid of past prices: what was told for a moment stands there, gaps stay gaps, clocks may do what they like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.book.columns import Floats
from core.book.prices import PriceGrid, ratios

HOUR = 3600.0
NOW = 1_700_000_000.0 // HOUR * HOUR
STEP = int(NOW // HOUR)


def put(grid: PriceGrid, told: dict[int, float], now_s: float = NOW) -> None:
    at_s = np.array([(STEP + step) * HOUR for step in told])
    grid.put(7, at_s, np.array(list(told.values()), dtype=np.float64), now_s)


def prices(grid: PriceGrid, *steps: int) -> list[float]:
    return grid.prices(7, np.array([STEP + step for step in steps])).tolist()


@given(st.dictionaries(st.integers(-40, 0), st.floats(0.01, 1e6), min_size=1), st.randoms(use_true_random=False))
def test_the_order_in_which_prices_come_does_not_matter(told: dict[int, float], chance: object) -> None:
    forwards, shuffled = PriceGrid(HOUR, 30), PriceGrid(HOUR, 30)
    put(forwards, told)
    rows = list(told.items())
    chance.shuffle(rows)  # type: ignore[attr-defined]
    for step, price in rows:
        put(shuffled, {step: price})
    steps = range(-45, 2)
    np.testing.assert_array_equal(prices(forwards, *steps), prices(shuffled, *steps))
    for step, price in told.items():
        assert prices(forwards, step) == [price] if step > -30 else np.isnan(prices(forwards, step)[0])


def test_the_window_moves_on_with_time_and_forgets_the_oldest() -> None:
    grid = PriceGrid(HOUR, 4)
    put(grid, {-3: 1.0, -2: 2.0, -1: 3.0, 0: 4.0})
    put(grid, {1: 5.0}, NOW + HOUR)
    assert prices(grid, -2, -1, 0, 1) == [2.0, 3.0, 4.0, 5.0]
    assert np.isnan(prices(grid, -3)[0])
    put(grid, {9: 9.0}, NOW + 9 * HOUR)
    assert prices(grid, 9) == [9.0]
    assert np.isnan(prices(grid, -2, -1, 0, 1, 6, 7, 8)).all()


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_price_is_a_gap(price: float) -> None:
    grid = PriceGrid(HOUR, 4)
    put(grid, {-1: 2.0, 0: price})
    np.testing.assert_array_equal(prices(grid, -1, 0), [2.0, np.nan])


def test_a_bar_off_the_grid_is_not_moved_onto_it() -> None:
    grid = PriceGrid(HOUR, 4)
    grid.put(7, np.array([NOW - 0.001, NOW - HOUR + 60.0]), np.array([1.0, 2.0]), NOW)
    np.testing.assert_array_equal(prices(grid, -1, 0), [np.nan, 1.0])


def test_a_venue_whose_clock_is_years_ahead_pushes_nothing_out() -> None:
    grid = PriceGrid(HOUR, 4)
    put(grid, {-1: 2.0, 0: 3.0})
    put(grid, {50_000: 9.0})
    assert prices(grid, -1, 0) == [2.0, 3.0]


def test_a_clock_of_ours_that_had_run_ahead_and_is_put_right_begins_anew() -> None:
    grid = PriceGrid(HOUR, 4)
    put(grid, {1000: 9.0}, NOW + 1000 * HOUR)
    put(grid, {-1: 2.0, 0: 3.0})
    assert prices(grid, -1, 0) == [2.0, 3.0]
    assert np.isnan(prices(grid, 1000)[0])


def test_many_keys_do_not_mix() -> None:
    grid = PriceGrid(HOUR, 4)
    for key in range(40):
        grid.put(key, np.array([NOW]), np.array([key + 1.0]), NOW)
    assert [grid.prices(key, np.array([STEP]))[0] for key in range(40)] == [key + 1.0 for key in range(40)]
    assert np.isnan(grid.prices(99, np.array([STEP]))[0])


def test_a_jump_beyond_the_bound_is_an_error_both_ways_and_kept_on_request() -> None:
    told: Floats = np.array([1.0, 2.0, 1e12, 2.0, 2.0])
    np.testing.assert_array_equal(ratios(told, 10.0), [2.0, np.nan, np.nan, 1.0])
    np.testing.assert_array_equal(ratios(told, None), [2.0, 5e11, 2e-12, 1.0])

"""The own estimate of the way to liquidation, against marks that are moved until the account is gone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.risk.liquidation import cross_distance, distances
from tests.core.book.desk import Desk

NAN, INF = math.nan, math.inf


@dataclass
class Held:
    quantity: float
    mark: float
    entry: float
    maintenance_rate: float


held_of = st.builds(
    Held,
    st.floats(-50.0, 50.0).filter(lambda x: abs(x) > 0.1),
    st.floats(1.0, 1_000.0),
    st.floats(1.0, 1_000.0),
    st.sampled_from([0.004, 0.01, 0.05, 0.2]),
)


def survives(wallet: float, positions: list[Held], move: float) -> bool:
    """An exchange's rule for cross margin: liquidated as soon as equity is down to the maintenance margin."""
    marks = [row.mark * (1.0 + move) for row in positions]
    equity = wallet + math.fsum(row.quantity * (mark - row.entry) for row, mark in zip(positions, marks, strict=True))
    margin = math.fsum(
        abs(row.quantity) * mark * row.maintenance_rate for row, mark in zip(positions, marks, strict=True)
    )
    return equity > margin


def walked(wallet: float, positions: list[Held]) -> float:
    """Move all marks apart in both directions until the account is gone; then halve the last step again and again."""
    if not survives(wallet, positions, 0.0):
        return 0.0
    found = INF
    for direction in (-1.0, 1.0):
        last = 0.0
        for step in range(1, 400):
            move = direction * step * 0.01 if direction < 0 else 1.05**step * 0.01
            if move <= -1.0:
                break
            if not survives(wallet, positions, move):
                low, high = last, move
                for _ in range(80):
                    middle = (low + high) / 2.0
                    low, high = (middle, high) if survives(wallet, positions, middle) else (low, middle)
                found = min(found, abs(high))
                break
            last = move
    return found


@settings(deadline=None, max_examples=120)
@given(wallet=st.floats(0.0, 50_000.0), positions=st.lists(held_of, min_size=1, max_size=5))
def test_the_estimate_is_where_a_walk_of_the_marks_ends(wallet: float, positions: list[Held]) -> None:
    notional = [row.quantity * row.mark for row in positions]
    equity = wallet + math.fsum(row.quantity * (row.mark - row.entry) for row in positions)
    margin = math.fsum(abs(value) * row.maintenance_rate for value, row in zip(notional, positions, strict=True))
    got = float(cross_distance(np.array([equity]), np.array([margin]), np.array([math.fsum(notional)]))[0])
    wanted = walked(wallet, positions)
    if math.isinf(wanted):
        # The walk ends at a hundredth above nothing, and a million times up.
        assert got > 0.99
    else:
        assert got == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("equity", "maintenance", "net", "wanted"),
    [
        (1_000.0, 0.0, 0.0, INF),
        (1_000.0, 0.0, 900.0, INF),
        (-10.0, 0.0, 0.0, INF),
        (10.0, 10.0, 100.0, 0.0),
        (5.0, 10.0, -100.0, 0.0),
        (-5.0, 10.0, 0.0, 0.0),
        (100.0, 10.0, 10.0, INF),
        (100.0, 10.0, 1_010.0, 0.09),
        (100.0, 10.0, -990.0, 0.09),
        (NAN, 10.0, 100.0, NAN),
        (100.0, NAN, 100.0, NAN),
        (100.0, 10.0, NAN, NAN),
    ],
)
def test_edges_are_far_here_or_unknown(equity: float, maintenance: float, net: float, wanted: float) -> None:
    got = cross_distance(np.array([equity]), np.array([maintenance]), np.array([net]))[0]
    assert got == pytest.approx(wanted, nan_ok=True)


def test_the_venues_price_comes_first_and_the_nearest_account_speaks_for_all() -> None:
    layout = Desk().book.layout
    rows = [str(scope) for scope in layout.scopes]

    def column(**figures: float) -> np.ndarray:
        named = {f"{kind}:{name}": value for key, value in figures.items() for kind, name in [key.split("_")]}
        return np.array([named.get(row, 0.0) for row in rows])

    by_venue = np.full(len(rows), INF)
    by_venue[rows.index("account:b")] = 0.4
    got = distances(
        layout,
        by_venue,
        column(account_a=100.0, account_b=100.0, account_c=100.0, strategy_mm=100.0, strategy_trend=NAN),
        column(account_a=10.0, account_b=10.0, strategy_mm=10.0),
        column(account_a=1_010.0, account_b=1_010.0, strategy_mm=-990.0),
    )
    told = dict(zip(rows, got.tolist(), strict=True))
    assert told["account:a"] == pytest.approx(0.09)
    assert told["account:b"] == 0.4
    assert told["account:c"] == INF
    assert told["venue:north"] == told["portfolio"] == pytest.approx(0.09)
    assert told["venue:south"] == INF
    assert told["strategy:mm"] == pytest.approx(0.09)
    assert math.isnan(told["strategy:trend"])
    assert told["strategy:unattributed"] == INF

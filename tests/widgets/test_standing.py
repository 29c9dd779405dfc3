"""What is closest to its limit, against the plainest way to find it."""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.domain import ScopeKind
from tests.widgets.snapshots import matrix
from widgets import standing
from widgets.headroom_panel import least_headroom
from widgets.scope_rows import rows_of
from widgets.standing import least_cells, least_head, nearest_metric, worst_of
from widgets.wall_order import wall_rows

HEADS = st.floats(-3, 1) | st.just(math.nan) | st.just(-math.inf) | st.sampled_from([0.0, 0.25])
MADE = matrix(20, 1)


@given(arrays.arrays(np.float64, st.tuples(st.just(len(MADE.scopes)), st.integers(1, 5)), elements=HEADS), st.data())
def test_the_least_cells_are_those_that_a_sort_of_everything_finds(head: np.ndarray, data: st.DataObject) -> None:  # type: ignore[type-arg]
    most, sample = data.draw(st.integers(0, 12)), data.draw(st.integers(1, 50))
    held = dataclasses.replace(MADE, headroom=np.asfortranarray(head), limited=MADE.limited[: head.shape[1]])
    kept, standing._SAMPLE = standing._SAMPLE, sample
    try:
        found = least_cells(held, most)
    finally:
        standing._SAMPLE = kept
    places = {column: place for place, column in enumerate(held.limited.tolist())}
    shown = [head[row, places[column]] for row, column in found]
    assert shown == sorted(head[~np.isnan(head)].tolist())[:most]
    assert len(set(found)) == len(found)


@given(st.integers(0, 2**31))
def test_a_row_stands_as_its_worst_limit_does(seed: int) -> None:
    made = matrix(9, seed, unknown=0.3)
    rows = np.random.default_rng(seed).permutation(len(made.scopes))[:5]
    urgent = [0, 1, 2, -1, 3, 4]
    worst, head = worst_of(made, rows), least_head(made, rows)
    for place, row in enumerate(rows.tolist()):
        assert worst[place] == max(made.severity[row].tolist(), key=urgent.index)
        known = made.headroom[row][~np.isnan(made.headroom[row])]
        assert head[place] == (known.min() if len(known) else math.inf)
        nearest = nearest_metric(made, row)
        assert (nearest is None) == (not len(known))
        if nearest is not None:
            assert made.cell(row, nearest).headroom == head[place]


def test_no_limits_at_all_leave_everything_calm() -> None:
    none = np.empty((len(MADE.scopes), 0))
    bare = dataclasses.replace(
        MADE, limited=np.empty(0, dtype=np.int64), headroom=none, threshold=none, breach_in_s=none
    )
    assert least_headroom(bare, 8) == []
    assert not worst_of(bare).any()
    assert np.isposinf(least_head(bare)).all()
    assert nearest_metric(bare, 0) is None
    rows, severity, _ = wall_rows(bare, rows_of(bare.scopes, ScopeKind.ACCOUNT))
    assert len(rows) == 20
    assert not severity.any()


def test_a_hundred_thousand_accounts_are_looked_through_in_a_moment() -> None:
    made = matrix(100_000, 1)
    accounts = rows_of(made.scopes, ScopeKind.ACCOUNT)
    began = time.perf_counter()
    least_headroom(made, 8)
    looked = time.perf_counter()
    wall_rows(made, accounts)
    # Measured: 1 ms and 2 ms; Python objects for every cell would take seconds.
    assert looked - began < 0.05
    assert time.perf_counter() - looked < 0.3

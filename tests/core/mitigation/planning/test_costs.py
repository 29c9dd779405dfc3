from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.mitigation.plan import VisibleBook
from core.mitigation.planning.columns import PositionRows, columns_of
from core.mitigation.planning.costs import FEE, UNSEEN, Curves, curves_of, taken_up
from core.mitigation.planning.units import LeftOut, find_units
from tests.core.mitigation.planning.books import PORTFOLIO, position, random_rows, visible


def curves(*rows: object) -> Curves:
    columns = columns_of(rows)  # type: ignore[arg-type]
    return curves_of(columns, find_units(columns, [PORTFOLIO], LeftOut()))


def test_a_walk_down_half_of_every_level_and_dearer_the_further_beyond() -> None:
    book = VisibleBook((10.0, 30.0), (1.0, 5.0))  # 1 in 1,000 and 2 in 1,000 of a mark of 100
    told = curves(position(quantity=200.0, book=book))
    losses = [float(told.through(np.array([amount, 0.0]))[0]) for amount in (500.0, 1_500.0, 3_000.0, 6_000.0)]
    # 500 and 1,000 are visible; then 1,500 at one and a half times the dearest level, 3,000 at three times.
    assert losses == pytest.approx([0.5, 2.5, 2.5 + 1_500 * 3e-3, 2.5 + 4.5 + 3_000 * 6e-3])


def test_nothing_that_is_sold_loses_more_than_all() -> None:
    wild = VisibleBook((1e-3,), (0.09,))  # ninety per cent off the mid
    told = curves(position(quantity=1_000.0, book=wild))
    assert float(told.through(np.array([100_000.0, 0.0]))[0]) <= 100_000.0


def test_what_is_not_known_is_assumed_and_not_free() -> None:
    told = curves(position(fee=float("nan")))
    assert told.total(np.array([1_000.0])) == pytest.approx(1_000.0 * (UNSEEN + FEE))


@pytest.mark.parametrize(
    "book",
    [
        VisibleBook((float("nan"),), (1.0,)),
        VisibleBook((5.0, 5.0), (1.0, 2.0)),
        VisibleBook((5.0, 4.0), (1.0, 2.0)),
        VisibleBook((5.0, 10.0), (-1.0, -2.0)),
        VisibleBook((5.0, 10.0), (1.0, float("inf"))),
    ],
)
def test_a_book_that_makes_no_sense_is_followed_as_far_as_it_does(book: VisibleBook) -> None:
    told = curves(position(quantity=100.0, book=book))
    losses = [float(told.through(np.array([amount] + [0.0] * (len(told.width) - 1)))[0]) for amount in (1.0, 1e3, 1e4)]
    assert 0.0 < losses[0] < losses[1] < losses[2] <= 1e4


def test_fewer_pieces_are_convex_and_right_where_they_meet() -> None:
    rng = np.random.default_rng(3)
    told = curves(*(position("a", f"C{n}", 1e4, book=visible(rng, 100.0, 1e5, levels=40)) for n in range(5)))
    width, slope = told.pieces(12)
    assert width.shape[1] <= 12
    assert (np.diff(slope, axis=1) >= -1e-15).all()
    seen = np.where(np.isfinite(width), width, 0.0)
    for upto in range(1, width.shape[1]):
        amount = seen[:, :upto].sum(axis=1)
        coarse = (taken_up(width, amount) * slope).sum(axis=1)
        assert coarse[:-1] == pytest.approx(told.through(amount)[:-1], rel=1e-9)


def test_positions_seen_through_columns_are_the_positions_they_were_made_of() -> None:
    # Nothing is known of betas, and what is not known equals nothing.
    rows = [replace(row, beta=1.0) for row in random_rows(np.random.default_rng(4), 60, 9, 7)]
    columns = columns_of(rows)
    seen = PositionRows(columns)
    assert list(seen) == rows
    assert seen[3:5] == rows[3:5]
    assert seen[-1] == rows[-1]
    assert columns_of(seen) is columns
    with pytest.raises(IndexError):
        seen[len(rows)]

from __future__ import annotations

import numpy as np
import pytest

from core.risk.history import History
from core.risk.matrix import RiskModel
from tests.core.book.desk import Desk


def fed(cycles: int) -> History:
    desk = Desk()
    model, history = RiskModel(desk.book.scopes, []), History(desk.book.scopes, points=4, spark_every_s=2.0, length=6)
    for cycle in range(cycles):
        for account in "abc":
            desk.read(account, 1_000.0 + cycle)
        view = desk.view()
        history.record(view, model.evaluate(view, desk.now_s))
        desk.wait(1.0)
    return history


def test_the_history_is_bounded_and_oldest_first() -> None:
    course = fed(10).portfolio()
    assert course.equity.tolist() == [3_000.0 + 3 * cycle for cycle in range(4, 10)]
    assert np.all(np.diff(course.at_s) == 1.0)


def test_sparklines_are_thinned_and_unknown_before_the_first_point() -> None:
    lines = fed(3).sparklines()
    assert lines.shape == (len(Desk().book.scopes), 4)
    assert np.isnan(lines[0]).tolist() == [True, True, False, False]
    assert lines[0, 2] == 1.0


def test_what_is_handed_out_is_read_only_and_stays_as_it_was() -> None:
    history = fed(3)
    lines = history.sparklines()
    with pytest.raises(ValueError, match="read-only"):
        lines[0, 0] = 1.0
    assert history.sparklines() is lines


def test_nothing_recorded_is_an_empty_course() -> None:
    assert History(Desk().book.scopes).portfolio().equity.size == 0

"""The course of every scope as plots show it: bounded, oldest first, and within its budget of memory."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.risk.course import Course
from core.risk.matrix import RiskModel
from core.risk.saving import load_course, save_course
from core.risk.settings import RiskSettings
from core.risk.trails import LEVELS, POINT_BYTES, Trail, scaled
from tests.core.book.desk import BTC, Desk

SERIES = ("equity", "unit", "drawdown", "gross_exposure", "net_exposure")


def fed(seconds: list[float], desk: Desk) -> Course:
    course = Course(desk.book.layout, RiskSettings())
    go_on(course, desk, seconds)
    return course


def go_on(course: Course, desk: Desk, seconds: list[float]) -> None:
    model = RiskModel(desk.book.scopes, [])
    for number, pause_s in enumerate(seconds):
        desk.wait(pause_s)
        desk.mark(100.0 - number % 50)
        for account in "abc":
            desk.read(account, 1_000.0, {BTC: (2.0, 100.0)})
        view = desk.view()
        course.step(view)
        course.record(view, model.evaluate(view, desk.now_s))


def test_every_scope_has_a_course_that_says_what_the_matrix_said() -> None:
    desk = Desk()
    course = fed([1.0] * 30, desk)
    rows = desk.book.scopes
    for row, scope in enumerate(rows):
        got = course.history(row)
        assert len(got.at_s) == 30
        assert np.all(np.diff(got.at_s) == pytest.approx(1.0))
        if str(scope) == "account:a":
            marks = 100.0 - np.arange(30)
            equity = 1_000.0 + 2.0 * (marks - 100.0)
            np.testing.assert_allclose(got.equity, equity, rtol=1e-6)
            np.testing.assert_allclose(got.unit, equity / 1_000.0, rtol=1e-6)
            np.testing.assert_allclose(got.drawdown, 1.0 - equity / 1_000.0, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(got.gross_exposure, 2.0 * marks, rtol=1e-6)
            np.testing.assert_allclose(got.leverage, 2.0 * marks / equity, rtol=1e-5)
    assert course.history(0).at_s[-1] == pytest.approx(desk.clock.now())
    with pytest.raises(IndexError, match="there is no scope 99"):
        course.history(99)


def test_points_lie_further_apart_the_older_they_are_and_end_after_thirty_days() -> None:
    trail = Trail(np.arange(3), 1e9)
    moment = 0.0
    for _ in range(20_000):
        moment += 600.0
        trail.record(moment, [np.full(3, moment)] * len(SERIES))
    at_s = trail.course(0).at_s
    assert np.all(np.diff(at_s) > 0.0)
    assert moment - at_s[0] <= 30 * 86_400.0 + 3_600.0
    gaps = np.diff(at_s)
    assert gaps[0] == 3_600.0
    assert gaps[-1] == 600.0
    assert np.all(np.diff(gaps) <= 0.0)


@pytest.mark.parametrize("rows", [1, 100, 1_600, 20_000, 100_000, 1_000_000])
def test_the_budget_of_memory_holds_however_many_scopes_there_are(rows: int) -> None:
    levels = scaled(rows, 96e6)
    points = sum(level.points for level in levels)
    least = 12 * len(LEVELS)
    assert points * POINT_BYTES * rows <= max(96e6, least * POINT_BYTES * rows)
    assert [level.span_s for level in levels] == [level.span_s for level in LEVELS]
    assert rows > 1_600 or points == 2_964


def test_a_course_goes_on_after_a_restart_where_it_is_kept() -> None:
    desk = Desk()
    course = fed([3_600.0] * 20, desk)
    state = json.loads(json.dumps(save_course(course).encode(), allow_nan=False))
    before = course.history(0)
    again = Course(desk.book.layout, RiskSettings())
    load_course(again, state)
    np.testing.assert_array_equal(again.history(0).equity, before.equity)
    np.testing.assert_allclose(again.history(0).at_s, before.at_s)
    go_on(again, desk, [3_600.0])
    # Between the two runs an hour was recorded by nobody: a point that is unknown keeps a line from leading over it.
    assert len(again.history(0).at_s) == 22
    assert np.flatnonzero(np.isnan(again.history(0).equity)).tolist() == [20]


def test_the_portfolio_is_the_same_picture_until_there_is_a_new_point() -> None:
    desk = Desk()
    course = fed([1.0] * 3, desk)
    whole = course.portfolio()
    go_on(course, desk, [0.2])
    assert course.portfolio() is whole
    go_on(course, desk, [1.0])
    assert len(course.portfolio().at_s) == 4
    assert not whole.equity.flags.writeable


def test_the_portfolio_shows_its_last_hour() -> None:
    desk = Desk()
    course = fed([600.0] * 20, desk)
    assert len(course.history(0).at_s) == 20
    assert len(course.portfolio().at_s) == 7


def test_sparklines_are_thinned_unknown_before_the_first_point_and_read_only() -> None:
    desk = Desk()
    course = fed([1.0] * 5, desk)
    lines = course.sparklines()
    assert lines.shape == (len(desk.book.scopes), 60)
    assert np.isnan(lines[0]).tolist() == [True] * 57 + [False] * 3
    assert lines[0, 57] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        lines[0, 0] = 1.0
    assert course.sparklines() is lines


def test_nothing_recorded_is_an_empty_course() -> None:
    course = Course(Desk().book.layout, RiskSettings())
    assert course.portfolio().equity.size == 0
    assert course.history(1).leverage.size == 0

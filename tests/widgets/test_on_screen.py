"""Windows of a monitor that is gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSize

from widgets.on_screen import GRIP_PX, brought_back, fitting

PLACES, WIDTHS, HEIGHTS = st.integers(-5000, 5000), st.integers(100, 4000), st.integers(100, 3000)
RECTS = st.builds(QRect, PLACES, PLACES, WIDTHS, HEIGHTS)
LEFT, RIGHT = QRect(0, 0, 1920, 1080), QRect(1920, 0, 2560, 1440)


def test_a_window_stays_where_it_is_seen() -> None:
    for window in (QRect(100, 100, 800, 600), QRect(2000, 50, 1000, 900), QRect(1800, 20, 600, 400)):
        assert brought_back(window, (LEFT, RIGHT)) == window


def test_a_window_of_a_monitor_that_is_gone_comes_to_one_that_is_there() -> None:
    assert brought_back(QRect(2500, 100, 800, 600), (LEFT,)) == QRect(1120, 100, 800, 600)
    assert brought_back(QRect(-3000, -900, 2600, 1300), (LEFT,)) == QRect(0, 0, 1920, 1080)


def test_a_window_with_the_stop_beyond_the_screen_is_moved_and_made_to_fit() -> None:
    assert brought_back(QRect(1500, 100, 800, 600), (LEFT,)) == QRect(1120, 100, 800, 600)
    assert fitting(QSize(2400, 900), (LEFT, RIGHT)) == QSize(1920, 900)


def test_without_any_screen_nothing_is_moved() -> None:
    assert brought_back(QRect(9000, 1, 10, 10), ()) == QRect(9000, 1, 10, 10)


@given(RECTS, st.lists(st.sampled_from((LEFT, RIGHT)), min_size=1, max_size=2, unique_by=lambda rect: rect.x()))
def test_its_upper_edge_can_be_taken_and_a_second_time_changes_nothing(window: QRect, areas: list[QRect]) -> None:
    back = brought_back(window, areas)
    wide = min(GRIP_PX, back.width())
    for x in (back.x(), back.x() + back.width() - wide):
        assert any(QRect(x, back.y(), wide, 1).intersected(area).width() == wide for area in areas)
    assert brought_back(back, areas) == back

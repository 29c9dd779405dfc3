"""Where things are put by reckoning: names of lines, reasons in rows, cells of the wall."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from widgets.label_places import label_places
from widgets.reason_row import GAP_PX, flow
from widgets.wall_cells import Cells, cells_of, fitting, zoomed

TALL = 14.0
LINES = st.lists(st.tuples(st.floats(0, 200), st.floats(20, 160)), max_size=6)
SIZES = st.tuples(st.integers(40, 1200), st.integers(20, 400))


@given(LINES, st.floats(60, 700), st.floats(20, 200))
def test_names_of_lines_never_lie_over_each_other_nor_beyond_the_plot(
    lines: list[tuple[float, float]], width: float, height: float
) -> None:
    places = label_places(lines, width, height, TALL)
    assert len(places) == len(lines)
    shown = [place for place in places if place is not None]
    for at, place in enumerate(shown):
        assert QRectF(0, 0, width, height).contains(place)
        assert not any(place.intersects(other) for other in shown[at + 1 :])


def test_each_name_touches_its_line_and_the_first_has_the_first_choice() -> None:
    first, second, third = label_places([(100.0, 80.0), (104.0, 80.0), (3.0, 80.0)], 300.0, 200.0, TALL)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.bottom() == 100.0
    assert second.top() == 104.0
    assert third.top() == 3.0  # above it there is no room


def test_a_name_without_room_is_left_out_and_takes_none_from_others() -> None:
    first, second, third = label_places([(50.0, 90.0), (51.0, 90.0), (52.0, 90.0)], 100.0, 60.0, TALL)
    assert first is not None
    assert second is None
    assert third is None


@given(st.lists(st.integers(30, 500), max_size=12), st.integers(120, 900), st.integers(1, 3))
def test_reasons_stand_side_by_side_in_their_order(wanted: list[int], width: int, lines: int) -> None:
    spare = 76
    places = flow(wanted, width, lines, spare)
    assert places == sorted(places)
    for wide, (line, left, taken) in zip(wanted, places, strict=False):
        assert 0 <= line < lines
        assert taken <= wide
        assert left + taken <= width
    for (line, left, taken), (then, next_left, _) in itertools.pairwise(places):
        assert then > line or next_left >= left + taken + GAP_PX
    if len(places) < len(wanted) and places:
        line, left, taken = places[-1]
        assert line < lines - 1 or left + taken + spare <= width + GAP_PX


@given(st.integers(1, 5_000), SIZES)
def test_all_cells_are_in_sight_when_they_fit_and_none_lies_over_another(count: int, size: tuple[int, int]) -> None:
    width, height = size
    cells = fitting(count, width, height)
    assert cells.tall <= height or (cells.width, cells.height) == (1, 1)
    assert cells.across * cells.width <= max(width, cells.width)
    for place in {0, count // 2, count - 1}:
        assert cells.place_at(cells.area(place).topLeft()) == place


@given(st.integers(1, 5_000), SIZES, st.integers(0, 3_000))
def test_cells_in_sight_are_those_that_touch_it(count: int, size: tuple[int, int], top: int) -> None:
    cells = cells_of(count, (11, 11), size[0])
    seen = cells.seen(top, size[1])
    for place in range(0, count, 7):
        area = cells.area(place)
        touches = area.y() + cells.height > top and area.y() < top + size[1]
        assert (place in seen) == touches


@given(st.integers(1, 100_000), SIZES)
def test_zooming_in_makes_cells_larger_until_they_bear_names_and_out_brings_them_back(
    count: int, size: tuple[int, int]
) -> None:
    cells = fitting(count, *size)
    for _ in range(12):
        nearer = zoomed(cells, 1, size[0])
        assert nearer.width >= cells.width
        cells = nearer
    assert cells.named or cells.width >= 30 or size[0] < 124
    back: Cells = zoomed(cells, -20, size[0])
    assert back.width <= cells.width
    assert back.count == count

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.history_levels import Level, bytes_of, parse_level, within

USUAL = tuple(map(parse_level, ("10s for 2d", "1m for 14d", "10m for 365d")))


def test_a_level_is_read_as_it_is_written() -> None:
    assert [(level.step_s, level.span_s) for level in USUAL] == [(10, 172_800), (60, 1_209_600), (600, 31_536_000)]
    assert [str(level) for level in USUAL] == ["10s for 2d", "1m for 14d", "10m for 365d"]


@pytest.mark.parametrize("text", ["", "10s", "10 s for 2d", "0s for 2d", "1h for 30m", "1m for 1m", "1x for 2d"])
def test_what_is_no_level_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"level of history|a step is at least 1 s"):
        parse_level(text)


def test_what_fits_stays_as_it_is() -> None:
    assert within(USUAL, 5, bytes_of(USUAL, 5)) == USUAL


@given(series=st.integers(1, 1_000_000), budget=st.floats(1e3, 1e12))
def test_whatever_is_asked_for_the_room_is_kept_to_and_the_spans_stay(series: int, budget: float) -> None:
    levels = within(USUAL, series, budget)
    assert {level.span_s for level in levels} <= {level.span_s for level in USUAL}
    assert levels[-1].span_s == USUAL[-1].span_s
    steps = [level.step_s for level in levels]
    assert steps == sorted(set(steps))
    if any(level.points > 2 for level in levels):
        assert bytes_of(levels, series) <= budget


def test_a_hundred_thousand_accounts_keep_a_year_within_two_gigabytes() -> None:
    accounts = tuple(map(parse_level, ("10s for 3h", "1m for 2d", "10m for 30d", "1h for 365d")))
    levels = within(accounts, 500_000, 2e9)
    assert bytes_of(levels, 500_000) <= 2e9
    assert levels[-1] == Level(levels[-1].step_s, 365 * 86_400)

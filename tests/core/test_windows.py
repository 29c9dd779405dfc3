from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.windows import DAYS, Window, active_before, is_active, minute_of_week, minutes_of, parse_window

WINDOWS = st.builds(
    Window,
    st.lists(st.integers(0, 6), min_size=1, unique=True).map(lambda days: tuple(sorted(days))),
    st.integers(0, 1_439),
    st.integers(0, 1_440),
).filter(lambda window: window.begin_min != window.end_min)
MOMENTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda at_s: dt.datetime.fromtimestamp(at_s, dt.UTC))


def holds(window: Window, moment: dt.datetime) -> bool:
    """The same question asked of the calendar."""
    minute = moment.hour * 60 + moment.minute
    if window.end_min > window.begin_min:
        return moment.weekday() in window.days and window.begin_min <= minute < window.end_min
    if minute >= window.begin_min:
        return moment.weekday() in window.days
    return minute < window.end_min and (moment.weekday() - 1) % 7 in window.days


@given(st.lists(WINDOWS, min_size=1, max_size=3), MOMENTS)
def test_a_window_is_active_when_the_calendar_says_so(windows: list[Window], moment: dt.datetime) -> None:
    assert is_active(windows, moment.timestamp()) == any(holds(window, moment) for window in windows)


@given(MOMENTS)
def test_without_a_window_it_is_always_active(moment: dt.datetime) -> None:
    assert is_active((), moment.timestamp())


@given(WINDOWS)
def test_a_window_is_read_as_it_is_written(window: Window) -> None:
    assert parse_window(str(window)) == window


@given(MOMENTS)
def test_the_minute_of_the_week_begins_on_monday(moment: dt.datetime) -> None:
    minute = minute_of_week(moment.timestamp())
    assert divmod(minute, 1_440) == (moment.weekday(), moment.hour * 60 + moment.minute)


@given(WINDOWS, MOMENTS, st.integers(0, 9 * 24 * 60))
def test_whether_it_begins_before_an_end_is_told_as_by_looking_at_every_minute(
    window: Window, begin: dt.datetime, minutes: int
) -> None:
    end = begin + dt.timedelta(minutes=minutes)
    looked = any(is_active((window,), begin.timestamp() + 60.0 * minute) for minute in range(minutes))
    told = active_before((window,), begin.timestamp(), end.timestamp())
    assert told >= looked
    if told and not looked:  # the last minute, begun and not whole
        assert is_active((window,), end.timestamp() - 1e-6)


def test_days_may_wrap_around_the_week() -> None:
    assert [DAYS[day] for day in parse_window("fri-mon 00:00-24:00 UTC").days] == ["mon", "fri", "sat", "sun"]
    assert minutes_of((parse_window("00:00-24:00 UTC"),)) == minutes_of(())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mon-fri 08:00-20:00", 'a window such as "mon-fri 08:00-20:00 UTC"'),
        ("mon-fri 8:00-20:00 UTC", 'a window such as "mon-fri 08:00-20:00 UTC"'),
        ("work 08:00-20:00 UTC", '"work" is no day; a window such as'),
        ("mon 08:60-20:00 UTC", "a time of day lies between 00:00 and 23:59, an end may be 24:00"),
        ("mon 24:00-20:00 UTC", "a time of day lies between 00:00 and 23:59, an end may be 24:00"),
        ("08:00-08:00 UTC", "it begins when it ends, so it is never active; a whole day is 00:00-24:00"),
    ],
)
def test_what_is_no_window_is_refused_with_what_is_allowed(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_window(text)
    assert str(raised.value).startswith(sentence)

"""Times of the week in which something holds, written `mon-fri 08:00-20:00 UTC`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.clock import DAY_S
from core.errors import ConfigError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1_440
WEEK_MINUTES = 7 * DAY_MINUTES
ALLOWED = 'a window such as "mon-fri 08:00-20:00 UTC", "sat,sun 00:00-24:00 UTC" or "22:00-04:00 UTC" is needed'

_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday."""
_WINDOW = re.compile(r"(?:([a-z,-]+) +)?(\d{2}):(\d{2})-(\d{2}):(\d{2}) UTC")
_DAYS = re.compile(rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))?")


@dataclass(frozen=True, slots=True)
class Window:
    days: tuple[int, ...]
    """On which it begins; 0 is Monday."""
    begin_min: int
    """Minute of the day, UTC."""
    end_min: int
    """Not included; at or before `begin_min` it is a minute of the next day."""

    def __str__(self) -> str:
        days = "" if len(self.days) == len(DAYS) else ",".join(DAYS[day] for day in self.days) + " "
        return f"{days}{_clock_text(self.begin_min)}-{_clock_text(self.end_min)} UTC"

    def minutes(self) -> int:
        """The minutes of the week that it covers, as a bit mask; bit 0 is Monday 00:00."""
        length = self.end_min - self.begin_min + (0 if self.end_min > self.begin_min else DAY_MINUTES)
        mask = 0
        for day in self.days:
            mask |= ((1 << length) - 1) << (day * DAY_MINUTES + self.begin_min)
        whole = (1 << WEEK_MINUTES) - 1
        return (mask & whole) | (mask >> WEEK_MINUTES)


def parse_window(text: str) -> Window:
    """Raises ConfigError with what is allowed."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise ConfigError(ALLOWED)
    days, *numbers = found.groups()
    begin_h, begin_m, end_h, end_m = (int(number) for number in numbers)
    begin, end = begin_h * 60 + begin_m, end_h * 60 + end_m
    if max(begin_m, end_m) > 59 or begin >= DAY_MINUTES or end > DAY_MINUTES:
        raise ConfigError("a time of day lies between 00:00 and 23:59, an end may be 24:00")
    if begin == end:
        raise ConfigError("it begins when it ends, so it is never active; a whole day is 00:00-24:00")
    return Window(_days(days), begin, end)


def minutes_of(windows: Iterable[Window]) -> int:
    """The minutes of the week that any of them covers; the whole week without any."""
    mask, some = 0, False
    for window in windows:
        mask, some = mask | window.minutes(), True
    return mask if some else (1 << WEEK_MINUTES) - 1


def minute_of_week(at_s: float) -> int:
    """`at_s` is wall time, seconds since the epoch."""
    day = int(at_s // DAY_S)
    return (day + _EPOCH_WEEKDAY) % 7 * DAY_MINUTES + int(at_s % DAY_S) // 60


def is_active(windows: Iterable[Window], at_s: float) -> bool:
    return bool(minutes_of(windows) >> minute_of_week(at_s) & 1)


def active_before(windows: Iterable[Window], begin_s: float, end_s: float) -> bool:
    """Whether any minute of them lies between the two moments (wall time)."""
    mask = minutes_of(windows)
    if end_s - begin_s >= WEEK_MINUTES * 60.0:
        return mask != 0
    first = minute_of_week(begin_s)
    count = int(end_s // 60) - int(begin_s // 60) + (1 if end_s % 60 else 0)
    return any(mask >> ((first + minute) % WEEK_MINUTES) & 1 for minute in range(count))


def _days(text: str | None) -> tuple[int, ...]:
    if text is None:
        return tuple(range(len(DAYS)))
    days: set[int] = set()
    for part in text.split(","):
        found = _DAYS.fullmatch(part)
        if found is None:
            raise ConfigError(f'"{part}" is no day; {ALLOWED}')
        first = DAYS.index(found[1])
        last = first if found[2] is None else DAYS.index(found[2])
        days.update((first + step) % len(DAYS) for step in range((last - first) % len(DAYS) + 1))
    return tuple(sorted(days))


def _clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"

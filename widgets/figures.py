"""Figures and times as the screen shows them: in the numerals of its user, and a time never without its zone.

The forms are those of `widgets.c_figures`; whatever leaves the screen for a file is written with that.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec

from widgets import c_figures
from widgets.c_figures import INFINITE, MINUS, NEVER, SPACE, UNIT_WORDS, UNKNOWN
from widgets.numerals import C, Numerals

__all__ = [
    "INFINITE",
    "MINUS",
    "NEVER",
    "SPACE",
    "UNIT_WORDS",
    "UNKNOWN",
    "Zone",
    "clock",
    "count",
    "counted",
    "day",
    "figure",
    "lasting",
    "limit",
    "milliseconds",
    "money",
    "multiple",
    "number",
    "part",
    "percent",
    "plain",
    "plain_text",
    "price",
    "quantity",
    "rate",
    "read",
    "seconds",
    "shown",
    "signed",
    "stamp",
    "typed",
    "until_breach",
    "use_numerals",
    "use_zone",
    "zone",
    "zone_offset_s",
    "zone_words",
]  # fmt: skip

P = ParamSpec("P")
_EPOCH_MAX_S = 253_402_214_399.0
"""A day before the end of the year 9999: what datetime can hold in any zone."""


class Zone(enum.StrEnum):
    UTC = "utc"
    LOCAL = "local"
    """Of this machine."""


_numerals = [C]
_zone = [Zone.UTC]


def use_numerals(numerals: Numerals) -> None:
    """From now on; what stands on the screen is written anew when it is drawn anew."""
    _numerals[0] = numerals


def use_zone(zone: Zone) -> None:
    _zone[0] = zone


def zone() -> Zone:
    return _zone[0]


def _local(words: Callable[P, str]) -> Callable[P, str]:
    @wraps(words)
    def local(*args: P.args, **kwargs: P.kwargs) -> str:
        return _numerals[0].local(words(*args, **kwargs))

    return local


money = _local(c_figures.money)
percent = _local(c_figures.percent)
multiple = _local(c_figures.multiple)
seconds = _local(c_figures.seconds)
lasting = _local(c_figures.lasting)
milliseconds = _local(c_figures.milliseconds)
plain = _local(c_figures.plain)
counted = _local(c_figures.counted)
rate = _local(c_figures.rate)
price = _local(c_figures.price)
quantity = _local(c_figures.quantity)
until_breach = _local(c_figures.until_breach)
figure = _local(c_figures.figure)
limit = _local(c_figures.limit)


def number(value: int | None) -> str:
    """`1,204`."""
    return UNKNOWN if value is None else _numerals[0].local(f"{value:,}")


def signed(value: int) -> str:
    """`+12`, `−3`, `0`."""
    sign = MINUS if value < 0 else "+" if value else ""
    return f"{sign}{number(abs(value))}"


def count(value: int | None, noun: str, plural: str = "") -> str:
    """`1,204 orders`, `1 order`, `orders unknown`."""
    many = plural or f"{noun}s"
    return f"{many} {UNKNOWN}" if value is None else f"{number(value)} {noun if value == 1 else many}"


def part(some: int, whole: int) -> str:
    """`3 of 1,204`, and `1,204` alone where it is all of them."""
    return number(whole) if some == whole else f"{number(some)} of {number(whole)}"


def typed(value: float) -> str:
    """As somebody would type it into a field: every digit that matters, nothing grouped."""
    text = f"{value:.12f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:.0f}"
    return _numerals[0].local(text)


def shown(text: str) -> str:
    """The numbers of a text of the C locale, in the numerals in use: for a field in which they can be changed."""
    return _numerals[0].local(text)


def plain_text(text: str) -> str:
    """The reverse of `shown`, of whatever a person typed; a number that may mean two is marked by `?`."""
    return _numerals[0].plain(text)


def read(text: str) -> float | None:
    """A number that a person wrote, by the numerals in use or with a decimal point; None where it is not clear."""
    return _numerals[0].read(text)


def zone_words() -> str:
    """`UTC` or `local time`: the label of an axis or a column of times."""
    return "local time" if _zone[0] is Zone.LOCAL else "UTC"


def zone_offset_s(at_s: float) -> float:
    """How far times are told ahead of UTC at that moment, seconds."""
    if _zone[0] is Zone.UTC or not math.isfinite(at_s) or not 0 <= at_s <= _EPOCH_MAX_S:
        return 0.0
    ahead = datetime.fromtimestamp(at_s, UTC).astimezone().utcoffset()
    return ahead.total_seconds() if ahead is not None else 0.0


# Times keep their digits: they are what is looked for in journal and logs.


def clock(at_s: float) -> str:
    """`14:22:07 UTC`, or `16:22:07 +02:00` in local time."""
    return _told(at_s, "%H:%M:%S")


def stamp(at_s: float) -> str:
    """With the day: `11-25 14:22:07 UTC`."""
    return _told(at_s, "%m-%d %H:%M:%S")


def day(at_s: float) -> str:
    """With the year: `2026-11-25 14:22 UTC`."""
    return _told(at_s, "%Y-%m-%d %H:%M")


def _told(at_s: float, form: str) -> str:
    if not math.isfinite(at_s) or not 0 <= at_s <= _EPOCH_MAX_S:
        return UNKNOWN
    at = datetime.fromtimestamp(at_s, UTC)
    if _zone[0] is Zone.LOCAL:
        at = at.astimezone()
        return f"{at.strftime(form)} {at.strftime('%z')[:3]}:{at.strftime('%z')[3:5]}"
    return f"{at.strftime(form)} UTC"

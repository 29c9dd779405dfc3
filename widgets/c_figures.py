"""Figures as text in the C locale: units and sign always with them, and unknown as a word, never a zero or a blank.

What the screen shows is `widgets.figures`, which writes the same in the numerals of its user.
"""

from __future__ import annotations

import math

UNKNOWN = "unknown"
NEVER = "never"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
INFINITE = "\N{INFINITY}"

_SYMBOLS = {"USD": "$", "USDT": "$", "USDC": "$", "EUR": "€", "GBP": "£"}
_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_MOST_PERCENT = 1e6
"""Beyond it a ratio is shown with a step letter: `2.50M %`."""
_ABSURD = 1e15
_SLOW = 0.0095
_YEAR_S = 365.25 * 86_400.0
_DAY_S = 86_400.0
_HOUR_S = 3_600.0


def _signed(value: float, text: str, *, plus: bool) -> str:
    """Put the sign before `text` (made from the absolute value), and none before what rounds to nothing."""
    if not any(digit in text for digit in "123456789") and INFINITE not in text:
        return text
    return MINUS + text if value < 0 else "+" + text if plus else text


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _compact(amount: float) -> str:
    """Four significant digits and a step letter; below a thousand two decimals, absurd ones as a power of ten."""
    if round(amount, 2) < 1_000:
        return f"{amount:.2f}"
    if amount >= _ABSURD:
        return f"{amount:.1e}".replace("+", "")
    for size, letter in reversed(_STEPS):
        scaled = amount / size
        if scaled < 999.95 or letter == "T":
            digits = 2 if scaled < 99.995 else 1
            return f"{scaled:,.{digits}f}{letter}"
    return f"{amount:,.0f}"


def money(value: float, base: str = "USD", *, plus: bool = False) -> str:
    """`$48.21M`, `−$6.10M`, `12.50 BTC`; `plus` writes the sign of gains too."""
    if math.isnan(value):
        return UNKNOWN
    amount = INFINITE if math.isinf(value) else _compact(abs(value))
    symbol = _SYMBOLS.get(base.upper())
    text = f"{symbol}{amount}" if symbol else f"{amount}{SPACE}{base}"
    return _signed(value, text, plus=plus)


def percent(ratio: float, *, plus: bool = False, trim: bool = False) -> str:
    """A ratio as per cent: `3.2 %`, `1,250 %`; `trim` drops what a written limit would not say (`8 %`)."""
    if math.isnan(ratio):
        return UNKNOWN
    if math.isinf(ratio):
        return _signed(ratio, INFINITE, plus=plus)
    amount = abs(ratio) * 100
    if amount > _MOST_PERCENT:
        text = _compact(amount)
    elif trim:
        text = _trimmed(f"{amount:,.2f}")
    else:
        digits = 0 if amount >= 99.95 else 2 if amount < 0.095 and amount > 0 else 1
        text = f"{amount:,.{digits}f}"
    return _signed(ratio, f"{text}{SPACE}%", plus=plus)


def multiple(value: float, *, trim: bool = False) -> str:
    """`2.5×`."""
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return _signed(value, f"{INFINITE}×", plus=False)
    amount = abs(value)
    digits = 0 if amount >= 99.95 else 2 if trim or amount < 0.95 else 1
    text = _compact(amount) if amount >= _MOST_PERCENT else f"{amount:,.{digits}f}"
    return _signed(value, f"{_trimmed(text) if trim else text}×", plus=False)


def seconds(value: float) -> str:
    """How old or how long, in the largest unit that still says something: `0.6 s`, `14 s`, `34 min`, `3.4 h`, `3 d`."""
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return NEVER if value > 0 else f"{MINUS}{INFINITE}"
    amount = abs(value)
    if amount < 9.95:
        text = f"{amount:.1f}{SPACE}s"
    elif amount < 119.5:
        text = f"{amount:.0f}{SPACE}s"
    elif amount < 2 * _HOUR_S:
        text = f"{amount / 60:.0f}{SPACE}min"
    elif amount < 2 * _DAY_S:
        text = f"{amount / _HOUR_S:.1f}{SPACE}h"
    elif amount < 2 * _YEAR_S:
        text = f"{amount / _DAY_S:,.0f}{SPACE}d"
    else:
        years = amount / _YEAR_S
        text = f"{years:,.0f}{SPACE}y" if years < 1e5 else f"{_compact(years)}{SPACE}y"
    return _signed(value, text, plus=False)


def lasting(value: float) -> str:
    """How long something has stood or still has: `00:41`, `3.2 h`, `3 d`."""
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return NEVER
    whole = int(max(0.0, value))
    if whole < _HOUR_S:
        return f"{whole // 60:02d}:{whole % 60:02d}"
    if whole < _DAY_S:
        return f"{whole / _HOUR_S:.1f}{SPACE}h"
    return f"{whole // 86_400:,}{SPACE}d"


def milliseconds(value: float | None) -> str:
    """`8 ms`, `3.8 s`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value < 999.5:
        return f"{value:.0f}{SPACE}ms" if value >= 9.95 else f"{value:.1f}{SPACE}ms"
    return seconds(value / 1000)


def plain(value: float, *, trim: bool = False) -> str:
    """A figure without a unit: `0.71`, `−0.60`, `12.4`, `1,204`, `2.50M`; `trim` as for ratios."""
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return _signed(value, INFINITE, plus=False)
    amount = abs(value)
    if amount >= 99_999.5:
        text = _compact(amount)
    elif amount >= 999.5:
        text = f"{amount:,.0f}"
    elif amount >= 9.995:
        text = f"{amount:.1f}"
    else:
        digits = 2 if amount >= 0.0995 or amount == 0 else min(8, 1 - math.floor(math.log10(amount)))
        text = f"{amount:.{digits}f}"
    return _signed(value, _trimmed(text) if trim else text, plus=False)


def counted(value: float) -> str:
    """How many of something: `0`, `1,204`, `2.50M`; what is between two whole numbers (a mean) keeps a decimal."""
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return _signed(value, INFINITE, plus=False)
    amount = abs(value)
    if amount >= 999_999.5:
        return _signed(value, _compact(amount), plus=False)
    whole = abs(amount - round(amount)) < 0.05 or amount >= 99.95
    return _signed(value, f"{amount:,.0f}" if whole else f"{amount:.1f}", plus=False)


def rate(value: float) -> str:
    """`value` is per minute; slow ones are told per hour or day: `14 /min`, `0.3 /min`, `0.021 /h`, `0.5 /d`."""
    if math.isnan(value):
        return UNKNOWN
    for factor, per in ((1.0, "min"), (60.0, "h")):
        if value == 0 or abs(value) * factor >= _SLOW:
            return f"{plain(value * factor, trim=True)}{SPACE}/{per}"
    return f"{plain(value * 1_440.0, trim=True)}{SPACE}/d"


def price(value: float) -> str:
    """As many digits as a price needs, small coins too: `64,210.50`, `0.00000811`."""
    if not math.isfinite(value):
        return UNKNOWN
    amount = abs(value)
    if amount >= _ABSURD:
        return _signed(value, _compact(amount), plus=False)
    if amount == 0 or amount >= 100:
        digits = 2
    else:
        digits = min(12, max(2, 4 - math.floor(math.log10(amount))))
    text = f"{amount:,.{digits}f}"
    return _signed(value, text if digits <= 2 else _trimmed(text), plus=False)


def quantity(value: float, *, plus: bool = False) -> str:
    """An amount of coins or contracts, five digits of it, without a step letter below a million."""
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return _signed(value, INFINITE, plus=plus)
    amount = abs(value)
    if amount >= 999_999.5:
        return _signed(value, _compact(amount), plus=plus)
    digits = 0 if amount == 0 else min(12, max(0, 4 - math.floor(math.log10(amount))))
    return _signed(value, _trimmed(f"{amount:,.{digits}f}"), plus=plus)


def until_breach(value: float, headroom: float = math.nan) -> str:
    """Time to the next threshold at the present drift: `~ 9 min`, `> 1 d`; `breached` where it is behind already."""
    if headroom <= 0.0:
        return "breached"
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "receding"
    if value > _DAY_S:
        return f">{SPACE}1{SPACE}d"
    return f"~{SPACE}{seconds(max(0.0, value))}"


UNIT_WORDS = {
    "money": "in the base currency",
    "ratio": "a ratio, shown in per cent",
    "multiple": "a multiple (×)",
    "seconds": "a time, in the largest unit that fits",
    "count": "a count",
    "rate": "per minute",
    "number": "a plain number",
}


def figure(value: float, unit: str, base: str = "USD") -> str:
    """`value` of a metric with this unit (`MetricInfo.unit`)."""
    if unit == "money":
        return money(value, base)
    if unit == "ratio":
        return percent(value)
    if unit == "multiple":
        return multiple(value)
    return _WORDS.get(unit, plain)(value)


_WORDS = {"seconds": seconds, "count": counted, "rate": rate, "number": plain}


def limit(value: float, unit: str, base: str = "USD") -> str:
    """A threshold, without the decimals that nobody wrote; empty where there is no limit."""
    if math.isnan(value):
        return ""
    if unit == "ratio":
        return percent(value, trim=True)
    if unit == "multiple":
        return multiple(value, trim=True)
    if unit in ("number", ""):
        return plain(value, trim=True)
    return figure(value, unit, base)

"""Figures as text: units, sign and age always with them, and unknown as a word, never as a zero or a blank."""

from __future__ import annotations

import math
from datetime import UTC, datetime

UNKNOWN = "unknown"
NEVER = "never"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
INFINITE = "\N{INFINITY}"

_SYMBOLS = {"USD": "$", "USDT": "$", "USDC": "$", "EUR": "€", "GBP": "£"}
_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_DAY_S = 86_400.0
_HOUR_S = 3_600.0
_EPOCH_MAX_S = 253_402_300_799.0
"""The last second of the year 9999: what datetime can hold."""


def _signed(value: float, text: str, *, plus: bool) -> str:
    """Put the sign before `text` (made from the absolute value), and none before what rounds to nothing."""
    if not any(digit in text for digit in "123456789") and INFINITE not in text:
        return text
    return MINUS + text if value < 0 else "+" + text if plus else text


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _compact(amount: float) -> str:
    """Four significant digits and a step letter; below a thousand two decimals."""
    if round(amount, 2) < 1_000:
        return f"{amount:.2f}"
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
    """A ratio as per cent: `3.2 %`; `trim` drops what a written limit would not say (`8 %`)."""
    if math.isnan(ratio):
        return UNKNOWN
    if math.isinf(ratio):
        return _signed(ratio, INFINITE, plus=plus)
    amount = abs(ratio) * 100
    if trim:
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
    text = f"{amount:,.{digits}f}"
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
    else:
        text = f"{amount / _DAY_S:,.0f}{SPACE}d"
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


def count(value: int | None, noun: str, plural: str = "") -> str:
    """`1,204 orders`, `1 order`, `orders unknown`."""
    many = plural or f"{noun}s"
    return f"{many} {UNKNOWN}" if value is None else f"{value:,} {noun if value == 1 else many}"


def number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def clock(at_s: float) -> str:
    """Wall time in UTC, `14:22:07`."""
    if not math.isfinite(at_s) or not 0 <= at_s <= _EPOCH_MAX_S:
        return UNKNOWN
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S")


def figure(value: float, unit: str, base: str = "USD") -> str:
    """`value` of a metric with this unit (`MetricInfo.unit`)."""
    if unit == "money":
        return money(value, base)
    if unit == "ratio":
        return percent(value)
    if unit == "multiple":
        return multiple(value)
    if unit == "seconds":
        return seconds(value)
    return UNKNOWN if math.isnan(value) else _signed(value, f"{abs(value):,.4g}", plus=False)


def limit(value: float, unit: str, base: str = "USD") -> str:
    """A threshold, without the decimals that nobody wrote; empty where there is no limit."""
    if math.isnan(value):
        return ""
    if unit == "ratio":
        return percent(value, trim=True)
    if unit == "multiple":
        return multiple(value, trim=True)
    return figure(value, unit, base)

"""Figures as a person types them and reads them back: `5 %`, `2.5x`, `30 min`, `$1.2M`.

What is written here is read again as exactly the same number. A figure whose unit could be mistaken needs its unit:
5 as a drawdown might be meant as 5 %, and taken for 500 % it would guard nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from core.errors import ConfigError

_STEPS = {"k": Decimal(10) ** 3, "m": Decimal(10) ** 6, "b": Decimal(10) ** 9, "t": Decimal(10) ** 12}
_TIMES = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "m": 60, "minute": 60, "minutes": 60,
    "h": 3_600, "hour": 3_600, "hours": 3_600, "d": 86_400, "day": 86_400, "days": 86_400,
}  # fmt: skip
_PER = {"": 1, "min": 1, "minute": 1, "h": 60, "hour": 60, "d": 1_440, "day": 1_440}
_SYMBOLS = {"USD": "$", "USDT": "$", "USDC": "$", "EUR": "€", "GBP": "£"}
_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?"
_MONEY = re.compile(rf"({_NUMBER})([kmbt]?)", re.IGNORECASE)
_TIME = re.compile(r"([\d,.]+)([a-z]+)")
_MOST_DIGITS = 6

EXAMPLES: Mapping[str, str] = {
    "money": "an amount such as 250,000, $250k or $1.2M",
    "ratio": "a share such as 5 % (or 0.05 as 5 %)",
    "multiple": "a multiple such as 2.5x",
    "seconds": "a time with its unit, such as 30 s, 5 min, 2 h or 1 d",
    "count": "a whole number such as 12",
    "rate": "a rate such as 30 /min, 5 /h or 1 /d",
    "number": "a number such as 0.65",
}
"""By unit (`MetricInfo.unit`), what may be typed."""


def typed_figure(text: str, unit: str, base: str = "USD") -> float:
    """The figure in the metric's own unit. Raises ConfigError that says what is allowed."""
    plain = re.sub(r"[\s\u00a0]+", "", text.strip()).replace("\u2212", "-")
    value = _READERS.get(unit, _plain)(plain, base)
    if value is None or not math.isfinite(value):
        raise ConfigError(f'"{text.strip()}" is not it; {EXAMPLES.get(unit, EXAMPLES["number"])} is needed')
    return value


def written_figure(value: float, unit: str, base: str = "USD") -> str:
    """As it may be typed: nothing is rounded away."""
    amount = Decimal(repr(value))
    if unit == "ratio":
        return f"{_digits(amount * 100)} %"
    if unit == "multiple":
        return f"{_digits(amount)}x"
    if unit == "seconds":
        return written_time(value)
    if unit == "money":
        return _money_text(amount, base)
    return f"{_digits(amount)} /min" if unit == "rate" else _digits(amount)


def typed_time(text: str) -> float:
    """Seconds. Raises ConfigError that says what is allowed."""
    return typed_figure(text, "seconds")


def written_time(seconds: float) -> str:
    """In the largest unit of which it is a whole number: `90 s`, `5 min`, `2 h`."""
    amount = Decimal(repr(seconds))
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if amount and amount % size == 0:
            return f"{_digits(amount / size)} {word}"
    return f"{_digits(amount)} s"


def _decimal(text: str) -> Decimal | None:
    if not re.fullmatch(_NUMBER, text):
        return None
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _plain(text: str, _: str) -> float | None:
    return _float(_decimal(text))


def _ratio(text: str, _: str) -> float | None:
    if not text.endswith("%"):
        amount = _decimal(text)
        # From 1 on nobody can tell a share from per cent.
        return _float(amount) if amount is not None and abs(amount) < 1 else None
    amount = _decimal(text[:-1])
    return None if amount is None else float(amount / 100)


def _multiple(text: str, _: str) -> float | None:
    return _float(_decimal(text.removesuffix("x").removesuffix("X").removesuffix("×")))


def _money(text: str, base: str) -> float | None:
    symbol = _SYMBOLS.get(base.upper(), "")
    sign = "-" if text.startswith("-") else ""
    bare = text.removeprefix("-")
    if symbol:
        bare = bare.removeprefix(symbol)
    if bare.upper().endswith(base.upper()):
        bare = bare[: -len(base)]
    found = _MONEY.fullmatch(sign + bare)
    amount = _decimal(found[1]) if found else None
    if found is None or amount is None:
        return None
    return float(amount * _STEPS.get(found[2].lower(), Decimal(1)))


def _seconds(text: str, _: str) -> float | None:
    if _decimal(text) == 0:
        return 0.0
    parts = [(_decimal(number), word) for number, word in _TIME.findall(text.lower())]
    if not parts or _TIME.sub("", text.lower()):
        return None
    if any(number is None or word not in _TIMES for number, word in parts):
        return None
    return float(sum((number * _TIMES[word] for number, word in parts if number is not None), Decimal(0)))


def _count(text: str, _: str) -> float | None:
    amount = _decimal(text)
    return None if amount is None or amount != amount.to_integral_value() else float(amount)


def _rate(text: str, _: str) -> float | None:
    number, _slash, per = text.partition("/")
    amount = _decimal(number)
    if amount is None or per.lower() not in _PER:
        return None
    return float(amount / _PER[per.lower()])


_READERS = {
    "money": _money, "ratio": _ratio, "multiple": _multiple, "seconds": _seconds, "count": _count, "rate": _rate,
}  # fmt: skip


def _money_text(amount: Decimal, base: str) -> str:
    number, letter = _digits(amount), ""
    for step in ("t", "b", "m", "k"):
        scaled = amount / _STEPS[step]
        if abs(scaled) >= 1 and len(_digits(scaled).replace(",", "").replace(".", "").lstrip("-")) <= _MOST_DIGITS:
            number, letter = _digits(scaled), step.upper() if step != "k" else "k"
            break
    sign = "-" if number.startswith("-") else ""
    symbol = _SYMBOLS.get(base.upper())
    bare = f"{number.removeprefix('-')}{letter}"
    return f"{sign}{symbol}{bare}" if symbol else f"{sign}{bare} {base}"


def _digits(amount: Decimal) -> str:
    """Without an exponent and without zeros at the end, thousands apart."""
    return format(amount.normalize(), ",f") if amount else "0"

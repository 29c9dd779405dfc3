"""Figures as people write them: a number, and a unit that fits what it is compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.filtering.fields import Field

_BIG = {"": (1.0, 1.0), "k": (1e3, 1.0), "M": (1e6, 1.0), "bn": (1e9, 1.0), "T": (1e12, 1.0)}
# Times and divided by: a hundredth is no number that a computer has, and 7 / 100 is 0.07 where 7 * 0.01 is not.
UNITS: dict[str, dict[str, tuple[float, float]]] = {
    "ratio": {"": (1.0, 1.0), "%": (1.0, 100.0), "bp": (1.0, 10_000.0)},
    "money": _BIG,
    "multiple": {"": (1.0, 1.0), "x": (1.0, 1.0)},
    "seconds": {
        "": (1.0, 1.0),
        "ms": (1.0, 1_000.0),
        "s": (1.0, 1.0),
        "min": (60.0, 1.0),
        "h": (3_600.0, 1.0),
        "d": (86_400.0, 1.0),
    },
    "count": _BIG,
    "rate": {"": (1.0, 1.0), "/min": (1.0, 1.0), "/h": (1.0, 60.0), "/d": (1.0, 1_440.0)},
    "number": _BIG,
}
"""By unit of a figure: what may stand behind a number, first of all nothing."""
_SPELLED = {
    "bps": "bp",
    "×": "x",
    "K": "k",
    "m": "M",
    "mn": "M",
    "b": "bn",
    "B": "bn",
    "t": "T",
    "sec": "s",
    "hours": "h",
    "days": "d",
}
_EXAMPLES = {
    "ratio": "5%, 50bp or 0.05",
    "money": "1500, 20k, 1.5M or 2bn",
    "multiple": "3 or 3x",
    "seconds": "30s, 5min, 2h or 1d",
    "count": "12 or 3k",
    "rate": "4/min, 10/h or 2/d",
    "number": "0.7 or 12",
}
NUMBER = re.compile(r"([+\-−]?)[$€£]?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)((?:[eE][+\-]?\d+)?)")


@dataclass(frozen=True, slots=True)
class Amount:
    number: float
    unit: str = ""
    """One of UNITS, as written there."""

    def value(self, of: str) -> float:
        """In the unit that the matrix has figures of `of` in."""
        times, by = UNITS[of][self.unit]
        return self.number * times / by

    def __str__(self) -> str:
        whole = self.number.is_integer() and abs(self.number) < 1e15
        return f"{int(self.number) if whole else repr(self.number)}{self.unit}"


def is_number(text: str) -> bool:
    """Whether a number stands at its beginning."""
    return NUMBER.match(text) is not None


def is_unit(text: str) -> bool:
    """Whether it is a unit of anything, so that it belongs to the number before it."""
    return any(_SPELLED.get(text, text) in units for units in UNITS.values())


def read_amount(text: str, field: Field) -> Amount:
    """Raises ValueError, which says what is allowed."""
    found = NUMBER.match(text)
    allowed = example(field)
    if found is None:
        raise ValueError(f'"{text}" is no number; {field.name} is compared with a figure like {allowed}')
    rest = text[found.end() :].strip()
    units = UNITS.get(field.unit, UNITS["number"])
    unit = "min" if rest == "m" and "min" in units else rest if rest in units else _SPELLED.get(rest, rest)
    if unit not in units:
        raise ValueError(f'"{rest}" does not fit {field.name}, which is written like {allowed}')
    sign = -1.0 if found[1] in ("-", "−") else 1.0
    return Amount(sign * float(found[2].replace(",", "") + found[3]), unit)


def example(field: Field) -> str:
    return _EXAMPLES.get(field.unit, _EXAMPLES["number"])


def units_of(field: Field) -> tuple[str, ...]:
    return tuple(unit for unit in UNITS.get(field.unit, {}) if unit)

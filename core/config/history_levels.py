"""How finely metric history is kept: levels whose points lie further apart the longer they last; and their weight."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

LEAST_STEP_S = 1
ROUND_S = 10
LEAST_POINTS = 2
ROW_BYTES = 48.0
"""Of one point on disk, key and page overhead included; measured on SQLite (`dev.py bench history`)."""
_TEXT = re.compile(r"(?P<step>\d+)(?P<step_unit>[smhd]) for (?P<span>\d+)(?P<span_unit>[smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Level:
    step_s: int
    span_s: int

    @property
    def points(self) -> int:
        return math.ceil(self.span_s / self.step_s)

    def __str__(self) -> str:
        return f"{_text(self.step_s)} for {_text(self.span_s)}"


def parse_level(text: str) -> Level:
    """`10s for 2d`. Raises ValueError, in words."""
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no level of history; allowed is for instance "10s for 2d"')
    step_s = int(found["step"]) * _UNITS[found["step_unit"]]
    span_s = int(found["span"]) * _UNITS[found["span_unit"]]
    if step_s < LEAST_STEP_S or span_s <= step_s:
        raise ValueError(f'"{text}": a step is at least {LEAST_STEP_S} s, and the span is longer than it')
    return Level(step_s, span_s)


def bytes_of(levels: Iterable[Level], series: int) -> float:
    """On disk, once every level is full."""
    return ROW_BYTES * series * sum(level.points for level in levels)


def within(levels: Sequence[Level], series: int, budget_bytes: float) -> tuple[Level, ...]:
    """The same spans with steps so much longer that `series` of them keep to the budget; two points each at least."""
    stretched, factor = list(levels), 1.0
    while bytes_of(stretched, series) > budget_bytes and any(level.points > LEAST_POINTS for level in stretched):
        factor *= max(1.05, bytes_of(stretched, series) / max(1.0, budget_bytes))
        stretched = [_stretched(level, factor) for level in levels]
    # Levels that became alike say the same twice.
    by_step = {level.step_s: level for level in sorted(stretched, key=lambda level: level.span_s)}
    return tuple(sorted(by_step.values(), key=lambda level: level.step_s))


def _stretched(level: Level, factor: float) -> Level:
    step_s = math.ceil(level.step_s * factor / ROUND_S) * ROUND_S
    return replace(level, step_s=max(level.step_s, min(step_s, level.span_s // LEAST_POINTS)))


def _text(seconds: int) -> str:
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"

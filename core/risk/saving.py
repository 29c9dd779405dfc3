"""What the course of every scope remembers over a restart: whole columns by scope name, as compact JSON.

A changed configuration keeps what stays: every value finds its scope by name. Taking the state copies the few columns
that are still open and holds references to the closed ones, which are never written to; encoding them takes its time
and may run in a thread.
"""

from __future__ import annotations

import base64
import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain import Scope
from core.errors import JournalError
from core.risk.course import Course

VERSION = 1
Columns = Sequence[npt.NDArray[np.floating[Any]]]


@dataclass(frozen=True, slots=True)
class Section:
    """Columns of one kind: a key each (bucket number, time) and values by scope."""

    scopes: tuple[Scope, ...]
    keys: tuple[float, ...]
    columns: tuple[npt.NDArray[np.floating[Any]], ...]


@dataclass(frozen=True, slots=True)
class CourseState:
    """The course at one moment. Quick to take, to be encoded elsewhere."""

    base_currency: str
    at_s: float
    numbers: Mapping[str, float]
    sections: Mapping[str, Section]

    def encode(self) -> dict[str, Any]:
        """As JSON; call in a thread."""
        return {
            "version": VERSION,
            "base_currency": self.base_currency,
            "at_s": None if np.isnan(self.at_s) else self.at_s,
            "numbers": dict(self.numbers),
            "sections": {name: _encoded(section) for name, section in self.sections.items()},
        }


def _encoded(section: Section) -> dict[str, Any]:
    table = np.array(section.columns)
    # By scope and not by moment: what hardly changes over time packs best.
    packed = zlib.compress(np.ascontiguousarray(table.T).tobytes(), level=1)
    return {
        "scopes": [str(scope) for scope in section.scopes],
        "keys": list(section.keys),
        "type": table.dtype.str,
        "data": base64.b64encode(packed).decode("ascii"),
    }


def save_course(course: Course) -> CourseState:
    """Take the state of a course that goes on meanwhile."""
    scopes = course.layout.scopes
    open_columns = _open_columns(course)
    sections = {"open": Section(scopes, tuple(range(len(open_columns))), tuple(read() for read, _ in open_columns))}
    for name, ring in _rings(course).items():
        sections[name] = Section(scopes, tuple(float(key) for key, _ in ring), tuple(column for _, column in ring))
    sections["returns"] = Section(scopes, tuple(range(len(course.returns.columns))), tuple(course.returns.columns))
    for number, trail in enumerate(course.trails):
        names = tuple(scopes[row] for row in trail.rows.tolist())
        for depth, (level, points) in enumerate(zip(trail.levels, trail.points, strict=True)):
            if level.saved:
                sections[f"trail {number} {depth}"] = Section(
                    names,
                    tuple(moment for moment, columns in points for _ in columns),
                    tuple(column for _, columns in points for column in columns),
                )
    return CourseState(course.base_currency, course.clock.at_s, _numbers(course), sections)


def load_course(course: Course, state: Mapping[str, Any]) -> None:
    """Take up a saved state, before the first step. What it says of scopes that are gone is dropped; with another base
    currency the series begin anew, as the book's do.

    Raises JournalError for what cannot be understood; the course is then as it was.
    """
    if state.get("version") != VERSION or state.get("base_currency") != course.base_currency:
        return
    try:
        numbers = {name: float(value) for name, value in state["numbers"].items()}
        read = {name: _decoded(section, _rows_of(course, name)) for name, section in state["sections"].items()}
        at_s = None if state["at_s"] is None else float(state["at_s"])
        wanted = {"open", "returns", *_rings(course)} - read.keys()
        if wanted or len(read["open"][1]) != len(_open_columns(course)) or numbers.keys() != _numbers(course).keys():
            raise ValueError("it is not complete")
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
        raise JournalError(f"the course of the last run cannot be understood: {error}") from error
    if at_s is not None:
        _take_up(course, numbers, read, at_s)


def _take_up(
    course: Course, numbers: Mapping[str, float], read: Mapping[str, tuple[list[float], list[Any]]], at_s: float
) -> None:
    for (_, write), column in zip(_open_columns(course), read["open"][1], strict=True):
        write(column.astype(np.float64))
    for name, ring in _rings(course).items():
        ring.clear()
        ring.extend(zip(*read[name], strict=True))
    if numbers["period_s"] == course.returns.period_s:
        course.returns.columns.extend(read["returns"][1])
        course.returns.number = int(numbers["sample"])
    for number, trail in enumerate(course.trails):
        for depth, points in enumerate(trail.points):
            if f"trail {number} {depth}" in read:
                _load_trail(points, *read[f"trail {number} {depth}"])
    course.week.index, course.month.index = int(numbers["week"]), int(numbers["month"])
    course.losses.hour = int(numbers["hour"])
    for number, window in enumerate(course.coverage.windows):
        window.index = int(numbers[f"cover {number}"])
        # A scope that is new was covered for no second yet.
        window.open = np.nan_to_num(window.open)
        window.closed = deque((key, np.nan_to_num(column)) for key, column in window.closed)
        window.sum()
    course.clock.at_s = at_s


def _rows_of(course: Course, section: str) -> dict[str, int]:
    """Scope -> its place in the columns of a section."""
    scopes = course.layout.scopes
    if section.startswith("trail "):
        rows = course.trails[int(section.split()[1])].rows.tolist()
        return {str(scopes[row]): place for place, row in enumerate(rows)}
    return {str(scope): row for row, scope in enumerate(scopes)}


def _numbers(course: Course) -> dict[str, float]:
    return {
        "week": course.week.index,
        "month": course.month.index,
        "hour": course.losses.hour,
        "sample": course.returns.number,
        "period_s": course.returns.period_s,
        **{f"cover {number}": window.index for number, window in enumerate(course.coverage.windows)},
    }


Pair = tuple[Callable[[], npt.NDArray[np.float64]], Callable[[npt.NDArray[np.float64]], None]]


def _open_columns(course: Course) -> list[Pair]:
    """What is written to in every cycle, as (copy, take up)."""
    losses, returns, coverage = course.losses, course.returns, course.coverage
    places: list[tuple[Any, str]] = [
        (course, "peak"),
        (course.week, "open"),
        (course.month, "open"),
        (losses, "run"),
        (losses, "opening"),
        (losses, "last"),
        (returns, "sample"),
        (coverage, "since_s"),
        (coverage, "seen_s"),
        *((window, "open") for window in coverage.windows),
    ]
    return [_pair(part, name) for part, name in places]


def _pair(part: Any, name: str) -> Pair:
    def copy() -> npt.NDArray[np.float64]:
        column: npt.NDArray[np.float64] = getattr(part, name).copy()
        return column

    def take_up(column: npt.NDArray[np.float64]) -> None:
        setattr(part, name, column)

    return copy, take_up


def _rings(course: Course) -> dict[str, deque[tuple[Any, Any]]]:
    windows = {f"cover {number}": window.closed for number, window in enumerate(course.coverage.windows)}
    rings: dict[str, deque[tuple[Any, Any]]] = {
        "week": course.week.closed,
        "month": course.month.closed,
        "before": course.before.samples,
    }
    return rings | windows


def _decoded(section: Mapping[str, Any], rows: Mapping[str, int]) -> tuple[list[float], list[Any]]:
    """Keys and columns, each value at the present row of its scope; NaN where a scope is new."""
    kind = np.dtype(section["type"])
    keys, names = section["keys"], section["scopes"]
    raw = zlib.decompress(base64.b64decode(section["data"]))
    table = np.frombuffer(raw, dtype=kind).reshape(len(names), len(keys)) if keys else np.empty((len(names), 0), kind)
    target = np.array([rows.get(name, -1) for name in names], dtype=np.int64)
    known = target >= 0
    placed = np.full((len(keys), len(rows)), np.nan, dtype=kind)
    placed[:, target[known]] = table[known].T
    # Each for itself: a view would keep all of them in memory until the last is dropped.
    return keys, [column.copy() for column in placed]


def _load_trail(points: deque[tuple[float, Any]], keys: list[float], columns: list[Any]) -> None:
    points.clear()
    moments = list(dict.fromkeys(keys))
    if moments:
        stacked = np.array(columns).reshape(len(moments), -1, columns[0].shape[0])
        points.extend(zip(moments, stacked, strict=True))

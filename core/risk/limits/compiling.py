"""Limits compiled for the scopes there are: arrays of one cell per scope and limited subject; the most specific wins.

A single limit stands above every profile; within either the more specific pattern wins. A limit that is disabled,
expired or outside its time windows is as if it were not there: the next in line holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.domain import Scope, rank_of
from core.risk.costly.shocks import shocks_of
from core.risk.limits.faults import faults_of, rivalry
from core.risk.limits.matching import Rows, ScopeIndex
from core.risk.limits.model import CAPITAL, Limit, subject_of
from core.risk.limits.segments import Segment, segments_of
from core.risk.metrics import METRIC_INFOS
from core.risk.metrics.stress import stress_metrics
from core.risk.model import Bytes, Floats, Ints, MetricInfo
from core.risk.settings import RiskSettings

Bools = npt.NDArray[np.bool_]

NONE = -1
METRIC_DIRECTIONS: Mapping[str, int] = {
    info.name: info.worse_is
    for info in (*METRIC_INFOS, *(metric.info for metric in stress_metrics(shocks_of(RiskSettings()))))
}
"""By name: -1 where smaller is worse. What a configuration's limits are checked against, besides its own shocks."""


@dataclass(frozen=True, slots=True)
class CompiledLimits:
    """Arrays of shape (cells,) or (cells, 4), sorted by column, span and row: a cycle works on one column at a time."""

    scopes: tuple[Scope, ...]
    metrics: tuple[MetricInfo, ...]
    limits: tuple[Limit, ...]
    row: Ints
    column: Ints
    span_s: Floats
    """Of the change that is looked at; 0 for the level."""
    candidates: Ints
    """Shape (cells, depth): indices into `limits`, the strongest first, -1 beyond the last."""
    standing: Bools
    """Shape (limits,): which of them hold now."""
    limit: Ints
    """The one in force: an index into `limits`, -1 where none is now."""
    thresholds: Floats
    """Signed so that larger is worse: turned where smaller is; NaN where a severity has none. Shares of `of`."""
    sign: Floats
    """-1 where smaller is worse, else +1."""
    magnitude: Bools
    """The value's size counts and not its sign."""
    own_trust: Bools
    """The data's trust is the figure's."""
    ratio: Bools
    """Ratios and multiples of which +inf is critical."""
    of: Ints
    """Column of the metric that thresholds are shares of; -1 without."""
    base: Floats
    """What thresholds are multiplied with to have the metric's unit, NaN where `of` has to be looked up."""
    min_trust: Bytes
    problems: tuple[str, ...]
    """Sentences: what contradicts itself or guards nothing."""
    capital: Floats
    """Shape (scopes,): what strategies were given, NaN where nothing was."""
    rows: Mapping[Scope, int]
    segments: tuple[Segment, ...]
    deadband: Floats
    """Shape (limits,): as a share of the lowest threshold."""

    def cell(self, scope: Scope, subject: str) -> int | None:
        """Where the limit on `subject` (a metric's name, or `drawdown_in_300s`) of a scope stands."""
        for number in self.cells_of(scope):
            if self.subject(number) == subject:
                return number
        return None

    def cells(self, keys: Iterable[tuple[Scope, str]]) -> Ints:
        """Where the limits on (scope, subject) stand, of those that there are; thousands at once."""
        rows: dict[str, list[int]] = {}
        for scope, subject in keys:
            row = self.rows.get(scope)
            if row is not None:
                rows.setdefault(subject, []).append(row)
        found = [np.empty(0, dtype=np.int64)]
        if rows:
            for part in self.segments:
                wanted = rows.get(subject_of(part.info.name, part.span_s))
                if wanted is None:
                    continue
                here = self.row[part.start : part.stop]
                at = np.searchsorted(here, np.array(wanted, dtype=np.int64))
                there = at < len(here)
                there[there] = here[at[there]] == np.array(wanted, dtype=np.int64)[there]
                found.append(part.start + at[there])
        return np.concatenate(found)

    def cells_of(self, scope: Scope) -> list[int]:
        """All cells of one scope, by column and span."""
        row = self.rows.get(scope)
        if row is None:
            return []
        found = []
        for part in self.segments:
            at = part.start + int(np.searchsorted(self.row[part.start : part.stop], row))
            if at < part.stop and self.row[at] == row:
                found.append(at)
        return found

    def subject(self, cell: int) -> str:
        return subject_of(self.metrics[int(self.column[cell])].name, float(self.span_s[cell]))

    def limit_at(self, cell: int) -> Limit | None:
        number = int(self.limit[cell])
        return None if number < 0 else self.limits[number]

    def limit_of(self, scope: Scope, subject: str) -> Limit | None:
        """The limit in force."""
        cell = self.cell(scope, subject)
        return None if cell is None else self.limit_at(cell)

    def explain(self, scope: Scope, subject: str) -> str:
        """Where the limit in force comes from: "from account:alpha-*", or "no limit"."""
        limit = self.limit_of(scope, subject)
        return "no limit" if limit is None else limit.origin

    def line(self, scope: Scope, subject: str) -> tuple[Limit, ...]:
        """Every limit that could hold there, the strongest first, in force or not."""
        cell = self.cell(scope, subject)
        if cell is None:
            return ()
        return tuple(self.limits[number] for number in self.candidates[cell].tolist() if number >= 0)

    def at(self, at_s: float) -> CompiledLimits:
        """The same with those in force that hold at a moment (wall time); itself where these are the same."""
        if not any(limit.timed for limit in self.limits):
            return self
        standing = np.array([limit.in_force(at_s) for limit in self.limits], dtype=np.bool_)
        if np.array_equal(standing, self.standing):
            return self
        chosen = _choose(self.candidates, standing)
        cells = _gather(chosen, self.limits, self.metrics, self.row, self.column, self.capital)
        return replace(
            self, standing=standing, limit=chosen, thresholds=cells.thresholds, of=cells.of, base=cells.base,
            min_trust=cells.min_trust,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Cells:
    thresholds: Floats
    of: Ints
    base: Floats
    min_trust: Bytes


def compile_limits(
    scopes: Sequence[Scope],
    limits: Sequence[Limit],
    metrics: Sequence[MetricInfo] = METRIC_INFOS,
    *,
    capital: Floats | None = None,
    at_s: float | None = None,
) -> CompiledLimits:
    """Find the limits for every scope and metric; those with faults that leave them unusable are left out.

    `capital` has the shape (scopes,). Without `at_s` (wall time) every enabled limit counts as in force.
    """
    columns = {info.name: column for column, info in enumerate(metrics)}
    problems: list[str] = []
    index = ScopeIndex(scopes)
    reach: list[tuple[int, Rows]] = []
    for number, limit in enumerate(limits):
        found = faults_of(limit, {info.name: info for info in metrics})
        rows = index.matching(limit.scope) if not found else np.empty(0, dtype=np.int64)
        if not found and not len(rows):
            found = [f"the limit on {limit.subject} of {limit.scope} matches no scope and guards nothing"]
        problems += found
        if len(rows) and limit.enabled:
            reach.append((number, rows))
    row, column, span_s, candidates, rivals = _arrange(reach, limits, columns)
    problems += [rivalry(limits[first], limits[second]) for first, second in rivals]
    meetings = Meetings(row, column, span_s, candidates)
    owned = np.full(len(scopes), np.nan) if capital is None else capital
    return assemble(scopes, metrics, limits, meetings, owned, tuple(problems), at_s)


@dataclass(frozen=True, slots=True)
class Meetings:
    """Where limits meet scopes: see `CompiledLimits`; sorted by column, span and row."""

    row: Ints
    column: Ints
    span_s: Floats
    candidates: Ints


def assemble(
    scopes: Sequence[Scope],
    metrics: Sequence[MetricInfo],
    limits: Sequence[Limit],
    meetings: Meetings,
    capital: Floats,
    problems: tuple[str, ...],
    at_s: float | None,
) -> CompiledLimits:
    """Everything else follows from who stands where."""
    row, column = meetings.row, meetings.column
    standing = np.array([limit.enabled if at_s is None else limit.in_force(at_s) for limit in limits], dtype=np.bool_)
    chosen = _choose(meetings.candidates, standing)
    cells = _gather(chosen, limits, metrics, row, column, capital)
    worse = np.array([info.worse_is for info in metrics], dtype=np.float64)[column]
    return CompiledLimits(
        tuple(scopes), tuple(metrics), tuple(limits), row, column, meetings.span_s, meetings.candidates, standing,
        chosen, cells.thresholds,
        np.where(worse < 0, -1.0, 1.0),
        np.array([info.by_magnitude for info in metrics], dtype=np.bool_)[column],
        np.array([info.own_trust for info in metrics], dtype=np.bool_)[column],
        np.array([info.unit in ("ratio", "multiple") for info in metrics], dtype=np.bool_)[column],
        cells.of, cells.base, cells.min_trust, problems, capital, {scope: row for row, scope in enumerate(scopes)},
        segments_of(row, column, meetings.span_s, metrics),
        np.array([limit.clear for limit in limits], dtype=np.float64),
    )  # fmt: skip


def _arrange(
    reach: Sequence[tuple[int, Rows]], limits: Sequence[Limit], columns: Mapping[str, int]
) -> tuple[Ints, Ints, Floats, Ints, list[tuple[int, int]]]:
    """Sort every (scope, limit) that meet into cells; also the pairs of limits that nothing tells apart somewhere."""
    if not reach:
        none = np.empty(0, dtype=np.int64)
        return none, none, np.empty(0), np.empty((0, 1), dtype=np.int64), []
    counts = [len(rows) for _, rows in reach]
    number = np.repeat(np.array([number for number, _ in reach], dtype=np.int64), counts)
    row = np.concatenate([rows for _, rows in reach])
    column = np.array([columns.get(limit.metric, NONE) for limit in limits], dtype=np.int64)[number]
    span_s = np.array([limit.change_over_s for limit in limits], dtype=np.float64)[number]
    strength = np.array([_strength(limit) for limit in limits], dtype=np.int64)[number]
    order = np.lexsort((number, -strength, row, span_s, column))
    number, row, column, span_s, strength = (
        number[order], row[order], column[order], span_s[order], strength[order]
    )  # fmt: skip
    same = (np.diff(row) == 0) & (np.diff(column) == 0) & (np.diff(span_s) == 0)
    first = np.concatenate(([True], ~same))
    cell = np.cumsum(first) - 1
    place = np.arange(len(cell)) - np.flatnonzero(first)[cell]
    candidates = np.full((int(cell[-1]) + 1, int(place.max()) + 1), NONE, dtype=np.int64)
    candidates[cell, place] = number
    tied = np.flatnonzero(same & (np.diff(strength) == 0))
    pairs: set[tuple[int, int]] = set(zip(number[tied].tolist(), number[tied + 1].tolist(), strict=True))
    return row[first], column[first], span_s[first], candidates, sorted(pairs)


def _strength(limit: Limit) -> int:
    kind, literal = rank_of(limit.scope)
    return ((0 if limit.profile else 1) * 8 + kind) * 1_024 + literal


def _choose(candidates: Ints, standing: Bools) -> Ints:
    if not candidates.size:
        return np.full(len(candidates), NONE, dtype=np.int64)
    holds = np.append(standing, False)[candidates]
    first = holds.argmax(axis=1)
    chosen = np.take_along_axis(candidates, first[:, None], axis=1)[:, 0]
    return np.where(holds.any(axis=1), chosen, NONE)


def _gather(
    chosen: Ints, limits: Sequence[Limit], metrics: Sequence[MetricInfo], row: Ints, column: Ints, capital: Floats
) -> _Cells:
    """What the limits in force say, cell by cell; the last entry of each table stands for "none"."""
    levels = [[np.nan if level is None else level for level in limit.thresholds] for limit in limits]
    table = np.array([*levels, [np.nan] * 4], dtype=np.float64)
    columns = {info.name: place for place, info in enumerate(metrics)}
    of = np.array([columns.get(limit.of, NONE) for limit in limits] + [NONE], dtype=np.int64)[chosen]
    owned = np.array([limit.of == CAPITAL for limit in limits] + [False], dtype=np.bool_)[chosen]
    trust = np.array([int(limit.min_trust) for limit in limits] + [0], dtype=np.int8)[chosen]
    worse = np.array([info.worse_is for info in metrics], dtype=np.float64)[column]
    sign = np.where(worse < 0, -1.0, 1.0)
    span_s = np.array([limit.change_over_s for limit in limits] + [0.0])[chosen]
    # A change is already turned so that for the worse is positive.
    signed = table[chosen] * np.where(span_s > 0.0, 1.0, sign)[:, None]
    base = np.where(of >= 0, np.nan, np.where(owned, capital[row], 1.0)) if len(row) else np.empty(0)
    return _Cells(np.asfortranarray(signed), of, base, trust)

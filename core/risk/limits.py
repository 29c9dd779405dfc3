"""Limits: scope patterns x metric with thresholds, compiled for the scopes there are; the most specific one wins."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.domain import UNATTRIBUTED, Policy, Scope, ScopeKind, Severity, Trust
from core.risk.metrics import METRIC_INFOS, METRIC_NAMES
from core.risk.model import Floats, LimitLine

INSIDE = "inside"
NEAR = "near"
BREACHED = "breached"
UNKNOWN = "unknown"

NEAR_HEADROOM = 0.1
"""Below this share of headroom a value is near its next threshold."""

Thresholds = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Limit:
    scope: Scope
    """May be a pattern (`account:alpha-*`)."""
    metric: str
    thresholds: Thresholds
    """Low, medium, high, critical, in the metric's unit; ascending, or descending where smaller is worse."""
    clear: float = 0.05
    """Deadband as a share of the threshold: cleared below threshold x (1 - clear)."""
    on_delay_s: float = 0.0
    policy: Mapping[Severity, Policy] = field(default_factory=dict)
    reduce_share: float = 0.5
    """Share of every position to close where the metric does not say how much."""

    def __str__(self) -> str:
        return f"{self.metric} from {self.scope}"


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """One limit of one scope at one moment."""

    scope: Scope
    metric: str
    outcome: str
    """`inside`, `near`, `breached` or `unknown`."""
    severity: Severity | None
    value: float
    threshold: float
    """Of the severity when breached, else the next one."""
    clear_level: float
    cleared: bool
    """The value is beyond the clearing level of the lowest threshold."""
    trust: Trust
    age_s: float
    limit: Limit
    on_delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CompiledLimits:
    """One cell per (scope, metric) with a limit; arrays of shape (cells,) or (cells, 4)."""

    scopes: tuple[Scope, ...]
    limits: tuple[Limit, ...]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    limit: npt.NDArray[np.int64]
    """Index into `limits`."""
    thresholds: Floats
    """Signed so that larger is worse: turned where smaller is; NaN where a severity has none."""
    sign: Floats
    """-1 where smaller is worse, else +1."""
    problems: tuple[str, ...]
    """Sentences: what contradicts itself or guards nothing."""
    cells: Mapping[tuple[Scope, str], int]

    def limit_of(self, scope: Scope, metric: str) -> Limit | None:
        cell = self.cells.get((scope, metric))
        return None if cell is None else self.limits[int(self.limit[cell])]

    def explain(self, scope: Scope, metric: str) -> str:
        """Where the limit in force comes from: "from account:alpha-*", or "no limit"."""
        limit = self.limit_of(scope, metric)
        return "no limit" if limit is None else f"from {limit.scope}"


def compile_limits(scopes: Sequence[Scope], limits: Sequence[Limit]) -> CompiledLimits:
    """Find the limit in force for every scope and metric; those with problems that leave them unusable are left out."""
    problems: list[str] = []
    usable = []
    for number, limit in enumerate(limits):
        found = _problems(limit)
        if found:
            problems += found
        else:
            usable.append(number)
    cells = _cells(scopes, limits, usable, problems)
    keys = sorted(cells)
    row, column = np.array([key[0] for key in keys], dtype=np.int64), np.array([key[1] for key in keys], dtype=np.int64)
    chosen = np.array([cells[key] for key in keys], dtype=np.int64)
    table = np.array(
        [[np.nan if level is None else level for level in limit.thresholds] for limit in limits], dtype=np.float64
    ).reshape(len(limits), 4)
    worse = np.array([METRIC_INFOS[at].worse_is for at in column.tolist()], dtype=np.float64)
    sign = np.where(worse < 0, -1.0, 1.0)
    names = {(scopes[r], METRIC_NAMES[c]): cell for cell, (r, c) in enumerate(keys)}
    thresholds = table[chosen] * sign[:, None] if len(keys) else np.empty((0, 4))
    return CompiledLimits(tuple(scopes), tuple(limits), row, column, chosen, thresholds, sign, tuple(problems), names)


def _cells(
    scopes: Sequence[Scope], limits: Sequence[Limit], usable: Sequence[int], problems: list[str]
) -> dict[tuple[int, int], int]:
    rows: dict[ScopeKind, list[int]] = {}
    exact = {scope: row for row, scope in enumerate(scopes)}
    for row, scope in enumerate(scopes):
        rows.setdefault(scope.kind, []).append(row)
    cells: dict[tuple[int, int], int] = {}
    rivals: set[tuple[int, int]] = set()
    for number in usable:
        limit = limits[number]
        column = METRIC_NAMES.index(limit.metric)
        at = exact.get(limit.scope)
        # An exact name needs no search; one that looks like a pattern may still match others.
        if at is not None and limit.scope.specificity[0] == 1:
            matched = [at]
        else:
            matched = [row for row in rows.get(limit.scope.kind, ()) if _patterned(limit.scope, scopes[row])]
        if not matched:
            problems.append(f"the limit on {limit.metric} of {limit.scope} matches no scope and guards nothing")
        for row in matched:
            before = cells.get((row, column))
            if before is not None and limits[before].scope.specificity == limit.scope.specificity:
                rivals.add((before, number))
            if before is None or limit.scope.specificity > limits[before].scope.specificity:
                cells[(row, column)] = number
    for before, number in sorted(rivals):
        first, second = limits[before], limits[number]
        problems.append(
            f"the limits on {first.metric} of {first.scope} and {second.scope} are equally specific; the first holds"
        )
    return cells


def _patterned(pattern: Scope, scope: Scope) -> bool:
    """The unattributed rest is no strategy: it has no capital and hence no ratios; only its own name reaches it."""
    return pattern.covers(scope) and not (scope.kind is ScopeKind.STRATEGY and scope.name == UNATTRIBUTED)


def _problems(limit: Limit) -> list[str]:
    what = f"the limit on {limit.metric} of {limit.scope}"
    if limit.metric not in METRIC_NAMES:
        return [f"{what} names no metric that there is; allowed are {', '.join(METRIC_NAMES)}"]
    levels = [
        (severity, level) for severity, level in zip(Severity, limit.thresholds, strict=True) if level is not None
    ]
    if not levels:
        return [f"{what} has no threshold"]
    smaller_is_worse = METRIC_INFOS[METRIC_NAMES.index(limit.metric)].worse_is < 0
    out = []
    for (mild, low), (grave, high) in itertools.pairwise(levels):
        if (low < high) if smaller_is_worse else (low > high):
            way = "below" if smaller_is_worse else "above"
            out.append(f"{what} has {mild.word} {low:g} {way} {grave.word} {high:g}, which could never come first")
    return out


def limit_lines(compiled: CompiledLimits, scope: Scope) -> tuple[LimitLine, ...]:
    """Every threshold in force for one scope, in metric order."""
    out = []
    for metric in METRIC_NAMES:
        limit = compiled.limit_of(scope, metric)
        for severity, level in zip(Severity, limit.thresholds if limit else (), strict=False):
            if limit is not None and level is not None:
                policy = limit.policy.get(severity)
                out.append(LimitLine(scope, metric, int(severity), level, policy.value if policy else ""))
    return tuple(out)

"""Every limited cell compared with its four thresholds at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Severity, Trust
from core.risk.limits.compiling import CompiledLimits
from core.risk.model import Bytes, Floats, Ints

_SEVERITY = np.array([0, -1, 1, 2, 3, 4], dtype=np.int8)
"""From the best outcome to the worst: unknown stands between inside and breached."""
_ORDER = np.array([0, 2, 3, 4, 5, 1], dtype=np.int8)
"""The place of each severity among them; the last is that of -1."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Arrays of shape (cells,), in the order of the compiled limits."""

    severity: Bytes
    """0 inside, 1 to 4 breached, -1 unknown."""
    threshold: Floats
    """The next one, or the gravest beyond it; in the metric's unit, NaN where no limit is in force."""
    headroom: Floats
    """Share of the way to `threshold` that is left; negative beyond, NaN unknown or without a limit."""
    trust: Bytes
    """Of the figure: `Trust` values."""
    quantity: Floats
    """What was compared: the level or its change for the worse, in the metric's unit and with its sign."""
    measure: Floats
    """The same as a share of `of`, turned so that larger is worse: what thresholds are compared with."""
    ahead: Floats
    """The threshold, as `measure` is compared with it."""
    base: Floats
    """What a threshold is multiplied with to have the metric's unit."""
    unconfirmed: npt.NDArray[np.bool_]
    """Beyond a threshold that too few readings have confirmed yet; `severity` is the confirmed one."""
    breach_in_s: Floats
    """Until `threshold` at the present drift; infinite when moving away, 0 beyond it, NaN unknown."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What of a set of limits is the same in every cycle; arrays of shape (cells,), indices of cells."""

    first: Floats
    """The mildest threshold: nearly all figures are inside it, and only the others are looked at further."""
    scale: Floats
    """1 / |first|."""
    shown: Floats
    """`first` in the metric's unit, as far as that is known beforehand."""
    base: Floats
    relative: Ints
    """Thresholds are shares of another metric."""
    shares: Ints
    """Of another metric or of capital."""
    guarded: Bytes
    """The least trust that a figure needs."""


def prepare(limits: CompiledLimits) -> Prepared:
    first = np.full(len(limits.row), np.nan)
    for rank in reversed(range(4)):
        level = limits.thresholds[:, rank]
        first = np.where(np.isnan(level), first, level)
    sign = np.where(limits.span_s > 0.0, 1.0, limits.sign)
    base = np.where(np.isnan(limits.base), 1.0, limits.base)
    with np.errstate(divide="ignore"):
        scale = 1.0 / np.abs(first)
    shares = np.flatnonzero((limits.of >= 0) | (limits.base != 1.0))
    guarded = np.maximum(limits.min_trust, int(Trust.STALE)).astype(np.int8)
    return Prepared(first, scale, sign * first * base, base, np.flatnonzero(limits.of >= 0), shares, guarded)


def take_figures(limits: CompiledLimits, value: Floats, trust: Bytes) -> tuple[Floats, Bytes]:
    """Value and trust of every cell; `value` has the shape (scopes, metrics), `trust` (scopes,)."""
    level = np.empty(len(limits.row))
    seen = np.full(len(limits.row), int(Trust.TRUSTED), dtype=np.int8)
    for part in limits.segments:
        level[part.start : part.stop] = value[part.rows, part.column]
        if part.info.own_trust:
            seen[part.start : part.stop] = trust[part.rows]
    return level, seen


def bases_of(limits: CompiledLimits, value: Floats, trust: Bytes, seen: Bytes, relative: Ints | None = None) -> Floats:
    """What every cell's thresholds are multiplied with, as `value` (shape (scopes, metrics)) has it now.

    `seen`, the trust of the cells, is lowered in place to that of what they are measured by; `trust`: shape (scopes,);
    `relative`: see `Prepared`, where it is at hand.
    """
    relative = np.flatnonzero(limits.of >= 0) if relative is None else relative
    if not len(relative):
        return limits.base
    base = limits.base.copy()
    base[relative] = value[limits.row[relative], limits.of[relative]]
    seen[relative] = np.minimum(seen[relative], trust[limits.row[relative]])
    return base


def judge(
    quantity: Floats, trust: Bytes, limits: CompiledLimits, base: Floats | None = None, ready: Prepared | None = None
) -> Judged:
    """Compare; arrays of shape (cells,). `base` is what `of` is worth now, by default what is known beforehand.

    Reached is breached (>=). Headroom is 1 - value / next threshold where larger is worse, and
    value / next threshold - 1 where smaller is; both are negative beyond the last one. A ratio of +inf is critical
    whatever thresholds there are, and so is anything relative to nothing.
    """
    ready = ready or prepare(limits)
    measure = _measure(quantity, base, limits, ready)
    severity = np.zeros(len(measure), dtype=np.int8)
    ahead = ready.first.copy()
    with np.errstate(invalid="ignore"):
        headroom = (ready.first - measure) * ready.scale
        beyond = np.flatnonzero(~(measure < ready.first))
    shown, scaled = ready.shown.copy(), ready.base
    if len(beyond):
        severity[beyond], ahead[beyond] = _grade(measure[beyond], limits, beyond)
        with np.errstate(invalid="ignore", divide="ignore"):
            headroom[beyond] = (ahead[beyond] - measure[beyond]) / np.abs(ahead[beyond])
        turn = np.where((limits.sign[beyond] < 0.0) & (limits.span_s[beyond] == 0.0), -1.0, 1.0)
        shown[beyond] = turn * ahead[beyond] * scaled[beyond]
    if base is not None and len(ready.relative):
        scaled = scaled.copy()
        scaled[ready.relative] = base[ready.relative]
        shown[ready.relative] *= base[ready.relative]
    unsure = np.flatnonzero(trust < ready.guarded)
    severity[unsure] = -1
    headroom[unsure] = np.nan
    gone = np.flatnonzero(limits.limit < 0) if not limits.standing.all() else unsure[:0]
    severity[gone] = 0
    none = np.zeros(len(measure), dtype=np.bool_)
    return Judged(severity, shown, headroom, trust, quantity, measure, ahead, scaled, none, np.empty(0))


def _grade(measure: Floats, limits: CompiledLimits, cells: Ints) -> tuple[Bytes, Floats]:
    """Severity and the threshold ahead (or the gravest) of the cells that are not inside the mildest one."""
    levels = limits.thresholds[cells]
    severity = np.zeros(len(cells), dtype=np.int8)
    ahead = np.full(len(cells), np.nan)
    with np.errstate(invalid="ignore"):
        for rank in range(4):
            severity[measure >= levels[:, rank]] = rank + 1
            ahead = np.where(np.isnan(levels[:, rank]), ahead, levels[:, rank])
        for rank in reversed(range(4)):
            ahead = np.where(levels[:, rank] > measure, levels[:, rank], ahead)
    counts = limits.ratio[cells] | (limits.of[cells] >= 0)
    worse_up = (limits.sign[cells] > 0.0) | (limits.span_s[cells] > 0.0)
    severity[np.isposinf(measure) & counts & worse_up] = Severity.CRITICAL
    severity[np.isnan(measure)] = -1
    return severity, ahead


def _measure(quantity: Floats, base: Floats | None, limits: CompiledLimits, ready: Prepared) -> Floats:
    measure = quantity.copy()
    for part in limits.segments:
        mine = measure[part.start : part.stop]
        if part.info.by_magnitude and not part.span_s:
            np.abs(mine, out=mine)
    at = ready.shares
    if len(at):
        base = limits.base if base is None else base
        amount, worth = measure[at], base[at]
        with np.errstate(invalid="ignore", divide="ignore"):
            # Equity below zero is as good as none: any exposure at all is then beyond every share of it.
            share = amount / np.maximum(worth, 0.0)
        share[(amount == 0.0) & (worth <= 0.0)] = 0.0
        measure[at] = share
    for part in limits.segments:
        if part.sign < 0.0:
            np.negative(measure[part.start : part.stop], out=measure[part.start : part.stop])
    return measure


@dataclass(frozen=True, slots=True)
class Table:
    """How cells stand, by scope and metric; see `RiskMatrix`."""

    severity: Bytes
    limited: Ints
    threshold: Floats
    headroom: Floats
    breach_in_s: Floats


def table_of(judged: Judged, limits: CompiledLimits) -> Table:
    """Where level and change of one metric are both limited the worse outcome shows, and the level's threshold."""
    scopes = len(limits.scopes)
    severity = np.zeros((len(limits.metrics), scopes), dtype=np.int8).T
    limited = np.array(sorted({part.column for part in limits.segments}), dtype=np.int64)
    threshold, headroom, breach_in_s = (np.full((len(limited), scopes), np.nan).T for _ in range(3))
    for part in limits.segments:
        at, cells = int(np.searchsorted(limited, part.column)), slice(part.start, part.stop)
        if not part.span_s:
            severity[part.rows, part.column] = judged.severity[cells]
            threshold[part.rows, at], headroom[part.rows, at] = judged.threshold[cells], judged.headroom[cells]
            breach_in_s[part.rows, at] = judged.breach_in_s[cells]
    for part in limits.segments:
        at, cells = int(np.searchsorted(limited, part.column)), slice(part.start, part.stop)
        if part.span_s:
            worse = np.maximum(_ORDER[severity[part.rows, part.column]], _ORDER[judged.severity[cells]])
            severity[part.rows, part.column] = _SEVERITY[worse]
            headroom[part.rows, at] = np.fmin(headroom[part.rows, at], judged.headroom[cells])
            breach_in_s[part.rows, at] = np.fmin(breach_in_s[part.rows, at], judged.breach_in_s[cells])
    return Table(severity, limited, threshold, headroom, breach_in_s)

"""Every limited cell compared with its four thresholds at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Severity
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
    base: Floats
    """What a threshold is multiplied with to have the metric's unit."""
    unconfirmed: npt.NDArray[np.bool_]
    """Beyond a threshold that too few readings have confirmed yet; `severity` is the confirmed one."""
    breach_in_s: Floats
    """Until `threshold` at the present drift; infinite when moving away, 0 beyond it, NaN unknown."""


def judge(quantity: Floats, trust: Bytes, limits: CompiledLimits, base: Floats | None = None) -> Judged:
    """Compare; arrays of shape (cells,). `base` is what `of` is worth now, by default what is known beforehand.

    Reached is breached (>=). Headroom is 1 - value / next threshold where larger is worse, and
    value / next threshold - 1 where smaller is; both are negative beyond the last one. A ratio of +inf is critical
    whatever thresholds there are, and so is anything relative to nothing.
    """
    base = limits.base if base is None else base
    sign = np.where(limits.span_s > 0.0, 1.0, limits.sign)
    measure = _measure(np.where(limits.magnitude & (limits.span_s == 0.0), np.abs(quantity), quantity), base, limits)
    measure *= sign
    levels = limits.thresholds
    severity = np.zeros(len(measure), dtype=np.int8)
    following = np.full(len(measure), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        for rank in range(4):
            severity[measure >= levels[:, rank]] = rank + 1
        for rank in range(4):
            # The gravest there is, unless a later pass finds one that is still ahead.
            following = np.where(np.isnan(levels[:, rank]), following, levels[:, rank])
        for rank in reversed(range(4)):
            following = np.where(levels[:, rank] > measure, levels[:, rank], following)
        headroom = (following - measure) / np.abs(following)
    absurd = np.isposinf(measure) & (limits.ratio | (limits.of >= 0)) & (sign > 0.0)
    severity[absurd] = Severity.CRITICAL
    standing = limits.limit >= 0
    unknown = np.isnan(measure) | (trust < np.maximum(limits.min_trust, 1))
    severity[unknown] = -1
    severity[~standing] = 0
    headroom[unknown | ~standing] = np.nan
    none = np.zeros(len(measure), dtype=np.bool_)
    unscaled = np.where(np.isnan(base), 1.0, base)
    blank = np.full(len(measure), np.nan)
    return Judged(severity, sign * following * unscaled, headroom, trust, quantity, measure, unscaled, none, blank)


def _measure(quantity: Floats, base: Floats, limits: CompiledLimits) -> Floats:
    relative = limits.of >= 0
    capital = ~relative & (base != 1.0)
    if not (relative.any() or capital.any()):
        return quantity.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        # Equity below zero is as good as none: any exposure at all is then beyond every share of it.
        share = quantity / np.maximum(base, 0.0)
    share[(quantity == 0.0) & (base <= 0.0)] = 0.0
    return np.where(relative | capital, share, quantity)


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
    limited, place = np.unique(limits.column, return_inverse=True)
    threshold, headroom, breach_in_s = (np.full((len(limited), scopes), np.nan).T for _ in range(3))
    level = np.flatnonzero(limits.span_s == 0.0)
    row = limits.row[level]
    severity[row, limits.column[level]] = judged.severity[level]
    threshold[row, place[level]], headroom[row, place[level]] = judged.threshold[level], judged.headroom[level]
    breach_in_s[row, place[level]] = judged.breach_in_s[level]
    change = np.flatnonzero(limits.span_s > 0.0)
    if len(change):
        row, at = limits.row[change], (limits.row[change], place[change])
        order = _ORDER[severity]
        np.maximum.at(order, (row, limits.column[change]), _ORDER[judged.severity[change]])
        severity = _SEVERITY[order]
        np.fmin.at(headroom, at, judged.headroom[change])
        np.fmin.at(breach_in_s, at, judged.breach_in_s[change])
    return Table(severity, limited, threshold, headroom, breach_in_s)

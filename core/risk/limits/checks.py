"""The limits that need attention, as records for the desks that act on them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from core.domain import Scope, Severity, Trust
from core.risk.limits.compiling import Bools, CompiledLimits
from core.risk.limits.judging import Judged
from core.risk.limits.model import BREACHED, INSIDE, NEAR, NEAR_HEADROOM, UNKNOWN, LimitCheck, subject_of
from core.risk.model import Floats, Ints, LimitLine

SEVERITIES = (None, *Severity, None)
"""By rank; the last is that of -1, unknown."""
TRUSTS = tuple(Trust)


def limit_checks(
    limits: CompiledLimits,
    judged: Judged,
    age_s: Floats,
    keep: Collection[tuple[Scope, str]] = (),
) -> list[LimitCheck]:
    """Those breached, near or unknown, and those in `keep` (scope, subject) whatever they are, if in force.

    `age_s` has the shape (scopes,).
    """
    standing = limits.limit >= 0
    wanted = standing & ((judged.severity != 0) | (judged.headroom < NEAR_HEADROOM))
    kept = limits.cells(keep)
    wanted[kept[standing[kept]]] = True
    return checks_at(limits, judged, age_s, np.flatnonzero(wanted))


def cleared_at(limits: CompiledLimits, judged: Judged, cells: Ints) -> Bools:
    """Whether the values are beyond the clearing level of the lowest threshold."""
    lowest, clear = _lowest_clear(limits, cells)
    with np.errstate(invalid="ignore"):
        found: Bools = (judged.severity[cells] == 0) & (judged.measure[cells] <= lowest - clear * np.abs(lowest))
    return found


def _lowest_clear(limits: CompiledLimits, cells: Ints) -> tuple[Floats, Floats]:
    """The lowest threshold, and the deadband as a share of it."""
    levels = limits.thresholds[cells]
    lowest = levels[np.arange(len(cells)), np.argmin(np.isnan(levels), axis=1)]
    return lowest, limits.deadband[limits.limit[cells]]


def checks_at(limits: CompiledLimits, judged: Judged, age_s: Floats, cells: Ints) -> list[LimitCheck]:
    """The checks of cells where a limit is in force; all arithmetic at once, thousands may be asked for in a storm."""
    if not len(cells):
        return []
    rank = judged.severity[cells]
    lowest, clear = _lowest_clear(limits, cells)
    sign = np.where(limits.span_s[cells] > 0.0, 1.0, limits.sign[cells])
    base, threshold = judged.base[cells], judged.threshold[cells].copy()
    for breached in np.flatnonzero(rank > 0).tolist():
        # +inf is critical whatever the limit names: then the gravest threshold that there is.
        reached = limits.thresholds[cells[breached], : rank[breached]]
        known = reached[~np.isnan(reached)]
        if len(known):
            threshold[breached] = sign[breached] * base[breached] * known[-1]
    level = np.where(
        rank > 0, threshold - sign * clear * np.abs(threshold), sign * base * (lowest - clear * abs(lowest))
    )
    close = (judged.headroom[cells] < NEAR_HEADROOM) | judged.unconfirmed[cells]
    columns = (
        limits.row[cells], limits.limit[cells], limits.column[cells], limits.span_s[cells], rank, close,
        judged.quantity[cells], threshold, level, cleared_at(limits, judged, cells), judged.trust[cells],
        age_s[limits.row[cells]], judged.breach_in_s[cells],
    )  # fmt: skip
    names = [info.name for info in limits.metrics]
    out = []
    for row, number, column, span_s, severity, near, value, over, clear_level, cleared, trust, age, breach_in_s in zip(
        *(part.tolist() for part in columns), strict=True
    ):
        limit = limits.limits[number]
        outcome = BREACHED if severity > 0 else UNKNOWN if severity < 0 else NEAR if near else INSIDE
        out.append(
            LimitCheck(
                limits.scopes[row],
                subject_of(names[column], span_s) if span_s else names[column],
                outcome,
                SEVERITIES[severity],
                value,
                over,
                clear_level,
                cleared,
                TRUSTS[trust],
                age,
                limit,
                limit.on_delay_s,
                breach_in_s,
            )
        )
    return out


def limit_lines(compiled: CompiledLimits, scope: Scope) -> tuple[LimitLine, ...]:
    """Every absolute threshold on a level that is in force for one scope, in metric order."""
    out = []
    for cell in compiled.cells_of(scope):
        limit = compiled.limit_at(cell)
        if limit is None or limit.of or limit.change_over_s:
            continue
        for severity, level in zip(Severity, limit.thresholds, strict=True):
            if level is not None:
                policy = limit.policy.get(severity)
                out.append(LimitLine(scope, limit.metric, int(severity), level, str(policy) if policy else ""))
    return tuple(out)

"""The limits that need attention, as records for the desks that act on them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from core.domain import Scope, Severity, Trust
from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.judging import Judged
from core.risk.limits.model import BREACHED, INSIDE, NEAR, NEAR_HEADROOM, UNKNOWN, LimitCheck
from core.risk.model import Floats, LimitLine


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
    wanted = np.flatnonzero(standing & ((judged.severity != 0) | (judged.headroom < NEAR_HEADROOM)))
    kept = {cell for key in keep if (cell := limits.cell(*key)) is not None and standing[cell]}
    return [check_of(limits, judged, age_s, cell) for cell in sorted({*wanted.tolist(), *kept})]


def check_of(limits: CompiledLimits, judged: Judged, age_s: Floats, cell: int) -> LimitCheck:
    """What one cell, in which a limit is in force, has to say."""
    row = int(limits.row[cell])
    limit = limits.limits[int(limits.limit[cell])]
    rank, base = int(judged.severity[cell]), float(judged.base[cell])
    sign = 1.0 if limit.change_over_s else float(limits.sign[cell])
    levels = limits.thresholds[cell]
    threshold = float(judged.threshold[cell])
    if rank > 0:
        # +inf is critical whatever the limit names: then the gravest threshold that there is.
        reached = levels[: max(1, rank)]
        threshold = float(sign * base * reached[~np.isnan(reached)][-1]) if (~np.isnan(reached)).any() else threshold
        outcome = BREACHED
    elif rank < 0:
        outcome = UNKNOWN
    else:
        close = judged.headroom[cell] < NEAR_HEADROOM or judged.unconfirmed[cell]
        outcome = NEAR if close else INSIDE
    lowest = float(levels[~np.isnan(levels)][0])
    lowest_clear = lowest - limit.clear * abs(lowest)
    clear_level = threshold - sign * limit.clear * abs(threshold) if rank > 0 else sign * base * lowest_clear
    return LimitCheck(
        scope=limits.scopes[row],
        metric=limits.subject(cell),
        outcome=outcome,
        severity=Severity(rank) if rank > 0 else None,
        value=float(judged.quantity[cell]),
        threshold=threshold,
        clear_level=clear_level,
        cleared=bool(rank == 0 and judged.measure[cell] <= lowest_clear),
        trust=Trust(int(judged.trust[cell])),
        age_s=float(age_s[row]),
        limit=limit,
        on_delay_s=limit.on_delay_s,
        breach_in_s=float(judged.breach_in_s[cell]),
    )


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

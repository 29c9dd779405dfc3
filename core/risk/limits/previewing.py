"""What proposed limits would say of today's figures, beside those in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.domain import Scope, Severity
from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.judging import Judged, judge, take_figures
from core.risk.limits.model import BREACHED, INSIDE, NEAR, NEAR_HEADROOM, UNKNOWN
from core.risk.limits.revising import LimitChange, revise
from core.risk.model import Bytes, Floats


@dataclass(frozen=True, slots=True)
class Standing:
    """How one scope would stand to one limit."""

    scope: Scope
    subject: str
    outcome: str
    severity: Severity | None
    value: float
    threshold: float
    """The next one, or the gravest beyond it."""
    origin: str
    before: str
    """What the limits in force say of it: an outcome, the severity's word where breached, "no limit" without one."""

    @property
    def word(self) -> str:
        return self.outcome if self.severity is None else self.severity.word


@dataclass(frozen=True, slots=True)
class Preview:
    standings: tuple[Standing, ...]
    """Breached first, the gravest of all at the top, then unknown, then near; inside is left out."""
    counts: Mapping[str, int]
    """Limits by `low`, `medium`, `high`, `critical`, `unknown`, `near` and `inside`."""
    changes: tuple[LimitChange, ...]
    """Against what is in force; the looser ones need a reason."""
    unseen: int
    """Limits on a change over time, which today's figures alone say nothing of; they are not among the others."""

    @property
    def new_breaches(self) -> tuple[Standing, ...]:
        """What would be breached, or breached more gravely, and is not now."""
        return tuple(row for row in self.standings if row.severity is not None and _rank(row.word) > _rank(row.before))


def preview(in_force: CompiledLimits, proposed: CompiledLimits, value: Floats, trust: Bytes, at_s: float) -> Preview:
    """`value` has the shape (scopes, metrics) of `proposed`, `trust` (scopes,); the scopes in force are the same.

    Delays and confirmations are left out: it says how figures stand, not which events there would be.
    """
    missing = max(len(in_force.metrics), len(proposed.metrics)) - value.shape[1]
    if missing > 0:  # columns that nothing was computed for
        value = np.concatenate((value, np.full((len(value), missing), np.nan)), axis=1)
    now = {(row.scope, row.subject): row.word for row in _standings(in_force.at(at_s), value, trust, {})}
    rows = _standings(proposed.at(at_s), value, trust, now)
    counts = dict.fromkeys([severity.word for severity in Severity] + [UNKNOWN, NEAR, INSIDE], 0)
    for row in rows:
        counts[row.word] += 1
    shown = sorted(
        (row for row in rows if row.outcome != INSIDE), key=lambda row: (-_rank(row.word), row.scope, row.subject)
    )
    changes = revise(in_force, proposed, may_loosen=False, at_s=at_s).changes
    return Preview(tuple(shown), counts, changes, int((proposed.span_s > 0.0).sum()))


_ORDER = ("no limit", INSIDE, NEAR, UNKNOWN, *(severity.word for severity in Severity))


def _rank(word: str) -> int:
    return _ORDER.index(word)


def _standings(
    limits: CompiledLimits, value: Floats, trust: Bytes, before: Mapping[tuple[Scope, str], str]
) -> list[Standing]:
    judged = judge_today(limits, value, trust)
    out = []
    for cell in np.flatnonzero((limits.limit >= 0) & (limits.span_s == 0.0)).tolist():
        rank = int(judged.severity[cell])
        near = judged.headroom[cell] < NEAR_HEADROOM
        outcome = BREACHED if rank > 0 else UNKNOWN if rank < 0 else NEAR if near else INSIDE
        limit = limits.limits[int(limits.limit[cell])]
        scope = limits.scopes[int(limits.row[cell])]
        out.append(
            Standing(
                scope, limit.subject, outcome, Severity(rank) if rank > 0 else None, float(judged.quantity[cell]),
                float(judged.threshold[cell]), limit.origin, before.get((scope, limit.subject), "no limit"),
            )
        )  # fmt: skip
    return out


def judge_today(limits: CompiledLimits, value: Floats, trust: Bytes) -> Judged:
    """All limits on levels against one moment's figures, with nothing remembered."""
    level, seen = take_figures(limits, value, trust)
    base = limits.base.copy()
    relative = np.flatnonzero(limits.of >= 0)
    base[relative] = value[limits.row[relative], limits.of[relative]]
    return judge(level, seen, limits, base)

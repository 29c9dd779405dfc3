"""From an outlook to what a person reads: every limit before and after, and net exposure that a plan lets grow."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.book.detail import Detail
from core.domain import Scope, Trust
from core.engine.what_if.evaluation import Evaluation, Outlook, shared_out
from core.engine.what_if.ground import Found
from core.mitigation.effect import Effect, LimitShift, NetGrowth
from core.mitigation.model import Reduction
from core.risk.limits.checks import checks_at
from core.risk.limits.model import NEAR_HEADROOM
from core.risk.model import Beat, Floats, Ints

MOST_LIMITS = 5_000
"""Of so many limits the ones that matter most are listed; a plan over thousands of accounts touches more."""
MOST_GROWN = 100
SAME = 1e-9
"""Relative: what rounding makes of a figure that stays as it is."""


def effect_of(
    evaluation: Evaluation,
    reductions: Sequence[Reduction],
    cost: float | Floats = math.nan,
    about: tuple[Scope, str] | None = None,
) -> Effect:
    """`cost`, base currency: of all of them together, or one for each; NaN unknown. `about`: what the plan is for."""
    ground = evaluation.ground
    view = ground.view
    found = evaluation.find(reductions)
    costs = _per_part(cost, found)
    outlook = evaluation.outlook(found, costs)
    accounts = np.unique(found.account)
    limits, everything = _limits(evaluation, outlook)
    before, after = _measured(outlook, limits, about)
    return Effect(
        reductions=tuple(reductions),
        limits=limits,
        limits_all=everything,
        grown=_grown(evaluation, found),
        notional=float(found.notional.sum()),
        cost=float(costs.sum()) if isinstance(cost, np.ndarray) else cost,
        before=before,
        after=after,
        base_currency=view.base_currency,
        figures_s=view.now_s,
        age_s=float(view.account_age_s[accounts].max(initial=0.0)),
        costly_age_s=ground.costly_age_s,
        trust=Trust(int(view.account_trust[accounts].min(initial=int(Trust.TRUSTED)))),
    )


def _measured(outlook: Outlook, limits: Sequence[LimitShift], about: tuple[Scope, str] | None) -> tuple[float, float]:
    if about is None or about[0] not in outlook.limits.rows:
        return math.nan, math.nan
    scope, metric = about
    column = next((at for at, info in enumerate(outlook.limits.metrics) if info.name == metric), None)
    if column is not None:
        row = outlook.limits.rows[scope]
        return float(outlook.value_before[row, column]), float(outlook.value_after[row, column])
    shift = next((row for row in limits if (row.scope, row.metric) == about), None)
    return (math.nan, math.nan) if shift is None else (shift.before, shift.after)


def _per_part(cost: float | Floats, found: Found) -> Floats:
    if not isinstance(cost, np.ndarray):
        return shared_out(cost, found.notional)
    out = np.zeros(len(found.whose))
    for number in np.unique(found.whose).tolist():
        mine = found.whose == number
        out[mine] = shared_out(float(cost[number]), found.notional[mine])
    return out


def _limits(evaluation: Evaluation, outlook: Outlook) -> tuple[tuple[LimitShift, ...], int]:
    limits, before, after = outlook.limits, outlook.before, outlook.after
    course = _course(before.measure, after.measure)
    standing = np.flatnonzero(limits.limit >= 0)
    # Unknown stands between near and breached.
    rank = np.where(after.severity < 0, 0.5, after.severity.astype(np.float64))
    near = np.nan_to_num(after.headroom, nan=0.0) < NEAR_HEADROOM
    rank = np.where((after.severity == 0) & near, 0.25, rank)
    headroom = np.nan_to_num(after.headroom, nan=0.0)
    order = standing[np.lexsort((headroom[standing], -course[standing], -rank[standing]))]
    view = evaluation.ground.view
    rows = outlook.scopes
    age_s = view.age_s[rows]
    out = []
    cells = order[:MOST_LIMITS]
    rows_of = zip(checks_at(limits, before, age_s, cells), checks_at(limits, after, age_s, cells), strict=True)
    for cell, (was, then) in zip(cells.tolist(), rows_of, strict=True):
        costly = limits.metrics[int(limits.column[cell])].beat is Beat.COSTLY
        out.append(
            LimitShift(
                scope=then.scope,
                metric=then.metric,
                before=was.value,
                after=then.value,
                threshold=then.threshold,
                clear_level=then.clear_level,
                outcome_before=was.outcome,
                outcome_after=then.outcome,
                severity_before=was.severity,
                severity_after=then.severity,
                trust=then.trust,
                age_s=max(then.age_s, evaluation.ground.costly_age_s) if costly else then.age_s,
                headroom=float(after.headroom[cell]),
                course=int(course[cell]),
                cleared=then.cleared,
            )
        )
    return tuple(out), len(standing)


def _course(before: Floats, after: Floats) -> Ints:
    """+1 worse, -1 better; a measure is turned so that larger is worse."""
    with np.errstate(invalid="ignore"):
        moved = after - before
        slack = SAME * np.minimum(np.abs(before), np.abs(after))
        course = np.where(moved > slack, 1, np.where(moved < -slack, -1, 0))
    # Infinite before and after is neither; from or to infinity is.
    out: Ints = np.where(before == after, 0, course).astype(np.int64)
    return out


def _grown(evaluation: Evaluation, found: Found) -> tuple[NetGrowth, ...]:
    """Of every touched account, and of the whole portfolio, by underlying."""
    ground = evaluation.ground
    view, table = ground.view, ground.book.held.table
    held = Detail(ground.book.held, view.detail.prices).positions
    underlying = table.base[found.instrument]
    closed = found.parts.quantity * view.detail.prices.worth[found.instrument]
    coins = len(view.coins) + 1
    out = []
    touched = np.unique(found.account)
    if not len(touched):
        return ()
    groups: list[tuple[Ints, Ints, Ints]] = [
        (np.zeros_like(held.account), np.zeros_like(found.account), np.full(1, -1, dtype=np.int64)),
        (np.searchsorted(touched, held.account), np.searchsorted(touched, found.account), touched),
    ]
    for of_held, of_found, names in groups:
        mine = np.isin(held.account, touched) if names[0] >= 0 else np.ones(len(held.account), dtype=np.bool_)
        key, cut = of_held[mine] * coins + held.underlying[mine] + 1, of_found * coins + underlying + 1
        size = len(names) * coins
        before = np.bincount(key, weights=held.notional[mine], minlength=size)
        after = before - np.bincount(cut, weights=closed, minlength=size)
        scale = np.bincount(key, weights=np.abs(held.notional[mine]), minlength=size)
        with np.errstate(invalid="ignore"):
            more = np.abs(after) - np.abs(before) > SAME * scale
        out += [
            NetGrowth(
                _account(evaluation, int(names[at // coins])), _coin(view.coins, at % coins - 1), float(before[at]),
                float(after[at]),
            )
            for at in np.flatnonzero(more).tolist()
        ]  # fmt: skip
    out.sort(key=lambda row: abs(row.before) - abs(row.after))
    return tuple(out[:MOST_GROWN])


def _account(evaluation: Evaluation, number: int) -> Scope:
    layout = evaluation.ground.view.layout
    return layout.scopes[0] if number < 0 else layout.scopes[layout.first_account + number]


def _coin(coins: tuple[str, ...], number: int) -> str:
    return coins[number] if number >= 0 else "something unknown"

"""Limits of one scope against those of what it is part of, and thresholds that no figure can reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.domain import Scope, ScopeKind, Severity
from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.model import Limit
from core.risk.model import Floats, Ints
from core.windows import active_before

PARTS_BELOW_WHOLE = frozenset({"gross_exposure", "data_age"})
"""Metrics of which no member of a scope can have more than the scope: sums of what is never negative, and maxima."""
_SHARE, _POSITIVE = (0.0, 1.0), (0.0, np.inf)
BOUNDS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(
        (
            "largest_position_share", "largest_instrument_share", "largest_venue_share", "largest_coin_share",
            "instrument_herfindahl", "venue_herfindahl", "coin_herfindahl", "hidden_netting",
            "strategy_first_factor", "account_first_factor", "underlying_first_factor",
        ),
        _SHARE,
    ),
    **dict.fromkeys(
        (
            "gross_exposure", "net_exposure", "leverage", "drawdown", "drawdown_day", "margin_use", "data_age",
            "realised_volatility", "ex_ante_volatility", "exit_time", "exit_cost",
        ),
        _POSITIVE,
    ),
    **dict.fromkeys(("strategy_correlation", "account_correlation", "underlying_correlation"), (-1.0, 1.0)),
}  # fmt: skip
"""What a figure lies between, where that is narrower than everything."""


def standing_problems(limits: CompiledLimits, at_s: float, venue_of: Mapping[str, str] | None = None) -> list[str]:
    """What makes a limit pointless although it is well formed, a sentence each; `venue_of` is by account.

    `at_s` is wall time.
    """
    used = sorted(set(limits.candidates[limits.candidates >= 0].tolist()))
    out: list[str] = []
    for number in used:
        out += _alone(limits.limits[number], at_s)
    return out + _above_the_whole(limits, venue_of or {})


def _alone(limit: Limit, at_s: float) -> list[str]:
    what = f"the limit on {limit.subject} of {limit.scope}"
    if limit.expires_at_s <= at_s:
        return [f"{what} has expired and guards nothing"]
    if not active_before(limit.active, at_s, limit.expires_at_s):
        return [f"{what} expires before any of its windows begins and guards nothing"]
    if limit.of or limit.change_over_s or limit.metric not in BOUNDS:
        return []
    least, most = BOUNDS[limit.metric]
    out = []
    for severity, level in zip(Severity, limit.thresholds, strict=True):
        if level is not None and level > most:
            out.append(f"{what} has {severity.word} {level:g}, which {limit.metric} cannot reach: at most {most:g}")
    lowest = next(level for level in limit.thresholds if level is not None)
    if lowest <= least:
        out.append(
            f"{what} begins at {lowest:g}, which {limit.metric} is never below: it is always breached and never clears"
        )
    return out


def _above_the_whole(limits: CompiledLimits, venue_of: Mapping[str, str]) -> list[str]:
    """Pairs of limits of which the part's can never be breached before the whole's."""
    names = [info.name for info in limits.metrics]
    columns = [names.index(name) for name in sorted(PARTS_BELOW_WHOLE) if name in names]
    absolute = (limits.limit >= 0) & (limits.span_s == 0.0) & (limits.base == 1.0)
    wholes = _wholes(limits.scopes, venue_of)
    found: dict[tuple[int, int], str] = {}
    for column in columns:
        cells = np.flatnonzero(absolute & (limits.column == column))
        levels = np.full((len(limits.scopes), 4), np.nan)
        numbers = np.full(len(limits.scopes), -1, dtype=np.int64)
        levels[limits.row[cells]], numbers[limits.row[cells]] = limits.thresholds[cells], limits.limit[cells]
        for whole in wholes:
            _compare(limits, levels, numbers, whole, found)
    return list(found.values())


def _compare(
    limits: CompiledLimits, levels: Floats, numbers: Ints, whole: Ints, found: dict[tuple[int, int], str]
) -> None:
    rows = np.flatnonzero((whole >= 0) & (numbers >= 0))
    rows = rows[numbers[whole[rows]] >= 0]
    with np.errstate(invalid="ignore"):
        looser = levels[rows] > levels[whole[rows]]
    for row, severity in np.argwhere(looser).tolist():
        part, parent = int(rows[row]), int(whole[rows[row]])
        pair = (int(numbers[part]), int(numbers[parent]))
        if pair in found:
            continue
        limit, above = limits.limits[pair[0]], limits.limits[pair[1]]
        found[pair] = (
            f"the limit on {limit.metric} of {limit.scope} has {Severity(severity + 1).word} "
            f"{levels[part, severity]:g} for {limits.scopes[part]}, looser than what {above.scope} leaves: "
            f"{levels[parent, severity]:g} for {limits.scopes[parent]} comes first"
        )


def _wholes(scopes: Sequence[Scope], venue_of: Mapping[str, str]) -> tuple[Ints, Ints]:
    """For every scope the row of the portfolio, and of an account's venue; -1 where there is none."""
    rows = {scope: row for row, scope in enumerate(scopes)}
    top = next((row for row, scope in enumerate(scopes) if scope.kind is ScopeKind.PORTFOLIO), -1)
    portfolio = np.array([-1 if row == top else top for row in range(len(scopes))], dtype=np.int64)
    venue = np.array(
        [
            rows.get(Scope(ScopeKind.VENUE, venue_of.get(scope.name, "")), -1)
            if scope.kind is ScopeKind.ACCOUNT
            else -1
            for scope in scopes
        ],
        dtype=np.int64,
    )
    return venue, portfolio

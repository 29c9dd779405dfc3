"""The limits as somebody reads them: one line per limit and where it is assigned, and how many scopes each guards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.config import Config
from core.config.row_edits import BY_HAND
from core.config.rows import ASSIGN, LIMITS, PROFILE_LIMITS, Row, RowKey
from core.config.templates import terms_of_profile
from core.engine.limit_rows import limit_row, limits_of, terms_row
from core.engine.page import limit_terms
from core.limit_page import GuardedScope, Ints, LimitCounts, LimitLine
from core.risk.limits import NEAR_HEADROOM, CompiledLimits, Judged, Limit
from core.risk.limits.compiling import Bools
from core.risk.model import MetricInfo

SHIPPED = "it comes with Scram and stays as it is: set a limit of its own for the scope, which stands over it"
GONE = "it is not in the file any more"
MOST_SCOPES = 200
_Key = tuple[str, str, str, float]


@dataclass(frozen=True, slots=True)
class Lines:
    lines: tuple[LimitLine, ...]
    of_limit: Ints
    """Shape (limits,): by number of the compiled limits the line of each, -1 without one."""


def lines_of(config: Config, rows: Mapping[RowKey, Row], compiled: CompiledLimits) -> Lines:
    """In the order of the file: single limits, then those of profiles by assignment."""
    infos = {info.name: info for info in compiled.metrics}
    held = {_key(limit): limit for limit in compiled.limits if limit.held}
    found: dict[_Key, LimitLine] = {}
    for limit, key, assigned, shipped in _written(config):
        found.setdefault(_key(limit), _line(limit, key, assigned, rows, infos, held.get(_key(limit)), shipped=shipped))
    for gone, limit in held.items():
        if gone not in found:
            found[gone] = _gone(limit, infos)
    places = {key: place for place, key in enumerate(found)}
    of_limit = np.array([places.get(_key(limit), -1) for limit in compiled.limits] + [-1], dtype=np.int64)
    return Lines(tuple(found.values()), of_limit)


def _written(config: Config) -> Iterator[tuple[Limit, RowKey, RowKey | None, bool]]:
    """Every limit with the row that writes it, the one that assigns it, and whether it comes with Scram."""
    limits = iter(limits_of(config))
    for row in config.limits:
        yield next(limits), RowKey(LIMITS, str(row.scope), "", row.metric, row.change_over_s), None, False
    for assigned in config.assign:
        to = RowKey(ASSIGN, str(assigned.scope), assigned.profile)
        for terms in terms_of_profile(assigned.profile, config):
            own = terms.terms
            key = RowKey(PROFILE_LIMITS, "", terms.profile, own.metric, own.change_over_s)
            yield next(limits), key, to, terms.shipped


def _key(limit: Limit) -> _Key:
    return (limit.profile, str(limit.scope), limit.metric, limit.change_over_s)


def _line(
    limit: Limit,
    key: RowKey,
    assigned: RowKey | None,
    rows: Mapping[RowKey, Row],
    infos: Mapping[str, MetricInfo],
    held: Limit | None,
    *,
    shipped: bool,
) -> LimitLine:
    row = rows.get(key)
    fixed = SHIPPED if shipped else "" if row is not None else BY_HAND
    where = "comes with Scram" if shipped else f"line {row.line}" if row is not None else "in the file"
    source = "" if assigned is None else f"{'template' if shipped else 'profile'} {key.profile}"
    made = _of_limit(held or limit, infos)
    written = row.values if row is not None else limit_row(limit) if assigned is None else terms_row(limit)
    return replace(
        made, key=key, assigned=assigned, source=source, where=where, written=written, fixed=fixed,
        enabled=limit.enabled,
    )  # fmt: skip


def _gone(limit: Limit, infos: Mapping[str, MetricInfo]) -> LimitLine:
    """Taken out of the file, and held in force until somebody says why."""
    key = RowKey(LIMITS, str(limit.scope), "", limit.metric, limit.change_over_s)
    source = f"profile {limit.profile}" if limit.profile else ""
    return replace(_of_limit(limit, infos), key=key, source=source, where=GONE, fixed=GONE)


def _of_limit(limit: Limit, infos: Mapping[str, MetricInfo]) -> LimitLine:
    info = infos.get(limit.metric)
    unit = "ratio" if limit.of else info.unit if info is not None else "number"
    policies = {int(severity): str(policy) for severity, policy in limit.policy.items()}
    nothing: Mapping[str, Any] = {}
    return LimitLine(
        key=RowKey(LIMITS),
        assigned=None,
        scope=str(limit.scope),
        metric=limit.metric,
        subject=limit.subject,
        unit=unit,
        thresholds=tuple(limit.thresholds),
        policies=tuple(policies.get(level, "") for level in range(1, 5)),
        share_of=limit.of,
        change_over_s=limit.change_over_s,
        clear=limit.clear,
        on_delay_s=limit.on_delay_s,
        off_delay_s=limit.off_delay_s,
        terms=tuple(limit_terms(limit)),
        source="",
        where="",
        written=nothing,
        held=limit.held,
        enabled=limit.enabled,
    )


# -- how they stand ---------------------------------------------------------------------------------------------------


def counted(lines: Lines, limits: CompiledLimits, judged: Judged) -> LimitCounts:
    """`limits` are those that `lines` were made of, `judged` how figures stand to them."""
    size = len(lines.lines)
    line = lines.of_limit[limits.limit]
    there = line >= 0

    def count(which: Bools) -> Ints:
        return np.bincount(line[there & which], minlength=size).astype(np.int64)

    worst = np.zeros(size, dtype=np.int8)
    breached = there & (judged.severity > 0)
    np.maximum.at(worst, line[breached], judged.severity[breached])
    return LimitCounts(
        guards=count(there),
        breached=count(judged.severity > 0),
        near=count(_near(judged)),
        unknown=count(judged.severity < 0),
        worst=worst,
    )


def guarded(lines: Lines, place: int, limits: CompiledLimits, judged: Judged) -> tuple[tuple[GuardedScope, ...], int]:
    """The scopes that one line's limit is in force for, the worst first, and how many there are."""
    cells = np.flatnonzero(lines.of_limit[limits.limit] == place)
    rank = np.array([0, 1, 2, 4, 5, 3], dtype=np.int64)[judged.severity[cells]]  # the last is that of -1, unknown
    headroom = np.nan_to_num(judged.headroom[cells], nan=np.inf)
    near = _near(judged)
    worst = cells[np.lexsort((headroom, -rank))][:MOST_SCOPES]
    found = tuple(
        GuardedScope(
            scope=limits.scopes[int(limits.row[cell])],
            severity=int(judged.severity[cell]),
            near=bool(near[cell]),
            value=float(judged.quantity[cell]),
            threshold=float(judged.threshold[cell]),
            headroom=float(judged.headroom[cell]),
        )
        for cell in worst.tolist()
    )
    return found, len(cells)


def _near(judged: Judged) -> Bools:
    near: Bools = (judged.severity == 0) & (judged.headroom < NEAR_HEADROOM)
    return near

"""What other limits would say of today's figures, place by place beside what those in force say: all by arrays.

Delays, and readings that have yet to confirm a breach, are left out: it says how figures stand. What limits on a change
over time remember is known where there is such a limit today, and else unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.domain import Severity
from core.ladder import Response, response_to
from core.limit_page import BLINDED, CLEARED, GRAVER, INSIDE_AGAIN, MILDER, RAISED, SEEN, Effect, EffectLine
from core.risk.limits.checks import cleared_at
from core.risk.limits.compiling import Bools, CompiledLimits
from core.risk.limits.judging import Judged, bases_of, judge, take_figures
from core.risk.limits.model import Limit
from core.risk.limits.watch import moved_cells
from core.risk.model import Bytes, Floats, Ints

MOST_LINES = 300
_RANK = {0: 0, 1: 1, 2: 2, -1: 3, 3: 4, 4: 5}
"""How urgent a severity is beside the others."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the desk stands to the limits in force; arrays of one moment."""

    limits: CompiledLimits
    judged: Judged
    value: Floats
    """Shape (scopes, metrics)."""
    trust: Bytes
    """Shape (scopes,)."""
    at_s: float
    """Wall time."""


def effect_of(now: Standing, proposed: CompiledLimits) -> Effect:
    """`proposed` is compiled for the same scopes and metrics as what is in force."""
    new = proposed.at(now.at_s)
    old_of = _old_cells(now.limits, new)
    same = _same_limit(now.limits, new, old_of)
    judged, unseen = _judged(now, new, old_of)
    known = old_of >= 0
    before = np.zeros(len(new.row), dtype=np.int8)
    before[known] = now.judged.severity[old_of[known]]
    # Where the limit stays, what the desk says of it stays too, with all that it remembers.
    after = np.where(same, before, judged.severity)
    cleared = np.zeros(len(new.row), dtype=np.bool_)
    limited = np.flatnonzero(new.limit >= 0)
    cleared[limited] = cleared_at(new, judged, limited)
    cleared[new.limit < 0] = True
    changed = np.flatnonzero(~same & ~unseen)
    lines = _lines(_Places(now.limits, new, old_of, before, after, cleared, judged), changed)
    lines += _gone(now.limits, now.judged, new)
    return _told(lines, now, new, after, int(unseen.sum()))


@dataclass(frozen=True, slots=True)
class _Places:
    """Arrays of shape (cells of `new`,)."""

    old: CompiledLimits
    new: CompiledLimits
    old_of: Ints
    before: Bytes
    after: Bytes
    cleared: Bools
    judged: Judged


def _old_cells(old: CompiledLimits, new: CompiledLimits) -> Ints:
    """For every cell of `new` its number in `old`, -1 where there was none."""
    moved = moved_cells(old, new)
    out = np.full(len(new.row), -1, dtype=np.int64)
    stays = np.flatnonzero(moved >= 0)
    out[moved[stays]] = stays
    return out


def _same_limit(old: CompiledLimits, new: CompiledLimits, old_of: Ints) -> Bools:
    """Whether the limit in force at each cell of `new` is the one that is in force there today."""
    known = old_of >= 0
    before = np.full(len(new.row), -1, dtype=np.int64)
    before[known] = old.limit[old_of[known]]
    width = len(new.limits) + 1
    pairs, which = np.unique((before + 1) * width + new.limit + 1, return_inverse=True)
    alike = np.array(
        [_alike(old.limits, new.limits, pair // width - 1, pair % width - 1) for pair in pairs.tolist()], dtype=np.bool_
    )
    return alike[which.reshape(-1)] if len(alike) else np.zeros(0, dtype=np.bool_)


def _alike(old: Sequence[Limit], new: Sequence[Limit], before: int, after: int) -> bool:
    if before < 0 or after < 0:
        return before == after
    return old[before] == new[after]


def _judged(now: Standing, new: CompiledLimits, old_of: Ints) -> tuple[Judged, Bools]:
    """Everything against one moment's figures, and which cells nothing can be said of."""
    level, seen = take_figures(new, now.value, now.trust)
    change = new.span_s > 0.0
    remembered = change & (old_of >= 0)
    level[change] = np.nan
    level[remembered] = now.judged.quantity[old_of[remembered]]
    base = bases_of(new, now.value, now.trust, seen)
    return judge(level, seen, new, base), change & (old_of < 0)


def _lines(places: _Places, cells: Ints) -> list[EffectLine]:
    """Of the cells where anything becomes otherwise."""
    old, new, judged = places.old, places.new, places.judged
    before, after = places.before[cells], places.after[cells]
    worth = np.flatnonzero((before != after) | (after > 0))
    out = []
    for place in worth.tolist():
        cell, was, now = int(cells[place]), int(before[place]), int(after[place])
        number = int(new.limit[cell])
        limit = new.limits[number] if number >= 0 else None
        at = int(places.old_of[cell])
        prior = old.limit_at(at) if at >= 0 else None
        acts = _begins(prior, limit, was, now)
        what = _what(was, now, cleared=bool(places.cleared[cell]))
        if not what and acts is None:
            continue
        info = new.metrics[int(new.column[cell])]
        out.append(
            EffectLine(
                scope=new.scopes[int(new.row[cell])],
                subject=new.subject(cell),
                unit=info.unit,
                what=what,
                before=was,
                after=now,
                value=float(judged.quantity[cell]),
                threshold=float(judged.threshold[cell]),
                acts="" if acts is None else _act_words(acts),
            )
        )
    return out


def _gone(old: CompiledLimits, judged: Judged, new: CompiledLimits) -> list[EffectLine]:
    """Places that have no limit any more, of which anything was told until now."""
    cells = np.flatnonzero((moved_cells(old, new) < 0) & (judged.severity != 0) & (old.limit >= 0))
    return [
        EffectLine(
            scope=old.scopes[int(old.row[cell])],
            subject=old.subject(cell),
            unit=old.metrics[int(old.column[cell])].unit,
            what=_what(int(judged.severity[cell]), 0, cleared=True),
            before=int(judged.severity[cell]),
            after=0,
            value=float(judged.quantity[cell]),
            threshold=float("nan"),
            acts="",
        )
        for cell in cells.tolist()
    ]


def _what(before: int, after: int, *, cleared: bool) -> str:
    if before == after:
        return ""
    if after < 0:
        return BLINDED
    if after > 0:
        return RAISED if before <= 0 else GRAVER if after > before else MILDER
    if before < 0:
        return SEEN
    return CLEARED if cleared else INSIDE_AGAIN


def _begins(prior: Limit | None, limit: Limit | None, before: int, after: int) -> Response | None:
    """What the policy asks for that it does not ask for today."""
    if limit is None or after <= 0:
        return None
    asked = response_to(limit.policy, Severity(after))
    asked_before = response_to(prior.policy, Severity(before)) if prior is not None and before > 0 else None
    return asked if asked != asked_before else None


def _act_words(response: Response) -> str:
    return ", then ".join(str(step) for step in response.steps)


def _told(lines: list[EffectLine], now: Standing, new: CompiledLimits, after: Bytes, unseen: int) -> Effect:
    counts: dict[str, int] = {}
    for line in lines:
        if line.what:
            counts[line.what] = counts.get(line.what, 0) + 1
    ordered = sorted(lines, key=lambda line: (-_RANK[line.after], -_RANK[line.before], line.scope, line.subject))
    stops = dict.fromkeys(line.scope for line in ordered if line.acts.startswith("auto stop"))
    return Effect(
        counts=counts,
        before=_totals(now.judged.severity[now.limits.limit >= 0]),
        after=_totals(after[new.limit >= 0]),
        lines=tuple(ordered[:MOST_LINES]),
        lines_all=len(ordered),
        plans=sum(bool(line.acts) and not line.acts.startswith(("auto stop", "notify")) for line in ordered),
        stops=tuple(stops),
        unseen=unseen,
        at_s=now.at_s,
    )


def _totals(severity: Bytes) -> tuple[int, ...]:
    """Low, medium, high, critical, unknown."""
    return tuple(int((severity == level).sum()) for level in (1, 2, 3, 4, -1))

"""From the limits in force to others: what is tighter at once, what is looser only where it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.domain import Scope
from core.risk.limits.compiling import NONE, CompiledLimits, Meetings, assemble
from core.risk.limits.model import Limit
from core.risk.limits.strictness import changed, held_back, loosened
from core.risk.limits.watch import moved_cells
from core.risk.model import Floats, Ints

HELD = "held back until a reason is given"

Chain = tuple[Limit, ...]
"""The limits that may hold at one place, the strongest first: more than one where times of the day decide."""


@dataclass(frozen=True, slots=True)
class LimitChange:
    """What one change does at all the places where the same limit gave way to the same other."""

    subject: str
    scopes: tuple[Scope, ...]
    old: Chain
    """Empty: there was no limit."""
    new: Chain
    """As it was asked for; empty: it was taken away."""
    looser: tuple[str, ...]
    """The fields that leave more room."""
    in_force: Chain
    """What holds from now on: `new`, or a tighter one where the change is held back."""

    @property
    def held(self) -> bool:
        return bool(self.in_force) and bool(self.in_force[0].held)

    @property
    def effective(self) -> bool:
        """Whether anything is other than before."""
        return not _alike(self.old, self.in_force)

    def sentence(self) -> str:
        where = self.new[0].scope if self.new else self.old[0].scope
        places = f" ({len(self.scopes)} scopes)" if len(self.scopes) > 1 else ""
        what = f"the limit on {self.subject} of {where}{places}"
        if not self.new:
            gone = f"{what} is taken away"
            return f"{gone}, {HELD}" if self.held else gone
        if not self.old:
            return f"{what} is new"
        if self.looser:
            return f"{what} leaves more room ({', '.join(self.looser)})" + (f", {HELD}" if self.held else "")
        return f"{what} is tighter"


@dataclass(frozen=True, slots=True)
class Revision:
    limits: CompiledLimits
    """To be put in force."""
    changes: tuple[LimitChange, ...]


def revise(old: CompiledLimits, new: CompiledLimits, *, may_loosen: bool, at_s: float | None = None) -> Revision:
    """Compare what is in force with what is asked for, place by place; `at_s` is wall time.

    Where `may_loosen` is False whatever would leave more room stays at its old value. A scope that is gone takes its
    limits along.
    """
    changes: list[LimitChange] = []
    kept: list[tuple[Chain, Places]] = []
    for before, after, places in _pairs(old, new):
        change = _compare(before, after, places, new, may_loosen=may_loosen)
        if change is None:
            continue
        changes.append(change)
        if change.held:
            kept.append((change.in_force, places))
    return Revision(_with_kept(new, kept, at_s) if kept else new, tuple(changes))


def put_back(
    limits: CompiledLimits, chains: Sequence[tuple[Chain, Sequence[tuple[Scope, str, float]]]], at_s: float
) -> CompiledLimits:
    """The limits with chains that were in force at some (scope, metric, span); places that are gone are left out."""
    columns = {info.name: column for column, info in enumerate(limits.metrics)}
    kept = []
    for chain, named in chains:
        there = [
            (limits.rows[scope], columns[metric], span_s)
            for scope, metric, span_s in named
            if scope in limits.rows and metric in columns
        ]
        row, column, span_s = (np.array(part) for part in zip(*there, strict=True)) if there else (_NOTHING,) * 3
        kept.append((chain, Places(row.astype(np.int64), column.astype(np.int64), span_s.astype(np.float64))))
    return _with_kept(limits, kept, at_s) if any(len(places.row) for _, places in kept) else limits


_NOTHING = np.empty(0)


@dataclass(frozen=True, slots=True)
class Places:
    """Arrays of shape (places,): rows and columns of the new limits, and spans."""

    row: Ints
    column: Ints
    span_s: Floats


def _chains(limits: CompiledLimits) -> Ints:
    """Candidates up to the first that holds at all times; -1 beyond."""
    always = np.array([not limit.timed for limit in limits.limits] + [True], dtype=np.bool_)
    ended = np.cumsum(always[limits.candidates], axis=1) - always[limits.candidates] > 0
    return np.where(ended, NONE, limits.candidates)


def _pairs(old: CompiledLimits, new: CompiledLimits) -> list[tuple[Chain, Chain, Places]]:
    """Every pair of chains of which one gives way to the other, and where; chains that stay where they are too."""
    moved = moved_cells(old, new)
    olds, old_id = _numbered(_chains(old))
    news, new_id = _numbered(_chains(new))
    stays = np.flatnonzero(moved >= 0)
    fresh = np.setdiff1d(np.arange(len(new.row)), moved[stays])
    rows = np.array([new.rows.get(scope, NONE) for scope in old.scopes], dtype=np.int64)
    columns = {info.name: column for column, info in enumerate(new.metrics)}
    column_of = np.array([columns.get(info.name, NONE) for info in old.metrics], dtype=np.int64)
    gone = np.flatnonzero((moved < 0) & (rows[old.row] >= 0) & (column_of[old.column] >= 0))
    before = np.concatenate((old_id[stays], np.full(len(fresh), NONE), old_id[gone]))
    after = np.concatenate((new_id[moved[stays]], new_id[fresh], np.full(len(gone), NONE)))
    here = np.concatenate((moved[stays], fresh))
    row = np.concatenate((new.row[here], rows[old.row[gone]]))
    column = np.concatenate((new.column[here], column_of[old.column[gone]]))
    span_s = np.concatenate((new.span_s[here], old.span_s[gone]))
    pair, group = np.unique(before * (len(news) + 1) + after, return_inverse=True)
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(1, len(pair)))
    out = []
    for at in np.split(order, cuts) if len(order) else ():
        first, second = int(before[at[0]]), int(after[at[0]])
        chain_before = _limits(old, olds[first]) if first >= 0 else ()
        chain_after = _limits(new, news[second]) if second >= 0 else ()
        out.append((chain_before, chain_after, Places(row[at], column[at], span_s[at])))
    return out


def _numbered(chains: Ints) -> tuple[Ints, Ints]:
    """The different rows, and which of them each row is.

    Column by column: to sort whole rows takes a tenth of a second where there are hundreds of thousands, and nothing
    else runs meanwhile.
    """
    if not len(chains):
        return chains, np.empty(0, dtype=np.int64)
    which = np.zeros(len(chains), dtype=np.int64)
    first = np.zeros(1, dtype=np.int64)
    for column in chains.T:
        width = int(column.max()) + 2
        _, first, which = np.unique(which * width + column + 1, return_index=True, return_inverse=True)
        which = which.reshape(-1)
    return chains[first], which


def _limits(compiled: CompiledLimits, numbers: Ints) -> Chain:
    return tuple(compiled.limits[number] for number in numbers.tolist() if number >= 0)


def _alike(one: Chain, other: Chain) -> bool:
    return len(one) == len(other) and not any(changed(a, b) for a, b in zip(one, other, strict=True))


def _compare(
    before: Chain, after: Chain, places: Places, new: CompiledLimits, *, may_loosen: bool
) -> LimitChange | None:
    if _alike(before, after):
        return None
    falling = new.metrics[int(places.column[0])].worse_is < 0
    looser = _looser(before, after, falling=falling)
    in_force = after
    if looser and not may_loosen:
        if len(before) == len(after) == 1:
            in_force = (held_back(before[0], after[0], falling=falling),)
        else:
            in_force = before
        in_force = tuple(replace(limit, held=HELD) for limit in in_force)
    subject = (before or after)[0].subject
    return LimitChange(subject, tuple(new.scopes[row] for row in places.row.tolist()), before, after, looser, in_force)


def _looser(before: Chain, after: Chain, *, falling: bool) -> tuple[str, ...]:
    if not any(limit.enabled for limit in before):
        return ()
    if not after:
        return ("gone",)
    if len(before) != len(after):
        return ("active",)
    found = [loosened(old, new, falling=falling) for old, new in zip(before, after, strict=True)]
    return tuple(dict.fromkeys(name for names in found for name in names))


def _with_kept(new: CompiledLimits, kept: Sequence[tuple[Chain, Places]], at_s: float | None) -> CompiledLimits:
    """The new limits with other chains at some places, which need not be among theirs."""
    depth = max(new.candidates.shape[1], max(len(chain) for chain, _ in kept))
    added: list[Limit] = []
    parts = [(new.row, new.column, new.span_s, _widened(new.candidates, depth))]
    for chain, places in kept:
        numbers = np.arange(len(chain)) + len(new.limits) + len(added)
        added += chain
        chains = _widened(np.tile(numbers, (len(places.row), 1)), depth)
        parts.append((places.row, places.column, places.span_s, chains))
    row, column, span_s, candidates = (np.concatenate(part) for part in zip(*parts, strict=True))
    # Of two at one place the later one stands: what is kept, before what was asked for.
    order = np.lexsort((-np.arange(len(row)), row, span_s, column))
    row, column, span_s = row[order], column[order], span_s[order]
    first = np.concatenate(([True], (np.diff(row) != 0) | (np.diff(column) != 0) | (np.diff(span_s) != 0)))
    where = Meetings(row[first], column[first], span_s[first], candidates[order][first])
    return assemble(new.scopes, new.metrics, (*new.limits, *added), where, new.capital, new.problems, at_s)


def _widened(candidates: Ints, depth: int) -> Ints:
    spare = np.full((len(candidates), depth - candidates.shape[1]), NONE, dtype=np.int64)
    return np.concatenate((candidates, spare), axis=1)

"""From the limits in force to others: what is tighter at once, what is looser only where it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.domain import Scope
from core.risk.limits.compiling import NONE, CompiledLimits, Places, assemble
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
    moved = moved_cells(old, new)
    olds, news = _chains(old), _chains(new)
    pairs = _pairs(old, new, moved, olds, news)
    changes: list[LimitChange] = []
    kept: dict[tuple[int, int, float], Chain] = {}
    for before, after, places in pairs:
        change = _compare(before, after, places, new, may_loosen=may_loosen)
        if change is None:
            continue
        changes.append(change)
        if change.held:
            kept |= dict.fromkeys(places, change.in_force)
    limits = _with_kept(new, kept, at_s) if kept else new
    return Revision(limits, tuple(changes))


def put_back(
    limits: CompiledLimits, chains: Sequence[tuple[Chain, Sequence[tuple[Scope, str, float]]]], at_s: float
) -> CompiledLimits:
    """The limits with chains that were in force at some (scope, metric, span); places that are gone are left out."""
    rows = limits.rows
    columns = {info.name: column for column, info in enumerate(limits.metrics)}
    kept = {
        (rows[scope], columns[metric], span_s): chain
        for chain, places in chains
        for scope, metric, span_s in places
        if scope in rows and metric in columns
    }
    return _with_kept(limits, kept, at_s) if kept else limits


Place = tuple[int, int, float]
"""Row and column of the new limits, and span."""


def _chains(limits: CompiledLimits) -> Ints:
    """Candidates up to the first that holds at all times; -1 beyond."""
    always = np.array([not limit.timed for limit in limits.limits] + [True], dtype=np.bool_)
    ended = np.cumsum(always[limits.candidates], axis=1) - always[limits.candidates] > 0
    return np.where(ended, NONE, limits.candidates)


def _pairs(
    old: CompiledLimits, new: CompiledLimits, moved: Ints, olds: Ints, news: Ints
) -> list[tuple[Chain, Chain, list[Place]]]:
    """Every pair of chains of which one gives way to the other, and where; chains that stay where they are too."""
    rows = new.rows
    columns = {info.name: column for column, info in enumerate(new.metrics)}
    fresh = np.setdiff1d(np.arange(len(new.row)), moved[moved >= 0])
    out: dict[tuple[bytes, bytes], tuple[Chain, Chain, list[Place]]] = {}

    def note(before: Ints, after: Ints, place: Place) -> None:
        key = (before.tobytes(), after.tobytes())
        if key not in out:
            out[key] = (_limits(old, before), _limits(new, after), [])
        out[key][2].append(place)

    nothing = np.empty(0, dtype=np.int64)
    for cell, target in enumerate(moved.tolist()):
        if target >= 0:
            note(olds[cell], news[target], _place(new, target))
            continue
        row = rows.get(old.scopes[int(old.row[cell])])
        column = columns.get(old.metrics[int(old.column[cell])].name)
        if row is not None and column is not None:
            note(olds[cell], nothing, (row, column, float(old.span_s[cell])))
    for cell in fresh.tolist():
        note(nothing, news[cell], _place(new, cell))
    return list(out.values())


def _place(limits: CompiledLimits, cell: int) -> Place:
    return int(limits.row[cell]), int(limits.column[cell]), float(limits.span_s[cell])


def _limits(compiled: CompiledLimits, numbers: Ints) -> Chain:
    return tuple(compiled.limits[number] for number in numbers.tolist() if number >= 0)


def _alike(one: Chain, other: Chain) -> bool:
    return len(one) == len(other) and not any(changed(a, b) for a, b in zip(one, other, strict=True))


def _compare(
    before: Chain, after: Chain, places: Sequence[Place], new: CompiledLimits, *, may_loosen: bool
) -> LimitChange | None:
    if _alike(before, after):
        return None
    _, column, _ = places[0]
    falling = new.metrics[column].worse_is < 0
    looser = _looser(before, after, falling=falling)
    in_force = after
    if looser and not may_loosen:
        if len(before) == len(after) == 1:
            in_force = (held_back(before[0], after[0], falling=falling),)
        else:
            in_force = before
        in_force = tuple(replace(limit, held=HELD) for limit in in_force)
    subject = (before or after)[0].subject
    return LimitChange(subject, tuple(new.scopes[row] for row, _, _ in places), before, after, looser, in_force)


def _looser(before: Chain, after: Chain, *, falling: bool) -> tuple[str, ...]:
    if not any(limit.enabled for limit in before):
        return ()
    if not after:
        return ("gone",)
    if len(before) != len(after):
        return ("active",)
    found = [loosened(old, new, falling=falling) for old, new in zip(before, after, strict=True)]
    return tuple(dict.fromkeys(name for names in found for name in names))


def _with_kept(new: CompiledLimits, kept: Mapping[Place, Chain], at_s: float | None) -> CompiledLimits:
    """The new limits with other chains at some places, which need not be among theirs."""
    added: dict[int, Limit] = {}
    numbers: dict[int, int] = {}
    for chain in kept.values():
        for limit in chain:
            if id(limit) not in numbers:
                numbers[id(limit)] = len(new.limits) + len(numbers)
                added[id(limit)] = limit
    depth = max(new.candidates.shape[1], max(len(chain) for chain in kept.values()))
    table: dict[Place, list[int]] = {_place(new, cell): new.candidates[cell].tolist() for cell in range(len(new.row))}
    table |= {place: [numbers[id(limit)] for limit in chain] for place, chain in kept.items()}
    order = sorted(table)
    candidates = np.full((len(order), depth), NONE, dtype=np.int64)
    for cell, place in enumerate(order):
        chain_numbers = table[place]
        candidates[cell, : len(chain_numbers)] = chain_numbers
    row = np.array([place[0] for place in order], dtype=np.int64)
    column = np.array([place[1] for place in order], dtype=np.int64)
    span_s: Floats = np.array([place[2] for place in order], dtype=np.float64)
    places = Places(row, column, span_s, candidates)
    return assemble(new.scopes, new.metrics, (*new.limits, *added.values()), places, new.capital, new.problems, at_s)

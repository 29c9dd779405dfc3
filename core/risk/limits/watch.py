"""The limits at work: one step per cycle, and a memory that survives a change of limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.domain import Trust
from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.judging import Judged, bases_of, judge, prepare, take_figures
from core.risk.limits.memory import Changes, Confirmations, Drift
from core.risk.limits.remembering import ChangeState, change_state, restore_changes
from core.risk.model import Bytes, Floats, Ints


class LimitWatch:
    """Holds the limits in force and what they have to remember of every cell."""

    def __init__(self, limits: CompiledLimits) -> None:
        self._limits = limits
        self._confirmations = Confirmations(limits)
        self._changes = Changes(limits)
        self._drift = Drift(len(limits.row))
        self._prepared = prepare(limits)
        self._stepped_s = -np.inf

    @property
    def limits(self) -> CompiledLimits:
        """As they were in force at the newest step."""
        return self._limits

    def take(self, limits: CompiledLimits) -> None:
        """Put other limits in force; a cell that stays keeps what it remembers, as far as it still means the same."""
        old = self._limits
        moved = moved_cells(old, limits)
        before = np.flatnonzero(moved >= 0)
        alike = np.zeros(len(moved), dtype=np.bool_)
        alike[before] = (old.of[before] == limits.of[moved[before]]) & (
            (old.base[before] == limits.base[moved[before]]) | (old.of[before] >= 0)
        )
        self._confirmations = Confirmations(limits).carry(self._confirmations, moved)
        self._changes = Changes(limits).carry(self._changes, moved)
        self._drift = Drift(len(limits.row)).carry(self._drift, moved, alike)
        self._limits = limits
        self._prepared = prepare(limits)

    def change_state(self, ahead_s: float) -> ChangeState:
        """What limits on a change remember, for the next start; `ahead_s`: of wall time before monotonic time."""
        return change_state(self._limits, self._changes, ahead_s)

    def restore_changes(self, rows: Iterable[Sequence[Any]], ahead_s: float) -> None:
        """Go on with them; raises ValueError where it is no such state."""
        restore_changes(self._limits, self._changes, rows, ahead_s)

    def step(self, value: Floats, trust: Bytes, now_s: float, at_s: float) -> Judged:
        """One cycle at `now_s` (monotonic), `at_s` (wall time); shapes (scopes, metrics) and (scopes,).

        A second step at the same moment is no second reading.
        """
        standing = self._limits.at(at_s)
        if standing is not self._limits:
            self.take(standing)
        limits = self._limits
        new = now_s > self._stepped_s
        self._stepped_s = max(now_s, self._stepped_s)
        level, seen = take_figures(limits, value, trust)
        base = bases_of(limits, value, trust, seen, self._prepared.relative)
        self._put_changes(level, seen, now_s)
        judged = judge(level, seen, limits, base, self._prepared)
        unconfirmed = self._confirmations.step(judged.severity, count=new)
        if new:
            self._drift.step(judged.measure, now_s)
        breach_in_s = self._drift.breach_in_s(judged.ahead, judged.measure)
        return replace(judged, unconfirmed=unconfirmed, breach_in_s=breach_in_s)

    def _put_changes(self, level: Floats, seen: Bytes, now_s: float) -> None:
        """Put the change in the place of the level, in place, where that is what is limited."""
        limits, cells = self._limits, self._changes.cells
        if not len(cells):
            return
        known = seen[cells] >= np.maximum(limits.min_trust[cells], Trust.STALE)
        turned = limits.sign[cells] * np.where(limits.magnitude[cells], np.abs(level[cells]), level[cells])
        level[cells] = self._changes.step(turned, known, now_s)


def moved_cells(old: CompiledLimits, new: CompiledLimits) -> Ints:
    """For every cell of `old` its number in `new`, -1 where it is gone."""
    columns = {info.name: column for column, info in enumerate(new.metrics)}
    if old.scopes == new.scopes:
        row = old.row
    else:
        row = np.array([new.rows.get(scope, -1) for scope in old.scopes], dtype=np.int64)[old.row]
    column = np.array([columns.get(info.name, -1) for info in old.metrics], dtype=np.int64)[old.column]
    spans = np.unique(np.concatenate((old.span_s, new.span_s)))

    def key(row: Ints, column: Ints, span_s: Floats) -> Ints:
        return (column * (len(spans) + 1) + np.searchsorted(spans, span_s)) * (len(new.scopes) + 1) + row

    wanted, there = key(row, column, old.span_s), key(new.row, new.column, new.span_s)
    place = np.searchsorted(there, wanted)
    moved = np.full(len(wanted), -1, dtype=np.int64)
    found = (row >= 0) & (column >= 0) & (place < len(there))
    found[found] = there[place[found]] == wanted[found]
    moved[found] = place[found]
    return moved

"""Cuts in whole lots that keep the rows they were made under: rounded up, and then set right lot by lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.mitigation.planning.columns import Floats, Ints
from core.mitigation.planning.lots import ROW_FUZZ, Grid
from core.mitigation.planning.rows import Block

ROUNDS = 24
GOALS_FOR = 8
"""Rounds in which what is asked for is set right too: then it gives way to what holds whatever comes."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rows that rounded cuts are measured by, hedges with their room."""

    blocks: Sequence[Block]

    def broken(self, cut: Floats) -> list[tuple[Block, Floats]]:
        """Blocks with rows that do not hold, and by how much each falls below (positive) or rises above (negative)."""
        out = []
        for block in self.blocks:
            reach = block.reach(cut)
            scale = np.maximum(np.abs(np.where(np.isfinite(block.low), block.low, 0.0)), np.abs(reach))
            scale = np.maximum(scale, np.abs(np.where(np.isfinite(block.high), block.high, 0.0)))
            miss = np.maximum(block.low - reach, 0.0) - np.maximum(reach - block.high, 0.0)
            miss[np.abs(miss) <= ROW_FUZZ * scale] = 0.0
            if miss.any():
                out.append((block, miss))
        return out

    def hold(self, cut: Floats, *, goals: bool = True) -> bool:
        return not any(goals or block.goal < 0 for block, _ in self.broken(cut))


def round_cuts(grid: Grid, rules: Rules, cut: Floats) -> Floats:
    """Up to whole lots, which keeps what is asked for; then, where that would strip a hedge or breach another limit, a
    few lots more on the other side or fewer on this one."""
    out = grid.up(cut)
    mending = _Mending(grid, rules)
    kept: tuple[float, Floats] | None = None
    for turn in range(ROUNDS):
        broken = rules.broken(out)
        if all(block.goal >= 0 for block, _ in broken):
            # Levels are aimed at from inside: what misses the aim by a lot is good all the same.
            missing = sum(float(np.abs(miss).sum()) for _, miss in broken)
            if kept is None or missing < kept[0]:
                kept = missing, out.copy()
        if turn >= GOALS_FOR:
            broken = [(block, miss) for block, miss in broken if block.goal < 0]
        if not broken or not mending.mend(out, broken):
            break
    return _give_up(rules, out) if kept is None else kept[1]


class _Mending:
    def __init__(self, grid: Grid, rules: Rules) -> None:
        self._grid = grid
        self._hard = np.zeros(len(grid.cap))
        """Shape (units,): how many rows that hold whatever comes each of them stands in."""
        self._order: dict[int, tuple[Ints, Ints]] = {}
        for block in rules.blocks:
            if block.goal < 0:
                np.add.at(self._hard, block.unit, 1.0)

    def mend(self, out: Floats, broken: Sequence[tuple[Block, Floats]]) -> bool:
        """One move for every row that does not hold, in place; whether anything was moved."""
        moved = False
        # Rows that hold whatever comes are set right last in a round: what is asked for gives way to them.
        for block, miss in sorted(broken, key=lambda pair: pair[0].goal < 0):
            for row in np.flatnonzero(miss).tolist():
                moved |= self._move(out, *self._entries(block, row), float(miss[row]))
        return moved

    def _entries(self, block: Block, row: int) -> tuple[Ints, Floats]:
        key = id(block)
        if key not in self._order:
            order = np.argsort(block.row, kind="stable")
            self._order[key] = order, np.searchsorted(block.row[order], np.arange(len(block.low) + 1))
        order, starts = self._order[key]
        at = order[starts[row] : starts[row + 1]]
        return block.unit[at], block.value[at]

    def _move(self, out: Floats, units: Ints, value: Floats, miss: float) -> bool:
        """By as many lots of one unit as the row is off: one that can make up for all of it, rather one that stands in
        no other row, and rather by cutting more than less."""
        some = value != 0.0
        units, value = units[some], value[some]
        there = self._where_to(out[units], units, miss / value)
        gained = (there - out[units]) * value / miss
        able = np.flatnonzero(gained > 0.0)
        if not len(able):
            return False
        gained, less = gained[able], there[able] < out[units[able]]
        order = np.lexsort((np.abs(gained - 1.0), self._hard[units[able]] + less, np.maximum(1.0 - gained, 0.0)))
        best = able[order[0]]
        out[units[best]] = there[best]
        return True

    def _where_to(self, now: Floats, units: Ints, by: Floats) -> Floats:
        """What each unit's cut becomes if it is to change by so much, or by a little more in lots."""
        grid = self._grid.at(units)
        more = grid.up(now + np.maximum(by, 0.0))
        fewer = grid.down(np.maximum(now + np.minimum(by, 0.0), 0.0))
        return np.where(by > 0.0, np.maximum(more, now), np.minimum(fewer, now))


def _give_up(rules: Rules, out: Floats) -> Floats:
    """Nothing is cut of what still breaks a rule that holds whatever comes: cutting nothing never breaks one."""
    out = out.copy()
    for _ in range(ROUNDS):
        broken = [(block, miss) for block, miss in rules.broken(out) if block.goal < 0]
        if not broken:
            return out
        for block, miss in broken:
            units = block.unit[miss[block.row] != 0.0]
            out[units] = 0.0
            if block.weight is not None:
                out[block.weight > 0.0] = 0.0
    return np.zeros_like(out)

"""Cuts in whole lots that keep the rows they were made under: rounded up, and then set right lot by lot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.mitigation.planning.columns import Floats, Ints
from core.mitigation.planning.lots import ROW_FUZZ, Grid
from core.mitigation.planning.rows import Block

ROUNDS = 12


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
    for _ in range(ROUNDS):
        broken = rules.broken(out)
        if not broken:
            return out
        if not mending.mend(out, broken):
            break
    return _give_up(rules, out)


class _Mending:
    def __init__(self, grid: Grid, rules: Rules) -> None:
        self._grid = grid
        self._lot = grid.lot()
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
        """By as many lots of one unit as the row is off: rather more cut than less, rather where no other row is."""
        best: tuple[float, float, float] | None = None
        chosen = (0, 0.0)
        for unit, each in zip(units.tolist(), value.tolist(), strict=True):
            for there in self._moves(out, unit, miss / each if each else 0.0):
                gained = (there - float(out[unit])) * each / miss
                if gained <= 0.0:
                    continue
                rank = (abs(gained - 1.0) if gained < 1.0 else 0.0, float(self._hard[unit]), abs(gained - 1.0))
                rank = (rank[0], rank[1] + (there < out[unit]), rank[2])
                if best is None or rank < best:
                    best, chosen = rank, (unit, there)
        if best is None:
            return False
        out[chosen[0]] = chosen[1]
        return True

    def _moves(self, out: Floats, unit: int, by: float) -> Iterator[float]:
        """What the unit's cut may become if it is to change by so much or a little more."""
        if by == 0.0:
            return
        wanted = out.copy()[unit : unit + 1] + by
        part = self._grid.only(unit)
        if by > 0.0 and out[unit] < part.cap[0] * part.worth[0] * (1.0 - ROW_FUZZ):
            yield float(part.up(wanted)[0])
        if by < 0.0 and out[unit] > 0.0:
            yield float(part.down(np.maximum(wanted, 0.0))[0])


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

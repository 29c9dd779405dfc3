"""The true optimum of a small book, by looking at every combination of lots; shares no code with the planner.

It knows the same rules in its own words: what a venue takes, what hedges may lose to rounding, levels a hundredth
inside, and half of every level of a book.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import PORTFOLIO, Scope
from core.mitigation.plan import PlanPosition

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FEE, UNSEEN = 0.0005, 0.0025


def choices(row: PlanPosition) -> list[float]:
    """Quantities of one position that can be closed."""
    size = abs(row.quantity)
    if not row.may_act or row.is_coin or not np.isfinite(row.notional):
        return [0.0]
    step, least = row.quantity_step or size, row.quantity_min or 0.0
    out = [0.0, size]
    for number in range(1, int(size / step + 1e-9) + 1):
        part = number * step
        if part >= least - 1e-12 and size - part >= max(least, 1e-9) - 1e-12:
            out.append(part)
    return sorted(set(out))


def loss(row: PlanPosition, amounts: Floats) -> Floats:
    """Base currency lost by trading so much into its book, fees apart."""
    if row.book is None:
        return amounts * UNSEEN
    quantity = np.array(row.book.quantity) * abs(row.notional / row.quantity)
    widths = np.diff(quantity, prepend=0.0) / 2.0
    rates = np.maximum.accumulate(np.diff(np.array(row.book.cost), prepend=0.0) / np.diff(quantity, prepend=0.0))
    seen, dearest = widths.sum(), rates[-1]
    widths = np.concatenate((widths, seen * np.array([1.0, 2.0, 4.0, 8.0]), [np.inf]))
    rates = np.concatenate((rates, np.minimum(dearest * np.array([1.5, 3.0, 6.0, 12.0, 24.0]), 1.0)))
    start = np.concatenate(([0.0], np.cumsum(widths[:-1])))
    return np.asarray((np.clip(amounts[:, None] - start, 0.0, widths) * rates).sum(axis=1))


@dataclass
class Grid:
    """Every combination; arrays of shape (combinations,) or (combinations, positions)."""

    rows: Sequence[PlanPosition]
    cut: Floats
    """Base currency."""
    cost: Floats
    spent: dict[str, Floats]
    """By account."""

    @property
    def notional(self) -> Floats:
        return np.array([row.notional for row in self.rows])

    def gross(self, mine: Callable[[PlanPosition], bool]) -> Floats:
        return self._sum(mine, lambda row: abs(row.notional), lambda row: 1.0)

    def margin(self, mine: Callable[[PlanPosition], bool]) -> Floats:
        return self._sum(mine, lambda row: row.initial_margin, lambda row: row.initial_margin / abs(row.notional))

    def net(self, mine: Callable[[PlanPosition], bool]) -> Floats:
        return self._sum(mine, lambda row: row.notional, lambda row: float(np.sign(row.notional)))

    def _sum(
        self, mine: Callable[[PlanPosition], bool], held: Callable[[PlanPosition], float],
        freed: Callable[[PlanPosition], float],
    ) -> Floats:  # fmt: skip
        out = np.zeros(len(self.cost))
        for number, row in enumerate(self.rows):
            if mine(row):
                out += held(row) - freed(row) * self.cut[:, number]
        return out

    def hedged(self) -> Bools:
        """Where no net of an account or of all has grown, but for what lots make unavoidable."""
        good = np.ones(len(self.cost), dtype=np.bool_)
        coins = {row.underlying for row in self.rows}
        groups: list[Callable[[PlanPosition], bool]] = [
            lambda row, coin=coin: row.underlying == coin
            for coin in coins  # type: ignore[misc]
        ]
        for name in {row.account for row in self.rows}:
            groups += [
                lambda row, coin=coin, name=name: row.underlying == coin and row.account == name  # type: ignore[misc]
                for coin in coins
            ]
        for mine in groups:
            net = self.net(mine)
            before = abs(sum(row.notional for row in self.rows if mine(row)))
            good &= np.abs(net) <= before + self._room(mine) + 1e-6
        return good

    def _room(self, mine: Callable[[PlanPosition], bool]) -> float:
        able = [row for row in self.rows if mine(row) and len(choices(row)) > 1]
        sides = [sum(abs(row.notional) for row in able if (row.notional > 0) is up) for up in (True, False)]
        lots = [(row.quantity_step or 0.0) * row.mark for row in able]
        return min(0.5 * max(lots, default=0.0), 0.01 * min(sides))


def grid_of(rows: Sequence[PlanPosition], allowed: Callable[[PlanPosition], bool]) -> Grid:
    options = [choices(row) if allowed(row) else [0.0] for row in rows]
    return costs_of(rows, np.array(list(itertools.product(*options)), dtype=np.float64))


def costs_of(rows: Sequence[PlanPosition], quantity: Floats) -> Grid:
    """`quantity`: shape (combinations, positions)."""
    cut = quantity * np.array([abs(row.notional / row.quantity) for row in rows])
    costs = np.zeros_like(cut)
    pools: dict[tuple[str, str, bool], list[int]] = {}
    for number, row in enumerate(rows):
        pools.setdefault((row.venue, row.symbol, row.quantity > 0), []).append(number)
    for numbers in pools.values():
        pooled = cut[:, numbers].sum(axis=1)
        lost = loss(rows[numbers[0]], pooled)
        rate = np.divide(lost, pooled, out=np.zeros_like(lost), where=pooled > 0.0)
        costs[:, numbers] = cut[:, numbers] * rate[:, None]
    costs += cut * np.array([FEE if np.isnan(row.fee) else row.fee for row in rows])
    names = {row.account for row in rows}
    spent = {name: costs[:, [n for n, row in enumerate(rows) if row.account == name]].sum(axis=1) for name in names}
    return Grid(rows, cut, costs.sum(axis=1), spent)


def belongs(scope: Scope) -> Callable[[PlanPosition], bool]:
    return (lambda _: True) if scope == PORTFOLIO else (lambda row: row.account == scope.name)


def value(grid: Grid, scope: Scope, metric: str, equity: Mapping[Scope, float]) -> Floats:
    mine = belongs(scope)
    spent = grid.cost if scope == PORTFOLIO else grid.spent[scope.name]
    if metric == "leverage":
        return grid.gross(mine) / (equity[scope] - spent)
    if metric == "margin_use":
        return grid.margin(mine) / (equity[scope] - spent)
    if metric == "gross_exposure":
        return grid.gross(mine)
    if metric == "net_exposure":
        return np.abs(grid.net(mine))
    assert metric == "largest_position_share"
    coins = {row.underlying for row in grid.rows}
    nets = [np.abs(grid.net(lambda row, coin=coin: mine(row) and row.underlying == coin)) for coin in coins]  # type: ignore[misc]
    gross = grid.gross(mine)
    return np.divide(np.max(nets, axis=0), gross, out=np.zeros_like(gross), where=gross > 1e-6)

"""What every scope holds of every underlying, net, packed so that whole batches of scopes go through one operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.risk.costly.grouping import kinds_of, pairs_of
from core.risk.costly.inputs import CostlyInputs

_BATCH = 1 << 21
"""Floats that a batch's largest array may have: 16 MB."""


@dataclass(frozen=True, slots=True)
class Nets:
    """One entry per scope and underlying that it holds, ordered by scope; arrays of shape (entries,)."""

    scope: Ints
    coin: Ints
    value: Floats
    """Signed net notional, base currency, never 0; NaN unknown."""
    scopes: int

    def sums(self, per_entry: Floats) -> Floats:
        """Shape (scopes,): added up by scope."""
        return np.bincount(self.scope, weights=per_entry, minlength=self.scopes).astype(np.float64)

    def kept(self, keep: Bools) -> Nets:
        """The entries that `keep` (shape (entries,)) names."""
        return Nets(self.scope[keep], self.coin[keep], self.value[keep], self.scopes)

    def batches(self, width: int = 0) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Scopes (shape (n,)) with as many underlyings each, their coins and nets (shape (n, k)).

        At most about `_BATCH` floats if each coin of each scope takes k of them, or `width` where that is more.
        """
        counts = np.bincount(self.scope, minlength=self.scopes)
        first = np.concatenate(([0], np.cumsum(counts)))
        for held in np.unique(counts[counts > 0]).tolist():
            rows = np.flatnonzero(counts == held)
            step = max(1, _BATCH // (held * max(held, width)))
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                entries = first[some][:, None] + np.arange(held)
                yield some, self.coin[entries], self.value[entries]


def nets_of(inputs: CostlyInputs) -> Nets:
    """Net notional by underlying of all scopes; a long and a short in the same underlying cancel."""
    scopes, coins, values, first = [], [], [], 0
    for kind in kinds_of(inputs):
        pairs = pairs_of(kind.group, kind.count, kind.held.underlying, len(inputs.coins))
        value = pairs.nets(kind.held.notional)
        some = value != 0.0
        scopes.append(pairs.group[some] + first)
        coins.append(pairs.key[some])
        values.append(value[some])
        first += kind.count
    return Nets(np.concatenate(scopes), np.concatenate(coins), np.concatenate(values), first)

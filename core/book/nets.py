"""Net notional by underlying within groups, and what concentration is measured by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Floats, Ints

DENSE = 400_000
"""Groups x coins up to which a full table is quicker than finding the pairs that occur; above it would be gigabytes."""


@dataclass(frozen=True, slots=True)
class Nets:
    """Shape (groups,); base currency."""

    largest: Floats
    """Largest |net notional| of one underlying; 0 with nothing held, NaN where something has no price."""
    squared: Floats
    """Sum over underlyings of its square."""
    absolute: Floats
    """Sum over underlyings of its magnitude."""


def nets_of(group: Ints, underlying: Ints, notional: Floats, groups: int, coins: int) -> Nets:
    """`underlying` is an index below `coins`; -1 is an underlying of its own, which nobody knows."""
    key = group * (coins + 1) + underlying + 1
    if groups * (coins + 1) <= DENSE:
        net = np.abs(np.bincount(key, weights=notional, minlength=groups * (coins + 1)))
        table = net.reshape(groups, coins + 1)
        return Nets(table.max(axis=1, initial=0.0), (table * table).sum(axis=1), table.sum(axis=1))
    pairs, where = np.unique(key, return_inverse=True)
    net = np.abs(np.bincount(where, weights=notional, minlength=len(pairs)))
    owner = pairs // (coins + 1)
    largest = np.zeros(groups)
    with np.errstate(invalid="ignore"):
        np.maximum.at(largest, owner, net)
    return Nets(
        largest,
        np.bincount(owner, weights=net * net, minlength=groups).astype(np.float64),
        np.bincount(owner, weights=net, minlength=groups).astype(np.float64),
    )


def together(one: Nets, other: Nets) -> Nets:
    """Of groups that each lie wholly in one of the two."""
    return Nets(np.maximum(one.largest, other.largest), one.squared + other.squared, one.absolute + other.absolute)

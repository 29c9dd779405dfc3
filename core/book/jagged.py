"""Jagged diagonals: the j-th position of every account side by side, so that sums per account are whole-array work.

Accounts are ranked by how many cells they were given; diagonal j holds the cells of the first `width[j]` ranks. Adding
diagonal after diagonal to one vector over accounts is many times faster than adding by an index per position. Accounts
stand on two shelves, each with diagonals of its own: what one of them needs is left out for the other.
Source: Y. Saad, "Iterative Methods for Sparse Linear Systems" (2003), section 3.4 (JAD format).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.book.columns import Ints

SHELVES = 2
BLOCK = 32_768
"""Cells worked on at a time: scratch of that size stays in a core's cache."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of one diagonal within one block."""

    low: int
    """First cell, counted from the block's beginning."""
    high: int
    rank: int
    """Rank of the account that the first cell belongs to."""


@dataclass(frozen=True, slots=True)
class Block:
    low: int
    high: int
    shelf: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Jagged:
    cells: int
    start: Ints
    """Shape (shelves, diagonals): first cell of each diagonal; those that a shelf has not got mean nothing."""
    capacity: Ints
    """Shape (accounts,): cells that each account has."""
    shelf: Ints
    """Shape (accounts,)."""
    rank: Ints
    """Shape (accounts,): over both shelves, where the sums of an account stand."""
    place: Ints
    """Shape (accounts,): rank on its shelf."""
    blocks: tuple[Block, ...]

    def cells_of(self, account: int, count: int) -> Ints:
        """The first `count` cells of an account, in the order of its diagonals."""
        cells: Ints = self.start[self.shelf[account], :count] + self.place[account]
        return cells


def plan(counts: Ints, shelf: Ints) -> Jagged:
    """Give each account its `counts` cells and a few more, so that opening a position moves no other account.

    `shelf`: shape (accounts,), 0 or 1.
    """
    capacity = np.where(counts > 0, counts + 1 + counts // 16, 0)
    deepest = int(capacity.max(initial=0))
    start = np.zeros((SHELVES, deepest), dtype=np.int64)
    rank, place = np.zeros_like(counts), np.zeros_like(counts)
    blocks: list[Block] = []
    cells = ranks = 0
    for number in range(SHELVES):
        mine = np.flatnonzero(shelf == number)
        mine = mine[np.argsort(-capacity[mine], kind="stable")]
        place[mine] = np.arange(len(mine))
        rank[mine] = ranks + place[mine]
        width = np.searchsorted(-capacity[mine], -np.arange(deepest), side="left")
        ends = cells + np.cumsum(width)
        start[number] = ends - width
        blocks += _blocks(start[number], ends, number, ranks)
        cells = int(ends[-1]) if deepest else cells
        ranks += len(mine)
    return Jagged(cells, start, capacity, shelf, rank, place, tuple(blocks))


def _blocks(starts: Ints, ends: Ints, shelf: int, first_rank: int) -> Iterator[Block]:
    """Of one shelf, whose diagonals lie one behind the other."""
    if not len(starts):
        return
    last, diagonal = int(ends[-1]), 0
    for low in range(int(starts[0]), last, BLOCK):
        high = min(last, low + BLOCK)
        segments, at = [], low
        while at < high:
            while ends[diagonal] <= at:
                diagonal += 1
            end = min(high, int(ends[diagonal]))
            segments.append(Segment(at - low, end - low, first_rank + at - int(starts[diagonal])))
            at = end
        yield Block(low, high, shelf, tuple(segments))

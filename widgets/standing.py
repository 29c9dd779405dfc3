"""How scopes stand to their limits, read from the limited columns alone: a desk has few limits and many metrics."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.snapshot import Bytes, Floats, RiskMatrix
from widgets.marks import BLIND, RANKS

Rows = npt.NDArray[np.intp] | slice
EVERY = slice(None)
_RANK = np.array([RANKS[level] for level in range(-1, 5)], dtype=np.int8)
_LEVEL = np.argsort(_RANK).astype(np.int8) + np.int8(BLIND)
"""Severity by rank: the inverse of `_RANK`."""
_SAMPLE = 4_096


def rank_of(severity: Bytes) -> Bytes:
    """How urgent each severity is, where *cannot be evaluated* ranks above medium."""
    ranks: Bytes = _RANK[severity + 1]
    return ranks


def worst_of(matrix: RiskMatrix, rows: Rows = EVERY) -> Bytes:
    """Per row the most urgent severity of any metric."""
    worst = np.zeros(len(matrix.severity[rows]), dtype=np.int8)
    for column in matrix.limited.tolist():
        np.maximum(worst, rank_of(matrix.severity[rows, column]), out=worst)
    levels: Bytes = _LEVEL[worst]
    return levels


def least_head(matrix: RiskMatrix, rows: Rows = EVERY) -> Floats:
    """Per row the least headroom of any metric; inf where no limit can be evaluated."""
    head: Floats = np.fmin.reduce(matrix.headroom[rows], axis=1, initial=np.inf)
    return head


def nearest_metric(matrix: RiskMatrix, row: int) -> int | None:
    """The column with the least headroom of one row; None where no limit can be evaluated."""
    head = matrix.headroom[row]
    return None if np.isnan(head).all() else int(matrix.limited[np.nanargmin(head)])


def least_cells(matrix: RiskMatrix, most: int) -> list[tuple[int, int]]:
    """(row, column) of the limits with the least headroom, breached ones first, those that tie in matrix order."""
    across = matrix.headroom.shape[1]
    # Column by column, as they lie in memory: then nothing is copied.
    flat = matrix.headroom.T.reshape(-1)
    if not flat.size or most < 1:
        return []
    wanted = np.flatnonzero(flat <= _bound(flat, most))
    order = wanted[np.argsort(flat[wanted], kind="stable")][:most]
    height = flat.size // across
    return [(int(at) % height, int(matrix.limited[int(at) // height])) for at in order]


def _bound(flat: Floats, most: int) -> float:
    """Something that the `most` smallest are not above: as many of a sample are not, so of the whole neither."""
    sample = flat[:: max(1, flat.size // _SAMPLE)]
    sample = sample[~np.isnan(sample)]
    return float(np.partition(sample, most - 1)[most - 1]) if len(sample) >= most else np.inf

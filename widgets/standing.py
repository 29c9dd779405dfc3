"""How scopes stand to their limits, read from the limited columns alone: a desk has few limits and many metrics."""

from __future__ import annotations

import numpy as np

from core.risk.standing import EVERY, Rows, as_span, least_head, rank_of, worst_of
from core.snapshot import Floats, RiskMatrix

__all__ = ["EVERY", "Rows", "as_span", "least_cells", "least_head", "nearest_metric", "rank_of", "worst_of"]

_SAMPLE = 4_096


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

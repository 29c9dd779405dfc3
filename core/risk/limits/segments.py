"""The cells of limits as stretches of one column and span: what a cycle works on at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.risk.model import Floats, Ints, MetricInfo


@dataclass(frozen=True, slots=True)
class Segment:
    """The cells of one column and span: one after the other."""

    start: int
    stop: int
    column: int
    span_s: float
    rows: slice | Ints
    """Of the matrix; a slice where no row between the first and the last is left out."""
    sign: float
    """-1 where smaller is worse and the level is looked at, else +1."""
    info: MetricInfo


def segments_of(row: Ints, column: Ints, span_s: Floats, metrics: Sequence[MetricInfo]) -> tuple[Segment, ...]:
    """Sorted as they are, every column and span begins where either changes."""
    if not len(row):
        return ()
    begins = np.flatnonzero(np.concatenate(([True], (np.diff(column) != 0) | (np.diff(span_s) != 0)))).tolist()
    out = []
    for start, stop in zip(begins, [*begins[1:], len(row)], strict=True):
        mine = row[start:stop]
        whole = int(mine[-1] - mine[0]) == len(mine) - 1
        info, over_s = metrics[int(column[start])], float(span_s[start])
        rows = slice(int(mine[0]), int(mine[-1]) + 1) if whole else mine
        out.append(
            Segment(
                start, stop, int(column[start]), over_s, rows, -1.0 if info.worse_is < 0 and not over_s else 1.0, info
            )
        )
    return tuple(out)

"""The limits of a few scopes, as limits of their own: for figures of no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.segments import segments_of
from core.risk.model import Ints


def restricted(limits: CompiledLimits, rows: Ints) -> tuple[CompiledLimits, Ints]:
    """For the scopes in these rows (sorted), numbered anew, and the cells of `limits` that its own were."""
    number = np.full(len(limits.scopes), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    cells = np.flatnonzero(number[limits.row] >= 0)
    row, column, span_s = number[limits.row[cells]], limits.column[cells], limits.span_s[cells]
    candidates = limits.candidates[cells]
    scopes = tuple(limits.scopes[place] for place in rows.tolist())
    own = replace(
        limits,
        scopes=scopes,
        row=row,
        column=column,
        span_s=span_s,
        candidates=candidates,
        limit=limits.limit[cells],
        thresholds=np.asfortranarray(limits.thresholds[cells]),
        sign=limits.sign[cells],
        magnitude=limits.magnitude[cells],
        own_trust=limits.own_trust[cells],
        ratio=limits.ratio[cells],
        of=limits.of[cells],
        base=limits.base[cells],
        min_trust=limits.min_trust[cells],
        capital=limits.capital[rows],
        rows={scope: place for place, scope in enumerate(scopes)},
        segments=segments_of(row, column, span_s, limits.metrics),
    )
    return own, cells

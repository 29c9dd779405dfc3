"""Ratios of two columns that say what a ratio to nothing, or to less than nothing, is.

Shapes broadcast. All but a few bases are positive and known, and only those few are looked at one by one.
"""

from __future__ import annotations

import numpy as np

from core.risk.model import Floats


def over(amount: Floats, base: Floats) -> Floats:
    """amount / base; +inf for an amount on a base of zero or less, NaN where either is unknown."""
    amount, base = np.broadcast_arrays(amount, base)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio: Floats = amount / base
        odd = np.nonzero(~(base > 0.0))
    if len(odd[0]):
        some = np.where(amount[odd] > 0.0, np.inf, 0.0)
        ratio[odd] = np.where(np.isnan(base[odd]) | np.isnan(amount[odd]), np.nan, some)
    return ratio


def share(part: Floats, whole: Floats) -> Floats:
    """part / whole; 0 of nothing, NaN where either is unknown."""
    part, whole = np.broadcast_arrays(part, whole)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio: Floats = part / whole
        odd = np.nonzero(~(whole > 0.0))
    if len(odd[0]):
        ratio[odd] = np.where(np.isnan(part[odd]) | np.isnan(whole[odd]), np.nan, 0.0)
    return ratio

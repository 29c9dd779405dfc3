"""Ratios of two columns that say what a ratio to nothing, or to less than nothing, is."""

from __future__ import annotations

import numpy as np

from core.risk.model import Floats


def over(amount: Floats, base: Floats) -> Floats:
    """amount / base; +inf for an amount on a base of zero or less, NaN where either is unknown."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = np.where(base > 0.0, amount / base, np.where(amount > 0.0, np.inf, 0.0))
    return np.where(np.isnan(base) | np.isnan(amount), np.nan, ratio)


def share(part: Floats, whole: Floats) -> Floats:
    """part / whole; 0 of nothing, NaN where either is unknown."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = np.where(whole > 0.0, part / whole, 0.0)
    return np.where(np.isnan(part) | np.isnan(whole), np.nan, ratio)

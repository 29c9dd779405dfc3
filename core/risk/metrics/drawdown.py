"""How far the flow-adjusted unit value has fallen, from which height and how fast."""

from __future__ import annotations

import numpy as np

from core.risk.frame import Frame
from core.risk.metrics.metric import cycle_metric
from core.risk.model import Floats

CRUMB = 1.0
"""Base currency: a debt of no more than this, with nothing held, is what rounding leaves of an emptied account."""


def drawdown(frame: Frame) -> Floats:
    """1 - unit value / its highest value. Ratio, 0 at the peak; +inf at equity of zero or less with something at risk.

    Flows do not move it. Source: Magdon-Ismail and Atiya, "Maximum drawdown", Risk 17 (2004).
    """
    return _fall(frame, frame.peak)


def drawdown_day(frame: Frame) -> Floats:
    """1 - unit value / its highest value since 00:00 UTC. Ratio, as `drawdown`.

    Source: as `drawdown`, over the UTC day.
    """
    return _fall(frame, frame.day_peak)


def daily_loss(frame: Frame) -> Floats:
    """1 - unit value / unit value at 00:00 UTC. Ratio; positive is a loss, negative a gain.

    Source: GIPS, time-weighted return of one day, with its sign turned.
    """
    return _fall(frame, frame.day_open)


def _fall(frame: Frame, reference: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        fall = 1.0 - frame.unit / reference
        ruined = (frame.equity < -CRUMB) | ((frame.equity <= 0.0) & (frame.gross > 0.0))
    # An account that never held anything has no series, and nothing that could have fallen.
    fall = np.where(np.isnan(frame.unit) & (frame.gross == 0.0), 0.0, fall)
    return np.where(np.isnan(frame.equity), np.nan, np.where(ruined, np.inf, fall))


METRICS = (
    cycle_metric(drawdown, "Drawdown", "ratio", "drawdown"),
    cycle_metric(drawdown_day, "Drawdown today", "ratio", "drawdown"),
    cycle_metric(daily_loss, "Daily loss", "ratio", "drawdown"),
)

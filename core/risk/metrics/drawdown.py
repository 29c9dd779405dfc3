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


def drawdown_7d(frame: Frame) -> Floats:
    """1 - unit value / its highest value of the last 7 days. Ratio, as `drawdown`.

    A peak counts for seven days and up to six hours more.
    Source: as `drawdown`, over a rolling window.
    """
    return _fall(frame, frame.series.peak_7d)


def drawdown_30d(frame: Frame) -> Floats:
    """1 - unit value / its highest value of the last 30 days. Ratio, as `drawdown`.

    A peak counts for thirty days and up to one day more.
    Source: as `drawdown`, over a rolling window.
    """
    return _fall(frame, frame.series.peak_30d)


def drawdown_velocity(frame: Frame) -> Floats:
    """(1 - unit value / unit value a quarter of an hour ago) / hours between. Ratio per hour; positive is falling.

    The span is `[risk] velocity_s`; while less is known of a scope, its value counts as having stood still before.
    Source: rate of change of the time-weighted return (GIPS), per hour.
    """
    fall = _fall(frame, frame.series.unit_before)
    with np.errstate(over="ignore"):
        speed: Floats = fall / frame.series.before_s
        speed *= 3_600.0
    # Nothing that falls, and all that is gone, needs no span to tell its speed.
    plain = np.flatnonzero((fall == 0.0) | np.isinf(fall))
    speed[plain] = fall[plain]
    return speed


def loss_run(frame: Frame) -> Floats:
    """Full hours (UTC) in a row until now whose return was below zero, flows taken out. Count.

    An hour without a loss ends the run; the hour that runs does not count yet.
    Source: Wald and Wolfowitz, "On a test whether two samples are from the same population" (1940), runs.
    """
    return np.where(np.isnan(frame.unit) & (frame.gross == 0.0), 0.0, frame.series.loss_run)


def _fall(frame: Frame, reference: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        fall: Floats = frame.unit / reference
        np.subtract(1.0, fall, out=fall)
        # All but a few are worth something and known: only those few are looked at one by one.
        odd = np.flatnonzero(np.isnan(fall) | ~(frame.equity > 0.0))
    if len(odd):
        fall[odd] = _odd_fall(fall[odd], frame.unit[odd], frame.equity[odd], frame.gross[odd])
    return fall


def _odd_fall(fall: Floats, unit: Floats, equity: Floats, gross: Floats) -> Floats:
    ruined = (equity < -CRUMB) | ((equity <= 0.0) & (gross > 0.0))
    # An account that never held anything has no series, and nothing that could have fallen.
    fall = np.where(np.isnan(unit) & (gross == 0.0), 0.0, fall)
    return np.where(np.isnan(equity), np.nan, np.where(ruined, np.inf, fall))


METRICS = (
    cycle_metric(drawdown, "Drawdown", "ratio", "drawdown"),
    cycle_metric(drawdown_day, "Drawdown today", "ratio", "drawdown"),
    cycle_metric(daily_loss, "Daily loss", "ratio", "drawdown"),
    cycle_metric(drawdown_7d, "Drawdown 7 d", "ratio", "drawdown"),
    cycle_metric(drawdown_30d, "Drawdown 30 d", "ratio", "drawdown"),
    cycle_metric(drawdown_velocity, "Drawdown per hour", "ratio", "drawdown"),
    cycle_metric(loss_run, "Losing hours", "count", "drawdown"),
)

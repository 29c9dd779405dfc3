"""The metrics: each a pure function from the frame of one moment to a column of shape (scopes,); NaN is unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.risk.frame import Frame
from core.risk.model import Floats, MetricInfo

CRUMB = 1.0
"""Base currency: a debt of no more than this, with nothing held, is what rounding leaves of an emptied account."""


def equity(frame: Frame) -> Floats:
    """Coins at market + unrealised PnL not in them; strategies: capital + PnL. Base currency; smaller is worse.

    Portfolio and venues: last known of every member, unknown if one never was.
    Source: Binance futures documentation ("margin balance" = wallet balance + unrealised profit).
    """
    return frame.equity


def unrealised_pnl(frame: Frame) -> Floats:
    """Sum of quantity x (f(mark) - f(entry)), f(p) = p or, inverse, -1/p. Base currency, positive is profit.

    Source: Deribit and Bitmex contract specifications.
    """
    return frame.unrealised


def gross_exposure(frame: Frame) -> Floats:
    """Sum of |notional| over positions and coins held. Base currency, never negative.

    Long and short of one underlying do not cancel; strategies sharing one position count once for its account.
    Source: Commission Delegated Regulation (EU) 231/2013, article 7 (gross method).
    """
    return frame.gross


def net_exposure(frame: Frame) -> Floats:
    """Sum of signed notional. Base currency, negative is short; limits look at its magnitude.

    Source: Regulation (EU) 231/2013, article 8 (commitment method), without hedging adjustments.
    """
    return frame.net


def leverage(frame: Frame) -> Floats:
    """Gross exposure / equity. Multiple; +inf with exposure and no equity.

    Source: Regulation (EU) 231/2013, article 6.
    """
    return _over_equity(frame, frame.gross)


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


def largest_position_share(frame: Frame) -> Floats:
    """Largest |net notional of one underlying| / gross exposure. Ratio, 0 while nothing is held.

    Source: Basel Committee, "Supervisory framework for measuring and controlling large exposures" (2014), as a share of
    the book instead of capital.
    """
    return _share(frame.largest_net, frame.gross)


def margin_use(frame: Frame) -> Floats:
    """Initial margin / equity. Ratio; +inf with margin and no equity, unknown where a venue names no rate.

    Source: Binance futures documentation ("initial margin" = notional x initial margin rate).
    """
    return _over_equity(frame, frame.initial_margin)


def data_age(frame: Frame) -> Floats:
    """Seconds since the worst member was last confirmed, or its oldest mark came. Unknown if one was never read.

    Source: BCBS 239, principle 5 (timeliness).
    """
    return np.where(np.isfinite(frame.age_s), frame.age_s, np.nan)


def _over_equity(frame: Frame, amount: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(frame.equity > 0.0, amount / frame.equity, np.where(amount > 0.0, np.inf, 0.0))
    return np.where(np.isnan(frame.equity) | np.isnan(amount), np.nan, ratio)


def _fall(frame: Frame, reference: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        fall = 1.0 - frame.unit / reference
        ruined = (frame.equity < -CRUMB) | ((frame.equity <= 0.0) & (frame.gross > 0.0))
    # An account that never held anything has no series, and nothing that could have fallen.
    fall = np.where(np.isnan(frame.unit) & (frame.gross == 0.0), 0.0, fall)
    return np.where(np.isnan(frame.equity), np.nan, np.where(ruined, np.inf, fall))


def _share(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0.0, part / whole, 0.0)
    return np.where(np.isnan(part) | np.isnan(whole), np.nan, share)


@dataclass(frozen=True, slots=True)
class Metric:
    info: MetricInfo
    compute: Callable[[Frame], Floats]
    by_magnitude: bool = False
    """Limits compare |value|."""
    own_trust: bool = True
    """False where the value is known however little the data is to be trusted (its age)."""


def _metric(
    compute: Callable[[Frame], Floats],
    title: str,
    unit: str,
    worse_is: int = 1,
    *,
    by_magnitude: bool = False,
    own_trust: bool = True,
) -> Metric:
    text = (compute.__doc__ or "").replace("\n", " ")
    formula, _, source = " ".join(text.split()).partition("Source: ")
    info = MetricInfo(compute.__name__, title, unit, formula.strip(), source.strip(), worse_is)
    return Metric(info, compute, by_magnitude, own_trust)


METRICS: tuple[Metric, ...] = (
    _metric(equity, "Equity", "money", -1),
    _metric(unrealised_pnl, "Unrealised PnL", "money", -1),
    _metric(gross_exposure, "Gross exposure", "money"),
    _metric(net_exposure, "Net exposure", "money", by_magnitude=True),
    _metric(leverage, "Leverage", "multiple"),
    _metric(drawdown, "Drawdown", "ratio"),
    _metric(drawdown_day, "Drawdown today", "ratio"),
    _metric(daily_loss, "Daily loss", "ratio"),
    _metric(largest_position_share, "Largest position", "ratio"),
    _metric(margin_use, "Margin use", "ratio"),
    _metric(data_age, "Data age", "seconds", own_trust=False),
)
METRIC_INFOS: tuple[MetricInfo, ...] = tuple(metric.info for metric in METRICS)
METRIC_NAMES: tuple[str, ...] = tuple(info.name for info in METRIC_INFOS)

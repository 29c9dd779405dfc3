"""How well the scope is seen and how its orders behave."""

from __future__ import annotations

import numpy as np

from core.risk.frame import Frame
from core.risk.metrics.metric import cycle_metric
from core.risk.model import Floats


def data_age(frame: Frame) -> Floats:
    """Seconds since the worst member was last confirmed, or its oldest mark came. Unknown if one was never read.

    Source: BCBS 239, principle 5 (timeliness).
    """
    return np.where(np.isfinite(frame.age_s), frame.age_s, np.nan)


def trust(frame: Frame) -> Floats:
    """The lowest trust of any member: 0 unknown, 1 stale, 2 unsettled, 3 trusted. Count; smaller is worse.

    Source: BCBS 239, principle 3 (accuracy and integrity).
    """
    return frame.trust.astype(np.float64)


def order_rate(frame: Frame) -> Floats:
    """Orders first seen in the last minute, refused ones too. Per minute.

    Source: MiFID II, RTS 6, article 15 (limits on message traffic).
    """
    return frame.order_rate


def cancel_rate(frame: Frame) -> Floats:
    """Orders that ended as canceled in the last minute. Per minute.

    Source: MiFID II, RTS 6, article 15 (limits on message traffic).
    """
    return frame.cancel_rate


def reject_rate(frame: Frame) -> Floats:
    """Orders refused by the venue / orders first seen, of the last minute, as if they were ten at least. Ratio.

    Source: MiFID II, RTS 6, article 16 (real-time monitoring of signs of disorderly trading).
    """
    return frame.reject_rate


def unprotected(frame: Frame) -> Floats:
    """Open positions without a resting order that can only reduce them. Count; coins are no positions.

    One such order on the closing side protects the whole position of its account, whoever placed it.
    Source: FIA, "Best practices for automated trading risk controls and system safeguards" (2024).
    """
    return frame.unprotected


def coverage_hour(frame: Frame) -> Floats:
    """Seconds with fresh, trusted figures / seconds of the last hour. Ratio; smaller is worse.

    While Scram does not run nothing is covered. Unknown in a scope's first minute.
    Source: Google, "Site reliability engineering" (2016), chapter 3, availability by time.
    """
    return frame.series.coverage_hour


def coverage_day(frame: Frame) -> Floats:
    """Seconds with fresh, trusted figures / seconds of the last 24 hours, or since it is watched. Ratio.

    Smaller is worse.     Source: as `coverage_hour`.
    """
    return frame.series.coverage_day


def coverage_month(frame: Frame) -> Floats:
    """Seconds with fresh, trusted figures / seconds of the last 30 days, or since it is watched. Ratio.

    Smaller is worse.     Source: as `coverage_hour`.
    """
    return frame.series.coverage_month


METRICS = (
    cycle_metric(data_age, "Data age", "seconds", "operations", own_trust=False),
    cycle_metric(trust, "Trust", "count", "operations", -1, own_trust=False),
    cycle_metric(order_rate, "Orders", "rate", "operations"),
    cycle_metric(cancel_rate, "Cancels", "rate", "operations"),
    cycle_metric(reject_rate, "Refused", "ratio", "operations"),
    cycle_metric(unprotected, "Unprotected", "count", "operations"),
    cycle_metric(coverage_hour, "Coverage 1 h", "ratio", "operations", -1, own_trust=False),
    cycle_metric(coverage_day, "Coverage 1 d", "ratio", "operations", -1, own_trust=False),
    cycle_metric(coverage_month, "Coverage 30 d", "ratio", "operations", -1, own_trust=False),
)

"""How much is held, and in which direction."""

from __future__ import annotations

from core.risk.frame import Frame
from core.risk.metrics.metric import cycle_metric, over
from core.risk.model import Floats


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
    return over(frame.gross, frame.equity)


METRICS = (
    cycle_metric(gross_exposure, "Gross exposure", "money", "exposure"),
    cycle_metric(net_exposure, "Net exposure", "money", "exposure", by_magnitude=True),
    cycle_metric(leverage, "Leverage", "multiple", "exposure"),
)

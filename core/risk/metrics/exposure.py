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


def long_exposure(frame: Frame) -> Floats:
    """Sum of the positive notionals. Base currency, never negative.

    Source: Regulation (EU) 231/2013, article 7, long side alone.
    """
    return frame.long


def short_exposure(frame: Frame) -> Floats:
    """Sum of |negative notionals|. Base currency, never negative: larger is shorter.

    Source: Regulation (EU) 231/2013, article 7, short side alone.
    """
    return frame.short


def leverage(frame: Frame) -> Floats:
    """Gross exposure / equity. Multiple; +inf with exposure and no equity.

    Source: Regulation (EU) 231/2013, article 6.
    """
    return over(frame.gross, frame.equity)


def beta_net_exposure(frame: Frame) -> Floats:
    """Sum of signed notional x beta of its underlying to the benchmark (BTC). Base currency, negative is short.

    Limits look at its magnitude: 1 % of it is what the benchmark's move of 1 % moves the scope by. Unknown where the
    beta of something held is.
    Source: Sharpe, "A simplified model for portfolio analysis", Management Science 9 (1963).
    """
    return frame.beta_net


def resting_notional(frame: Frame) -> Floats:
    """Sum of |unfilled quantity| at the mark over resting orders that could open or enlarge a position. Base currency.

    Not reduce only; of spot sells, what exceeds the coins held. Unknown until a reading has listed the orders.
    Source: SEC rule 15c3-5 (market access), exposure of orders that are out.
    """
    return frame.resting


def filled_exposure(frame: Frame) -> Floats:
    """Gross exposure if resting orders fill: per position the largest of |q|, |q + buys| and |q - sells|.

    Base currency, never below gross exposure. Each position on its worse side, as if the market ran one way through the
    book; the two legs of hedge mode each on their own.
    Source: FIA, "Market access risk management recommendations" (2010), position with working orders.
    """
    return frame.filled_gross


METRICS = (
    cycle_metric(gross_exposure, "Gross exposure", "money", "exposure"),
    cycle_metric(net_exposure, "Net exposure", "money", "exposure", by_magnitude=True),
    cycle_metric(long_exposure, "Long exposure", "money", "exposure"),
    cycle_metric(short_exposure, "Short exposure", "money", "exposure"),
    cycle_metric(leverage, "Leverage", "multiple", "exposure"),
    cycle_metric(beta_net_exposure, "Beta net exposure", "money", "exposure", by_magnitude=True),
    cycle_metric(resting_notional, "Resting orders", "money", "exposure"),
    cycle_metric(filled_exposure, "Exposure if filled", "money", "exposure"),
)

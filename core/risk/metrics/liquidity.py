"""What is left to lose before a venue closes positions itself; what every cycle can tell of it."""

from __future__ import annotations

from core.risk.frame import Frame
from core.risk.metrics.metric import cycle_metric, over
from core.risk.model import Floats


def margin_use(frame: Frame) -> Floats:
    """Initial margin / equity. Ratio; +inf with margin and no equity, unknown where a venue names no rate.

    Source: Binance futures documentation ("initial margin" = notional x initial margin rate).
    """
    return over(frame.initial_margin, frame.equity)


METRICS = (cycle_metric(margin_use, "Margin use", "ratio", "liquidity"),)

"""What is left to lose before a venue closes positions itself; what every cycle can tell of it."""

from __future__ import annotations

import numpy as np

from core.risk.frame import Frame
from core.risk.metrics.metric import cycle_metric, over
from core.risk.model import Floats

FAR = 1.0
"""A relative move; beyond it distances to liquidation are not told apart."""


def margin_use(frame: Frame) -> Floats:
    """Initial margin / equity. Ratio; +inf with margin and no equity, unknown where a venue names no rate.

    Source: Binance futures documentation ("initial margin" = notional x initial margin rate).
    """
    return over(frame.initial_margin, frame.equity)


def maintenance_use(frame: Frame) -> Floats:
    """Maintenance margin / equity. Ratio: at 1 a cross margin account is liquidated; +inf with margin and no equity.

    Source: Binance futures documentation ("margin ratio" = maintenance margin / margin balance).
    """
    return over(frame.maintenance_margin, frame.equity)


def free_margin(frame: Frame) -> Floats:
    """Equity - initial margin of what is held. Base currency; smaller is worse, below zero nothing can be opened.

    Source: Binance futures documentation ("available balance"), without what resting orders bind.
    """
    return frame.equity - frame.initial_margin


def liquidation_distance(frame: Frame) -> Floats:
    """Smallest |liquidation price / mark - 1| among members, 100 % where further off or nowhere. Ratio.

    Smaller is worse. By the venue's liquidation price; where it names none, own estimate: the common move m of all
    marks at which equity + m x net = maintenance margin x (1 + m). 0 where that is reached already.
    Source: Binance, "Liquidation price of USD-M futures under cross margin".
    """
    distance = np.minimum(frame.liquidation_distance, FAR)
    distance[np.isnan(frame.gross)] = np.nan
    return distance


METRICS = (
    cycle_metric(free_margin, "Free margin", "money", "liquidity", -1),
    cycle_metric(margin_use, "Margin use", "ratio", "liquidity"),
    cycle_metric(maintenance_use, "Maintenance use", "ratio", "liquidity"),
    cycle_metric(liquidation_distance, "To liquidation", "ratio", "liquidity", -1),
)

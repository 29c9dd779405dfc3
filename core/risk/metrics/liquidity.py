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
    return np.clip(frame.liquidation_distance, 0.0, FAR)


def cross_liquidation_distance(equity: Floats, maintenance: Floats, net: Floats) -> Floats:
    """Own estimate for accounts with cross margin: |m| of the common relative move m of all marks at which equity is
    down to the maintenance margin; inf where there is none, NaN where anything is unknown.

    Money in one currency, shapes alike; `net` is signed notional, coins held among it. After the move equity is
    equity + m x net, and the maintenance margin, a share of every notional, maintenance x (1 + m), so that
    m = (equity - maintenance) / (maintenance - net). Prices cannot fall by more than all: m <= -1 is nowhere. Exact for
    linear contracts at constant rates; a step up in the venue's margin tiers comes nearer than it says.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        room = equity - maintenance
        move = room / (maintenance - net)
        distance = np.where(move > -1.0, np.abs(move), np.inf)
        distance = np.where(maintenance == net, np.inf, distance)
        distance = np.where((room <= 0.0) & ((maintenance > 0.0) | (net != 0.0)), 0.0, distance)
    # Without a maintenance margin nothing is held that could be liquidated, whatever coins are.
    distance = np.where(maintenance == 0.0, np.inf, distance)
    return np.where(np.isnan(equity) | np.isnan(maintenance) | np.isnan(net), np.nan, distance)


METRICS = (
    cycle_metric(free_margin, "Free margin", "money", "liquidity", -1),
    cycle_metric(margin_use, "Margin use", "ratio", "liquidity"),
    cycle_metric(maintenance_use, "Maintenance use", "ratio", "liquidity"),
    cycle_metric(liquidation_distance, "To liquidation", "ratio", "liquidity", -1),
)

"""What a scope is worth and what is open in it."""

from __future__ import annotations

from core.risk.frame import Frame
from core.risk.metrics.metric import cycle_metric
from core.risk.model import Floats


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


METRICS = (
    cycle_metric(equity, "Equity", "money", "money", -1),
    cycle_metric(unrealised_pnl, "Unrealised PnL", "money", "money", -1),
)

"""How much hangs on few things; what every cycle can tell of it."""

from __future__ import annotations

from core.risk.frame import Frame
from core.risk.metrics.metric import cycle_metric, share
from core.risk.model import Floats


def largest_position_share(frame: Frame) -> Floats:
    """Largest |net notional of one underlying| / gross exposure. Ratio, 0 while nothing is held.

    Source: Basel Committee, "Supervisory framework for measuring and controlling large exposures" (2014), as a share of
    the book instead of capital.
    """
    return share(frame.largest_net, frame.gross)


METRICS = (cycle_metric(largest_position_share, "Largest position", "ratio", "concentration"),)

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


def underlying_herfindahl(frame: Frame) -> Floats:
    """Sum over underlyings of (|net notional| / sum of |net notional|)^2. Ratio: 1 is all in one, 1/n equal parts in n.

    0 while nothing is held. Source: Hirschman, "The paternity of an index", American Economic Review 54 (1964).
    """
    return share(frame.squared_net, frame.absolute_net * frame.absolute_net)


METRICS = (
    cycle_metric(largest_position_share, "Largest position", "ratio", "concentration"),
    cycle_metric(underlying_herfindahl, "Herfindahl", "ratio", "concentration"),
)

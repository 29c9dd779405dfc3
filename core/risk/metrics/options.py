"""What of the exposure is options'."""

from __future__ import annotations

from core.risk.costly.frame import CostlyFrame
from core.risk.metrics.metric import costly_metric
from core.risk.model import Floats


def option_delta(frame: CostlyFrame) -> Floats:
    """Sum over options held of quantity x the venue's delta x price of the underlying. Base currency, signed.

    Negative is short; it is part of net exposure. 0 without options; unknown where the venue tells no greeks of one
    that is held, and so are the exposures then. Limits look at its magnitude.
    Source: Hull, "Options, futures, and other derivatives", chapter on the Greek letters.
    """
    return frame.option_delta


METRICS = (costly_metric(option_delta, "Option delta", "money", "exposure", by_magnitude=True),)

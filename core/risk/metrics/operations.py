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


METRICS = (cycle_metric(data_age, "Data age", "seconds", "operations", own_trust=False),)

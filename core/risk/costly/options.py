"""What of the exposure is options'."""

from __future__ import annotations

import numpy as np

from core.book.columns import Floats
from core.risk.costly.grouping import kinds_of, per_scope, totals
from core.risk.costly.inputs import CostlyInputs


def estimate_option_delta(inputs: CostlyInputs) -> Floats:
    """Shape (scopes,): signed, base currency; 0 without options, NaN where an option held has no greeks."""
    parts = []
    for kind in kinds_of(inputs):
        options = inputs.options[kind.held.instrument]
        parts.append(totals(kind.group, kind.count, np.where(options, kind.held.notional, 0.0)))
    return per_scope(inputs, parts)

"""What the costly metrics are read from: the estimates of one run of the slower beat, per scope."""

from __future__ import annotations

from dataclasses import dataclass

from core.book.columns import Floats
from core.risk.costly.concentration import ConcentrationFigures
from core.risk.costly.correlation import CorrelationFigures
from core.risk.costly.exits import ExitFigures
from core.risk.costly.inputs import CostlyInputs
from core.risk.costly.stress import StressFigures
from core.risk.costly.volatility import VolatilityFigures


@dataclass(frozen=True, slots=True)
class CostlyFrame:
    inputs: CostlyInputs
    concentration: ConcentrationFigures
    correlation: CorrelationFigures
    volatility: VolatilityFigures
    exits: ExitFigures
    stress: StressFigures
    option_delta: Floats
    """Shape (scopes,)."""

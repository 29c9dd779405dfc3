"""What the costly metrics are read from: the estimates of one run of the slower beat, per scope."""

from __future__ import annotations

from dataclasses import dataclass

from core.risk.costly.concentration import ConcentrationFigures
from core.risk.costly.exits import ExitFigures
from core.risk.costly.inputs import CostlyInputs
from core.risk.costly.stress import StressFigures


@dataclass(frozen=True, slots=True)
class CostlyFrame:
    inputs: CostlyInputs
    concentration: ConcentrationFigures
    exits: ExitFigures
    stress: StressFigures

"""What the costly metrics are read from: the estimates of one run of the slower beat, per scope."""

from __future__ import annotations

from dataclasses import dataclass

from core.risk.costly.inputs import CostlyInputs


@dataclass(frozen=True, slots=True)
class CostlyFrame:
    inputs: CostlyInputs

"""One run of the costly columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.clock import Clock
from core.risk.costly.betas import estimate_betas
from core.risk.costly.capture import Capture
from core.risk.costly.concentration import estimate_concentration
from core.risk.costly.correlation import estimate_correlation
from core.risk.costly.covariance import Covariance, coin_covariance
from core.risk.costly.exits import estimate_exits
from core.risk.costly.frame import CostlyFrame
from core.risk.costly.gather import inputs_of
from core.risk.costly.inputs import CostlyInputs
from core.risk.costly.options import estimate_option_delta
from core.risk.costly.shocks import shocks_of
from core.risk.costly.stress import estimate_stress
from core.risk.costly.volatility import estimate_volatility
from core.risk.metrics import COSTLY_METRICS, infos_of
from core.risk.metrics.metric import Metric
from core.risk.metrics.stress import stress_metrics
from core.risk.model import Floats, MetricInfo
from core.risk.settings import RiskSettings


@dataclass(frozen=True, slots=True)
class CostlyColumns:
    """What one run found; read-only."""

    value: Floats
    """Shape (scopes, costly metrics), each column contiguous."""
    betas: Floats
    """Shape (coins,): of the underlyings to the benchmark, in the book's numbering."""
    frame: CostlyFrame
    """For those who want to know more than a column: the contributions of a scope's page."""
    captured_s: float
    """Monotonic: when its inputs were copied."""
    took_s: float


class CostlyModel:
    """Knows which costly columns there are. `run` may be called in a thread."""

    def __init__(self, settings: RiskSettings) -> None:
        self.settings = settings
        self.shocks = shocks_of(settings)
        self.metrics: tuple[Metric[CostlyFrame], ...] = (*COSTLY_METRICS, *stress_metrics(self.shocks))

    @property
    def infos(self) -> tuple[MetricInfo, ...]:
        """Of the whole matrix, the columns of the cycle included."""
        return infos_of(self.shocks)

    def run(self, capture: Capture, captured_s: float, clock: Clock) -> CostlyColumns:
        """`captured_s`: when the capture was taken, monotonic."""
        began_s = clock.monotonic()
        inputs = inputs_of(capture)
        betas = estimate_betas(inputs.coin_returns, inputs.coins, self.settings, inputs.stablecoins)
        frame = self.frame_of(inputs, betas, coin_covariance(inputs))
        return CostlyColumns(self.columns(frame), betas, frame, captured_s, clock.monotonic() - began_s)

    def columns(self, frame: CostlyFrame) -> Floats:
        """Shape (scopes, costly metrics), each column contiguous; read-only."""
        value = np.full((len(self.metrics), len(frame.inputs.equity)), np.nan)
        for column, metric in enumerate(self.metrics):
            value[column] = metric.compute(frame)
        value.flags.writeable = False
        return value.T

    def frame_of(self, inputs: CostlyInputs, betas: Floats, covariance: Covariance) -> CostlyFrame:
        """`covariance`: that of the underlyings' returns, which what is held does not change."""
        return CostlyFrame(
            inputs=inputs,
            correlation=estimate_correlation(inputs, covariance),
            volatility=estimate_volatility(inputs, covariance),
            concentration=estimate_concentration(inputs),
            exits=estimate_exits(inputs),
            stress=estimate_stress(inputs, self.shocks, betas),
            option_delta=estimate_option_delta(inputs),
        )

"""Every metric that there is, family by family, in the order in which the desk shows them."""

from __future__ import annotations

from collections.abc import Sequence

from core.risk.costly.frame import CostlyFrame
from core.risk.costly.shocks import built_in_shocks
from core.risk.frame import Frame
from core.risk.metrics import (
    concentration,
    correlation,
    drawdown,
    exits,
    exposure,
    liquidity,
    money,
    operations,
    options,
    spread,
    volatility,
)
from core.risk.metrics.metric import Metric
from core.risk.metrics.stress import stress_metrics
from core.risk.model import MetricInfo
from core.risk.settings import Shock

METRICS: tuple[Metric[Frame], ...] = (
    *money.METRICS,
    *exposure.METRICS,
    *drawdown.METRICS,
    *concentration.METRICS,
    *liquidity.METRICS,
    *operations.METRICS,
)
"""Columns of every cycle."""

COSTLY_METRICS: tuple[Metric[CostlyFrame], ...] = (
    *options.METRICS,
    *spread.METRICS,
    *correlation.METRICS,
    *volatility.METRICS,
    *exits.METRICS,
)
"""Columns of the slower beat, without the named shocks, which depend on the configuration."""


def infos_of(shocks: Sequence[Shock]) -> tuple[MetricInfo, ...]:
    """Every column of the matrix in its order: those of the cycle, the costly ones, three of each shock."""
    cycle = tuple(metric.info for metric in METRICS)
    return (*cycle, *(metric.info for metric in COSTLY_METRICS), *(metric.info for metric in stress_metrics(shocks)))


METRIC_INFOS: tuple[MetricInfo, ...] = infos_of(built_in_shocks())
"""Of a desk without shocks of its own."""
METRIC_NAMES: tuple[str, ...] = tuple(info.name for info in METRIC_INFOS)

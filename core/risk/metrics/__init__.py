"""Every metric that there is, family by family, in the order in which the desk shows them."""

from __future__ import annotations

from core.risk.costly.frame import CostlyFrame
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
    spread,
    volatility,
)
from core.risk.metrics.metric import Metric
from core.risk.model import MetricInfo

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
    *spread.METRICS,
    *correlation.METRICS,
    *volatility.METRICS,
    *exits.METRICS,
)
"""Columns of the slower beat, without the named shocks, which depend on the configuration."""

METRIC_INFOS: tuple[MetricInfo, ...] = (
    *(metric.info for metric in METRICS),
    *(metric.info for metric in COSTLY_METRICS),
)
METRIC_NAMES: tuple[str, ...] = tuple(info.name for info in METRIC_INFOS)

"""From the configuration's `[risk]` and `[[shocks]]` to what the risk model is told."""

from __future__ import annotations

from core.config import Config
from core.risk.costly.shocks import shocks_of
from core.risk.metrics import infos_of
from core.risk.model import MetricInfo
from core.risk.settings import RiskSettings, Shock


def risk_settings(config: Config) -> RiskSettings:
    shocks = tuple(
        Shock(
            name=shock.name,
            title=shock.title or shock.name.replace("_", " "),
            moves=shock.moves,
            by_beta=shock.by_beta,
            depeg=shock.depeg,
            venue_gone=shock.venue,
        )
        for shock in config.shocks
    )
    return RiskSettings(**config.risk.model_dump(), shocks=shocks)


def metric_infos(config: Config) -> tuple[MetricInfo, ...]:
    """Every column that a desk with this configuration has, its own shocks included."""
    return infos_of(shocks_of(risk_settings(config)))

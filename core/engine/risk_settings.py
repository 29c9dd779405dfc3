"""From the configuration's `[risk]` and `[[shocks]]` to what the risk model is told."""

from __future__ import annotations

from core.config import Config
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

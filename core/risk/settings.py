"""What the risk model is told: confidence, horizons, participation, named shocks. The configuration's `[risk]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shock:
    """A named stress. Its columns are `stress_<name>_loss`, `_margin_calls` and `_liquidated`."""

    name: str
    title: str
    moves: Mapping[str, float] = field(default_factory=dict)
    """Relative move per underlying (`{"BTC": -0.2, "*": -0.4}`); `*` is everything not named."""
    by_beta: str = ""
    """An underlying named in `moves`; all others that are not named move by their beta to it."""
    depeg: Mapping[str, float] = field(default_factory=dict)
    """Relative move of stablecoins held as money (`{"USDT": -0.1}`)."""
    venue_gone: str = ""
    """All that is held at this venue is lost; `*` is the one where the scope has most equity."""


@dataclass(frozen=True, slots=True)
class RiskSettings:
    confidence: float = 0.99
    """Of value at risk and expected shortfall."""
    horizon_s: float = 86_400.0
    participation: float = 0.1
    """Share of an instrument's daily volume that an exit may take."""
    benchmark: str = "BTC"
    """The underlying that betas are measured against."""
    returns_period_s: float = 3_600.0
    returns_count: int = 720
    """Periods of underlyings' returns that covariances look back on."""
    min_samples: int = 48
    """Fewer make an estimate unknown."""
    ewma_half_life_s: float = 5 * 86_400.0
    sample_s: float = 300.0
    """Between two samples of every scope's unit value."""
    velocity_s: float = 900.0
    """Span that drawdown velocity is measured over."""
    costly_every_s: float = 5.0
    """Least time between two runs of the costly columns."""
    shocks: tuple[Shock, ...] = ()
    """The user's; the built-in ones come with core.risk.stress."""

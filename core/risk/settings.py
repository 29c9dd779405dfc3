"""What the risk model is told: confidence, horizons, participation, named shocks. The configuration's `[risk]`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Shock:
    """A named stress. Its columns are `stress_<name>_loss`, `_margin_calls` and `_liquidated`.

    Moves are relative, in the base currency, never below -1. Raises ConfigError for a shock that means nothing.
    """

    name: str
    """Lower-case letters, digits and `_`."""
    title: str
    moves: Mapping[str, float] = field(default_factory=dict)
    """Per underlying (`{"BTC": -0.2, "*": -0.4}`); `*` is everything not named. Money is never moved by these."""
    by_beta: str = ""
    """An underlying named in `moves`; all others that are not named move by their beta to it."""
    depeg: Mapping[str, float] = field(default_factory=dict)
    """Moves of stablecoins held as money (`{"USDT": -0.1}`)."""
    venue_gone: str = ""
    """All that is held at this venue is lost; `*` is the one where the scope has most equity."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_]+", self.name):
            raise ConfigError(f'shock "{self.name}": a name is made of lower-case letters, digits and _')
        for coin, move in (*self.moves.items(), *self.depeg.items()):
            if not (math.isfinite(move) and move >= -1.0):
                raise ConfigError(f'shock "{self.name}": {coin} moves by {move}; -1 or more is allowed (-1 loses all)')
        if self.by_beta and self.by_beta not in self.moves:
            raise ConfigError(f'shock "{self.name}": by_beta names {self.by_beta}, which has no move')
        if not (self.moves or self.depeg or self.venue_gone):
            raise ConfigError(f'shock "{self.name}": nothing happens; give it moves, depeg or venue_gone')


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
    costly_stale_s: float = 120.0
    """Costly columns older than this are unknown."""
    shocks: tuple[Shock, ...] = ()
    """The user's; `core.risk.costly.shocks` adds the built-in ones."""

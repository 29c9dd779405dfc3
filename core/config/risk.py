"""What the risk model is told, and the user's named shocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from core.config import checks
from core.config.fields import Coin, Count, Number, Table

Move = Annotated[Number, Field(ge=-1, le=100)]
"""Relative: -0.2 is a fall by a fifth."""
Underlying = Annotated[str, AfterValidator(checks.check_underlying)]


class RiskConfig(Table):
    confidence: Annotated[Number, Field(gt=0.5, lt=1)] = 0.99
    horizon_s: Annotated[Number, Field(ge=60, le=30 * 86_400)] = 86_400.0
    participation: Annotated[Number, Field(gt=0, le=1)] = 0.1
    benchmark: Coin = "BTC"
    returns_period_s: Annotated[Number, Field(ge=60, le=86_400)] = 3_600.0
    returns_count: Annotated[Count, Field(le=10_000)] = 720
    min_samples: Annotated[Count, Field(ge=2)] = 48
    ewma_half_life_s: Annotated[Number, Field(ge=60)] = 432_000.0
    sample_s: Annotated[Number, Field(ge=1, le=86_400)] = 300.0
    velocity_s: Annotated[Number, Field(ge=1, le=86_400)] = 900.0
    costly_every_s: Annotated[Number, Field(ge=0.1, le=3_600)] = 5.0

    @model_validator(mode="after")
    def _samples_can_be_had(self) -> Self:
        if self.min_samples > self.returns_count:
            shown = f"{self.min_samples} is more than {self.returns_count}"
            raise ValueError(f"min_samples must be at most returns_count, and {shown}")
        return self


class ShockConfig(Table):
    name: Annotated[str, AfterValidator(checks.check_shock)]
    """Its columns are `stress_<name>_loss`, `_margin_calls` and `_liquidated`."""
    title: str = ""
    moves: Mapping[Underlying, Move] = Field(default_factory=dict)
    """Relative move by underlying; "*" is everything not named."""
    by_beta: str = ""
    """An underlying in `moves`: what is not named moves by its beta to it."""
    depeg: Mapping[Coin, Move] = Field(default_factory=dict)
    """Relative move of stablecoins held as money."""
    venue: str = ""
    """All that is held at this venue is lost; "*" is the one where the scope has most."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.moves or self.depeg or self.venue):
            raise ValueError("at least one of moves, depeg and venue is needed")
        if self.by_beta and self.by_beta not in self.moves:
            raise ValueError(f'by_beta is "{self.by_beta}", which moves does not name; a beta needs its move')
        if self.by_beta and "*" in self.moves:
            raise ValueError('by_beta and "*" in moves both say how the rest moves; drop one of them')
        return self

"""What a venue allows and charges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineRules:
    """What a venue allows; figures as the real one publishes them."""

    maker_fee: float = 0.0002
    taker_fee: float = 0.0005
    liquidation_fee: float = 0.0125
    """Of the notional that is liquidated, as far as margin is left to pay it."""
    funding_period_s: float = 28_800.0
    """Funding is paid whenever the wall clock reaches a multiple of it."""
    max_orders: int = 200
    """Resting regular orders per account and symbol."""
    max_triggers: int = 100
    """Resting triggers per account and symbol."""
    price_band: float = 0.15
    """How far a limit price may be from the mark in the aggressive direction."""
    default_leverage: int = 20
    history: int = 20_000
    """Ended orders, fills and ledger rows kept per account."""


DEFAULT_RULES = EngineRules()

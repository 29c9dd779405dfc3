"""What the engine tells of its doings; whoever listens must be done with it when the call returns."""

from __future__ import annotations

from dataclasses import dataclass

from core.paper.engine.holdings import Position
from core.paper.engine.model import Cause, Fill, Order, Trigger


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """A regular order changed; `fill` is set when it traded. `order` is a copy."""

    account: str
    order: Order
    fill: Fill | None
    amended: bool
    at_s: float


@dataclass(frozen=True, slots=True)
class TriggerEvent:
    account: str
    trigger: Trigger
    at_s: float


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """Wallets and positions that changed, with their new state."""

    account: str
    cause: Cause
    wallets: dict[str, float]
    """Coin to new wallet balance."""
    changes: dict[str, float]
    """Coin to change that is neither PnL nor fee (flows), 0 for trades."""
    positions: tuple[Position, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class LeverageEvent:
    account: str
    symbol: str
    leverage: int
    at_s: float


EngineEvent = OrderEvent | TriggerEvent | AccountEvent | LeverageEvent

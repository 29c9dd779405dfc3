"""What an account holds: positions by leg, margin, and the rows of its ledger."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.domain import Leg


class LedgerKind(enum.StrEnum):
    REALISED = "realised"
    FEE = "fee"
    FLOW = "flow"
    FUNDING = "funding"
    LIQUIDATION = "liquidation"
    """The fee of a liquidation, into the insurance fund."""
    INSURANCE = "insurance"
    """Out of the insurance fund, where a liquidation cost more than there was."""
    EXCHANGE = "exchange"
    """One side of a spot fill: a coin that came or went."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    row_id: int
    account: str
    kind: LedgerKind
    coin: str
    amount: float
    """Signed change of the wallet."""
    symbol: str
    fill_id: int | None
    at_s: float
    note: str = ""


@dataclass(slots=True)
class Position:
    """One leg of an account in an instrument; one-way mode has the net leg only."""

    symbol: str
    leg: Leg = Leg.NET
    quantity: float = 0.0
    """Signed: positive long."""
    entry_price: float = 0.0
    realised: float = 0.0
    """Accumulated since the account exists, before fees, settle coin."""
    pot: float = 0.0
    """Margin set apart for it, settle coin; under cross margin always 0."""
    updated_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Margin:
    """One coin of one account, in that coin. The `pots` figures are the parts of isolated positions."""

    wallet: float
    unrealised: float
    position_initial: float
    order_initial: float
    """Margin that resting orders bind; for a spot wallet what they lock."""
    maintenance: float
    pots: float = 0.0
    pots_unrealised: float = 0.0
    pots_initial: float = 0.0
    pots_maintenance: float = 0.0

    @property
    def equity(self) -> float:
        return self.wallet + self.unrealised

    @property
    def cross_wallet(self) -> float:
        return self.wallet - self.pots

    @property
    def cross_unrealised(self) -> float:
        return self.unrealised - self.pots_unrealised

    @property
    def cross_equity(self) -> float:
        return self.cross_wallet + self.cross_unrealised

    @property
    def cross_maintenance(self) -> float:
        return self.maintenance - self.pots_maintenance

    @property
    def available(self) -> float:
        """Free for new orders and withdrawals; isolated positions neither give nor take."""
        return max(0.0, self.cross_equity - (self.position_initial - self.pots_initial) - self.order_initial)

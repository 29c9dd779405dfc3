"""What a stop says of itself: one row per account, and a headline that counts proven rows only."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.domain import Scope


class ProofState(enum.StrEnum):
    UNKNOWN = "unknown"
    """Not read back yet, or it could not be read: never counted as stopped."""
    RESTING = "resting"
    """The venue still lists orders."""
    VERIFIED = "verified"
    """Listed empty twice in all books, the second time late enough after the last cancel."""


class Step(enum.StrEnum):
    PLANNED = "planned"
    SENT = "sent"
    ACKED = "acked"
    LISTED_ONCE = "listed once"
    LISTED_TWICE = "listed twice"
    SWEEPING = "sweeping"


@dataclass(frozen=True, slots=True)
class ProofRow:
    account: str
    venue: str
    exchange: str
    books: tuple[str, ...]
    state: ProofState
    step: Step
    resting: int | None
    """Orders in the last complete listing; None when there is none."""
    reason: str
    """Why it is not verified, "" when it is."""
    cancelled: int
    """Orders of this account that were listed and are gone."""
    late: int
    """Orders that appeared after this account was first proven, or after the first sweep."""
    passes: int
    first_cancel_ms: float | None
    """From the act to the first cancel on the wire."""
    proof_ms: float | None
    """From the act to the first proof."""
    proven_at_s: float | None
    """Wall time of the newest proof."""
    listing_began_at_s: float | None = None
    """Wall time at which the listing began that is this proof: it speaks of every order accepted before."""
    generic: bool = False
    """True where only the generic recipe covers this venue."""


@dataclass(frozen=True, slots=True)
class LateOrder:
    """An order that appeared after the stop, and how long it lived."""

    account: str
    symbol: str
    order_id: str
    client_order_id: str
    strategy: str
    seen_at_s: float
    delay_ms: float | None
    """From the venue's acceptance to the reply of the cancel that took it; None while it rests."""


@dataclass(frozen=True, slots=True)
class HaltView:
    """One stop, as it stands now."""

    halt_id: str
    scope: Scope
    fired_by: str
    reason: str
    fired_at_s: float
    rows: tuple[ProofRow, ...]
    late_orders: tuple[LateOrder, ...]
    orders_cancelled: int
    first_cancel_ms: float | None
    proof_ms: float | None
    """From the act until every account was proven for the first time; None until then."""
    latch_error: str
    """Why the latch is not on disk yet, "" when it is."""
    sweeping: bool

    @property
    def verified(self) -> int:
        return sum(row.state is ProofState.VERIFIED for row in self.rows)

    @property
    def resting(self) -> int:
        """Accounts that still list orders."""
        return sum(row.state is ProofState.RESTING for row in self.rows)

    @property
    def unknown(self) -> int:
        return sum(row.state is ProofState.UNKNOWN for row in self.rows)

    @property
    def proven(self) -> bool:
        return bool(self.rows) and self.verified == len(self.rows)

"""What a stop says of itself: one row per account, and a headline that counts proven rows only."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from core.domain import PORTFOLIO, Scope, StopLevel
from core.halt.source.model import SourceView
from core.halt.terms import USUAL, StopTerms


class ProofState(enum.StrEnum):
    UNKNOWN = "unknown"
    """Not read back yet, or it could not be read: never counted as stopped."""
    RESTING = "resting"
    """The venue still lists orders."""
    VERIFIED = "verified"
    """Listed twice in all books, the second time late enough after the last cancel: nothing rests, or where reducing
    orders are kept on purpose nothing that could open or enlarge a position."""


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
    kept: int = 0
    """Orders that rest, can only reduce a position that stands, and are kept on purpose."""
    guardian: str = ""
    """How the guardian's own proof stands where it stops this account too, "" where it does not."""

    @property
    def words(self) -> str:
        """`VERIFIED`, `VERIFIED, 3 protective kept`, `RESTING 4`, `UNKNOWN`."""
        word = self.state.value.upper()
        if self.state is ProofState.RESTING and self.resting:
            return f"{word} {self.resting}"
        return f"{word}, {self.kept} protective kept" if self.kept and self.state is ProofState.VERIFIED else word


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
    pattern: str = ""
    """What the client ids of whoever placed it look like: `bas-*`."""
    kept: bool = False
    """Whether it is left alone, because it can only reduce a position."""


@dataclass(frozen=True, slots=True)
class Reappearance:
    """Orders that one source placed in one account after the stop."""

    account: str
    strategy: str
    pattern: str
    """Of their client ids."""
    orders: int


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
    terms: StopTerms = USUAL
    metric: str = ""
    """Whose limit fired it; "" where a person did."""
    reappeared: tuple[Reappearance, ...] = ()
    """Every late order counted, the most first."""
    latched_by_guardian: bool = False
    """Whether the guardian's latch of this stop is on disk, so that a restart remembers it in any case."""
    save_error: str = ""
    """Why what it cancelled is not on disk, "" when it is."""
    resuming: bool = False
    """It is the first step of a return, and is lifted by the second."""
    sources: tuple[SourceView, ...] = ()
    """Of every strategy that it touches: whether what trades was asked to pause, and does."""
    expected_ms: float | None = None
    """What `proof_ms` was expected to be when it was fired."""

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
    def kept(self) -> int:
        """Protective orders that are left alone, in all accounts."""
        return sum(row.kept for row in self.rows)

    @property
    def late(self) -> int:
        """Orders that appeared after the stop."""
        return sum(row.late for row in self.rows)

    @property
    def proven(self) -> bool:
        return bool(self.rows) and self.verified == len(self.rows)

    @property
    def word(self) -> str:
        """What it does to its scope: `STOPPED`, or `REDUCE-ONLY` where whatever reduces still trades."""
        return "REDUCE-ONLY" if self.terms.level is StopLevel.REDUCE_ONLY else "STOPPED"


def over_the_portfolio(halts: Iterable[HaltView]) -> HaltView | None:
    """The strictest stop of the whole portfolio, None where none stands."""
    whole = [halt for halt in halts if halt.scope == PORTFOLIO]
    return next((halt for halt in whole if halt.terms.level is StopLevel.BLOCK), whole[0] if whole else None)

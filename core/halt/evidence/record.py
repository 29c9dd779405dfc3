"""What one account's stop can show for itself: its requests, and the two listings that prove it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from core.halt.model import ProofRow
from core.halt.proof import Proof
from core.halt.target import HaltTarget
from core.venues.protocol import Listing
from core.venues.wire_log import WireHeld, WireLog, WireTrack

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ListedBook:
    """One complete listing of one book; times on the monotonic clock."""

    book: str
    call: int
    """In the account's wire log; 0 where none is kept."""
    began_s: float
    ended_s: float
    orders: int
    """That it held, those that the stop leaves alone included."""


@dataclass(frozen=True, slots=True)
class ProvingPair:
    """Two consecutive complete listings of all books without an order that was to go, the second late enough."""

    first: tuple[ListedBook, ...]
    second: tuple[ListedBook, ...]


@dataclass(frozen=True, slots=True)
class AccountHeld:
    """Of one account at one moment; told in a thread."""

    row: ProofRow
    first_proof: ProvingPair | None
    last_proof: ProvingPair | None
    wire: WireHeld | None
    """None where no request of this account was ever noted."""


class AccountRecord:
    """Of one account under one stop; whatever breaks in it breaks nothing else."""

    def __init__(self, target: HaltTarget) -> None:
        self._log: WireLog | None = None
        self._track: WireTrack | None = None
        self._before: tuple[ListedBook, ...] = ()
        self.first_proof: ProvingPair | None = None
        self.last_proof: ProvingPair | None = None
        self._target = target

    def begin(self) -> None:
        """Note what is sent from now on."""
        try:
            if self._target.wire is not None:
                self._log = self._target.wire()
                self._track = self._log.follow()
        except Exception:
            log.exception("the requests of %s cannot be noted", self._target.account)

    def listed(self, listings: Sequence[Listing], proof: Proof, began_s: float) -> None:
        """A complete round of listings, begun at `began_s`, was handed to the proof."""
        books = tuple(ListedBook(row.book, row.call, row.began_s, row.ended_s, len(row.orders)) for row in listings)
        # The proof counts: where this listing completes it, the one before was empty too.
        proven = bool(self._before) and proof.began_s == began_s
        if proven:
            self.last_proof = ProvingPair(self._before, books)
            self.first_proof = self.first_proof or self.last_proof
        self._before = books
        try:
            if self._track is not None:
                self._track.listed({row.call for row in books}, proven=proven)
        except Exception:
            log.exception("the requests of a proof were not kept")

    def leave(self) -> None:
        """The stop is over; what was kept stays."""
        if self._log is not None and self._track is not None:
            self._log.leave(self._track)

    @property
    def proofs(self) -> tuple[ProvingPair, ...]:
        """The first and the newest, as far as there are any."""
        return tuple(pair for pair in (self.first_proof, self.last_proof) if pair is not None)

    def wire(self) -> WireHeld | None:
        """None where nothing is noted."""
        return None if self._track is None else self._track.held()

    def held(self, row: ProofRow) -> AccountHeld:
        return AccountHeld(row, self.first_proof, self.last_proof, self.wire())

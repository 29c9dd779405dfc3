"""The stop of one account: cancel what is known, list, cancel what is listed, list again; once proven, sweep on.

Two tasks per account share nothing with any other account: the rounds (list, cancel, prove) and the hints (an order
that the private stream reports while latched is cancelled at once, without waiting for a listing).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable

from core.clock import Clock
from core.errors import ConfigError, ScramError, SecretError, VenueDenied, VenueError
from core.halt.cancels import CANCELS_AT_ONCE, Canceller
from core.halt.evidence.record import AccountRecord
from core.halt.firing import Lane
from core.halt.first import FirstCancels
from core.halt.hints import Hints
from core.halt.ledger import OrderLedger, key_of
from core.halt.model import LateOrder, ProofRow, ProofState, Step
from core.halt.pacing import Pacing, Standing
from core.halt.proof import Proof
from core.halt.sorting import Reducible, Sorted, Sorter, reducible
from core.halt.target import HaltTarget, StopSettings
from core.halt.terms import USUAL, StopTerms
from core.halt.words import why_unproven
from core.tasks import spawn, stop_all
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue, Coverage, Listing
from core.venues.turns import by_turns

log = logging.getLogger(__name__)

BLIND_S = 2.0
"""Longest that the cancels sent before the first listing may hold it up; they go on beside it."""


class AccountStop:
    def __init__(
        self,
        target: HaltTarget,
        settings: StopSettings,
        clock: Clock,
        fired_s: float,
        on_change: Callable[[], None],
        terms: StopTerms = USUAL,
        issued: Collection[str] = (),
        score: float = 0.0,
    ) -> None:
        """`fired_s` is the moment of the act on the monotonic clock; `on_change` is told of every change of the row.

        `issued`: client ids of orders placed under this latch. `score`: exposure at risk per request, see `Lane`.
        """
        self.target = target
        self._settings = settings
        self._clock = clock
        self._fired_s = fired_s
        self._on_change = on_change
        self.proof = Proof(settings.settle_s, fired_s)
        self.ledger = OrderLedger(target, clock)
        self.sorter = Sorter(target, terms, issued)
        self.record = AccountRecord(target)
        self._acting: ActingVenue | None = None
        self._step = Step.PLANNED
        self._resting: int | None = None
        self._kept = 0
        self._unclaimed = 0
        self._unjudged = 0
        self._trouble = "not asked yet"
        self._positions_trouble = ""
        self._hopeless = False
        self._answered = False
        self._passes = 0
        self._first_cancel_s: float | None = None
        self._first_proof_s: float | None = None
        self._proven_at_s: float | None = None
        self._last_empty_s = fired_s
        self._hints = Hints(self.ledger, settings.settle_s)
        self._pacing = Pacing(target.pace_s, settings, clock)
        self._lane = Lane(target.order, score)
        slots = asyncio.Semaphore(CANCELS_AT_ONCE)
        first, self._canceller = (
            Canceller(target, self.sorter, self.proof, self.ledger, clock, self._sent, self._failed, turn, slots)
            for turn in (self._lane.known, self._lane.cancel)
        )
        self._first = FirstCancels(target, self.sorter, self.ledger, self._lane, first)

    # -- what others see ------------------------------------------------------------------------------------------

    @property
    def state(self) -> ProofState:
        if self._resting or self._hints:
            return ProofState.RESTING
        if self.proof.verified and not self._proof_is_stale():
            return ProofState.VERIFIED
        return ProofState.UNKNOWN

    @property
    def answered(self) -> bool:
        """Whether somebody is stopping this account: its venue has answered, or will be asked in its turn.

        Were those that wait taken over by another process, both would ask for the same, and all would wait longer.
        """
        return self._answered or self._lane.waiting > 0

    @property
    def hopeless(self) -> bool:
        """Whether more asking cannot help: no key, or the venue refuses it."""
        return self._hopeless

    @property
    def first_proof_s(self) -> float | None:
        return self._first_proof_s

    def row(self) -> ProofRow:
        acting, state = self._acting, self.state
        return ProofRow(
            account=self.target.account,
            venue=self.target.venue,
            exchange=self.target.exchange,
            books=acting.books if acting else (),
            state=state,
            step=self._step,
            resting=None if self._resting is None else max(self._resting, len(self._hints)),
            reason=self._reason(state),
            cancelled=self.ledger.cancelled,
            late=len(self.ledger.late),
            passes=self._passes,
            first_cancel_ms=self._since_fired_ms(self._first_cancel_s),
            proof_ms=self._since_fired_ms(self._first_proof_s),
            proven_at_s=self._proven_at_s,
            listing_began_at_s=self._listing_began_at_s(),
            generic=acting is not None and acting.coverage is Coverage.GENERIC,
            kept=self._kept,
        )

    def late_orders(self) -> Iterable[LateOrder]:
        return self.ledger.late.values()

    def hint(self, order: OrderUpdate) -> None:
        """The private stream reports an order of this account; an open one in scope is cancelled at once."""
        if not order.is_open:
            self._hints.ended(order)
            return
        if not self.sorter.in_scope(order) or self._hints.knows(order):
            return
        if self.sorter.may_spare(order):
            self._pacing.want_listing()  # whether its position stands is found out there
            return
        self.proof.order_seen()
        self._hints.put(order)
        self._pacing.hinted()
        self.ledger.seen(order, listed_before=self._passes > 0)
        self._on_change()

    def announce(self) -> None:
        """Its first cancels are about to come: nobody's listing is to take their room."""
        self._lane.expect(self.target.first_weight(selective=self.sorter.selective))

    # -- the two tasks --------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stop, prove and sweep until cancelled."""
        self.record.begin()
        hints = spawn(self._serve_hints(), name=f"stop hints {self.target.account}")
        blind = spawn(self._fire_blind(), name=f"stop blind {self.target.account}")
        try:
            await asyncio.wait((blind,), timeout=BLIND_S)
            while True:
                try:
                    await self._round()
                except Exception as error:  # whatever breaks here must not end the stop of this account
                    log.exception("a round of the stop of %s broke", self.target.account)
                    self._failed(ScramError(f"Scram's own fault while stopping: {type(error).__name__}"))
                sweep = self._sweep if self._resting else None
                await self._pacing.next_round(self._standing(), self.proof.second_listing_due_s(), sweep)
        finally:
            await stop_all([blind, hints])
            self.record.leave()

    async def _serve_hints(self) -> None:
        while True:
            by_book = await self._hints.by_book()
            acting = self._acting
            if acting is None or not by_book:
                continue  # the rounds will list and cancel it as soon as there is somebody to ask
            await asyncio.gather(*(self._canceller.by_id(acting, book, rows) for book, rows in by_book.items()))
            self._pacing.want_listing()

    async def _fire_blind(self) -> None:
        acting = await self._acquire()
        if acting is not None:
            await self._first.send(acting)

    async def _round(self) -> None:
        acting = await self._acquire()
        if acting is None:
            return
        self._passes += 1
        self._pacing.listing()
        self._lane.listing()
        began_s = self._clock.monotonic()
        with by_turns(self._lane.list):
            answers = await asyncio.gather(*(acting.list_orders(book) for book in acting.books), return_exceptions=True)
        listings: list[Listing] = []
        for answer in answers:
            if isinstance(answer, VenueError):
                self._failed(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                listings.append(answer)
                self._answered = True
        orders = [order for listing in listings for order in listing.orders]
        found, left = await self._sort(acting, orders)
        # An account that names no book yet has proven nothing by listing none.
        complete = bool(acting.books) and {row.book for row in listings} >= set(acting.books)
        await self._judge(acting, found, left, began_s, listings if complete else None)

    async def _sort(self, acting: ActingVenue, orders: list[OrderUpdate]) -> tuple[Sorted, list[OrderUpdate]]:
        """What becomes of each order, and which cancels are still to be sent.

        Positions are read only where an order may have to be spared, and what goes in any case does not wait for them.
        """
        found = self.sorter.sort(orders, None)
        self._note_seen(found.cancel)
        if not found.unjudged:
            self._positions_trouble = ""
            return found, list(found.cancel)
        positions, _ = await asyncio.gather(
            self._read_positions(acting), self._canceller.listed(acting, list(found.cancel))
        )
        judged = self.sorter.sort(found.unjudged, positions)
        self._note_seen(judged.cancel)
        for order in judged.spare:
            if self.sorter.counts_as_late(order):
                self.ledger.spared(order, listed_before=self._passes > 1)
        whole = Sorted((*found.cancel, *judged.cancel), judged.spare, judged.unjudged, found.unclaimed)
        return whole, list(judged.cancel)

    def _note_seen(self, orders: Iterable[OrderUpdate]) -> None:
        for order in orders:
            self.ledger.seen(order, listed_before=self._passes > 1)

    async def _read_positions(self, acting: ActingVenue) -> Reducible | None:
        try:
            with by_turns(self._lane.list):
                positions = await acting.read_positions()
        except VenueError as error:
            self._positions_trouble = str(error)
            return None
        self._positions_trouble = ""
        return reducible(positions)

    async def _judge(
        self,
        acting: ActingVenue,
        found: Sorted,
        left: list[OrderUpdate],
        began_s: float,
        complete: list[Listing] | None,
    ) -> None:
        """`complete`: the listings of all books; None where one is missing."""
        ours = found.cancel
        self._unclaimed, self._unjudged = len(found.unclaimed), len(found.unjudged)
        if complete is not None:
            self._resting, self._kept = len(ours), len(found.spare)
            still = {key_of(order) for order in ours}
            self.ledger.listed(still, began_s)
            self._hints.forget_absent_from(still, began_s, self._pacing.last_hint_s)
            if self._unclaimed or self._unjudged:
                self.proof.order_seen()
            else:
                self.proof.listed(began_s, len(ours) + len(self._hints))
            self.record.listed(complete, self.proof, began_s)
            self._note_complete(began_s, bool(ours))
        elif ours:
            self._resting = max(self._resting or 0, len(ours))
        if ours:
            self.proof.order_seen()
            await self._canceller.listed(acting, left)
        if complete is None:
            # A book that cannot be listed can still be cancelled, wherever orders are known to have been.
            await self._canceller.everywhere(acting)
        self._on_change()

    def _note_complete(self, began_s: float, resting: bool) -> None:
        self._trouble = ""
        self._hopeless = False
        self._pacing.listed(resting)
        if resting:
            self._step = Step.SENT
            return
        self._last_empty_s = began_s
        if self.proof.verified:
            self._step = Step.LISTED_TWICE if self._first_proof_s is None else Step.SWEEPING
            self._proven_at_s = self._clock.now()
            if self._first_proof_s is None:
                self._first_proof_s = self._clock.monotonic()
        else:
            self._step = Step.LISTED_ONCE

    # -- requests -------------------------------------------------------------------------------------------------

    async def _acquire(self) -> ActingVenue | None:
        if self._acting is None:
            try:
                self._acting = await self.target.acquire()
            except ScramError as error:
                self._failed(error)
        self._hints.again()
        return self._acting

    async def _sweep(self) -> None:
        if self._acting is not None:
            await self._canceller.everywhere(self._acting)

    # -- small judgements -----------------------------------------------------------------------------------------

    def _standing(self) -> Standing:
        if self._trouble:
            return Standing.TROUBLE
        if self._resting:
            return Standing.RESTING
        return Standing.SETTLED if self.proof.verified or self._unclaimed or self._unjudged else Standing.OPEN

    def _sent(self, step: Step) -> None:
        if self._first_cancel_s is None:
            self._first_cancel_s = self._clock.monotonic()
        self._answered = self._answered or step is Step.ACKED
        self._step = step

    def _proof_is_stale(self) -> bool:
        limit_s = max(self._settings.stale_proof_s, 3 * self._pacing.pace_s)
        return bool(self._trouble) and self._clock.monotonic() - self._last_empty_s > limit_s

    def _failed(self, error: ScramError) -> None:
        self._trouble = str(error)
        self._hopeless = isinstance(error, ConfigError | SecretError | VenueDenied)
        self._pacing.failed(error)
        self._on_change()

    def _reason(self, state: ProofState) -> str:
        return why_unproven(
            state,
            self._passes,
            self.proof.empty_rounds,
            resting=bool(self._resting),
            unclaimed=self._unclaimed,
            unjudged=self._unjudged,
            trouble=self._trouble,
            positions_trouble=self._positions_trouble,
            waits=self._lane.waiting > 0,
        )

    def _listing_began_at_s(self) -> float | None:
        began_s = self.proof.began_s
        return None if began_s is None else self._clock.now() - (self._clock.monotonic() - began_s)

    def _since_fired_ms(self, moment_s: float | None) -> float | None:
        return None if moment_s is None else (moment_s - self._fired_s) * 1000.0

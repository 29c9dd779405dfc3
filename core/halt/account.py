"""The stop of one account: cancel what is known, list, cancel what is listed, list again; once proven, sweep on.

Two tasks per account share nothing with any other account: the rounds (list, cancel, prove) and the hints (an order
that the private stream reports while latched is cancelled at once, without waiting for a listing).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from core.clock import Clock
from core.errors import ConfigError, ScramError, SecretError, VenueDenied, VenueError
from core.halt.cancels import Canceller
from core.halt.ledger import OrderLedger
from core.halt.model import LateOrder, ProofRow, ProofState, Step
from core.halt.pacing import Pacing, Standing
from core.halt.proof import Proof
from core.halt.target import HaltTarget, StopSettings
from core.tasks import spawn, stop_all
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue, Coverage, Listing

log = logging.getLogger(__name__)

BLIND_S = 1.0
"""Longest that the cancels sent before the first listing may hold it up; they go on beside it."""


class AccountStop:
    def __init__(
        self, target: HaltTarget, settings: StopSettings, clock: Clock, fired_s: float, on_change: Callable[[], None]
    ) -> None:
        """`fired_s` is the moment of the act on the monotonic clock; `on_change` is told of every change of the row."""
        self.target = target
        self._settings = settings
        self._clock = clock
        self._fired_s = fired_s
        self._on_change = on_change
        self.proof = Proof(settings.settle_s, fired_s)
        self.ledger = OrderLedger(target, clock)
        self._acting: ActingVenue | None = None
        self._step = Step.PLANNED
        self._resting: int | None = None
        self._unclear = 0
        self._trouble = "not asked yet"
        self._hopeless = False
        self._passes = 0
        self._first_cancel_s: float | None = None
        self._first_proof_s: float | None = None
        self._proven_at_s: float | None = None
        self._last_empty_s = fired_s
        self._hints: dict[tuple[str, str], OrderUpdate] = {}
        self._hinted = asyncio.Event()
        self._pacing = Pacing(target.pace_s, settings, clock)
        self._canceller = Canceller(target, self.proof, self.ledger, clock, self._sent, self._failed)

    # -- what others see ------------------------------------------------------------------------------------------

    @property
    def state(self) -> ProofState:
        if self._resting or self._hints:
            return ProofState.RESTING
        if self.proof.verified and not self._proof_is_stale():
            return ProofState.VERIFIED
        return ProofState.UNKNOWN

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
        )

    def late_orders(self) -> Iterable[LateOrder]:
        return self.ledger.late.values()

    def hint(self, order: OrderUpdate) -> None:
        """The private stream reports an order of this account; an open one in scope is cancelled at once."""
        key = (order.book, order.order_id)
        if not order.is_open:
            if self._hints.pop(key, None) is not None:
                self.ledger.gone(order)
            return
        if not self._in_scope(order) or (key in self._hints):
            return
        self.proof.order_seen()
        self._hints[key] = order
        self._pacing.hinted()
        self.ledger.seen(order, listed_before=self._passes > 0)
        self._hinted.set()
        self._on_change()

    # -- the two tasks --------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stop, prove and sweep until cancelled."""
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

    async def _serve_hints(self) -> None:
        while True:
            await self._hinted.wait()
            self._hinted.clear()
            orders = [order for order in self._hints.values() if self.ledger.answered_s(order) is None]
            acting = self._acting
            if acting is None or not orders:
                continue  # the rounds will list and cancel it as soon as there is somebody to ask
            by_book: dict[str, list[OrderUpdate]] = {}
            for order in orders:
                by_book.setdefault(order.book, []).append(order)
            await asyncio.gather(*(self._canceller.by_id(acting, book, rows) for book, rows in by_book.items()))
            self._pacing.want_listing()

    async def _fire_blind(self) -> None:
        """Cancel where orders are known to rest, before the first listing: it costs less and comes sooner."""
        acting = await self._acquire()
        if acting is None:
            return
        for order in self.target.known_orders:
            if self._in_scope(order):
                self.ledger.seen(order, listed_before=False)
        if self.target.owns is not None:
            known = [order for order in self.target.known_orders if self._in_scope(order)]
            await self._canceller.listed(acting, known)
            return
        await self._canceller.everywhere(acting)

    async def _round(self) -> None:
        acting = await self._acquire()
        if acting is None:
            return
        self._passes += 1
        self._pacing.listing()
        began_s = self._clock.monotonic()
        answers = await asyncio.gather(*(acting.list_orders(book) for book in acting.books), return_exceptions=True)
        listings: list[Listing] = []
        for answer in answers:
            if isinstance(answer, VenueError):
                self._failed(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                listings.append(answer)
        orders = [order for listing in listings for order in listing.orders]
        await self._judge(acting, orders, began_s, complete={row.book for row in listings} >= set(acting.books))

    async def _judge(self, acting: ActingVenue, orders: list[OrderUpdate], began_s: float, *, complete: bool) -> None:
        ours = [order for order in orders if self._in_scope(order)]
        for order in ours:
            self.ledger.seen(order, listed_before=self._passes > 1)
        if complete:
            self._resting = len(ours)
            self._unclear = 0 if self.target.owns is None else sum(self.target.owns(order) is None for order in orders)
            self.ledger.listed({(order.book, order.order_id) for order in ours}, began_s)
            self._forget_hints_absent_from(ours, began_s)
            if not self._unclear:
                self.proof.listed(began_s, len(ours) + len(self._hints))
            self._note_complete(began_s, bool(ours))
        elif ours:
            self._resting = max(self._resting or 0, len(ours))
        if ours:
            self.proof.order_seen()
            await self._canceller.listed(acting, ours)
        if not complete:
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
        if self._hints:
            self._hinted.set()
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
        return Standing.SETTLED if self.proof.verified or self._unclear else Standing.OPEN

    def _sent(self, step: Step) -> None:
        if self._first_cancel_s is None:
            self._first_cancel_s = self._clock.monotonic()
        self._step = step

    def _in_scope(self, order: OrderUpdate) -> bool:
        return self.target.owns is None or self.target.owns(order) is True

    def _forget_hints_absent_from(self, listed: list[OrderUpdate], began_s: float) -> None:
        """A hinted order is gone once a listing that began after the hint does not show it any more.

        The listing may be a moment old at the venue, so a hint outlives listings that began within `settle_s` of it.
        """
        still = {(order.book, order.order_id) for order in listed}
        settled = began_s >= self._pacing.last_hint_s + self._settings.settle_s
        for key, order in list(self._hints.items()):
            answered_s = self.ledger.answered_s(order)
            if key in still:
                self._hints.pop(key)  # the listing shows it: it is counted there from now on
            elif settled or (answered_s is not None and began_s >= answered_s):
                self._hints.pop(key)
                self.ledger.gone(order)

    def _proof_is_stale(self) -> bool:
        limit_s = max(self._settings.stale_proof_s, 3 * self._pacing.pace_s)
        return bool(self._trouble) and self._clock.monotonic() - self._last_empty_s > limit_s

    def _failed(self, error: ScramError) -> None:
        self._trouble = str(error)
        self._hopeless = isinstance(error, ConfigError | SecretError | VenueDenied)
        self._pacing.failed(error)
        self._on_change()

    def _reason(self, state: ProofState) -> str:
        if state is ProofState.VERIFIED:
            return ""
        if self._unclear and not self._resting:
            return f"{self._unclear} unattributed orders rest in this account: whose they are cannot be told"
        if self._trouble:
            return self._trouble
        if state is ProofState.RESTING:
            return "cancelling" if self._passes <= 1 else f"re-cancelling, pass {self._passes}"
        if self.proof.empty_rounds == 1:
            return "listed empty once; second listing due"
        if self._passes:
            return "a new order was cancelled; listed again when it is quiet"
        return "not listed yet"

    def _listing_began_at_s(self) -> float | None:
        began_s = self.proof.began_s
        return None if began_s is None else self._clock.now() - (self._clock.monotonic() - began_s)

    def _since_fired_ms(self, moment_s: float | None) -> float | None:
        return None if moment_s is None else (moment_s - self._fired_s) * 1000.0

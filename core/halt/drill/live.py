"""A live drill of one account: one harmless order is placed, then stopped like any other, and the stop is measured.

The stop is the real one over a scope of exactly that order, so that nothing else of the account is touched. Whatever
the placing came to, the account is stopped and proven afterwards: a request without an answer may still have worked.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.clock import Clock
from core.domain import Leg
from core.errors import (
    ConfigError,
    VenueClock,
    VenueDenied,
    VenueError,
    VenueRefused,
    VenueUnsupported,
)
from core.halt.account import AccountStop
from core.halt.drill.one import OneDrill, Tell
from core.halt.drill.report import DrillRow
from core.halt.model import ProofState
from core.halt.readiness.desk import Subject, lent
from core.halt.target import HaltTarget, StopSettings
from core.tasks import spawn, stop_all
from core.venues.messages import OrderUpdate, Source
from core.venues.protocol import ActingVenue, DrilledVenue, FarOffOrder, OrderAck

HELD = "a stop holds it: what its sweep shows is better than any drill"
DEADLINE_S = 60.0
"""How long its own order is chased before a person is asked to."""
LINGER_S = 10.0
"""A placing without an answer may still come through: for so long it is looked for."""
LOOK_S = 0.25
DEFINITE = (VenueRefused, VenueDenied, VenueUnsupported, VenueClock, ConfigError)
"""Errors after which nothing was placed."""
FIND_WEIGHT = 7.0
"""Positions and a price."""


class LiveDrill(OneDrill):
    def __init__(
        self, subject: Subject, target: HaltTarget, row: DrillRow, settings: StopSettings, clock: Clock, tell: Tell
    ) -> None:
        super().__init__(subject, target, row, settings, clock, tell)
        self._order_id = ""
        self.committed = False
        """Whether something may have been placed: from then on it is seen through."""

    async def run(self) -> DrillRow:
        """Raises a ScramError where nothing was placed."""
        self._note(step="preparing")
        acting, order = await find_order(self._subject, self._target, self._row.client_order_id)
        self._note(step="placing", placed=order.words, books=acting.books)
        ack, trouble = await self._place(acting, order)
        return await self._stop(acting, order, ack, trouble)

    @property
    def _name(self) -> str:
        return self._subject.account

    async def _place(self, acting: ActingVenue, order: FarOffOrder) -> tuple[OrderAck | None, str]:
        """The venue's answer, or what became of it."""
        self.committed = True
        began_s = self._clock.monotonic()
        try:
            ack = await acting.place(order.request)
        except DEFINITE as error:
            self.committed = False
            raise type(error)(f"the venue did not take the order ({order.words}): {error}") from None
        except VenueError as error:
            return None, str(error)
        self._order_id = ack.order_id
        self._note(place_ms=self._since_ms(began_s))
        return ack, ""

    async def _stop(self, acting: ActingVenue, order: FarOffOrder, ack: OrderAck | None, trouble: str) -> DrillRow:
        self._note(step="stopping")
        changed = asyncio.Event()
        fired_s = self._clock.monotonic()
        known = () if ack is None else (self._known(order, ack),)
        target = replace(self._target, owns=self._is_mine, known_orders=known, known_symbols=frozenset())
        stop = AccountStop(target, self._settings, self._clock, fired_s, changed.set)
        task = spawn(stop.run(), name=f"live drill of {self._name}")
        try:
            await self._see_through(stop, changed, fired_s, LINGER_S if ack is None else 0.0)
        finally:
            await stop_all([task])
        row = stop.row()
        self._note(first_cancel_ms=row.first_cancel_ms, proof_ms=row.proof_ms)
        if row.state is not ProofState.VERIFIED:
            left = f"{self._row.client_order_id} may still rest ({order.words}): {row.reason}"
            return self._note(passed=False, left=left, reason=f"its own order {left}; cancel it by hand")
        if ack is None:
            found = "was found and cancelled" if row.cancelled else "does not rest"
            return self._note(passed=False, reason=f"the placing had no answer ({trouble}); the order {found}")
        return self._note(passed=True)

    async def _see_through(self, stop: AccountStop, changed: asyncio.Event, fired_s: float, linger_s: float) -> None:
        """Until it is proven that nothing of ours rests (and has stayed so for `linger_s`), or the deadline."""
        proven_s: float | None = None
        while (now_s := self._clock.monotonic()) < fired_s + DEADLINE_S:
            if self._row.gone_ms is None and stop.ledger.cancelled:
                self._note(gone_ms=self._since_ms(fired_s))
            if stop.state is not ProofState.VERIFIED:
                proven_s = None
            elif proven_s is None:
                proven_s = now_s
            if proven_s is not None and now_s - proven_s >= linger_s:
                return
            changed.clear()
            waiting = spawn(changed.wait(), name="live drill waits")
            try:
                await asyncio.wait((waiting,), timeout=LOOK_S)
            finally:
                await stop_all([waiting])

    def _is_mine(self, order: OrderUpdate) -> bool:
        """Some venues put letters of their own before a client id."""
        mine = bool(order.client_order_id) and order.client_order_id.endswith(self._row.client_order_id)
        return mine or (bool(self._order_id) and order.order_id == self._order_id)

    def _known(self, order: FarOffOrder, ack: OrderAck) -> OrderUpdate:
        request = order.request
        return OrderUpdate(
            account=self._name,
            symbol=request.symbol,
            order_id=ack.order_id,
            client_order_id=request.client_order_id,
            book=order.book,
            side=request.side,
            is_open=True,
            quantity=ack.quantity,
            filled=ack.filled or 0.0,
            price=request.price,
            trigger_price=None,
            reduce_only=False,
            at_s=None,
            source=Source.READING,
            received_s=self._clock.monotonic(),
        )


async def find_order(subject: Subject, target: HaltTarget, client_order_id: str) -> tuple[ActingVenue, FarOffOrder]:
    """What a live drill of it would place now; raises a ScramError where it would place nothing."""
    acting = await subject.acquire()
    if not isinstance(acting, DrilledVenue):
        raise VenueUnsupported(f"no order can be placed at {subject.exchange} from here", account=subject.account)
    async with lent(subject, FIND_WEIGHT):
        positions = await acting.read_positions()
        order = await acting.far_off(client_order_id, target.known_symbols | {row.symbol for row in positions})
    if any(row.leg is not Leg.NET for row in positions):
        # In hedge mode every order names its leg, and a buy that opens belongs to the long one.
        order = replace(order, request=replace(order.request, leg=Leg.LONG))
    return acting, order


def refusal(subject: Subject, *, is_stopped: bool) -> str:
    """Why no order may be placed there, "" where one may."""
    if subject.obstacle:
        return subject.obstacle
    if not subject.may_place:
        return 'it is watched only, and a live drill places an order: mode = "act" allows that'
    if is_stopped:
        return HELD
    return ""

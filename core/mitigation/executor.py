"""Carries a plan out: reduce-only orders, slice by slice, capped at what the venue says is held, then read back.

Accounts run side by side, the orders of one account one after the other; the legs of a hedge go in step. Nothing that
the venue said of an order is believed until its books, asked again, show it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.clock import Clock
from core.domain import Side
from core.mitigation.balance import Balance, Unit
from core.mitigation.held import Cut
from core.mitigation.lane import Lane
from core.mitigation.model import Mitigation
from core.mitigation.order_ids import order_id
from core.mitigation.permission import MayAct, anywhere
from core.mitigation.report import ExecutionReport, ReductionOutcome
from core.mitigation.terms import Acquire, Room, Spacing, Terms, room_enough
from core.mitigation.urgency import ExecutorSettings
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

Claim = Callable[[str, str], None]
"""Takes a client order id and the strategy it belongs to, before the order is sent."""


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order that is about to be sent."""

    mitigation_id: str
    client_order_id: str
    account: str
    symbol: str
    strategy: str
    side: Side
    quantity: float


Announce = Callable[[PlannedOrder], Awaitable[None]]
"""Writes an order down before it is sent; may take a few ms, and raises nothing."""
Changed = Callable[[Mitigation], str]
"""What of the limit that a plan was made for has moved too far since, "" where nothing has."""


async def _unannounced(order: PlannedOrder) -> None:
    del order


def _unchanged(mitigation: Mitigation) -> str:
    del mitigation
    return ""


def _unknown_volume(account: str, symbol: str) -> float:
    del account, symbol
    return math.nan


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an execution asks and tells of the rest while it runs."""

    claim: Claim
    may_act: MayAct = anywhere
    announce: Announce = _unannounced
    changed: Changed = _unchanged
    day_volume: Callable[[str, str], float] = _unknown_volume
    """By account and symbol, what is traded in 24 hours, base units; NaN unknown."""
    room: Room = room_enough


class Execution:
    """One run of one plan."""

    def __init__(
        self,
        mitigation: Mitigation,
        acquire: Acquire,
        clock: Clock,
        around: Surroundings,
        settings: ExecutorSettings | None = None,
    ) -> None:
        self._mitigation = mitigation
        self._acquire = acquire
        self._clock = clock
        self._around = around
        self._settings = settings or ExecutorSettings()
        self._ceased = ""
        self._drifted = ""
        self._running: list[asyncio.Task[None]] = []
        self._cuts = [Cut(row, place) for place, row in enumerate(mitigation.reductions, 1)]

    def cease(self, reason: str) -> None:
        """Send nothing more, now. What is in flight is reported as not known."""
        self._ceased = self._ceased or reason
        for task in self._running:
            task.cancel()

    @property
    def progress(self) -> tuple[ReductionOutcome, ...]:
        """Order by order, how far it is by now."""
        return tuple(cut.outcome("" if cut.orders else "still to come") for cut in self._cuts)

    async def run(self) -> ExecutionReport:
        began_s = self._clock.monotonic()
        if not self._ceased:
            terms = self._terms(began_s)
            balance = Balance(self._cuts, terms.urgency.step)
            by_account: dict[str, list[Unit]] = {}
            for unit in balance.units:
                by_account.setdefault(unit.cuts[0].account, []).append(unit)
            for account, units in by_account.items():
                lane = Lane(account, units, balance, terms)
                name = f"mitigation {self._mitigation.mitigation_id} {account}"
                self._running.append(spawn(lane.run(), name=name, on_failure=_note_failure(lane.cuts)))
        try:
            await asyncio.gather(*self._running, return_exceptions=True)
        except asyncio.CancelledError:
            await stop_all(list(self._running))
            raise
        return self._report(began_s)

    def _report(self, began_s: float) -> ExecutionReport:
        sent = [cut for cut in self._cuts if cut.orders]
        over = self._clock.monotonic() >= began_s + self._settings.deadline_s
        ended = self._ceased or self._drifted or ("the time was over" if over else "")
        outcomes = tuple(cut.outcome(ended) for cut in self._cuts)
        return ExecutionReport(
            mitigation_id=self._mitigation.mitigation_id,
            outcomes=outcomes,
            ceased=self._ceased,
            confirmed=bool(sent) and all(cut.confirmed for cut in sent),
            began_s=began_s,
            ended_s=self._clock.monotonic(),
            drifted=self._drifted,
            late=over and any(row.refused for row in outcomes),
        )

    def _terms(self, began_s: float) -> Terms:
        return Terms(
            acquire=self._acquire,
            clock=self._clock,
            settings=self._settings,
            urgency=self._settings.urgencies[self._mitigation.severity],
            until_s=began_s + self._settings.deadline_s,
            order_id=self._next_id,
            announce=self._announce,
            may_act=self._around.may_act,
            why_not=self._why_not,
            drift=self._drift,
            day_volume=self._around.day_volume,
            room=self._around.room,
            spacing=Spacing(self._clock, self._settings.apart_s),
        )

    def _next_id(self, cut: Cut) -> str:
        cut.numbers += 1
        return order_id(self._mitigation, cut.place, cut.numbers)

    async def _announce(self, cut: Cut, client_order_id: str, quantity: float) -> None:
        row = cut.reduction
        self._around.claim(client_order_id, row.strategy)
        await self._around.announce(
            PlannedOrder(
                self._mitigation.mitigation_id, client_order_id, row.account, row.symbol, row.strategy, row.side,
                quantity,
            )
        )  # fmt: skip

    def _drift(self, reason: str) -> None:
        self._drifted = self._drifted or reason

    def _why_not(self) -> str:
        self._drifted = self._drifted or self._around.changed(self._mitigation)
        return self._ceased or self._drifted


def _note_failure(cuts: list[Cut]) -> Callable[[str, BaseException], None]:
    def note(name: str, error: BaseException) -> None:
        log.error("%s broke", name, exc_info=error)
        for cut in cuts:
            if not cut.confirmed:
                cut.end(f"{name} broke: {type(error).__name__}")

    return note

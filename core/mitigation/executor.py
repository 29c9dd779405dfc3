"""Carries a plan out: reduce-only market orders, capped at what the venue says is held, then read back.

Accounts run side by side, the orders of one account one after the other. Nothing that the venue said of an order is
believed until the positions, read again, show it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.clock import Clock
from core.errors import VenueBusy, VenueError
from core.mitigation.held import Task, settle
from core.mitigation.model import Mitigation
from core.mitigation.permission import MayAct, anywhere
from core.mitigation.report import ExecutionReport
from core.tasks import spawn, stop_all
from core.venues.closing import Held, Patience, send
from core.venues.protocol import ActingVenue

log = logging.getLogger(__name__)

Claim = Callable[[str, str], None]
"""Takes a client order id and the strategy it belongs to, before the order is sent."""

SHORT_ID = 20
"""Characters of a mitigation's id in a client order id: venues allow 32 to 36 in all."""


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    read_tries: int = 2
    verify_tries: int = 5
    verify_pause_s: float = 0.25
    """Before the first re-reading; each further one waits longer by this."""
    rounds: int = 2
    """How often the rest of a partial fill is sent."""
    busy_tries: int = 3
    busy_pause_s: float = 0.5
    busy_pause_max_s: float = 3.0


class Execution:
    """One run of one plan."""

    def __init__(
        self,
        mitigation: Mitigation,
        venues: Mapping[str, ActingVenue],
        clock: Clock,
        claim: Claim,
        settings: ExecutorSettings | None = None,
        may_act: MayAct = anywhere,
    ) -> None:
        self._mitigation = mitigation
        self._venues = venues
        self._clock = clock
        self._claim = claim
        self._settings = settings or ExecutorSettings()
        self._may_act = may_act
        self._patience = Patience(
            self._settings.busy_tries, self._settings.busy_pause_s, self._settings.busy_pause_max_s
        )
        self._numbers = itertools.count(1)
        self._ceased = ""
        self._running: list[asyncio.Task[None]] = []
        self._tasks = [Task(row) for row in mitigation.reductions]

    def cease(self, reason: str) -> None:
        """Send nothing more, now. What is in flight is reported as not known."""
        self._ceased = self._ceased or reason
        for task in self._running:
            task.cancel()

    async def run(self) -> ExecutionReport:
        began_s = self._clock.monotonic()
        by_account: dict[str, list[Task]] = {}
        for task in self._tasks:
            by_account.setdefault(task.reduction.account, []).append(task)
        if not self._ceased:
            for account, tasks in by_account.items():
                name = f"mitigation {self._mitigation.mitigation_id} {account}"
                self._running.append(
                    spawn(self._run_account(account, tasks), name=name, on_failure=_note_failure(tasks))
                )
        try:
            await asyncio.gather(*self._running, return_exceptions=True)
        except asyncio.CancelledError:
            await stop_all(list(self._running))
            raise
        outcomes = tuple(task.outcome(self._ceased) for task in self._tasks)
        sent = [task for task in self._tasks if task.orders]
        return ExecutionReport(
            mitigation_id=self._mitigation.mitigation_id,
            outcomes=outcomes,
            ceased=self._ceased,
            confirmed=bool(sent) and all(task.confirmed for task in sent),
            began_s=began_s,
            ended_s=self._clock.monotonic(),
        )

    # One account

    async def _run_account(self, account: str, tasks: list[Task]) -> None:
        venue = self._venues.get(account)
        if venue is None:
            _refuse(tasks, f"account {account} cannot be acted on")
            return
        try:
            held = await self._read(venue, self._settings.read_tries)
        except VenueError as error:
            _refuse(tasks, f"positions of {account} could not be read: {error}")
            return
        for task in tasks:
            task.before = held.magnitude(task.key)
        for _ in range(self._settings.rounds):
            owing = [task for task in tasks if task.owes(held)]
            if not owing:
                return
            for task in owing:
                await self._send(venue, task, held)
            if not any(task.orders for task in tasks):
                continue
            held = await self._verify(venue, tasks, held)
            if any(task.in_doubt for task in owing):
                # An order that got no answer may still arrive: sending the rest now could close twice as much.
                return

    async def _send(self, venue: ActingVenue, task: Task, held: Held) -> None:
        refusal = self._may_act(task.reduction.account)
        if refusal:
            _refuse([task], refusal)
            return
        quantity = min(task.rest, held.magnitude(task.key))
        if quantity <= 0.0:
            task.refused = "the position is gone already"
            task.final = True
            return
        client_order_id = self._client_order_id()
        self._claim(client_order_id, task.reduction.strategy)
        task.sending(client_order_id, quantity)
        sent = await send(venue, held.reducing(task.key, quantity, client_order_id), self._clock, self._patience)
        if sent.ack is not None:
            task.acked(sent.ack)
            held.take(task.key, sent.ack.quantity)
        elif sent.doubt:
            task.doubt(quantity, sent.doubt)
            held.take(task.key, quantity)
        else:
            task.not_sent(client_order_id)
            task.refused, task.final = sent.refused, not sent.busy

    def _client_order_id(self) -> str:
        letters = [letter for letter in self._mitigation.mitigation_id if letter.isascii() and letter.isalnum()]
        # Letters and digits alone: OKX takes nothing else in a clOrdId, and at most 32 of them.
        return f"scm{''.join(letters[-SHORT_ID:])}x{next(self._numbers)}"

    # Reading back

    async def _read(self, venue: ActingVenue, tries: int) -> Held:
        for attempt in range(1, tries + 1):
            try:
                return Held.of(await venue.read_positions())
            except VenueError as error:
                if attempt == tries:
                    raise
                pause_s = self._settings.verify_pause_s
                if isinstance(error, VenueBusy) and error.retry_after_s is not None:
                    pause_s = min(error.retry_after_s, self._settings.busy_pause_max_s)
                await self._clock.sleep(pause_s)
        raise AssertionError("unreachable")

    async def _verify(self, venue: ActingVenue, tasks: list[Task], before: Held) -> Held:
        """Read until the positions show every order, or the tries are over; then the last reading stands."""
        held = before
        for attempt in range(1, self._settings.verify_tries + 1):
            await self._clock.sleep(self._settings.verify_pause_s * attempt)
            try:
                held = Held.of(await venue.read_positions())
            except VenueError:
                continue
            settle(held, tasks)
            if all(task.confirmed for task in tasks if task.orders):
                break
        return held


def _refuse(tasks: list[Task], reason: str) -> None:
    for task in tasks:
        task.refused = reason
        task.final = True


def _note_failure(tasks: list[Task]) -> Callable[[str, BaseException], None]:
    def note(name: str, error: BaseException) -> None:
        log.error("%s broke", name, exc_info=error)
        for task in tasks:
            if not task.confirmed:
                task.refused = f"{name} broke: {type(error).__name__}"

    return note

"""One stop: fires every account in scope at once, keeps the latch on disk, and says how far it is.

No account waits for another, and none waits for the disk longer than `latch_wait_s`.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from core.clock import Clock
from core.errors import LatchError
from core.halt.account import AccountStop
from core.halt.beside import ALONE, Beside
from core.halt.evidence.document import RunHeld
from core.halt.evidence.folder import EvidenceFolder
from core.halt.evidence.keeper import EvidenceKeeper
from core.halt.evidence.papers import Papers
from core.halt.evidence.record import AccountRecord
from core.halt.forecast import Forecast, Minutes, forecast_of, minutes_of
from core.halt.latch import Latch, LatchFolder
from core.halt.model import HaltView, ProofState, Reappearance
from core.halt.saved import Note
from core.halt.target import HaltTarget, StopSettings, most_at_risk_first
from core.tasks import spawn, stop_all
from core.venues.messages import OrderUpdate

log = logging.getLogger(__name__)

LATCH_RETRY_S = 1.0
KEEP_CANCELLED_S = 0.1
LAUNCH_WITHIN_S = 1.0
"""All accounts are under way so soon after the act, however slowly the loop turns."""
LOOK_AGAIN_S = 0.01
"""How often, at most, whoever waits for the proof looks at all accounts."""
LATE_SHOWN = 200
"""Newest late orders in the view; the counts in the rows cover all."""

_WORST_FIRST = {ProofState.RESTING: 0, ProofState.UNKNOWN: 1, ProofState.VERIFIED: 2}


class HaltRunner:
    def __init__(
        self,
        latch: Latch,
        targets: Sequence[HaltTarget],
        folder: LatchFolder,
        disk: Executor,
        papers: Papers,
        clock: Clock,
        settings: StopSettings,
        *,
        latched: bool = False,
        beside: Beside = ALONE,
    ) -> None:
        """`latched` says that the latch is already on disk (found at start, or fired by another process)."""
        self.latch = latch
        self._targets = tuple(targets)
        self._folder = folder
        self._disk = disk
        self._clock = clock
        self._settings = settings
        self._on_disk = latched
        self._beside = beside
        self._latch_error = ""
        self._keep_error = ""
        self._unkept: list[Note] = []
        self._fired_s = clock.monotonic()
        self._accounts: dict[str, AccountStop] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._news: set[asyncio.Event] = set()
        self.evidence = EvidenceKeeper(latch.halt_id, EvidenceFolder.beside(folder.folder), papers, clock, self.held)
        self.forecast: Forecast | None = None
        """As it was at the act; None until all are under way."""

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Returns at once; everything else happens in tasks of the running loop."""
        self._fired_s = self._clock.monotonic()
        latched = asyncio.Event()
        if self._on_disk:
            latched.set()
        else:
            self._tasks.append(spawn(self._write_latch(latched), name=f"latch {self.latch.halt_id}"))
        terms, issued = self.latch.terms, self.latch.issued
        for target, score in most_at_risk_first(self._targets):
            stop = AccountStop(target, self._settings, self._clock, self._fired_s, self._changed, terms, issued, score)
            self._accounts[target.account] = stop
            stop.announce()
        self._tasks.append(spawn(self._launch(latched), name=f"launch {self.latch.halt_id}"))
        self._tasks.append(spawn(self._keep_cancelled(), name=f"keep cancelled {self.latch.halt_id}"))
        self._tasks.append(spawn(self.evidence.run(self._until_proven), name=f"keep evidence {self.latch.halt_id}"))

    def _foretell(self, minutes: Minutes) -> None:
        selective = self.latch.terms.spares_reducing
        try:
            self.forecast = forecast_of(self._targets, self._settings.settle_s, minutes, selective=selective)
        except Exception:  # it is shown, and nothing else: the stop goes on without
            log.exception("how long the stop will take could not be told")

    async def _launch(self, latched: asyncio.Event) -> None:
        """One account after the other within moments, the first ones ahead.

        Were all begun in one breath, a thousand would prepare and sign their requests before the first of them is sent.
        Nothing is waited for here but the latch, for moments, and the loop's next turn.
        """
        minutes = minutes_of(self._targets)
        await self._wait_for_latch(latched)
        stops, begun, began_s = list(self._accounts.values()), 0, self._clock.monotonic()
        while begun < len(stops):
            share = (self._clock.monotonic() - began_s) / LAUNCH_WITHIN_S
            due = max(begun + 1, min(len(stops), int(share * len(stops))))
            for stop in stops[begun:due]:
                self._tasks.append(spawn(self._run(stop), name=f"stop {stop.target.account}"))
            begun = due
            await asyncio.sleep(0)
        self._foretell(minutes)

    async def close(self) -> None:
        """End every task of this stop; the latch stays as it is."""
        # Those that launch and the launched: what is begun while these end is none, for the launch ends with them.
        await stop_all(self._tasks)
        self._tasks.clear()
        await self._keep_now()
        self.evidence.end()

    async def _wait_for_latch(self, latched: asyncio.Event) -> None:
        written = spawn(latched.wait(), name="latch wait")
        try:
            await asyncio.wait((written,), timeout=self._settings.latch_wait_s)
        finally:
            await stop_all([written])

    async def _run(self, stop: AccountStop) -> None:
        await self._beside.hold(self.latch.halt_id, stop.target.account)
        await stop.run()

    # -- what others see ------------------------------------------------------------------------------------------

    @property
    def accounts(self) -> frozenset[str]:
        """Whom it stops."""
        return frozenset(self._accounts)

    @property
    def answered(self) -> frozenset[str]:
        """Accounts whose venue has answered a cancel or a listing of this stop, or will be asked in its turn."""
        return frozenset(account for account, stop in self._accounts.items() if stop.answered)

    def hint(self, order: OrderUpdate) -> None:
        stop = self._accounts.get(order.account)
        if stop is not None:
            stop.hint(order)

    def view(self) -> HaltView:
        rows = [stop.row() for stop in self._accounts.values()]
        proofs = [stop.first_proof_s for stop in self._accounts.values()]
        last_s = max((proof_s for proof_s in proofs if proof_s is not None), default=self._fired_s)
        late = [order for stop in self._accounts.values() for order in stop.late_orders()]
        firsts = [row.first_cancel_ms for row in rows if row.first_cancel_ms is not None]
        return HaltView(
            halt_id=self.latch.halt_id,
            scope=self.latch.scope,
            fired_by=self.latch.fired_by,
            reason=self.latch.reason,
            fired_at_s=self.latch.fired_at_s,
            rows=tuple(sorted(rows, key=lambda row: (_WORST_FIRST[row.state], row.account))),
            late_orders=tuple(sorted(late, key=lambda order: -order.seen_at_s)[:LATE_SHOWN]),
            orders_cancelled=sum(row.cancelled for row in rows),
            first_cancel_ms=min(firsts, default=None),
            proof_ms=None if None in proofs else (last_s - self._fired_s) * 1000.0,
            latch_error=self._latch_error,
            sweeping=bool(self._tasks),
            terms=self.latch.terms,
            metric=self.latch.metric,
            resuming=self.latch.resuming,
            reappeared=self._reappeared(),
            save_error=self._keep_error,
            expected_ms=None if self.forecast is None else self.forecast.proof_ms,
        )

    def record(self, account: str) -> AccountRecord | None:
        """What this account's stop can show for itself; None where it is not in scope."""
        stop = self._accounts.get(account)
        return None if stop is None else stop.record

    @property
    def fired_s(self) -> float:
        """The act, or when this process took the latch up; monotonic."""
        return self._fired_s

    def held(self) -> RunHeld:
        """What this run can show for itself as it stands, to be told in a thread."""
        view, now_s, now_at_s = self.view(), self._clock.monotonic(), self._clock.now()
        return RunHeld(
            view=view,
            accounts=tuple(self._accounts[row.account].record.held(row) for row in view.rows),
            began_s=self._fired_s,
            began_at_s=now_at_s - (now_s - self._fired_s),
            made_s=now_s,
            made_at_s=now_at_s,
            firings=self.latch.firings,
        )

    def _reappeared(self) -> tuple[Reappearance, ...]:
        found = (row for stop in self._accounts.values() for row in stop.ledger.reappeared())
        return tuple(sorted(found, key=lambda row: (-row.orders, row.account, row.strategy)))

    def settled(self, *, give_up_on_hopeless: bool) -> bool:
        """Whether every account is proven, or is one that no asking can help."""
        return all(
            stop.state is ProofState.VERIFIED or (give_up_on_hopeless and stop.hopeless)
            for stop in self._accounts.values()
        )

    async def wait(self, seconds: float, *, give_up_on_hopeless: bool = False) -> bool:
        """Wait up to `seconds` until every account is proven; whether they are.

        With `give_up_on_hopeless`, accounts that no asking can help (no key) are not waited for.
        """
        settled = functools.partial(self.settled, give_up_on_hopeless=give_up_on_hopeless)
        waiting = spawn(self._until(settled), name="wait for proof")
        try:
            await asyncio.wait((waiting,), timeout=seconds)
        finally:
            await stop_all([waiting])
        return all(stop.state is ProofState.VERIFIED for stop in self._accounts.values())

    async def _until(self, settled: Callable[[], bool]) -> None:
        news = asyncio.Event()
        self._news.add(news)
        try:
            while not settled():
                await news.wait()
                news.clear()
                await self._clock.sleep(LOOK_AGAIN_S)
        finally:
            self._news.discard(news)

    async def _until_proven(self) -> None:
        """Until every account was proven once."""
        await self._until(lambda: all(stop.first_proof_s is not None for stop in self._accounts.values()))

    def _changed(self) -> None:
        for news in self._news:
            news.set()

    # -- disk -----------------------------------------------------------------------------------------------------

    async def _write_latch(self, written: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.run_in_executor(self._disk, self._folder.write, self.latch)
                self._latch_error = ""
                self._on_disk = True
                written.set()
                return
            except LatchError as error:
                self._latch_error = str(error)
                written.set()  # nobody waits for a broken disk
            await self._clock.sleep(LATCH_RETRY_S)

    async def write_again(self) -> None:
        """The latch file vanished without a reset: put it back. Raises LatchError."""
        await asyncio.get_running_loop().run_in_executor(self._disk, self._folder.write, self.latch)

    async def issue(self, client_order_ids: Sequence[str]) -> None:
        """Orders with these client ids are about to be placed under this latch: write them into it, then spare them.

        Raises LatchError, and then they are not spared.
        """
        loop = asyncio.get_running_loop()
        written = await loop.run_in_executor(self._disk, self._folder.issue, self.latch, tuple(client_order_ids))
        self.take_issued(written.issued)
        await self._beside.issued(self.latch.halt_id, client_order_ids)

    def take_issued(self, client_order_ids: Sequence[str]) -> None:
        """What the latch on disk says was issued under it, by this process or another."""
        issued = tuple(dict.fromkeys((*self.latch.issued, *client_order_ids)))
        if issued == self.latch.issued:
            return
        self.latch = replace(self.latch, issued=issued)
        for stop in self._accounts.values():
            stop.sorter.issue(issued)

    @property
    def latch_error(self) -> str:
        """Why the latch is not on disk yet, "" when it is."""
        return self._latch_error

    @property
    def ran_s(self) -> float:
        """Since it was fired, or fired again, or taken up by this process."""
        return self._clock.monotonic() - self._fired_s

    @property
    def on_disk(self) -> bool:
        return self._on_disk

    async def _keep_cancelled(self) -> None:
        while True:
            await self._clock.sleep(KEEP_CANCELLED_S)
            await self._keep_now()

    async def _keep_now(self) -> None:
        for stop in self._accounts.values():
            self._unkept.extend(stop.ledger.unsaved())
        if not self._unkept:
            return
        orders, loop = tuple(self._unkept), asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._disk, self._folder.saved.append, self.latch.halt_id, orders)
        except LatchError as error:
            self._keep_error = str(error)
            return
        self._keep_error = ""
        del self._unkept[: len(orders)]

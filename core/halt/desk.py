"""All stops of this process: fire, find again after a restart, follow other processes, reset.

The latch folder is the shared truth. A stop fired by the command line is taken up by the desk within `FOLLOW_S` and
swept; a reset by the command line ends the sweeping; a latch file that vanished without a reset is written again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from core.clock import Clock
from core.domain import PORTFOLIO, EvidenceFormat, Scope
from core.errors import ConfigError, LatchError
from core.halt.beside import ALONE, Beside
from core.halt.evidence.export import EvidenceStore, Running, write_export
from core.halt.evidence.papers import Papers
from core.halt.following import Follower
from core.halt.latch import Latch, LatchFolder
from core.halt.model import HaltView
from core.halt.restore import Acquire
from core.halt.restorer import Restorer
from core.halt.runner import HaltRunner
from core.halt.source.desk import SourceDesk
from core.halt.source.model import SourceAct, SourceView
from core.halt.target import HaltTarget, StopSettings
from core.halt.terms import USUAL, StopTerms
from core.halt.way_back.acts import WayBack
from core.signals import Signal
from core.tasks import spawn
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue

log = logging.getLogger(__name__)

LOOK_S = 0.05


class TargetsOf(Protocol):
    def __call__(self, scope: Scope, *, include_unattributed: bool = False) -> Sequence[HaltTarget]:
        """The accounts of a scope at this moment."""
        ...


class HaltDesk:
    def __init__(
        self,
        folder: LatchFolder,
        targets_of: TargetsOf,
        clock: Clock,
        settings: StopSettings,
        new_id: Callable[[], str],
        beside: Beside = ALONE,
        sources: SourceDesk | None = None,
    ) -> None:
        """`sources` are asked to pause as soon as a stop is fired, and are not waited for."""
        self.sources = sources or SourceDesk({}, (), lambda _: (), clock)
        self._folder = folder
        self._targets_of = targets_of
        self._clock = clock
        self._settings = settings
        self._new_id = new_id
        self._beside = beside
        # Its own thread: the latch never queues behind anybody else's disk work.
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="latch")
        self._papers = Papers()
        self._evidence = EvidenceStore(folder)
        self._runners: dict[str, HaltRunner] = {}
        self._follower = Follower(self, folder, clock, self.on_disk_thread)
        self._closed = False
        self.fired: Signal[[Latch]] = Signal("stop fired")
        self.was_reset: Signal[[Latch]] = Signal("stop reset")
        """Sends the latch with who reset it, and why."""
        self.way_back = WayBack(self, folder, clock, settings.second_person_s, self.on_disk_thread)
        self.restorer = Restorer(self, folder.saved, clock, new_id, self.on_disk_thread)

    # -- acts -----------------------------------------------------------------------------------------------------

    def fire(self, scope: Scope, fired_by: str, reason: str, terms: StopTerms = USUAL, metric: str = "") -> HaltRunner:
        """Stop `scope` now. A scope already stopped is fired again: its accounts start over, its latch stays.

        Firing again only tightens: the stricter of the old terms and the new hold, and no order is spared any more for
        having been placed under the latch. `metric`: whose limit fires it, "" where a person does.
        """
        runners = (runner for runner in self._runners.values() if not runner.latch.resuming)
        again = next((runner for runner in runners if runner.latch.scope == scope), None)
        if again is None:
            second_s = self._settings.second_person_s if scope == PORTFOLIO else 0.0
            now_s = self._clock.now()
            latch = Latch(
                self._new_id(), scope, fired_by, reason, now_s, terms, metric=metric, second_person_s=second_s
            )
            runner = self._start(latch, latched=False)
            self.fired.send(latch)
            return runner
        spawn(again.close(), name=f"end of the former run of {again.latch.halt_id}")
        former = again.latch
        latch = replace(former, terms=former.terms.tightened_by(terms), issued=(), firings=former.firings + 1)
        return self._start(latch, latched=False)

    def adopt(self, latch: Latch) -> None:
        """Another process says that it fired this stop, or fired it again: it is ours too from now on."""
        runner = self._runners.get(latch.halt_id)
        if runner is None:
            self._start(latch, latched=False)
            self.fired.send(latch)
        else:
            self.take_over(runner, latch, latched=False)

    async def begin_anew(self) -> None:
        """Start every stop over with the accounts of this moment; no latch is touched."""
        for runner in self.runners:
            await runner.close()
            self._start(runner.latch, latched=runner.on_disk)

    async def reset(
        self, halt_id: str, operator: str, reason: str, *, confirmed_by: str = "", resumes: bool = False
    ) -> None:
        """Take off one latch and end its sweeping. Raises LatchError, and then it still holds.

        Both a name and a reason are required. It restarts no trading, but where `resumes` says that it is the second
        step of a return (`WayBack`, which also asks the second person): then the sources are asked to resume.
        """
        runner = self._runners.get(halt_id)
        if runner is None:
            raise LatchError(f"no stop {halt_id} is latched")
        if not operator.strip() or not reason.strip():
            raise LatchError("a reset needs the operator's name and a reason")
        at_s = self._clock.now()
        latch = replace(runner.latch, confirmed_by=confirmed_by, reset_resumes=resumes and runner.latch.resuming)
        await self.on_disk_thread(self._folder.reset, latch, operator, reason, at_s)
        await self.ended(replace(latch, reset_by=operator, reset_reason=reason, reset_at_s=at_s))

    def begin_resuming(self, scope: Scope, operator: str, reason: str, terms: StopTerms) -> None:
        """The first step of a return, beside whatever else stands: a reduce-only stop that a person lifts again."""
        second_s = self._settings.second_person_s if scope == PORTFOLIO else 0.0
        latch = Latch(
            self._new_id(), scope, operator, reason, self._clock.now(), terms, resuming=True, second_person_s=second_s
        )
        self._start(latch, latched=False)
        for strategy in self.strategies_in(scope):
            self.sources.ask(strategy, SourceAct.REDUCE_ONLY, latch.halt_id)
        self.fired.send(latch)

    async def export(self, halt_id: str, form: EvidenceFormat, path: Path) -> None:
        """Write the evidence of a stop, also of one that was reset, to `path`. Raises LatchError and SecretError."""
        runner = self._runners.get(halt_id)
        running = None if runner is None else Running(runner.latch, runner.held(), runner.evidence.run_number)
        at_s = self._clock.now()
        await self._papers.do(lambda: write_export(path, self._evidence.export(halt_id, form, at_s, running)))

    async def issue(self, client_order_ids: tuple[str, ...], accounts: Collection[str]) -> None:
        """Write into every latch over one of these accounts that orders with these ids are about to be placed.

        Raises LatchError, and then they are not spared.
        """
        names = frozenset(accounts)
        for latch in await self.on_disk_thread(self._folder.load):
            covered = {target.account for target in self._targets_of(latch.scope)}
            if covered & names and latch.halt_id not in self._runners:
                await self.on_disk_thread(self._folder.issue, latch, client_order_ids)
        for runner in self.runners:
            if runner.accounts & names:
                await runner.issue(client_order_ids)

    def acquirer(self) -> Acquire:
        """The acting side of any account that is configured at this moment."""
        targets = {target.account: target for target in self._targets_of(PORTFOLIO)}

        async def acquire(account: str) -> ActingVenue:
            if account not in targets:
                raise ConfigError(f'no account "{account}" is configured any more')
            return await targets[account].acquire()

        return acquire

    # -- life -----------------------------------------------------------------------------------------------------

    def resume_latched(self) -> tuple[Latch, ...]:
        """Find what was latched before this start and go on sweeping it; call before anything else. Blocking, short."""
        latches = tuple(latch for latch in self._folder.load() if latch.halt_id not in self._runners)
        for latch in latches:
            self._start(latch, latched=self._folder.has(latch))
        return latches

    def follow(self) -> None:
        """Keep in step with the latch folder until closed."""
        self._follower.start()
        self.sources.watch()

    async def see_through(self, known: Collection[HaltRunner], within_s: float) -> None:
        """Wait until every stop that is none of `known` is proven or beyond help, or the time is over."""
        until_s = self._clock.monotonic() + within_s
        while self._clock.monotonic() < until_s:
            if all(runner.settled(give_up_on_hopeless=True) for runner in self.runners if runner not in known):
                return
            await self._clock.sleep(LOOK_S)

    async def close(self) -> None:
        """End the sweeping of this process; every latch stays on disk. What is fired from now on is latched only."""
        self._closed = True
        await self._follower.close()
        for runner in self._runners.values():
            await runner.close()
            if not runner.on_disk:
                self._latch_only(runner.latch)
        self._runners.clear()
        await self.sources.close()
        await self._papers.close()
        self._disk.shutdown(wait=False)

    # -- what others see ------------------------------------------------------------------------------------------

    @property
    def trouble(self) -> str:
        """What is wrong with the latch folder itself, "" when nothing is."""
        return self._follower.trouble

    @property
    def runners(self) -> tuple[HaltRunner, ...]:
        return tuple(self._runners.values())

    def runner_of(self, halt_id: str) -> HaltRunner | None:
        """None where no such stop is latched."""
        return self._runners.get(halt_id)

    async def latch_of(self, halt_id: str) -> Latch | None:
        """As this process holds it, else as it is on the disk; None where it is nowhere. Raises LatchError."""
        runner = self._runners.get(halt_id)
        if runner is not None:
            return runner.latch
        latches: tuple[Latch, ...] = await self.on_disk_thread(self._folder.load)
        return next((latch for latch in latches if latch.halt_id == halt_id), None)

    def targets_under(self, latch: Latch) -> tuple[HaltTarget, ...]:
        return tuple(self._targets_of(latch.scope, include_unattributed=latch.terms.include_unattributed))

    def views(self) -> tuple[HaltView, ...]:
        """Newest first."""
        views = (self.view_of(runner) for runner in self._runners.values())
        return tuple(sorted(views, key=lambda view: -view.fired_at_s))

    def view_of(self, runner: HaltRunner) -> HaltView:
        """With what the sources say of it."""
        return replace(runner.view(), sources=self.sources.views(runner.latch.scope))

    def latched(self) -> tuple[Latch, ...]:
        return tuple(runner.latch for runner in self._runners.values())

    def accounts_in(self, scope: Scope) -> frozenset[str]:
        return frozenset(target.account for target in self._targets_of(scope))

    def strategies_in(self, scope: Scope) -> tuple[str, ...]:
        return self.sources.strategies_in(scope)

    def source_views(self, scope: Scope) -> tuple[SourceView, ...]:
        return self.sources.views(scope)

    def hint(self, order: OrderUpdate) -> None:
        """Give every stop the chance to cancel an order the moment the stream reports it."""
        for runner in self._runners.values():
            runner.hint(order)

    # -- what another process has made of a latch --------------------------------------------------------------------

    def take_up(self, latch: Latch, *, latched: bool) -> None:
        """A stop that this process did not fire: it sweeps it too from now on."""
        self._start(latch, latched=latched)
        self.fired.send(latch)

    def take_over(self, runner: HaltRunner, found: Latch, *, latched: bool) -> None:
        """Orders issued under it, or a firing on stricter terms."""
        if found.firings == runner.latch.firings:
            runner.take_issued(found.issued)
        elif found.firings > runner.latch.firings:
            spawn(runner.close(), name=f"end of the former run of {found.halt_id}")
            self._start(found, latched=latched)

    async def ended(self, done: Latch) -> None:
        """It was reset; `done` says by whom and why."""
        runner = self._runners.pop(done.halt_id, None)
        if runner is not None:
            self._hold_sources()
            if done.reset_resumes:
                for strategy in self.strategies_in(done.scope):
                    self.sources.ask(strategy, SourceAct.RESUME, done.halt_id)
            await runner.close()
            self.was_reset.send(done)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _start(self, latch: Latch, *, latched: bool) -> HaltRunner:
        targets = self.targets_under(latch)
        runner = HaltRunner(
            latch, targets, self._folder, self._disk, self._papers, self._clock, self._settings,
            latched=latched, beside=self._beside,
        )  # fmt: skip
        if self._closed:
            self._latch_only(latch)
            return runner
        self._runners[latch.halt_id] = runner
        self._hold_sources()
        runner.start()
        if not latch.resuming and any(former.resuming for former in self.latched()):
            spawn(self._supersede(latch), name=f"returns ended by {latch.halt_id}")
        return runner

    async def _supersede(self, latch: Latch) -> None:
        """A stop ends every return over its accounts: the way back begins anew, under reduce-only."""
        for former in self.latched():
            if former.resuming and self.way_back.meet(former.scope, latch.scope):
                try:
                    await self.reset(former.halt_id, latch.fired_by or "scram", f"stopped again ({latch.halt_id})")
                except LatchError as error:
                    log.warning("the return of %s stays latched beside the stop: %s", former.scope, error)

    def _hold_sources(self) -> None:
        """Whoever trades is asked in tasks of its own: the first cancels do not wait for it."""
        self.sources.take(runner.latch for runner in self._runners.values())

    def _latch_only(self, latch: Latch) -> None:
        """Nobody is left to sweep: whoever starts next finds it. At once, there being no later."""
        try:
            self._folder.write(latch)
        except LatchError as error:
            if not self._is_held(latch):
                log.error("a stop of %s is not latched although nobody sweeps any more: %s", latch.scope, error)

    def _is_held(self, latch: Latch) -> bool:
        """Whether another process of this machine has latched it."""
        try:
            return any(held.halt_id == latch.halt_id for held in self._folder.load())
        except (LatchError, OSError):
            return False

    async def on_disk_thread(self, work: Callable[..., Any], *args: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *args)

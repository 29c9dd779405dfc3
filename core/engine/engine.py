"""The engine: updates in, one frozen snapshot out per cycle, intents in. It wires the parts and decides nothing itself.

The stop is wired first and started first; it shares nothing with the cycle, which may fail without taking it along.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from core.engine.acting import Acting
from core.engine.cycle import Cycle
from core.engine.deadmen import DeadMen
from core.engine.doing import Doing
from core.engine.event_acts import EventActs
from core.engine.event_memory import EventMemory
from core.engine.flattening import Flattening
from core.engine.guarding import Guarding, known_accounts
from core.engine.intake import Intake
from core.engine.journal_desk import JournalWork
from core.engine.limit_desk.desk import LimitDesk
from core.engine.links import Links
from core.engine.looking_back import LookingBack
from core.engine.memory import Memory
from core.engine.moved_limits import MovedLimits
from core.engine.notifying import Notifying
from core.engine.order_log import OrderLog
from core.engine.parts import Parts
from core.engine.picture import Painter
from core.engine.preparing import prepare_all
from core.engine.readying import Readying
from core.engine.record import Recorder
from core.engine.reloading import Reloader
from core.engine.run_report import run_report
from core.engine.sealing import begin_sealing
from core.engine.showing import Showing
from core.engine.stopping import Stopping
from core.engine.timing import watch_loop
from core.engine.what_if.desk import what_if_of
from core.events.model import Event
from core.intents import (
    AcknowledgeEvent,
    AcknowledgeEvents,
    Act,
    ApproveMitigation,
    ApprovePlan,
    ArmFlatten,
    CancelDrill,
    ConfirmReturn,
    DisarmFlatten,
    EndFlatten,
    ExportEvidence,
    FireFlatten,
    FireStop,
    GiveRoom,
    Intent,
    PreviewDrill,
    PreviewFlatten,
    PreviewRestore,
    RebasePeak,
    RejectMitigation,
    ReloadConfig,
    ResetStop,
    ResolveEvent,
    RestoreProtective,
    ResumeFully,
    ResumeTrading,
    RunDrill,
    ShelveEvent,
    Shown,
    TakeOver,
    TryRoute,
    UnshelveEvent,
)
from core.journal.intents import CallOffJournalCheck, CallOffJournalFile, CheckJournal, WriteJournalFile
from core.limit_intents import ChangeLimits, ConfirmLimits, WithdrawLimits
from core.mitigation.executor import Surroundings
from core.mitigation.model import Mitigation
from core.mitigation.report import ExecutionReport
from core.signals import Signal
from core.snapshot import Snapshot
from core.tasks import spawn, stop_all
from core.venues.link_intents import Reconnect
from core.venues.messages import Update

log = logging.getLogger(__name__)

LEAST_GAP_S = 0.02
BETWEEN_STARTS_S = 0.01
STATUS_EVENTS = 200
"""Told one by one every second; the rest is counted."""
LAST_PROOF_S = 15.0
"""How long the end of the engine is held up by a stop that is fired into it."""


class Engine:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self.snapshot_ready: Signal[[Snapshot]] = Signal("snapshot ready")
        self._recorder = Recorder(parts.journal, parts.clock)
        self._orders = OrderLog(self._recorder.order, parts.journal, parts.clock, lambda text: self._cycle.notice(text))
        self._moved = MovedLimits(lambda: parts.risk.limits)
        around = Surroundings(
            parts.book.claim, parts.lease.may_act, announce=self._orders.announce, changed=self._moved.moved,
            day_volume=parts.book.day_volume,
            room=lambda account, weight: parts.hub.budget(account).lend_to_mend(weight),
        )  # fmt: skip
        self._doing = Doing(parts, around, self._take_actions, self._executed, lambda text: self._cycle.notice(text))
        self._cycle = Cycle(parts, self._recorder)
        self._event_acts = EventActs(parts.events, self._cycle.take_transitions, self._cycle.notice)
        self._deadmen = DeadMen(parts, self._recorder, self._cycle)
        self._showing = Showing(parts, self._recorder, self._cycle.notice)
        self._looking_back = LookingBack(parts.journal)
        self._what_if = what_if_of(parts, self._take_actions)
        self._links = Links(parts)
        self._journal = JournalWork(parts.journal, parts.signing, parts.secrets, parts.clock, self._recorder)
        self._reloader = Reloader(parts, self._recorder, self._cycle.notice, self._cycle.take_transitions)
        self._limit_desk = LimitDesk(
            parts, self._reloader, self._recorder, self._cycle.notice, lambda: self._acting.why_watching
        )
        self._painter = Painter(
            parts, self._deadmen, self._showing, self._looking_back, self._what_if, self._links, self._journal,
            self._limit_desk, self._reloader.view, self._doing.progress,
        )  # fmt: skip
        self._stopping = Stopping(parts, self._recorder, self._cycle, self._take_actions)
        self.guarding = Guarding(
            parts.guardian, parts.halts, parts.events, parts.clock, self._recorder, self._cycle.notice,
            self._cycle.take_transitions,
            lambda: known_accounts((row.name for row in parts.accounts), parts.book, parts.figures.at_risk),
        )  # fmt: skip
        self._flattening = Flattening(parts, self._recorder, self._cycle.notice)
        self._memory = Memory(parts, self._cycle.notice)
        self._event_memory = EventMemory(parts, self._cycle, self._cycle.notice)
        self._acting = Acting(parts.lease, parts.journal, self._recorder, self._cycle.notice, self._change_hands)
        self._readying = Readying(
            parts.ready, parts.drills, parts.prober, parts.halts, parts.clock, self._recorder, self._cycle.notice
        )
        self._notifying = Notifying(
            parts.notifications, parts.events, self._recorder, self._cycle.notice, self._cycle.take_transitions
        )
        self._tasks: list[asyncio.Task[Any]] = []
        self._beating: asyncio.Task[Any] | None = None
        self._urgent = asyncio.Event()
        self._intake = Intake(parts, self._cycle, self._readying, self._links, self._urgent.set)
        self.latest: Snapshot | None = None

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what is latched, then begin to watch. Returns as soon as everything is under way."""
        self._stopping.take_up_latched()
        self.guarding.start()
        self._recorder.note("engine.started", None, {"accounts": len(self._parts.accounts)})
        await self._acting.start()
        begin_sealing(self._parts.journal, self._parts.signing)
        self._memory.restore()
        self._event_memory.restore(await asyncio.to_thread(self._event_memory.read))
        if not self._acting.watches_only:
            await self._doing.restore()
        self._parts.history.start()
        self._reloader.begin()
        self._readying.start()
        self._notifying.start()
        self._journal.start()
        self._parts.mitigations.warm()
        self._tasks.append(spawn(self._begin_watching(), name="begin watching"))
        self._tasks.append(spawn(prepare_all(self._parts), name="arm the stop"))
        deadmen = self._deadmen.rest(watching=self._acting.watches_only)
        self._tasks.append(spawn(deadmen, name="arm the dead-man's switches"))
        self._beating = spawn(self.beat_on(), name="cycle")
        self._tasks.append(self._beating)
        self._tasks.append(spawn(self._parts.costly.run(self._costly_failed), name="costly columns"))
        self._tasks.append(spawn(self._memory.save_now_and_then(), name="save state"))
        if self._parts.config_file is not None:
            self._tasks.append(spawn(self._reloader.follow(), name="follow the configuration"))
        self._tasks.append(spawn(watch_loop(self._parts.timing, self._clock), name="loop watch"))

    async def close(self, *, planned: bool = True) -> None:
        """End watching, acting and sweeping; latches stay, the journal is brought to disk.

        A stop fired meanwhile or just before is carried out and seen through for `LAST_PROOF_S`, on the screen too.
        Not `planned`, as after a crash, the venues' dead-man's switches stay armed, and fire, and the guardian hears no
        goodbye.
        """
        halts = self._parts.halts
        before = tuple(runner for runner in halts.runners if runner.ran_s > LAST_PROOF_S)
        await stop_all([task for task in self._tasks if task is not self._beating])
        await self._what_if.close()
        await self._limit_desk.close()
        await self._doing.close()
        await self._orders.close()
        await self._flattening.close()
        await self._memory.save()
        await self._deadmen.close(planned=planned and not self._acting.watches_only)
        await halts.see_through(before, LAST_PROOF_S)
        before = halts.runners
        await stop_all([*self._tasks, *self._stopping.returning.tasks])
        self._tasks.clear()
        await self._doing.end()  # not before: a cycle that beats asks for plans
        await self._readying.close()
        await self._looking_back.close()
        await self._links.close()
        await self._journal.close()
        await self._notifying.close()
        await self._parts.history.close()
        await self._acting.close()
        self._recorder.note("engine.ended", None, {"updates": self.updates})
        await asyncio.to_thread(self._parts.journal.close)
        await halts.see_through(before, LAST_PROOF_S)
        await halts.close()
        await self.guarding.close(planned=planned)
        await self._parts.hub.close()

    async def _change_hands(self, watching: bool) -> None:
        """This desk only watches from now on, or begins to act."""
        if watching:
            await self._doing.rest()
        else:
            self._event_memory.restore(await asyncio.to_thread(self._event_memory.read))
            self._event_memory.begin()
            await self._doing.restore()
        await self._deadmen.rest(watching=watching)

    async def _begin_watching(self) -> None:
        """One account after the other: hundreds that connect in one breath would hold the loop up for seconds."""
        for name, watch in self._parts.watchers(self.take):
            self._tasks.append(spawn(watch, name=name))
            await self._clock.sleep(BETWEEN_STARTS_S)

    # -- in -------------------------------------------------------------------------------------------------------

    def take(self, update: Update) -> None:
        """One update from a venue; never raises."""
        self._intake.take(update)

    @property
    def updates(self) -> int:
        """Taken since the start."""
        return self._intake.updates

    def submit(self, intent: Intent) -> None:
        """Carry out what an operator asks; returns at once and never raises. Refusals become notices."""
        if isinstance(intent, FireStop):
            self._stopping.fire(intent)
            self._recorder.intent(intent)
            return
        if isinstance(intent, PreviewFlatten | ArmFlatten | DisarmFlatten | FireFlatten | EndFlatten):
            self._flattening.take(intent)
        elif isinstance(intent, RunDrill | CancelDrill | PreviewDrill):
            self._readying.take(intent)
        elif isinstance(intent, Shown):
            self._painter.look(intent)
        elif isinstance(intent, PreviewRestore):
            self._tasks.append(spawn(self._stopping.preview_restore(intent), name="preview of a restore"))
        else:
            self._recorder.intent(intent)
            refusal = self._acting.refusal(intent)
            if refusal:
                self._cycle.notice(refusal)
            else:
                self._act(intent)
            self._urgent.set()

    def _act(self, intent: Act) -> None:
        match intent:
            case RestoreProtective():
                self._tasks.append(spawn(self._stopping.restore(intent), name="restore"))
            case ResetStop() | ResumeTrading() | ResumeFully() | ConfirmReturn() | RebasePeak() | GiveRoom():
                self._tasks.append(spawn(self._stopping.returning.carry_out(intent), name="return from a stop"))
            case ExportEvidence():
                self._tasks.append(spawn(self._showing.export(intent), name="export of evidence"))
            case AcknowledgeEvent() | AcknowledgeEvents() | ShelveEvent() | UnshelveEvent() | ResolveEvent():
                self._event_acts.take(intent)
            case ApprovePlan():
                self._what_if.approve(intent)
            case ApproveMitigation(mitigation_id=mitigation_id, operator=operator, revision=revision):
                self._take_actions(self._parts.mitigations.approve(mitigation_id, operator, revision))
            case RejectMitigation(mitigation_id=mitigation_id, operator=operator, reason=reason):
                self._take_actions(self._parts.mitigations.reject(mitigation_id, operator, reason))
            case _:
                self._tend(intent)

    def _tend(self, intent: Act) -> None:
        """What is the desk's own affair."""
        match intent:
            case TakeOver():
                self._acting.take_over(intent)
            case Reconnect():
                if refused := self._links.reconnect(intent):
                    self._cycle.notice(refused)
            case CheckJournal() | CallOffJournalCheck() | WriteJournalFile() | CallOffJournalFile():
                self._journal.act(intent)
            case TryRoute():
                self._notifying.try_route(intent)
            case ChangeLimits() | ConfirmLimits() | WithdrawLimits():
                self._limit_desk.act(intent)
            case ReloadConfig(operator=operator, reason=reason):
                self._tasks.append(spawn(self._reloader.reload(operator, reason), name="reload"))

    # -- out ------------------------------------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """What this run came to (`--json`)."""
        return self._told(self._cycle.all_events())

    def status(self) -> dict[str, Any]:
        """The same of this moment: of the open events the first ones of the list, and how many there are."""
        return self._told(self._parts.events.open_events()[:STATUS_EVENTS])

    def _told(self, events: Iterable[Event]) -> dict[str, Any]:
        return run_report(self._parts, self.updates, self._cycle.count, events, self._deadmen.views())

    # -- the beat -------------------------------------------------------------------------------------------------

    async def beat_on(self) -> None:
        while True:
            period_s = 1.0 / self._parts.live.cycle_hz
            began_s = self._clock.monotonic()
            try:
                self.beat()
            except Exception as error:  # the cycle must beat on: a fault is shown, and everything becomes old
                log.exception("a cycle failed")
                self._cycle.failed(error)
            self._parts.timing.cycle_done((self._clock.monotonic() - began_s) * 1000.0)
            await self._next_beat(began_s + period_s)

    @property
    def behind(self) -> bool:
        """Whether more has happened than the last cycle could take: the next one does not wait for its time."""
        return self._cycle.behind

    def beat(self) -> None:
        """Evaluate, decide and paint once; `start` has it done by the clock."""
        self._take_actions(self._cycle.run())
        self._stopping.step()
        self.guarding.step()
        self._readying.step(self.guarding.view())
        self._deadmen.step()
        self._notifying.step(watching=self._acting.watches_only)
        self._event_memory.step()
        self.latest = self._painter.paint(self._cycle, self.updates, self._stopping, self._readying, self.guarding)
        self._recorder.boards(self.latest.halts)
        self.snapshot_ready.send(self.latest)

    async def _next_beat(self, due_s: float) -> None:
        behind = self.behind
        await self._clock.sleep(LEAST_GAP_S)
        self._urgent.clear()
        if behind:
            return
        left_s = due_s - self._clock.monotonic()
        if left_s <= 0:
            return
        urgent = spawn(self._urgent.wait(), name="urgent")
        try:
            await asyncio.wait((urgent,), timeout=left_s)
        finally:
            await stop_all([urgent])

    def _costly_failed(self, error: Exception) -> None:
        self._cycle.notice(f"the costly columns could not be computed ({type(error).__name__}): they grow old")

    def startup_is_over(self) -> None:
        """What was measured of the loop until now was loading and connecting."""
        self._parts.timing.forget_stalls()

    # -- acts -----------------------------------------------------------------------------------------------------

    def _executed(self, mitigation: Mitigation, report: ExecutionReport) -> None:
        self._orders.forget(mitigation.mitigation_id)
        self._moved.forget(mitigation.mitigation_id)
        self._recorder.executed(mitigation, report)

    def _take_actions(self, actions: Any) -> None:
        for request in self._cycle.take_actions(actions, self._doing):
            self._stopping.fire_by_limit(request)
        self._doing.keep()

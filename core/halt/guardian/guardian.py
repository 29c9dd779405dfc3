"""The guardian at work: it hears desks and commands, takes over what nobody reports, and stops when a desk fails.

It shares nothing with a desk but files and one line: no window, no engine, no database, no request of the desk's. Every
stop that it hears of - over the line, or by the latch folder - gets a latch of its own and a runner whose accounts are
held until the guardian has to see to them.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.clock import Clock, sleepless_s
from core.domain import PORTFOLIO
from core.errors import LatchError
from core.halt.desk import HaltDesk
from core.halt.following import FOLLOW_S
from core.halt.guardian.arms import Arms
from core.halt.guardian.awake import Awake
from core.halt.guardian.channel import Address, Caller, Line, new_token
from core.halt.guardian.doorplate import Doorplate
from core.halt.guardian.duty import Duty
from core.halt.guardian.holding import Holding
from core.halt.guardian.messages import (
    AlarmState,
    Fire,
    Goodbye,
    Heartbeat,
    Issued,
    Known,
    Message,
    Noted,
    Query,
    Report,
    Reset,
    State,
    Taken,
)
from core.halt.guardian.server import Server
from core.halt.guardian.standing import state_of
from core.halt.guardian.watch import Finding, Trouble, Watch
from core.halt.latch import Latch
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

DESK = "desk"
TICK_S = 0.1
TELL_S = 0.5
FIRST_DESK_WITHIN_S = 60.0
"""A guardian that a desk started and that hears of none for so long was started in vain."""
AFTER_START_S = 3.0
"""A desk that was there before has so long to call again and tell what it is stopping."""
ALARMS_KEPT = 20
NAMED = 8
"""Accounts in one line of the log."""


class Guardian:
    def __init__(
        self,
        halts: HaltDesk,
        holding: Holding,
        arms: Arms,
        clock: Clock,
        runtime: Path,
        *,
        child: bool,
        sleepless: Callable[[], float] = sleepless_s,
    ) -> None:
        """`halts` waits for `holding`. `child`: a desk started it, and it ends with the last desk."""
        self.halts = halts
        self.watch = Watch(arms.state.policy)
        self.duty = Duty()
        self.alarms: list[AlarmState] = []
        self.ended = asyncio.Event()
        """Set when nobody needs it any more."""
        self._holding = holding
        self._arms = arms
        self._clock = clock
        self._child = child
        self._sleepless = sleepless
        self._awake = Awake(clock.monotonic(), sleepless())
        self._token = new_token()
        self._plate = Doorplate(runtime, clock, lambda sentence: self._problem("address", sentence))
        self._server = Server(self._token, clock, self._opened, self._take, self._closed)
        self._lines: dict[str, tuple[Caller, Line]] = {}
        # Those of a guardian that comes after this one are higher, and a desk tells each once.
        self._alarm_numbers = itertools.count(int(clock.now()))
        self._pids: dict[str, int] = {}
        self._troubles: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._began_s = clock.monotonic()
        self._goodbye_s: float | None = None
        halts.fired.connect(self._on_fired)
        halts.was_reset.connect(self._on_reset)

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what is latched, then listen. A channel that cannot be opened is told and costs nothing else."""
        for latch in self.halts.resume_latched():
            self._begin(latch.halt_id, AFTER_START_S)
        self.halts.follow()
        self._tasks.append(spawn(self._tick_on(), name="guardian ticks"))
        self._tasks.append(spawn(self._arms.keep_ready(self._armed_anew), name="guardian arms"))
        try:
            address = Address(os.getpid(), await self._server.open(), self._token)
        except OSError as error:
            self._problem("channel", f"nobody can reach the guardian: {error.strerror}")
            return
        await self._plate.put_up(address)
        self._tasks.append(spawn(self._plate.look_after(address), name="guardian address"))

    async def close(self) -> None:
        """End sweeping and listening; every latch stays on disk."""
        await self._server.close()
        await stop_all(self._tasks)
        self._tasks.clear()
        await self.halts.close()
        await self._arms.close()
        await self._plate.take_down()

    # -- who speaks -----------------------------------------------------------------------------------------------

    def _opened(self, caller: Caller, line: Line) -> None:
        self._lines[caller.name] = (caller, line)
        if caller.role == DESK:
            self._pids[caller.name] = caller.pid
            self.watch.linked(caller.name)
            log.info("a desk is here (process %d)", caller.pid)
        line.send(self._state(whole=False))

    def _closed(self, caller: Caller, line: Line) -> None:
        if self._lines.get(caller.name, (caller, None))[1] is not line:
            return  # it has called again meanwhile
        self._lines.pop(caller.name, None)
        self._troubles.pop(caller.name, None)
        self.duty.unheard(caller.name)
        self.watch.unlinked(caller.name)

    def _take(self, caller: Caller, line: Line, message: Message) -> None:
        match message:
            case Heartbeat(trouble=trouble):
                self.watch.beat(caller.name)
                self._note_trouble(caller, trouble)
            case Fire(latch=text):
                self._fire(Latch.from_json(text), caller)
            case Report(halt_id=halt_id, accounts=accounts):
                self.duty.report(halt_id, caller.name, accounts)
            case Reset():
                self._tasks.append(spawn(self._reset(message), name="guardian reset"))
            case Issued(number=number, halt_id=halt_id, client_order_ids=ids):
                for runner in self.halts.runners:
                    if runner.latch.halt_id == halt_id:
                        runner.take_issued(ids)
                line.send(Taken(number))
            case Known(rows=rows):
                self._arms.know(rows)
            case Noted(alarm=number):
                self.alarms = [alarm for alarm in self.alarms if alarm.number > number]
            case Query():
                line.send(self._state(whole=True))
            case Goodbye() if caller.role == DESK:
                self._goodbye_s = self._clock.monotonic()
                self.watch.left(caller.name)
                log.info("the desk (process %d) said goodbye", caller.pid)

    def _note_trouble(self, caller: Caller, trouble: str) -> None:
        if trouble and self._troubles.get(caller.name) != trouble:
            log.warning("the %s (process %d) says: %s; this latch is held here", caller.role, caller.pid, trouble)
        self._troubles[caller.name] = trouble

    # -- stops ----------------------------------------------------------------------------------------------------

    def _fire(self, latch: Latch, caller: Caller) -> None:
        known = next((runner for runner in self.halts.runners if runner.latch.halt_id == latch.halt_id), None)
        self.halts.adopt(latch)
        if known is not None and latch.firings > known.latch.firings:
            self._begin(latch.halt_id, self.watch.policy.takeover_s)
        log.info("the %s (process %d) tells of the stop %s of %s", caller.role, caller.pid, latch.halt_id, latch.scope)

    def _on_fired(self, latch: Latch) -> None:
        log.warning("%s is stopped by %s: %s (%s)", latch.scope, latch.fired_by, latch.reason, latch.halt_id)
        self._begin(latch.halt_id, self.watch.policy.takeover_s)

    def _begin(self, halt_id: str, wait_s: float) -> None:
        for runner in self.halts.runners:
            if runner.latch.halt_id == halt_id:
                self.duty.begin(halt_id, runner.accounts, self._clock.monotonic() + wait_s)

    async def _reset(self, message: Reset) -> None:
        try:
            await self.halts.reset(message.halt_id, message.operator, message.reason)
        except LatchError as error:
            # Its record is in the other folder, where it is found within half a second.
            log.info("the reset of %s is left to its record: %s", message.halt_id, error)

    def _on_reset(self, latch: Latch) -> None:
        log.warning("the stop %s of %s is reset by %s", latch.halt_id, latch.scope, latch.reset_by)
        self.duty.end(latch.halt_id)
        self._holding.forget(latch.halt_id)

    def _stop_everything(self, why: str) -> None:
        """By policy: what is stopped already is left as it is, and seen to from here."""
        if not any(latch.scope == PORTFOLIO for latch in self.halts.latched()):
            self.halts.fire(PORTFOLIO, "guardian", why, self._arms.state.terms)
        for latch in self.halts.latched():
            self.duty.take_all(latch.halt_id)

    async def _armed_anew(self, *, accounts: bool) -> None:
        """The configuration has changed: go by its policy, and with its accounts where these are others."""
        self.watch.policy = self._arms.state.policy
        if not accounts:
            return
        await self.halts.begin_anew()
        for runner in self.halts.runners:
            self.duty.cover(runner.latch.halt_id, runner.accounts)

    # -- the beat -------------------------------------------------------------------------------------------------

    async def _tick_on(self) -> None:
        told_s = float("-inf")
        while True:
            try:
                self._tick()
                now_s = self._clock.monotonic()
                if now_s - told_s >= TELL_S:
                    told_s = now_s
                    self._tell()
            except Exception:  # whatever breaks here must not end the watch
                log.exception("a tick of the guardian broke")
            await self._clock.sleep(TICK_S)

    def _tick(self) -> None:
        now_s = self._clock.monotonic()
        for finding in self.watch.step(self._awake.tick(now_s, self._sleepless())):
            self._found(finding)
        for desk in self.watch.desks:
            if not self.watch.heard(desk):
                self.duty.unheard(desk)
        self._take_over(self.duty.due(now_s))
        self._end_when_done(now_s)

    def _take_over(self, due: tuple[tuple[str, str], ...]) -> None:
        for halt_id, account in due:
            self._holding.release(halt_id, account)
        if due:
            few = ", ".join(account for _, account in due[:NAMED])
            more = f" and {len(due) - NAMED:,} more" if len(due) > NAMED else ""
            log.warning("%d accounts are taken over, nobody reported them: %s%s", len(due), few, more)

    def _found(self, finding: Finding) -> None:
        lasting = f" for {self.watch.policy.missed_after_s:g} s" if finding.trouble is Trouble.MISSED else ""
        words = f"the desk (process {self._pids[finding.desk]}) {finding.trouble.value}{lasting}"
        told = f"{words}: everything is stopped" if finding.stop else words
        self.duty.unheard(finding.desk)
        alarm = AlarmState(next(self._alarm_numbers), self._clock.now(), told)
        self.alarms = [*self.alarms, alarm][-ALARMS_KEPT:]
        log.error("%s", told)
        if finding.stop:
            self._stop_everything(words)

    def _end_when_done(self, now_s: float) -> None:
        if not self._child or self.watch.desks or self.halts.latched():
            return
        # What a desk latched on the disk alone, in its last moment, is found there first.
        left = self._goodbye_s is not None and now_s - self._goodbye_s >= 2 * FOLLOW_S
        in_vain = self._goodbye_s is None and not self.alarms and now_s - self._began_s > FIRST_DESK_WITHIN_S
        if left or in_vain:
            self.ended.set()

    # -- telling --------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        if not self._lines:
            return
        state = self._state(whole=False)
        for _, line in self._lines.values():
            line.send(state)

    def _state(self, *, whole: bool) -> State:
        problems = (*self._problems.values(), *self._arms.state.problems)
        if self.halts.trouble:
            problems = (*problems, self.halts.trouble)
        return state_of(
            self._arms.state,
            len(self.watch.desks),
            [(run.view(), self.duty.taken(run.latch.halt_id), run.on_disk) for run in self.halts.runners],
            self.alarms,
            problems,
            os.getpid(),
            whole=whole,
        )

    def _problem(self, what: str, sentence: str) -> None:
        if sentence and self._problems.get(what) != sentence:
            log.warning("%s", sentence)
        self._problems.pop(what, None)
        if sentence:
            self._problems[what] = sentence

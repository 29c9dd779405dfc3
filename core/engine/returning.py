"""The way back from a stop: its checklist, what cannot recover while stopped, and the acts that lead there."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping

from core.domain import Scope, Severity
from core.engine.cycle import Cycle
from core.engine.limit_keeper import LIMITS_STATE
from core.engine.parts import Parts
from core.engine.record import Recorder
from core.engine.room import Room
from core.errors import ConfigError, LatchError
from core.events.model import OPEN_STATES, Cause
from core.halt.model import HaltView
from core.halt.way_back.checklist import CheckRow, ReturnView, RoomOffer, source_check, stop_checks
from core.halt.way_back.requests import DONE_WORDS, Request
from core.halt.way_back.second import Pending, ReturnAct
from core.intents import ConfirmReturn, GiveRoom, RebasePeak, ResetStop, ResumeFully, ResumeTrading, Return
from core.tasks import spawn

FROM_THE_PEAK = frozenset({"drawdown", "drawdown_7d", "drawdown_30d"})
"""Metrics that stay where they are while nothing trades; today's fall begins anew at 00:00 UTC by itself."""
_DOING: Mapping[type[Return], str] = {
    ResetStop: "the stop was not reset",
    ResumeTrading: "nothing was resumed",
    ResumeFully: "it was not resumed fully",
    ConfirmReturn: "it was not confirmed",
    RebasePeak: "the peak was not re-based",
    GiveRoom: "no room was given",
}
READ_BACK_S = 8.0
"""How long it is waited for the sources to be read back, before it is told how they stand."""
SPARE = 1.25
"""Room that is offered, as a multiple of where the figure stands."""


class Returning:
    def __init__(self, parts: Parts, recorder: Recorder, cycle: Cycle) -> None:
        self._parts = parts
        self._recorder = recorder
        self._cycle = cycle
        self.tasks: list[asyncio.Task[None]] = []
        """To be ended with the engine's own."""

    # -- what speaks for and against it ---------------------------------------------------------------------------

    def views(self) -> tuple[ReturnView, ...]:
        """The checklist of every stop, newest first."""
        return tuple(self._view(halt) for halt in self._parts.halts.views())

    def _view(self, halt: HaltView) -> ReturnView:
        figure = self._figure(halt)
        rows = (*stop_checks(halt), figure, source_check(halt.sources))
        if halt.metric not in FROM_THE_PEAK or figure.met:
            return ReturnView(halt.halt_id, rows)
        return ReturnView(halt.halt_id, rows, self._rebase(halt), self._room(halt))

    def _figure(self, halt: HaltView) -> CheckRow:
        """Whether what fired it is back inside; of a person's stop, whether anything bad stands on its scope."""
        if halt.metric:
            return self._metric(halt)
        standing = [
            event
            for event in self._parts.events.open_events()
            if event.scope == halt.scope and event.state in OPEN_STATES and event.cause is Cause.BREACH
        ]
        bad = sum(event.severity >= Severity.HIGH for event in standing)
        return CheckRow(f"no high or critical breach on {halt.scope} ({bad:,})", bad == 0)

    def _metric(self, halt: HaltView) -> CheckRow:
        value, severity = self._parts.risk.reading(halt.scope, halt.metric)
        name = halt.metric.replace("_", " ")
        if severity < 0:
            return CheckRow(f"{name} is back inside its limit: it cannot be evaluated", None)
        if severity > 0:
            return CheckRow(f"{name} is back inside its limit: {value:.4g}, {Severity(severity).word}", False)
        return CheckRow(f"{name} is back inside its limit", True)

    def _rebase(self, halt: HaltView) -> str:
        name = halt.metric.replace("_", " ")
        return f"the {name} of {halt.scope} cannot recover while nothing trades: re-base its peak, or give it room"

    def _room(self, halt: HaltView) -> RoomOffer | None:
        value, _ = self._parts.risk.reading(halt.scope, halt.metric)
        if not math.isfinite(value) or value <= 0.0 or self._parts.keeper.limits.cell(halt.scope, halt.metric) is None:
            return None
        return RoomOffer(halt.scope, halt.metric, _rounded_up(value * SPARE))

    # -- acts -----------------------------------------------------------------------------------------------------

    async def carry_out(self, intent: Return) -> tuple[bool, str]:
        """Whether it was done, and a sentence: what was refused is told to the operator too. Nothing is raised."""
        try:
            resumed = await self._do(intent)
        except (LatchError, ConfigError) as error:
            refused = f"{_DOING[type(intent)]}: {error}"
            self._cycle.notice(refused)
            return False, refused
        if isinstance(resumed, Pending):
            minutes = (resumed.until_s - resumed.asked_at_s) / 60.0
            return True, f"a second person has to confirm within {minutes:g} minutes"
        return True, DONE_WORDS if resumed is None else await self._read_back(resumed)

    async def _read_back(self, scope: Scope) -> str:
        """What the sources are read to do, after they were asked to go on; the operator is told."""
        sources = self._parts.halts.sources
        await sources.settled(READ_BACK_S, scope)
        said = [f"{view.strategy}: {view.words}" for view in sources.views(scope)]
        words = "; ".join((DONE_WORDS, f"{scope} is asked to go on", *said))
        self._cycle.notice(words.removeprefix(f"{DONE_WORDS}; "))
        return words

    async def _do(self, intent: Return) -> Scope | Pending | None:
        """The scope whose sources were asked to go on, or what waits for a second person."""
        way_back = self._parts.halts.way_back
        pending: Pending | None = None
        asked: Scope | None = None
        match intent:
            case ResetStop(halt_id=halt_id, operator=operator, reason=reason):
                self._check(halt_id, operator)
                pending = await way_back.reset(halt_id, operator, reason)
            case ResumeTrading(scope=scope, operator=operator, reason=reason):
                pending, asked = await way_back.resume(scope, operator, reason), scope
            case ResumeFully(halt_id=halt_id, operator=operator, reason=reason):
                asked = next((view.scope for view in way_back.views() if view.halt_id == halt_id), None)
                pending = await way_back.resume_fully(halt_id, operator, reason)
            case ConfirmReturn(pending_id=pending_id, operator=operator):
                self._check(pending_id.removeprefix("reset-"), operator)
                done = await way_back.confirm(pending_id, operator)
                self._recorder.seconded(done, operator)
                asked = None if done.act is ReturnAct.RESET else done.scope
            case RebasePeak():
                self._rebase_peak(intent)
            case GiveRoom():
                self._give_room(intent)
        if pending is None:
            return asked
        self._recorder.waits(pending)
        return pending

    def _check(self, halt_id: str, operator: str) -> None:
        for checks in self.views():
            if checks.halt_id == halt_id:
                self._recorder.checked(checks, operator)

    def take_request(self, request: Request) -> None:
        """What the command line asks of this desk."""
        self.tasks = [task for task in self.tasks if not task.done()]
        self.tasks.append(spawn(self._answer(request), name=f"asked by the command line: {request.act.value}"))

    async def _answer(self, request: Request) -> None:
        way_back = self._parts.halts.way_back
        intent = self._intent(request)
        if intent is None:
            words = f"no return of {request.scope} has begun: take the first step without --full"
            await way_back.answer(request, done=False, words=words)
            return
        self._recorder.intent(intent)
        done, words = await self.carry_out(intent)
        await way_back.answer(request, done=done, words=words)

    def _intent(self, request: Request) -> Return | None:
        way_back, operator, reason = self._parts.halts.way_back, request.operator, request.reason
        if request.confirms:
            waiting = (one for one in way_back.pending if (one.act, one.scope) == (request.act, request.scope))
            return ConfirmReturn(next((one.pending_id for one in waiting), request.act.value), operator)
        if request.act is ReturnAct.RESUME:
            return ResumeTrading(request.scope, operator, reason)
        steps = (view.halt_id for view in way_back.views() if view.halt_id and view.scope == request.scope)
        halt_id = next(steps, None)
        return None if halt_id is None else ResumeFully(halt_id, operator, reason)

    def _rebase_peak(self, intent: RebasePeak) -> None:
        """Measure falls from where the scope stands now; what was fired by them may then be reset and fire anew."""
        if not intent.operator.strip() or not intent.reason.strip():
            raise ConfigError("that needs the operator's name and a reason")
        moved = self._parts.book.rebase_peak(intent.scope)
        if moved is None:
            raise ConfigError(f"what {intent.scope} stands at is not known")
        self._parts.course.rebase_peak(intent.scope)
        self._recorder.rebased(intent, *moved)

    def _give_room(self, intent: GiveRoom) -> None:
        """Where it is room, the next breach is a fresh one."""
        by, why = intent.operator.strip(), intent.reason.strip()
        room = Room(intent.scope, intent.metric, intent.threshold, intent.until_s, by, why)
        version = self._parts.keeper.give_room(room)
        self._parts.risk.set_limits(self._parts.keeper.limits)
        self._parts.journal.save_state(LIMITS_STATE, self._parts.keeper.state())
        self._parts.mitigations.asked.forget((intent.scope, intent.metric))
        self._recorder.limits(version)


def _rounded_up(value: float) -> float:
    """To two significant digits."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / unit - 1e-9) * unit

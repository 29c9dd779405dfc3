"""The way back from a stop: its checklist, what cannot recover while stopped, and the acts that lead there."""

from __future__ import annotations

import math

from core.domain import Severity
from core.engine.cycle import Cycle
from core.engine.limit_keeper import LIMITS_STATE
from core.engine.parts import Parts
from core.engine.record import Recorder
from core.engine.room import Room
from core.errors import ConfigError, LatchError
from core.events.model import OPEN_STATES, Cause
from core.halt.checklist import CheckRow, ReturnView, RoomOffer, source_check, stop_checks
from core.halt.model import HaltView
from core.intents import GiveRoom, RebasePeak, ResetStop, Return

FROM_THE_PEAK = frozenset({"drawdown", "drawdown_7d", "drawdown_30d"})
"""Metrics that stay where they are while nothing trades; today's fall begins anew at 00:00 UTC by itself."""
SPARE = 1.25
"""Room that is offered, as a multiple of where the figure stands."""


class Returning:
    def __init__(self, parts: Parts, recorder: Recorder, cycle: Cycle) -> None:
        self._parts = parts
        self._recorder = recorder
        self._cycle = cycle

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

    async def carry_out(self, intent: Return) -> None:
        """What cannot be done is told with the reason; nothing is raised."""
        match intent:
            case ResetStop():
                await self._reset(intent)
            case RebasePeak():
                self._rebase_peak(intent)
            case GiveRoom():
                self._give_room(intent)

    async def _reset(self, intent: ResetStop) -> None:
        for checks in self.views():
            if checks.halt_id == intent.halt_id:
                self._recorder.checked(checks, intent.operator)
        try:
            await self._parts.halts.reset(intent.halt_id, intent.operator, intent.reason)
        except LatchError as error:
            self._cycle.notice(f"the stop was not reset: {error}")

    def _rebase_peak(self, intent: RebasePeak) -> None:
        """Measure falls from where the scope stands now; what was fired by them may then be reset and fire anew."""
        if not intent.operator.strip() or not intent.reason.strip():
            self._cycle.notice("the peak was not re-based: that needs the operator's name and a reason")
            return
        moved = self._parts.book.rebase_peak(intent.scope)
        if moved is None:
            self._cycle.notice(f"the peak of {intent.scope} was not re-based: what it stands at is not known")
            return
        self._parts.course.rebase_peak(intent.scope)
        self._recorder.rebased(intent, *moved)

    def _give_room(self, intent: GiveRoom) -> None:
        """Where it is room, the next breach is a fresh one."""
        by, why = intent.operator.strip(), intent.reason.strip()
        room = Room(intent.scope, intent.metric, intent.threshold, intent.until_s, by, why)
        try:
            version = self._parts.keeper.give_room(room)
        except ConfigError as error:
            self._cycle.notice(f"no room was given: {error}")
            return
        self._parts.risk.set_limits(self._parts.keeper.limits)
        self._parts.journal.save_state(LIMITS_STATE, self._parts.keeper.state())
        self._parts.mitigations.asked.forget((intent.scope, intent.metric))
        self._recorder.limits(version)


def _rounded_up(value: float) -> float:
    """To two significant digits."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / unit - 1e-9) * unit

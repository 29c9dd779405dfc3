"""The way back from a stop, for people: reset, then resume under reduce-only, then resume fully.

Each is an act of its own with a name and a reason. A reset resumes nothing. To resume puts the scope under a stop of
the level reduce-only, which sweeps whatever does not reduce, and asks the sources for reduce-only as far as they know
it; to resume fully takes that stop off and asks them to resume. What is stopped at a stricter level cannot be resumed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from core.clock import Clock
from core.domain import PORTFOLIO, Protective, Scope, ScopeKind, StopLevel
from core.errors import LatchError
from core.halt.latch import Latch, LatchFolder
from core.halt.source.model import SourceView
from core.halt.terms import StopTerms
from core.halt.way_back.requests import Request, RequestFolder
from core.halt.way_back.second import Pending, PendingFolder, ReturnAct
from core.signals import Signal

REDUCING = StopTerms(Protective.KEEP, StopLevel.REDUCE_ONLY)
"""The terms of the first step."""


@dataclass(frozen=True, slots=True)
class ResumeView:
    """A scope that was reset and not resumed, or is on its way."""

    scope: Scope
    halt_id: str
    """Of the reduce-only stop that the first step put it under; "" before."""
    by: str
    """Who reset it, or took the first step."""
    at_s: float
    """Wall time of that."""
    obstacle: str
    """Why the next step cannot be taken, "" where it can."""
    sources: tuple[SourceView, ...]


class Stops(Protocol):
    """As much of the desk of stops as is needed here."""

    def latched(self) -> tuple[Latch, ...]: ...

    def accounts_in(self, scope: Scope) -> frozenset[str]: ...

    def strategies_in(self, scope: Scope) -> tuple[str, ...]: ...

    def source_views(self, scope: Scope) -> tuple[SourceView, ...]: ...

    def begin_resuming(self, scope: Scope, operator: str, reason: str, terms: StopTerms) -> None: ...

    async def reset(
        self, halt_id: str, operator: str, reason: str, *, confirmed_by: str = "", resumes: bool = False
    ) -> None: ...


class WayBack:
    def __init__(
        self,
        stops: Stops,
        folder: LatchFolder,
        clock: Clock,
        second_person_s: float,
        on_disk: Callable[..., Awaitable[Any]],
    ) -> None:
        """`on_disk` calls its first argument with the others in the thread that works on the disk."""
        self._stops = stops
        self._folder = folder
        self._pending_folder = PendingFolder(folder.folder / "pending")
        self._clock = clock
        self._second_person_s = second_person_s
        self._on_disk = on_disk
        self._requests = RequestFolder(folder.folder / "requests")
        self.requested: Signal[[Request]] = Signal("asked by the command line")
        self._seen: tuple[tuple[Latch, str, str], ...] = ()
        """Latch, id of the first step's stop and obstacle of every scope on its way, as of the last look."""
        self.pending: tuple[Pending, ...] = ()
        """What waits for a second person, as it was when the folder was looked at last."""

    async def look(self) -> None:
        """Take up what is on disk. Raises OSError."""
        awaiting, self.pending, requests = await self._on_disk(self._read, self._clock.now())
        latched = self._stops.latched()
        steps = [(latch, latch.halt_id, self.obstacle(latch.scope, latch)) for latch in latched if latch.resuming]
        waiting = [(latch, "", self.obstacle(latch.scope)) for latch in reversed(awaiting)]
        self._seen = (*steps, *waiting)
        for request in requests:
            self.requested.send(request)

    def _read(self, now_s: float) -> tuple[tuple[Latch, ...], tuple[Pending, ...], tuple[Request, ...]]:
        """Blocking; in one go, because stops are followed in the same thread."""
        return self._folder.awaiting(), self._pending_folder.load(now_s), self._requests.take(now_s)

    async def answer(self, request: Request, *, done: bool, words: str) -> None:
        await self._on_disk(self._requests.answer, request.request_id, done, words)

    # -- acts -----------------------------------------------------------------------------------------------------

    async def reset(self, halt_id: str, operator: str, reason: str) -> Pending | None:
        """Take off one latch; what is returned waits for a second person. Raises LatchError, and then it holds."""
        latch = self._latch(halt_id)
        return await self._ask(ReturnAct.RESET, latch.scope, halt_id, operator, reason, latch.second_person_s)

    async def resume(self, scope: Scope, operator: str, reason: str) -> Pending | None:
        """The first step: under reduce-only. Raises LatchError where a stricter stop stands."""
        self._refuse(self.obstacle(scope))
        return await self._ask(ReturnAct.RESUME, scope, "", operator, reason, 0.0)

    async def resume_fully(self, halt_id: str, operator: str, reason: str) -> Pending | None:
        """The second step. Raises LatchError where the first was not taken, or another stop stands."""
        latch = self._latch(halt_id)
        if not latch.resuming:
            raise LatchError(f"the stop of {latch.scope} is no step of a return: reset it, then resume")
        self._refuse(self.obstacle(latch.scope, latch))
        return await self._ask(ReturnAct.RESUME_FULLY, latch.scope, halt_id, operator, reason, latch.second_person_s)

    async def confirm(self, pending_id: str, operator: str) -> Pending:
        """Do what another person asked for. Raises LatchError."""
        now_s = self._clock.now()
        waiting: tuple[Pending, ...] = await self._on_disk(self._pending_folder.load, now_s)
        pending = next((one for one in waiting if one.pending_id == pending_id), None)
        if pending is None:
            raise LatchError("nothing like that waits for a second person; it may have been asked for too long ago")
        pending.check(operator, now_s)
        await self._do(pending, operator)
        await self._on_disk(self._pending_folder.drop, pending)
        await self.look()
        return pending

    async def _ask(
        self, act: ReturnAct, scope: Scope, halt_id: str, operator: str, reason: str, second_person_s: float
    ) -> Pending | None:
        if not operator.strip() or not reason.strip():
            raise LatchError(f"to {act.value.replace('-', ' ')} needs the operator's name and a reason")
        within_s = max(second_person_s, self._second_person_s) if scope == PORTFOLIO else 0.0
        now_s = self._clock.now()
        pending = Pending(act, halt_id, scope, operator.strip(), reason.strip(), now_s, now_s + within_s)
        if within_s:
            await self._on_disk(self._pending_folder.put, pending)
        else:
            await self._do(pending, "")
        await self.look()
        return pending if within_s else None

    async def _do(self, pending: Pending, confirmed_by: str) -> None:
        operator, reason = pending.operator, pending.reason
        match pending.act:
            case ReturnAct.RESET:
                await self._stops.reset(pending.halt_id, operator, reason, confirmed_by=confirmed_by)
            case ReturnAct.RESUME:
                self._refuse(self.obstacle(pending.scope))
                self._stops.begin_resuming(pending.scope, operator, reason, REDUCING)
            case ReturnAct.RESUME_FULLY:
                latch = self._latch(pending.halt_id)
                self._refuse(self.obstacle(latch.scope, latch))
                await self._stops.reset(latch.halt_id, operator, reason, confirmed_by=confirmed_by, resumes=True)

    # -- what stands in the way -----------------------------------------------------------------------------------

    def obstacle(self, scope: Scope, step: Latch | None = None) -> str:
        """Why the next step cannot be taken; `step` is the latch of the first one, where that was."""
        for latch in self._stops.latched():
            mine = step is not None and latch.halt_id == step.halt_id
            mild = step is None and not latch.resuming and latch.terms.level is StopLevel.REDUCE_ONLY
            if mine or mild or not self.meet(scope, latch.scope):
                continue
            if latch.resuming:
                return f"{latch.scope} is being resumed already"
            return f"the stop of {latch.scope} stands: reset it first"
        return ""

    def meet(self, one: Scope, other: Scope) -> bool:
        """Whether an order may be in both."""
        if one == other:
            return True
        if one.kind is other.kind is ScopeKind.STRATEGY:
            return bool(set(self._stops.strategies_in(one)) & set(self._stops.strategies_in(other)))
        return bool(self._stops.accounts_in(one) & self._stops.accounts_in(other))

    def _latch(self, halt_id: str) -> Latch:
        found = next((latch for latch in self._stops.latched() if latch.halt_id == halt_id), None)
        if found is None:
            raise LatchError(f"no stop {halt_id} is latched")
        return found

    def _refuse(self, obstacle: str) -> None:
        if obstacle:
            raise LatchError(obstacle)

    # -- what others see ------------------------------------------------------------------------------------------

    def views(self) -> tuple[ResumeView, ...]:
        """Scopes on their way first, then those that were reset and are not: a stop over the same scope hides one."""
        latched = {latch.halt_id: latch.scope for latch in self._stops.latched()}
        scopes = set(latched.values())
        return tuple(
            self._view(latch, halt_id, obstacle)
            for latch, halt_id, obstacle in self._seen
            if (halt_id in latched if halt_id else latch.scope not in scopes)
        )

    def _view(self, latch: Latch, halt_id: str, obstacle: str) -> ResumeView:
        by, at_s = (latch.fired_by, latch.fired_at_s) if halt_id else (latch.reset_by, latch.reset_at_s or 0.0)
        return ResumeView(latch.scope, halt_id, by, at_s, obstacle, self._stops.source_views(latch.scope))

"""The mitigation desk's list: what is live, by id and by event, and a bounded memory of what has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from core.domain import Policy, Trust
from core.events.transitions import SYSTEM_ACTOR
from core.ladder import OnLapse
from core.mitigation.actions import Changed
from core.mitigation.model import ENDED_STATES, WAITING_STATES, Answered, Mitigation, MitigationState
from core.mitigation.plan import Plan, PlanInputs
from core.mitigation.report import ExecutionReport

UNDERWAY = frozenset({MitigationState.RUNNING, MitigationState.VERIFYING})


@dataclass(slots=True)
class Live:
    """A mitigation that has not ended, with what its view does not show."""

    view: Mitigation
    planned_s: float
    """Monotonic."""
    inputs_age_s: float
    inputs_trust: Trust
    since_s: float
    """Monotonic, of the last change of state."""
    report: ExecutionReport | None = None
    asked: Policy = Policy.PROPOSE
    """The mode that its policy asked for, whatever held it back."""
    gives_way: bool = False
    """Told to cease for a graver breach: nobody's failure, and what it has done is read back first."""
    outdated: bool = False
    """Whether it has to be planned anew before anybody may start it."""

    def figures_age_s(self, now_s: float) -> float:
        return now_s - self.planned_s + self.inputs_age_s

    def replan(self, plan: Plan, inputs: PlanInputs, answers: tuple[Answered, ...], now_s: float) -> None:
        """Bring a waiting plan up to date; `answers` begins with the breach that it is shown for."""
        lead = answers[0]
        gravest = max(row.severity for row in answers)
        self.view = replace(
            self.view,
            event_id=lead.event_id,
            scope=lead.scope,
            metric=lead.metric,
            severity=max(gravest, self.view.severity) if lead.event_id == self.view.event_id else gravest,
            share=plan.share,
            reductions=plan.reductions,
            before=lead.before,
            expected=plan.expected,
            target=plan.target,
            summary=plan.sentence,
            left_out=plan.left_out,
            notional=plan.notional,
            cost=plan.cost,
            answers=answers,
            revision=self.view.revision + (plan.reductions != self.view.reductions),
        )
        self.outdated = False
        self.planned_s = now_s
        self.inputs_age_s = inputs.age_s
        self.inputs_trust = inputs.trust

    @property
    def accounts(self) -> frozenset[str]:
        return frozenset(row.account for row in self.view.reductions)


class Roster:
    def __init__(self, history: int, tell: Callable[[Changed], None] = lambda _: None) -> None:
        """`tell` hears of every change."""
        self._tell = tell
        self._live: dict[str, Live] = {}
        self._by_event: dict[str, str] = {}
        self._ended: deque[Mitigation] = deque(maxlen=history)
        self.changes = 0
        """Counts up with each."""

    def __iter__(self) -> Iterator[Live]:
        return iter(tuple(self._live.values()))

    @property
    def underway(self) -> tuple[str, ...]:
        return tuple(live.view.mitigation_id for live in self._live.values() if live.view.state in UNDERWAY)

    def get(self, mitigation_id: str) -> Live | None:
        return self._live.get(mitigation_id)

    def of_event(self, event_id: str) -> Live | None:
        return self._live.get(self._by_event.get(event_id, ""))

    def ended(self, mitigation_id: str) -> Mitigation | None:
        return next((row for row in self._ended if row.mitigation_id == mitigation_id), None)

    def busy_with(self, accounts: Collection[str], besides: str = "") -> Live | None:
        """A mitigation underway in one of these accounts: two at once would cut the same position twice."""
        for live in self._live.values():
            underway = live.view.state in UNDERWAY and live.view.mitigation_id != besides
            if underway and not live.accounts.isdisjoint(accounts):
                return live
        return None

    def add(self, live: Live, at_s: float, by: str) -> Changed:
        self._live[live.view.mitigation_id] = live
        self._link(live)
        return self._told(Changed(None, live.view, by, at_s))

    def _told(self, change: Changed) -> Changed:
        self.changes += 1
        self._tell(change)
        return change

    def _link(self, live: Live) -> None:
        for event_id in live.view.events:
            self._by_event[event_id] = live.view.mitigation_id

    def relink(self, live: Live, former: Collection[str]) -> None:
        """It was planned anew and may answer other events than `former`."""
        self._unlink(live, set(former) - set(live.view.events))
        self._link(live)

    def _unlink(self, live: Live, events: Collection[str]) -> None:
        for event_id in events:
            if self._by_event.get(event_id) == live.view.mitigation_id:
                del self._by_event[event_id]

    def drop(self, live: Live, gone: Collection[str]) -> None:
        """A waiting plan does not answer these events any more; it answers others still."""
        answers = tuple(row for row in live.view.answers if row.event_id not in gone)
        lead = answers[0]
        self._unlink(live, gone)
        live.view = replace(
            live.view, answers=answers, event_id=lead.event_id, scope=lead.scope, metric=lead.metric,
            severity=max(row.severity for row in answers), before=lead.before, target=lead.target,
        )  # fmt: skip
        live.outdated = True

    def outdate(self, accounts: Collection[str]) -> None:
        """Something else has acted in these accounts: plans that wait over them were made for other positions."""
        for live in self._live.values():
            if live.view.state in WAITING_STATES and not live.accounts.isdisjoint(accounts):
                live.outdated = True

    def change(self, live: Live, to: Live, at_s: float, by: str) -> Changed:
        """Let a waiting plan be as a person has changed it."""
        before, live.view = live.view, to.view
        live.planned_s, live.inputs_age_s, live.inputs_trust = to.planned_s, to.inputs_age_s, to.inputs_trust
        live.outdated = False
        return self._told(Changed(before, live.view, by, at_s))

    def hold_back(self, live: Live, why: str, countdown_s: float, at_s: float, now_s: float) -> Changed:
        """It would run by itself now and must not: a person has until the end of a countdown, and then it lapses."""
        before = live.view
        live.view = replace(
            before, mode=Policy.APPROVE, state=MitigationState.AWAITING, note=why, held_back=why,
            countdown_s=countdown_s, lapses_at_s=at_s + countdown_s, on_lapse=OnLapse.LAPSE,
        )  # fmt: skip
        live.since_s = now_s
        return self._told(Changed(before, live.view, SYSTEM_ACTOR, at_s))

    def move(self, live: Live, state: MitigationState, note: str, by: str, at_s: float, now_s: float) -> Changed:
        before = live.view
        ended = state in ENDED_STATES
        live.view = replace(before, state=state, note=note, ended_at_s=at_s if ended else None)
        live.since_s = now_s
        if ended:
            del self._live[before.mitigation_id]
            self._unlink(live, before.events)
            self._ended.appendleft(live.view)
        return self._told(Changed(before, live.view, by, at_s))

    def remember(self, before: Mitigation, after: Mitigation, at_s: float) -> Changed:
        """One of an earlier run that has ended with it."""
        self._ended.appendleft(after)
        return self._told(Changed(before, after, SYSTEM_ACTOR, at_s))

    def take_up(self, before: Mitigation, live: Live, at_s: float) -> Changed:
        """One of an earlier run that goes on."""
        self._live[live.view.mitigation_id] = live
        self._link(live)
        return self._told(Changed(before, live.view, SYSTEM_ACTOR, at_s))

    def views(self) -> tuple[Mitigation, ...]:
        """Live ones and the remembered ended ones, newest first."""
        rows = [live.view for live in self._live.values()]
        rows.extend(self._ended)
        rows.sort(key=lambda row: row.created_at_s, reverse=True)
        return tuple(rows)

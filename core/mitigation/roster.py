"""The mitigation desk's list: what is live, by id and by event, and a bounded memory of what has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from core.domain import Severity, Trust
from core.mitigation.actions import Changed
from core.mitigation.model import ENDED_STATES, Mitigation, MitigationState
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

    def figures_age_s(self, now_s: float) -> float:
        return now_s - self.planned_s + self.inputs_age_s

    def replan(self, plan: Plan, inputs: PlanInputs, value: float, severity: Severity, now_s: float) -> None:
        self.view = replace(
            self.view,
            severity=severity,
            share=plan.share,
            reductions=plan.reductions,
            before=value,
            expected=plan.expected,
            target=plan.target,
            summary=plan.sentence,
            left_out=plan.left_out,
            notional=plan.notional,
            revision=self.view.revision + (plan.reductions != self.view.reductions),
        )
        self.planned_s = now_s
        self.inputs_age_s = inputs.age_s
        self.inputs_trust = inputs.trust

    @property
    def accounts(self) -> frozenset[str]:
        return frozenset(row.account for row in self.view.reductions)


class Roster:
    def __init__(self, history: int) -> None:
        self._live: dict[str, Live] = {}
        self._by_event: dict[str, str] = {}
        self._ended: deque[Mitigation] = deque(maxlen=history)

    def __iter__(self) -> Iterator[Live]:
        return iter(tuple(self._live.values()))

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
        if not live.view.drafted:
            self._by_event[live.view.event_id] = live.view.mitigation_id
        return Changed(None, live.view, by, at_s)

    def change(self, live: Live, to: Live, at_s: float, by: str) -> Changed:
        """Let a waiting plan be as a person has changed it."""
        before, live.view = live.view, to.view
        live.planned_s, live.inputs_age_s, live.inputs_trust = to.planned_s, to.inputs_age_s, to.inputs_trust
        return Changed(before, live.view, by, at_s)

    def move(self, live: Live, state: MitigationState, note: str, by: str, at_s: float, now_s: float) -> Changed:
        before = live.view
        ended = state in ENDED_STATES
        live.view = replace(before, state=state, note=note, ended_at_s=at_s if ended else None)
        live.since_s = now_s
        if ended:
            del self._live[before.mitigation_id]
            if self._by_event.get(before.event_id) == before.mitigation_id:
                del self._by_event[before.event_id]
            self._ended.appendleft(live.view)
        return Changed(before, live.view, by, at_s)

    def views(self) -> tuple[Mitigation, ...]:
        """Live ones and the remembered ended ones, newest first."""
        rows = [live.view for live in self._live.values()]
        rows.extend(self._ended)
        rows.sort(key=lambda row: row.created_at_s, reverse=True)
        return tuple(rows)

"""One cycle: read everything, evaluate everything, decide, and be done; nothing reaches back into it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from core.book.flows import FlowState
from core.domain import Scope, ScopeKind, Severity
from core.engine.doing import Doing
from core.engine.parts import Parts
from core.engine.record import Recorder
from core.events.checks import LimitKey
from core.events.model import Cause, Event
from core.events.transitions import Change, Transition
from core.mitigation.actions import Action, Cease, Changed, MarkEvent, Recover, Refused, Run, StopRequest
from core.mitigation.model import MitigationState
from core.snapshot import RiskMatrix

AT_STAKE = "gross_exposure"
"""What of the book a scope holds: the list of events is sorted by it."""
TIDY_EVERY = 600
"""Cycles between two times at which limits without an event are followed no longer."""
LOOKED_AT = 200
"""Limits looked at in one cycle after a change of them all."""
NOTICES = 20
EVENTS_KEPT = 10_000


class Cycle:
    def __init__(self, parts: Parts, recorder: Recorder) -> None:
        self._parts = parts
        self._recorder = recorder
        self._first_update_s: float | None = None
        self._events: dict[str, Event] = {}
        self._notices: dict[str, None] = {}
        self._limits = parts.risk.limits
        self._to_look_at: deque[LimitKey] = deque()
        """Limits of events that may have been taken out of force."""
        self.count = 0
        self.transitions = 0
        """Of events, in this run."""

    @property
    def matrix(self) -> RiskMatrix:
        """As the newest cycle evaluated it."""
        return self._parts.figures.matrix

    def note_update(self, received_s: float) -> None:
        """An update came in; the first since the last cycle is what the next event's delay is measured from."""
        if self._first_update_s is None:
            self._first_update_s = received_s

    def run(self) -> tuple[Action, ...]:
        """Evaluate once; the actions that follow from it."""
        parts = self._parts
        since_s, self._first_update_s = self._first_update_s, None
        self.count += 1
        at_s = parts.clock.now()
        parts.history.take(parts.figures.evaluate(), self.matrix)
        self._forget_limits()
        matrix, events = self.matrix, parts.events
        events.take_exposure(matrix.rows, matrix.value[:, matrix.column(AT_STAKE)])
        checks = parts.risk.news(matrix, events.due())
        transitions = events.step(checks, at_s)
        self.take_transitions(transitions)
        if since_s is not None and any(change.what is Change.RAISED for change in transitions):
            parts.timing.event_raised((parts.clock.monotonic() - since_s) * 1000.0)
        self._tell_flows()
        self.take_transitions(parts.unreachable.step(events, parts.clock.monotonic()))
        if parts.lease.watches_only:
            return ()  # whoever acts decides
        acting = parts.risk.acting(matrix, parts.mitigations.asked.from_before)
        return parts.mitigations.step(acting, at_s, events.find, parts.figures.plan_inputs)

    @property
    def behind(self) -> bool:
        """Whether more has happened than one cycle could take."""
        return self._parts.risk.feed.behind or self._parts.events.busy or bool(self._to_look_at)

    def restored(self) -> None:
        """Events of an earlier run are there: their limits are followed like those of this one."""
        self._parts.risk.feed.take(self._parts.risk.limits)
        self._parts.risk.feed.follow(self._parts.events.keep())
        self._to_look_at.extend(self._parts.events.keep())
        known = {flow.flow_id: flow.state for flow in self._parts.book.suspected_flows()}
        for event in self._parts.events.open_events():
            if event.cause is Cause.FLOW and known.get(event.metric) is not FlowState.SUSPECTED:
                note = "explained meanwhile" if event.metric in known else "looked at anew since the restart"
                self.take_transitions(self._parts.events.clear(event.scope, event.metric, Cause.FLOW, note=note))

    def _forget_limits(self) -> None:
        """An event whose limit was taken away, or is outside its hours, has nothing left to be measured by."""
        limits, events = self._parts.risk.limits, self._parts.events
        if limits is not self._limits:
            self._limits = limits
            self._to_look_at = deque(events.keep())
        elif self.count % TIDY_EVERY == 0:
            self._parts.risk.feed.forget_all_but(events.keep())
        for _ in range(min(LOOKED_AT, len(self._to_look_at))):
            scope, subject = self._to_look_at.popleft()
            if limits.limit_of(scope, subject) is None:
                note = f"no limit on {subject} of {scope} is in force now"
                self.take_transitions(events.forget_limit(scope, subject, note))

    def _tell_flows(self) -> None:
        for flow in self._parts.book.take_flow_events():
            scope = Scope(ScopeKind.ACCOUNT, flow.account)
            if flow.state is FlowState.SUSPECTED:
                word = "came in" if flow.amount > 0 else "left"
                note = f"{abs(flow.amount):,.0f} {self._parts.config.base_currency} {word} that no ledger explains yet"
                told = self._parts.events.raise_flow(scope, flow.flow_id, Severity.MEDIUM, note, flow.amount)
            else:
                told = self._parts.events.clear(scope, flow.flow_id, cause=Cause.FLOW, note=f"flow {flow.state.value}")
            self.take_transitions(told)

    def take_transitions(self, transitions: Iterable[Transition]) -> None:
        changes = tuple(transitions)
        for change in changes:
            self._events[change.event_after.event_id] = change.event_after
            self._recorder.transition(change)
        self.transitions += len(changes)
        self._parts.notifications.take(changes)
        self._parts.mitigations.outcomes.told(changes)
        while len(self._events) > EVENTS_KEPT:
            del self._events[next(iter(self._events))]

    def take_actions(self, actions: Iterable[Action], doing: Doing) -> list[StopRequest]:
        """Set going what is to be done; what remains is which scopes a policy wants stopped."""
        stops: list[StopRequest] = []
        for action in actions:
            self._recorder.action(action)
            match action:
                case Run(mitigation=mitigation):
                    doing.run(mitigation)
                case Recover(mitigation=mitigation):
                    doing.recover(mitigation)
                case Cease(mitigation_id=mitigation_id, reason=reason):
                    doing.cease(mitigation_id, reason)
                case MarkEvent(event_id=event_id, mitigating=None, note=note):
                    self.take_transitions(self._parts.events.note(event_id, note))
                case MarkEvent(event_id=event_id, mitigating=mitigating, note=note):
                    self.take_transitions(self._parts.events.mark_mitigating(event_id, bool(mitigating), note))
                case Changed(after=after):
                    if after.state is MitigationState.DONE and after.verified and not after.approved_by:
                        for event_id in after.events:
                            self.take_transitions(self._parts.events.mark_mended(event_id))
                case Refused(sentence=sentence):
                    self.notice(sentence)
                case StopRequest():
                    stops.append(action)
        return stops

    def all_events(self) -> tuple[Event, ...]:
        """Every event of this run, resolved ones too, in the order of their raising."""
        return tuple(sorted(self._events.values(), key=lambda event: event.raised_at_s))

    # -- about Scram itself ---------------------------------------------------------------------------------------

    def notice(self, sentence: str) -> None:
        """Tell the operator; the same sentence is told once."""
        self._notices.pop(sentence, None)
        self._notices[sentence] = None
        while len(self._notices) > NOTICES:
            del self._notices[next(iter(self._notices))]

    def failed(self, error: Exception) -> None:
        self.notice(f"a cycle failed ({type(error).__name__}): every figure is as old as the last good one")

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(reversed(self._notices))

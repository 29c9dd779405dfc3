"""The event desk against a model of a few lines, over random courses of readings, acknowledgements and time."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.clock import ManualClock
from core.domain import Scope, ScopeKind, Severity
from core.events.desk import EventDesk
from core.events.model import OPEN_STATES, Cause, EventState
from core.events.settings import EventSettings
from tests.core.events.stand_ins import StandInCheck, Terms, breached, cleared, inside_deadband, numbered, unknown

SCOPES = [Scope(ScopeKind.ACCOUNT, name) for name in ("a", "b")]
ON_DELAY_S = 1.0
GRACE_S = 5.0


@dataclass
class Model:
    """One limit: what a person would expect to see."""

    listed: bool = False
    active: bool = False
    acknowledged: bool = False
    worst: int = 0
    breached_since: float | None = None
    unknown_since: float | None = None
    unknown_listed: bool = False

    def see(self, check: StandInCheck, now_s: float) -> None:
        if check.outcome == "unknown":
            self.unknown_since = now_s if self.unknown_since is None else self.unknown_since
            self.unknown_listed = self.unknown_listed or now_s - self.unknown_since >= GRACE_S
            return
        self.unknown_since, self.unknown_listed = None, False
        if check.severity is not None:
            self.breach(check.severity, now_s)
            return
        self.breached_since = None
        if check.cleared and self.active:
            self.active = False
            self.settle()

    def breach(self, severity: Severity, now_s: float) -> None:
        if self.active:
            if severity > self.worst:
                self.worst, self.acknowledged = severity, False
            return
        self.breached_since = now_s if self.breached_since is None else self.breached_since
        if now_s - self.breached_since >= ON_DELAY_S:
            self.worst = max(severity, self.worst if self.listed else 0)
            self.listed, self.active, self.acknowledged, self.breached_since = True, True, False, None

    def acknowledge(self) -> None:
        if self.listed:
            self.acknowledged = True
            self.settle()

    def settle(self) -> None:
        if not self.active and self.acknowledged:
            self.listed, self.acknowledged, self.worst = False, False, 0


READINGS = st.one_of(
    st.sampled_from(Severity).map(breached), st.builds(cleared), st.builds(inside_deadband), st.builds(unknown)
)


class EventLifecycle(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(monotonic=0.0)
        self.desk = EventDesk(
            self.clock, numbered("e"), unknown_after_s=GRACE_S, settings=EventSettings(chatter_raises=1_000)
        )
        self.models = {scope: Model() for scope in SCOPES}

    @rule(readings=st.tuples(READINGS, READINGS), seconds=st.sampled_from([0.25, 0.5, 2.0]))
    def cycle(self, readings: tuple[StandInCheck, StandInCheck], seconds: float) -> None:
        self.clock.advance(seconds)
        limit = Terms(on_delay_s=ON_DELAY_S)
        checks = []
        for scope, reading in zip(SCOPES, readings, strict=True):
            check = StandInCheck(
                reading.outcome, reading.severity, reading.value, scope, cleared=reading.cleared, trust=reading.trust,
                limit=limit,
            )  # fmt: skip
            self.models[scope].see(check, self.clock.monotonic())
            checks.append(check)
        for transition in self.desk.step(checks, self.clock.now()):
            assert transition.event_before != transition.event_after
            before = transition.event_before
            assert before is None or before.event_id == transition.event_after.event_id

    @rule(scope=st.sampled_from(SCOPES))
    def acknowledge(self, scope: Scope) -> None:
        event = self.desk.find(scope, "leverage")
        if event is not None:
            self.desk.acknowledge(event.event_id, "ann")
        self.models[scope].acknowledge()

    @invariant()
    def the_list_is_what_a_person_expects(self) -> None:
        for scope, model in self.models.items():
            event = self.desk.find(scope, "leverage")
            assert (event is not None) == model.listed
            assert (self.desk.find(scope, "leverage", Cause.UNKNOWN) is not None) == model.unknown_listed
            if event is not None:
                assert event.severity == model.worst
                assert (event.state in OPEN_STATES) == model.active
                assert bool(event.acknowledged_by) == model.acknowledged

    @invariant()
    def every_listed_event_can_be_found_and_none_is_resolved(self) -> None:
        events = self.desk.open_events()
        assert all(self.desk.get(event.event_id) is event for event in events)
        assert all(event.state is not EventState.RESOLVED for event in events)
        assert [-event.severity for event in events] == sorted(-event.severity for event in events)


TestEventLifecycle = EventLifecycle.TestCase
TestEventLifecycle.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)

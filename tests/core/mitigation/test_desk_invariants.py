"""What must hold of the mitigation desk over any course of readings, answers, executions and stops."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.domain import PORTFOLIO, Policy, Scope, Severity, Trust
from core.mitigation.actions import Action, Cease, Changed, Run, StopRequest
from core.mitigation.model import ENDED_STATES, Mitigation, MitigationState
from core.mitigation.roster import UNDERWAY
from tests.core.events.stand_ins import StandInCheck, breached, cleared, unknown
from tests.core.mitigation.test_mitigation_desk import ALPHA, BETA, Room, of, report

SCOPES = (PORTFOLIO, ALPHA, BETA)
POLICIES = {
    Severity.LOW: Policy.PROPOSE,
    Severity.MEDIUM: Policy.APPROVE,
    Severity.HIGH: Policy.AUTO,
    Severity.CRITICAL: Policy.STOP,
}
READING = st.one_of(
    st.sampled_from(Severity).map(breached),
    st.just(breached(Severity.HIGH)),
    st.just(cleared()),
    st.just(unknown()),
    st.sampled_from(Trust).map(lambda trust: breached(Severity.HIGH, trust=trust)),
)


class MitigationCourse(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.room = Room(POLICIES)
        self.streaks: dict[Scope, list[tuple[float, Severity]]] = {scope: [] for scope in SCOPES}
        self.stopped: set[Scope] = set()
        self.executing: dict[str, Mitigation] = {}
        self.ceased: set[str] = set()

    def take(self, actions: tuple[Action, ...]) -> None:
        self.room.mark(actions)
        self.ceased |= {cease.mitigation_id for cease in of(actions, Cease)}
        ended = {view.mitigation_id for view in self.room.desk.views() if view.state in ENDED_STATES}
        for mitigation_id in self.ceased & ended:  # it ran for too long: told to cease, its execution is over at once
            self.executing.pop(mitigation_id, None)
        for run in of(actions, Run):
            assert not self.accounts(run.mitigation) & {
                account for other in self.executing.values() for account in self.accounts(other)
            }
            assert run.mitigation.reductions
            self.executing[run.mitigation.mitigation_id] = run.mitigation

    @staticmethod
    def accounts(view: Mitigation) -> set[str]:
        return {row.account for row in view.reductions}

    def confirmed(self, scope: Scope, at_least: Severity) -> bool:
        trail = []
        for at_s, severity in reversed(self.streaks[scope]):
            if severity < at_least:
                break
            trail.append(at_s)
        return len(trail) >= 3 and trail[0] - trail[-1] >= 0.3

    @rule(
        readings=st.tuples(READING, READING, READING),
        seconds=st.sampled_from([0.1, 0.2, 0.2, 1.0, 7.0, 70.0]),
        repeat=st.integers(1, 4),
    )
    def cycles(self, readings: tuple[StandInCheck, ...], seconds: float, repeat: int) -> None:
        checks = [replace(reading, scope=scope) for reading, scope in zip(readings, SCOPES, strict=True)]
        for _ in range(repeat):
            actions = self.room.cycle(*checks, after_s=seconds)
            trusted: set[Scope] = set()
            for check in checks:
                if check.severity is not None and check.trust is Trust.TRUSTED:
                    self.streaks[check.scope].append((self.room.clock.monotonic(), check.severity))
                    trusted.add(check.scope)
                else:
                    self.streaks[check.scope].clear()
            for changed in of(actions, Changed):
                assert changed.before is not None or changed.after.scope in trusted
            for run in of(actions, Run):
                assert self.confirmed(run.mitigation.scope, Severity.HIGH)
                assert not any(stop in (PORTFOLIO, run.mitigation.scope) for stop in self.stopped)
            for request in of(actions, StopRequest):
                assert self.confirmed(request.scope, Severity.CRITICAL)
            self.take(actions)

    @rule(pick=st.integers(0, 5), yes=st.booleans())
    def answer(self, pick: int, yes: bool) -> None:
        views = self.room.desk.views()
        if views:
            view = views[pick % len(views)]
            wish = self.room.desk.approve if yes else self.room.desk.reject
            self.take(wish(view.mitigation_id, "ann"))

    @rule(outcome=st.sampled_from(["helped", "did not help", "nothing filled"]))
    def finish_one(self, outcome: str) -> None:
        if not self.executing:
            return
        mitigation_id, view = next(iter(self.executing.items()))
        ceased = "told to" if mitigation_id in self.ceased else ""
        filled = 0.0 if outcome == "nothing filled" else None
        self.take(self.room.desk.executed(mitigation_id, report(view, filled=filled, ceased=ceased)))
        self.take(self.room.desk.verified(mitigation_id, 3.0, outcome == "helped"))
        self.executing.pop(mitigation_id, None)

    @rule(scope=st.sampled_from(SCOPES), fire=st.booleans())
    def stop_or_reset(self, scope: Scope, fire: bool) -> None:
        if not fire:
            self.room.desk.stop_reset(scope)
            self.stopped.discard(scope)
            return
        self.take(self.room.desk.stop_fired(scope))
        self.stopped.add(scope)
        for view in self.room.desk.views():
            inside = scope in (PORTFOLIO, view.scope)
            assert not inside or view.state in UNDERWAY | ENDED_STATES
            if inside and view.state is MitigationState.RUNNING:
                assert view.mitigation_id in self.ceased

    @invariant()
    def no_event_has_two_live_mitigations_and_no_account_two_underway(self) -> None:
        live = [view for view in self.room.desk.views() if view.state not in ENDED_STATES]
        assert len({view.event_id for view in live}) == len(live)
        underway = [account for view in live if view.state in UNDERWAY for account in self.accounts(view)]
        assert len(underway) == len(set(underway))

    @invariant()
    def what_has_ended_says_when_and_why(self) -> None:
        for view in self.room.desk.views():
            ended = view.state in ENDED_STATES
            assert (view.ended_at_s is not None) == ended
            assert bool(view.note) or not ended


TestMitigationCourse = MitigationCourse.TestCase
TestMitigationCourse.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)

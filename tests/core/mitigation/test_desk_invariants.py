"""What must hold of the mitigation desk over any course of readings, answers, executions, stops and restarts."""

from __future__ import annotations

from dataclasses import replace

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.domain import PORTFOLIO, Policy, Scope, Severity, Trust
from core.journal.canonical import canonical
from core.ladder import OnLapse, Response, Rung, Step
from core.mitigation.actions import Action, Cease, Changed, Recover, Run, StopRequest
from core.mitigation.desk import MitigationDesk
from core.mitigation.model import ENDED_STATES, Mitigation, MitigationState
from core.mitigation.recalling import slim
from core.mitigation.report import RungReport
from core.mitigation.roster import UNDERWAY
from core.mitigation.turnover import SPAN_S, Caps
from tests.core.events.stand_ins import StandInCheck, breached, cleared, numbered, unknown
from tests.core.mitigation.test_mitigation_desk import ALPHA, ARMED, BETA, Room, of, report

SCOPES = (PORTFOLIO, ALPHA, BETA)
ACCOUNTS = {PORTFOLIO: {"alpha", "beta"}, ALPHA: {"alpha"}, BETA: {"beta"}}
CAPS = Caps(whole=1_500.0, account=900.0, scope=1_200.0)
SETTINGS = replace(ARMED, caps=CAPS, countdown_s=20.0)
POLICIES = {
    Severity.LOW: Policy.PROPOSE,
    Severity.MEDIUM: Response((Step(Rung.RESTORE, Policy.APPROVE),), countdown_s=2.0, on_lapse=OnLapse.RUN),
    Severity.HIGH: Response((Step(Rung.BLOCK, Policy.AUTO), Step(Rung.RESTORE, Policy.AUTO)), tries=1),
    Severity.CRITICAL: Policy.STOP,
}
READING = st.one_of(
    st.sampled_from(Severity).map(breached),
    st.just(breached(Severity.HIGH)),
    st.just(breached(Severity.MEDIUM)),
    st.just(cleared()),
    st.just(unknown()),
    st.sampled_from(Trust).map(lambda trust: breached(Severity.HIGH, trust=trust)),
)


class MitigationCourse(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.room = Room(POLICIES, SETTINGS)
        self.streaks: dict[Scope, list[tuple[float, Severity]]] = {scope: [] for scope in SCOPES}
        self.stopped: set[Scope] = set()
        self.executing: dict[str, Mitigation] = {}
        self.ceased: set[str] = set()
        self.turned: list[tuple[float, Mitigation]] = []
        """What ran by itself and was not found to have done nothing, with when it began (wall time)."""
        self.cool: dict[str, float] = {}
        """By account, until when (monotonic) nothing may begin there by itself."""
        self.armed = True
        self.names = 0

    def take(self, actions: tuple[Action, ...]) -> None:
        self.room.mark(actions)
        self.ceased |= {cease.mitigation_id for cease in of(actions, Cease)}
        for changed in of(actions, Changed):
            self.look_at(changed)
        for recover in of(actions, Recover):
            self.executing[recover.mitigation.mitigation_id] = recover.mitigation
        for run in of(actions, Run):
            busy = {account for other in self.executing.values() for account in self.accounts(other)}
            assert not self.accounts(run.mitigation) & busy
            assert bool(run.mitigation.reductions) == run.mitigation.rung.trades
            self.executing[run.mitigation.mitigation_id] = run.mitigation
            if not run.mitigation.approved_by:
                self.look_at_automatic(run.mitigation)

    def look_at(self, changed: Changed) -> None:
        before, after = changed.before, changed.after
        lapsed = before is not None and before.state is MitigationState.AWAITING
        if lapsed and after.state is MitigationState.CONFIRMING:
            assert before.on_lapse is OnLapse.RUN
            assert not before.held_back
        if after.state is MitigationState.LAPSED:
            assert before is not None
            assert before.on_lapse is OnLapse.LAPSE
        if after.state in ENDED_STATES:
            self.executing.pop(after.mitigation_id, None)
            if after.rung.trades and after.state in (MitigationState.DONE, MitigationState.FAILED):
                now_s = self.room.clock.monotonic()
                self.cool |= dict.fromkeys(self.accounts(after), now_s + SETTINGS.cool_down_s)

    def look_at_automatic(self, view: Mitigation) -> None:
        now_s, at_s = self.room.clock.monotonic(), self.room.clock.now()
        assert self.armed
        # A rung that closes nothing may go on around a stop: it asks for no more than the stop does.
        assert not any(stop in (PORTFOLIO, view.scope) or stop.name in self.accounts(view) for stop in self.stopped)
        for row in view.answers:
            assert self.confirmed(row.scope, Severity.MEDIUM)
        assert all(self.cool.get(account, 0.0) <= now_s for account in self.accounts(view))
        self.turned.append((at_s, view))
        recent = [row for began_s, row in self.turned if at_s - began_s < SPAN_S]
        rows = [cut for row in recent for cut in row.reductions]
        assert sum(cut.notional for cut in rows) <= 1_500.0
        for account in ACCOUNTS[PORTFOLIO]:
            assert sum(cut.notional for cut in rows if cut.account == account) <= 900.0
        for scope in SCOPES:
            assert sum(cut.notional for row in recent if row.scope == scope for cut in row.reductions) <= 1_200.0

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
        seconds=st.sampled_from([0.1, 0.2, 0.2, 1.0, 7.0, 70.0, 1_800.0]),
        repeat=st.integers(1, 5),
    )
    def cycles(self, readings: tuple[StandInCheck, ...], seconds: float, repeat: int) -> None:
        checks = [replace(reading, scope=scope) for reading, scope in zip(readings, SCOPES, strict=True)]
        for _ in range(repeat):
            trusted: set[Scope] = set()
            for check in checks:
                if check.severity is not None and check.trust is Trust.TRUSTED:
                    self.streaks[check.scope].append((self.room.clock.monotonic() + seconds, check.severity))
                    trusted.add(check.scope)
                else:
                    self.streaks[check.scope].clear()
            actions = self.room.cycle(*checks, after_s=seconds)
            for changed in of(actions, Changed):
                assert changed.before is not None or {row.scope for row in changed.after.answers} <= trusted
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
        if not view.rung.trades:
            self.take(self.room.desk.carried_out(RungReport(mitigation_id, outcome == "helped", "so it was")))
            self.executing.pop(mitigation_id, None)
            return
        ceased = "told to" if mitigation_id in self.ceased else ""
        filled = 0.0 if outcome == "nothing filled" else None
        if filled == 0.0:
            self.turned = [row for row in self.turned if row[1].mitigation_id != mitigation_id]
        self.take(self.room.desk.executed(mitigation_id, report(view, filled=filled, ceased=ceased)))
        self.take(self.room.desk.verified(mitigation_id, 3.0, outcome == "helped"))
        self.executing.pop(mitigation_id, None)

    @rule(scope=st.sampled_from(SCOPES), fire=st.booleans())
    def stop_or_reset(self, scope: Scope, fire: bool) -> None:
        if not fire:
            self.room.desk.stop_reset(scope)
            self.stopped.discard(scope)
            return
        self.take(self.room.desk.stop_fired(scope, ACCOUNTS[scope]))
        self.stopped.add(scope)
        for view in self.room.desk.views():
            inside = scope in (PORTFOLIO, view.scope)
            assert not inside or view.state in UNDERWAY | ENDED_STATES
            if inside and view.state is MitigationState.RUNNING:
                assert view.mitigation_id in self.ceased

    @rule(armed=st.booleans())
    def arm_or_disarm(self, armed: bool) -> None:
        self.armed = armed
        self.room.desk.take_settings(replace(SETTINGS, automatic=armed))

    @rule()
    def restart(self) -> None:
        """What was underway is looked for; stops that stand are told again, as the latches are."""
        kept = [
            orjson.loads(canonical(part))
            for part in (self.room.desk.recalling.underway(), slim(self.room.desk.recalling.waiting()))
        ]
        asked = self.room.desk.asked.state()
        underway = {view.mitigation_id for view in self.room.desk.views() if view.state in UNDERWAY}
        self.names += 1
        self.room.desk = MitigationDesk(
            self.room.clock, numbered(f"m{self.names}-"), replace(SETTINGS, automatic=self.armed)
        )
        self.room.desk.asked.restore(asked)
        self.executing.clear()
        self.ceased.clear()
        for scope in self.streaks:
            self.streaks[scope].clear()
        for scope in self.stopped:
            self.take(self.room.desk.stop_fired(scope, ACCOUNTS[scope]))
        self.take(self.room.desk.recalling.restore(kept))
        live = {view.mitigation_id for view in self.room.desk.views() if view.state not in ENDED_STATES}
        assert live <= underway

    @invariant()
    def no_event_has_two_live_mitigations_and_no_account_two_underway(self) -> None:
        live = [view for view in self.room.desk.views() if view.state not in ENDED_STATES]
        events = [name for view in live for name in view.events]
        assert len(set(events)) == len(events)
        underway = [account for view in live if view.state in UNDERWAY for account in self.accounts(view)]
        assert len(underway) == len(set(underway))

    @invariant()
    def what_has_ended_says_when_and_why(self) -> None:
        for view in self.room.desk.views():
            ended = view.state in ENDED_STATES
            assert (view.ended_at_s is not None) == ended
            assert bool(view.note) or not ended

    @invariant()
    def what_is_held_back_says_why_and_waits(self) -> None:
        for view in self.room.desk.views():
            assert not (view.held_back and view.mode is Policy.AUTO)
            assert not (view.held_back and view.on_lapse is OnLapse.RUN)


TestMitigationCourse = MitigationCourse.TestCase
TestMitigationCourse.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

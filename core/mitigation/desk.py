"""The mitigation desk: decides what is done about a breach, by whom, and when; it sends nothing itself.

An automatic act needs several trusted readings in a row; a proposal needs one; a person's approval needs figures that
are not old. At most one mitigation is live per event, and never two underway in one account.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from core.clock import Clock
from core.domain import Policy, Scope, Severity, Trust
from core.events.checks import BREACHED, Check, LimitKey
from core.events.model import OPEN_STATES, Event
from core.events.transitions import SYSTEM_ACTOR
from core.ladder import MODE_RANK, OnLapse, Response, Rung, response_to
from core.mitigation.actions import Action, Cease, MarkEvent, Refused, Run, StopRequest
from core.mitigation.asked import AskedStops
from core.mitigation.closing import Closing
from core.mitigation.confirm import Confirmations
from core.mitigation.drafting import Draft, changed, drafted, unchangeable
from core.mitigation.model import WAITING_STATES, Mitigation, MitigationState
from core.mitigation.plan import PlanInputs, PlanTerms
from core.mitigation.planner import make_plan
from core.mitigation.report import ExecutionReport
from core.mitigation.restraint import CoolDowns, Holds, Stops, stop_touches
from core.mitigation.roster import UNDERWAY, Live, Roster
from core.mitigation.turnover import NO_CAPS, Caps

FindEvent = Callable[[Scope, str], Event | None]
"""The open breach event of a limit (`EventDesk.find`)."""
InputsOf = Callable[[Scope], PlanInputs | None]
"""The scope's positions now; None where they are not known."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    automatic: bool = False
    """Whether anything is done without a person; an emergency stop that a policy asks for is."""
    flatten: bool = False
    """Whether a policy may close every position of its scope."""
    countdown_s: float = 60.0
    on_lapse: OnLapse = OnLapse.LAPSE
    """What becomes of an approval that nobody gave, where its policy does not say."""
    confirm: tuple[int, int] = (3, 3)
    """So many of the last so many readings must be trusted and in breach before an automatic act."""
    confirm_span_s: float = 0.3
    """Least time between the first and the last confirming reading."""
    cool_down_s: float = 5.0
    lapse_hold_s: float = 60.0
    """After a lapsed approval the same breach is not asked about again for this long."""
    figures_max_age_s: float = 10.0
    replan_every_s: float = 5.0
    run_deadline_s: float = 120.0
    verify_deadline_s: float = 20.0
    history: int = 200
    caps: Caps = NO_CAPS


@dataclass(frozen=True, slots=True)
class _Breach:
    """A trusted reading in breach, with its event and what its severity asks for."""

    key: LimitKey
    check: Check
    event: Event
    severity: Severity
    level: Severity
    response: Response

    @property
    def policy(self) -> Policy:
        return self.response.mode


class MitigationDesk:
    def __init__(self, clock: Clock, ids: Callable[[], str], settings: DeskSettings | None = None) -> None:
        self._clock = clock
        self._ids = ids
        self._settings = settings or DeskSettings()
        self._roster = Roster(self._settings.history)
        self._seen = Confirmations(self._settings.confirm, self._settings.confirm_span_s)
        self._holds = Holds()
        self._cool = CoolDowns(self._settings.cool_down_s)
        self._stops = Stops()
        self.asked = AskedStops()
        self._closing = Closing(self._settings, clock, self._roster, self._cool, self._holds)

    def take_settings(self, settings: DeskSettings) -> None:
        """Go by other settings from now on; what is waiting or underway stays as it is."""
        self._settings = settings
        self._seen.take(settings.confirm, settings.confirm_span_s)
        self._cool.take(settings.cool_down_s)
        self._closing.take_settings(settings)

    def views(self) -> tuple[Mitigation, ...]:
        """Newest first."""
        return self._roster.views()

    # One cycle

    def step(
        self, checks: Sequence[Check], at_s: float, find_event: FindEvent, inputs_of: InputsOf
    ) -> tuple[Action, ...]:
        """Take one cycle's checks, after the event desk took them; `at_s` is wall time."""
        now_s = self._clock.monotonic()
        out: list[Action] = []
        self._holds.prune(find_event)
        self._cool.prune(now_s)
        self.asked.step(checks, find_event)
        for live in self._roster:
            event = find_event(live.view.scope, live.view.metric)
            active = event is not None and event.event_id == live.view.event_id and event.state in OPEN_STATES
            out.extend(self._closing.watch(live, active=active))
        breaches = self._breaches(checks, find_event)
        self._seen.step({breach.key: breach.severity for breach in breaches}, now_s)
        for breach in breaches:
            self._answer(breach, at_s, now_s, inputs_of, out)
        return tuple(out)

    def _breaches(self, checks: Sequence[Check], find_event: FindEvent) -> list[_Breach]:
        """Trusted breaches that have an active event and a policy."""
        found: list[_Breach] = []
        for check in checks:
            if check.outcome != BREACHED or check.severity is None or check.trust is not Trust.TRUSTED:
                continue
            event = find_event(check.scope, check.metric)
            asked = response_to(check.limit.policy, check.severity)
            if event is None or event.state not in OPEN_STATES or asked is None:
                continue
            key = (check.scope, check.metric)
            level = max(level for level in check.limit.policy if level <= check.severity)
            found.append(_Breach(key, check, event, check.severity, level, asked))
        return found

    def _answer(self, breach: _Breach, at_s: float, now_s: float, inputs_of: InputsOf, out: list[Action]) -> None:
        if breach.policy is Policy.STOP:
            self._ask_for_stop(breach, out)
            return
        live = self._roster.of_event(breach.event.event_id)
        if live is not None and live.view.state in UNDERWAY:
            return
        if live is not None and MODE_RANK[breach.policy] > MODE_RANK[live.view.mode] and not self._stopped(live):
            note = f"replaced: at {breach.severity.word} the policy is {breach.policy.value}"
            out.append(self._roster.move(live, MitigationState.WITHDRAWN, note, SYSTEM_ACTOR, at_s, now_s))
            live = None
        if live is None:
            live = self._begin(breach, at_s, now_s, inputs_of, out)
        elif live.view.state in WAITING_STATES and now_s - live.planned_s >= self._settings.replan_every_s:
            self._replan(live, breach, inputs_of, now_s)
        if live is not None and live.view.state is MitigationState.CONFIRMING:
            self._start_if_confirmed(live, breach, at_s, now_s, inputs_of, out)

    def _ask_for_stop(self, breach: _Breach, out: list[Action]) -> None:
        """Once per event and severity: after a deliberate reset the same breach does not stop the desk again."""
        if self.asked.stands(breach.key, breach.event.event_id, breach.severity):
            return
        if self._seen.since_s(breach.key, breach.level) is None:
            return
        self.asked.put(breach.key, breach.event.event_id, breach.severity)
        check = breach.check
        out.append(StopRequest(check.scope, check.metric, breach.severity, check.value, breach.event.event_id))

    def _begin(self, breach: _Breach, at_s: float, now_s: float, inputs_of: InputsOf, out: list[Action]) -> Live | None:
        check, event = breach.check, breach.event
        if self._holds.stands(breach.key, event, breach.severity, now_s) or now_s < self._cool.until_s(check.scope, ()):
            return None
        inputs = inputs_of(check.scope)
        if inputs is None or inputs.trust is not Trust.TRUSTED:
            return None
        plan = make_plan(inputs, _terms(check))
        if not plan.reductions:
            note = "; ".join((plan.sentence, *plan.left_out[:3]))
            out.append(MarkEvent(event.event_id, None, note))
            self._holds.put(breach.key, event.event_id, breach.severity, now_s + self._settings.cool_down_s)
            return None
        if now_s < self._cool.until_s(check.scope, plan.accounts):
            return None
        stopped = breach.policy is Policy.AUTO and self._stops.touch(check.scope, plan.reductions)
        mode = Policy.PROPOSE if stopped else breach.policy
        lapses_at_s = at_s + self._settings.countdown_s if mode is Policy.APPROVE else None
        view = Mitigation(
            self._ids(), event.event_id, check.scope, check.metric, breach.severity, Rung.RESTORE, mode,
            _FIRST_STATE[mode], plan.share, plan.reductions, check.value, plan.expected, plan.target, float("nan"),
            False, at_s, lapses_at_s, None, "a stop stands here: only a person may start it" if stopped else "",
            plan.sentence, plan.left_out, events=(event.event_id,), notional=plan.notional,
        )  # fmt: skip
        live = Live(view, now_s, inputs.age_s, inputs.trust, now_s)
        out.append(self._roster.add(live, at_s, SYSTEM_ACTOR))
        return live

    def _replan(self, live: Live, breach: _Breach, inputs_of: InputsOf, now_s: float) -> bool:
        """Bring a waiting plan up to date; it stays as it was where the figures are not trusted."""
        inputs = inputs_of(live.view.scope)
        if inputs is None or inputs.trust is not Trust.TRUSTED:
            return False
        plan = make_plan(inputs, _terms(breach.check))
        if not plan.reductions:
            return False
        live.replan(plan, inputs, breach.check.value, max(live.view.severity, breach.severity), now_s)
        return True

    def _start_if_confirmed(
        self, live: Live, breach: _Breach, at_s: float, now_s: float, inputs_of: InputsOf, out: list[Action]
    ) -> None:
        # Since it was made the breach may have become milder, and its policy with it: then it goes on waiting.
        lapsed = self._settings.on_lapse is OnLapse.RUN and breach.policy is Policy.APPROVE
        if breach.policy is not Policy.AUTO and not lapsed:
            return
        since_s = self._seen.since_s(breach.key, breach.level)
        if since_s is None or self._roster.busy_with(live.accounts) is not None:
            return
        if since_s < self._cool.until_s(live.view.scope, live.accounts):
            # These readings may still show what an earlier mitigation has already cut.
            self._seen.forget(breach.key)
            return
        if not self._replan(live, breach, inputs_of, now_s) or self._stopped(live):
            return
        if self._roster.busy_with(live.accounts) is None:
            self._run(live, SYSTEM_ACTOR, at_s, now_s, out)

    def _run(self, live: Live, by: str, at_s: float, now_s: float, out: list[Action]) -> None:
        note = live.view.note if live.view.made_by else ""
        out.append(self._roster.move(live, MitigationState.RUNNING, note, by, at_s, now_s))
        if not live.view.drafted:
            out.append(MarkEvent(live.view.event_id, True, f"being mitigated: {live.view.summary}"))
        out.append(Run(live.view))

    def _stopped(self, live: Live) -> bool:
        return self._stops.touch(live.view.scope, live.view.reductions)

    # What a person says

    def approve(self, mitigation_id: str, operator: str, revision: int | None = None) -> tuple[Action, ...]:
        """Start it as it is shown, in `revision`; refused with a sentence where it cannot be."""
        live = self._roster.get(mitigation_id)
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        if live is None:
            return (self._closing.too_late(mitigation_id, operator),)
        obstacle = self._obstacle(live, now_s)
        if not obstacle and revision not in (None, live.view.revision):
            obstacle = "it was planned anew since it was shown: look at it again"
        if obstacle:
            return (Refused(mitigation_id, operator, obstacle),)
        out: list[Action] = []
        live.view = replace(live.view, approved_by=operator)
        self._run(live, operator, at_s, now_s, out)
        return tuple(out)

    def approve_draft(self, draft: Draft, operator: str, reason: str = "") -> tuple[Action, ...]:
        """Start a plan that a person made, or a waiting one as a person changed it, exactly as it was previewed."""
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        live = self._roster.get(draft.mitigation_id)
        obstacle = unchangeable(live, draft)
        if obstacle:
            return (Refused(draft.mitigation_id, operator, obstacle),)
        if live is None:
            to = drafted(self._ids(), draft, operator, reason, at_s, now_s)
        else:
            to = changed(live, draft, operator, reason)
        obstacle = self._obstacle(to, now_s)
        if obstacle:
            return (Refused(draft.mitigation_id, operator, obstacle),)
        out: list[Action] = [
            self._roster.add(to, at_s, operator) if live is None else self._roster.change(live, to, at_s, operator)
        ]
        live = live or to
        live.view = replace(live.view, approved_by=operator)
        self._run(live, operator, at_s, now_s, out)
        return tuple(out)

    def _obstacle(self, live: Live, now_s: float) -> str:
        if live.view.state in UNDERWAY:
            return "it is running already"
        lapses_at_s = live.view.lapses_at_s
        if lapses_at_s is not None and self._clock.now() >= lapses_at_s:
            return "its time to be approved is over"
        age_s = live.figures_age_s(now_s)
        if age_s > self._settings.figures_max_age_s:
            return f"its figures are {age_s:.0f} s old, {self._settings.figures_max_age_s:.0f} s are allowed"
        other = self._roster.busy_with(live.accounts)
        if other is not None:
            shared = sorted(live.accounts & other.accounts)[0]
            return f"another mitigation ({other.view.scope}, {other.view.metric}) is acting on account {shared}"
        return ""

    def reject(self, mitigation_id: str, operator: str, reason: str = "") -> tuple[Action, ...]:
        """Not this one, and none for the same breach until it gets worse."""
        live = self._roster.get(mitigation_id)
        if live is None or live.view.state in UNDERWAY:
            return (self._closing.too_late(mitigation_id, operator),)
        now_s = self._clock.monotonic()
        view = live.view
        self._holds.put((view.scope, view.metric), view.event_id, view.severity)
        note = f"rejected by {operator}" + (f": {reason}" if reason else "")
        return (self._roster.move(live, MitigationState.REJECTED, note, operator, self._clock.now(), now_s),)

    # What a stop says

    def stop_fired(self, scope: Scope, accounts: Collection[str] | None = None) -> tuple[Action, ...]:
        """Withdraw what waits and cease what runs within the stop; `accounts` are those it covers, where known."""
        self._stops.fired(scope, accounts)
        out: list[Action] = []
        reason = f"a stop of {scope} was fired"
        for live in self._roster:
            if not stop_touches(scope, accounts, live.view.scope, live.view.reductions):
                continue
            if live.view.state is MitigationState.RUNNING:
                out.append(Cease(live.view.mitigation_id, reason))
            elif live.view.state is not MitigationState.VERIFYING:
                at_s, now_s = self._clock.now(), self._clock.monotonic()
                out.append(self._roster.move(live, MitigationState.WITHDRAWN, reason, SYSTEM_ACTOR, at_s, now_s))
        return tuple(out)

    def stop_reset(self, scope: Scope) -> None:
        self._stops.reset(scope)

    # What the execution says

    def executed(self, mitigation_id: str, report: ExecutionReport) -> tuple[Action, ...]:
        """The execution has ended; the metric is now to be evaluated on a reading begun after that."""
        return self._closing.executed(mitigation_id, report)

    def verified(self, mitigation_id: str, after_value: float, ok: bool) -> tuple[Action, ...]:
        """`ok`: on a reading begun after the last order, the metric is inside its limit again."""
        return self._closing.verified(mitigation_id, after_value, ok)


_FIRST_STATE = {
    Policy.PROPOSE: MitigationState.PROPOSED,
    Policy.APPROVE: MitigationState.AWAITING,
    Policy.AUTO: MitigationState.CONFIRMING,
}


def _terms(check: Check) -> PlanTerms:
    return PlanTerms(check.metric, check.value, check.clear_level, check.limit.reduce_share)

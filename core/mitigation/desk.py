"""The mitigation desk: decides what is done about a breach, by whom, and when; it sends nothing itself.

An automatic act needs several trusted readings; a proposal needs one; a person's approval needs figures that are not
old. What did not help climbs the ladder. At most one mitigation is live per event, breaches over accounts that meet
share one, and never two are underway in one account.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from core.clock import Clock
from core.domain import Policy, Scope, ScopeKind
from core.events.checks import Check
from core.events.model import OPEN_STATES
from core.events.transitions import SYSTEM_ACTOR
from core.ladder import OnLapse, Rung
from core.mitigation.actions import Action, Cease, MarkEvent, StopRequest
from core.mitigation.answering import Answering, Bounds
from core.mitigation.asked import AskedStops
from core.mitigation.automation import AutomationView
from core.mitigation.breach import Breach, FindEvent, Want, breaches_of
from core.mitigation.climbing import Climbs
from core.mitigation.closing import Closing
from core.mitigation.confirm import Confirmations
from core.mitigation.drafting import Draft
from core.mitigation.gating import Gate
from core.mitigation.grouping import AccountsOf, groups_of
from core.mitigation.model import Mitigation, MitigationState
from core.mitigation.outcomes import Outcomes
from core.mitigation.persons import Persons
from core.mitigation.plans import InputsOf, Planner
from core.mitigation.recalling import Recalling
from core.mitigation.report import ExecutionReport, RungReport
from core.mitigation.restraint import CoolDowns, Holds, Stops, stop_touches
from core.mitigation.roster import UNDERWAY, Live, Roster
from core.mitigation.starting import Starter
from core.mitigation.turnover import NO_CAPS, Caps, Turnover

__all__ = ["DeskSettings", "FindEvent", "InputsOf", "MitigationDesk"]


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


def own_account(scope: Scope) -> Collection[str]:
    """The accounts of a scope, where nobody knows more than its name."""
    return (scope.name,) if scope.kind is ScopeKind.ACCOUNT else ()


class MitigationDesk:
    def __init__(
        self,
        clock: Clock,
        ids: Callable[[], str],
        settings: DeskSettings | None = None,
        accounts_of: AccountsOf = own_account,
        planner: Planner | None = None,
    ) -> None:
        self._clock = clock
        self._settings = settings or DeskSettings()
        self._accounts_of = accounts_of
        self._planner = planner or Planner(clock)
        self.outcomes = Outcomes()
        self._roster = Roster(self._settings.history, self.outcomes.changed)
        self._seen = Confirmations(self._settings.confirm, self._settings.confirm_span_s)
        self._holds = Holds()
        self._cool = CoolDowns(self._settings.cool_down_s)
        self._stops = Stops()
        self._climbs = Climbs()
        self.turnover = Turnover()
        self.asked = AskedStops()
        self._gate = Gate(self._settings, self._stops, self.turnover)
        self._closing = Closing(
            self._settings, clock, self._roster, self._cool, self._holds, self._climbs, self.turnover
        )
        self._starter = Starter(self._roster, self.turnover, self.outcomes)
        self._recalling = Recalling(
            clock, self._roster, self._cool, self._holds, self._climbs, self.turnover, self.outcomes
        )
        self._answering = Answering(
            self._settings, clock, ids, accounts_of, self._planner,
            Bounds(self._roster, self._seen, self._holds, self._cool, self._stops, self._climbs, self._gate),
            self._starter,
        )  # fmt: skip
        self._persons = Persons(self._settings, clock, ids, self._roster, self._holds, self._stops, self._starter)

    def warm(self) -> None:
        """Load what plans are made with, in a thread."""
        self._planner.warm()

    def close(self) -> None:
        """May block for as long as one plan takes."""
        self._planner.close()

    def take_settings(self, settings: DeskSettings) -> None:
        """Go by other settings from now on; what is waiting or underway stays as it is."""
        self._settings = settings
        self._seen.take(settings.confirm, settings.confirm_span_s)
        self._cool.take(settings.cool_down_s)
        self._gate.take_settings(settings)
        self._closing.take_settings(settings)
        self._answering.take_settings(settings)
        self._persons.take_settings(settings)

    @property
    def settings(self) -> DeskSettings:
        return self._settings

    def views(self) -> tuple[Mitigation, ...]:
        """Newest first."""
        return self._roster.views()

    def automation(self) -> AutomationView:
        """What mitigations came to until now."""
        terms = self._settings
        return AutomationView(
            terms.automatic, self.outcomes.whole(), self.outcomes.days(), terms.confirm, terms.figures_max_age_s,
            terms.cool_down_s, terms.caps, self.turnover.within_hour(), self.outcomes.last_day(self._clock.now()),
        )  # fmt: skip

    # One cycle

    def step(
        self, checks: Sequence[Check], at_s: float, find_event: FindEvent, inputs_of: InputsOf
    ) -> tuple[Action, ...]:
        """Take one cycle's checks, after the event desk took them; `at_s` is wall time."""
        now_s = self._clock.monotonic()
        out: list[Action] = []
        self._holds.prune(find_event)
        self._climbs.prune(find_event)
        self._cool.prune(now_s)
        self.turnover.prune(at_s)
        self.asked.step(checks, find_event)
        for live in self._roster:
            out.extend(self._closing.watch(live, self._gone(live, find_event)))
        breaches = breaches_of(checks, find_event)
        self._seen.step({breach.key: breach.severity for breach in breaches}, now_s)
        wants = [want for breach in breaches if (want := self._want(breach, now_s, out)) is not None]
        out.extend(self._answering.step(groups_of(wants, self._accounts_of), at_s, now_s, inputs_of))
        return tuple(out)

    def _gone(self, live: Live, find_event: FindEvent) -> frozenset[str]:
        """Those of its events whose breach does not stand any more."""
        rows = ((row.event_id, find_event(row.scope, row.metric)) for row in live.view.answers)
        return frozenset(
            event_id
            for event_id, event in rows
            if event is None or event.event_id != event_id or event.state not in OPEN_STATES
        )

    def _want(self, breach: Breach, now_s: float, out: list[Action]) -> Want | None:
        """What is to be done about it now; None where nothing is, or it is being done."""
        live = self._roster.of_event(breach.event.event_id)
        if live is not None and live.view.state in UNDERWAY:
            return None
        climbed = self._climbs.stands(breach.key, breach.level)
        if climbed:
            out.append(MarkEvent(breach.event.event_id, None, climbed))
        want = Want(breach, self._climbs.at(breach.key, breach.event.event_id, breach.level, breach.response))
        if want.foothold.over:
            return None
        if want.rung is Rung.STOP and want.mode is Policy.AUTO:
            self._ask_for_stop(breach, out)
            return None
        if want.rung is Rung.FLATTEN and not self._settings.flatten:
            out.append(self._answering.fail(want, "flatten is not allowed by [mitigation]", final=True))
            return None
        if live is None and self._held(want, now_s):
            return None
        return want

    def _held(self, want: Want, now_s: float) -> bool:
        breach = want.breach
        return self._holds.stands(breach.key, breach.event, breach.severity, now_s) or now_s < self._cool.until_s(
            want.scope, ()
        )

    def _ask_for_stop(self, breach: Breach, out: list[Action]) -> None:
        """Once per event and severity: after a deliberate reset the same breach does not stop the desk again."""
        if self.asked.stands(breach.key, breach.event.event_id, breach.severity):
            return
        if self._seen.since_s(breach.key, breach.level) is None:
            return
        self.asked.put(breach.key, breach.event.event_id, breach.severity)
        self.outcomes.stopped(breach.event.event_id)
        check = breach.check
        out.append(StopRequest(check.scope, check.metric, breach.severity, check.value, breach.event.event_id))

    # Over restarts

    @property
    def recalling(self) -> Recalling:
        """What is kept for the next start, and taken up there."""
        return self._recalling

    @property
    def changes(self) -> int:
        """Counts up whenever there is something new to be kept."""
        return self._roster.changes

    @property
    def underway(self) -> tuple[str, ...]:
        """The ids of what acts now."""
        return self._roster.underway

    # What a person says

    def approve(self, mitigation_id: str, operator: str, revision: int | None = None) -> tuple[Action, ...]:
        """Start it as it is shown, in `revision`; refused with a sentence where it cannot be."""
        return self._persons.approve(mitigation_id, operator, revision)

    def objection(self, draft: Draft) -> str:
        """Why a draft cannot be approved now; "" where it can."""
        return self._persons.objection(draft)

    def approve_draft(self, draft: Draft, operator: str, reason: str = "") -> tuple[Action, ...]:
        """Start a plan that a person made, or a waiting one as a person changed it, exactly as it was previewed."""
        return self._persons.approve_draft(draft, operator, reason)

    def reject(self, mitigation_id: str, operator: str, reason: str = "") -> tuple[Action, ...]:
        """Not this one, and none for the same breach until it gets worse."""
        return self._persons.reject(mitigation_id, operator, reason)

    # What a stop says

    def stop_fired(
        self, scope: Scope, accounts: Collection[str] | None = None, *, lets_reduce: bool = False
    ) -> tuple[Action, ...]:
        """Withdraw what waits and cease what runs within the stop; `accounts` are those it covers, where known.

        `lets_reduce`: a policy has latched it, at a level under which positions may be reduced. That withdraws nothing.
        """
        if lets_reduce:
            return ()
        out: list[Action] = list(self._closing.latched(scope))
        self._stops.fired(scope, accounts)
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

    def carried_out(self, report: RungReport) -> tuple[Action, ...]:
        """What became of a rung that closes no position."""
        return self._closing.carried_out(report)

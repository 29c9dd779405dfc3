"""One plan for breaches that have to be answered together: made, kept up to date, and set going once it may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.clock import Clock
from core.domain import Policy, Severity
from core.events.transitions import SYSTEM_ACTOR
from core.ladder import MODE_RANK
from core.mitigation.actions import Action, Cease, MarkEvent
from core.mitigation.breach import Want
from core.mitigation.climbing import Climbs
from core.mitigation.confirm import Confirmations
from core.mitigation.creating import mitigation_of
from core.mitigation.gating import STOPPED, Gate
from core.mitigation.grouping import AccountsOf, Group
from core.mitigation.model import WAITING_STATES, MitigationState
from core.mitigation.plans import InputsOf, Planned, Planner, answers_of
from core.mitigation.restraint import CoolDowns, Holds, Stops
from core.mitigation.roster import Live, Roster
from core.mitigation.starting import Starter

WITHIN_S = 0.02
"""Of one cycle, for plans that are made on the spot; thousands of breaches at once must not hold the loop up."""
SOON_S = 1.0
"""Another breach that joins a plan is taken up within so long."""


class AnsweringSettings(Protocol):
    @property
    def countdown_s(self) -> float: ...
    @property
    def cool_down_s(self) -> float: ...
    @property
    def figures_max_age_s(self) -> float: ...
    @property
    def replan_every_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What there is already, and what keeps anything from being done."""

    roster: Roster
    seen: Confirmations
    holds: Holds
    cool: CoolDowns
    stops: Stops
    climbs: Climbs
    gate: Gate


class Answering:
    def __init__(
        self,
        settings: AnsweringSettings,
        clock: Clock,
        ids: Callable[[], str],
        accounts_of: AccountsOf,
        planner: Planner,
        bounds: Bounds,
        starter: Starter,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._accounts_of = accounts_of
        self._planner = planner
        self._bounds = bounds
        self._starter = starter

    def take_settings(self, settings: AnsweringSettings) -> None:
        self._settings = settings

    def step(self, groups: Sequence[Group], at_s: float, now_s: float, inputs_of: InputsOf) -> list[Action]:
        """What does more by itself comes first; a plan that it has taken is left alone by the others."""
        out: list[Action] = []
        taken: set[str] = set()
        for group in sorted(groups, key=self._turn):
            self._answer(group, taken, at_s, now_s, inputs_of, out)
            if self._clock.monotonic() - now_s > WITHIN_S:
                break  # the rest has its turn in the next cycle, when what was begun now costs nothing more
        return out

    def _turn(self, group: Group) -> tuple[int, float]:
        """What does more by itself first, then what has no plan yet, then the oldest plan."""
        live = self._bounds.roster.of_event(group.lead.breach.event.event_id)
        return -MODE_RANK[group.mode], float("-inf") if live is None else live.planned_s

    def _answer(
        self, group: Group, taken: set[str], at_s: float, now_s: float, inputs_of: InputsOf, out: list[Action]
    ) -> None:
        wants, lives = [], {}
        for want in group.wants:
            live = self._bounds.roster.of_event(want.breach.event.event_id)
            if live is None:
                wants.append(want)
            elif live.view.mitigation_id not in taken:
                wants.append(want)
                lives[live.view.mitigation_id] = live
        if not wants:
            return
        group = group.only(wants, self._accounts_of)
        live = self._carrier(group, list(lives.values()), at_s, now_s, out)
        if live is None:
            live = self._begin(group, at_s, now_s, inputs_of, out)
        elif live.view.state in WAITING_STATES and self._is_due(live, group, now_s):
            self._replan(live, self._planned(group, inputs_of), now_s)
        if live is None:
            return
        taken.add(live.view.mitigation_id)
        if live.view.state is MitigationState.CONFIRMING:
            self._start_if_confirmed(live, group, at_s, now_s, inputs_of, out)

    def _carrier(
        self, group: Group, lives: Sequence[Live], at_s: float, now_s: float, out: list[Action]
    ) -> Live | None:
        """The waiting mitigation that answers the group; the oldest where there are several, and the others go."""
        keep: Live | None = None
        for live in sorted(lives, key=lambda live: live.view.created_at_s):
            note = self._why_replaced(live, group, keep)
            if not note:
                keep = live
                continue
            out.append(self._bounds.roster.move(live, MitigationState.WITHDRAWN, note, SYSTEM_ACTOR, at_s, now_s))
        return keep

    def _why_replaced(self, live: Live, group: Group, other: Live | None) -> str:
        if live.view.made_by:
            return ""  # a person's hand is on it
        if live.view.rung is not group.rung:
            return f"replaced: it is the turn of {group.rung.word}"
        if MODE_RANK[group.mode] > MODE_RANK[_asked(live)] and not self._stopped(live):
            return f"replaced: at {group.lead.breach.severity.word} the policy is {group.mode.value}"
        if other is not None:
            return f"answered by one plan together with {other.view.scope}, {other.view.metric}"
        return ""

    def _stopped(self, live: Live) -> bool:
        return self._bounds.stops.touch(live.view.scope, live.view.reductions)

    def _is_due(self, live: Live, group: Group, now_s: float) -> bool:
        if not live.view.rung.trades or live.view.made_by:
            return False
        since_s = now_s - live.planned_s
        joined = not {want.breach.event.event_id for want in group.wants} <= set(live.view.events)
        return live.outdated or since_s >= self._settings.replan_every_s or (joined and since_s >= SOON_S)

    # Making it

    def _planned(self, group: Group, inputs_of: InputsOf, *, starting: bool = False) -> Planned | None:
        planned = self._planner(group, inputs_of, starting=starting)
        asked = {want.breach.event.event_id for want in group.wants}
        if planned is not None and any(want.breach.event.event_id not in asked for want in planned.group.wants):
            return None  # while it was made, one of its breaches went away or found another answer
        if planned is None and group.scope not in {want.scope for want in group.wants}:
            # What holds all of them may not be trusted although each of them is: then one after the other.
            first = group.only(group.wants[:1], self._accounts_of)
            return self._planner(first, inputs_of, starting=starting)
        return planned

    def _begin(self, group: Group, at_s: float, now_s: float, inputs_of: InputsOf, out: list[Action]) -> Live | None:
        if not group.rung.trades:
            return self._add(group, None, at_s, now_s, out)
        planned = self._planned(group, inputs_of)
        if planned is None:
            return None
        if not planned.plan.reductions:
            note = "; ".join((planned.plan.sentence, *planned.plan.left_out[:3]))
            out.extend(self.fail(want, note) for want in planned.group.wants)
            return None
        if now_s < self._bounds.cool.until_s(planned.group.lead.scope, planned.plan.accounts):
            return None
        return self._add(planned.group, planned, at_s, now_s, out)

    def _add(self, group: Group, planned: Planned | None, at_s: float, now_s: float, out: list[Action]) -> Live:
        lead, plan = group.lead.breach, None if planned is None else planned.plan
        currency = "" if planned is None else planned.inputs.base_currency
        terms = self._bounds.gate.terms(
            group.mode, lead.response, group.lead.scope, () if plan is None else plan.reductions, currency
        )
        view = mitigation_of(self._ids(), group, plan, terms, at_s)
        if planned is None:
            live = Live(view, now_s, lead.check.age_s, lead.check.trust, now_s, asked=group.mode)
        else:
            inputs = planned.inputs
            live = Live(view, planned.asked_s, inputs.age_s, inputs.trust, now_s, asked=group.mode)
        out.append(self._bounds.roster.add(live, at_s, SYSTEM_ACTOR))
        return live

    def fail(self, want: Want, note: str, *, final: bool = False) -> Action:
        """Nothing can be done on this rung: it counts as tried, and is not tried again at once."""
        breach = want.breach
        climbed = self._bounds.climbs.failed(breach.key, final=final)
        if not climbed:
            until_s = self._clock.monotonic() + self._settings.cool_down_s
            self._bounds.holds.put(breach.key, breach.event.event_id, breach.severity, until_s)
        return MarkEvent(breach.event.event_id, None, "; ".join(part for part in (note, climbed) if part))

    def _replan(self, live: Live, planned: Planned | None, now_s: float) -> bool:
        """Bring a waiting plan up to date; it stays as it was where the figures are not trusted, or old by now."""
        if planned is None or not planned.plan.reductions:
            return False
        if now_s - planned.asked_s > self._settings.figures_max_age_s:
            return False
        former = live.view.events
        answers = answers_of(planned.group, planned.plan)
        live.replan(planned.plan, planned.inputs, answers, planned.asked_s)
        self._bounds.roster.relink(live, former)
        return True

    # Setting it going

    def _start_if_confirmed(
        self, live: Live, group: Group, at_s: float, now_s: float, inputs_of: InputsOf, out: list[Action]
    ) -> None:
        # Since it was made the breach may have become milder, and its policy with it: then it goes on waiting.
        if MODE_RANK[group.mode] < MODE_RANK[_asked(live)]:
            return
        wants = [want for want in group.wants if self._is_confirmed(want, live)]
        if not wants or self._give_way(live, max(want.breach.severity for want in wants), out):
            return
        currency = ""
        if live.view.rung.trades:
            planned = self._planned(group.only(wants, self._accounts_of), inputs_of, starting=True)
            if not self._replan(live, planned, now_s) or planned is None or self._busy(live):
                return
            currency = planned.inputs.base_currency
        why = self._bounds.gate.why_not(live.view.scope, live.view.reductions, currency)
        if not why:
            self._starter.run(live, SYSTEM_ACTOR, at_s, now_s, out)
        elif why != STOPPED:
            countdown_s = group.lead.breach.response.countdown_s
            countdown_s = self._settings.countdown_s if countdown_s is None else countdown_s
            out.append(self._bounds.roster.hold_back(live, why, countdown_s, at_s, now_s))

    def _give_way(self, live: Live, severity: Severity, out: list[Action]) -> bool:
        """Whether another is underway in its accounts; an automatic one over a milder breach is told to make room."""
        other = self._bounds.roster.busy_with(live.accounts)
        if other is None:
            return False
        view = other.view
        running = view.state is MitigationState.RUNNING and not other.gives_way
        if running and severity > view.severity and not view.approved_by:
            other.gives_way = True
            why = f"a graver breach needs its accounts: {live.view.metric} of {live.view.scope}, {severity.word}"
            out.append(Cease(view.mitigation_id, why))
        return True

    def _busy(self, live: Live) -> bool:
        return self._bounds.roster.busy_with(live.accounts) is not None

    def _is_confirmed(self, want: Want, live: Live) -> bool:
        bounds = self._bounds
        since_s = bounds.seen.since_s(want.breach.key, want.breach.level)
        if since_s is None:
            return False
        if since_s < bounds.cool.until_s(want.scope, live.accounts):
            # These readings may still show what an earlier mitigation has already cut.
            bounds.seen.forget(want.breach.key)
            return False
        return True


def _asked(live: Live) -> Policy:
    """What the policy had asked for; while a stop held it back nothing more than a proposal was."""
    return live.view.mode if live.view.held_back == STOPPED else live.asked

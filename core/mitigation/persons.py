"""What a person says to a mitigation: yes, no, or otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from core.clock import Clock
from core.ladder import Rung
from core.mitigation.actions import Action, Refused
from core.mitigation.drafting import Draft, changed, drafted, unchangeable
from core.mitigation.model import MitigationState
from core.mitigation.restraint import Holds, Stops
from core.mitigation.roster import UNDERWAY, Live, Roster
from core.mitigation.starting import Starter


class PersonSettings(Protocol):
    @property
    def figures_max_age_s(self) -> float: ...


class Persons:
    def __init__(
        self,
        settings: PersonSettings,
        clock: Clock,
        ids: Callable[[], str],
        roster: Roster,
        holds: Holds,
        stops: Stops,
        starter: Starter,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._roster = roster
        self._holds = holds
        self._stops = stops
        self._starter = starter

    def take_settings(self, settings: PersonSettings) -> None:
        self._settings = settings

    def approve(self, mitigation_id: str, operator: str, revision: int | None = None) -> tuple[Action, ...]:
        """Start it as it is shown, in `revision`; refused with a sentence where it cannot be."""
        live = self._roster.get(mitigation_id)
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        if live is None:
            return (self._too_late(mitigation_id, operator),)
        obstacle = self._obstacle(live, now_s)
        if not obstacle and revision not in (None, live.view.revision):
            obstacle = "it was planned anew since it was shown: look at it again"
        if obstacle:
            return (Refused(mitigation_id, operator, obstacle),)
        out: list[Action] = []
        live.view = replace(live.view, approved_by=operator)
        self._starter.run(live, operator, at_s, now_s, out)
        return tuple(out)

    def approve_draft(self, draft: Draft, operator: str, reason: str = "") -> tuple[Action, ...]:
        """Start a plan that a person made, or a waiting one as a person changed it, exactly as it was previewed."""
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        live, to, obstacle = self._prepared(draft, operator, reason)
        if to is None or obstacle:
            return (Refused(draft.mitigation_id, operator, obstacle),)
        out: list[Action] = []
        if live is None:
            live = to
            live.view = replace(live.view, mitigation_id=self._ids())
            out.append(self._roster.add(live, at_s, operator))
        else:
            out.append(self._roster.change(live, to, at_s, operator))
        live.view = replace(live.view, approved_by=operator)
        self._starter.run(live, operator, at_s, now_s, out)
        return tuple(out)

    def objection(self, draft: Draft) -> str:
        """Why a draft cannot be approved now; "" where it can."""
        return self._prepared(draft, "", "")[2]

    def _prepared(self, draft: Draft, operator: str, reason: str) -> tuple[Live | None, Live | None, str]:
        """The plan that waits, the one that would run, and what speaks against it."""
        live = self._roster.get(draft.mitigation_id)
        obstacle = unchangeable(live, draft)
        if obstacle:
            return live, None, obstacle
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        if live is None:
            to = drafted(draft, operator, reason, at_s, now_s)
        else:
            to = changed(live, draft, operator, reason)
        return live, to, self._obstacle(to, now_s)

    def reject(self, mitigation_id: str, operator: str, reason: str = "") -> tuple[Action, ...]:
        """Not this one, and none for the same breaches until they get worse."""
        live = self._roster.get(mitigation_id)
        if live is None or live.view.state in UNDERWAY:
            return (self._too_late(mitigation_id, operator),)
        now_s = self._clock.monotonic()
        for row in live.view.answers:
            self._holds.put((row.scope, row.metric), row.event_id, row.severity)
        note = f"rejected by {operator}" + (f": {reason}" if reason else "")
        return (self._roster.move(live, MitigationState.REJECTED, note, operator, self._clock.now(), now_s),)

    def _obstacle(self, live: Live, now_s: float) -> str:
        view = live.view
        if view.state in UNDERWAY:
            return "it is running already"
        if view.lapses_at_s is not None and self._clock.now() >= view.lapses_at_s:
            return "its time to be approved is over"
        if view.rung is Rung.STOP and self._stops.has(view.scope):
            return f"{view.scope} is stopped already"
        if live.outdated:
            return "something else has acted in its accounts since it was made: it is planned anew first"
        age_s = live.figures_age_s(now_s)
        if view.rung.trades and age_s > self._settings.figures_max_age_s:
            return f"its figures are {age_s:.0f} s old, {self._settings.figures_max_age_s:.0f} s are allowed"
        other = self._roster.busy_with(live.accounts)
        if other is not None:
            shared = sorted(live.accounts & other.accounts)[0]
            return f"another mitigation ({other.view.scope}, {other.view.metric}) is acting on account {shared}"
        return ""

    def _too_late(self, mitigation_id: str, operator: str) -> Refused:
        live = self._roster.get(mitigation_id)
        ended = self._roster.ended(mitigation_id) if live is None else live.view
        word = f"it is {ended.state.value} already" if ended is not None else "no such mitigation is known"
        return Refused(mitigation_id, operator, word)

"""Setting a mitigation going: the last step before anything is sent, the same whoever takes it."""

from __future__ import annotations

from dataclasses import replace

from core.events.transitions import SYSTEM_ACTOR
from core.ladder import Rung
from core.mitigation.actions import Action, MarkEvent, Run, StopRequest
from core.mitigation.model import MitigationState
from core.mitigation.outcomes import Outcomes
from core.mitigation.roster import Live, Roster
from core.mitigation.turnover import Turnover


class Starter:
    def __init__(self, roster: Roster, turnover: Turnover, outcomes: Outcomes) -> None:
        self._roster = roster
        self._turnover = turnover
        self._outcomes = outcomes

    def run(self, live: Live, by: str, at_s: float, now_s: float, out: list[Action]) -> None:
        live.view = replace(live.view, began_at_s=at_s, lapses_at_s=None)
        note = live.view.note if live.view.made_by else ""
        out.append(self._roster.move(live, MitigationState.RUNNING, note, by, at_s, now_s))
        out.extend(MarkEvent(name, True, f"being mitigated: {live.view.summary}") for name in live.view.events)
        if by == SYSTEM_ACTOR:
            self._turnover.add(live.view, at_s)
        view = live.view
        if view.rung is Rung.STOP:
            self._outcomes.stopped(view.event_id)
            out.append(StopRequest(view.scope, view.metric, view.severity, view.before, view.event_id, by))
        else:
            out.append(Run(view))

"""What the mitigation desk takes along over a restart, and what becomes of it.

What only waited is planned anew on fresh figures, and the old plan is withdrawn. What was underway is looked for at the
venue and finished or given up, before anything else acts in its accounts. What restrains the desk goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.clock import Clock
from core.domain import Trust
from core.mitigation.actions import Action, Changed, MarkEvent, Recover
from core.mitigation.climbing import Climbs
from core.mitigation.keeping import mitigation_from
from core.mitigation.model import ENDED_STATES, Mitigation, MitigationState
from core.mitigation.outcomes import Outcomes
from core.mitigation.restraint import CoolDowns, Holds
from core.mitigation.roster import UNDERWAY, Live, Roster
from core.mitigation.turnover import Turnover

PLANNED_ANEW = "Scram was restarted: what still stands is planned anew on fresh figures"
LOOKED_FOR = "Scram was restarted: its orders are looked for at the venue"
NOT_READ_BACK = "Scram was restarted before it was read back"


class Recalling:
    def __init__(
        self,
        clock: Clock,
        roster: Roster,
        cool: CoolDowns,
        holds: Holds,
        climbs: Climbs,
        turnover: Turnover,
        outcomes: Outcomes,
    ) -> None:
        self._outcomes = outcomes
        self._clock = clock
        self._roster = roster
        self._cool = cool
        self._holds = holds
        self._climbs = climbs
        self._turnover = turnover

    def underway(self) -> dict[str, Any]:
        """For the next start, to be saved as soon as it changes: what acts, and what restrains what may act."""
        shift_s = self._clock.now() - self._clock.monotonic()
        return {
            "at_s": self._clock.now(),
            "live": [live.view for live in self._roster if live.view.state in UNDERWAY],
            "cool": self._cool.state(shift_s),
            "turnover": self._turnover.state(),
        }

    def waiting(self) -> dict[str, Any]:
        """For the next start, now and then: what waits may be thousands, and the journal tells the rest of it."""
        shift_s = self._clock.now() - self._clock.monotonic()
        return {
            "at_s": self._clock.now(),
            "live": [live.view for live in self._roster if live.view.state not in UNDERWAY],
            "holds": self._holds.state(shift_s),
            "climbs": self._climbs.state(),
            "outcomes": self._outcomes.state(),
        }

    def restore(self, kept: Sequence[Mapping[str, Any]], told: Iterable[Mapping[str, Any]] = ()) -> tuple[Action, ...]:
        """Take up an earlier run's two states. `told` are the bodies of what its journal says of mitigations since the
        earlier of them was saved, the oldest first. Raises ValueError where it is no such state, and then nothing is
        taken up."""
        shift_s = self._clock.now() - self._clock.monotonic()
        try:
            rows = {view.mitigation_id: view for part in kept for view in map(mitigation_from, part.get("live", ()))}
            for body in told:
                view = mitigation_from(body["after"])
                rows[view.mitigation_id] = view
            whole = {name: value for part in kept for name, value in part.items()}
            self._turnover.restore(whole.get("turnover", ()))
            self._climbs.restore(whole.get("climbs", ()))
            self._holds.restore(whole.get("holds", ()), shift_s)
            self._cool.restore(whole.get("cool", {}), shift_s)
            self._outcomes.restore(whole.get("outcomes", {}))
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from None
        out: list[Action] = []
        for view in rows.values():
            out.extend(self._take_up(view))
        return tuple(out)

    def _take_up(self, view: Mitigation) -> tuple[Action, ...]:
        if view.state in ENDED_STATES or self._roster.get(view.mitigation_id) is not None:
            return ()
        if view.state not in UNDERWAY:
            return (self._ended(view, MitigationState.WITHDRAWN, PLANNED_ANEW),)
        if not view.rung.trades:
            return (self._ended(view, MitigationState.FAILED, NOT_READ_BACK),)
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        again = replace(view, state=MitigationState.RUNNING, note=LOOKED_FOR)
        live = Live(again, now_s, math.inf, Trust.UNKNOWN, now_s, asked=view.mode)
        changed = self._roster.take_up(view, live, at_s)
        marks = (MarkEvent(name, True, f"{LOOKED_FOR}: {view.summary}") for name in view.events)
        return (changed, *marks, Recover(again))

    def _ended(self, view: Mitigation, state: MitigationState, note: str) -> Changed:
        at_s = self._clock.now()
        after = replace(view, state=state, note=note, ended_at_s=at_s)
        return self._roster.remember(view, after, at_s)


def slim(state: Mapping[str, Any]) -> dict[str, Any]:
    """Without the reductions of what only waits: they will be others by the next start."""
    return {**state, "live": [replace(view, reductions=(), left_out=()) for view in state["live"]]}

"""How a mitigation ends: done, of no help, lapsed, withdrawn, or never heard of again."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from core.clock import Clock
from core.domain import Policy, Scope
from core.events.transitions import SYSTEM_ACTOR
from core.ladder import OnLapse, Rung
from core.mitigation.actions import Action, Cease, MarkEvent
from core.mitigation.climbing import REPEATED, Climbs
from core.mitigation.model import Answered, MitigationState
from core.mitigation.report import ExecutionReport, RungReport
from core.mitigation.restraint import CoolDowns, Holds
from core.mitigation.roster import Live, Roster
from core.mitigation.turnover import Turnover

MOSTLY = 0.9
"""Of a plan's notional: so much filled counts as the plan where the rest found no market in time."""


class ClosingSettings(Protocol):
    @property
    def lapse_hold_s(self) -> float: ...
    @property
    def run_deadline_s(self) -> float: ...
    @property
    def verify_deadline_s(self) -> float: ...


class Closing:
    def __init__(
        self,
        settings: ClosingSettings,
        clock: Clock,
        roster: Roster,
        cool: CoolDowns,
        holds: Holds,
        climbs: Climbs,
        turnover: Turnover,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._roster = roster
        self._cool = cool
        self._holds = holds
        self._climbs = climbs
        self._turnover = turnover

    def take_settings(self, settings: ClosingSettings) -> None:
        self._settings = settings

    def watch(self, live: Live, gone: Collection[str]) -> Collection[Action]:
        """What time and the events' own course do to it; `gone` are those of its events that do not stand any more."""
        state = live.view.state
        waited_s = self._clock.monotonic() - live.since_s
        if state is MitigationState.RUNNING:
            if waited_s < self._settings.run_deadline_s:
                return ()
            cease = Cease(live.view.mitigation_id, "it ran for too long")
            return (cease, *self._end(live, MitigationState.FAILED, "no end of it was reported in time"))
        if state is MitigationState.VERIFYING:
            if waited_s < self._settings.verify_deadline_s:
                return ()
            return self._end(live, MitigationState.FAILED, "no fresh reading came in time to verify it")
        if gone and len(gone) == len(live.view.events):
            return (self._move(live, MitigationState.WITHDRAWN, "the breach went away"),)
        if gone:
            self._roster.drop(live, gone)
        lapses_at_s = live.view.lapses_at_s
        if state is MitigationState.AWAITING and lapses_at_s is not None and self._clock.now() >= lapses_at_s:
            return (self._lapse(live),)
        return ()

    def _lapse(self, live: Live) -> Action:
        view = live.view
        if view.on_lapse is OnLapse.RUN:
            live.view = replace(view, mode=Policy.AUTO, lapses_at_s=None)
            return self._move(live, MitigationState.CONFIRMING, "nobody answered: by policy it runs by itself")
        until_s = self._clock.monotonic() + self._settings.lapse_hold_s
        for row in view.answers:
            self._holds.put((row.scope, row.metric), row.event_id, row.severity, until_s)
        return self._move(live, MitigationState.LAPSED, "nobody approved it in time")

    def executed(self, mitigation_id: str, report: ExecutionReport) -> tuple[Action, ...]:
        live = self._roster.get(mitigation_id)
        if live is None or live.view.state is not MitigationState.RUNNING:
            return ()
        live.report = report
        if not report.filled_any:
            self._turnover.take_back(mitigation_id)
        if report.recovered and not report.filled_any:
            return self._end(live, MitigationState.WITHDRAWN, "nothing of it was sent before Scram was restarted")
        if live.gives_way and report.filled_any:
            return (self._move(live, MitigationState.VERIFYING, report.sentence),)
        if live.gives_way:
            return self._end(live, MitigationState.WITHDRAWN, report.sentence)
        if report.ceased or not (report.filled_any or report.drifted):
            return self._end(live, MitigationState.FAILED, report.sentence, counts=not report.recovered)
        return (self._move(live, MitigationState.VERIFYING, report.sentence),)

    def verified(self, mitigation_id: str, after_value: float, ok: bool) -> tuple[Action, ...]:
        live = self._roster.get(mitigation_id)
        if live is None or live.view.state is not MitigationState.VERIFYING or live.report is None:
            return ()
        report = live.report
        # A drawdown does not come back by selling, a draft answers no limit, and what scales says itself how much:
        # there, what can be verified is that the exposure fell as planned.
        by_metric = live.view.moves_its_metric and not live.view.drafted and live.view.rung in REPEATED
        whole = report.complete or (report.late and report.share_filled >= MOSTLY)
        good = report.confirmed and (ok if by_metric else whole or (ok and not live.view.drafted))
        live.view = replace(live.view, after=after_value, verified=good)
        course = f"{live.view.metric} {live.view.before:.4g} to {after_value:.4g}"
        if good:
            return self._end(live, MitigationState.DONE, f"{course}; {report.sentence}")
        if report.drifted or live.gives_way:
            # Nobody's failure: what still stands is planned anew, now that the figures show what was traded.
            return self._end(live, MitigationState.WITHDRAWN, f"{report.sentence}; {course}")
        if report.late and report.confirmed and report.filled_any and not live.view.drafted:
            # It helps, and a thin market takes longer than one plan may: no failure that would climb the ladder.
            rest = "the market took it too slowly, what is left is planned anew"
            return self._end(live, MitigationState.WITHDRAWN, f"{rest}: {course}; {report.sentence}")
        reason = "did not help" if report.confirmed else "the venue does not show the reductions"
        return self._end(live, MitigationState.FAILED, f"{reason}: {course}; {report.sentence}")

    def carried_out(self, report: RungReport) -> tuple[Action, ...]:
        """A rung that closes no position has ended; what it says was read back."""
        live = self._roster.get(report.mitigation_id)
        if live is None or live.view.state is not MitigationState.RUNNING:
            return ()
        live.view = replace(live.view, verified=report.verified)
        state = MitigationState.DONE if report.verified else MitigationState.FAILED
        return self._end(live, state, report.sentence, final=report.final)

    def latched(self, scope: Scope) -> tuple[Action, ...]:
        """An emergency stop of `scope` is fired: that is all that a mitigation on that rung was to reach."""
        out: list[Action] = []
        for live in self._roster:
            view = live.view
            if view.rung is Rung.STOP and view.scope == scope and view.state is MitigationState.RUNNING:
                out.extend(self.carried_out(RungReport(view.mitigation_id, True, f"the stop of {scope} is fired")))
        return tuple(out)

    def _end(
        self, live: Live, state: MitigationState, note: str, *, final: bool = False, counts: bool = True
    ) -> tuple[Action, ...]:
        """`final`: it failed, and trying it again makes no sense; not `counts`: that it failed says nothing of it."""
        view, helped = live.view, state is MitigationState.DONE
        counts = counts and state is not MitigationState.WITHDRAWN
        climbs = {row.event_id: self._climb(live, row, helped=helped, final=final) for row in view.answers if counts}
        if (view.rung.trades or not helped) and state is not MitigationState.WITHDRAWN:
            self._cool.begin(view, helped=helped or any(climbs.values()), now_s=self._clock.monotonic())
        self._roster.outdate(live.accounts)
        ended = self._move(live, state, note)
        word = {MitigationState.DONE: "mitigated", MitigationState.FAILED: "mitigation failed"}.get(state, state.value)
        marks = [
            MarkEvent(name, False, "; ".join(part for part in (f"{word}: {note}", climbs.get(name, "")) if part))
            for name in view.events
        ]
        return (ended, *marks)

    def _climb(self, live: Live, row: Answered, *, helped: bool, final: bool) -> str:
        """The sentence that tells of the next rung; "" where it is not climbed."""
        key, mitigation_id = (row.scope, row.metric), live.view.mitigation_id
        if helped:
            self._climbs.done(key, mitigation_id, moves=math.isfinite(row.expected))
            return ""
        return self._climbs.failed(key, mitigation_id, final=final)

    def _move(self, live: Live, state: MitigationState, note: str) -> Action:
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        return self._roster.move(live, state, note, SYSTEM_ACTOR, at_s, now_s)

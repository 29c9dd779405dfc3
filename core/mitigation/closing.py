"""How a mitigation ends: done, of no help, lapsed, withdrawn, or never heard of again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from core.clock import Clock
from core.domain import Policy
from core.events.transitions import SYSTEM_ACTOR
from core.ladder import OnLapse
from core.mitigation.actions import Action, Cease, MarkEvent, Refused
from core.mitigation.model import MitigationState
from core.mitigation.plan import EXPOSURE_METRICS
from core.mitigation.report import ExecutionReport
from core.mitigation.restraint import CoolDowns, Holds
from core.mitigation.roster import Live, Roster


class ClosingSettings(Protocol):
    @property
    def on_lapse(self) -> OnLapse: ...
    @property
    def lapse_hold_s(self) -> float: ...
    @property
    def run_deadline_s(self) -> float: ...
    @property
    def verify_deadline_s(self) -> float: ...


class Closing:
    def __init__(self, settings: ClosingSettings, clock: Clock, roster: Roster, cool: CoolDowns, holds: Holds) -> None:
        self._settings = settings
        self._clock = clock
        self._roster = roster
        self._cool = cool
        self._holds = holds

    def take_settings(self, settings: ClosingSettings) -> None:
        self._settings = settings

    def watch(self, live: Live, *, active: bool) -> Collection[Action]:
        """What time and the event's own course do to it; `active` says whether its breach still stands."""
        state = live.view.state
        waited_s = self._clock.monotonic() - live.since_s
        if state is MitigationState.RUNNING:
            if waited_s < self._settings.run_deadline_s:
                return ()
            cease = Cease(live.view.mitigation_id, "it ran for too long")
            return (cease, *self._end(live, MitigationState.FAILED, "no end of its orders was reported in time"))
        if state is MitigationState.VERIFYING:
            if waited_s < self._settings.verify_deadline_s:
                return ()
            return self._end(live, MitigationState.FAILED, "no fresh reading came in time to verify it")
        if not active:
            return (self._move(live, MitigationState.WITHDRAWN, "the breach went away"),)
        lapses_at_s = live.view.lapses_at_s
        if state is MitigationState.AWAITING and lapses_at_s is not None and self._clock.now() >= lapses_at_s:
            return (self._lapse(live),)
        return ()

    def _lapse(self, live: Live) -> Action:
        view = live.view
        if self._settings.on_lapse is OnLapse.RUN:
            live.view = replace(view, mode=Policy.AUTO, lapses_at_s=None)
            return self._move(live, MitigationState.CONFIRMING, "nobody answered: by policy it runs by itself")
        until_s = self._clock.monotonic() + self._settings.lapse_hold_s
        self._holds.put((view.scope, view.metric), view.event_id, view.severity, until_s)
        return self._move(live, MitigationState.LAPSED, "nobody approved it in time")

    def executed(self, mitigation_id: str, report: ExecutionReport) -> tuple[Action, ...]:
        live = self._roster.get(mitigation_id)
        if live is None or live.view.state is not MitigationState.RUNNING:
            return ()
        live.report = report
        if report.ceased or not report.filled_any:
            return self._end(live, MitigationState.FAILED, report.sentence)
        return (self._move(live, MitigationState.VERIFYING, report.sentence),)

    def verified(self, mitigation_id: str, after_value: float, ok: bool) -> tuple[Action, ...]:
        live = self._roster.get(mitigation_id)
        if live is None or live.view.state is not MitigationState.VERIFYING or live.report is None:
            return ()
        report = live.report
        # A drawdown does not come back by selling, and a draft answers no limit: there, what can be verified is that
        # the exposure fell as planned.
        by_metric = live.view.metric in EXPOSURE_METRICS and not live.view.drafted
        good = report.confirmed and (ok if by_metric else report.complete or (ok and not live.view.drafted))
        live.view = replace(live.view, after=after_value, verified=good)
        course = f"{live.view.metric} {live.view.before:.4g} to {after_value:.4g}"
        if good:
            return self._end(live, MitigationState.DONE, f"{course}; {report.sentence}")
        reason = "did not help" if report.confirmed else "the venue does not show the reductions"
        return self._end(live, MitigationState.FAILED, f"{reason}: {course}; {report.sentence}")

    def too_late(self, mitigation_id: str, operator: str) -> Refused:
        live = self._roster.get(mitigation_id)
        ended = self._roster.ended(mitigation_id) if live is None else live.view
        word = f"it is {ended.state.value} already" if ended is not None else "no such mitigation is known"
        return Refused(mitigation_id, operator, word)

    def _end(self, live: Live, state: MitigationState, note: str) -> tuple[Action, ...]:
        self._cool.begin(live.view, helped=state is MitigationState.DONE, now_s=self._clock.monotonic())
        ended = self._move(live, state, note)
        if live.view.drafted:
            return (ended,)
        word = "mitigated" if state is MitigationState.DONE else "mitigation failed"
        return (ended, MarkEvent(live.view.event_id, False, f"{word}: {note}"))

    def _move(self, live: Live, state: MitigationState, note: str) -> Action:
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        return self._roster.move(live, state, note, SYSTEM_ACTOR, at_s, now_s)

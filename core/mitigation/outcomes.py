"""Counts what mitigations came to, per day and in all: who set them going, whether they helped, and how fast.

A breach counts once, when its figure is back inside: as mended by whoever's verified act came before, as stopped where
an emergency stop was fired for it, as passed where nobody did anything.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.events.model import OPEN_STATES, Cause
from core.events.transitions import Change, Transition
from core.mitigation.actions import Changed
from core.mitigation.automation import AutomationFigures
from core.mitigation.model import WAITING_STATES, Mitigation, MitigationState
from core.mitigation.roster import UNDERWAY

DAYS = 31
SAMPLES = 2_000
"""Times that are remembered for a percentile, the newest."""
DAY_S = 86_400.0
ENDINGS = 50_000
"""Ends of breaches that are remembered by their moment; of more within a day, the newest count."""
FORGET_OPEN = 20_000
"""Breaches followed at once; of more, the oldest are left out of the count."""
COUNTS = (
    "proposed", "approved", "automatic", "held_back", "lapsed", "rejected", "withdrawn", "failed", "verified", "mended",
    "mended_by_person", "stopped", "passed",
)  # fmt: skip
_ENDINGS = ("mended", "mended_by_person", "stopped", "passed")
_ENDS = {
    MitigationState.LAPSED: "lapsed",
    MitigationState.REJECTED: "rejected",
    MitigationState.WITHDRAWN: "withdrawn",
    MitigationState.FAILED: "failed",
}


@dataclass(slots=True)
class _Tally:
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    first_order_s: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    inside_s: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    shown: AutomationFigures | None = None
    """As last asked for; None once something was counted since."""

    def figures(self, day: str = "") -> AutomationFigures:
        self.shown = self.shown or self._figures(day)
        return self.shown

    def _figures(self, day: str) -> AutomationFigures:
        first, inside = sorted(self.first_order_s), sorted(self.inside_s)
        return AutomationFigures(
            day, **self.counts,
            first_order_p50_s=_percentile(first, 0.50), first_order_p95_s=_percentile(first, 0.95),
            inside_p50_s=_percentile(inside, 0.50), inside_p95_s=_percentile(inside, 0.95),
        )  # fmt: skip


@dataclass(slots=True)
class _Breach:
    """One that stands, and what was done about it."""

    raised_at_s: float
    ordered: bool = False
    by_policy: bool = False
    by_person: bool = False
    stopped: bool = False


class Outcomes:
    def __init__(self) -> None:
        self._whole = _Tally()
        self._days: dict[str, _Tally] = {}
        self._open: dict[str, _Breach] = {}
        self._endings: deque[tuple[float, str]] = deque()
        """When breaches ended (wall time), oldest first, and how."""
        self._recent: Counter[str] = Counter()
        """How many of them ended how."""
        self._events: dict[str, tuple[str, ...]] = {}
        """By mitigation underway, the events that it answers."""

    # -- what happens ---------------------------------------------------------------------------------------------

    def changed(self, change: Changed) -> None:
        """A mitigation came to be or changed its state."""
        before, after, at_s = change.before, change.after, change.at_s
        waited = before is not None and before.state in WAITING_STATES
        if after.state in WAITING_STATES and not waited:
            self._count("proposed", at_s)
            if after.held_back:
                self._count("held_back", at_s)
        if before is not None and before.state is after.state and after.state is not MitigationState.RUNNING:
            return
        if after.state is MitigationState.RUNNING:
            self._events[after.mitigation_id] = after.events
            if before is not None and before.state in UNDERWAY:
                return  # of an earlier run, and counted there
            self._count("approved" if after.approved_by else "automatic", at_s)
            if not after.rung.trades:
                self.ordered(after.mitigation_id, at_s)
        elif after.state in _ENDS:
            self._count(_ENDS[after.state], at_s)
            self._events.pop(after.mitigation_id, None)
        elif after.state is MitigationState.DONE:
            self._done(after, at_s)

    def _done(self, after: Mitigation, at_s: float) -> None:
        self._events.pop(after.mitigation_id, None)
        if not after.verified:
            return
        self._count("verified", at_s)
        for event_id in after.events:
            breach = self._open.get(event_id)
            if breach is not None and after.approved_by:
                breach.by_person = True
            elif breach is not None:
                breach.by_policy = True

    def ordered(self, mitigation_id: str, at_s: float) -> None:
        """An order of it is about to be sent; the first for a breach is what counts."""
        for event_id in self._events.get(mitigation_id, ()):
            breach = self._open.get(event_id)
            if breach is not None and not breach.ordered:
                breach.ordered = True
                for tally in self._tallies(at_s):
                    tally.first_order_s.append(max(0.0, at_s - breach.raised_at_s))

    def stopped(self, event_id: str) -> None:
        """An emergency stop was asked for because of this breach."""
        breach = self._open.get(event_id)
        if breach is not None:
            breach.stopped = True

    def told(self, changes: Iterable[Transition]) -> None:
        """What happened to events."""
        for change in changes:
            event = change.event_after
            if event.cause is not Cause.BREACH:
                continue
            if change.what in (Change.RAISED, Change.REOPENED):
                self._open[event.event_id] = _Breach(change.at_s)
                while len(self._open) > FORGET_OPEN:
                    del self._open[next(iter(self._open))]
            elif event.state not in OPEN_STATES:
                self._inside(event.event_id, change.at_s)

    def _inside(self, event_id: str, at_s: float) -> None:
        breach = self._open.pop(event_id, None)
        if breach is None:
            return None
        if breach.stopped:
            return self._end("stopped", at_s)
        if not (breach.by_person or breach.by_policy):
            return self._end("passed", at_s)
        self._end("mended_by_person" if breach.by_person else "mended", at_s)
        for tally in self._tallies(at_s):
            tally.inside_s.append(max(0.0, at_s - breach.raised_at_s))
        return None

    def _end(self, name: str, at_s: float) -> None:
        self._endings.append((at_s, name))
        self._recent[name] += 1
        if len(self._endings) > ENDINGS:
            self._forget_oldest()
        self._count(name, at_s)

    def _forget_oldest(self) -> None:
        self._recent[self._endings.popleft()[1]] -= 1

    def _count(self, name: str, at_s: float) -> None:
        for tally in self._tallies(at_s):
            tally.counts[name] += 1

    def _tallies(self, at_s: float) -> tuple[_Tally, _Tally]:
        day = dt.datetime.fromtimestamp(at_s, tz=dt.UTC).date().isoformat()
        if day not in self._days:
            self._days[day] = _Tally()
            for old in [old for old in sorted(self._days)[:-DAYS] if old != day]:
                del self._days[old]
        for tally in (self._whole, self._days[day]):
            tally.shown = None
        return self._whole, self._days[day]

    # -- what it came to ------------------------------------------------------------------------------------------

    def whole(self) -> AutomationFigures:
        return self._whole.figures()

    def days(self) -> tuple[AutomationFigures, ...]:
        """The newest first."""
        return tuple(self._days[day].figures(day) for day in sorted(self._days, reverse=True))

    def last_day(self, at_s: float) -> AutomationFigures:
        """How breaches ended in the 24 hours before `at_s` (wall time)."""
        while self._endings and self._endings[0][0] <= at_s - DAY_S:
            self._forget_oldest()
        recent = self._recent
        return AutomationFigures(
            mended=recent["mended"], mended_by_person=recent["mended_by_person"], stopped=recent["stopped"],
            passed=recent["passed"],
        )  # fmt: skip

    # -- over restarts --------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "whole": _row(self._whole),
            "days": {day: _row(tally) for day, tally in self._days.items()},
            "endings": [[at_s, name] for at_s, name in self._endings],
            "open": {
                name: [row.raised_at_s, row.ordered, row.by_policy, row.by_person, row.stopped]
                for name, row in self._open.items()
            },
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Raises ValueError, TypeError, KeyError or AttributeError where it is no such state."""
        whole = _tally(kept.get("whole", {}))
        days = {str(day): _tally(row) for day, row in kept.get("days", {}).items()}
        former = {
            str(name): _Breach(float(row[0]), *(bool(flag) for flag in row[1:5]))
            for name, row in kept.get("open", {}).items()
        }
        endings = [(float(at_s), str(name)) for at_s, name in kept.get("endings", ()) if name in _ENDINGS]
        self._whole, self._days, self._open = whole, days, former | self._open
        self._endings.extendleft(reversed(endings))
        self._recent.update(name for _, name in endings)


def _row(tally: _Tally) -> dict[str, Any]:
    return {"counts": dict(tally.counts), "first": list(tally.first_order_s), "inside": list(tally.inside_s)}


def _tally(row: Mapping[str, Any]) -> _Tally:
    tally = _Tally()
    tally.counts |= {name: int(count) for name, count in row.get("counts", {}).items() if name in tally.counts}
    tally.first_order_s.extend(float(seconds) for seconds in row.get("first", ()))
    tally.inside_s.extend(float(seconds) for seconds in row.get("inside", ()))
    return tally


def _percentile(ascending: Sequence[float], share: float) -> float:
    """The nearest rank: a value that was measured."""
    if not ascending:
        return math.nan
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]

"""How the alarms themselves do: their rate, the time in flood, who raises most, how fast they are answered."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from core.domain import Scope
from core.events.checks import LimitKey
from core.events.model import Event, Resolution
from core.events.view import Actor, AlarmFigures

DAY_S = 86_400.0
_MINUTE_S = 60.0
_HOUR_S = 3_600.0
_SAMPLES = 2_000
WORST = 10
STALE_NAMED = 50
ACTORS_KEPT = 200


class AlarmLog:
    """All times are wall time: the figures go on over a restart. Bounded: minutes, hours and samples, never events."""

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._minutes: deque[list[float]] = deque()
        """Minute and how many were raised in it, oldest first."""
        self._hours: deque[tuple[float, Counter[LimitKey]]] = deque()
        self._actors: Counter[LimitKey] = Counter()
        """The sum over `_hours`."""
        self._in_flood = False
        self._floods: deque[list[float]] = deque()
        """Beginning and end of every flood of the last day."""
        self._resolved: deque[tuple[float, Counter[Resolution]]] = deque()
        self._acknowledge_s: deque[float] = deque(maxlen=_SAMPLES)
        self._resolve_s: deque[float] = deque(maxlen=_SAMPLES)

    # -- what happens ---------------------------------------------------------------------------------------------

    def raised(self, event: Event, at_s: float) -> None:
        """It asks for a person: neither put aside nor explained."""
        minute = at_s // _MINUTE_S
        if not self._minutes or self._minutes[-1][0] < minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += 1
        hour = at_s // _HOUR_S
        if not self._hours or self._hours[-1][0] < hour:
            self._hours.append((hour, Counter()))
        key = (event.scope, event.metric)
        self._hours[-1][1][key] += 1
        self._actors[key] += 1

    def acknowledged(self, before: Event, at_s: float) -> None:
        # One that has cleared asks no more; then it is how long it stood before anybody saw it.
        asked_s = before.raised_at_s if before.asks_since_s is None else before.asks_since_s
        self._acknowledge_s.append(max(0.0, at_s - asked_s))

    def resolved(self, event: Event, at_s: float) -> None:
        self._resolve_s.append(max(0.0, at_s - event.raised_at_s))
        hour = at_s // _HOUR_S
        if not self._resolved or self._resolved[-1][0] < hour:
            self._resolved.append((hour, Counter()))
        if event.resolution is not None:
            self._resolved[-1][1][event.resolution] += 1

    def flooding(self, active: bool, at_s: float) -> None:
        """Once a cycle."""
        if active and not self._in_flood:
            self._floods.append([at_s, at_s])
        elif self._in_flood:
            self._floods[-1][1] = at_s
        self._in_flood = active

    # -- over restarts --------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What has to be kept for the next start; of those who raise, the worst."""
        return {
            "began_s": self._began_s,
            "minutes": [list(row) for row in self._minutes],
            "floods": [list(row) for row in self._floods],
            "resolved": [[hour, {by.value: count for by, count in counts.items()}] for hour, counts in self._resolved],
            "actors": [[str(scope), metric, count] for (scope, metric), count in self._actors.most_common(ACTORS_KEPT)],
            "acknowledge_s": list(self._acknowledge_s),
            "resolve_s": list(self._resolve_s),
        }

    def restore(self, kept: Mapping[str, Any], at_s: float) -> None:
        """Raises ConfigError, ValueError, TypeError or KeyError where it is no such state, and takes nothing of it."""
        minutes = [[float(minute), float(count)] for minute, count in kept["minutes"]]
        floods = [[float(begin), float(end)] for begin, end in kept["floods"]]
        resolved = [
            (float(hour), Counter({Resolution(by): int(count) for by, count in counts.items()}))
            for hour, counts in kept["resolved"]
        ]
        actors = Counter({(Scope.parse(scope), str(metric)): int(count) for scope, metric, count in kept["actors"]})
        answers = [[float(value) for value in kept[name]] for name in ("acknowledge_s", "resolve_s")]
        self._began_s = min(float(kept["began_s"]), at_s)
        self._minutes.extendleft(reversed(minutes))
        self._floods.extendleft(reversed(floods))
        self._resolved.extendleft(reversed(resolved))
        # Nobody knows any more in which hour of the last day each was raised: they count for another day at most.
        self._hours.appendleft((at_s // _HOUR_S, actors))
        self._actors += actors
        self._acknowledge_s.extendleft(reversed(answers[0]))
        self._resolve_s.extendleft(reversed(answers[1]))

    # -- what that comes to ---------------------------------------------------------------------------------------

    def view(self, events: Iterable[Event], at_s: float, stale_after_s: float) -> AlarmFigures:
        """`events` are all that are open."""
        self._forget(at_s)
        day = sum(int(count) for _, count in self._minutes)
        stale: list[Event] = []
        chattering = 0
        for event in events:
            chattering += event.chattering
            if at_s - event.raised_at_s > stale_after_s:
                stale.append(event)
        stale.sort(key=lambda event: event.raised_at_s)
        by: Counter[Resolution] = Counter()
        for _, resolutions in self._resolved:
            by.update(resolutions)
        total = self._actors.total()
        return AlarmFigures(
            last_10_min=sum(int(count) for minute, count in self._minutes if at_s // _MINUTE_S - minute < 10),
            last_day=day,
            flood_share=self._flood_share(at_s),
            worst=tuple(Actor(*key, count, count / total) for key, count in self._actors.most_common(WORST)),
            stale=len(stale),
            stale_ids=tuple(event.event_id for event in stale[:STALE_NAMED]),
            acknowledge_p50_s=_percentile(self._acknowledge_s, 50),
            acknowledge_p95_s=_percentile(self._acknowledge_s, 95),
            resolve_p50_s=_percentile(self._resolve_s, 50),
            resolve_p95_s=_percentile(self._resolve_s, 95),
            chattering=chattering,
            resolved_by=dict(by),
        )

    def _flood_share(self, at_s: float) -> float:
        since_s = max(self._began_s, at_s - DAY_S)
        flooded_s = sum(max(0.0, end - max(begin, since_s)) for begin, end in self._floods)
        return min(1.0, flooded_s / (at_s - since_s)) if at_s > since_s else 0.0

    def _forget(self, at_s: float) -> None:
        while self._minutes and at_s // _MINUTE_S - self._minutes[0][0] > DAY_S / _MINUTE_S:
            self._minutes.popleft()
        while self._hours and at_s // _HOUR_S - self._hours[0][0] > DAY_S / _HOUR_S:
            self._actors -= self._hours.popleft()[1]
        while self._resolved and at_s // _HOUR_S - self._resolved[0][0] > DAY_S / _HOUR_S:
            self._resolved.popleft()
        while self._floods and at_s - self._floods[0][1] > DAY_S:
            self._floods.popleft()


def _percentile(values: deque[float], percent: float) -> float:
    return float(np.percentile(np.fromiter(values, float), percent)) if values else float("nan")

"""Where on its ladder each breach stands: what did not help is tried so often, and then the next rung is climbed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain import Policy, Scope, Severity
from core.errors import ConfigError
from core.events.checks import LimitKey
from core.events.model import OPEN_STATES, Event
from core.ladder import RUNGS, Response, Rung, Step

REPEATED = frozenset({Rung.RESTORE, Rung.LIQUIDITY})
"""Rungs that are planned anew while the breach stands; every other has done what it can once it is done."""


@dataclass(frozen=True, slots=True)
class Foothold:
    """What is to be tried now."""

    step: Step
    attempt: int
    follows: str
    """The id of the mitigation before it; "" where it is the first."""
    spent: bool = False
    """Every step was tried as often as it may be: only a person starts it again."""
    over: bool = False
    """Its last step has done all that it can."""


@dataclass(slots=True)
class _Climb:
    event_id: str
    steps: tuple[Step, ...]
    tries: int
    place: int = 0
    failed: int = 0
    done: bool = False
    follows: str = ""
    spent: bool = False


class Climbs:
    """By limit and by the severity whose policy answers it: a breach that gets worse begins at that policy's foot."""

    def __init__(self) -> None:
        self._climbs: dict[LimitKey, dict[Severity, _Climb]] = {}
        self._now: dict[LimitKey, Severity] = {}
        """Which of them was gone by last."""

    def at(self, key: LimitKey, event_id: str, level: Severity, response: Response) -> Foothold:
        """Where the breach stands at a severity."""
        levels = self._climbs.setdefault(key, {})
        climb = levels.get(level)
        if climb is None or climb.event_id != event_id or climb.steps != response.steps:
            climb = levels[level] = _Climb(event_id, response.steps, response.tries)
        self._now[key] = level
        over = climb.spent and climb.done
        return Foothold(climb.steps[climb.place], climb.failed + 1, climb.follows, climb.spent, over)

    def _at_last(self, key: LimitKey) -> _Climb | None:
        level = self._now.get(key)
        return None if level is None else self._climbs.get(key, {}).get(level)

    def failed(self, key: LimitKey, mitigation_id: str = "", *, final: bool = False) -> str:
        """It did not help. The sentence that tells of the next rung; "" while the same one is tried again.

        `final`: trying it again makes no sense.
        """
        climb = self._at_last(key)
        if climb is None:
            return ""
        climb.failed += 1
        climb.follows = mitigation_id or climb.follows
        if climb.failed < climb.tries and not final:
            return ""
        return self._next(climb, f"{climb.steps[climb.place].rung.word} did not help")

    def done(self, key: LimitKey, mitigation_id: str, *, moves: bool) -> None:
        """It was carried out and verified; should the breach stand all the same, `stands` climbs.

        `moves`: whether closing positions moves the metric. A fall from the peak stays what it is whatever is sold: cut
        again for it, and again after every cool-down, the whole book would be gone within a minute.
        """
        climb = self._at_last(key)
        if climb is not None:
            climb.failed, climb.follows = 0, mitigation_id
            climb.done = not (moves and climb.steps[climb.place].rung in REPEATED)

    def stands(self, key: LimitKey, level: Severity) -> str:
        """The breach is seen again: after a rung that has done what it can, the next one's turn has come."""
        climb = self._climbs.get(key, {}).get(level)
        if climb is None or not climb.done or climb.spent:
            return ""
        return self._next(climb, f"{climb.steps[climb.place].rung.word} is done and the breach stands")

    def _next(self, climb: _Climb, why: str) -> str:
        climb.failed = 0
        if climb.place + 1 < len(climb.steps):
            climb.place, climb.done = climb.place + 1, False
            step = climb.steps[climb.place]
            return f"{why}: the next rung is {step.rung.word} ({step.mode.value})"
        if climb.spent:
            return ""
        climb.spent = True
        return f"{why}: the policy has no further rung, a person has to decide"

    def prune(self, find: Callable[[Scope, str], Event | None]) -> None:
        for key, levels in list(self._climbs.items()):
            event = find(*key)
            standing = event is not None and event.state in OPEN_STATES
            if not standing or all(event is None or climb.event_id != event.event_id for climb in levels.values()):
                del self._climbs[key]
                self._now.pop(key, None)

    # -- over restarts --------------------------------------------------------------------------------------------

    def state(self) -> list[list[Any]]:
        return [
            [
                str(scope), metric, int(level), climb.event_id, climb.tries, climb.place, climb.failed, climb.done,
                climb.follows, climb.spent, [[step.rung.word, step.mode.value] for step in climb.steps],
            ]
            for (scope, metric), levels in self._climbs.items()
            for level, climb in levels.items()
        ]  # fmt: skip

    def restore(self, kept: Sequence[Sequence[Any]]) -> None:
        """Raises ValueError where it is no such state."""
        found: dict[LimitKey, dict[Severity, _Climb]] = {}
        try:
            for scope, metric, level, event_id, tries, place, failed, done, follows, spent, steps in kept:
                rungs = tuple(Step(RUNGS[word], Policy(mode)) for word, mode in steps)
                if not 0 <= int(place) < len(rungs):
                    raise ValueError("a place beyond its ladder")
                climb = _Climb(event_id, rungs, int(tries), place, int(failed), bool(done), follows, bool(spent))
                found.setdefault((Scope.parse(scope), metric), {})[Severity(level)] = climb
        except (ConfigError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from None
        self._climbs = found

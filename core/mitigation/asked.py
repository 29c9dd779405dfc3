"""For which breaches a stop was asked already: once each, over a restart too, until the limit was seen cleared.

A stop that was reset with its breach still standing does not fire again for it. A worse severity does, and so does a
breach that comes after the figure was back inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from core.domain import Scope, Severity, Trust
from core.errors import ConfigError
from core.events.checks import BREACHED, UNKNOWN, Check, LimitKey
from core.events.model import OPEN_STATES, Event

FROM_BEFORE = ""
"""Stands for the event of an earlier run, which this one knows nothing of until it raises one of its own."""


class AskedStops:
    def __init__(self) -> None:
        self._asked: dict[LimitKey, tuple[str, Severity]] = {}
        """The event, and the gravest severity that was asked for."""

    def stands(self, key: LimitKey, event_id: str, severity: Severity) -> bool:
        """Whether a stop was asked for this breach, at this severity or a graver one."""
        asked = self._asked.get(key)
        if asked is None:
            return False
        if asked[0] == FROM_BEFORE:
            asked = self._asked[key] = (event_id, asked[1])
        return asked[0] == event_id and asked[1] >= severity

    def put(self, key: LimitKey, event_id: str, severity: Severity) -> None:
        self._asked[key] = (event_id, severity)

    def forget(self, key: LimitKey) -> None:
        """A person changed what is measured or where the limit lies: the next breach is a fresh one."""
        self._asked.pop(key, None)

    def step(self, checks: Iterable[Check], find_event: Callable[[Scope, str], Event | None]) -> None:
        """Forget what is over."""
        for key, (event_id, _) in list(self._asked.items()):
            if event_id == FROM_BEFORE:
                continue
            event = find_event(*key)
            if event is None or event.event_id != event_id or event.state not in OPEN_STATES:
                del self._asked[key]
        for check in checks:
            inside = check.outcome not in (BREACHED, UNKNOWN) and check.cleared and check.trust is Trust.TRUSTED
            key = (check.scope, check.metric)
            if inside and self._asked.get(key, ("-",))[0] == FROM_BEFORE:
                del self._asked[key]

    @property
    def from_before(self) -> frozenset[LimitKey]:
        """Limits whose checks are needed although nothing of this run says so."""
        return frozenset(key for key, (event_id, _) in self._asked.items() if event_id == FROM_BEFORE)

    def state(self) -> list[list[Any]]:
        """For the next start."""
        return sorted([str(scope), metric, int(severity)] for (scope, metric), (_, severity) in self._asked.items())

    def restore(self, kept: Sequence[Sequence[Any]]) -> None:
        """Raises ValueError where it is no such state."""
        try:
            self._asked = {
                (Scope.parse(str(scope)), str(metric)): (FROM_BEFORE, Severity(int(severity)))
                for scope, metric, severity in kept
            }
        except (ConfigError, TypeError) as error:
            raise ValueError(str(error)) from None

"""What waits to be told, in bounded memory: the worst few in full, the rest as a number."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence

from core.clock import utc_text
from core.domain import PORTFOLIO, NotifyKind, Severity
from core.events.model import Cause
from core.notify.model import Message, Telling

LINES = 5
"""Events that a message tells one by one."""
MOST = 2_500
"""Events of one severity that are kept apart; what comes on top of them is counted only."""


class Digest:
    """Changes of events between two messages, one per event: a later one takes the place of an earlier."""

    def __init__(self) -> None:
        self._kept: dict[Severity, dict[str, Telling]] = {severity: {} for severity in reversed(Severity)}
        """By severity, the worst first: thousands of mild ones push no bad one out."""
        self._beyond = 0

    def __len__(self) -> int:
        return sum(map(len, self._kept.values())) + self._beyond

    @property
    def worst(self) -> Severity:
        """The highest severity of what is to be told; low where nothing is."""
        return next((severity for severity, kept in self._kept.items() if kept), Severity.LOW)

    def take(self, telling: Telling) -> None:
        self.drop(telling.event.event_id)
        kept = self._kept[telling.event.severity]
        if len(kept) < MOST:
            kept[telling.event.event_id] = telling
        else:
            self._beyond += 1

    def drop(self, event_id: str) -> None:
        """It need not be told any more."""
        for kept in self._kept.values():
            if event_id in kept:
                del kept[event_id]

    def merge(self, other: Digest) -> None:
        """Take all of another one, whose changes are the older ones."""
        newer, self._kept = self._kept, other._kept
        self._beyond += other._beyond
        for kept in newer.values():
            for telling in kept.values():
                self.take(telling)

    @property
    def lines(self) -> tuple[Telling, ...]:
        """What is told one by one: the worst first, of equals the oldest."""
        lines: list[Telling] = []
        for kept in self._kept.values():
            lines += heapq.nsmallest(LINES - len(lines), kept.values(), key=_age)
        return tuple(lines)

    @property
    def others(self) -> int:
        return max(0, len(self) - LINES)

    def message(self) -> Message:
        lines, worst = self.lines, self.worst
        if len(self) == 1:
            title = f"Scram {worst.name} {lines[0].kind.value}: {_subject(lines[0])}"
        else:
            title = f"Scram: {len(self)} changes, worst {worst.name}: {_subject(lines[0])}"
        body = [_line(telling) for telling in lines]
        if self.others:
            word = "other" if self.others == 1 else "others"
            body.append(f"and {self.others} {word} ({self._counts(lines)})")
        return Message(title, "\n".join(body), worst)

    def _counts(self, lines: Sequence[Telling]) -> str:
        counts = Counter(telling.kind for kept in self._kept.values() for telling in kept.values())
        counts.subtract(telling.kind for telling in lines)
        parts = [f"{counts[kind]} {kind.value}" for kind in NotifyKind if counts[kind]]
        return ", ".join([*parts, f"{self._beyond} more"] if self._beyond else parts)


def _age(telling: Telling) -> float:
    return telling.event.raised_at_s


def _subject(telling: Telling) -> str:
    event = telling.event
    words = event.metric.replace("_", " ")
    if event.cause is Cause.SYSTEM:
        return words if event.scope == PORTFOLIO else f"{words}, {event.scope}"
    return f"{words} of {event.scope}"


def _line(telling: Telling) -> str:
    event = telling.event
    said = event.note or _subject(telling)
    about = said if str(event.scope) in said else f"{event.scope}: {said}"
    return f"{event.severity.name} {telling.kind.value} {utc_text(telling.at_s)[11:19]} UTC: {about}"

"""What waits to be told, in constant memory: the worst few in full, the rest as a number."""

from __future__ import annotations

from collections import Counter

from core.clock import utc_text
from core.domain import PORTFOLIO, NotifyKind, Severity
from core.events.model import Cause
from core.notify.model import Message, Telling

LINES = 5
"""Events that a message tells one by one."""


class Digest:
    """Changes of events between two messages. A later change of an event that is told in full takes its line."""

    def __init__(self) -> None:
        self._lines: dict[str, Telling] = {}
        self._others: Counter[NotifyKind] = Counter()
        self._worst = Severity.LOW

    def __len__(self) -> int:
        """Lines and others together."""
        return len(self._lines) + self._others.total()

    @property
    def worst(self) -> Severity:
        """The highest severity of all that was taken; low where nothing was."""
        return self._worst

    @property
    def lines(self) -> tuple[Telling, ...]:
        """The worst first, of equals the oldest."""
        return tuple(sorted(self._lines.values(), key=_rank))

    @property
    def others(self) -> int:
        return self._others.total()

    def take(self, telling: Telling) -> None:
        event = telling.event
        self._worst = max(self._worst, event.severity)
        if event.event_id not in self._lines and len(self._lines) == LINES:
            least = max(self._lines.values(), key=_rank)
            dropped = max(telling, least, key=_rank)
            self._others[dropped.kind] += 1
            if dropped is telling:
                return
            del self._lines[least.event.event_id]
        self._lines[event.event_id] = telling

    def merge(self, other: Digest) -> None:
        """Take all of another one, whose lines are the older ones."""
        newer, self._lines = self._lines, dict(other._lines)
        self._others += other._others
        self._worst = max(self._worst, other._worst)
        for telling in newer.values():
            self.take(telling)

    def message(self) -> Message:
        lines = self.lines
        first = lines[0].event
        if len(self) == 1:
            title = f"Scram {first.severity.name} {lines[0].kind.value}: {_subject(lines[0])}"
        else:
            title = f"Scram: {len(self)} changes, worst {self._worst.name}: {_subject(lines[0])}"
        body = [_line(telling) for telling in lines]
        if self._others:
            parts = ", ".join(f"{self._others[kind]} {kind.value}" for kind in NotifyKind if self._others[kind])
            body.append(f"and {self.others} others ({parts})")
        return Message(title, "\n".join(body), self._worst)


def _rank(telling: Telling) -> tuple[int, float]:
    return (-telling.event.severity, telling.event.raised_at_s)


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

"""Events that are one story, as one: 900 accounts of a venue, or all that one event explains."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from core.domain import Scope, ScopeKind, Severity
from core.events.book import EventBook
from core.events.inhibition import UNREACHABLE
from core.events.kinship import Kinship
from core.events.model import Cause, Event, EventState
from core.events.view import EventGroup

_KINDS = {ScopeKind.VENUE: "venue", ScopeKind.ACCOUNT: "account", ScopeKind.STRATEGY: "strategy"}
_MANY = {"venue": "venues", "account": "accounts", "strategy": "strategies"}


@dataclass(slots=True)
class _Gathering:
    scope: Scope
    metric: str
    cause: Cause
    head: str
    members: dict[str, Scope] = field(default_factory=dict)
    raised_at_s: dict[str, float] = field(default_factory=dict)
    severities: list[int] = field(default_factory=lambda: [0] * (len(Severity) + 1))
    asking: int = 0
    shown: EventGroup | None = None

    def count(self, event: Event, step: int) -> None:
        self.severities[event.severity] += step
        self.asking += step if event.asks else 0
        self.shown = None


class Groups:
    """Counts as events move; a group is painted only when somebody looks and it has changed."""

    def __init__(self, book: EventBook, kinship: Kinship, group_from: int) -> None:
        self._book = book
        self._kinship = kinship
        self._from = group_from
        self._all: dict[str, _Gathering] = {}
        self._of: dict[str, str] = {}
        """By event: the key of its group."""
        self._view: tuple[EventGroup, ...] | None = ()
        book.listen(self)

    def take(self, group_from: int) -> None:
        self._from, self._view = group_from, None

    def keys(self) -> tuple[Mapping[str, str], Set[str]]:
        """By event what it is alike with, and which of these are groups: where there are enough of them."""
        return self._of, {key for key, found in self._all.items() if self._is_group(found)}

    def _is_group(self, found: _Gathering) -> bool:
        return len(found.members) >= (1 if found.head else self._from)

    def moved(self, before: Event | None, after: Event) -> None:
        old = self._of.get(after.event_id, "")
        new = "" if after.state is EventState.RESOLVED else self._key(after)
        if before is not None and old:
            self._all[old].count(before, -1)
        if old != new:
            self._leave(old, after)
            self._join(new, after)
        if new:
            self._all[new].count(after, +1)
        if old or new:
            self._view = None

    def _key(self, event: Event) -> str:
        if event.inhibited_by:
            return f"explained by {event.inhibited_by}"
        family = self._kinship.family(event.scope)
        if family is None:
            return ""
        metric = event.metric if event.cause in (Cause.BREACH, Cause.SYSTEM) else ""
        return f"{event.cause.value} {metric} {event.scope.kind.value}s of {family}"

    def _join(self, key: str, event: Event) -> None:
        if not key:
            return
        self._of[event.event_id] = key
        found = self._all.get(key)
        if found is None:
            metric = event.metric if event.cause in (Cause.BREACH, Cause.SYSTEM) else ""
            family = self._kinship.family(event.scope) or event.scope
            found = self._all[key] = _Gathering(family, metric, event.cause, event.inhibited_by)
        found.members[event.event_id] = event.scope
        found.raised_at_s[event.event_id] = event.raised_at_s

    def _leave(self, key: str, event: Event) -> None:
        if not key:
            return
        del self._of[event.event_id]
        found = self._all[key]
        del found.members[event.event_id]
        del found.raised_at_s[event.event_id]
        found.shown = None
        if not found.members:
            del self._all[key]

    def view(self) -> tuple[EventGroup, ...]:
        """The worst first, then the largest; the same until something changes."""
        if self._view is None:
            rows = [self._painted(key, found) for key, found in self._all.items() if self._is_group(found)]
            self._view = tuple(sorted(rows, key=lambda row: (-row.severity, -row.count, row.key)))
        return self._view

    def _painted(self, key: str, found: _Gathering) -> EventGroup:
        if found.shown is None:
            head = self._book.get(found.head)
            worst = max(severity for severity in Severity if found.severities[severity])
            times = found.raised_at_s
            found.shown = EventGroup(
                key, _title(found, head), found.scope if head is None else head.scope, found.metric, found.cause, worst,
                len(found.members), found.asking, tuple(found.members), found.head,
                min(times.values()),
            )  # fmt: skip
        return found.shown


def _title(found: _Gathering, head: Event | None) -> str:
    count = len(found.members)
    if found.head:
        if head is None:
            return f"{count:,} events that one above them explained"
        what = f"{head.scope} is {UNREACHABLE}" if head.metric == UNREACHABLE else f"{head.metric} of {head.scope}"
        return f"{what}: explains {count:,} below it"
    kind = _KINDS[next(iter(found.members.values())).kind]
    # Alike by metric they are one to a scope; counting thousands of scopes in every cycle of a storm would be felt.
    scopes = count if found.metric else len(set(found.members.values()))
    whose = "" if found.scope.kind is ScopeKind.PORTFOLIO else f" of {found.scope}"
    who = f"{scopes:,} {kind if scopes == 1 else _MANY[kind]}{whose}"
    if found.cause is Cause.UNKNOWN:
        return f"{who}: {count:,} limits cannot be evaluated"
    return f"{who}: {found.metric or 'flows that nothing explains'}"

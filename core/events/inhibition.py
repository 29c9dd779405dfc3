"""Which events are explained by one above them, along venue > account > strategy.

| open event above | explains below it |
|---|---|
| a venue is unreachable | figures that cannot be evaluated, of its accounts and of strategies that trade there |
| a figure of a venue or an account cannot be evaluated | the same figure, where it is made from that one |
| a breach | the same breach, no worse, where the scope belongs to the one above altogether |

What is critical or stops something is never explained away. Explained events are in the journal and in the list like
any other; limits go on acting on them.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.domain import Scope
from core.events.book import LIMIT_CAUSES, EventBook, EventKey
from core.events.kinship import Kinship
from core.events.model import OPEN_STATES, Cause, Event

UNREACHABLE = "unreachable"
"""Key of the event of a venue that does not answer, and what the desk calls it."""


class Inhibition:
    """Says which events have to be looked at again, and what explains an event."""

    def __init__(self, book: EventBook, kinship: Kinship) -> None:
        self._book = book
        self._kinship = kinship
        self._unknown: dict[str, dict[Scope, str]] = {}
        """By metric: scopes of which it cannot be evaluated, and the ids of their events."""
        self._by_scope: dict[Scope, dict[str, None]] = {}
        """Metrics that cannot be evaluated, by scope."""
        self._away: dict[Scope, str] = {}
        """Venues that do not answer, and the ids of their events."""
        self._again: dict[EventKey, None] = {}
        self._lone_since: dict[EventKey, float] = {}
        """Inhibited events that nothing explains any more, and since when (monotonic)."""
        book.listen(self)

    # -- what is to be looked at ----------------------------------------------------------------------------------

    def moved(self, before: Event | None, after: Event) -> None:
        was = before is not None and before.state in OPEN_STATES
        now = after.state in OPEN_STATES
        if after.cause is Cause.UNKNOWN and was != now:
            self._index(after, now)
        if after.cause is Cause.SYSTEM and after.metric == UNREACHABLE and was != now:
            self._note_away(after, now)
        worse = before is not None and before.severity is not after.severity
        if was != now or worse:
            self._again.update(dict.fromkeys(self._members(after)))
            if now and after.cause in LIMIT_CAUSES:
                self._again[after.scope, after.metric, after.cause] = None

    def _note_away(self, event: Event, now: bool) -> None:
        if now:
            self._away[event.scope] = event.event_id
        else:
            self._away.pop(event.scope, None)

    def _index(self, event: Event, now: bool) -> None:
        scopes = self._unknown.setdefault(event.metric, {})
        metrics = self._by_scope.setdefault(event.scope, {})
        if now:
            scopes[event.scope] = event.event_id
            metrics[event.metric] = None
        else:
            scopes.pop(event.scope, None)
            metrics.pop(event.metric, None)

    def _members(self, event: Event) -> Iterator[EventKey]:
        """Open events below that this one may explain."""
        if event.cause is Cause.SYSTEM and event.metric != UNREACHABLE:
            return
        for scope in self._kinship.below(event.scope):
            if event.cause is Cause.SYSTEM:
                yield from ((scope, metric, Cause.UNKNOWN) for metric in self._by_scope.get(scope, ()))
            elif self._book.at(key := (scope, event.metric, event.cause)) is not None:
                yield key

    # -- what explains them ---------------------------------------------------------------------------------------

    def explained_by(self, event: Event) -> str:
        """The id of the open event that explains this one; "" for none."""
        if event.always_shown:
            return ""
        if event.cause is Cause.UNKNOWN:
            return self._explained_unknown(event)
        if event.cause is Cause.BREACH:
            for scope in self._kinship.inside(event.scope):
                above = self._book.at((scope, event.metric, Cause.BREACH))
                if above is not None and above.state in OPEN_STATES and above.severity >= event.severity:
                    return above.event_id
        return ""

    def _explained_unknown(self, event: Event) -> str:
        touched = self._kinship.touches(event.scope)
        for scope, event_id in self._away.items():
            if scope in touched:
                return event_id
        alike = self._unknown.get(event.metric, {})
        few, many = (touched, alike) if len(touched) <= len(alike) else (alike, touched)
        found = next((scope for scope in few if scope in many), None)
        return "" if found is None else alike[found]

    # -- one turn -------------------------------------------------------------------------------------------------

    def changes(self, now_s: float, release_s: float, most: int) -> Iterator[tuple[Event, str]]:
        """Events whose explanation is another than they say, with it; not more than `most` are looked at in a turn."""
        for key in list(self._lone_since)[:most]:
            if now_s - self._lone_since[key] >= release_s:
                self._again[key] = None
        for key in [key for _, key in zip(range(most), self._again, strict=False)]:
            del self._again[key]
            event = self._book.at(key)
            if event is None or event.state not in OPEN_STATES:
                self._lone_since.pop(key, None)
                continue
            found = self.explained_by(event)
            if found == event.inhibited_by:
                self._lone_since.pop(key, None)
            elif found or event.always_shown or self._waited(key, now_s, release_s):
                self._lone_since.pop(key, None)
                yield event, found

    def _waited(self, key: EventKey, now_s: float, release_s: float) -> bool:
        """A venue that is back needs a moment until all of its figures are."""
        return now_s - self._lone_since.setdefault(key, now_s) >= release_s

    @property
    def busy(self) -> bool:
        return bool(self._again)

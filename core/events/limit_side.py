"""What limit checks do to events: delays before one is raised and before it clears, and chatter that is held open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.domain import Policy, Severity, Trust
from core.events.book import EventKey
from core.events.checks import BREACHED, UNKNOWN, Check, LimitKey
from core.events.ledger import Ledger
from core.events.model import Cause, Event, EventState
from core.events.transitions import SYSTEM_ACTOR, Transition
from core.ladder import response_to


@dataclass(frozen=True, slots=True)
class Wait:
    """Monotonic times."""

    since_s: float
    due_s: float


class LimitSide:
    def __init__(self, ledger: Ledger, unknown_after_s: float) -> None:
        self._ledger = ledger
        self._book = ledger.book
        self._unknown_after_s = unknown_after_s
        self._breached: dict[LimitKey, Wait] = {}
        self._unknown: dict[LimitKey, Wait] = {}
        self._closing: dict[EventKey, Wait] = {}
        """Active events whose figure is back beyond the clearing level."""

    # -- which checks are needed ----------------------------------------------------------------------------------

    def waiting(self) -> Iterator[LimitKey]:
        """Limits of which a delay runs."""
        yield from self._breached
        yield from self._unknown
        yield from (key[:2] for key in self._closing)

    def due(self, now_s: float) -> set[LimitKey]:
        """Limits of which a delay is over: what follows is decided on a fresh check."""
        found = {key for waits in (self._breached, self._unknown) for key, wait in waits.items() if wait.due_s <= now_s}
        found.update(key[:2] for key, wait in self._closing.items() if wait.due_s <= now_s)
        return found

    def forget(self, key: LimitKey) -> None:
        """No limit is in force there any more."""
        self._breached.pop(key, None)
        self._unknown.pop(key, None)
        for cause in (Cause.BREACH, Cause.UNKNOWN):
            self._closing.pop((*key, cause), None)

    # -- one cycle ------------------------------------------------------------------------------------------------

    def step(self, checks: Sequence[Check], at_s: float, out: list[Transition]) -> None:
        now_s = self._ledger.clock.monotonic()
        for check in checks:
            key = (check.scope, check.metric)
            if check.outcome == UNKNOWN:
                self._see_unknown(key, check, now_s, at_s, out)
                continue
            self._unknown.pop(key, None)
            unknown = self._book.at((*key, Cause.UNKNOWN))
            if unknown is not None and unknown.state is not EventState.CLEARED:
                self._close(unknown, 0.0, "can be evaluated again", now_s, at_s, out)
            if check.outcome == BREACHED and check.severity is not None:
                self._see_breach(key, check, check.severity, now_s, at_s, out)
            else:
                self._breached.pop(key, None)
                self._see_inside(key, check, now_s, at_s, out)

    def _see_unknown(self, key: LimitKey, check: Check, now_s: float, at_s: float, out: list[Transition]) -> None:
        # An unknown reading neither confirms a breach nor takes one back: on-delays go on, open events stay; but a
        # figure that is not seen is not seen to be inside.
        self._book.refresh((*key, Cause.BREACH), None, Trust.UNKNOWN)
        self._closing.pop((*key, Cause.BREACH), None)
        wait = self._unknown.setdefault(key, Wait(now_s, now_s + self._unknown_after_s))
        event_key = (*key, Cause.UNKNOWN)
        event = self._book.at(event_key)
        if event is not None and event.state is not EventState.CLEARED:
            self._unknown.pop(key)
            self._stay(event_key)
        elif now_s >= wait.due_s:
            self._unknown.pop(key)
            note = f"{check.metric} of {check.scope} cannot be evaluated"
            if event is None:
                self._ledger.raise_new(event_key, Severity.MEDIUM, math.nan, note, at_s, out, trust=Trust.UNKNOWN)
            else:
                self._ledger.come_back(event, Severity.MEDIUM, at_s, out, note=note)

    def _see_breach(
        self, key: LimitKey, check: Check, severity: Severity, now_s: float, at_s: float, out: list[Transition]
    ) -> None:
        event_key = (*key, Cause.BREACH)
        event = self._book.at(event_key)
        if event is not None and event.state is not EventState.CLEARED:
            self._breached.pop(key, None)
            self._stay(event_key)
            if severity > event.severity:
                self._worsen(event, check, severity, now_s, at_s, out, key)
            else:
                threshold = check.threshold if severity == event.severity else None
                self._book.refresh(event_key, check.value, check.trust, threshold)
            return
        if not self._waited(key, check, check.limit.on_delay_s, now_s):
            return
        note, asked = _sentence(check, severity), _asked(check, severity)
        if event is None:
            self._ledger.raise_new(
                event_key, severity, check.value, note, at_s, out, threshold=check.threshold, trust=check.trust,
                policy=asked,
            )  # fmt: skip
            return
        figures = {"value": check.value, "trust": check.trust, "note": note}
        if severity >= event.severity:
            figures |= {"threshold": check.threshold, "policy": asked}
        self._ledger.come_back(event, severity, at_s, out, **figures)

    def _worsen(
        self, event: Event, check: Check, severity: Severity, now_s: float, at_s: float, out: list[Transition],
        key: LimitKey,
    ) -> None:  # fmt: skip
        if not self._waited(key, check, 0.0, now_s):
            self._book.refresh((*key, Cause.BREACH), check.value, check.trust)
            return
        self._ledger.worsen(
            event, severity, at_s, out, value=check.value, threshold=check.threshold, trust=check.trust,
            note=_sentence(check, severity), policy=_asked(check, severity),
        )  # fmt: skip

    def _waited(self, key: LimitKey, check: Check, delay_s: float, now_s: float) -> bool:
        """Whether the breach has lasted for as long as it must."""
        if check.trust is Trust.UNSETTLED:
            # Money on the move looks like a loss until a ledger explains it: as patient as with an unknown figure.
            delay_s = max(delay_s, self._unknown_after_s)
        known = self._breached.get(key)
        since_s = now_s if known is None else known.since_s
        if now_s - since_s < delay_s:
            self._breached[key] = Wait(since_s, since_s + delay_s)
            return False
        self._breached.pop(key, None)
        return True

    def _see_inside(self, key: LimitKey, check: Check, now_s: float, at_s: float, out: list[Transition]) -> None:
        event_key = (*key, Cause.BREACH)
        event = self._book.at(event_key)
        if event is None or event.state is EventState.CLEARED:
            return
        self._book.refresh(event_key, check.value, check.trust)
        event = self._book.at(event_key) or event
        # A figure that is not trusted may raise an event but never takes one away.
        if check.cleared and check.trust is Trust.TRUSTED:
            self._close(event, check.limit.off_delay_s, f"back at {check.value:.6g}", now_s, at_s, out)
        else:
            self._closing.pop(event_key, None)

    # -- closing --------------------------------------------------------------------------------------------------

    def _close(self, event: Event, delay_s: float, note: str, now_s: float, at_s: float, out: list[Transition]) -> None:
        """Clear it once it has been back for as long as it must; one that chatters once it has been quiet."""
        key = (event.scope, event.metric, event.cause)
        if event.chattering:
            delay_s = max(delay_s, self._ledger.settings.chatter_quiet_s)
            note = f"{note}, and quiet for {self._ledger.settings.chatter_quiet_s:g} s"
        known = self._closing.get(key)
        since_s = now_s if known is None else known.since_s
        if now_s - since_s < delay_s:
            self._closing[key] = Wait(since_s, since_s + delay_s)
            return
        self._closing.pop(key, None)
        self._ledger.recover(event, note, SYSTEM_ACTOR, at_s, out)

    def _stay(self, key: EventKey) -> None:
        """It is back before it was cleared; of one that chatters that is counted."""
        if self._closing.pop(key, None) is not None:
            event = self._book.at(key)
            if event is not None and event.chattering:
                self._book.counted(key)


def _asked(check: Check, severity: Severity) -> Policy | None:
    response = response_to(check.limit.policy, severity)
    if response is None:
        return None
    return Policy.STOP if response.may_stop else response.mode


def _sentence(check: Check, severity: Severity) -> str:
    return f"{check.metric} of {check.scope} reached {check.value:.6g}; {severity.word} from {check.threshold:.6g}"

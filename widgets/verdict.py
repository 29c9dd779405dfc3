"""Safe or not, as one verdict with its reasons, each with the place that tells more.

What is known to be wrong comes first, then what nobody can tell: that is a verdict of its own, and never "safe".
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.domain import Scope, Severity, Trust
from core.events.model import OPEN_STATES, Cause, Event
from core.halt.model import HaltView
from core.snapshot import RiskMatrix, Snapshot
from widgets import figures
from widgets.link_counts import link_counts
from widgets.marks import BLIND, SHAPES, metric_words, scope_words
from widgets.nav import CONNECTIONS, EVENTS, PROOF, READINESS, SCOPES
from widgets.reading import EQUITY, portfolio_reading, portfolio_row
from widgets.theme import Tone

TOLD, WATCHED = 1, 2
"""Levels of reasons that change no verdict, and of those that only ask for an eye; above them severities of harm."""
HARM = int(Severity.HIGH)


class Verdict(enum.Enum):
    NOT_SAFE = "NOT SAFE"
    UNKNOWN = "UNKNOWN"
    """Nothing is known to be wrong, and not everything is known."""
    STOPPED = "STOPPED"
    """Trading is stopped, wholly or in part, and that is proven."""
    WATCH = "WATCH"
    SAFE = "SAFE"


@dataclass(frozen=True, slots=True)
class Reason:
    words: str
    level: int
    """A severity (high and critical: harm), `WATCHED`, `TOLD`, or BLIND where something cannot be told."""
    page: int | None = None
    scope: Scope | None = None
    event_id: str = ""
    """Where more is told: one of these three."""


@dataclass(frozen=True, slots=True)
class Standing:
    verdict: Verdict
    reasons: tuple[Reason, ...]
    """The gravest first."""

    @property
    def worst(self) -> int:
        return max((reason.level for reason in self.reasons), default=0)

    @property
    def mark(self) -> tuple[str, Tone]:
        """Shape and tone of the verdict."""
        if self.verdict is Verdict.NOT_SAFE:
            return SHAPES[self.worst], Tone.CRITICAL if self.worst == Severity.CRITICAL else Tone.HIGH
        return {
            Verdict.UNKNOWN: (SHAPES[BLIND], Tone.UNKNOWN),
            Verdict.STOPPED: ("✓", Tone.OK),
            Verdict.WATCH: (SHAPES[WATCHED], Tone.MEDIUM),
        }.get(self.verdict, ("●", Tone.OK))

    @property
    def words(self) -> str:
        """All of it in one sentence, for whoever does not see it."""
        return f"{self.verdict.value}: {'; '.join(reason.words for reason in self.reasons) or 'nothing is wrong'}"


def standing_of(snapshot: Snapshot) -> Standing:
    reasons = [*_stops(snapshot), *_events(snapshot.events), *_accounts(snapshot), *_figures(snapshot)]
    reasons += [*_limits(snapshot, reasons), *_readiness(snapshot), *_scram_itself(snapshot)]
    reasons.sort(key=_gravity)
    return Standing(_verdict(reasons, bool(snapshot.halts)), tuple(reasons))


def _gravity(reason: Reason) -> int:
    return {4: 0, 3: 1, BLIND: 2}.get(reason.level, 5 - reason.level)


def _verdict(reasons: Sequence[Reason], stopped: bool) -> Verdict:
    levels = {reason.level for reason in reasons}
    if max(levels, default=0) >= HARM:
        return Verdict.NOT_SAFE
    if BLIND in levels:
        return Verdict.UNKNOWN
    if stopped:
        return Verdict.STOPPED
    return Verdict.WATCH if WATCHED in levels else Verdict.SAFE


# What is stopped


def _stops(snapshot: Snapshot) -> Iterator[Reason]:
    for halt in snapshot.halts[:3]:
        yield from _stop(halt)
    more = snapshot.halts[3:]
    if more:
        unproven = sum(not halt.proven for halt in more)
        words = f"{figures.count(len(more), 'more stop')}, {figures.number(unproven)} not proven"
        yield Reason(words, BLIND if unproven else WATCHED, PROOF)


def _stop(halt: HaltView) -> Iterator[Reason]:
    name, accounts = f"{halt.word.lower()}: {scope_words(halt.scope)}", len(halt.rows)
    resting, unknown = halt.resting, halt.unknown
    if resting:
        words = f"{name}, orders rest in {figures.number(resting)} of {figures.count(accounts, 'account')}"
        yield Reason(words, int(Severity.CRITICAL), PROOF)
    if unknown or not accounts:
        which = f"{figures.number(unknown)} of {figures.count(accounts, 'account')}" if accounts else "nothing of it"
        yield Reason(f"{name}, {which} not proven" if accounts else f"{name}, {which} is proven yet", BLIND, PROOF)
    if accounts and not resting and not unknown:
        yield Reason(f"{name}, {figures.count(accounts, 'account')} proven", WATCHED, PROOF)
    if halt.latch_error:
        yield Reason(f"the latch of {scope_words(halt.scope)} is not on disk", int(Severity.HIGH), PROOF)


# What is breached


def _events(events: tuple[Event, ...]) -> Iterator[Reason]:
    standing = [event for event in events if event.state in OPEN_STATES and not event.inhibited_by]
    shown = [event for event in standing if event.shelf is None]
    breaches = [event for event in shown if event.cause is not Cause.UNKNOWN]
    for severity in reversed(Severity):
        same = [event for event in breaches if event.severity is severity]
        if same:
            yield _of_events(same, f"{severity.word} event", int(severity), one=severity.word)
    blind = [event for event in shown if event.cause is Cause.UNKNOWN]
    if blind:
        yield _of_events(blind, "unknown figure", BLIND)
    aside = [event for event in standing if event.shelf is not None and event.severity >= Severity.HIGH]
    if aside:
        yield _of_events(aside, "grave event put aside", WATCHED, "grave events put aside")


def _of_events(events: list[Event], noun: str, level: int, plural: str = "", one: str = "") -> Reason:
    """One is told by name and leads to itself, several are counted and lead to the list."""
    if len(events) == 1:
        (event,) = events
        return Reason(f"{one or noun}: {metric_words(event.metric)} of {scope_words(event.scope)}", level,
                      event_id=event.event_id)  # fmt: skip
    return Reason(figures.count(len(events), noun, plural), level, EVENTS)


# What is known


def _accounts(snapshot: Snapshot) -> Iterator[Reason]:
    links = link_counts(snapshot.connections)
    if not links.accounts:
        yield Reason("no account is known yet", BLIND, CONNECTIONS)
        return
    connecting = links.accounts - links.up - links.down
    if links.down == 1:
        yield Reason(f"account {links.first_down} cannot be reached", BLIND, CONNECTIONS)
    elif links.down:
        yield Reason(f"{figures.count(links.down, 'account')} cannot be reached", BLIND, CONNECTIONS)
    if connecting:
        yield Reason(f"{figures.count(connecting, 'account')} being connected", BLIND, CONNECTIONS)
    if links.unread:
        yield Reason(f"{figures.count(links.unread, 'account')} not read yet", BLIND, CONNECTIONS)


def _figures(snapshot: Snapshot) -> Iterator[Reason]:
    matrix = snapshot.matrix
    row = portfolio_row(matrix)
    if row is None:
        yield Reason("nothing is measured yet", BLIND, SCOPES)
        return
    scope, trust, equity = matrix.scopes[row], int(matrix.trust[row]), portfolio_reading(matrix, EQUITY)
    if trust == Trust.UNKNOWN or equity is None or np.isnan(equity.value):
        yield Reason("figures of the portfolio are unknown", BLIND, scope=scope)
    elif trust == Trust.STALE:
        yield Reason("figures of the portfolio are stale", BLIND, scope=scope)
    elif trust == Trust.UNSETTLED:
        yield Reason("figures of the portfolio are unsettled", WATCHED, scope=scope)


def _limits(snapshot: Snapshot, told: Sequence[Reason]) -> Iterator[Reason]:
    """What the figures say and no event does: it may be about to be raised, or Scram failed to."""
    blind, harmed = _cells(snapshot.matrix)
    if blind:
        yield Reason(f"{figures.count(blind, 'limit')} cannot be evaluated", BLIND, SCOPES)
    raised = any(
        event.state in OPEN_STATES and event.severity >= Severity.HIGH and event.cause is not Cause.UNKNOWN
        for event in snapshot.events
    )
    if harmed and not raised and all(reason.level < HARM for reason in told):
        yield Reason(f"{figures.count(harmed, 'limit')} breached, no event yet", int(Severity.HIGH), SCOPES)


def _cells(matrix: RiskMatrix) -> tuple[int, int]:
    """How many limits cannot be evaluated, and how many are breached at high or critical."""
    columns = [matrix.severity[:, column] for column in matrix.limited.tolist()]
    blind = sum(int(np.count_nonzero(column == BLIND)) for column in columns)
    return blind, sum(int(np.count_nonzero(column >= HARM)) for column in columns)


# What could be done


def _readiness(snapshot: Snapshot) -> Iterator[Reason]:
    if snapshot.lease.view_only:
        yield Reason("view only: another desk acts", WATCHED, READINESS)
    if snapshot.readiness is None:
        yield Reason("whether it could be stopped is not judged yet", BLIND, READINESS)
        return
    head = snapshot.readiness.headline
    unable = head.accounts - head.able - head.unknown
    if unable > 0:
        yield Reason(f"{figures.count(unable, 'account')} cannot be stopped", int(Severity.HIGH), READINESS)
    if head.unknown:
        words = f"{figures.count(head.unknown, 'account')} perhaps cannot be stopped"
        yield Reason(words, BLIND, READINESS)
    weak = head.able - head.armed
    if weak > 0:
        yield Reason(f"a stop of {figures.count(weak, 'account')} is weaker than it should be", TOLD, READINESS)


def _scram_itself(snapshot: Snapshot) -> Iterator[Reason]:
    guardian, journal = snapshot.guardian, snapshot.journal
    if guardian is not None and not guardian.alive:
        yield Reason("the guardian does not answer", WATCHED, READINESS)
    if journal.error or not journal.intact:
        words = "the journal cannot be written" if journal.error else "the journal is not intact"
        yield Reason(words, WATCHED, EVENTS)

"""What a run of a crash came to: which breaches asked for something, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.domain import Policy
from core.events.model import Cause, Event
from core.events.transitions import Change, Transition
from core.ladder import Rung
from core.mitigation.actions import Changed, StopRequest
from core.mitigation.model import WAITING_STATES, Mitigation, MitigationState
from core.mitigation.order_ids import mitigation_of

HOPE_S = 300.0
"""How long a breach for which no plan is found is waited for; the next moves of the prices may still bring one."""
ACTING = frozenset({Policy.PROPOSE, Policy.APPROVE, Policy.AUTO, Policy.STOP})


@dataclass
class Episode:
    """A breach from its raising, or its coming back, to its clearing."""

    scope: str
    metric: str
    asks_since_s: float | None = None
    """When it first had a severity for which its limit asks for an act, the crash's time; None while it has none."""
    cleared: bool = False
    stopped: bool = False
    mitigations: dict[str, Mitigation] = field(default_factory=dict)
    """By id, each as last seen."""

    def waits(self, at_s: float) -> bool:
        """Whether something is still to be expected of the engine alone: not where no plan was found for long."""
        if self.asks_since_s is None or self.cleared or self.verdict == "mended":
            return False
        return bool(self.mitigations) or at_s - self.asks_since_s < HOPE_S

    @property
    def stop_proposed(self) -> bool:
        """Whether a person is asked for a stop in the end: what was done stands, and so does the breach."""
        rows = self.mitigations.values()
        return any(row.rung is Rung.STOP and row.state in WAITING_STATES for row in rows)

    @property
    def verdict(self) -> str:
        """`mended`, `by itself`, `not mended`, or `told` where its limit asks for nothing but a word."""
        if self.stopped:
            return "not mended"
        if self.asks_since_s is None:
            return "told"
        ended = [row for row in self.mitigations.values() if row.state is MitigationState.DONE and not row.approved_by]
        if any(row.verified for row in ended):
            # A fall from the peak stays where it is when everything is sold: there, the reduction is what is verified.
            return "mended"
        return "by itself" if self.cleared and not self.mitigations else "not mended"


@dataclass(frozen=True)
class Tale:
    candles: str
    template: str
    leverage: float
    seed: int
    verdicts: Mapping[str, int]
    not_mended: Mapping[str, int]
    """By metric."""
    stops: int
    stops_proposed: int
    """Of the mended ones: those for which a stop is proposed besides, because their fall stays what it is."""
    plans: Mapping[str, int]
    """By state and mode."""
    drawdown: float
    twin_drawdown: float
    liquidated: int
    twins_liquidated: int
    equity: float
    twin_equity: float
    cost: float
    turnover: float
    to_order_s: tuple[float, ...]
    """Of every breach that was acted on by itself: from the reading that asked for it to the first order accepted."""


class Notes:
    """Follows the journal while the crash goes on."""

    def __init__(self) -> None:
        self.episodes: list[Episode] = []
        self._open: dict[str, Episode] = {}
        self.mitigations: dict[str, Mitigation] = {}
        self.stops = 0

    def take(self, body: object) -> None:
        if isinstance(body, Transition) and body.event_after.cause is Cause.BREACH:
            self._transition(body)
        elif isinstance(body, Changed):
            self._changed(body.after)
        elif isinstance(body, StopRequest):
            self.stops += 1
            episode = self._open.get(body.event_id)
            if episode is not None:
                episode.stopped = True

    def _transition(self, change: Transition) -> None:
        event = change.event_after
        if change.what in {Change.RAISED, Change.REOPENED}:
            self._open[event.event_id] = Episode(str(event.scope), event.metric)
            self.episodes.append(self._open[event.event_id])
        episode = self._open.get(event.event_id)
        if episode is None:
            return
        if episode.asks_since_s is None and _asks(event):
            episode.asks_since_s = event.changed_at_s
        if change.what is Change.CLEARED:
            episode.cleared = True

    def _changed(self, mitigation: Mitigation) -> None:
        self.mitigations[mitigation.mitigation_id] = mitigation
        for event_id in answered(mitigation):
            episode = self._open.get(event_id)
            if episode is not None and (mitigation.mitigation_id in episode.mitigations or not episode.cleared):
                episode.mitigations[mitigation.mitigation_id] = mitigation

    def to_order_s(self, ordered_s: Mapping[str, float]) -> tuple[float, ...]:
        """`ordered_s`: by client order id when it was accepted."""
        first: dict[str, float] = {}
        rows = tuple(self.mitigations.values())
        for order, at_s in ordered_s.items():
            sender = mitigation_of(order, rows)
            if sender is not None and sender.mitigation_id not in first:
                first[sender.mitigation_id] = at_s
        waits = []
        for episode in self.episodes:
            begun = [first[name] for name in episode.mitigations if name in first]
            if begun and episode.asks_since_s is not None:
                waits.append(max(0.0, min(begun) - episode.asks_since_s))
        return tuple(waits)


def _asks(event: Event) -> bool:
    return event.policy in ACTING


def answered(mitigation: Mitigation) -> Iterable[str]:
    return mitigation.events or (mitigation.event_id,)

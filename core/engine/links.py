"""How every account is connected: the story of its link, what its requests take, and what its venue counts together."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock
from core.domain import LinkState
from core.engine.parts import Parts
from core.tasks import spawn, stop_all
from core.venues.budget import RequestBudget
from core.venues.link_intents import CloseLink, LinkLook, OpenLink, Reconnect
from core.venues.link_view import LaneView, LinkLine, LinkPage, LinkView
from core.venues.messages import LinkUpdate

KEPT = 40
"""Lines of the story of one link."""
BETWEEN_RECONNECTS_S = 0.05
"""Each makes a connection, which costs milliseconds of the loop."""
LEAST_BETWEEN_S = 5.0
"""One account is not connected anew more often, however often somebody asks: a venue may shut out who knocks on."""


@dataclass(slots=True)
class _Story:
    lines: deque[LinkLine] = field(default_factory=lambda: deque(maxlen=KEPT))
    was_up: bool = False
    reconnects: int = 0
    asked_s: float = -math.inf
    """When somebody asked for a new connection (monotonic)."""
    turns: int = 0

    def tell(self, at_s: float, state: LinkState, words: str) -> None:
        self.turns += 1
        self.lines.append(LinkLine(self.turns, at_s, state, words))


class Links:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock: Clock = parts.clock
        self._stories: dict[str, _Story] = {}
        self._lane_of: dict[str, str] = {}
        self._lanes: dict[str, tuple[RequestBudget, str]] = {}
        """By name: what is counted there, and one of its accounts."""
        self._subjects = {row.account: row.lane for row in parts.ready.subjects}
        self._open = ""
        self._tasks: list[asyncio.Task[Any]] = []
        self._name_lanes()

    def _name_lanes(self) -> None:
        names: dict[int, str] = {}
        for account in self._parts.accounts:
            if account.name in self._parts.keyless:
                continue
            budget, egress = self._parts.hub.budget(account.name), self._parts.hub.egress_of(account.name)
            if id(budget) not in names:
                stem = f"{account.exchange} by {egress}" if egress else account.exchange
                number = 1 + sum(name == stem or name.startswith(f"{stem} #") for name in self._lanes)
                names[id(budget)] = stem if number == 1 else f"{stem} #{number}"
                self._lanes[names[id(budget)]] = (budget, account.name)
            self._lane_of[account.name] = names[id(budget)]

    # -- what comes in --------------------------------------------------------------------------------------------

    def take(self, update: LinkUpdate) -> None:
        story = self._stories.setdefault(update.account, _Story())
        if update.state is LinkState.UP:
            last = story.lines[-1].state if story.lines else None
            story.reconnects += story.was_up and last is not LinkState.UP
            story.was_up = True
        story.tell(self._clock.now(), update.state, update.reason)

    def look(self, intent: LinkLook) -> None:
        match intent:
            case OpenLink(account=account):
                self._open = account
            case CloseLink():
                self._open = ""

    def reconnect(self, intent: Reconnect) -> str:
        """Have them connected anew, one after the other; returns who is not, in a sentence, "" where all are."""
        now_s, known = self._clock.monotonic(), {row.name for row in self._parts.accounts}
        wanted = [name for name in dict.fromkeys(intent.accounts) if name in known]
        due, refused = [], []
        for name in wanted:
            story = self._stories.setdefault(name, _Story())
            if name in self._parts.keyless or now_s - story.asked_s < LEAST_BETWEEN_S:
                refused.append(name)
                continue
            story.asked_s = now_s
            due.append(name)
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(spawn(self._reconnect(due, intent.operator), name="reconnect"))
        if not refused:
            return ""
        more = f" and {len(refused) - 1:,} more" if len(refused) > 1 else ""
        return (
            f"{refused[0]}{more} not connected anew: without credentials there is nothing to connect, and nobody is "
            f"connected anew twice within {LEAST_BETWEEN_S:.0f} s"
        )

    async def _reconnect(self, accounts: Iterable[str], operator: str) -> None:
        for name in accounts:
            story = self._stories.setdefault(name, _Story())
            state = story.lines[-1].state if story.lines else LinkState.CONNECTING
            story.tell(self._clock.now(), state, f"{operator} asked for a new connection")
            self._parts.hub.watching(name).reconnect()
            await self._clock.sleep(BETWEEN_RECONNECTS_S)

    async def close(self) -> None:
        await stop_all(self._tasks)
        self._tasks.clear()

    # -- what others see ------------------------------------------------------------------------------------------

    def view(self, account: str) -> LinkView:
        story = self._stories.get(account) or _Story()
        if account in self._parts.keyless:
            return LinkView()
        health = self._parts.hub.health(account)
        return LinkView(
            lane=self._lane_of[account],
            streams=health.streams,
            round_trip_p50_ms=health.percentile_ms(0.5),
            round_trip_p99_ms=health.percentile_ms(0.99),
            requests=health.requests,
            reconnects=story.reconnects,
            since_s=story.lines[-1].at_s if story.lines else math.nan,
            clock_offset_ms=self._offset_ms(account)[0],
        )

    def _offset_ms(self, account: str) -> tuple[float | None, float]:
        """Our clock minus the venue's, and how old that is, seconds."""
        fact = self._parts.ready.facts.clock_of(self._subjects[account])
        if fact.offset_ms is not None:
            return fact.offset_ms, self._clock.monotonic() - fact.at_s
        ahead_s = self._parts.hub.budget(account).clock_ahead_s
        return (None, math.inf) if ahead_s is None else (ahead_s * 1000.0, math.inf)

    def lanes(self) -> tuple[LaneView, ...]:
        return tuple(self._lane(name, budget, account) for name, (budget, account) in self._lanes.items())

    def _lane(self, name: str, budget: RequestBudget, account: str) -> LaneView:
        offset_ms, age_s = self._offset_ms(account)
        return LaneView(
            lane=name,
            used=budget.used,
            limit=budget.limit_per_minute,
            period_s=budget.minute_s,
            shut_s=max(0.0, budget.shut_for_s),
            stop_waits=budget.stop_waits,
            clock_offset_ms=offset_ms,
            clock_age_s=age_s,
        )

    def page(self) -> LinkPage | None:
        """The story of the account that somebody has opened; None while none is."""
        if not self._open:
            return None
        story = self._stories.get(self._open) or _Story()
        return LinkPage(self._open, tuple(reversed(story.lines)))

"""A venue's dead-man's switch in memory, with a clock of its own to fire by, and lines that lose and delay requests."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.clock import ManualClock
from core.errors import VenueError, VenueTimeout
from core.tasks import spawn
from core.venues.protocol import SwitchTerms
from tests.core.halt.scripted import ScriptedVenue

GIVE_UP_S = 4.0
TERMS = SwitchTerms("", each_symbol=True, triggers=True, at_disconnect=False, late_s=0.0, traps=(), confirmed=True)


@dataclass(frozen=True)
class Line:
    """What becomes of one request to arm."""

    there_s: float | None = 0.0
    """Until it reaches the venue; None: never."""
    back_s: float = 0.0
    """Until the answer is here; we give up after `GIVE_UP_S` in all."""
    error: VenueError | None = None
    """What the venue says instead; then it counts nothing."""


@dataclass
class SwitchStandIn:
    clock: ManualClock
    terms: SwitchTerms = TERMS
    lines: deque[Line] = field(default_factory=deque)
    """Of the next requests to arm; none left: answered at once."""
    until: dict[str, float] = field(default_factory=dict)
    """By countdown, when the venue fires (monotonic)."""
    fired: list[str] = field(default_factory=list)
    armed: list[tuple[str, float]] = field(default_factory=list)
    """Every request to arm that arrived, and when."""
    disarmed: list[tuple[str, float]] = field(default_factory=list)
    refuses_disarm: VenueError | None = None
    can_disarm: bool = True
    granted: float | None = None
    crowded_s: float = 0.0
    """How long it takes until the request budget has room."""
    uncounted: int = 0
    """Requests that went without."""

    def names(self, symbols: Iterable[str]) -> tuple[str, ...]:
        return tuple(symbols) if self.terms.each_symbol else ("account",)

    async def room(self, name: str, patience_s: float) -> bool:
        waits_s = min(self.crowded_s, patience_s)
        if waits_s:
            await self.clock.sleep(waits_s)
        return self.crowded_s <= patience_s

    async def arm(self, name: str, seconds: int, *, counted: bool = False) -> float | None:
        self.uncounted += not counted
        line = self.lines.popleft() if self.lines else Line()
        if line.error is not None:
            await self.clock.sleep(min(line.back_s, GIVE_UP_S))
            raise line.error
        arriving = spawn(self._arrive(name, seconds, line), name=f"{name} under way")
        took_s = GIVE_UP_S if line.there_s is None else line.there_s + line.back_s
        await self.clock.sleep(min(took_s, GIVE_UP_S))
        if took_s >= GIVE_UP_S:
            raise VenueTimeout("the venue did not answer in time")
        await arriving
        return self.granted

    async def _arrive(self, name: str, seconds: int, line: Line) -> None:
        if line.there_s is None:
            return
        if line.there_s:
            await self.clock.sleep(line.there_s)
        self.fire()
        runs_s = seconds if self.granted is None else min(self.granted, seconds)
        self.until[name] = self.clock.monotonic() + runs_s
        self.armed.append((name, self.clock.monotonic()))

    async def disarm(self, name: str) -> bool:
        if self.refuses_disarm is not None:
            raise self.refuses_disarm
        if not self.can_disarm:
            return False
        self.fire()
        self.until.pop(name, None)
        self.disarmed.append((name, self.clock.monotonic()))
        return True

    def fire(self) -> None:
        for name, until_s in list(self.until.items()):
            if until_s <= self.clock.monotonic():
                self.fired.append(name)
                del self.until[name]

    def left_s(self, name: str) -> float:
        return max(0.0, self.until.get(name, 0.0) - self.clock.monotonic())


class GuardedVenue(ScriptedVenue):
    """An acting side with a switch."""

    timers: SwitchStandIn


def guarded(switch: SwitchStandIn) -> GuardedVenue:
    venue = GuardedVenue(switch.clock)
    venue.timers = switch
    return venue


async def step(clock: ManualClock, seconds: float) -> None:
    """Let time pass, with everybody woken before and after."""
    await breathe()
    clock.advance(seconds)
    await breathe()


async def breathe() -> None:
    for _ in range(12):
        await asyncio.sleep(0)

"""Keeps one strategy's source to what is wanted of it: asks, reads back, asks again until it obeys.

Two things may be wanted. A ceiling comes from the stops that stand: no more than this, and less is as good. A goal
comes from a person who resumes: exactly this, tried for a while and then given up. No ceiling that goes away makes
anybody ask for anything: a reset resumes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass

from core.clock import Clock
from core.errors import SourceError
from core.halt.source.model import (
    ASKED_FOR,
    FREEDOM,
    Source,
    SourceAct,
    SourceNote,
    SourceRequest,
    SourceState,
    SourceView,
)
from core.tasks import spawn, stop_all


@dataclass(frozen=True, slots=True)
class SourceTimes:
    """In seconds."""

    reread_s: float = 1.0
    """Between two readings while something wanted is not obeyed."""
    obeying_s: float = 5.0
    """While it is: a source that goes on by itself has to be noticed."""
    idle_s: float = 60.0
    """While nothing is wanted."""
    ask_again_s: float = 2.0
    """Until an act is asked for again; doubles up to `ask_again_max_s`."""
    ask_again_max_s: float = 30.0
    goal_asks: int = 4
    """How often a goal is asked for before it is given up."""
    stale_s: float = 15.0
    """A reading older than this, while something is wanted, says nothing any more."""


USUAL_TIMES = SourceTimes()


@dataclass(frozen=True, slots=True)
class _Reading:
    state: SourceState
    began_s: float
    """Monotonic; when the reading was begun."""
    since_at_s: float
    """Wall time of the first in a row that said so."""


class SourceKeeper:
    def __init__(
        self,
        strategy: str,
        source: Source,
        clock: Clock,
        times: SourceTimes,
        tell: Callable[[SourceNote], None],
    ) -> None:
        self._strategy = strategy
        self._source = source
        self._clock = clock
        self._times = times
        self._tell = tell
        self._ceiling: SourceAct | None = None
        self._goal: SourceAct | None = None
        self._halt_id = ""
        self._wanted_s = -math.inf
        """Since when what is wanted now is (monotonic); no reading begun before counts for it."""
        self._reading: _Reading | None = None
        self._asked = 0
        self._ask_s = -math.inf
        """When the next ask is due (monotonic)."""
        self._ask_trouble = ""
        self._read_trouble = ""
        self._asking: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    # -- what is wanted -------------------------------------------------------------------------------------------

    def hold(self, ceiling: SourceAct | None, halt_id: str = "") -> None:
        """No more than `ceiling` from now on. A pause is asked for at once; nothing is asked where it goes away."""
        if ceiling is self._ceiling:
            return
        looser = ceiling is None or (self._ceiling is not None and _freedom(ceiling) > _freedom(self._ceiling))
        self._ceiling = ceiling
        # What a person wanted was meant for what stood then: a return that was broken off is not carried on.
        self._goal = None
        if ceiling is None:
            self._drop_ask()
        self._want(halt_id)
        if ceiling is SourceAct.PAUSE and not looser:
            self._ask(SourceAct.PAUSE)

    def aim(self, goal: SourceAct, halt_id: str = "") -> bool:
        """A person wants exactly this; False where a stop forbids it, and then nothing is asked."""
        if self._ceiling is not None and _freedom(goal) > _freedom(self._ceiling):
            return False
        self._goal = goal
        self._want(halt_id)
        self._ask(goal)
        return True

    def watch(self) -> None:
        """Read it from now on, whether anything is wanted or not."""
        if self._running is None:
            self._running = spawn(self._run(), name=f"source of {self._strategy}")

    def _want(self, halt_id: str) -> None:
        self._halt_id = halt_id
        self._wanted_s = self._clock.monotonic()
        self._asked, self._ask_s, self._ask_trouble = 0, -math.inf, ""
        self.watch()
        self._news.set()

    @property
    def wanted(self) -> SourceAct | None:
        return self._goal or self._ceiling

    @property
    def obeyed(self) -> bool:
        reading = self._reading
        if reading is None or reading.began_s < self._wanted_s or self._is_stale(reading):
            return False
        if reading.state is SourceState.UNKNOWN:
            return False
        if self._goal is not None:
            return reading.state is ASKED_FOR[self._goal]
        return self._ceiling is None or FREEDOM[reading.state] <= _freedom(self._ceiling)

    # -- life -----------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        await stop_all([task for task in (self._asking, self._running) if task is not None])
        self._asking = self._running = None

    async def _run(self) -> None:
        while True:
            self._news.clear()
            await self._read()
            self._judge()
            await self._pause()

    async def _read(self) -> None:
        began_s = self._clock.monotonic()
        try:
            state = await self._source.read()
        except SourceError as error:
            if str(error) != self._read_trouble:
                self._tell(SourceNote("reads", self._strategy, f"unknown: {error}", self._halt_id))
            self._read_trouble, self._reading = str(error), None
            return
        self._read_trouble = ""
        former = self._reading
        if former is None or former.state is not state:
            self._tell(SourceNote("reads", self._strategy, state.value, self._halt_id))
        since_at_s = former.since_at_s if former is not None and former.state is state else self._clock.now()
        self._reading = _Reading(state, began_s, since_at_s)

    def _judge(self) -> None:
        """Ask where what was read is not what is wanted."""
        due = self._asking is None and self._clock.monotonic() >= self._ask_s
        if self._goal is not None and (self.obeyed or (due and self._asked >= self._times.goal_asks)):
            if not self.obeyed:
                given_up = f"asked {self._asked} times to {self._goal.value}, given up"
                self._tell(SourceNote("refused", self._strategy, given_up, self._halt_id))
                self._ask_trouble = given_up
            self._goal = None
            if self._ceiling is None:
                return
        act = self._act()
        if act is not None and due:
            self._ask(act)

    def _act(self) -> SourceAct | None:
        """What is to be asked now, None where nothing is."""
        if self.wanted is None or self.obeyed:
            return None
        if self._goal is not None or self._ceiling is SourceAct.PAUSE:
            return self.wanted
        # "Reduce only" would wake a source that is paused: it is asked only of one that says that it does more.
        reading = self._reading
        known_to_run = reading is not None and reading.state is SourceState.RUNNING
        return SourceAct.REDUCE_ONLY if known_to_run and self._source.knows_reduce_only else SourceAct.PAUSE

    def _ask(self, act: SourceAct) -> None:
        """Beside everything else: whoever fires does not wait for it."""
        self._drop_ask()
        wait_s = min(self._times.ask_again_s * 2.0**self._asked, self._times.ask_again_max_s)
        self._asked += 1
        self._ask_s = self._clock.monotonic() + wait_s
        self._tell(SourceNote("asked", self._strategy, act.value, self._halt_id))
        self._asking = spawn(self._send(act), name=f"ask source of {self._strategy}")

    async def _send(self, act: SourceAct) -> None:
        try:
            await self._source.ask(SourceRequest(self._strategy, act, self._halt_id))
            self._ask_trouble = ""
        except SourceError as error:
            if str(error) != self._ask_trouble:
                self._tell(SourceNote("refused", self._strategy, str(error), self._halt_id))
            self._ask_trouble = str(error)
        self._asking = None
        self._news.set()  # read at once what came of it

    def _drop_ask(self) -> None:
        """An act that is not wanted any more must not be carried out late."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    async def _pause(self) -> None:
        wait_s = self._times.idle_s if self.wanted is None else self._times.obeying_s
        if self.wanted is not None and not self.obeyed:
            wait_s = self._times.reread_s
        news = spawn(self._news.wait(), name="source news")
        slept = spawn(self._clock.sleep(wait_s), name="source pause")
        try:
            await asyncio.wait((news, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            with contextlib.suppress(Exception):
                await stop_all([news, slept])

    # -- what others see ------------------------------------------------------------------------------------------

    def view(self) -> SourceView:
        reading = self._reading
        age_s = math.inf if reading is None else self._clock.monotonic() - reading.began_s
        told = reading is not None and not self._is_stale(reading)
        return SourceView(
            strategy=self._strategy,
            kind=self._source.kind,
            state=reading.state if reading is not None and told else SourceState.UNKNOWN,
            age_s=age_s,
            said_at_s=reading.since_at_s if reading is not None and told else None,
            wanted=self.wanted,
            wanted_for_s=0.0 if self.wanted is None else self._clock.monotonic() - self._wanted_s,
            asked=self._asked,
            obeyed=self.wanted is not None and self.obeyed,
            trouble=self._read_trouble or self._ask_trouble,
            knows_reduce_only=self._source.knows_reduce_only,
        )

    def _is_stale(self, reading: _Reading) -> bool:
        limit_s = self._times.stale_s + (self._times.idle_s if self.wanted is None else 0.0)
        return self._clock.monotonic() - reading.began_s > limit_s


def _freedom(act: SourceAct) -> int:
    return FREEDOM[ASKED_FOR[act]]

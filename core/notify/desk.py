"""The notification desk: every route with its gate, its sender and its patience; none waits for another, nor anybody
for one of them."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from typing import Any

from core.clock import Clock, utc_text
from core.domain import Severity
from core.errors import NotifyError
from core.events.transitions import Transition
from core.notify.digest import Digest
from core.notify.gate import Gate
from core.notify.model import FAILING, GONE, Message, RouteSpec, RouteState, RouteView, Telling, telling_of
from core.notify.sender import Sender
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

LOOK_S = 0.25
"""Between two looks at what is due."""
FAILING_AFTER = 2
"""Attempts in a row after which a route counts as failing: one lost message is no news yet."""
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
LAST_WORD_S = 2.0

Note = Callable[[str, object], None]
"""Takes what goes into the journal: the record's kind and its body."""


class Route:
    def __init__(self, spec: RouteSpec, sender: Sender, clock: Clock, note: Note) -> None:
        self.spec = spec
        self.gate = Gate(spec, clock.monotonic())
        self._sender = sender
        self._clock = clock
        self._note = note
        self._sent = self._failed = self._in_a_row = 0
        self._last_at_s = math.nan
        self._words = ""
        self._trial: asyncio.Task[None] | None = None

    @property
    def failing(self) -> bool:
        return self._in_a_row >= FAILING_AFTER

    @property
    def why(self) -> str:
        return self._words

    def take(self, telling: Telling, now_s: float, at_s: float) -> None:
        """`now_s` is monotonic, `at_s` wall time."""
        if telling.event.metric == FAILING and self.failing:
            return  # it would only add to what this route cannot say
        self.gate.take(telling, now_s, at_s)

    def view(self) -> RouteView:
        state = RouteState.FAILING if self.failing else RouteState.GOOD if self._sent else RouteState.IDLE
        return RouteView(
            name=self.spec.name,
            least=self.spec.least,
            state=state,
            sent=self._sent,
            failed=self._failed,
            waiting=len(self.gate),
            quiet=self.gate.is_quiet(self._clock.now()),
            last_at_s=self._last_at_s,
            words=self._words,
            trying=self._trial is not None and not self._trial.done(),
        )

    async def run(self) -> None:
        while True:
            await self._clock.sleep(LOOK_S)
            digest = self.gate.due(self._clock.monotonic(), self._clock.now())
            if digest is not None and not await self._deliver(digest):
                await self._clock.sleep(pause_s(self._in_a_row))

    async def last_word(self) -> None:
        """One attempt at what waits, before the end."""
        digest = None if self.failing else self.gate.due(math.inf, self._clock.now())
        if digest is not None:
            await self._deliver(digest)

    async def _deliver(self, digest: Digest) -> bool:
        try:
            await self._send(digest.message())
        except NotifyError as error:
            self.gate.give_back(digest, self._clock.monotonic())
            self._note_failure(str(error))
            return False
        except BaseException:
            self.gate.give_back(digest, self._clock.monotonic())
            raise
        self._words = ""
        body = {
            "route": self.spec.name,
            "title": digest.message().title,
            "events": [telling.event.event_id for telling in digest.lines],
            "others": digest.others,
            "after_failures": self._in_a_row,
        }
        self._in_a_row = 0
        self._note("notify.sent", body)
        return True

    async def _send(self, message: Message) -> None:
        try:
            await self._sender.send(message)
        except NotifyError:
            self._failed += 1
            raise
        except Exception as error:
            self._failed += 1
            log.exception("the route %s failed", self.spec.name)
            raise NotifyError(f"it could not be sent ({type(error).__name__})") from None
        self._sent += 1
        self._last_at_s = self._clock.now()

    def _note_failure(self, words: str) -> None:
        self._in_a_row += 1
        if words != self._words or self._in_a_row == FAILING_AFTER:
            body = {"route": self.spec.name, "reason": words, "in_a_row": self._in_a_row, "waiting": len(self.gate)}
            self._note("notify.failed", body)
        self._words = words

    # A trial

    def begin_trial(self, operator: str) -> asyncio.Task[None] | None:
        """Send a message now; None where one is under way."""
        if self._trial is not None and not self._trial.done():
            return None
        self._trial = spawn(self._try(operator), name=f"trial of the route {self.spec.name}")
        return self._trial

    async def _try(self, operator: str) -> None:
        try:
            await self._send(trial_message(self.spec.name, operator, self._clock.now()))
        except NotifyError as error:
            self._words = f"the trial did not go out: {error}"
        else:
            self._in_a_row = 0
            self._words = f"the trial went out at {utc_text(self._clock.now())[11:19]} UTC"
        self._note("notify.tried", {"route": self.spec.name, "by": operator, "words": self._words})


class NotifyDesk:
    def __init__(self, routes: Iterable[tuple[RouteSpec, Sender]], clock: Clock) -> None:
        self._clock = clock
        self._note: Note = lambda kind, body: None
        self._routes = tuple(Route(spec, sender, clock, self._noted) for spec, sender in routes)
        self._tasks: list[asyncio.Task[Any]] = []
        self.silent = False
        """Whether somebody else tells what happens to the same book: two desks would say everything twice."""

    def start(self, note: Note) -> None:
        """From now on what waits is sent; `note` takes what goes into the journal."""
        self._note = note
        self._tasks += [spawn(route.run(), name=f"notify {route.spec.name}") for route in self._routes]

    async def close(self) -> None:
        """One last attempt at what waits, within `LAST_WORD_S`; never raises."""
        await stop_all(self._tasks)
        self._tasks.clear()
        last = [spawn(route.last_word(), name=f"last word of {route.spec.name}") for route in self._routes]
        if last:
            await asyncio.wait(last, timeout=LAST_WORD_S)
            await stop_all(last)

    def take(self, changes: Iterable[Transition]) -> None:
        """What happened to events; returns at once, never raises, and keeps a bounded part of it."""
        if not self._routes or self.silent:
            return
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        for change in changes:
            if change.what in GONE:
                for route in self._routes:
                    route.gate.drop(change.event_after.event_id)
                continue
            telling = telling_of(change)
            if telling is None:
                continue
            for route in self._routes:
                route.take(telling, now_s, at_s)

    def try_route(self, name: str, operator: str) -> str:
        """Send a message over this route now, or over all for ""; a sentence where that cannot be, else ""."""
        routes = [route for route in self._routes if name in ("", route.spec.name)]
        if not routes:
            return f'there is no notify route "{name}"' if name else "no notify route is configured"
        for route in routes:
            trial = route.begin_trial(operator)
            if trial is not None:
                self._tasks.append(trial)
        self._tasks = [task for task in self._tasks if not task.done()]
        return ""

    @property
    def trouble(self) -> str:
        """Which routes do not go out, in one sentence; "" where all do."""
        failing = [route for route in self._routes if route.failing]
        if not failing:
            return ""
        parts = "; ".join(f"{route.spec.name}: {route.why}" for route in failing)
        return f"notifications do not go out over {parts}"

    def views(self) -> tuple[RouteView, ...]:
        return tuple(route.view() for route in self._routes)

    def _noted(self, kind: str, body: object) -> None:
        self._note(kind, body)


def pause_s(in_a_row: int) -> float:
    """After so many failures in a row: 2, 4, 8 s and so on, to five minutes."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (min(in_a_row, 20) - 1))


def trial_message(route: str, operator: str, at_s: float) -> Message:
    body = (
        f"{operator} tried the route {route} at {utc_text(at_s)[11:19]} UTC. Nothing happened; nothing is to be done."
    )
    return Message("Scram: a trial", body, Severity.LOW)

"""The page of the limits at work: painted while somebody looks, and a change written only as it was asked for.

Everything that takes time is done in a thread. A change goes into the file first and is then taken over like any other
change of it; what leaves more room needs a reason, and where `[loosening]` asks for one a second person.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from core.config.edit import with_reason
from core.config.row_edits import with_edits
from core.engine.ids import new_id
from core.engine.limit_desk.painting import NO_FILE, PagePaint, Sight
from core.engine.limit_desk.trying import Tried, edits_of
from core.engine.parts import Parts
from core.engine.record import Recorder
from core.engine.reloading import Reloader
from core.errors import ConfigError
from core.halt.way_back.second import same_person
from core.limit_intents import ChangeLimits, CloseLimits, ConfirmLimits, LimitAct, LimitLook, OpenLimits, TryLimits
from core.limit_page import Answer, Draft, LimitsPage, LineId, PendingChange
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

PAINT_EVERY_S = 0.5
REST_SHARE = 3.0
"""A look that took long is followed by a pause this many times as long: it shares the cores with the cycle."""


class LimitDesk:
    def __init__(
        self,
        parts: Parts,
        reloader: Reloader,
        recorder: Recorder,
        notice: Callable[[str], None],
        watching: Callable[[], str],
    ) -> None:
        """`watching`: why this desk only watches, "" where it acts."""
        self._parts = parts
        self._reloader = reloader
        self._recorder = recorder
        self._notice = notice
        self._watching = watching
        self._paint = PagePaint(parts.journal, parts.keeper)
        self._open = False
        self._chosen: LineId | None = None
        self._draft = Draft()
        self._page: LimitsPage | None = None
        self._pending: PendingChange | None = None
        self._answer: Answer | None = None
        self._due_s = float("-inf")
        self._looking = False
        self._turn = asyncio.Lock()
        """Of the paint: one thread at a time."""
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- looking --------------------------------------------------------------------------------------------------

    def look(self, intent: LimitLook) -> None:
        """Paint this too from now on, or no longer."""
        match intent:
            case OpenLimits(chosen=chosen):
                self._open, self._chosen = True, chosen
            case TryLimits(draft=draft):
                self._open, self._draft = True, draft
            case CloseLimits():
                self._open, self._draft, self._chosen, self._page = False, Draft(), None, None
        self._due_s = float("-inf")

    def step(self) -> LimitsPage | None:
        """Once per cycle: look again where it is time to; what is shown meanwhile."""
        if not self._open:
            return None
        if not self._looking and self._parts.clock.monotonic() >= self._due_s:
            self._looking = True
            self._spawn(self._refresh(), "look at the limits")
        if self._page is None:
            return None
        return replace(self._page, pending=self._waiting(), answer=self._answer)

    async def close(self) -> None:
        self._open = False
        await stop_all(list(self._tasks))

    async def _refresh(self) -> None:
        began_s = self._parts.clock.monotonic()
        asked = (self._chosen, self._draft)
        try:
            sight = self._sight(self._draft)
            if sight is not None:
                async with self._turn:
                    page = await asyncio.to_thread(self._paint.paint, sight)
                self._page = page if self._open else None
        except Exception:
            log.exception("the page of the limits could not be painted")
        finally:
            self._looking = False
        if asked == (self._chosen, self._draft):  # else it is due at once
            now_s = self._parts.clock.monotonic()
            self._due_s = now_s + max(PAINT_EVERY_S, REST_SHARE * (now_s - began_s))

    def _sight(self, draft: Draft) -> Sight | None:
        """None before anything was evaluated."""
        parts = self._parts
        judged = parts.risk.judged
        if judged is None:
            return None
        matrix = parts.figures.matrix
        return Sight(
            config=self._reloader.config,
            taken=self._reloader.taken,
            path=parts.config_file,
            limits=judged[0],
            judged=judged[1],
            value=matrix.value,
            trust=matrix.trust,
            at_s=parts.clock.now(),
            chosen=self._chosen,
            draft=draft,
            watching=self._watching(),
        )

    # -- changing -------------------------------------------------------------------------------------------------

    def act(self, intent: LimitAct) -> None:
        match intent:
            case ChangeLimits():
                self._spawn(self._answered(self._change(intent)), "change of limits")
            case ConfirmLimits():
                self._spawn(self._answered(self._confirm(intent)), "second person for limits")
            case _:
                pending = self._waiting()
                if pending is not None and pending.pending_id == intent.pending_id:
                    self._pending = None
                    self._tell(f"the change that {pending.operator} asked for is withdrawn", done=True)

    async def _answered(self, work: Coroutine[Any, Any, str]) -> None:
        try:
            words = await work
        except ConfigError as error:
            refused = f"the limits were not changed: {error}"
            self._notice(refused.splitlines()[0])
            self._tell(refused, done=False)
            return
        self._tell(words, done=True)

    def _tell(self, words: str, *, done: bool) -> None:
        number = 1 if self._answer is None else self._answer.number + 1
        self._answer = Answer(number, done, words)
        self._due_s = float("-inf")

    async def _change(self, intent: ChangeLimits) -> str:
        reason = intent.reason.strip()
        if not intent.operator.strip():
            raise ConfigError("a change of limits needs the operator's name")
        tried = await self._tried(intent.draft)
        if tried.refused:
            raise ConfigError(tried.refused)
        if tried.looser and not reason:
            raise ConfigError(f"this leaves more room than what is in force, and needs a reason: {tried.looser[0]}")
        loosening = self._parts.config.loosening
        if tried.looser and loosening.second_person:
            now_s = self._parts.clock.now()
            until_s = now_s + loosening.second_person_within_s
            self._pending = PendingChange(new_id(), intent.draft, tried.title, intent.operator, reason, now_s, until_s)
            self._recorder.note("limits.waits", None, self._pending)
            minutes = loosening.second_person_within_s / 60.0
            return f"a second person has to confirm within {minutes:g} minutes: {tried.title}"
        await self._write(intent.draft, intent.operator, reason)
        return f"done: {tried.title}"

    async def _confirm(self, intent: ConfirmLimits) -> str:
        pending, operator = self._waiting(), intent.operator.strip()
        if pending is None or pending.pending_id != intent.pending_id:
            raise ConfigError("what was to be confirmed does not wait any more: ask anew")
        if not operator:
            raise ConfigError("whoever confirms has to give a name")
        if same_person(operator, pending.operator):
            raise ConfigError(f"{pending.operator} asked for it: a second, different person has to confirm")
        self._pending = None
        await self._write(pending.draft, pending.operator, pending.reason, operator)
        return f"done: {pending.title}, asked for by {pending.operator} and confirmed by {operator}"

    async def _write(self, draft: Draft, by: str, reason: str, second: str | None = None) -> None:
        journal, clock = self._parts.journal, self._parts.clock

        def change(text: str) -> str:
            after = with_edits(text, edits_of(draft, text, journal))
            if not reason:
                return after
            at = dt.datetime.fromtimestamp(round(clock.now(), 3), tz=dt.UTC)
            return with_reason(after, {"reason": reason, "by": by, "at": at, "second": second})

        await self._reloader.write(change, by)
        if draft == self._draft:
            self._draft = Draft()

    async def _tried(self, draft: Draft) -> Tried:
        sight = self._sight(draft)
        if sight is None:
            raise ConfigError("nothing was evaluated yet: try again in a moment")
        if sight.path is None:
            raise ConfigError(NO_FILE)
        async with self._turn:
            return await asyncio.to_thread(self._paint.tried, sight)

    def _waiting(self) -> PendingChange | None:
        """What waits for a second person, while it still may be confirmed."""
        if self._pending is not None and self._parts.clock.now() >= self._pending.until_s:
            self._pending = None
        return self._pending

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = spawn(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

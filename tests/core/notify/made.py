"""Events and their changes made by hand, and a receiver on loopback that may misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from core.domain import PORTFOLIO, NotifyKind, Scope, Severity, Trust
from core.errors import NotifyError
from core.events.model import Cause, Event, EventState
from core.events.transitions import Change, Transition
from core.notify.model import Message, Telling
from tests.loopback import served

WORDS = {kind.value: kind for kind in NotifyKind}


def event(number: int = 1, severity: Severity = Severity.HIGH, scope: Scope = PORTFOLIO, **others: Any) -> Event:
    metric = others.pop("metric", "leverage")
    note = others.pop("note", f"{metric} of {scope} reached {number}")
    return Event(
        f"e{number}", scope, metric, others.pop("cause", Cause.BREACH), severity, EventState.RAISED, float(number), 1.0,
        1_700_000_000.0 + number, 1_700_000_000.0 + number, Trust.TRUSTED, note=note, **others,
    )  # fmt: skip


def telling(number: int = 1, severity: Severity = Severity.HIGH, kind: NotifyKind = NotifyKind.RAISED) -> Telling:
    return Telling(kind, event(number, severity), 1_700_000_000.0)


def change(made: Event, what: Change = Change.RAISED) -> Transition:
    return Transition(None, made, what, "scram", made.raised_at_s)


class Heard:
    """A sender that keeps what it is handed, and fails while `fails` says why."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.fails = ""
        self.attempts = 0

    async def send(self, message: Message) -> None:
        self.attempts += 1
        if self.fails:
            raise NotifyError(self.fails)
        self.messages.append(message)


class Receiver:
    """What is behind an address of apprise, as a server on loopback."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.port = 0

    def address(self, path: str = "hook/very-secret-token") -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        await self.hangs.wait()
        if self.status == 200:
            self.got.append(json.loads(body))
        return web.Response(status=self.status, text="very-secret-token is refused")


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    async with served(made.answer) as port:
        made.port = port
        try:
            yield made
        finally:
            made.hangs.set()

"""A source asked and read over HTTP: signed, bounded, never answered by anybody else."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from core.clock import SystemClock
from core.errors import SourceError
from core.halt.source.model import SourceAct, SourceRequest, SourceState
from core.halt.source.webhook import WebhookSource, WebhookSpec
from tests.core.halt.source.bot import OLDEST_MS, SECRET, WebhookBot
from tests.loopback import Answering, served

PAUSE = SourceRequest("basis", SourceAct.PAUSE, "h-1")


@contextlib.asynccontextmanager
async def source_at(answer: Answering, secret: str = SECRET, timeout_s: float = 5.0) -> AsyncIterator[WebhookSource]:
    numbers = itertools.count(1)
    async with served(answer) as port:
        spec = WebhookSpec(f"http://127.0.0.1:{port}/scram", secret, True, timeout_s)
        yield WebhookSource("basis", spec, SystemClock(), lambda: f"n-{next(numbers)}")


async def test_a_webhook_is_asked_with_a_signature_that_its_receiver_can_check() -> None:
    bot = WebhookBot(SystemClock())
    async with source_at(bot.answer) as source:
        await source.ask(PAUSE)
        assert await source.read() is SourceState.PAUSED
        await source.ask(SourceRequest("basis", SourceAct.REDUCE_ONLY))
        assert await source.read() is SourceState.REDUCE_ONLY
    assert (bot.acts, bot.refused) == (["pause", "reduce-only"], [])


async def test_a_wrong_secret_is_refused_and_the_refusal_told() -> None:
    bot = WebhookBot(SystemClock())
    async with source_at(bot.answer, secret="guessed") as source:
        with pytest.raises(SourceError, match="HTTP 403"):
            await source.ask(PAUSE)
    assert (bot.state, bot.refused) == ("running", ["signature"])


async def test_a_request_that_is_sent_again_or_changed_by_somebody_else_is_refused_by_the_recipe() -> None:
    bot = WebhookBot(SystemClock())
    async with served(bot.answer) as port, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}/scram"
        source = WebhookSource("basis", WebhookSpec(url, SECRET), SystemClock(), lambda: "n-1")
        await source.ask(SourceRequest("basis", SourceAct.RESUME))
        body, headers = bot.requests[-1]
        signed = {name: headers[name] for name in ("X-Scram-Timestamp", "X-Scram-Signature")}
        for wrong in (body, body.replace(b"resume", b"pause"), body.replace(b"n-1", b"n-2")):
            async with session.post(url, data=wrong, headers=signed) as answer:
                assert answer.status == 403
        later = {**signed, "X-Scram-Timestamp": str(int(signed["X-Scram-Timestamp"]) + OLDEST_MS)}
        async with session.post(url, data=body, headers=later) as answer:
            assert answer.status == 403
    assert (bot.acts, bot.refused) == (["resume"], ["seen before", "signature", "signature", "signature"])


async def test_a_webhook_that_gives_no_answer_in_time_is_told() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(30.0)
        return web.Response()

    async with source_at(hang, timeout_s=0.2) as source:
        with pytest.raises(SourceError, match=r"no answer within 0.2 s"):
            await source.read()


async def test_nobody_there_is_told_without_the_address() -> None:
    source = WebhookSource("basis", WebhookSpec("http://127.0.0.1:9/hidden", SECRET), SystemClock(), lambda: "n")
    with pytest.raises(SourceError, match="cannot be reached") as told:
        await source.read()
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ('{"state": "paused", "nonce": "of an earlier one"}', "nonce is another"),
        ('{"state": "resting", "nonce": "n-1"}', "names no state"),
        ('{"state": {}, "nonce": "n-1"}', "names no state"),
        ("paused", "its reply is not"),
        ("[1, 2]", "its reply is not"),
        ("x" * 5_000, "longer than 4,096 bytes"),
    ],
)
async def test_a_reply_that_is_none_is_no_state(reply: str, why: str) -> None:
    bot = WebhookBot(SystemClock(), change=lambda _: reply)
    async with source_at(bot.answer) as source:
        with pytest.raises(SourceError, match=why):
            await source.read()


async def test_a_redirect_is_not_followed() -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("http://127.0.0.1:9/")

    async with source_at(elsewhere) as source:
        with pytest.raises(SourceError, match="HTTP 307"):
            await source.ask(PAUSE)


def test_the_secret_shows_nowhere() -> None:
    assert SECRET not in repr(WebhookSpec("https://bots.example/scram", SECRET))

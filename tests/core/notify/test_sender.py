"""Attempts to send over a real socket: what is behind the address may take it, refuse, hang, garble or be gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.domain import Severity
from core.errors import NotifyError, SecretError
from core.log import FILE_NAME, remove_logging, set_up_logging
from core.notify.model import Message
from core.notify.sender import MOST_HANGING, AppriseSender
from tests.core.notify.made import Receiver, receiver

SECRET = "very-secret-token"
MESSAGE = Message("Scram CRITICAL", "drawdown of portfolio <reached> 0.31 & more", Severity.CRITICAL)


@pytest.fixture
async def behind() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


def sender(address: str, timeout_s: float = 20.0) -> AppriseSender:
    return AppriseSender("night", lambda: address, timeout_s)


async def refusal(from_: AppriseSender) -> str:
    with pytest.raises(NotifyError) as raised:
        await from_.send(MESSAGE)
    assert SECRET not in str(raised.value)
    return str(raised.value)


async def test_a_message_arrives_as_it_was_written(behind: Receiver) -> None:
    await sender(behind.address()).send(MESSAGE)
    (got,) = behind.got
    assert (got["title"], got["message"], got["type"]) == (MESSAGE.title, MESSAGE.body, "failure")


async def test_a_refusal_is_told_with_its_status_and_without_the_address(behind: Receiver, tmp_path: Path) -> None:
    behind.status = 500
    set_up_logging(tmp_path, level=logging.DEBUG)
    try:
        assert await refusal(sender(behind.address())) == "it answered with HTTP 500"
        logging.getLogger("tests").info("the log is written")
    finally:
        remove_logging()
    log = (tmp_path / FILE_NAME).read_text()
    assert "the log is written" in log
    assert SECRET not in log
    assert "apprise" not in log


async def test_nobody_behind_the_address_is_told_as_such(unused_tcp_port: int) -> None:
    said = await refusal(sender(f"json://127.0.0.1:{unused_tcp_port}/{SECRET}"))
    assert said == "it cannot be reached, or its answer was none"


async def test_an_answer_that_is_no_http_is_a_failure() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x00\xff 200 perhaps\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert "answer was none" in await refusal(sender(f"json://127.0.0.1:{port}/{SECRET}"))


async def test_a_hanging_receiver_costs_its_deadline_and_a_bounded_number_of_threads(behind: Receiver) -> None:
    behind.hangs.clear()
    slow = sender(f"{behind.address()}?rto=60&cto=60", timeout_s=0.5)
    before = set(threading.enumerate())
    for _ in range(MOST_HANGING):
        assert await refusal(slow) == "it gave no answer within 0.5 s"
    assert await refusal(slow) == f"{MOST_HANGING} earlier attempts hang and have not ended yet"
    hanging = [thread for thread in set(threading.enumerate()) - before if thread.name == "notify night"]
    assert len(hanging) == MOST_HANGING
    assert all(thread.daemon for thread in hanging)
    behind.hangs.set()
    for thread in hanging:
        await asyncio.to_thread(thread.join, 20.0)
    await slow.send(MESSAGE)


async def test_one_route_that_hangs_delays_no_other_and_not_the_loop(behind: Receiver) -> None:
    async with receiver() as good:
        behind.hangs.clear()
        hanging = asyncio.ensure_future(sender(behind.address(), timeout_s=30.0).send(MESSAGE))
        await sender(good.address()).send(MESSAGE)
        assert len(good.got) == 1
        assert not hanging.done()
        behind.hangs.set()
        await hanging


@pytest.mark.parametrize("address", ["nonsense", "", f"gopher://{SECRET}@host", "json://"])
async def test_what_is_no_address_is_said_and_not_shown(address: str) -> None:
    assert await refusal(sender(address)) == "its address is none that apprise knows; see `scram notify test`"


async def test_an_address_that_cannot_be_found_says_where_it_was_looked_for() -> None:
    def missing() -> str:
        raise SecretError('notify route "night": no address was found; looked for the environment variable CHAT')

    said = await refusal(AppriseSender("night", missing, 20.0))
    assert said.endswith("looked for the environment variable CHAT")


async def test_a_failure_that_nobody_foresaw_is_told_by_its_type_alone() -> None:
    def broken() -> str:
        raise RuntimeError(f"json://host/{SECRET}")

    assert await refusal(AppriseSender("night", broken, 20.0)) == "it could not be sent (RuntimeError)"


async def test_an_attempt_given_up_at_the_end_of_the_engine_leaves_the_loop_in_peace(behind: Receiver) -> None:
    behind.hangs.clear()
    task = asyncio.ensure_future(sender(behind.address()).send(MESSAGE))
    await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    behind.hangs.set()

"""Who gets through to the guardian, and that nobody else disturbs it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SystemClock
from core.errors import ChannelError
from core.halt.guardian import channel, messages
from core.halt.guardian.channel import ADDRESS_FILE, HOST, Address, Caller, Line, call, new_token, read_address
from core.halt.guardian.messages import Heartbeat, Issued, Message, Query, Report, Taken, decode, encode
from core.halt.guardian.server import STRANGERS_AT_MOST, Server

ME = Caller("desk", "d-1", 7)


@dataclass
class Ear:
    """A server that keeps what it hears and answers every query."""

    heard: list[Message] = field(default_factory=list)
    here: list[Caller] = field(default_factory=list)
    gone: list[Caller] = field(default_factory=list)
    address: Address = field(default_factory=lambda: Address(0, 0, ""))

    def take(self, caller: Caller, line: Line, message: Message) -> None:
        self.heard.append(message)
        if isinstance(message, Query):
            line.send(Taken(1))


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    made = Ear()
    token = new_token()
    server = Server(
        token, SystemClock(), lambda caller, _: made.here.append(caller), made.take,
        lambda caller, _: made.gone.append(caller),
    )  # fmt: skip
    made.address = Address(1, await server.open(), token)
    try:
        yield made
    finally:
        await server.close()


async def answers(ear: Ear) -> bool:
    line = await call(ear.address, ME)
    try:
        line.send(Query())
        async with asyncio.timeout(5.0):
            return await line.receive() == Taken(1)
    finally:
        await line.close()


async def test_who_knows_the_token_is_heard_and_answered(ear: Ear) -> None:
    assert await answers(ear)
    assert ear.here == [ME]
    assert ear.heard == [Query()]


@pytest.mark.expected_logs("a caller was turned away: the caller does not know the token")
async def test_who_does_not_know_it_is_refused_in_a_sentence_and_disturbs_nobody(ear: Ear) -> None:
    with pytest.raises(ChannelError, match="refused: the caller does not know the token of this guardian"):
        await call(replace(ear.address, token=new_token()), ME)
    assert ear.here == []
    assert await answers(ear)


async def test_a_program_at_the_guardians_port_that_does_not_know_the_token_is_not_taken_for_it() -> None:
    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"version": 1, "nonce": "00"}\n')
        said = json.loads(await reader.readline())
        writer.write(json.dumps({"code": said["code"]}).encode() + b"\n")  # what the caller itself has just shown
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(pretend, HOST, 0)
    try:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ChannelError, match="does not know its token"):
            await call(Address(1, port, new_token()), ME)
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.expected_logs("a caller was turned away: one side speaks version 1 and the other 2")
async def test_another_version_is_refused_in_a_sentence(ear: Ear) -> None:
    reader, writer = await asyncio.open_connection(HOST, ear.address.port)
    await reader.readline()
    writer.write(b'{"version": 2, "nonce": "00", "code": ""}\n')
    assert "start desk, guardian and command line from the same installation" in (await reader.readline()).decode()
    writer.close()
    await writer.wait_closed()


@pytest.mark.allowed_logs("a caller was turned away")
@pytest.mark.parametrize(
    "garbage",
    [b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b"[1]\n", b"\xff\xfe\n", b"[" * 3_000 + b"\n", b'{"version": 1}\n',
     b'{"version": 1, "nonce": "\\ud800", "code": 3}\n', b"x" * (messages.LONGEST_LINE + 10)],
)  # fmt: skip
async def test_a_strangers_garbage_disturbs_nobody(ear: Ear, garbage: bytes) -> None:
    _, writer = await asyncio.open_connection(HOST, ear.address.port)
    with contextlib.suppress(OSError):
        writer.write(garbage)
        await writer.drain()
        if garbage:
            writer.write_eof()
    assert await answers(ear)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    assert ear.here == [ME]


@pytest.mark.allowed_logs("a caller was turned away")
async def test_strangers_that_say_nothing_keep_nobody_out(ear: Ear) -> None:
    silent = [await asyncio.open_connection(HOST, ear.address.port) for _ in range(3 * STRANGERS_AT_MOST)]
    try:
        assert await answers(ear)
    finally:
        for _, writer in silent:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.mark.expected_logs("the line to the desk .* is cut: what came is no message")
async def test_what_is_no_message_costs_the_line_it_came_over_and_no_other(ear: Ear) -> None:
    line = await call(ear.address, ME)
    line._writer.write(b'{"kind": "heartbeat", "sequence": "one"}\n')
    async with asyncio.timeout(5.0):
        assert await line.receive() is None
    await line.close()
    assert ear.gone == [ME]
    assert await answers(ear)


async def test_the_address_is_for_its_owners_eyes_and_shows_no_token_in_a_text(tmp_path: Path) -> None:
    assert read_address(tmp_path) is None
    address = Address(12, 3_456, new_token())
    channel.write_address(tmp_path, address)
    assert read_address(tmp_path) == address
    assert stat.S_IMODE((tmp_path / ADDRESS_FILE).stat().st_mode) == 0o600
    assert address.token not in repr(address)
    (tmp_path / ADDRESS_FILE).write_text('{"pid": 1}')
    assert read_address(tmp_path) is None


texts = st.text(max_size=30)


@given(
    message=st.one_of(
        st.builds(Heartbeat, sequence=st.integers(0, 2**40), trouble=texts),
        st.builds(Report, halt_id=texts, accounts=st.lists(texts, max_size=5).map(tuple)),
        st.builds(Issued, number=st.integers(0, 2**40), halt_id=texts, client_order_ids=st.just(("scr1",))),
    )
)
def test_every_message_arrives_as_it_was_sent(message: Message) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message


@given(noise=st.binary(max_size=60) | st.builds(lambda kind: b'{"kind": "%s"}' % kind.encode(), texts))
def test_what_is_no_message_is_a_channel_error_and_nothing_else(noise: bytes) -> None:
    with contextlib.suppress(ChannelError):
        decode(noise)

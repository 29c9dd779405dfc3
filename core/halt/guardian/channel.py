"""The line to the guardian: loopback only, both sides prove that they know the token, and the token never travels.

The guardian keeps its port and its token in one file in the runtime folder that nobody but its owner can read. Whoever
connects is asked for a code over fresh random numbers of both sides, and asks for one himself, so that neither a
stranger on this machine nor another program on an old port is taken for the other side.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ChannelError
from core.halt.guardian.messages import LONGEST_LINE, VERSION, Message, decode, encode
from core.places import write_atomically

ADDRESS_FILE = "guardian.json"
HOST = "127.0.0.1"
GREET_WITHIN_S = 2.0
UNSENT_AT_MOST = 4 * LONGEST_LINE
"""Bytes waiting for a side that does not read: then the line is cut, instead of growing without end."""

_LONGEST_GREETING = 4_096


@dataclass(frozen=True, slots=True)
class Address:
    pid: int
    port: int
    token: str = field(repr=False)


def new_token() -> str:
    return secrets.token_hex(32)


def read_address(runtime: Path) -> Address | None:
    """None where no guardian has left one."""
    try:
        fields = json.loads((runtime / ADDRESS_FILE).read_text(encoding="utf-8"))
        return Address(int(fields["pid"]), int(fields["port"]), str(fields["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_address(runtime: Path, address: Address) -> None:
    """For its owner's eyes only. Raises OSError."""
    text = json.dumps({"pid": address.pid, "port": address.port, "token": address.token})
    write_atomically(runtime / ADDRESS_FILE, text)  # the file that it renames was made with 0600


def forget_address(runtime: Path, address: Address) -> None:
    """Take it away where it is still this one; what cannot be taken away is found out by whoever calls."""
    if read_address(runtime) == address:
        with contextlib.suppress(OSError):
            (runtime / ADDRESS_FILE).unlink()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks to the guardian."""

    role: str
    """`desk`, or `command line`."""
    name: str
    """Another one for every process."""
    pid: int

    @classmethod
    def me(cls, role: str) -> Caller:
        return cls(role, secrets.token_hex(8), os.getpid())


class Line:
    """One open line; both sides know each other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, message: Message) -> None:
        """Returns at once. A side that does not read loses the line."""
        if self._writer.is_closing():
            return
        self._writer.write(encode(message))
        if self._writer.transport.get_write_buffer_size() > UNSENT_AT_MOST:
            self._writer.transport.abort()

    async def receive(self) -> Message | None:
        """The next message; None when the line is closed. Raises ChannelError for what is none."""
        try:
            line = await self._reader.readline()
        except OSError:
            return None
        except ValueError:
            raise ChannelError("a line was longer than any message") from None
        if not line.endswith(b"\n"):
            return None
        return decode(line)

    async def close(self) -> None:
        await close_writer(self._writer)


async def close_writer(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1.0):
            await writer.wait_closed()


async def call(address: Address, caller: Caller) -> Line:
    """Raises ChannelError where nobody answers, or somebody who is not the guardian."""
    try:
        async with asyncio.timeout(GREET_WITHIN_S):
            reader, writer = await asyncio.open_connection(HOST, address.port, limit=LONGEST_LINE)
            try:
                await _greet(reader, writer, address.token, caller)
            except BaseException:
                writer.transport.abort()
                raise
    except (OSError, TimeoutError):
        raise ChannelError(f"no guardian answers at port {address.port}") from None
    return Line(reader, writer)


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str, caller: Caller) -> None:
    theirs = await _hear(reader)
    _same_version(theirs)
    asked, own = str(theirs.get("nonce", "")), secrets.token_hex(16)
    who = {"version": VERSION, "role": caller.role, "name": caller.name, "pid": caller.pid, "nonce": own}
    _say(writer, {**who, "code": _code(token, "caller", asked, own, json.dumps(who, sort_keys=True))})
    answer = await _hear(reader)
    if "refused" in answer:
        raise ChannelError(f"the guardian refused: {answer['refused']}")
    if not _is_same(str(answer.get("code", "")), _code(token, "guardian", own, asked)):
        raise ChannelError("what answers at the guardian's port does not know its token")


async def receive_caller(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> Caller:
    """The guardian's side. Raises ChannelError, and the caller has been told why by then."""
    nonce = secrets.token_hex(16)
    try:
        async with asyncio.timeout(GREET_WITHIN_S):
            _say(writer, {"version": VERSION, "nonce": nonce})
            said = await _hear(reader)
    except (OSError, TimeoutError):
        raise ChannelError("a caller said nothing") from None
    try:
        _same_version(said)
        who = {key: said.get(key) for key in ("version", "role", "name", "pid", "nonce")}
        own = str(said.get("nonce", ""))
        code = _code(token, "caller", nonce, own, json.dumps(who, sort_keys=True))
        if not own or not _is_same(str(said.get("code", "")), code):
            raise ChannelError("the caller does not know the token of this guardian")
        caller = Caller(str(who["role"]), str(who["name"]), int(str(who["pid"])))
    except (ChannelError, ValueError) as error:
        _say(writer, {"refused": str(error)})
        raise ChannelError(str(error)) from None
    _say(writer, {"code": _code(token, "guardian", own, nonce)})
    return caller


def _same_version(said: dict[str, Any]) -> None:
    if said.get("version") != VERSION:
        raise ChannelError(
            f"one side speaks version {VERSION} and the other {str(said.get('version'))[:20]}: "
            "start desk, guardian and command line from the same installation"
        )


def _code(token: str, *parts: str) -> str:
    return hmac.new(token.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _say(writer: asyncio.StreamWriter, what: dict[str, Any]) -> None:
    writer.write(json.dumps(what).encode() + b"\n")


async def _hear(reader: asyncio.StreamReader) -> dict[str, Any]:
    try:
        line = await reader.readline()
        said = json.loads(line) if len(line) <= _LONGEST_GREETING else None
    except (ValueError, OSError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ChannelError("what came is no greeting")
    return said

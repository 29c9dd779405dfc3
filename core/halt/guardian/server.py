"""The guardian's end of the channel: open lines to those who know the token, and no harm from anybody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from core.clock import Clock
from core.errors import ChannelError
from core.halt.guardian.channel import HOST, Caller, Line, close_writer, receive_caller
from core.halt.guardian.messages import LONGEST_LINE, Message
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

STRANGERS_AT_MOST = 16
"""Callers that have not proven themselves; the oldest goes when one more comes, so that they keep nobody out."""
TELL_AGAIN_S = 60.0
"""Between two log lines about callers that were turned away."""


class Server:
    def __init__(
        self,
        token: str,
        clock: Clock,
        on_open: Callable[[Caller, Line], None],
        on_message: Callable[[Caller, Line, Message], None],
        on_close: Callable[[Caller, Line], None],
    ) -> None:
        self._token = token
        self._clock = clock
        self._on_open, self._on_message, self._on_close = on_open, on_message, on_close
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.Task[Any], None] = {}
        self._strangers: dict[asyncio.StreamWriter, None] = {}
        self._told_s = float("-inf")

    async def open(self) -> int:
        """Listen; the port. Raises OSError."""
        self._server = await asyncio.start_server(self._accept, HOST, 0, limit=LONGEST_LINE)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await stop_all(list(self._serving))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._strangers[writer] = None
        while len(self._strangers) > STRANGERS_AT_MOST:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.transport.abort()
        task = spawn(self._serve(reader, writer), name="guardian line")
        self._serving[task] = None
        task.add_done_callback(lambda done: self._serving.pop(done, None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            try:
                caller = await receive_caller(reader, writer, self._token)
            except ChannelError as error:
                self._turned_away(error)
                return
            finally:
                self._strangers.pop(writer, None)
            await self._listen(caller, Line(reader, writer))
        finally:
            await close_writer(writer)

    async def _listen(self, caller: Caller, line: Line) -> None:
        self._on_open(caller, line)
        try:
            while (message := await line.receive()) is not None:
                try:
                    self._on_message(caller, line, message)
                except Exception:  # one message that cannot be carried out must not cost the line
                    log.exception("a %s of the %s could not be carried out", message.kind, caller.role)
        except ChannelError as error:
            log.warning("the line to the %s (process %d) is cut: %s", caller.role, caller.pid, error)
        finally:
            self._on_close(caller, line)

    def _turned_away(self, error: ChannelError) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._told_s >= TELL_AGAIN_S:
            self._told_s = now_s
            log.warning("a caller was turned away: %s", error)

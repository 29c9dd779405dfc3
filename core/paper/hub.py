"""The websocket connections of one venue: who listens to what, and the frames on their way out."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from aiohttp import WSMsgType, web

from core.paper.engine.events import EngineEvent
from core.paper.faults import FaultBoard, FaultKind
from core.paper.wire import Dialect, StreamSession
from core.tasks import spawn, stop_all

BACKLOG_MAX = 20_000
"""Frames that may wait for one slow reader before its connection is cut, as venues do."""


class Connection:
    def __init__(self, socket: web.WebSocketResponse, session: StreamSession, transport: asyncio.Transport) -> None:
        self.socket = socket
        self.session = session
        self._transport = transport
        self._frames: deque[bytes] = deque()
        self._wake = asyncio.Event()

    def put(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._wake.set()
        if len(self._frames) > BACKLOG_MAX:
            self.reset()

    async def pump(self, is_mute: Callable[[], bool]) -> None:
        """Send what waits, until cancelled. While mute, frames are lost: a half-open line keeps nothing."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._frames:
                frame = self._frames.popleft()
                if not is_mute():
                    with contextlib.suppress(ConnectionError):
                        await self.socket.send_frame(frame, WSMsgType.TEXT)

    def reset(self) -> None:
        """Cut the line without a closing handshake."""
        self._transport.abort()


class StreamHub:
    def __init__(self, venue: str, dialect: Dialect, faults: FaultBoard, now: Callable[[], float]) -> None:
        self._venue = venue
        self._dialect = dialect
        self._faults = faults
        self._now = now
        self._connections: set[Connection] = set()
        self._by_account: dict[str, list[Connection]] | None = {}
        """Who listens to whose user stream; None when it must be made anew."""

    @property
    def connections(self) -> int:
        return len(self._connections)

    def users(self) -> list[str]:
        """Accounts whose user stream is connected."""
        return sorted({c.session.account for c in self._connections if c.session.account})

    def topics_of(self, account: str) -> set[str]:
        """What the streams of an account are subscribed to, all together."""
        sessions = (connection.session for connection in self._connections)
        return {topic for session in sessions if session.account == account for topic in session.topics}

    async def serve(self, request: web.Request, session: StreamSession, ping_s: float) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, compress=False)
        await socket.prepare(request)
        transport = request.transport
        if not isinstance(transport, asyncio.Transport):
            return socket
        connection = Connection(socket, session, transport)
        self._connections.add(connection)
        self._by_account = None
        tasks = [
            spawn(connection.pump(lambda: self._is_mute(session)), name=f"paper stream {self._venue}"),
            spawn(self._ping(connection, ping_s), name=f"paper stream ping {self._venue}"),
        ]
        try:
            await self._listen(connection)
        finally:
            self._connections.discard(connection)
            self._by_account = None
            self._dialect.stream_closed(session, self._now())
            await stop_all(list(tasks))
        return socket

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if self._is_mute(connection.session):
                continue
            if message.type is WSMsgType.PING:
                with contextlib.suppress(ConnectionError):
                    await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._by_account = None
                for frame in self._dialect.stream_message(connection.session, message.data, self._now()):
                    connection.put(frame)
                if self._faults.find(FaultKind.DROP_STREAMS, self._venue, connection.session.account):
                    # Whose stream it is was said only now.
                    connection.reset()

    async def _ping(self, connection: Connection, period_s: float) -> None:
        while True:
            await asyncio.sleep(period_s)
            if not self._is_mute(connection.session):
                with contextlib.suppress(ConnectionError):
                    await connection.socket.ping(str(int(self._now() * 1000)).encode())

    def _is_mute(self, session: StreamSession) -> bool:
        return self._faults.find(FaultKind.HALF_OPEN, self._venue, session.account) is not None

    def publish_user(self, event: EngineEvent) -> None:
        if self._by_account is None:
            self._by_account = {}
            for connection in self._connections:
                self._by_account.setdefault(connection.session.account, []).append(connection)
        targets = self._by_account.get(event.account)
        if not targets:
            return
        for frame in self._dialect.user_frames(event, self._now()):
            for connection in targets:
                if self._dialect.hears(connection.session, frame):
                    connection.put(self._wrapped(connection, connection.session.key, frame))

    def publish_market(self) -> None:
        """Tell what the present market step changed; called once per step."""
        listeners: dict[str, list[Connection]] = {}
        for connection in self._connections:
            for topic in connection.session.topics:
                listeners.setdefault(topic, []).append(connection)
        now = self._now()
        for topic, connections in listeners.items():
            for frame in self._dialect.market_frames(topic, now):
                for connection in connections:
                    connection.put(self._wrapped(connection, topic, frame))

    def expire_keys(self, account: str | None = None) -> int:
        """End stream keys that are due, or those of an account (`*`: all). Their connections stay, and go deaf."""
        ended = self._dialect.expire_stream_keys(self._now(), account)
        for _, key, frame in ended:
            for connection in self._connections:
                if connection.session.key == key:
                    connection.put(self._wrapped(connection, key, frame))
                    connection.session.account = ""
                    self._by_account = None
        return len(ended)

    async def drop(self, account: str = "*", *, reset: bool = False) -> int:
        """Close the streams of an account (`*`: all, public ones too), with or without a handshake."""
        targets = [c for c in self._connections if account in {"*", c.session.account}]
        for connection in targets:
            if reset:
                connection.reset()
            else:
                with contextlib.suppress(ConnectionError):
                    await connection.socket.close(code=1001, message=b"going away")
        return len(targets)

    async def close(self) -> None:
        await self.drop(reset=True)

    def _wrapped(self, connection: Connection, topic: str, frame: bytes) -> bytes:
        return self._dialect.wrap(topic, frame) if connection.session.combined else frame

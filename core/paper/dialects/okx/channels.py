"""OKX's streams: three addresses, a login on the private ones, subscriptions by channel and what they are about.

https://www.okx.com/docs-v5/en/#overview-websocket-subscribe
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from core.paper.dialects.okx import keys
from core.paper.dialects.okx.codes import WireError
from core.paper.dialects.okx.topics import MarketTopics
from core.paper.dialects.okx.user_events import snapshot_frames
from core.paper.engine.exchange import Exchange
from core.paper.faults import FaultBoard, FaultKind
from core.paper.wire import Json, StreamSession

PRIVATE, PUBLIC, BUSINESS = (f"/ws/v5/{name}" for name in ("private", "public", "business"))
PRIVATE_CHANNELS = {
    "account": PRIVATE,
    "positions": PRIVATE,
    "balance_and_position": PRIVATE,
    "orders": PRIVATE,
    "orders-algo": BUSINESS,
    "algo-advance": BUSINESS,
}
"""Of whom an account's events are told, and over which address."""
CONNECTION = "a4d3ae55"


class Channels:
    def __init__(self, venue: str, exchange: Exchange, faults: FaultBoard, topics: MarketTopics) -> None:
        self._venue = venue
        self._exchange = exchange
        self._faults = faults
        self._topics = topics
        self._logged_in_as: dict[str, list[StreamSession]] = {}

    def open(self, path: str) -> StreamSession | None:
        return StreamSession(path=path) if path in {PRIVATE, PUBLIC, BUSINESS} else None

    def closed(self, session: StreamSession) -> None:
        mine = self._logged_in_as.get(session.account, [])
        self._logged_in_as[session.account] = [each for each in mine if each is not session]

    def topics_of(self, account: str) -> set[str]:
        """What the streams of an account are subscribed to, all together."""
        return {topic for session in self._logged_in_as.get(account, ()) for topic in session.topics}

    def message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        """Frames to answer with; a subscription that has a state begins with it."""
        if text == "ping":
            return [b"pong"]
        try:
            message = orjson.loads(text)
            operation, args = message["op"], message["args"]
            if not isinstance(args, list) or not all(isinstance(arg, dict) for arg in args):
                raise TypeError
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return [_event("error", code="60012", msg=f"Illegal request: {text}")]
        frames: list[bytes] = []
        for arg in args:
            try:
                frames += self._carry_out(session, operation, arg, at_s)
            except WireError as error:
                frames.append(_event("error", code=error.code, msg=error.message))
        return frames

    def _carry_out(self, session: StreamSession, operation: str, arg: Mapping[str, Json], at_s: float) -> list[bytes]:
        if operation == "login":
            self.closed(session)
            session.account = self._checked(session, arg, at_s)
            self._logged_in_as.setdefault(session.account, []).append(session)
            return [_event("login", code="0", msg="")]
        topic = orjson.dumps(arg, option=orjson.OPT_SORT_KEYS).decode()
        if operation == "unsubscribe":
            session.topics.discard(topic)
            return [_event("unsubscribe", arg=arg)]
        if operation != "subscribe":
            raise WireError("60019", f"Invalid op: {operation}")
        self._permit(session, arg)
        session.topics.add(topic)
        told = [_event("subscribe", arg=arg)]
        if arg["channel"] in PRIVATE_CHANNELS:
            return told + snapshot_frames(self._exchange.accounts[session.account], topic, at_s)
        return told + self._topics.first(topic, at_s)

    def _checked(self, session: StreamSession, arg: Mapping[str, Json], at_s: float) -> str:
        if session.path == PUBLIC:
            raise WireError("60008", "Login is not supported for public channels")
        name = keys.check_login(self._exchange, arg, at_s).name
        if self._faults.find(FaultKind.REVOKE_KEY, self._venue, name):
            raise WireError("60005", "Invalid apiKey")
        return name

    def _permit(self, session: StreamSession, arg: Mapping[str, Json]) -> None:
        channel = str(arg.get("channel", ""))
        private = channel in PRIVATE_CHANNELS
        if private and not session.account:
            raise WireError("60011", "Please log in")
        address = PRIVATE_CHANNELS.get(channel, BUSINESS if channel.startswith("candle") else PUBLIC)
        if address != session.path:
            raise WireError("64001" if address == BUSINESS else "60028", f"{channel} is a channel of {address}")
        if not private and not self._topics.knows(arg):
            raise WireError("60018", f"Wrong URL or channel:{channel},instId:{arg.get('instId', '')} doesn't exist")


def _event(name: str, **more: Json) -> bytes:
    return orjson.dumps({"event": name, **more, "connId": CONNECTION})

"""Bybit's websocket side: addresses, authentication, subscriptions, pings."""

from __future__ import annotations

import hashlib
import hmac

import orjson

from core.paper.dialects.bybit import disconnect, user_events
from core.paper.dialects.bybit.codes import BAD_KEY, BAD_SIGN
from core.paper.dialects.bybit.disconnect import Disconnects
from core.paper.dialects.bybit.listing import Category
from core.paper.dialects.bybit.topics import PATH, PublicTopics
from core.paper.dialects.words import ms
from core.paper.engine.exchange import Exchange
from core.paper.faults import FaultBoard, FaultKind
from core.paper.wire import Json, StreamSession

PRIVATE = "/v5/private"
CONNECTION = "paper"
EXPIRED = "Request expired, check your timestamp."


class Streams:
    def __init__(
        self, venue: str, exchange: Exchange, faults: FaultBoard, topics: PublicTopics, disconnects: Disconnects
    ) -> None:
        self._venue = venue
        self._exchange = exchange
        self._faults = faults
        self._topics = topics
        self._disconnects = disconnects

    def open(self, path: str) -> StreamSession | None:
        is_public = path.startswith(PATH) and path.removeprefix(PATH) in set(Category)
        return StreamSession(path=path) if is_public or path == PRIVATE else None

    def message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        try:
            message = orjson.loads(text)
            word, args = str(message["op"]), message.get("args") or []
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return [_said({}, success=False, words="error:invalid request")]
        if word == "ping":
            return [self._pong(session, message, at_s)]
        if word == "auth" and session.path == PRIVATE:
            return [self._authenticate(session, message, args, at_s)]
        if word not in {"subscribe", "unsubscribe"}:
            return [_said(message, success=False, words="error:invalid op")]
        if session.path == PRIVATE and not session.account:
            return [_said(message, success=False, words="Request not authorized")]
        names = [str(name) for name in args]
        if word == "unsubscribe":
            for name in names:
                self._leave(session, name)
            return [_said(message)]
        return self._subscribe(session, message, names, at_s)

    def closed(self, session: StreamSession) -> None:
        for name in list(session.topics):
            self._leave(session, name)

    def frames(self, topic: str, at_s: float) -> list[bytes]:
        """What a topic of the public streams says now; topics are kept with their category before them."""
        category, bar, name = topic.partition("|")
        return self._topics.frames(Category(category), name, at_s) if bar else []

    def hears(self, session: StreamSession, frame: bytes) -> bool:
        topic = user_events.topic_of(frame)
        return topic in session.topics or any(name.startswith(f"{topic}.") for name in session.topics)

    def _subscribe(self, session: StreamSession, message: Json, names: list[str], at_s: float) -> list[bytes]:
        category = None if session.path == PRIVATE else Category(session.path.removeprefix(PATH))
        known = [name for name in names if self._exists(category, name)]
        if len(known) < len(names) or not names:
            wrong = ",".join(name for name in names if name not in known)
            return [_said(message, success=False, words=f"error:handler not found,topic:{wrong}")]
        frames = [_said(message)]
        for name in names:
            if category is not None:
                session.topics.add(f"{category}|{name}")
                frames += self._topics.first(category, name, at_s)
            elif name not in session.topics:
                session.topics.add(name)
                if name in disconnect.TOPICS:
                    self._disconnects.joined(session.account, name)
        return frames

    def _exists(self, category: Category | None, name: str) -> bool:
        if category is not None:
            return self._topics.exists(category, name)
        return name in user_events.TOPICS or name in disconnect.TOPICS

    def _leave(self, session: StreamSession, name: str) -> None:
        kept = name if session.path == PRIVATE or "|" in name else f"{session.path.removeprefix(PATH)}|{name}"
        if kept in session.topics:
            session.topics.discard(kept)
            if kept in disconnect.TOPICS and session.account:
                self._disconnects.left(session.account, kept)

    def _pong(self, session: StreamSession, message: Json, at_s: float) -> bytes:
        if session.path == PRIVATE:
            told = {"op": "pong", "args": [str(ms(at_s))], "conn_id": CONNECTION}
            return orjson.dumps({"req_id": str(message.get("req_id", "")), **told})
        return _said(message, words="pong")

    def _authenticate(self, session: StreamSession, message: Json, args: list[Json], at_s: float) -> bytes:
        key, expires, sent = (*(str(arg) for arg in args), "", "", "")[:3]
        account = self._exchange.account_of_key(key)
        gone = account and self._faults.find(FaultKind.REVOKE_KEY, self._venue, account.name)
        if account is None or gone:
            return _said(message, success=False, words=BAD_KEY[1])
        right = hmac.new(account.secret.encode(), f"GET/realtime{expires}".encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, sent):
            return _said(message, success=False, words=BAD_SIGN[1])
        if not expires.isdigit() or int(expires) <= ms(at_s):
            return _said(message, success=False, words=EXPIRED)
        session.account = account.name
        return _said(message, words="")


def _said(request: Json, *, success: bool = True, words: str | None = None) -> bytes:
    """An acknowledgement; a refusal repeats which operation it was."""
    word = str(request.get("op", ""))
    told: dict[str, Json] = {
        "success": success,
        "ret_msg": word if words is None else words,
        "conn_id": CONNECTION,
        "req_id": str(request.get("req_id", "")),
        "op": word,
    }
    return orjson.dumps(told if success else told | {"request": {"op": word, "args": None}})

"""Binance's websocket side: addresses, subscriptions, stream keys, events."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from core.paper.dialects.binance.words import ms
from core.paper.wire import Json, StreamSession

KEY_LETTERS = string.ascii_letters + string.digits


@dataclass(slots=True)
class _Key:
    key: str
    account: str
    until_s: float


class StreamKeys:
    """Listen keys: one per account at a time, ending `life_s` after the last renewal."""

    def __init__(self, life_s: float, random_source: random.Random) -> None:
        self.life_s = life_s
        self._random = random_source
        self._keys: dict[str, _Key] = {}

    def create(self, account: str, at_s: float) -> str:
        for known in self._keys.values():
            if known.account == account and known.until_s > at_s:
                known.until_s = at_s + self.life_s
                return known.key
        key = "".join(self._random.choices(KEY_LETTERS, k=64))
        self._keys[key] = _Key(key, account, at_s + self.life_s)
        return key

    def renew(self, account: str, at_s: float) -> str | None:
        for known in self._keys.values():
            if known.account == account and known.until_s > at_s:
                known.until_s = at_s + self.life_s
                return known.key
        return None

    def close(self, account: str) -> None:
        self._keys = {key: known for key, known in self._keys.items() if known.account != account}

    def owner(self, key: str, at_s: float) -> str:
        known = self._keys.get(key)
        return known.account if known and known.until_s > at_s else ""

    def end(self, at_s: float, account: str | None) -> list[tuple[str, str]]:
        """Drop what ended, or what belongs to `account` (`*`: to anyone); returns (account, key)."""
        gone = [k for k in self._keys.values() if k.until_s <= at_s or account in {"*", k.account}]
        for known in gone:
            del self._keys[known.key]
        return [(known.account, known.key) for known in gone]


def open_stream(keys: StreamKeys, path: str, query: Mapping[str, str], at_s: float) -> StreamSession | None:
    """`/ws`, `/ws/<stream or key>`, `/stream?streams=`, each also below `/private`, `/public`, `/market`."""
    parts = [part for part in path.split("/") if part]
    if parts and parts[0] in {"private", "public", "market"}:
        parts = parts[1:]
    if not parts or parts[0] not in {"ws", "stream"}:
        return None
    session = StreamSession(combined=parts[0] == "stream")
    names = query.get("streams", "").split("/") if session.combined else parts[1:]
    # ccxt numbers its public connections (`/ws/0`); such a number names no stream.
    topics = [name for name in names if name and not name.isdigit()]
    if query.get("listenKey"):
        topics.append(query["listenKey"])
    for topic in topics:
        subscribe(keys, session, topic, at_s)
    return session


def subscribe(keys: StreamKeys, session: StreamSession, topic: str, at_s: float) -> None:
    owner = keys.owner(topic, at_s)
    if owner:
        session.account, session.key = owner, topic
    else:
        session.topics.add(topic)


def stream_message(keys: StreamKeys, session: StreamSession, text: str, at_s: float) -> list[bytes]:
    try:
        message = orjson.loads(text)
        method, params, number = message["method"], message.get("params", []), message.get("id")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return [orjson.dumps({"error": {"code": 3, "msg": "Invalid JSON: expected value at line 1"}})]
    result: Json = None
    if method == "SUBSCRIBE":
        for topic in params:
            subscribe(keys, session, str(topic), at_s)
    elif method == "UNSUBSCRIBE":
        session.topics.difference_update(params)
    elif method == "LIST_SUBSCRIPTIONS":
        result = sorted(session.topics)
    else:
        return [orjson.dumps({"error": {"code": 2, "msg": "Invalid request: unknown variant"}, "id": number})]
    return [orjson.dumps({"result": result, "id": number})]


def expired_frame(key: str, at_s: float) -> bytes:
    return orjson.dumps({"e": "listenKeyExpired", "E": ms(at_s), "listenKey": key})

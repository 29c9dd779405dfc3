"""Websocket addresses and subscription messages, as the real venue's clients write them."""

from __future__ import annotations

import random

import orjson
import pytest

from core.paper.dialects.binance.streams import StreamKeys, open_stream, stream_message
from core.paper.wire import StreamSession


@pytest.fixture
def keys() -> StreamKeys:
    return StreamKeys(60.0, random.Random(1))


def test_addresses_name_streams_keys_or_nothing(keys: StreamKeys) -> None:
    key = keys.create("alpha", 0.0)
    cases = {
        ("/ws", ""): StreamSession(),
        ("/market/ws/0", ""): StreamSession(),
        ("/ws/btcusdt@ticker", ""): StreamSession(topics={"btcusdt@ticker"}),
        (f"/ws/{key}", ""): StreamSession(account="alpha", key=key),
        ("/private/ws", key): StreamSession(account="alpha", key=key),
    }
    for (path, listen_key), session in cases.items():
        assert open_stream(keys, path, {"listenKey": listen_key}, 1.0) == session
    combined = open_stream(keys, "/stream", {"streams": f"btcusdt@ticker/{key}"}, 1.0)
    assert combined == StreamSession(account="alpha", key=key, topics={"btcusdt@ticker"}, combined=True)
    assert open_stream(keys, "/nothing/here", {}, 1.0) is None


def test_an_account_has_one_key_at_a_time_until_it_ends(keys: StreamKeys) -> None:
    first = keys.create("alpha", 0.0)
    assert keys.create("alpha", 50.0) == first
    assert keys.owner(first, 100.0) == "alpha"
    assert keys.owner(first, 111.0) == ""
    assert keys.renew("alpha", 111.0) is None
    assert keys.end(111.0, None) == [("alpha", first)]
    assert keys.create("alpha", 112.0) != first


def test_subscriptions_come_go_and_are_listed(keys: StreamKeys) -> None:
    session = StreamSession()

    def say(method: str, *topics: str) -> object:
        text = orjson.dumps({"method": method, "params": topics, "id": 7}).decode()
        (frame,) = stream_message(keys, session, text, 0.0)
        return orjson.loads(frame)

    assert say("SUBSCRIBE", "a@ticker", "b@ticker") == {"result": None, "id": 7}
    assert say("UNSUBSCRIBE", "a@ticker") == {"result": None, "id": 7}
    assert say("LIST_SUBSCRIPTIONS") == {"result": ["b@ticker"], "id": 7}
    assert "error" in str(say("DANCE"))
    assert b"Invalid JSON" in stream_message(keys, session, "{", 0.0)[0]
    assert b"Invalid JSON" in stream_message(keys, session, "[]", 0.0)[0]

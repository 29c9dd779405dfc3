"""What is kept of the requests of one account: by which call, how much of it, and nothing that stands in the way."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import VenueTimeout
from core.venues.scrub import Scrubber
from core.venues.wire_lines import HELD_CHARS, SHOWN_CHARS, CallKind, WireLine
from core.venues.wire_log import FIRST, NEWEST, PART_CHARS, PROOF_CHARS, WireLog, WireTrack
from core.venues.wire_scrub import Redactor, is_secret_name
from tests.core.venues.plans.golden import Golden
from tests.core.venues.plans.stub import StubVenue, acting_at
from tests.core.venues.plans.test_golden_lines import ALL, answers_of

BINANCE: Golden = next(golden for golden in ALL if golden.exchange == "binanceusdm")


class FakeExchange:
    """As much of a ccxt object as the log takes hold of."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)

    def on_rest_response(self, code: Any, reason: Any, url: Any, method: Any, headers: Any, body: Any, *_: Any) -> Any:
        return body.strip()

    async def fetch(self, url: Any, method: Any = "GET", headers: Any = None, body: Any = None) -> Any:
        reply = self.replies.pop(0) if self.replies else "[]"
        await asyncio.sleep(0)
        if isinstance(reply, Exception):
            raise reply
        return json.loads(self.on_rest_response(200, "OK", url, method, {"Retry-After": "3", "X": "y"}, reply))


def log_over(exchange: FakeExchange, *secrets: str) -> WireLog:
    log = WireLog(ManualClock(), Scrubber(secrets))
    log.attach(exchange)
    return log


async def ask(log: WireLog, exchange: FakeExchange, url: str = "https://v.example/x", kind: CallKind = CallKind.LIST,
              body: Any = None) -> int:  # fmt: skip
    with log.call(kind, "regular") as number:
        await exchange.fetch(url, "GET", {"X-KEY": "a-header-value"}, body)
    return number


def lines_of(track: WireTrack) -> tuple[WireLine, ...]:
    return track.held().tell().lines


async def test_requests_at_once_keep_their_own_replies_and_calls() -> None:
    exchange = FakeExchange(*(f"[{number}]" for number in range(20)))
    log = log_over(exchange)
    track = log.follow()
    await asyncio.gather(*(ask(log, exchange, f"https://v.example/{number}") for number in range(20)))
    lines = lines_of(track)
    assert [(line.path, line.reply) for line in lines] == [(f"/{number}", f"[{number}]") for number in range(20)]
    assert len({line.call for line in lines}) == 20
    assert {(line.status, line.headers) for line in lines} == {(200, (("retry-after", "3"),))}


async def test_a_request_without_a_reply_is_there_before_and_after_it_failed() -> None:
    exchange = FakeExchange(OSError("https://v.example/x?signature=0badc0de0badc0de broke"))
    log = log_over(exchange)
    track = log.follow()
    asking = asyncio.ensure_future(ask(log, exchange))
    await asyncio.sleep(0)
    (pending,) = lines_of(track)
    assert (pending.took_s, pending.status, pending.error) == (None, None, "")
    with pytest.raises(OSError, match="broke"):
        await asking
    (failed,) = lines_of(track)
    assert (failed.status, failed.reply_chars, failed.reply_sha256) == (None, None, "")
    assert failed.error.startswith("OSError: ")
    assert "0badc0de" not in failed.error


async def test_a_time_out_of_the_acting_side_is_a_line_without_a_reply() -> None:
    class Hanging(StubVenue):
        async def answer(self, request: web.Request) -> web.Response:
            if request.method == "DELETE":
                await asyncio.sleep(30)
            return await super().answer(request)

    async with (
        Hanging(BINANCE.ok, answers_of(BINANCE)).running() as venue,
        acting_at(venue, "binanceusdm", BINANCE.markets, BINANCE.options) as acting,
    ):
        await acting.prepare()
        track = acting.wire.follow()
        acting._caller._timeout_s = 0.3
        with pytest.raises(VenueTimeout):
            await acting.cancel_symbol("regular", str(BINANCE.markets[0]["symbol"]))
        (line,) = lines_of(track)
        assert (line.kind, line.book, line.method, line.status) == (CallKind.CANCEL, "regular", "DELETE", None)
        assert line.took_s is not None
        assert "Cancelled" in line.error


async def test_a_listing_says_by_which_call_it_was_made() -> None:
    async with (
        StubVenue(BINANCE.ok, answers_of(BINANCE)).running() as venue,
        acting_at(venue, "binanceusdm", BINANCE.markets, BINANCE.options) as acting,
    ):
        track = acting.wire.follow()
        listings = await asyncio.gather(*(acting.list_orders(book) for book in acting.books))
        by_call = {line.call: line for line in lines_of(track) if line.kind is CallKind.LIST}
        assert [by_call[listing.call].book for listing in listings] == list(acting.books)
        replies = [by_call[row.call] for row in listings]
        assert all(line.reply_sha256 == hashlib.sha256(line.reply.encode()).hexdigest() for line in replies)
        assert all(line.reply_chars == len(line.reply) > 0 for line in replies)
        # What was asked to make ready is of calls of its own, and no part of a listing.
        assert {line.kind for line in lines_of(track) if line.call not in by_call} == {CallKind.PREPARE}


@pytest.mark.parametrize("part", ["_clock", "_newest", "_tracks"])
async def test_a_log_that_breaks_breaks_no_request(part: str) -> None:
    exchange = FakeExchange("[1]")
    log = log_over(exchange)
    setattr(log, part, None)
    assert await exchange.fetch("https://v.example/x") == [1]
    assert log.faults == 1
    exchange.replies = [RuntimeError("the venue's own")]
    with pytest.raises(RuntimeError, match="the venue's own"):
        await exchange.fetch("https://v.example/x")


async def test_a_reply_of_another_kind_breaks_no_request() -> None:
    class Odd(FakeExchange):
        async def fetch(self, url: Any, method: Any = "GET", headers: Any = None, body: Any = None) -> Any:
            return self.on_rest_response("no code", "", url, method, None, "[]")

    exchange = Odd()
    log = log_over(exchange)
    track = log.follow()
    assert await exchange.fetch("https://v.example/x") == "[]"
    assert track.held().tell().faults == 1


@given(
    replies=st.lists(st.integers(0, 3 * HELD_CHARS), min_size=1, max_size=90),
    proofs=st.sets(st.integers(0, 89), max_size=6),
)
async def test_what_is_kept_is_bounded_and_what_is_not_is_counted(replies: list[int], proofs: set[int]) -> None:
    exchange = FakeExchange(*(json.dumps("x" * length) for length in replies))
    log = log_over(exchange)
    await ask(log, exchange)  # before the stop: none of its own
    exchange.replies = [json.dumps("x " * (length // 2)) for length in replies]
    track = log.follow()
    proven: list[int] = []
    for place in range(len(replies)):
        number = await ask(log, exchange)
        if place in proofs:
            track.listed([number], proven=bool(proven))
            proven.append(number)
    view = track.held().tell()
    held = track.held().entries
    assert len(view.lines) + view.dropped == len(replies)
    assert [line.number for line in view.lines] == sorted({line.number for line in view.lines})
    assert view.lines[0].number == 2
    assert view.lines[-1].number == len(replies) + 1
    assert len(view.lines) <= FIRST + NEWEST + 4
    assert sum(entry.size for entry in held) <= 2 * (PART_CHARS + HELD_CHARS) + 4 * PROOF_CHARS
    assert all(len(line.reply) <= SHOWN_CHARS for line in view.lines)
    small = {line.call for line in view.lines}
    wanted = [*proven[:2], *proven[-2:]] if len(proven) > 1 else []
    lengths = {line.call: line for line in view.lines}
    assert all(number in small for number in wanted)
    assert all((lengths[number].reply_chars or 0) >= 2 for number in wanted)


async def test_a_line_is_told_once_and_held_lightly() -> None:
    exchange = FakeExchange()
    log = log_over(exchange)
    track = log.follow()
    for _ in range(FIRST + NEWEST):
        await ask(log, exchange, "https://fapi.example/fapi/v1/openOrders?symbol=BTCUSDT&timestamp=1&signature=ab12")
    assert lines_of(track)[0] is lines_of(track)[0]
    entries = track.held().entries
    light = sum(sys.getsizeof(entry) + sys.getsizeof(entry.url) + sys.getsizeof(entry.reply) for entry in entries)
    assert light / len(entries) < 1_000


async def test_noting_costs_a_small_part_of_any_request() -> None:
    exchange = FakeExchange()
    log = log_over(exchange, "k" * 64)
    for _ in range(3):
        log.follow()

    async def spend(rounds: int) -> float:
        began = time.process_time()
        for _ in range(rounds):
            await ask(log, exchange)
        return (time.process_time() - began) / rounds

    await spend(50)
    assert min([await spend(300) for _ in range(5)]) < 0.0005  # ccxt takes about that long to sign and parse


async def test_a_stop_that_left_keeps_what_it_has_and_gets_no_more() -> None:
    exchange = FakeExchange()
    log = log_over(exchange)
    track = log.follow()
    await ask(log, exchange)
    log.leave(track)
    for _ in range(2 * NEWEST):
        await ask(log, exchange)
    assert lines_of(track)[0].number == 1
    assert len(track.held().entries) <= 1 + NEWEST


# -- scrubbing --------------------------------------------------------------------------------------------------------

NAMES = ["signature", "api_key", "passphrase", "listenKey", "X-BAPI-SIGN", "walletAddress", "AccessKeyId", "privateKey",
         "agentAddress", "userId", "masterUid", "access_token", "source_key", "OK-ACCESS-PASSPHRASE"]  # fmt: skip
PLAIN = ["symbol", "orderId", "clOrdId", "orderLinkId", "instId", "side", "assign", "reduceOnly", "monkey_business",
         "category", "timestamp", "status", "tokenless",
         "liquid", "uuid"]  # fmt: skip
SECRETS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHJKLMNP0123456789+/", min_size=12, max_size=90).map(
    lambda text: f"S3{text}"
)


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret_name(name)
    for text in (f'{{"{name}": "0badc0de"}}', f"{name}=0badc0de", f"{name}: 0badc0de", f'"{name}":"0badc0de'):
        assert "0badc0de" not in Redactor(Scrubber()).text(text)


@pytest.mark.parametrize("name", PLAIN)
def test_what_says_which_order_it_is_about_stays_readable(name: str) -> None:
    assert not is_secret_name(name)
    told = Redactor(Scrubber()).request(f"https://v.example/a?{name}=BTC-1", {}, f'{{"{name}":"BTC-1"}}')
    assert told.query == f"{name}=BTC-1"
    assert told.body == f'{{"{name}":"BTC-1"}}'


@given(
    secret=SECRETS, name=st.sampled_from(NAMES), where=st.sampled_from(["query", "form", "json", "nested", "header"])
)
def test_what_was_signed_with_is_hidden_wherever_the_venue_repeats_it(secret: str, name: str, where: str) -> None:
    redact = Redactor(Scrubber())
    pair = urlencode({name: secret})
    url = "https://v.example/a?" + (pair if where == "query" else "symbol=BTC")
    bodies = {"form": pair, "json": json.dumps({name: secret}), "nested": json.dumps([{name: {"r": secret, "n": 1}}])}
    told = redact.request(url, {"X-SIGN": secret} if where == "header" else {}, bodies.get(where))
    reply = redact.text(f"the venue says {secret} is wrong", told.hidden)
    for text in (told.query, told.body, reply, redact.error(f"no {secret}", told.hidden)):
        assert secret not in text


def test_a_client_id_of_the_longest_kind_and_the_id_of_an_order_stay() -> None:
    plain = '{"cloid":"x-xcKtGhcu7b1a4d1f8b6e4e7a9d2c3b4a5f6e7","oid":"123e4567-e89b-12d3-a456-426614174000"}'
    assert Redactor(Scrubber()).text(plain) == plain

"""Every class signs in its own way: whatever it sends to sign, none of it is in the log of the wire."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson
import pytest
from aiohttp import web

from core.errors import VenueError
from core.venues.wire_lines import CallKind, WireLine
from tests.core.venues.plans.golden import Golden
from tests.core.venues.plans.stub import CREDENTIALS, StubVenue, acting_at
from tests.core.venues.plans.test_golden_lines import ALL, answers_of, orders_of

SIGNING = {"signature", "Signature", "sign", "sig", "api_key", "AccessKeyId", "user", "signer", "source_key"}
OURS = dataclasses.replace(CREDENTIALS, uid="uid-4711-of-ours")
PLAIN_HEADERS = {"host", "accept", "accept-encoding", "user-agent", "content-type", "content-length", "connection"}


@dataclass
class RepeatingVenue(StubVenue):
    """Notes what was signed with, and can turn every request down by repeating all of it, as some venues do."""

    signed: set[str] = field(default_factory=set)
    repeats: bool = False

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in PLAIN_HEADERS}
        self.signed |= {
            value
            for name, value in headers.items()
            if len(value) >= 12 and not value.isdigit() and "timestamp" not in name.lower()
        }
        self.signed |= set(_signing(dict(parse_qsl(request.query_string)))) | set(_signing(_read(body)))
        if self.repeats:
            told = {"code": -1, "msg": f"{request.method} {request.url} {headers}", "headers": headers, "body": body}
            return web.json_response(told, status=400)
        return await super().answer(request)


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return dict(parse_qsl(body))


def _signing(value: Any, inside: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _signing(inner, inside or name in SIGNING)
    elif inside and isinstance(value, str) and len(value) > 4:
        yield value


def secrets_of(venue: RepeatingVenue) -> set[str]:
    plain = {*OURS.values(), *venue.signed}
    return {form.lower() for secret in plain for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])}


def text_of(lines: tuple[WireLine, ...]) -> str:
    return orjson.dumps(lines).decode().lower()


@pytest.mark.parametrize("golden", ALL, ids=[golden.title or golden.exchange for golden in ALL])
async def test_neither_key_nor_signature_of_any_class_is_in_its_log(golden: Golden) -> None:
    errors: list[str] = []
    async with (
        RepeatingVenue(golden.ok, answers_of(golden)).running() as venue,
        acting_at(venue, golden.exchange, golden.markets, golden.options, OURS) as acting,
    ):
        assert isinstance(venue, RepeatingVenue)
        track = acting.wire.follow()
        await acting.prepare()
        for venue.repeats in (False, True):
            for name, book in golden.books.items():
                for ask in (
                    lambda name=name: acting.list_orders(name),
                    lambda name=name, book=book: acting.cancel_orders(name, orders_of(book, name)),
                    acting.read_positions,
                ):
                    try:
                        await ask()
                    except VenueError as error:
                        errors.append(str(error))
        view = track.held().tell()
    kinds = {line.kind for line in view.lines}
    assert {CallKind.LIST, CallKind.CANCEL} <= kinds
    assert view.faults == 0
    assert venue.signed, "nothing was signed: this looks at nothing"
    told = text_of(view.lines) + "\n".join(errors).lower()
    assert [secret for secret in secrets_of(venue) if secret in told] == []
    listed = [line for line in view.lines if line.kind is CallKind.LIST and not line.error]
    assert all(line.book in golden.books and line.path and line.reply_sha256 for line in listed)

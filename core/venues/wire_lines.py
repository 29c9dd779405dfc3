"""One request of an acting object and its reply: as it was made, and as it may be told."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from typing import Any

from core.venues.wire_scrub import Redactor

HELD_CHARS = 8_192
"""Of a longer reply or body the rest is not held."""
SHOWN_CHARS = 4_096


class CallKind(enum.StrEnum):
    """What a request was for."""

    PREPARE = "prepare"
    LIST = "list"
    CANCEL = "cancel"
    POSITIONS = "positions"
    PLACE = "place"
    MARKET = "market"
    DEADMAN = "dead-man"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class WireCall:
    """One call of the acting object: a listing of many pages is one."""

    number: int
    kind: CallKind
    book: str


@dataclass(frozen=True, slots=True)
class WireLine:
    """One request and its reply, scrubbed."""

    number: int
    """Of all requests of this account since the start of the process; they may end in another order."""
    call: int
    kind: CallKind
    book: str
    at_s: float
    """Wall time at which it was sent."""
    sent_s: float
    """The same on the monotonic clock."""
    took_s: float | None
    """Until the reply was there or the request had failed; None while it is under way."""
    method: str
    host: str
    path: str
    query: str
    body: str
    status: int | None
    """None without a reply."""
    headers: tuple[tuple[str, str], ...]
    """The few of the reply that are kept."""
    reply: str
    """Its first `SHOWN_CHARS` characters."""
    reply_chars: int | None
    """Length of the whole reply as it came; None without one."""
    reply_sha256: str
    """Of the scrubbed text of the reply's first `HELD_CHARS` characters; "" without one."""
    error: str
    """Its class and text; "" where there was none."""


@dataclass(frozen=True, slots=True)
class WireView:
    """What is kept of an account's requests under one stop."""

    lines: tuple[WireLine, ...]
    dropped: int
    """Requests that were sent and are not kept."""
    faults: int = 0
    """Times that the log itself failed; what was sent then is missing."""


class Entry:
    """A request as it was made; its text is made when somebody asks for it."""

    __slots__ = (
        "at_s", "body", "call", "chars", "done", "error", "headers", "line", "method", "number", "reply",
        "reply_headers", "sent_s", "status", "took_s", "url",
    )  # fmt: skip

    def __init__(self, number: int, call: WireCall, method: str, url: str, headers: Any, body: Any) -> None:
        self.number, self.call = number, call
        self.method, self.url, self.headers = method, url, headers
        self.body = body[:HELD_CHARS] if isinstance(body, str | bytes) else body
        self.at_s = self.sent_s = 0.0
        self.took_s: float | None = None
        self.status: int | None = None
        self.reply_headers: tuple[tuple[str, str], ...] = ()
        self.reply: str | None = None
        self.chars = 0
        self.error = ""
        self.done = False
        self.line: WireLine | None = None

    @property
    def size(self) -> int:
        held = len(self.body) if isinstance(self.body, str | bytes) else 0
        return len(self.url) + held + len(self.reply or "")

    def told(self, redact: Redactor) -> WireLine:
        """May be called from any thread."""
        if self.line is not None:
            return self.line
        done = self.done  # first: what is read after it is final then
        asked = redact.request(self.url, self.headers, self.body)
        reply = None if self.reply is None else redact.text(self.reply, asked.hidden)
        line = WireLine(
            number=self.number,
            call=self.call.number,
            kind=self.call.kind,
            book=self.call.book,
            at_s=self.at_s,
            sent_s=self.sent_s,
            took_s=self.took_s,
            method=self.method,
            host=asked.host,
            path=asked.path,
            query=asked.query[:SHOWN_CHARS],
            body=asked.body[:SHOWN_CHARS],
            status=self.status,
            headers=redact.headers(self.reply_headers, asked.hidden),
            reply=(reply or "")[:SHOWN_CHARS],
            reply_chars=None if reply is None else self.chars,
            reply_sha256="" if reply is None else hashlib.sha256(reply.encode("utf-8", "replace")).hexdigest(),
            error=redact.error(self.error, asked.hidden),
        )
        if done:
            self.line = line
        return line

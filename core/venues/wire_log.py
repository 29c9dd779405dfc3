"""What the acting object of one account really sent, and what came back: bounded, without a secret, never in the way.

Noted where ccxt speaks HTTP, so that whatever a stop plan does is there, time-outs included. On the loop only
references are kept; a line is scrubbed when somebody reads it, which is after the stop. What is kept of a stop is its
first requests, the newest, and those that prove it; the number of the others is told.
"""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.venues.scrub import Scrubber
from core.venues.wire_lines import HELD_CHARS, CallKind, Entry, WireCall, WireLine, WireView
from core.venues.wire_scrub import Redactor, kept_headers

FIRST = NEWEST = 24
"""Requests at the beginning of a stop and newest ones that are kept."""
PART_CHARS = 65_536
"""Characters that either of them holds at most, in URLs, bodies and replies."""
PROOF_LINES, PROOF_CHARS = 48, 16_384
"""What is kept at most of one listing of all books."""


_NO_CALL = WireCall(0, CallKind.OTHER, "")
_call: ContextVar[WireCall] = ContextVar("wire call", default=_NO_CALL)
_entry: ContextVar[Entry | None] = ContextVar("wire entry", default=None)


class WireLog:
    def __init__(self, clock: Clock, scrub: Scrubber) -> None:
        self._clock = clock
        self._redact = Redactor(scrub)
        self._calls = 0
        self.count = 0
        self.faults = 0
        self._newest: deque[Entry] = deque()
        self._tracks: list[WireTrack] = []

    # -- noting ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def call(self, kind: CallKind, book: str = "") -> Iterator[int]:
        """Requests made inside are of this call; its number."""
        self._calls += 1
        token = _call.set(WireCall(self._calls, kind, book))
        try:
            yield _call.get().number
        finally:
            _call.reset(token)

    def attach(self, exchange: Any) -> None:
        """Note every request that this ccxt object makes from now on."""
        fetch, on_response = exchange.fetch, exchange.on_rest_response

        @functools.wraps(fetch)
        async def noted(url: Any, method: Any = "GET", headers: Any = None, body: Any = None) -> Any:
            entry = self._begin(url, method, headers, body)
            token = _entry.set(entry)
            try:
                result = await fetch(url, method, headers, body)
            except BaseException as error:
                self._end(entry, error)
                raise
            finally:
                _entry.reset(token)
            self._end(entry, None)
            return result

        @functools.wraps(on_response)
        def noting(code: Any, reason: Any, url: Any, method: Any, headers: Any, body: Any, *rest: Any) -> Any:
            self._replied(_entry.get(), code, headers, body)
            return on_response(code, reason, url, method, headers, body, *rest)

        exchange.fetch, exchange.on_rest_response = noted, noting

    def _begin(self, url: Any, method: Any, headers: Any, body: Any) -> Entry | None:
        try:
            self.count += 1
            entry = Entry(self.count, _call.get(), str(method), str(url), headers, body)
            entry.at_s, entry.sent_s = self._clock.now(), self._clock.monotonic()
            _put(self._newest, entry)
            for track in self._tracks:
                track.note(entry)
        except Exception:  # a stop does not fail because its record does
            self.faults += 1
            return None
        return entry

    def _replied(self, entry: Entry | None, code: Any, headers: Any, body: Any) -> None:
        if entry is None:
            return
        try:
            entry.took_s = self._clock.monotonic() - entry.sent_s
            entry.status = int(code)
            entry.reply, entry.chars = body[:HELD_CHARS], len(body)
            entry.reply_headers = kept_headers(headers)
        except Exception:
            self.faults += 1

    def _end(self, entry: Entry | None, error: BaseException | None) -> None:
        if entry is None:
            return
        try:
            if entry.took_s is None:
                entry.took_s = self._clock.monotonic() - entry.sent_s
            if error is not None:
                said = str(error)[:HELD_CHARS] or "given up before there was a reply"
                entry.error = f"{type(error).__name__}: {said}"
            entry.done = True
        except Exception:
            self.faults += 1

    # -- reading --------------------------------------------------------------------------------------------------

    def follow(self) -> WireTrack:
        """Keep what is sent from now on for one stop."""
        track = WireTrack(self)
        self._tracks.append(track)
        return track

    def leave(self, track: WireTrack) -> None:
        """The stop is over; what was kept stays readable."""
        if track in self._tracks:
            self._tracks.remove(track)

    def newest(self) -> Iterable[Entry]:
        return tuple(self._newest)

    def tell(self, entries: Iterable[Entry]) -> tuple[WireLine, ...]:
        """May be called from any thread."""
        return tuple(entry.told(self._redact) for entry in entries)


@dataclass(frozen=True, slots=True)
class WireHeld:
    """What is kept of one stop at one moment, not told yet: telling takes its time and may be done in a thread."""

    log: WireLog
    entries: tuple[Entry, ...]
    dropped: int

    def tell(self, most: int | None = None) -> WireView:
        """`most`: so many that nobody has read yet, the oldest first; the others are left for the next time."""
        fresh = [entry for entry in self.entries if entry.line is None]
        later = frozenset(entry.number for entry in fresh[most:]) if most is not None else frozenset()
        told = self.log.tell(entry for entry in self.entries if entry.number not in later)
        return WireView(told, self.dropped, self.log.faults)


class WireTrack:
    """What one stop keeps of an account's log."""

    def __init__(self, log: WireLog) -> None:
        self._log = log
        self._before = log.count
        self._first: list[Entry] = []
        self._first_is_full = False
        self._round: tuple[Entry, ...] = ()
        self._first_proof: tuple[Entry, ...] = ()
        self._last_proof: tuple[Entry, ...] = ()

    def note(self, entry: Entry) -> None:
        if self._first_is_full:
            return
        held = sum(row.size for row in self._first)
        self._first_is_full = len(self._first) >= FIRST or held >= PART_CHARS
        if not self._first_is_full:
            self._first.append(entry)

    def listed(self, calls: Collection[int], *, proven: bool) -> None:
        """A listing of all books was made by these calls; `proven`: with the one before it, it is the proof."""
        entries: list[Entry] = []
        held = 0
        for entry in (*self._first, *self._log.newest()):
            if entry.call.number in calls and entry not in entries:
                held += entry.size
                if len(entries) >= PROOF_LINES or held > PROOF_CHARS:
                    break
                entries.append(entry)
        if proven:
            self._last_proof = (*self._round, *entries)
            self._first_proof = self._first_proof or self._last_proof
        self._round = tuple(entries)

    def held(self) -> WireHeld:
        found = (*self._first, *self._first_proof, *self._last_proof, *self._log.newest())
        entries = {entry.number: entry for entry in found if entry.number > self._before}
        dropped = self._log.count - self._before - len(entries)
        return WireHeld(self._log, tuple(entries[number] for number in sorted(entries)), dropped)


def _put(newest: deque[Entry], entry: Entry) -> None:
    newest.append(entry)
    held = sum(row.size for row in newest)
    while len(newest) > NEWEST or (held > PART_CHARS and len(newest) > 1):
        held -= newest.popleft().size

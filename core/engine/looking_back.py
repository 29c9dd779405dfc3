"""The past of the events for the desk: read from the journal in a thread, a page at a time, the newest wish first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from core.errors import JournalError
from core.events.history import HistoryLine, HistoryPage, HistoryWish
from core.journal.journal import Journal
from core.journal.query import Wanted
from core.journal.records import Record
from core.tasks import spawn, stop_all

PAGE = 200
ALL, ONE, SCOPE = "all", "one", "scope"
"""Whose past a page is: of every event, of one, of those of one scope."""
EVENTS = "event"
"""The first word of the kinds that tell of events."""
WRITTEN_WITHIN_S = 1.0
"""What happened a moment ago may still be on its way to the disk."""


class LookingBack:
    """One page of all events, one of a single event and one of a scope's, as they were asked for last."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._wishes: dict[str, HistoryWish] = {}
        """By whose past it is: what is still to be read."""
        self._pages: dict[str, HistoryPage] = {}
        self._reading: asyncio.Task[None] | None = None

    @property
    def of_all(self) -> HistoryPage | None:
        return self._pages.get(ALL)

    @property
    def of_one(self) -> HistoryPage | None:
        return self._pages.get(ONE)

    @property
    def of_scope(self) -> HistoryPage | None:
        return self._pages.get(SCOPE)

    def take(self, wish: HistoryWish) -> None:
        self._wishes[ONE if wish.event_id else SCOPE if wish.scope else ALL] = wish
        if self._reading is None or self._reading.done():
            self._reading = spawn(self._read(), name="history of events")

    async def close(self) -> None:
        if self._reading is not None:
            await stop_all([self._reading])

    async def _read(self) -> None:
        while self._wishes:
            place, wish = self._wishes.popitem()
            self._pages[place] = await asyncio.to_thread(read_page, self._journal, wish)


def read_page(journal: Journal, wish: HistoryWish) -> HistoryPage:
    """Blocks; never raises."""
    if wish.before is None:
        journal.flush(WRITTEN_WITHIN_S)
    wanted = Wanted(kinds=(EVENTS,), subject=wish.event_id, scope=wish.scope, text=wish.text)
    try:
        records = journal.page(wanted, wish.before, PAGE + 1)
    except JournalError as error:
        return HistoryPage(wish, error=str(error))
    lines = tuple(line_of(record) for record in records[:PAGE])
    return HistoryPage(wish, lines, more=len(records) > PAGE)


def line_of(record: Record) -> HistoryLine:
    """A record of whatever release: what it does not tell stays empty."""
    try:
        body = record.data()
    except ValueError:
        body = {}
    after: Any = body.get("event_after") if isinstance(body, Mapping) else None
    known: Mapping[str, Any] = after if isinstance(after, Mapping) else {}
    severity = known.get("severity")
    return HistoryLine(
        seq=record.seq,
        at_s=record.at_s,
        what=record.kind.partition(".")[2],
        by=record.actor,
        scope=record.scope,
        event_id=record.subject or str(known.get("event_id", "")),
        metric=str(known.get("metric", "")),
        severity=severity if isinstance(severity, int) else 0,
        state=str(known.get("state", "")),
        note=str(known.get("note", "")),
    )

"""Pages and single records of the journal as a screen shows them. Everything here blocks and never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import JournalError
from core.journal.journal import Journal
from core.journal.reader import JournalReader, Looked
from core.journal.records import Record
from core.journal.veil import Veil
from core.journal.views import FIRST_WORDS, JournalLine, JournalPage, JournalWish, RecordView

PAGE = 200
WRITTEN_WITHIN_S = 1.0
"""What happened a moment ago may still be on its way to the disk."""
MARGIN = 10


class JournalPages:
    def __init__(self, journal: Journal, veil: Veil) -> None:
        """`veil` takes out what an older release or somebody else may have written."""
        self._journal = journal
        self._veil = veil

    def page(self, wish: JournalWish, publish: Callable[[JournalPage], bool]) -> JournalPage:
        """What no index finds is looked for a stretch at a time; `publish` hears of each, and its False ends it."""
        if wish.before is None:
            self._journal.flush(WRITTEN_WITHIN_S)

        def look(found: tuple[Record, ...], back_to: int) -> bool:
            lines = tuple(map(self._line, found[:PAGE]))
            return publish(JournalPage(wish, lines, more=True, searching=True, looked_back_to=back_to, kinds=kinds))

        kinds: tuple[str, ...] = ()
        try:
            with self._journal.reader() as reader:
                kinds = reader.kinds()
                return self._page(reader, wish, kinds, look)
        except JournalError as error:
            return JournalPage(wish, kinds=kinds, error=str(error))

    def _page(self, reader: JournalReader, wish: JournalWish, kinds: tuple[str, ...], look: Looked) -> JournalPage:
        if _has_index(wish):
            records, back_to = reader.page(wish.wanted, wish.before, PAGE + 1), None
        else:
            records, back_to = reader.search(wish.wanted, wish.before, PAGE + 1, look)
        lines = tuple(map(self._line, records[:PAGE]))
        return JournalPage(wish, lines, more=len(records) > PAGE, looked_back_to=back_to, kinds=kinds)

    def _line(self, record: Record) -> JournalLine:
        # Longer than what is shown: a secret that was cut in two would not be known any more.
        words = self._veil.text(record.body[: FIRST_WORDS * MARGIN])[:FIRST_WORDS]
        return JournalLine(
            record.seq, record.at_s, record.kind, record.actor, record.scope, record.subject, record.run, words
        )

    def record(self, seq: int) -> RecordView:
        try:
            with self._journal.reader() as reader:
                record = reader.record(seq)
        except JournalError as error:
            return RecordView(seq, error=str(error))
        if record is None:
            return RecordView(seq, error=f"there is no record {seq}")
        return RecordView(
            seq=seq,
            line=self._line(record),
            body=self._body(record),
            limits_version=record.limits_version,
            config_version=record.config_version,
            prev_hash=record.prev_hash,
            hash=record.hash,
            follows=_matches(record),
        )

    def _body(self, record: Record) -> Mapping[str, Any]:
        try:
            body = self._veil.body(record.data())
        except ValueError:
            body = self._veil.text(record.body)
        return body if isinstance(body, dict) else {"": body}


def _has_index(wish: JournalWish) -> bool:
    """Whether the database finds what is wanted without looking at every record."""
    wanted = wish.wanted
    indexed = (bool(wanted.kinds), bool(wanted.scope), bool(wanted.subject))
    return sum(indexed) <= 1 and not (wanted.text or wanted.actor or wanted.run)


def _matches(record: Record) -> bool:
    try:
        return record.expected_hash() == record.hash
    except (TypeError, ValueError):
        return False

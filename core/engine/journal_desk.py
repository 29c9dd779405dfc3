"""What people ask of the journal: pages and records of it, its check, records as a file. All of it in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.engine.journal_pages import WRITTEN_WITHIN_S, JournalPages
from core.engine.record import Recorder
from core.errors import JournalError
from core.halt.evidence.keys import SigningKeys
from core.journal.export import export, format_of
from core.journal.intents import (
    CallOffJournalCheck,
    CallOffJournalFile,
    CheckJournal,
    CloseRecord,
    JournalAct,
    JournalLook,
    OpenRecord,
    ReadJournal,
    WriteJournalFile,
)
from core.journal.journal import Journal
from core.journal.records import Record
from core.journal.report import VerifyReport
from core.journal.veil import Veil
from core.journal.verify import words_of
from core.journal.views import JournalCheck, JournalDesk, JournalFile, JournalPage, RecordView
from core.journal.views import JournalWish as Wish
from core.tasks import spawn, stop_all

CHECK_STATE = "journal.checked"
"""Under which the last check is saved for the next start."""
TELL_EVERY = 500
"""Records of a file between two words of its progress."""


class _CalledOff(Exception):
    """A person ended what runs in a thread."""


class JournalWork:
    def __init__(
        self,
        journal: Journal,
        signing: SigningKeys,
        secrets: Iterable[str],
        clock: Clock,
        recorder: Recorder,
    ) -> None:
        """`secrets` are taken out of whatever is shown: what an older release or somebody else wrote may hold some."""
        self._journal = journal
        self._signing = signing
        self._pages = JournalPages(journal, Veil(secrets))
        self._clock = clock
        self._recorder = recorder
        self._view = JournalDesk()
        self._wish: Wish | None = None
        """What is still to be read."""
        self._tasks: list[asyncio.Task[None]] = []
        self._reading = False
        self._check_ended = threading.Event()
        self._file_ended = threading.Event()
        self._ending = False

    def view(self) -> JournalDesk:
        """As it stands; threads put what they find in here, whole."""
        return self._view

    def start(self) -> None:
        self._spawn(self._recall(), "last check of the journal")

    async def close(self) -> None:
        """Whatever runs in a thread ends at its next word of progress."""
        self._ending = True
        self._check_ended.set()
        self._file_ended.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await stop_all(self._tasks)

    # -- what is asked --------------------------------------------------------------------------------------------

    def look(self, intent: JournalLook) -> None:
        match intent:
            case ReadJournal(wish=wish):
                self._wish = wish
                if not self._reading:
                    self._reading = True
                    self._spawn(self._read(), "journal page")
            case OpenRecord(seq=seq):
                self._view = replace(self._view, record=RecordView(seq))
                self._spawn(self._open(seq), "journal record")
            case CloseRecord():
                self._view = replace(self._view, record=None)

    def act(self, intent: JournalAct) -> None:
        match intent:
            case CheckJournal(operator=operator):
                if self._view.check is None or not self._view.check.running:
                    self._check_ended.clear()
                    check = JournalCheck(operator, self._clock.now())
                    self._view = replace(self._view, check=check)
                    self._spawn(self._check(check), "check of the journal")
            case CallOffJournalCheck():
                self._check_ended.set()
            case WriteJournalFile():
                if self._view.file is None or not self._view.file.running:
                    self._file_ended.clear()
                    self._spawn(self._write(intent), "journal file")
            case CallOffJournalFile():
                self._file_ended.set()

    def _spawn(self, work: Any, name: str) -> None:
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(spawn(work, name=name))

    # -- pages and records ----------------------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while self._wish is not None and not self._ending:
                wish, self._wish = self._wish, None
                page = await asyncio.to_thread(self._pages.page, wish, self._publish)
                self._view = replace(self._view, page=page)
        finally:
            self._reading = False

    async def _open(self, seq: int) -> None:
        found = await asyncio.to_thread(self._pages.record, seq)
        shown = self._view.record
        if shown is not None and shown.seq == seq:
            self._view = replace(self._view, record=found)

    def _publish(self, page: JournalPage) -> bool:
        """From the thread that reads: it goes on until something else is asked."""
        self._view = replace(self._view, page=page)
        return self._wish is None and not self._ending

    # -- the check ------------------------------------------------------------------------------------------------

    async def _recall(self) -> None:
        """What the last check of an earlier start came to."""
        try:
            kept = await asyncio.to_thread(self._journal.load_state, CHECK_STATE)
        except JournalError:
            return
        check = _check_from(kept)
        if check is not None and self._view.last_check is None:
            self._view = replace(self._view, last_check=check)

    async def _check(self, check: JournalCheck) -> None:
        def progress(done: int, total: int) -> None:
            if self._check_ended.is_set():
                raise _CalledOff
            self._view = replace(self._view, check=replace(check, done=done, total=total))

        def verify() -> VerifyReport:
            own = self._signing.own()
            return self._journal.verify((own,) if own else (), progress)

        try:
            report = await asyncio.to_thread(verify)
        except _CalledOff:
            ended = replace(self._view.check or check, ended_at_s=self._clock.now(), called_off=True)
            self._view = replace(self._view, check=ended)
            return
        ended = _told(check, report, self._clock.now())
        self._view = replace(self._view, check=None, last_check=ended)
        self._journal.save_state(CHECK_STATE, asdict(ended))
        self._recorder.note("journal.checked", None, asdict(ended))

    # -- a file ---------------------------------------------------------------------------------------------------

    async def _write(self, intent: WriteJournalFile) -> None:
        file = JournalFile(intent.path, intent.operator, self._clock.now())
        self._view = replace(self._view, file=file)
        error, records, called_off = "", 0, False
        try:
            records = await asyncio.to_thread(self._write_file, intent, file)
        except JournalError as trouble:
            error = str(trouble)
        except _CalledOff:
            called_off, error = True, "it was called off, and nothing was written"
        ended = replace(
            file, ended_at_s=self._clock.now(), records=records, share=1.0, called_off=called_off, error=error
        )
        self._view = replace(self._view, file=ended)
        body = {"path": intent.path, "wanted": intent.wanted, "records": records, "error": error}
        self._recorder.journal_file(intent.operator, body)

    def _write_file(self, intent: WriteJournalFile, file: JournalFile) -> int:
        """Blocks. Raises JournalError and _CalledOff; then there is no such file."""
        path = Path(intent.path)
        form = format_of(path)
        self._journal.flush(WRITTEN_WITHIN_S)
        with self._journal.reader() as reader:
            last = reader.last_seq()

            def told() -> Iterator[Record]:
                for count, record in enumerate(reader.stream(intent.wanted)):
                    if count % TELL_EVERY == 0:
                        if self._file_ended.is_set():
                            raise _CalledOff
                        going = replace(file, records=count, share=record.seq / max(1, last))
                        self._view = replace(self._view, file=going)
                    yield record

            return export(told(), path, form)


def _told(check: JournalCheck, report: VerifyReport, now_s: float) -> JournalCheck:
    return replace(
        check,
        ended_at_s=now_s,
        done=report.records,
        total=max(check.total, report.records),
        intact=report.intact,
        words=words_of(report),
        first_bad_seq=report.first_bad_seq,
        seals=report.seals,
        signed=report.signed,
        noted=report.noted,
        keys=report.keys,
        remarks=report.remarks,
    )


def _check_from(kept: object) -> JournalCheck | None:
    """As another start, of whatever release, has saved it; None where it is none."""
    if not isinstance(kept, Mapping):
        return None
    try:
        fields = {name: kept[name] for name in JournalCheck.__slots__ if name in kept}
        for name in ("keys", "remarks"):
            fields[name] = tuple(str(text) for text in fields.get(name) or ())
        check = JournalCheck(**fields)
        return check if isinstance(check.ended_at_s, float) else None
    except (TypeError, ValueError):
        return None

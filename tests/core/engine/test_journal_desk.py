"""What people ask of the journal through the engine: search, one record in full, the check, a file."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson

from core.engine import journal_pages
from core.journal.intents import (
    CallOffJournalCheck,
    CheckJournal,
    CloseRecord,
    OpenRecord,
    ReadJournal,
    WriteJournalFile,
)
from core.journal.query import Wanted
from core.journal.views import JournalWish
from tests.core.engine.ground import Ground, Running, until

READ_WITHIN_S = 20.0


async def _page(it: Running, wish: JournalWish) -> list[str]:
    it.engine.submit(ReadJournal(wish))

    def arrived() -> bool:
        page = it.latest.journal_desk.page
        return page is not None and page.wish == wish and not page.searching

    await until(arrived, READ_WITHIN_S)
    page = it.latest.journal_desk.page
    assert page is not None
    assert not page.error
    return [line.kind for line in page.lines]


async def test_records_are_found_by_text_kind_scope_and_person_and_read_in_full(
    ground: Ground,
) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        key = next(iter(it.parts.secrets))
        it.parts.journal.record("test.told", "grace", "account:alpha-1", {"before": {"n": 1}, "after": {"n": 2}})
        it.parts.journal.record("test.leaked", "grace", "", {"words": f"the key is {key}, said somebody"})
        assert await _page(it, JournalWish(Wanted(actor="grace"))) == ["test.leaked", "test.told"]
        assert await _page(it, JournalWish(Wanted(text="SAID SOMEBODY"))) == ["test.leaked"]
        page = it.latest.journal_desk.page
        assert page is not None
        assert key not in repr(page)
        assert {"test.told", "engine.started"} <= set(page.kinds)
        assert await _page(it, JournalWish(Wanted(kinds=("test",), scope="account:alpha-1"))) == ["test.told"]
        found = it.latest.journal_desk.page
        assert found is not None
        for seq, checks in ((found.lines[0].seq, _told), (page.lines[0].seq, _leaked)):
            it.engine.submit(OpenRecord(seq))
            await until(lambda seq=seq: _is_read(it, seq))  # type: ignore[misc]
            checks(it, key)
        it.engine.submit(OpenRecord(9_999_999))
        await until(lambda: it.latest.journal_desk.record is not None and bool(it.latest.journal_desk.record.error))
        it.engine.submit(CloseRecord())
        await until(lambda: it.latest.journal_desk.record is None)


def _is_read(it: Running, seq: int) -> bool:
    record = it.latest.journal_desk.record
    return record is not None and record.seq == seq and record.line is not None


def _told(it: Running, key: str) -> None:
    record = it.latest.journal_desk.record
    assert record is not None
    assert record.body == {"before": {"n": 1}, "after": {"n": 2}}
    assert record.follows
    assert record.limits_version == it.parts.keeper.version


def _leaked(it: Running, key: str) -> None:
    assert key not in repr(it.latest.journal_desk.record)


async def test_pages_follow_each_other_also_where_every_record_is_looked_at(ground: Ground) -> None:
    async with ground.engine() as it:
        await until(lambda: it.engine.latest is not None)
        for number in range(450):
            it.parts.journal.record("test.row", "grace", "", {"number": number, "fits": "yes" if number % 2 else "no"})
        for wanted in (Wanted(kinds=("test",)), Wanted(kinds=("test",), text="YES")):
            wish, found = JournalWish(wanted), 0
            while True:
                found += len(await _page(it, wish))
                page = it.latest.journal_desk.page
                assert page is not None
                if not page.more:
                    break
                wish = replace(wish, before=page.lines[-1].seq)
            assert found == (225 if wanted.text else 450)
    assert journal_pages.PAGE < 450


async def test_a_check_tells_how_far_it_is_what_it_came_to_and_is_known_at_the_next_start(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        assert it.latest.journal_desk.last_check is None
        it.engine.submit(CheckJournal("ada"))
        await until(lambda: it.latest.journal_desk.last_check is not None)
        check = it.latest.journal_desk.last_check
        assert check is not None
        assert check.intact
        assert check.by == "ada"
        assert "none is missing" in check.words
        assert it.latest.journal_desk.check is None
        it.parts.journal.flush()
    kinds = ground.kinds()
    assert kinds.count("operator.CheckJournal") == kinds.count("journal.checked") == 1
    with contextlib.closing(sqlite3.connect(ground.home / "scram.sqlite")) as database, database:
        database.execute("UPDATE records SET actor = 'bob' WHERE seq = 2")
    async with ground.engine() as it:
        await until(lambda: it.engine.latest is not None)
        await until(lambda: it.latest.journal_desk.last_check is not None)
        known = it.latest.journal_desk.last_check
        assert known is not None
        assert known == check
        it.engine.submit(CheckJournal("grace"))
        await until(lambda: it.latest.journal_desk.last_check != check)
        bad = it.latest.journal_desk.last_check
        assert bad is not None
        assert not bad.intact
        assert bad.first_bad_seq == 2
        assert "record 2" in bad.words
        assert not it.latest.journal.intact


async def test_a_check_is_called_off(ground: Ground) -> None:
    async with ground.engine() as it:
        await until(lambda: it.engine.latest is not None)
        release = asyncio.Event()
        verify, loop = it.parts.journal.verify, asyncio.get_running_loop()

        def slow(keys: tuple[str, ...], progress: Callable[[int, int], None]) -> object:
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(20.0)
            return verify(keys, progress)

        it.parts.journal.verify = slow  # type: ignore[method-assign,assignment]
        it.engine.submit(CheckJournal("ada"))
        it.engine.submit(CallOffJournalCheck("ada"))
        release.set()
        await until(lambda: it.latest.journal_desk.check is not None)
        await until(lambda: not it.latest.journal_desk.check.running)  # type: ignore[union-attr]
        check = it.latest.journal_desk.check
        assert check is not None
        assert check.called_off
        assert it.latest.journal_desk.last_check is None


async def test_records_are_written_to_a_file_and_what_hinders_it_is_told(ground: Ground, tmp_path: Path) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        it.parts.journal.record("test.told", "grace", "", {"n": 1})
        file = tmp_path / "told.jsonl"

        async def write(path: Path) -> str:
            it.engine.submit(WriteJournalFile(Wanted(kinds=("test",)), str(path), "ada"))

            def over() -> bool:
                shown = it.latest.journal_desk.file
                return shown is not None and shown.path == str(path) and not shown.running

            await until(over)
            shown = it.latest.journal_desk.file
            assert shown is not None
            return shown.error

        assert not await write(file)
        (row,) = file.read_bytes().splitlines()
        assert orjson.loads(row)["body"] == {"n": 1}
        for form in ("csv", "parquet"):
            assert not await write(tmp_path / f"told.{form}")
        assert "there already" in await write(file)
        assert "csv, jsonl, parquet" in await write(tmp_path / "told.xls")
    assert ground.kinds().count("journal.exported") == 5

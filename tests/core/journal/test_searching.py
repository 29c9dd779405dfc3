"""A search that no index helps goes back a stretch at a time, finds what a page finds, and can be ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.journal import reader as reading
from core.journal.journal import Journal
from core.journal.query import Wanted
from core.journal.records import Record


@pytest.fixture
def told(path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty records, three seconds apart; every seventh speaks of a whale."""
    monkeypatch.setattr(reading, "STRETCH", 9)
    journal = Journal(path, clock)
    for number in range(40):
        journal.record(f"kind.{number % 3}", "ada", "portfolio", {"words": "WHALE" if number % 7 == 0 else "x"})
        clock.advance(3.0)
    journal.close()
    return path


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
@pytest.mark.parametrize("before", [None, 1, 15, 40])
def test_a_search_finds_what_a_page_finds(told: Path, limit: int, before: int | None, clock: ManualClock) -> None:
    end_s = clock.now()
    for wanted in (
        Wanted(text="whale"),
        Wanted(text="whale", kinds=("kind.0", "kind.2")),
        Wanted(actor="ada", from_s=end_s - 75.0, to_s=end_s - 20.0),
        Wanted(actor="nobody"),
        Wanted(text="whale", from_s=end_s + 1.0),
    ):
        with reading.JournalReader(told) as reader:
            found, _ = reader.search(wanted, before, limit)
            assert found == reader.page(wanted, before, limit)


def test_after_every_stretch_it_is_asked_whether_to_go_on(told: Path) -> None:
    seen: list[tuple[int, int]] = []

    def look(found: tuple[Record, ...], back_to: int) -> bool:
        seen.append((len(found), back_to))
        return back_to > 20

    with reading.JournalReader(told) as reader:
        found, back_to = reader.search(Wanted(text="whale"), None, 100, look)
    assert seen == [(1, 32), (2, 23), (4, 14)]
    assert [record.seq for record in found] == [36, 29, 22, 15]
    assert back_to == 14


def test_kinds_records_and_the_last_place_are_told(told: Path) -> None:
    with reading.JournalReader(told) as reader:
        assert reader.kinds() == ("kind.0", "kind.1", "kind.2")
        assert reader.last_seq() == 40
        third = reader.record(3)
        assert third is not None
        assert (third.seq, third.kind) == (3, "kind.2")
        assert reader.record(41) is None
        assert reader.record(0) is None

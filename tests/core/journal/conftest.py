from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.journal.journal import Journal
from core.journal.writing import WriterSettings

Open = Callable[..., Journal]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def open_journal(path: Path, clock: ManualClock) -> Iterator[Open]:
    """Opens journals at `path` that are closed when the test is over, so that no thread and no file outlives it."""
    journals: list[Journal] = []

    def open_one(place: Path | None = None, **settings: float) -> Journal:
        journal = Journal(place or path, clock, settings=WriterSettings(**settings))  # type: ignore[arg-type]
        journals.append(journal)
        return journal

    yield open_one
    for journal in journals:
        journal.close(2.0)


@pytest.fixture
def journal(open_journal: Open) -> Journal:
    return open_journal()

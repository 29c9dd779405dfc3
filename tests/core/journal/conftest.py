from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.journal.journal import Journal
from core.journal.writing import WriterSettings
from tests.postgres import NoServer, Server, running

Open = Callable[..., Journal]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One for all tests of a process."""
    try:
        with running() as made:
            yield made
    except NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, path: Path) -> str | Path:
    """An empty journal's, of each kind; modules about files have one of their own."""
    if request.param == "sqlite":
        return path
    server: Server = request.getfixturevalue("server")
    return server.make(f"journal_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def open_journal(place: str | Path, path: Path, clock: ManualClock) -> Iterator[Open]:
    """Opens journals at `place` that are closed when the test is over, so that no thread and no file outlives it."""
    journals: list[Journal] = []

    def open_one(other: Path | None = None, **settings: float) -> Journal:
        spill = path.with_name(path.name + ".spill") if other is None else None
        journal = Journal(other or place, clock, spill=spill, settings=WriterSettings(**settings))  # type: ignore[arg-type]
        journals.append(journal)
        return journal

    yield open_one
    for journal in journals:
        journal.close(2.0)


@pytest.fixture
def journal(open_journal: Open) -> Journal:
    return open_journal()

"""The lease on a PostgreSQL server, as two machines share one: the same rules, one look after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.journal.journal import Journal
from tests.core.engine.test_lease import TERM_S, Desk
from tests.postgres import NoServer, running

ONE = {"alpha": "binance:#1"}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A database with its tables made."""
    try:
        with running() as server:
            place = server.make("lease")
            journal = Journal(place, ManualClock(), spill=tmp_path / "spill")
            assert journal.flush(60.0)
            journal.close()
            yield place
    except NoServer as reason:
        pytest.skip(str(reason))


async def test_of_many_that_look_at_once_one_acts_and_it_passes_on_as_on_a_file(url: str) -> None:
    desks = [Desk(url, f"desk-{number}", ONE) for number in range(6)]
    await asyncio.gather(*(desk.start() for desk in desks))
    acting = [desk for desk in desks if desk.acts_on()]
    assert len(acting) == 1
    first = acting[0]
    other = next(desk for desk in desks if desk is not first)
    await other.look()
    assert other.lease.view().words.startswith("view only: held by desk-")
    other.lease.ask_for()
    await other.look()
    await first.look(1.0)
    assert first.acts_on() == []
    await other.look(1.0)
    assert other.acts_on() == ["alpha"]
    tokens = [other.lease.newest_token]
    await first.look(1.0)
    await first.look(TERM_S)  # the other has fallen silent
    assert first.acts_on() == ["alpha"]
    tokens.append(first.lease.newest_token)
    assert tokens == [2, 3]
    await first.end()
    await other.look(TERM_S)
    assert other.acts_on() == ["alpha"]

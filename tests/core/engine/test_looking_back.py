"""The past of the events, read from the journal a page at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import Scope, Severity
from core.engine import looking_back
from core.engine.looking_back import LookingBack, read_page
from core.engine.record import Recorder
from core.events.history import HistoryPage, HistoryWish
from core.events.transitions import Change, Transition
from core.journal.journal import Journal
from tests.core.notify.made import event


@pytest.fixture
def journal(tmp_path: Path, clock: ManualClock) -> Iterator[Journal]:
    made = Journal(tmp_path / "scram.sqlite", clock)
    yield made
    made.close()


def tell(journal: Journal, clock: ManualClock, number: int, what: Change, by: str = "scram", scope: str = "") -> None:
    made = event(number, Severity.HIGH, Scope.parse(scope or "portfolio"))
    Recorder(journal, clock).transition(Transition(None, made, what, by, clock.now()))


def test_every_change_tells_who_when_and_what_of(journal: Journal, clock: ManualClock) -> None:
    tell(journal, clock, 1, Change.RAISED, scope="account:alpha-1")
    clock.advance(60.0)
    tell(journal, clock, 1, Change.ACKNOWLEDGED, "ada", scope="account:alpha-1")
    journal.record("stop.fired", "ada", "portfolio", {})
    page = read_page(journal, HistoryWish())
    assert [(line.what, line.by, line.event_id) for line in page.lines] == [
        ("acknowledged", "ada", "e1"),
        ("raised", "scram", "e1"),
    ]
    newest = page.lines[0]
    assert (newest.scope, newest.metric, newest.severity, newest.at_s) == (
        "account:alpha-1", "leverage", 3, clock.now(),
    )  # fmt: skip
    assert not page.more


def test_pages_follow_each_other_without_a_gap(
    journal: Journal, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_back, "PAGE", 4)
    for number in range(10):
        tell(journal, clock, number, Change.RAISED)
    seen: list[str] = []
    before: int | None = None
    for _ in range(3):
        page = read_page(journal, HistoryWish(before=before))
        seen += [line.event_id for line in page.lines]
        before = page.lines[-1].seq
    assert seen == [f"e{number}" for number in reversed(range(10))]
    assert not page.more


def test_a_search_finds_scopes_people_and_notes_and_one_event_alone(journal: Journal, clock: ManualClock) -> None:
    tell(journal, clock, 1, Change.RAISED, scope="account:alpha-1")
    tell(journal, clock, 2, Change.RAISED, scope="account:beta-1")
    tell(journal, clock, 2, Change.ACKNOWLEDGED, "Grace", scope="account:beta-1")

    def found(**wish: str) -> list[str]:
        return [f"{line.event_id} {line.what}" for line in read_page(journal, HistoryWish(**wish)).lines]

    assert found(text="ALPHA-1") == ["e1 raised"]
    assert found(text="grace") == ["e2 acknowledged"]
    assert found(text="reached 2") == ["e2 acknowledged", "e2 raised"]
    assert found(event_id="e1") == ["e1 raised"]
    assert found(text="nothing of the kind") == []


def test_a_journal_that_cannot_be_read_says_why(tmp_path: Path, clock: ManualClock) -> None:
    journal = Journal(tmp_path / "scram.sqlite", clock)
    journal.close()
    for file in tmp_path.iterdir():
        file.unlink()
    assert "there is no journal at" in read_page(journal, HistoryWish()).error


async def test_the_newest_wish_wins_and_the_loop_is_not_held_up(journal: Journal, clock: ManualClock) -> None:
    tell(journal, clock, 1, Change.RAISED)
    tell(journal, clock, 2, Change.RAISED)
    back = LookingBack(journal)
    assert back.of_all is None
    for text in ("a", "b", "reached 2"):
        back.take(HistoryWish(text=text))
    back.take(HistoryWish(event_id="e1"))

    def arrived() -> bool:
        pages: tuple[HistoryPage | None, ...] = (back.of_all, back.of_one)
        return all(pages) and back.of_all is not None and back.of_all.wish.text == "reached 2"

    for _ in range(2_000):
        if arrived():
            break
        await asyncio.sleep(0.01)
    assert back.of_all is not None
    assert [line.event_id for line in back.of_all.lines] == ["e2"]
    assert back.of_one is not None
    assert [line.event_id for line in back.of_one.lines] == ["e1"]
    await back.close()

"""Events over restarts: a run ends as after kill -9, without a goodbye, and the next one goes on from the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain import PORTFOLIO, Scope, Severity
from core.engine import event_memory
from core.engine.event_acts import EventActs
from core.engine.event_memory import EventMemory
from core.engine.memory import BOOK_STATE, COURSE_STATE, Memory
from core.events.desk import SAY_AGAIN_S
from core.events.model import Cause, Event, EventState
from core.events.stored import LIST_ENDED
from core.intents import AcknowledgeEvent, AcknowledgeEvents, ResolveEvent, ShelveEvent, UnshelveEvent
from core.journal.query import Wanted
from core.risk.saving import save_course
from tests.core.engine.hindsight import Holding
from tests.core.engine.pipeline import Pipeline

STEEP = Scope.parse("account:steep")
CALM, FALLEN = {"BTC": 50_000.0}, {"BTC": 44_000.0}


class Run(Pipeline):
    """Cycles, acts and the memory of events, as the engine has them."""

    def __init__(self, home: Path) -> None:
        held = {"BTC": (6.0, 50_000.0)}
        accounts = {"steep": Holding("north", 100_000.0, held), "pairs": Holding("south", 50_000.0, {})}
        super().__init__(home, accounts, 1.7e9)
        self.notices: list[str] = []
        self.memory = EventMemory(self.parts, self.cycle, self.notices.append)
        self.acts = EventActs(self.parts.events, self.cycle.take_transitions, self.notices.append)

    def start(self) -> None:
        Memory(self.parts, self.notices.append).restore()
        self.memory.restore(self.memory.read())

    def beats(self, prices: dict[str, float], number: int = 3) -> None:
        for _ in range(number):
            self.clock.advance(1.0)
            self.marks(prices)
            self.read()
            self.alive()
            self.cycle.run()
            self.memory.step()
        self.parts.journal.save_state(BOOK_STATE, self.parts.book.state())
        self.parts.journal.save_state(COURSE_STATE, save_course(self.parts.course).encode())

    def killed(self) -> None:
        """What is on disk is on disk; nobody says goodbye."""
        assert self.parts.journal.flush(30.0)
        self.close()

    @property
    def events(self) -> dict[str, Event]:
        return {event.event_id: event for event in self.parts.events.open_events()}

    def event(self, metric: str) -> Event:
        found = self.parts.events.find(STEEP, metric)
        assert found is not None
        return found


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    run.close()


def told(events: dict[str, Event]) -> dict[str, tuple[object, ...]]:
    return {
        event_id: (
            event.scope, event.metric, event.severity, event.state, event.acknowledged_by, event.shelf,
            event.occurrences, event.raised_at_s,
        )
        for event_id, event in events.items()
    }  # fmt: skip


def test_open_events_come_back_as_they_were_left_and_are_raised_no_second_time(first: Run, tmp_path: Path) -> None:
    first.start()
    first.beats(CALM)
    first.beats(FALLEN)
    drawdown, leverage = first.event("drawdown"), first.event("leverage")
    first.acts.take(AcknowledgeEvent(drawdown.event_id, "ada"))
    until_s = first.clock.now() + 600.0
    first.acts.take(ShelveEvent(leverage.event_id, until_s, "ada", "a known hedge elsewhere"))
    before = told(first.events)
    assert len(before) > 4
    first.killed()

    second = Run(tmp_path)
    second.start()
    assert told(second.events) == before
    second.beats(FALLEN, 5)
    assert told(second.events) == before
    assert second.event("leverage").shelf is not None
    second.acts.take(UnshelveEvent(leverage.event_id, "bob"))
    assert second.event("leverage").shelf is None
    second.killed()


def test_an_event_whose_figure_came_back_between_two_runs_clears_in_the_second(first: Run, tmp_path: Path) -> None:
    first.start()
    first.beats(CALM)
    first.beats(FALLEN)
    leverage = first.event("leverage")
    first.killed()
    second = Run(tmp_path)
    second.accounts["steep"].held["BTC"] = (0.5, 50_000.0)
    second.start()
    second.beats(FALLEN, 5)
    assert second.event("leverage").event_id == leverage.event_id
    assert second.event("leverage").state is EventState.CLEARED
    second.acts.take(ResolveEvent(leverage.event_id, "ada", " "))
    assert "with a reason only" in second.notices[-1]
    second.acts.take(ResolveEvent(leverage.event_id, "ada", "reduced by hand"))
    assert leverage.event_id not in second.events
    second.killed()
    third = Run(tmp_path)
    third.start()
    assert leverage.event_id not in third.events
    assert [event.event_id for event in third.parts.events.resolved_events()][:1] == [leverage.event_id]
    third.killed()


def test_a_start_reads_the_journal_from_the_last_list_on(
    first: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_memory, "LIST_AFTER", 5)
    monkeypatch.setattr(event_memory, "LISTED_AT_ONCE", 3)
    first.start()
    first.beats(CALM)
    first.beats(FALLEN)
    first.acts.take(AcknowledgeEvents(tuple(first.events), "ada"))
    first.beats(FALLEN, 20)
    assert first.parts.journal.flush(30.0)
    (ended,) = first.parts.journal.recent(LIST_ENDED)
    assert all(event.acknowledged_by == "ada" for event in first.events.values())
    leverage = first.event("leverage")
    first.acts.take(ShelveEvent(leverage.event_id, first.clock.now() + 60.0, "ada", "a hedge elsewhere"))
    before = told(first.events)
    first.killed()
    second = Run(tmp_path)
    second.start()
    assert told(second.events) == before
    asked: list[int] = []
    replay = second.parts.journal.replay

    def counted(wanted: Wanted, after: int = 0) -> object:
        asked.append(after)
        return replay(wanted, after)

    monkeypatch.setattr(second.parts.journal, "replay", counted)
    assert second.memory.read() is not None
    assert 0 < asked[-1] < ended.seq
    second.killed()


def test_what_scram_said_of_itself_is_said_again_or_over(first: Run, tmp_path: Path) -> None:
    first.start()
    first.beats(CALM)
    for key in ("said again", "over"):
        first.cycle.take_transitions(first.parts.events.raise_system(PORTFOLIO, key, Severity.HIGH, key))
    first.killed()
    second = Run(tmp_path)
    second.start()
    second.beats(CALM)
    assert second.parts.events.raise_system(PORTFOLIO, "said again", Severity.HIGH, "said again") == ()
    second.clock.advance(SAY_AGAIN_S)
    second.beats(CALM)
    states = {event.metric: event.state for event in second.events.values() if event.cause is Cause.SYSTEM}
    assert states == {"said again": EventState.RAISED, "over": EventState.CLEARED}
    second.killed()


def test_the_alarms_figures_go_on_after_a_restart(first: Run, tmp_path: Path) -> None:
    first.start()
    first.beats(CALM)
    first.beats(FALLEN)
    first.acts.take(AcknowledgeEvent(first.event("drawdown").event_id, "ada"))
    first.beats(FALLEN, 70)
    before = first.parts.events.alarms().figures
    assert before.last_day > 4
    first.killed()
    second = Run(tmp_path)
    second.start()
    second.beats(FALLEN)
    after = second.parts.events.alarms().figures
    assert (after.last_day, after.worst, after.resolved_by) == (before.last_day, before.worst, before.resolved_by)
    assert after.acknowledge_p50_s == before.acknowledge_p50_s
    assert not second.notices
    second.parts.journal.save_state(event_memory.FIGURES_STATE, {"minutes": 3})
    second.killed()
    third = Run(tmp_path)
    third.start()
    assert "how the alarms did" in third.notices[-1]
    assert third.events.keys() == second.events.keys()
    third.killed()


async def test_a_journal_that_cannot_be_read_is_told_and_holds_nothing_up(first: Run, tmp_path: Path) -> None:
    first.start()
    first.beats(CALM)
    first.killed()
    database = tmp_path / "scram.sqlite"
    await asyncio.to_thread(database.write_bytes, b"this is no database" * 100)
    found = EventMemory(first.parts, first.cycle, first.notices.append).read()
    assert found is None
    assert "could not be read" in first.notices[-1]

"""What the window asks of the engine, and what it remembers of its user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.settings import DeskSettings
from core.domain import PORTFOLIO, EvidenceFormat, Scope
from core.events.history import HistoryWish
from core.halt.flatten.model import FlattenStyle
from core.halt.readiness.judgement import DrillKind
from core.intents import (
    AcknowledgeEvent,
    AcknowledgeEvents,
    ArmFlatten,
    CancelDrill,
    ClosePage,
    CloseWire,
    DisarmFlatten,
    EndFlatten,
    ExportEvidence,
    FireFlatten,
    FireStop,
    Intent,
    LookBack,
    MuteAlarms,
    OpenPage,
    OpenWire,
    PreviewDrill,
    PreviewFlatten,
    PreviewRestore,
    RebasePeak,
    ResetStop,
    ResolveEvent,
    RestoreProtective,
    RunDrill,
    ShelveEvent,
    TryRoute,
    UnshelveEvent,
)
from core.places import find_places
from widgets import nav
from widgets.choice import ALL, ColumnChoice

Make = Callable[[Path | None], tuple[MainWindow, list[Intent]]]


@pytest.fixture
def make(qapp: QApplication) -> Iterator[Make]:
    made: list[MainWindow] = []

    def window(file: Path | None) -> tuple[MainWindow, list[Intent]]:
        asked: list[Intent] = []
        made.append(MainWindow(asked.append, "ada", DeskSettings(file) if file is not None else None))
        return made[-1], asked

    yield window
    for one in made:
        one.close()
        one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_a_page_is_asked_for_while_somebody_looks_at_it_and_no_longer(make: Make) -> None:
    window, asked = make(None)
    alpha = Scope.parse("account:alpha-1")
    window.show()
    window.desk._open_scope(PORTFOLIO)
    window.desk._open_scope(alpha)
    window.desk.go_back()
    window.desk.show_page(nav.EVENTS)
    window.desk.show_page(nav.OVERVIEW)
    assert asked == [OpenPage(PORTFOLIO), OpenPage(alpha), OpenPage(PORTFOLIO), ClosePage()]


def test_what_is_done_to_events_carries_the_operators_name_and_the_reason(make: Make) -> None:
    window, asked = make(None)
    desk = window.desk
    desk.acknowledge_requested.emit("e1")
    desk.acknowledge_all_requested.emit(("e1", "e2"))
    desk.events.shelve_requested.emit(("e1", "e2"), 900.0, "maintenance")
    desk.events.unshelve_requested.emit(("e1",))
    desk.events.resolve_requested.emit(("e3",), "a test order")
    desk.events.trial_requested.emit("pager")
    desk.details.past_wished.emit(HistoryWish(event_id="e1"))
    desk.events.past_wished.emit(HistoryWish(text="okx"))
    window.note_mute(900.0)
    assert asked == [
        AcknowledgeEvent("e1", "ada"),
        AcknowledgeEvents(("e1", "e2"), "ada"),
        ShelveEvent("e1", 900.0, "ada", "maintenance"),
        ShelveEvent("e2", 900.0, "ada", "maintenance"),
        UnshelveEvent("e1", "ada"),
        ResolveEvent("e3", "ada", "a test order"),
        TryRoute("pager", "ada"),
        LookBack(HistoryWish(event_id="e1")),
        LookBack(HistoryWish(text="okx")),
        MuteAlarms(900.0, "ada"),
    ]


def test_what_is_asked_about_a_stop_carries_the_operators_name(make: Make) -> None:
    window, asked = make(None)
    window.desk.stop_fired.emit()
    window.desk.reset_requested.emit("h-1", "the bot is off")
    window.desk.rebase_requested.emit(PORTFOLIO, "the loss is taken")
    window.desk.preview_requested.emit("h-1")
    window.desk.restore_requested.emit("h-1")
    assert asked == [
        FireStop(PORTFOLIO, "ada", "the stop button"),
        ResetStop("h-1", "ada", "the bot is off"),
        RebasePeak(PORTFOLIO, "ada", "the loss is taken"),
        PreviewRestore("h-1"),
        RestoreProtective("h-1", "ada"),
    ]


def test_what_is_asked_of_a_flatten_carries_it_too(make: Make) -> None:
    window, asked = make(None)
    flatten = window.desk.proof.flatten
    flatten.preview_requested.emit("h-1", FlattenStyle.SLICED)
    flatten.arm_requested.emit("plan-1")
    flatten.disarm_requested.emit()
    flatten.fire_requested.emit("plan-1", "get out")
    flatten.end_requested.emit()
    assert asked == [
        PreviewFlatten("h-1", FlattenStyle.SLICED),
        ArmFlatten("plan-1", "ada"),
        DisarmFlatten("ada"),
        FireFlatten("plan-1", "ada", "get out"),
        EndFlatten("ada"),
    ]


def test_drills_carry_the_operators_name_and_the_choice(make: Make) -> None:
    window, asked = make(None)
    window.desk.drill_requested.emit(DrillKind.DRY, ())
    window.desk.drill_preview_requested.emit(("alpha-*",))
    window.desk.drill_requested.emit(DrillKind.LIVE, ("alpha-1",))
    window.desk.drill_called_off.emit()
    assert asked == [
        RunDrill(DrillKind.DRY, (), "ada"),
        PreviewDrill(("alpha-*",)),
        RunDrill(DrillKind.LIVE, ("alpha-1",), "ada"),
        CancelDrill("ada"),
    ]


def test_requests_and_evidence_are_asked_for_and_the_folder_is_remembered(make: Make, tmp_path: Path) -> None:
    file = find_places(tmp_path, {}).desk_settings
    window, asked = make(file)
    window.desk.wire_opened.emit("h-1", "alpha-1")
    window.desk.wire_closed.emit()
    window.desk.proof.export._choose("h-1", EvidenceFormat.CSV, str(tmp_path / "h-1.csv"))
    assert asked == [
        OpenWire("h-1", "alpha-1"),
        CloseWire(),
        ExportEvidence("h-1", EvidenceFormat.CSV, str(tmp_path / "h-1.csv"), "ada"),
    ]
    again, _ = make(file)
    assert again.desk.proof.export.folder == str(tmp_path)


def test_the_chosen_columns_are_there_again_at_the_next_start(make: Make, tmp_path: Path) -> None:
    file = find_places(tmp_path, {}).desk_settings
    window, _ = make(file)
    assert window.desk.scopes.model.choice == ColumnChoice()
    own = ColumnChoice("", ("leverage", "exit_time"))
    for choice in (own, ColumnChoice(ALL)):
        window.desk.scopes.columns_changed.emit(choice)
        again, _ = make(file)
        assert again.desk.scopes.model.choice == choice


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe not an ini file", b"[scopes]\ncolumns=@Variant(\\0\\0"])
def test_a_broken_settings_file_costs_only_what_it_would_have_remembered(
    make: Make, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "desk.ini"
    file.write_bytes(content)
    window, _ = make(file)
    window.desk.scopes.columns_changed.emit(ColumnChoice(ALL))
    assert not window.desk.grab().isNull()


def test_a_folder_that_is_not_there_costs_only_the_memory(make: Make, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    window, _ = make(blocked / "desk.ini")
    window.desk.scopes.columns_changed.emit(ColumnChoice(ALL))
    assert window.desk.scopes.model.choice == ColumnChoice()

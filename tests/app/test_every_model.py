"""Every item model of the desk in a real window, through a day of snapshots: contract, identity, choice."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QAbstractItemModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

import widgets
from app.main_window import MainWindow
from core.domain import PORTFOLIO
from core.joining.model import VenueOffer
from core.snapshot import Snapshot
from core.venues.protocol import Coverage
from tests.app.walked import window
from tests.widgets.snapshots import build, empty, opened
from tests.widgets.visits import busy, visits
from widgets.columns import ColumnModel
from widgets.line_model import LineModel
from widgets.scope_order import ScopeOrder
from widgets.table import Table
from widgets.wizard.venue_model import VenueModel


def _choose_venues(model: QAbstractItemModel) -> None:
    assert isinstance(model, VenueModel)
    venues = ("binance", "okx", "bybit")
    model.show_offers(tuple(VenueOffer(name, coverage) for name, coverage in zip(venues, Coverage, strict=True)))
    for text in ("bin", "", "no such venue", "okx", ""):
        model.look_for(text)


STRICT = QAbstractItemModelTester.FailureReportingMode.Fatal
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
BASES = {ColumnModel, LineModel, ScopeOrder}
"""What others are made from: no view shows one of these."""
ALONE: dict[type[QAbstractItemModel], Callable[[QAbstractItemModel], None]] = {VenueModel: _choose_venues}
"""What no page has: models of windows of their own, and what is done to each. A new one needs its line here."""


def _written() -> set[type[QAbstractItemModel]]:
    found = set()
    for info in pkgutil.walk_packages(widgets.__path__, "widgets."):
        module = importlib.import_module(info.name)
        for _, made in inspect.getmembers(module, inspect.isclass):
            if made.__module__ == info.name and issubclass(made, QAbstractItemModel):
                found.add(made)
    return found - BASES


def _course() -> Iterator[Snapshot]:
    yield empty()
    yield busy(4)
    yield opened(build(3, 8, seed=2, stopped=True), PORTFOLIO, lines=40)
    yield empty()


def _models(main: MainWindow) -> dict[type[QAbstractItemModel], QAbstractItemModel]:
    own = {type(model): model for model in main.findChildren(QAbstractItemModel)}
    return {kind: model for kind, model in own.items() if kind.__module__.startswith("widgets.")}


@pytest.fixture
def main(qtbot: QtBot) -> MainWindow:
    return window(qtbot)


def test_every_model_that_is_written_stands_in_the_window(main: MainWindow) -> None:
    assert {kind.__name__ for kind in _written() - _models(main).keys() - ALONE.keys()} == set()


def test_every_model_keeps_its_contract_and_every_row_its_identity_through_all_that_comes(main: MainWindow) -> None:
    watched = [QAbstractItemModelTester(model, STRICT, model) for model in _models(main).values()]
    filled: set[str] = set()
    for snapshot in _course():
        for _ in visits(main.desk, snapshot, settle_ms=0):
            pass
        for kind, model in _models(main).items():
            if model.rowCount():
                filled.add(kind.__name__)
            if isinstance(model, ColumnModel):
                _turn_over(model)
    assert len(watched) > 25
    assert len(filled) > 20, f"hardly any model was filled: {filled}"


@pytest.mark.parametrize("kind", ALONE, ids=lambda kind: kind.__name__)
def test_a_model_of_a_window_of_its_own_keeps_its_contract(qtbot: QtBot, kind: type[QAbstractItemModel]) -> None:
    model = kind()
    tester = QAbstractItemModelTester(model, STRICT, model)
    ALONE[kind](model)
    assert tester.model() is model
    assert model.rowCount()


def _turn_over(model: ColumnModel) -> None:
    """Sort by every column, filter, and go back: what is kept of a row stays with it."""
    if not model.rowCount():
        return
    before = model.sorted_by
    kept = QPersistentModelIndex(model.index(model.rowCount() // 2, len(model.columns) - 1))
    key = model.key(kept)
    for column in {0, len(model.columns) // 2, len(model.columns) - 1}:
        model.sort(column, DOWN)
        assert model.key(kept) == key, f"{type(model).__name__} by column {column}"
    model.sort(*before)
    assert model.key(kept) == key
    assert kept.column() == len(model.columns) - 1


def test_the_choice_stays_with_its_row_in_every_table_that_can_be_sorted(main: MainWindow) -> None:
    snapshot, tried = busy(12), 0
    for place, page in visits(main.desk, snapshot, settle_ms=0):
        for table in page.findChildren(Table):
            model = table.rows
            if not table.isVisible() or not table.isSortingEnabled() or model.rowCount() < 2:
                continue
            key = model.key(model.index(1, 0))
            table.choose_key(key)
            for column in range(len(model.columns)):
                model.sort(column, DOWN)
                assert table.chosen_keys() == [key], f"{place}: {table.objectName()} by column {column}"
            model.sort(-1, UP)
            tried += 1
    assert tried > 8

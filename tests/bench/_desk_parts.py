"""The tables that `bench desk` measures beside each other, each in a process of its own: what one of them keeps in
memory is not another's.

`python -m tests.bench._desk_parts PART ROWS EVENTS SECONDS` prints one line of JSON.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.sheet_writer import SheetWriter
from core.risk.roster import Roster
from core.sheet.model import SheetForm
from core.snapshot import RiskMatrix, Snapshot
from tests.core.filtering.trees import roster_of
from tests.widgets import snapshots as made
from widgets import figures
from widgets.choice import ALL, ColumnChoice
from widgets.event_table import EventTable
from widgets.scope_sheet import sheet_of
from widgets.scope_table import ScopeTable
from widgets.table import ROW_PX
from widgets.theme import DARK, apply_theme

COLUMNS = 20
SHOW_HZ = 5.0
"""As `app.session` shows snapshots."""
CHANGES_PER_S = 200
FRAME_MS = 16
LISTEN_MS = 5
SIZE = (1_600, 1_000)
FILTERS = (
    "sub-12",
    "drawdown > 5% and venue = okx",
    "not (leverage > 3x or margin_use > 50%) and state >= medium",
    "kind = account and limit_used > 80%",
    "unknown(leverage) or trust < trusted",
    "name = *-0*7? and equity > 20k",
)


def resident_mb() -> float:
    """What the process holds in memory now."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000.0


def weighed(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of the processor."""
    began_s, cpu_s = time.perf_counter(), time.thread_time()
    act()
    return (time.perf_counter() - began_s) * 1000.0, (time.thread_time() - cpu_s) * 1000.0


def told(name: str, took: Sequence[tuple[float, float]]) -> dict[str, float]:
    clock, processor = (np.array(column) for column in zip(*took, strict=True))
    return {
        f"{name}_ms": float(np.median(clock)),
        f"{name}_max_ms": float(clock.max()),
        f"{name}_cpu_ms": float(np.median(processor)),
        f"{name}_cpu_max_ms": float(processor.max()),
    }


def summary(values: Sequence[float]) -> dict[str, float]:
    found = np.array(values)
    return {"median": float(np.median(found)), "p99": float(np.percentile(found, 99)), "max": float(found.max())}


# -- what is shown ------------------------------------------------------------------------------------------------


def narrow(matrix: RiskMatrix) -> RiskMatrix:
    """The first columns alone; their limits with them."""
    limited = matrix.limited[matrix.limited < COLUMNS]
    held = len(limited)
    return dataclasses.replace(
        matrix, metrics=matrix.metrics[:COLUMNS], value=np.asfortranarray(matrix.value[:, :COLUMNS]),
        severity=np.asfortranarray(matrix.severity[:, :COLUMNS]), limited=limited,
        threshold=np.asfortranarray(matrix.threshold[:, :held]), headroom=np.asfortranarray(matrix.headroom[:, :held]),
        breach_in_s=np.asfortranarray(matrix.breach_in_s[:, :held]),
        columns={name: column for name, column in matrix.columns.items() if column < COLUMNS},
    )  # fmt: skip


class Feed:
    """Snapshots as the engine hands them out: a new one a few times a second, in which a few things have moved."""

    def __init__(self, rows: int, events: int) -> None:
        rng = np.random.default_rng(1)
        matrix = narrow(made.matrix(rows, 1))
        dice = random.Random(1)
        small = made.build(3, 0)
        self._events = [made.event(place, dice.choice(matrix.scopes), dice) for place in range(events)]
        self.snapshot = dataclasses.replace(
            small, matrix=matrix, events=tuple(self._events),
            connections=tuple(made.connection(place, dice) for place in range(rows)),
            sparklines=np.cumprod(1 + rng.normal(0, 0.002, (len(matrix.scopes), 32)), axis=1), readiness=None,
        )  # fmt: skip
        self.snapshot = dataclasses.replace(self.snapshot, roster=self._roster())
        self._rng, self._dice = rng, dice

    def _roster(self) -> Roster:
        return roster_of(self.snapshot)

    def next(self) -> Snapshot:
        count = int(CHANGES_PER_S / SHOW_HZ)
        matrix = self.snapshot.matrix
        rows = self._rng.integers(0, len(matrix.scopes), count)
        matrix.value[rows] *= self._rng.lognormal(0.0, 0.05, (count, 1))
        for place in self._rng.integers(0, len(self._events), count).tolist() if self._events else ():
            event = self._events[place]
            self._events[place] = dataclasses.replace(event, value=event.value * self._dice.uniform(0.99, 1.01))
        self.snapshot = dataclasses.replace(
            self.snapshot, cycle=self.snapshot.cycle + 1, at_s=self.snapshot.at_s + 1.0 / SHOW_HZ,
            matrix=dataclasses.replace(matrix), events=tuple(self._events),
        )  # fmt: skip
        return self.snapshot


class Listener:
    """How late a timer of the loop comes, which is how long the loop did nothing else; and of that the processor's
    time of its thread, which does not count what others on the machine took."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.worked_ms: list[float] = []
        self._last_s, self._last_cpu_s = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._hear)
        self._timer.start(LISTEN_MS)

    def _hear(self) -> None:
        now_s, cpu_s = time.perf_counter(), time.thread_time()
        self.late_ms.append(max(0.0, (now_s - self._last_s) * 1000.0 - LISTEN_MS))
        self.worked_ms.append((cpu_s - self._last_cpu_s) * 1000.0)
        self._last_s, self._last_cpu_s = now_s, cpu_s

    def stop(self) -> None:
        self._timer.stop()


@dataclasses.dataclass
class Frames:
    """Every cell in sight drawn anew after a step of scrolling."""

    took_ms: list[float]
    worked_ms: list[float]
    """Time of the processor."""


# -- Scram's own tables -------------------------------------------------------------------------------------------


class Window:
    def __init__(self, rows: int, events: int) -> None:
        self.feed = Feed(rows, events)
        before_mb = resident_mb()
        self.window = QWidget()
        self.scopes, self.events = ScopeTable(), EventTable()
        column = QVBoxLayout(self.window)
        column.addWidget(self.scopes, 3)
        column.addWidget(self.events, 2)
        self.scopes.set_columns(ColumnChoice(ALL))
        self.window.resize(*SIZE)
        self.window.show()
        self.first_ms = timed(self.show)
        QTest.qWait(100)
        gc.collect()
        gc.freeze()  # as the desk does once it has started (app.memory)
        self.tables_mb = resident_mb() - before_mb

    def show(self) -> None:
        snapshot = self.feed.next()
        self.scopes.show_snapshot(snapshot)
        self.events.show_snapshot(snapshot)

    def paint(self) -> None:
        self.scopes.table.viewport().repaint()
        self.scopes.table.frozen.viewport().repaint()

    def sorts(self) -> list[tuple[float, float]]:
        table = self.scopes.table
        took = []
        for column in range(self.scopes.model.columnCount()):
            for _ in range(2):
                took.append(weighed(lambda column=column: table.sort_by(column)))
                self.paint()
        table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        return took

    def filters(self) -> list[tuple[float, float]]:
        took = []
        for text in FILTERS:
            for said in (text, ""):
                took.append(weighed(lambda said=said: self.scopes.filter.setText(said)))
                self.paint()
            # Names are remembered: what a filter costs with the next snapshot is measured in the run.
            self.show()
        return took

    def event_acts(self) -> tuple[list[float], list[float], list[float]]:
        model, table = self.events.model, self.events.table
        sorts = [
            timed(lambda column=column: table.sortByColumn(column, Qt.SortOrder.DescendingOrder))
            for column in range(model.columnCount())
        ]
        table.sortByColumn(-1, Qt.SortOrder.DescendingOrder)
        for _ in range(40):
            self.show()
        searches = [timed(lambda text=text: model.set_filter(text)) for text in ("okx", "leverage", "eth", "")]
        shows = [timed(lambda: self.events.show_snapshot(self.feed.next())) for _ in range(20)]
        return sorts, searches, shows

    def exports(self) -> dict[str, float]:
        """All rows as files, in a thread beside the loop, and how late the loop was meanwhile."""
        writer, found = SheetWriter(self.scopes.bar.export_bar), {}
        with tempfile.TemporaryDirectory() as folder:
            for form in SheetForm:
                listener, began_s = Listener(), time.perf_counter()
                writer.write(sheet_of(self.scopes.model), form, f"{folder}/scopes.{form}")
                while writer.is_running:
                    QTest.qWait(5)
                found[f"export_{form}_s"] = time.perf_counter() - began_s
                listener.stop()
                found[f"export_{form}_stall_max_ms"] = max(listener.late_ms, default=0.0)
        writer.close()
        return found

    def run(self, seconds: float, act: Callable[[int], None] = lambda frame: None) -> tuple[Listener, Frames]:
        """Snapshots at the desk's rate while somebody scrolls without end."""
        frames = Frames([], [])
        bar = self.scopes.table.verticalScrollBar()
        shows, scrolls = QTimer(), QTimer()

        def scroll() -> None:
            step = 3 * ROW_PX if bar.value() + 3 * ROW_PX < bar.maximum() else -bar.maximum()
            began_s, cpu_s = time.perf_counter(), time.thread_time()
            bar.setValue(bar.value() + step)
            self.paint()
            frames.took_ms.append((time.perf_counter() - began_s) * 1000.0)
            frames.worked_ms.append((time.thread_time() - cpu_s) * 1000.0)
            act(len(frames.took_ms))

        scrolls.setTimerType(Qt.TimerType.PreciseTimer)
        shows.timeout.connect(self.show)
        scrolls.timeout.connect(scroll)
        shows.start(int(1000 / SHOW_HZ))
        scrolls.start(FRAME_MS)
        listener = Listener()
        QTest.qWait(int(seconds * 1000))
        for timer in (shows, scrolls):
            timer.stop()
        listener.stop()
        return listener, frames


def scram(rows: int, events: int, seconds: float) -> dict[str, Any]:
    window = Window(rows, events)
    shows = [timed(window.show) for _ in range(15)]
    sorts, filters = window.sorts(), window.filters()
    event_sorts, searches, event_shows = window.event_acts()
    scopes = window.scopes
    scopes.filter.setText(FILTERS[1])
    scopes.table.sort_by(7)
    filtered = [timed(window.show) for _ in range(15)]
    scopes.filter.setText("")
    listener, frames = window.run(seconds, lambda frame: scopes.table.sort_by(frame % 26) if frame % 60 == 0 else None)
    rss_mb = resident_mb()
    exports = window.exports()
    scopes.bar.tree.setChecked(True)
    tree_open = timed(lambda: scopes.model.turn_all(opened=True))
    tree_sorts = window.sorts()
    tree_filters = window.filters()
    tree_listener, tree_frames = window.run(max(2.0, seconds / 4))
    out = {
        "rows": rows,
        "columns": COLUMNS,
        "events": events,
        **told("sort", sorts),
        **told("filter", filters),
        "show_ms": summary(shows),
        "show_filtered_ms": summary(filtered),
        "first_show_ms": window.first_ms,
        "frame_p50_ms": float(np.median(frames.took_ms)),
        "frame_p99_ms": float(np.percentile(frames.took_ms, 99)),
        "frame_max_ms": max(frames.took_ms),
        "frame_cpu_p99_ms": float(np.percentile(frames.worked_ms, 99)),
        "frames": len(frames.took_ms),
        "stall_p99_ms": float(np.percentile(listener.late_ms, 99)),
        "stall_max_ms": max(listener.late_ms),
        "stall_cpu_max_ms": max(listener.worked_ms),
        "tree_open_all_ms": tree_open,
        **told("tree_sort", tree_sorts),
        **told("tree_filter", tree_filters),
        "tree_frame_p99_ms": float(np.percentile(tree_frames.took_ms, 99)),
        "tree_frame_cpu_p99_ms": float(np.percentile(tree_frames.worked_ms, 99)),
        "tree_stall_max_ms": max(tree_listener.late_ms),
        "tree_stall_cpu_max_ms": max(tree_listener.worked_ms),
        "event_sort_ms": float(np.median(event_sorts)),
        "event_sort_max_ms": max(event_sorts),
        "event_search_max_ms": max(searches),
        "event_show_ms": summary(event_shows),
        "rss_mb": rss_mb,
        "tables_mb": window.tables_mb,
        **exports,
    }
    window.window.close()
    return out


# -- the usual ways -----------------------------------------------------------------------------------------------


def _texts(snapshot: Snapshot) -> list[list[str]]:
    matrix = snapshot.matrix
    columns = [
        [figures.figure(value, info.unit, snapshot.base_currency) for value in matrix.value[:, at].tolist()]
        for at, info in enumerate(matrix.metrics)
    ]
    return [[scope.words for scope in matrix.scopes], *columns]


def table_widget(rows: int, events: int, seconds: float) -> dict[str, Any]:
    """A QTableWidget with an item per cell, sorted on the texts that its items hold."""
    feed = Feed(rows, 0)
    texts = _texts(feed.snapshot)
    before_mb = resident_mb()
    table = QTableWidget(len(texts[0]), len(texts))

    def fill() -> None:
        for column, said in enumerate(texts):
            for row, text in enumerate(said):
                table.setItem(row, column, QTableWidgetItem(text))

    filled_ms = timed(fill)
    table.resize(*SIZE)
    table.show()
    QTest.qWait(50)
    held_mb = resident_mb() - before_mb

    def hide(needle: str) -> None:
        for row in range(table.rowCount()):
            table.setRowHidden(row, needle not in table.item(row, 0).text())

    sorts = [timed(lambda column=column: table.sortItems(column)) for column in (3, 8, 12)]
    filters = [timed(lambda: hide("sub-12")), timed(lambda: hide(""))]
    frames = _scrolled(table)
    table.close()
    return {
        "table_fill_ms": filled_ms, "table_sort_ms": float(np.median(sorts)), "table_filter_ms": max(filters),
        "table_frame_p99_ms": frames, "table_mb": held_mb,
    }  # fmt: skip


class PlainModel(QAbstractTableModel):
    """Values in lists, numbers for whoever sorts."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        matrix = snapshot.matrix
        self.rows: list[list[Any]] = [
            [scope.words, *values] for scope, values in zip(matrix.scopes, matrix.value.tolist(), strict=True)
        ]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else COLUMNS + 1

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.UserRole):
            return self.rows[index.row()][index.column()]
        return None


def proxy(rows: int, events: int, seconds: float) -> dict[str, Any]:
    """A QSortFilterProxyModel before a model in Python, with dynamic sorting on, as it comes."""
    feed = Feed(rows, 0)
    before_mb = resident_mb()
    model = PlainModel(feed.snapshot)
    proxied = QSortFilterProxyModel()
    proxied.setSourceModel(model)
    proxied.setSortRole(Qt.ItemDataRole.UserRole)
    view = QTableView()
    view.setModel(proxied)
    view.resize(*SIZE)
    view.show()
    QTest.qWait(50)
    held_mb = resident_mb() - before_mb
    sorts = [timed(lambda column=column: proxied.sort(column)) for column in (3, 8)]
    proxied.setFilterKeyColumn(0)
    filters = [timed(lambda text=text: proxied.setFilterFixedString(text)) for text in ("sub-12", "")]
    rng = random.Random(2)
    changed = []
    for _ in range(3):
        for row in [rng.randrange(rows) for _ in range(int(CHANGES_PER_S / SHOW_HZ))]:
            model.rows[row][8] *= rng.uniform(0.9, 1.1)
        last = model.index(model.rowCount() - 1, COLUMNS)
        changed.append(timed(lambda last=last: model.dataChanged.emit(model.index(0, 0), last)))
    frames = _scrolled(view)
    view.close()
    return {
        "proxy_sort_ms": float(np.median(sorts)), "proxy_filter_ms": max(filters),
        "proxy_show_ms": float(np.median(changed)), "proxy_frame_p99_ms": frames, "proxy_mb": held_mb,
    }  # fmt: skip


def _scrolled(view: QTableView, frames: int = 200) -> float:
    bar = view.verticalScrollBar()
    view.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    took = [timed(lambda: (bar.setValue(bar.value() + 3 * ROW_PX), view.viewport().repaint())) for _ in range(frames)]
    return float(np.percentile(took, 99))


PARTS: dict[str, Callable[[int, int, float], dict[str, Any]]] = {
    "scram": scram,
    "table": table_widget,
    "proxy": proxy,
}


if __name__ == "__main__":
    application = QApplication([])
    apply_theme(application, DARK)
    part, rows_, events_, seconds_ = sys.argv[1:5]
    found = PARTS[part](int(rows_), int(events_), float(seconds_))
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # taking a million items down one by one is not asked here

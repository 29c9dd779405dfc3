"""The first page: course, exposure, events, plans, the wall, and what is closest to its limit."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.snapshot import Snapshot
from widgets.docks import ACROSS, DOWN, DockArea, Split
from widgets.event_table import EventTable
from widgets.exposure_plot import ExposurePlot
from widgets.headroom_panel import HeadroomPanel
from widgets.mitigation_panel import MitigationPanel
from widgets.panel import SnapshotWidget
from widgets.portfolio_course import PortfolioCourse
from widgets.risk_wall import RiskWall

ROWS = (31, 42, 27)
COLUMNS = (62, 38)


class Overview(SnapshotWidget):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("overview", "Overview", parent)
        self.course = PortfolioCourse(self)
        self.exposure = ExposurePlot(self)
        self.events = EventTable(self)
        self.mitigations = MitigationPanel(self)
        self.wall = RiskWall(self)
        self.headroom = HeadroomPanel(self)
        self.exposure.scope_selected.connect(self.scope_selected)
        self.wall.scope_selected.connect(self.scope_selected)
        rows = (
            Split(ACROSS, ((COLUMNS[0], self.course), (COLUMNS[1], self.exposure))),
            Split(ACROSS, ((COLUMNS[0], self.events), (COLUMNS[1], self.mitigations))),
            Split(ACROSS, ((COLUMNS[0], self.wall), (COLUMNS[1], self.headroom))),
        )
        self.docks = DockArea("overview", Split(DOWN, tuple(zip(ROWS, rows, strict=True))), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.docks)

    @property
    def parts(self) -> tuple[SnapshotWidget, ...]:
        return (self.course, self.exposure, self.events, self.mitigations, self.wall, self.headroom)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for part in self.parts:
            part.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Every part draws itself."""

"""The first page: safe or not, how fast Scram is, course, exposure, events, plans, the wall, and the least headroom."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from core.snapshot import Snapshot
from widgets.docks import ACROSS, DOWN, DockArea, Split
from widgets.event_table import EventTable
from widgets.exposure_plot import ExposurePlot
from widgets.headroom_panel import HeadroomPanel
from widgets.mitigation_panel import MitigationPanel
from widgets.panel import SnapshotWidget
from widgets.portfolio_course import PortfolioCourse
from widgets.pulse_panel import PulsePanel
from widgets.risk_wall import RiskWall
from widgets.verdict_panel import VerdictPanel

ROWS = (31, 40, 29)
COLUMNS = (62, 38)
TOP_PX = 62


class Overview(SnapshotWidget):
    scope_selected = Signal(object)
    page_wished = Signal(int)
    event_selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("overview", "Overview", parent)
        self.verdict = VerdictPanel(self)
        self.pulse = PulsePanel(self)
        self.course = PortfolioCourse(self)
        self.exposure = ExposurePlot(self)
        self.events = EventTable(self)
        self.mitigations = MitigationPanel(self)
        self.wall = RiskWall(self)
        self.headroom = HeadroomPanel(self)
        for part in (self.verdict, self.exposure, self.wall, self.headroom):
            part.scope_selected.connect(self.scope_selected)
        for opener in (self.verdict, self.pulse):
            opener.page_wished.connect(self.page_wished)
        self.verdict.event_selected.connect(self.event_selected)
        rows = (
            Split(ACROSS, ((COLUMNS[0], self.course), (COLUMNS[1], self.exposure))),
            Split(ACROSS, ((COLUMNS[0], self.events), (COLUMNS[1], self.mitigations))),
            Split(ACROSS, ((COLUMNS[0], self.wall), (COLUMNS[1], self.headroom))),
        )
        self.docks = DockArea("overview", Split(DOWN, tuple(zip(ROWS, rows, strict=True))), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._top())
        column.addWidget(self.docks, 1)

    def _top(self) -> QHBoxLayout:
        """Above the panels that may be moved and closed: whether all is well is never put away."""
        row = QHBoxLayout()
        row.setSpacing(8)
        for part, share in zip((self.verdict, self.pulse), COLUMNS, strict=True):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            part.setFixedHeight(TOP_PX)
            row.addWidget(part, share)
        return row

    @property
    def parts(self) -> tuple[SnapshotWidget, ...]:
        return (
            self.verdict, self.pulse, self.course, self.exposure, self.events, self.mitigations, self.wall,
            self.headroom,
        )  # fmt: skip

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for part in self.parts:
            part.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Every part draws itself."""

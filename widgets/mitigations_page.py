"""The page of the mitigations: the list, one plan in full beneath it, and what all of them came to."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from core.domain import Scope
from core.snapshot import Snapshot
from widgets.automation_panel import AutomationPanel
from widgets.mitigation_detail import MitigationDetail, Trial
from widgets.mitigation_list import MitigationList
from widgets.panel import SnapshotWidget
from widgets.tab_bar import TabBar

TABS = ("Live", "Ended", "Figures")
LIVE, ENDED, FIGURES = range(len(TABS))
SHARES = (36, 64)


class MitigationsPage(SnapshotWidget):
    trial_wished = Signal(object)
    """The Trial that is looked at from now on; None for none."""
    preview_approved = Signal(str, str)
    approve_requested = Signal(str)
    reject_requested = Signal(str, str)
    scope_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("mitigations_page", "Mitigations", parent)
        self.tabs = TabBar("mitigations", TABS, self)
        self.list = MitigationList(self)
        self.detail = MitigationDetail(self)
        self.figures = AutomationPanel(self)
        plans = QWidget(self)
        column = QVBoxLayout(plans)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part, share in zip((self.list, self.detail), SHARES, strict=True):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            column.addWidget(part, share)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(plans)
        self.pages.addWidget(self.figures)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(5)
        whole.addWidget(self.tabs)
        whole.addWidget(self.pages, 1)
        self._wire()

    def _wire(self) -> None:
        self.tabs.turned.connect(self._turned)
        self.list.chosen.connect(self._look)
        self.list.approve_requested.connect(self.approve_requested)
        self.list.reject_requested.connect(self.reject_requested)
        self.list.scope_requested.connect(self.scope_requested)
        self.detail.wished.connect(self.trial_wished)
        self.detail.preview_approved.connect(self.preview_approved)
        self.detail.plan_approved.connect(self.approve_requested)
        self.detail.rejected.connect(self.reject_requested)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        for part in (self.list, self.detail, self.figures):
            part.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Every part draws itself."""

    def draft(self, scope: Scope) -> None:
        """Begin a plan by hand for this scope."""
        self.tabs.choose(LIVE)
        self.list.table.clearSelection()
        self.detail.look(Trial(scope=scope))
        self.detail.editor.every.setFocus()

    def show_plan(self, mitigation_id: str) -> None:
        self.tabs.choose(LIVE)
        self.list.choose(mitigation_id)

    def _look(self, mitigation_id: str) -> None:
        self.detail.look(Trial(mitigation_id))

    def _turned(self, place: int) -> None:
        self.pages.setCurrentIndex(1 if place == FIGURES else 0)
        if place != FIGURES and self.list.ended != (place == ENDED):
            self.detail.close_trial()
            self.list.show_ended(place == ENDED)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more: the engine need not try anything out."""
        super().hideEvent(event)
        self.detail.close_trial()

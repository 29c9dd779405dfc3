"""What is being done: plans that wait, plans that run, and how the last ones ended."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from core.mitigation.model import ENDED_STATES, WAITING_STATES
from core.snapshot import Snapshot
from widgets import figures
from widgets.line import Line
from widgets.mitigation_card import MitigationCard
from widgets.mitigation_words import urgency
from widgets.panel import Panel
from widgets.theme import Tone

MOST_CARDS = 8


class MitigationPanel(Panel):
    approve_requested = Signal(str)
    reject_requested = Signal(str)
    open_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("mitigation_panel", "Mitigations", parent)
        self.empty = Line("No plan is waiting and none is running", Tone.FAINT)
        self.rest = Line("", Tone.FAINT)
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.empty)
        self.cards = [MitigationCard(holder) for _ in range(MOST_CARDS)]
        for card in self.cards:
            card.hide()
            card.approved.connect(self.approve_requested)
            card.rejected.connect(self.reject_requested)
            card.opened.connect(self.open_requested)
            column.addWidget(card)
        column.addWidget(self.rest)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(holder)
        area.viewport().setAutoFillBackground(False)
        holder.setAutoFillBackground(False)
        self.body.addWidget(area)

    def draw(self, snapshot: Snapshot) -> None:
        infos = {info.name: info for info in snapshot.matrix.metrics}
        plans = sorted(snapshot.mitigations, key=urgency)
        waiting = sum(plan.state in WAITING_STATES for plan in plans)
        running = sum(plan.state not in WAITING_STATES | ENDED_STATES for plan in plans)
        self.note.say(f"{waiting} waiting · {running} running", Tone.HIGH if waiting else Tone.FAINT)
        self.empty.setVisible(not plans)
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(plans))
            if place < len(plans):
                plan = plans[place]
                card.show_plan(plan, infos.get(plan.metric), snapshot.base_currency, snapshot.at_s)
        more = len(plans) - len(self.cards)
        self.rest.setVisible(more > 0)
        self.rest.say(f"and {figures.count(more, 'more plan')}" if more > 0 else "")

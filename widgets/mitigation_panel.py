"""What is being done: plans that wait, plans that run, and how the last ones ended."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from core.mitigation.model import ENDED_STATES, WAITING_STATES
from core.snapshot import Snapshot
from widgets import figures
from widgets.line import Line
from widgets.mitigation_card import MitigationCard
from widgets.mitigation_progress import RunningRows, running
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
        self.running = RunningRows(self)
        self.running.opened.connect(self.open_requested)
        self.running.hide()
        self.body.addWidget(self.running)
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
        under_way = running(snapshot.mitigations)
        others = (plan for plan in snapshot.mitigations if plan.state in WAITING_STATES | ENDED_STATES)
        plans = sorted(others, key=urgency)
        waiting = sum(plan.state in WAITING_STATES for plan in plans)
        words = f"{figures.number(waiting)} waiting · {figures.number(len(under_way))} under way"
        self.note.say(words, Tone.HIGH if waiting else Tone.FAINT)
        self.running.show_plans(under_way, snapshot)
        self.empty.setVisible(not plans and not under_way)
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(plans))
            if place < len(plans):
                plan = plans[place]
                card.show_plan(plan, infos.get(plan.metric), snapshot.base_currency, snapshot.at_s)
        more = len(plans) - len(self.cards)
        self.rest.setVisible(more > 0)
        self.rest.say(f"and {figures.count(more, 'more plan')}" if more > 0 else "")

"""One record of the journal in full, with the way to what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from core.domain import Scope
from core.errors import ConfigError
from core.journal.intents import CloseRecord, OpenRecord
from core.journal.views import RecordView
from core.snapshot import Snapshot
from widgets import figures
from widgets.facts import Fact, Facts
from widgets.fonts import text_font
from widgets.journal_model import kind_words
from widgets.line import Line
from widgets.panel import Panel
from widgets.record_fields import BEFORE, VALUE, FieldModel
from widgets.table import Table
from widgets.theme import Tone

EVENT, PLAN, STOP = "event_id", "mitigation_id", "halt_id"
_BY_KIND = {"event": EVENT, "mitigation": PLAN, "stop": STOP, "flatten": STOP, "return": STOP, "source": STOP}
"""What a record of that first word is about."""


def links_of(record: RecordView) -> dict[str, str]:
    """Ids of the event, the plan and the stop that a record speaks of, by the name of such ids."""
    line = record.line
    if line is None:
        return {}
    found: dict[str, str] = {}
    inner = (record.body.get(name) for name in ("after", "event_after", "before", "event_before"))
    for body in (record.body, *inner):
        if isinstance(body, Mapping):
            for name in (EVENT, PLAN, STOP):
                value = body.get(name)
                if name not in found and isinstance(value, str) and value:
                    found[name] = value
    kind = _BY_KIND.get(line.kind.partition(".")[0])
    # A stop that a limit asked for is about its event.
    if line.subject and kind is not None and line.subject not in found.values():
        found[EVENT if line.kind == "stop.requested" else kind] = line.subject
    return found


class RecordPane(Panel):
    closed = Signal()
    event_selected = Signal(str)
    plan_selected = Signal(str)
    stop_selected = Signal(str)
    scope_selected = Signal(object)
    about_wanted = Signal(str)
    """Everything about this id is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("record_pane", "Record", parent)
        self.seq: int | None = None
        self._record: RecordView | None = None
        self._links: dict[str, str] = {}
        self.heading = Line("", Tone.STRONG, font=text_font(15, QFont.Weight.DemiBold))
        self.facts = Facts("record_facts", "What stands around the record", self)
        self.model = FieldModel()
        self.table = Table(self.model, "record_fields", "What the record says, field by field", self)
        self.table.size_columns(stretched=VALUE)
        self.table.elide_right(VALUE, BEFORE)
        self.shut = self._button("close_record", "Close", "Close (Esc)", self.close_pane)
        self.shut.setProperty("role", "flat")
        self.top.addWidget(self.shut)
        self.open_event = self._button("record_event", "Event", "Open the event that it speaks of", self._open_event)
        self.open_plan = self._button("record_plan", "Plan", "Open the plan that it speaks of", self._open_plan)
        self.open_stop = self._button("record_stop", "Stop", "Open the stop that it speaks of", self._open_stop)
        self.open_scope = self._button("record_scope", "Scope", "Open the page of its scope", self._open_scope)
        self.about = self._button("record_about", "All about it", "Every record about the same", self._all_about)
        links = QGridLayout()
        links.setSpacing(6)
        for place, button in enumerate((self.open_event, self.open_plan, self.open_stop, self.open_scope, self.about)):
            links.addWidget(button, 0, place)
        links.setColumnStretch(5, 1)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.facts)
        self.body.addLayout(links)
        self.body.addWidget(self.table, 1)
        self.hide()

    def _button(self, name: str, text: str, tip: str, act: Any) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(act)
        return button

    def open_record(self, seq: int) -> None:
        if seq != self.seq or self._record is None or self._record.error:
            self.seq, self._record = seq, None
            self.asked.emit(OpenRecord(seq))
        self.show()
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def close_pane(self) -> None:
        if not self.isHidden():
            self.hide()
            self.seq = self._record = None
            self.asked.emit(CloseRecord())
            self.closed.emit()

    def draw(self, snapshot: Snapshot) -> None:
        record = snapshot.journal_desk.record
        mine = record if record is not None and record.seq == self.seq else None
        if mine is not None and (mine.line is not None or mine.error) and mine != self._record:
            self._record = mine
            self._show(mine)
        elif self._record is None:
            self._show(None)
        self._weigh(snapshot)

    def _show(self, record: RecordView | None) -> None:
        self.heading.say(f"Record {figures.number(self.seq)}")
        line = record.line if record is not None else None
        if record is None or line is None:
            words = "being read" if record is None else record.error
            self.facts.show_facts((("", words, Tone.UNKNOWN if record is None else Tone.CRITICAL),))
            self.model.show_record(None)
            self._links = {}
            return
        self.heading.say(f"Record {figures.number(record.seq)} · {kind_words(line.kind)}")
        self.facts.show_facts(_facts(record))
        both = self.model.show_record(record)
        self.table.setColumnHidden(BEFORE, not both)
        self.table.scrollToTop()
        self.table.empty_words = "It says nothing more"
        left = self.model.left_out
        self.note.say(f"{figures.number(left)} more fields: write them to a file" if left else "", Tone.MEDIUM)
        self._links = links_of(record)

    def _weigh(self, snapshot: Snapshot) -> None:
        """Where each link leads, or in words why it does not."""
        plans = {plan.mitigation_id for plan in snapshot.mitigations}
        stops = {halt.halt_id for halt in snapshot.halts}
        event, plan, stop = (self._links.get(name, "") for name in (EVENT, PLAN, STOP))
        _offer(self.open_event, event, f"Open event {event}", "")
        _offer(self.open_plan, plan, f"Open plan {plan}", "" if plan in plans else "this plan is not listed any more")
        _offer(self.open_stop, stop, f"Open stop {stop}", "" if stop in stops else "this stop was reset")
        scope = self._scope()
        known = scope is not None and scope in snapshot.matrix.rows
        _offer(
            self.open_scope,
            str(scope or ""),
            f"Open the page of {scope}",
            "" if known else "there is no such scope now",
        )
        line = self._record.line if self._record is not None else None
        subject = line.subject if line is not None else ""
        _offer(self.about, subject, f"Every record about {subject}", "")

    def _scope(self) -> Scope | None:
        line = self._record.line if self._record is not None else None
        try:
            return Scope.parse(line.scope) if line is not None and line.scope else None
        except ConfigError:
            return None

    def restyle(self) -> None:
        self.facts.restyle()

    def _open_event(self) -> None:
        self.event_selected.emit(self._links[EVENT])

    def _open_plan(self) -> None:
        self.plan_selected.emit(self._links[PLAN])

    def _open_stop(self) -> None:
        self.stop_selected.emit(self._links[STOP])

    def _open_scope(self) -> None:
        self.scope_selected.emit(self._scope())

    def _all_about(self) -> None:
        if self._record is not None and self._record.line is not None:
            self.about_wanted.emit(self._record.line.subject)


def _offer(button: QToolButton, target: str, words: str, why_not: str) -> None:
    """Hidden where the record speaks of none."""
    button.setVisible(bool(target))
    button.setEnabled(bool(target) and not why_not)
    told = words if not why_not else f"{words}: {why_not}"
    if button.toolTip() != told:
        button.setToolTip(told)
        button.setAccessibleName(told)


def _facts(record: RecordView) -> tuple[Fact, ...]:
    line = record.line
    assert line is not None
    matches = "its content matches its hash" if record.follows else "its content does not match its hash"
    facts: list[Fact] = [
        ("When", figures.stamp(line.at_s), Tone.NORMAL),
        ("By", line.actor or "nobody is named", Tone.NORMAL),
        ("Scope", line.scope, Tone.NORMAL),
        ("About", line.subject, Tone.NORMAL),
        ("Run", line.run, Tone.NORMAL),
        ("In force", _in_force(record), Tone.NORMAL),
        ("Hash", f"{record.hash[:16]}… behind {record.prev_hash[:16]}…: {matches}",
         Tone.NORMAL if record.follows else Tone.CRITICAL),
    ]  # fmt: skip
    return tuple(fact for fact in facts if fact[1])


def _in_force(record: RecordView) -> str:
    limits = f"limits {figures.number(record.limits_version)}" if record.limits_version else ""
    config = f"configuration {record.config_version[:12]}" if record.config_version else ""
    return ", ".join(part for part in (limits, config) if part)

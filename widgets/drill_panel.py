"""Trying the stop out: two buttons, the choice for the live one, how far it is, and what came of the last."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.halt.drill.report import DrillReport
from core.halt.readiness.judgement import DrillKind
from core.halt.readiness.view import ReadinessView
from widgets import figures
from widgets.bar import ShareBar
from widgets.drill_model import CANCELS, FIRST, GONE, LISTED, NOTE, PROOF, DrillModel
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.live_form import LiveForm
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

CONTROLS_PX = 390


class DrillPanel(Panel):
    drill_requested = Signal(object, object)
    """A DrillKind, and the names or patterns of accounts; none: all of them."""
    preview_requested = Signal(object)
    call_off_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("drill_panel", "Drill", parent)
        self.dry = _button("dry_drill", "Dry drill", "Dry drill of all accounts: everything but the cancels", self)
        self.live = _button("live_drill", "Live drill…", "Live drill: choose accounts, then place and stop", self)
        self.live.setCheckable(True)
        self.call_off = _button("call_off_drill", "Call off", "Call off the drill that runs", self)
        self.state = Line("", Tone.NORMAL, font=text_font(13))
        self.counts = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.trouble = Line("", Tone.CRITICAL, font=text_font(12), elide=RIGHT)
        self.shares = ShareBar()
        self.form = LiveForm(self)
        self.form.hide()
        self.model = DrillModel()
        self.table = Table(self.model, "drill_rows", "Result of the drill per account", self)
        self.table.empty_words = "No drill has been run yet"
        self.table.size_columns(stretched=NOTE)
        self.table.elide_right(NOTE)
        self.table.make_sortable()
        self._lay_out()
        self.dry.clicked.connect(lambda: self.drill_requested.emit(DrillKind.DRY, ()))
        self.live.toggled.connect(self.form.setVisible)
        self.call_off.clicked.connect(self.call_off_requested)
        self.form.preview_requested.connect(self.preview_requested)
        self.form.run_requested.connect(self._run_live)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.dry, self.live, self.call_off):
            buttons.addWidget(button)
        buttons.addStretch(1)
        controls = QWidget(self)
        controls.setFixedWidth(CONTROLS_PX)
        column = QVBoxLayout(controls)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addLayout(buttons)
        for part in (self.form, self.state, self.shares, self.counts, self.trouble):
            column.addWidget(part)
        column.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(controls)
        row.addWidget(self.table, 1)
        self.body.addLayout(row)

    def show_view(self, view: ReadinessView | None) -> None:
        report = view.drill if view is not None else None
        drilling = view is not None and view.drilling
        self.dry.setEnabled(view is not None and not drilling)
        self.live.setEnabled(view is not None and not drilling)
        self.call_off.setVisible(drilling)
        self.form.show_preview(view)
        trouble = _trouble(view) if view is not None else ""
        self.trouble.setVisible(bool(trouble))
        self.trouble.say(trouble)
        self._show_report(report, drilling=drilling)
        self._show_columns(report.kind if report is not None else DrillKind.DRY)
        self.model.show(report.rows if report is not None else ())
        self.table.flush()

    def _show_report(self, report: DrillReport | None, *, drilling: bool) -> None:
        for part in (self.state, self.counts, self.shares):
            part.setVisible(report is not None)
        if report is None:
            self.note.say("dry: everything but the cancels · live: one far-off order per chosen account")
            return
        rows = len(report.rows)
        self.state.say(*_state(report, drilling=drilling))
        self.counts.say(f"{figures.number(report.failed)} failed · {figures.number(report.not_tried)} not tried")
        waiting = rows - report.over
        self.shares.show_parts(
            ((report.passed, Tone.OK), (report.failed, Tone.CRITICAL), (report.not_tried, Tone.UNKNOWN),
             (waiting, Tone.FAINT))
        )  # fmt: skip
        off = " · called off" if report.called_off else ""
        began = figures.clock(report.began_at_s)
        self.note.say(f"{report.kind} · by {report.operator} · {began}{off} · every report is kept")

    def _show_columns(self, kind: DrillKind) -> None:
        """Of each kind of drill, what it measures."""
        for column in (LISTED, CANCELS):
            self.table.setColumnHidden(column, kind is DrillKind.LIVE)
        for column in (FIRST, GONE, PROOF):
            self.table.setColumnHidden(column, kind is DrillKind.DRY)

    def _run_live(self, names: tuple[str, ...]) -> None:
        self.live.setChecked(False)
        self.form.accounts.clear()
        self.drill_requested.emit(DrillKind.LIVE, names)


def _state(report: DrillReport, *, drilling: bool) -> tuple[str, Tone]:
    accounts = figures.count(len(report.rows), "account")
    if drilling:
        return f"○ {report.kind} drill: {figures.number(report.over)} of {accounts} over", Tone.ACCENT
    words = f"{report.kind} drill: {figures.number(report.passed)} of {accounts} passed"
    if report.passed == len(report.rows):
        return f"✓ {words}", Tone.OK
    return (f"▲ {words}", Tone.CRITICAL) if report.failed else (f"◆ {words}", Tone.UNKNOWN)


def _trouble(view: ReadinessView) -> str:
    """What may rest of the drill itself stands above what became of its report."""
    left = view.drill.left if view.drill is not None else ()
    if left:
        return f"▲ {left[0].account}: {left[0].left}; cancel it by hand"
    return f"▲ {view.trouble}" if view.trouble else ""


def _button(name: str, words: str, accessible: str, parent: QWidget) -> QPushButton:
    button = QPushButton(words, parent)
    button.setObjectName(name)
    button.setAccessibleName(accessible)
    return button

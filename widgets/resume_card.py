"""The way back to trading after a reset, in two steps: under reduce-only, then fully."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from core.halt.model import HaltView
from core.halt.source.model import SourceView
from core.halt.way_back.acts import ResumeView
from core.halt.way_back.second import Pending, ReturnAct
from core.snapshot import Snapshot
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.marks import scope_words
from widgets.panel import Panel
from widgets.second_row import SecondRow
from widgets.theme import Tone

SOURCES = 3
"""Strategies named one by one; the tool tip has all."""
FIRST = "Resume under reduce-only…"
SECOND = "Resume fully…"
NOBODY = "○ no source connected: nobody is asked"
SURE = "Yes, resume fully"


class ResumeCard(Panel):
    resume_requested = Signal(object, str)
    """The Scope, and the reason: the first step."""
    resume_fully_requested = Signal(str, str)
    """The id of the reduce-only stop, and the reason: the second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("resume_card", "Resume", parent)
        self._view: ResumeView | None = None
        self._views: tuple[ResumeView, ...] = ()
        self._sure = False
        self.which = QComboBox(self)
        self.which.setObjectName("which_return")
        self.which.setAccessibleName("Which scope to resume")
        self.which.currentIndexChanged.connect(self._turn)
        self.words = Line("", Tone.STRONG, font=text_font(13))
        self.obstacle = Line("", Tone.HIGH, font=text_font(12))
        self.sources = [Line("", Tone.FAINT, font=text_font(12), elide=RIGHT) for _ in range(SOURCES)]
        self.reason = QLineEdit(self)
        self.reason.setObjectName("resume_reason")
        self.reason.setAccessibleName("Reason for resuming")
        self.reason.setPlaceholderText("Reason (required)")
        self.second = SecondRow(self)
        self.button = QPushButton(FIRST, self)
        self.button.setObjectName("resume")
        self.hint = Line("", Tone.FAINT, font=text_font(12))
        parts = (self.which, self.words, self.obstacle, *self.sources, self.reason, self.second, self.button, self.hint)
        for part in parts:
            self.body.addWidget(part)
        for line in (self.which, self.obstacle, *self.sources):
            line.hide()
        self.body.addStretch(1)
        self.reason.textChanged.connect(self._weigh)
        self.button.clicked.connect(self._act)

    def show_returns(self, halt: HaltView | None, snapshot: Snapshot) -> None:
        """Shown where no stop is, or where the one on the board is the first step of a return."""
        views = snapshot.resumes
        if halt is not None:
            views = tuple(view for view in views if halt.resuming and view.halt_id == halt.halt_id)
        self._list(views)
        place = max(0, self.which.currentIndex())
        view = views[place] if place < len(views) else None
        self.setVisible(view is not None)
        if view is None or self._view is None or _key(view) != _key(self._view):
            # A reason, and being sure, belong to one step of one scope.
            self.reason.clear()
            self._sure = False
        self._view = view
        if view is not None:
            self._show(view, snapshot)

    def _show(self, view: ResumeView, snapshot: Snapshot) -> None:
        scope, at = scope_words(view.scope), figures.clock(view.at_s)
        self.note.say("step 2 of 2" if view.halt_id else "step 1 of 2")
        began = f"{scope} may only reduce since {at}, by {view.by}"
        self.words.say(began if view.halt_id else f"{scope} was reset by {view.by}, {at}; nothing was resumed")
        self.obstacle.setVisible(bool(view.obstacle))
        self.obstacle.say(f"▲ {view.obstacle}" if view.obstacle else "")
        rows = [_said(source) for source in view.sources if source.kind] or [
            ("no source connected: nobody is asked", Tone.FAINT)
        ]
        for place, line in enumerate(self.sources):
            line.setVisible(place < len(rows))
            if place < len(rows):
                line.say(*rows[place])
        self.setToolTip("\n".join(words for words, _ in rows))
        pending = _pending(view, snapshot.pending)
        self.second.show_pending(pending, snapshot.at_s)
        for part in (self.reason, self.button):
            part.setVisible(pending is None)
        lifted = "Takes the reduce-only stop off, and asks the sources to resume."
        self.hint.say(lifted if view.halt_id else "Sweeps what does not reduce; asks the sources for reduce-only.")
        self._weigh()

    def _list(self, views: tuple[ResumeView, ...]) -> None:
        self.which.setVisible(len(views) > 1)
        if [_key(view) for view in views] != [_key(view) for view in self._views]:
            self.which.blockSignals(True)
            self.which.clear()
            self.which.addItems([scope_words(view.scope) for view in views])
            self.which.blockSignals(False)
        self._views = views

    def _turn(self, place: int) -> None:
        self._view = None  # shown anew with the next snapshot
        self.reason.clear()
        self.button.setEnabled(False)

    def _weigh(self) -> None:
        view = self._view
        may = view is not None and not view.obstacle and bool(self.reason.text().strip())
        self._sure = self._sure and may
        self.button.setEnabled(may)
        second = view is not None and bool(view.halt_id)
        self.button.setText((SURE if self._sure else SECOND) if second else FIRST)
        self.button.setAccessibleName(self.button.text())

    def _act(self) -> None:
        view, reason = self._view, self.reason.text().strip()
        if view is None or not reason or view.obstacle:
            return
        if not view.halt_id:
            self.resume_requested.emit(view.scope, reason)
        elif self._sure:
            self._sure = False
            self.resume_fully_requested.emit(view.halt_id, reason)
        else:
            self._sure = True
        self._weigh()


def _key(view: ResumeView) -> tuple[object, str]:
    return view.scope, view.halt_id


def _said(view: SourceView) -> tuple[str, Tone]:
    if view.wanted is not None and not view.obeyed:
        return f"▲ {view.strategy}: {view.words}", Tone.HIGH
    return f"○ {view.strategy}: {view.words}", Tone.NORMAL


def _pending(view: ResumeView, waiting: tuple[Pending, ...]) -> Pending | None:
    act = ReturnAct.RESUME_FULLY if view.halt_id else ReturnAct.RESUME
    return next((one for one in waiting if (one.act, one.halt_id, one.scope) == (act, view.halt_id, view.scope)), None)

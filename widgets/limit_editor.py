"""Changing one limit: its fields, what is wrong with them, the reason, and the buttons. Nothing that is typed is lost.

What is typed is tried out on today's figures a moment later; only what was tried out can be applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.config.limit_form import Texts
from core.limit_page import Answer, Draft, LimitLine, LimitsPage, LimitTrial, PastChange
from core.risk.model import MetricInfo
from core.snapshot import Snapshot
from widgets.limit_drafts import Kind, Task, own_values, removable, removal, unassigned
from widgets.limit_fields import LimitFields
from widgets.limit_models import title_of
from widgets.panel import Panel
from widgets.theme import Tone
from widgets.wrapped import Wrapped

WAIT_MS = 250
"""After the last key, before what is typed is tried out."""
HINT = "Choose a limit above to change it, or begin a new one (Ctrl+N)"
LOOK = "Choose a limit above to look at it"
_TITLES = {Kind.NEW: "New limit", Kind.ASSIGN: "Assign a profile", Kind.UNDO: "Undo"}


class LimitEditor(Panel):
    tried = Signal(object)
    """The Draft that is to be tried out from now on; an empty one ends that."""
    applied = Signal(object, str)
    """The Draft, and the reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("limit_editor", "Change", parent)
        self.task = Task()
        self.fields = LimitFields(self)
        self.message = Wrapped(3)
        self.reason = QLineEdit(self)
        self.reason.setObjectName("limit_reason")
        self.reason.setAccessibleName("Reason of the change")
        self.apply = self._button("limit_apply", "Apply", "Write the change into the configuration (Ctrl+Return)")
        self.apply.setProperty("role", "primary")
        self.revert = self._button("limit_revert", "Start over", "Take back what is typed here (Escape)")
        self.remove = self._button("limit_remove", "Remove…", "Take this limit away, after a look at what that does")
        self.own = self._button("limit_own", "Own limit", "Begin a limit of its own for this scope, from this one")
        self.unassign = self._button("limit_unassign", "Unassign…", "Take the whole profile off these scopes")
        self._typed: dict[object, tuple[Texts, Mapping[str, Any]]] = {}
        """By task what is typed and not applied, with the row as it was when that was begun."""
        self._was: Mapping[str, Any] = {}
        self._first: Texts = {}
        self._draft = Draft()
        self._asked = Draft()
        """Of what an answer is awaited."""
        self._problems: dict[str, str] = {}
        self._page: LimitsPage | None = None
        self._infos: dict[str, MetricInfo] = {}
        self._base = "USD"
        self._seen = 0
        """Number of the last answer that was shown."""
        self.pause = QTimer(self)
        self.pause.setSingleShot(True)
        self.pause.setInterval(WAIT_MS)
        self._lay_out()
        self._wire()
        self.take_up(Task())

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(5)
        row.addWidget(self.reason, 1)
        for part in (self.own, self.unassign, self.remove, self.revert, self.apply):
            row.addWidget(part)
        self.body.addWidget(self.fields)
        self.body.addWidget(self.message)
        self.body.addStretch(1)
        self.body.addLayout(row)

    def _wire(self) -> None:
        self.fields.changed.connect(self._typed_anew)
        self.pause.timeout.connect(self._try)
        self.reason.textChanged.connect(self._weigh)
        self.apply.clicked.connect(self._apply)
        self.revert.clicked.connect(self.start_over)
        self.remove.clicked.connect(self._remove)
        self.own.clicked.connect(self._own)
        self.unassign.clicked.connect(self._unassign)
        for key, act in (("Ctrl+Return", self._apply), ("Ctrl+Enter", self._apply), ("Escape", self.start_over)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        return button

    # -- what is being changed ------------------------------------------------------------------------------------

    def take_up(self, task: Task) -> None:
        """Fields for this from now on; what was typed for it before is there still."""
        self._keep()
        self.task = task
        typed = self._typed.get(task.key)
        self._was = typed[1] if typed is not None else dict(task.was)
        self._first = task.first_texts(self._first_unit(task), self._base)
        self.fields.offer(task.fields, fixed=self._fixed())
        self.fields.setVisible(bool(task.fields))
        self.fields.load(typed[0] if typed is not None else self._first)
        self.reason.clear()
        self._say_title()
        self._try()

    def start_over(self) -> None:
        """As it stands in the file now; what is typed is given up."""
        self._typed.pop(self.task.key, None)
        line, task = self.task.line, Task()
        if self.task.kind is Kind.CHANGE and line is not None and self._page is not None:
            now = next((one for one in self._page.lines if one.identity == line.identity), None)
            task = task if now is None else Task(Kind.CHANGE, now)
        self.task = Task()
        self.message.say("")
        self.take_up(task)

    def _keep(self) -> None:
        texts = self.fields.texts()
        if self.task.fields and self._changed(texts):
            self._typed[self.task.key] = (texts, self._was)

    def _changed(self, texts: Texts) -> bool:
        return self.task.values is not None or any(text != self._first.get(name, "") for name, text in texts.items())

    def _fixed(self) -> tuple[str, ...]:
        line = self.task.line if self.task.kind is Kind.CHANGE else None
        if self._locked or (line is not None and line.fixed):
            return self.task.fields
        if line is None:
            return ()
        return ("metric", "change_over_s") if line.assigned is not None else ("scope", "metric")

    @property
    def draft(self) -> Draft:
        """What is about to be changed, as it was tried out last."""
        return self._draft

    @property
    def _locked(self) -> str:
        return self._page.locked if self._page is not None else ""

    def _first_unit(self, task: Task) -> str:
        if task.values is None:
            return task.line.unit if task.line is not None else "number"
        info = self._infos.get(str(task.values.get("metric", "")))
        return "ratio" if task.values.get("of") else info.unit if info is not None else "number"

    def _unit(self) -> str:
        """Of thresholds as they are typed now."""
        if self.fields.text("of"):
            return "ratio"
        info = self._infos.get(self.fields.text("metric"))
        return info.unit if info is not None else "number"

    def _say_title(self) -> None:
        self.caption.setText(_TITLES.get(self.task.kind, "Change").upper())
        line, change = self.task.line, self.task.change
        if line is not None and self.task.kind is Kind.CHANGE:
            of = f"{line.source}, for every scope that has it" if line.assigned is not None else line.scope
            self.note.say(f"{title_of(line)} · {of} · {line.where}")
        elif change is not None:
            self.note.say(f"version {change.version} by {change.by}")
        else:
            self.note.say("")

    # -- what it shows --------------------------------------------------------------------------------------------

    def show_page(self, page: LimitsPage, snapshot: Snapshot) -> None:
        """The engine has painted the page anew."""
        relocked = self._page is None or self._page.locked != page.locked
        self._page, self._base = page, snapshot.base_currency
        self._infos = {info.name: info for info in snapshot.matrix.metrics}
        amounts = tuple(info.name for info in snapshot.matrix.metrics if info.unit == "money")
        self.fields.show_choices(page, self._infos, amounts)
        self._follow(page)
        if relocked:
            self.fields.offer(self.task.fields, fixed=self._fixed())
        self._show_answer(page.answer)
        self._weigh()

    def _follow(self, page: LimitsPage) -> None:
        """The row may be another by now: what nobody has touched follows it."""
        line = self.task.line
        if self.task.kind is not Kind.CHANGE or line is None:
            return
        now = next((one for one in page.lines if one.identity == line.identity), None)
        if now is None and not self._draft.empty:
            return
        if now is None:
            self.take_up(Task())
        elif now.written != line.written and not self._changed(self.fields.texts()):
            self.take_up(Task(Kind.CHANGE, now))
        elif now is not line:
            self.task = Task(Kind.CHANGE, now)
            self._say_title()

    def _show_answer(self, answer: Answer | None) -> None:
        if answer is None or answer.number <= self._seen:
            return
        self._seen = answer.number
        if answer.done and not self._asked.empty and self._asked == self._draft:
            self._typed.pop(self.task.key, None)
            self.start_over()
        self._asked = Draft()
        mark, tone = ("✓", Tone.OK) if answer.done else ("▲", Tone.HIGH)
        self.message.say(f"{mark} {answer.words}", tone)

    def draw(self, snapshot: Snapshot) -> None:
        """Its page hands it what the engine painted by `show_page`."""

    # -- what is typed --------------------------------------------------------------------------------------------

    def _typed_anew(self) -> None:
        self.message.say("")
        self.apply.setEnabled(False)
        self.pause.start()

    def _try(self) -> None:
        self.pause.stop()
        texts, unit = self.fields.texts() if self.task.fields else {}, self._unit()
        self.fields.show_unit(unit)
        draft, self._problems = self.task.draft(texts, self._was, unit, self._base, self._now_s())
        self.fields.mark(self._problems)
        if self._problems:
            self.message.say("\n".join(self._problems.values()), Tone.HIGH)
        self._ask(draft)

    def _ask(self, draft: Draft) -> None:
        if draft != self._draft:
            self._draft = draft
            self.tried.emit(draft)
        self._weigh()

    def _now_s(self) -> float:
        return self._snapshot.at_s if self._snapshot is not None else 0.0

    def _trial(self) -> LimitTrial | None:
        """Of just what is typed."""
        trial = self._page.trial if self._page is not None else None
        return trial if trial is not None and trial.draft == self._draft else None

    def _weigh(self) -> None:
        trial, line = self._trial(), self.task.line
        needs = trial is not None and trial.needs_reason
        self.reason.setPlaceholderText("Reason (required: it leaves more room)" if needs else "Reason, for the journal")
        self.reason.setEnabled(not self._locked and not self._draft.empty)
        ready = trial is not None and not trial.refused and not self._problems and not self.pause.isActive()
        self.apply.setEnabled(ready and not self._locked and (not needs or bool(self.reason.text().strip())))
        self.apply.setText("Ask a second person" if trial is not None and trial.needs_second else "Apply")
        begun = self.task.kind not in (Kind.NOTHING, Kind.CHANGE)
        self.revert.setEnabled(begun or not self._draft.empty or bool(self._problems))
        for part in (self.reason, self.revert, self.apply):
            part.setVisible(self.task.kind is not Kind.NOTHING)
        changing = line is not None and self.task.kind is Kind.CHANGE and not self._locked
        self.remove.setVisible(changing and line is not None and removable(line))
        self.unassign.setVisible(changing and line is not None and line.assigned is not None)
        self.own.setVisible(changing and line is not None and line.assigned is not None)
        if trial is not None and trial.refused and not self._problems:
            self.message.say(trial.refused, Tone.HIGH)
        elif not self.message.text() or self.message.text() in (HINT, LOOK):
            self.message.say(*self._standing_words())

    def _standing_words(self) -> tuple[str, Tone]:
        """What there is to say while nothing else is."""
        line = self.task.line
        if self.task.kind is Kind.NOTHING:
            return LOOK if self._locked else HINT, Tone.FAINT
        said = (line.held or line.fixed) if line is not None and self.task.kind is Kind.CHANGE else ""
        return f"■ {said}" if said else "", Tone.MEDIUM

    # -- acts -----------------------------------------------------------------------------------------------------

    def begin_new(self) -> None:
        self.message.say("")
        self.take_up(Task(Kind.NEW, values={"scope": "account:*"}))
        self.fields.fields["scope"].setFocus()

    def begin_assignment(self) -> None:
        self.message.say("")
        self.take_up(Task(Kind.ASSIGN))
        self.fields.fields["scope"].setFocus()

    def begin_undo(self, change: PastChange) -> None:
        self.message.say("")
        self.take_up(Task(Kind.UNDO, change=change))
        self.reason.setFocus()

    def begin_change(self, line: LimitLine) -> None:
        self.message.say("")
        self.take_up(Task(Kind.CHANGE, line))

    def _remove(self) -> None:
        if self.task.line is not None:
            self._ask(removal(self.task.line))
            self.reason.setFocus()

    def _unassign(self) -> None:
        if self.task.line is not None:
            self._ask(unassigned(self.task.line))
            self.reason.setFocus()

    def _own(self) -> None:
        line = self.task.line
        if line is not None:
            self.take_up(Task(Kind.NEW, values=own_values(line)))
            self.fields.fields["high"].setFocus()

    def _apply(self) -> None:
        if self.pause.isActive():
            self._try()
        if self.apply.isEnabled():
            self._asked = self._draft
            self.apply.setEnabled(False)
            self.message.say("being written …", Tone.FAINT)
            self.applied.emit(self._draft, self.reason.text().strip())

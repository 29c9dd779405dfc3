"""The controls of one scope: block, reduce-only, flatten, and apart from them its stop; each says what it would do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.domain import PORTFOLIO, Protective, Scope, StopLevel
from core.intents import FireStop
from core.snapshot import Snapshot
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import Panel
from widgets.scope_outlook_words import Said, ScopeWords, scope_words_of
from widgets.theme import Tone

APART_PX = 56
"""Between the stop and the other controls: a hand that slips must not reach it."""
HEIGHT_PX = 142


class ScopeStopButton(QPushButton):
    """One click fires. Reached by Tab and not taken by a click: a space bar hit afterwards must not fire it again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("STOP SCOPE", parent)
        self.setObjectName("scope_stop")
        self.setProperty("role", "stop")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(196, 34)


class Control(QWidget):
    """A button and, beneath it, what it would do."""

    def __init__(self, button: QPushButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = button
        self.words = QLabel("", self)
        self.words.setWordWrap(True)
        self.words.setFont(text_font(12))
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        # Sentences change with the orders: the buttons must not move because of it.
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.words.setMinimumHeight(34)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(button)
        column.addWidget(self.words, 1)

    def say(self, said: Said) -> None:
        self.button.setEnabled(said.usable)
        if said.words != self.words.text():
            self.words.setText(said.words)
            self.button.setToolTip(said.words)
            self.button.setAccessibleDescription(said.words)


class ScopeControls(Panel):
    stop_selected = Signal(str)
    """The id of a stop whose proof and way back are asked for; "" for the page itself."""
    flatten_requested = Signal(str)
    """The id of the stop under which positions are to be closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("scope_controls", "Controls of this scope", parent)
        self.scope: Scope = PORTFOLIO
        self.block = self._control("scope_block", "Block", self._block)
        self.reduce = self._control("scope_reduce_only", "Reduce-only", self._reduce)
        self.flatten = self._control("scope_flatten", "Flatten…", self._flatten)
        stop = ScopeStopButton(self)
        stop.clicked.connect(self._stop)
        self.stop = Control(stop, self)
        self.back = QToolButton(self)
        self.back.setObjectName("scope_way_back")
        self.back.clicked.connect(self._way_back)
        self.hints = Line("", Tone.MEDIUM, font=text_font(12), elide=RIGHT)
        self._said: ScopeWords | None = None
        self._fired = False
        """It was fired from here, and the first word of it is still to come."""
        self.top.insertWidget(2, self.back)
        row = QHBoxLayout()
        row.setSpacing(12)
        for control in (self.block, self.reduce, self.flatten):
            row.addWidget(control, 3)
        row.addSpacing(APART_PX)
        row.addWidget(self.stop, 3)
        self.body.addLayout(row, 1)
        self.body.addWidget(self.hints)
        self.setFixedHeight(HEIGHT_PX)

    def _control(self, name: str, text: str, act: Callable[[], None]) -> Control:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.clicked.connect(act)
        return Control(button, self)

    def show_scope(self, scope: Scope, snapshot: Snapshot) -> None:
        if scope != self.scope:
            self.scope, self._fired = scope, False
        self.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        said = scope_words_of(self.scope, snapshot)
        self._said = said
        self._fired = self._fired and not said.halt_id
        for control, words in (
            (self.block, said.block), (self.reduce, said.reduce), (self.flatten, said.flatten), (self.stop, said.stop),
        ):  # fmt: skip
            control.say(words)
        name = self.scope.words
        self.block.button.setAccessibleName(f"Block {name}")
        self.reduce.button.setAccessibleName(f"Let {name} only reduce")
        self.flatten.button.setAccessibleName(f"Flatten {name}: first shows what that would cost")
        self.stop.button.setText("STOP ALL" if self.scope == PORTFOLIO else f"STOP {self.scope.kind.value.upper()}")
        self.stop.button.setAccessibleName(f"Stop {name}")
        waiting = "fired: waiting for the first word of it"
        self.note.say(*((waiting, Tone.CRITICAL) if self._fired else (said.state, said.tone)))
        self.back.setVisible(bool(said.halt_id) or said.resume)
        self.back.setText("Proof and reset…" if said.halt_id else "Resume…")
        self.back.setToolTip("Go to its proof, where it is reset" if said.halt_id else "Go to where it is resumed")
        self.hints.say(" · ".join(said.hints))
        self.hints.setToolTip("\n".join(said.hints))

    # -- what is asked --------------------------------------------------------------------------------------------

    def _fire(self, intent: FireStop) -> None:
        self.asked.emit(intent)
        # Said at once: the next snapshot may be long in coming, and the operator must see that the act was taken.
        self._fired = True
        self.note.say("fired: waiting for the first word of it", Tone.CRITICAL)

    def _block(self) -> None:
        self._fire(FireStop(self.scope, "", "blocked on its page", Protective.KEEP, StopLevel.BLOCK))

    def _reduce(self) -> None:
        self._fire(FireStop(self.scope, "", "reduce-only on its page", Protective.KEEP, StopLevel.REDUCE_ONLY))

    def _stop(self) -> None:
        self._fire(FireStop(self.scope, "", "the stop button of its page"))

    def _flatten(self) -> None:
        if self._said is not None and self._said.halt_id:
            self.flatten_requested.emit(self._said.halt_id)

    def _way_back(self) -> None:
        self.stop_selected.emit(self._said.halt_id if self._said is not None else "")

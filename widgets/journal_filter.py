"""What of the journal is in sight: a text, a kind, a time, a scope, an id, a person, a run."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from core.journal.query import Wanted

PAUSE_MS = 350
ANY_KIND = "All kinds"
TIMES: tuple[tuple[str, float], ...] = (
    ("Any time", 0.0),
    ("Last hour", 3_600.0),
    ("Last day", 86_400.0),
    ("Last week", 7 * 86_400.0),
    ("Last 30 days", 30 * 86_400.0),
    ("Between…", -1.0),
)
BETWEEN = len(TIMES) - 1
FORM = "%Y-%m-%d %H:%M"
FORMS = (FORM, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


def moment(text: str) -> float | None:
    """Wall time of what somebody wrote, in UTC; None where it is no time."""
    for form in FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


class JournalFilterBar(QWidget):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("journal_filter")
        self.setAccessibleName("Search of the journal")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._kinds: tuple[str, ...] = ()
        self._quiet = False
        self.text = self._field("journal_text", "Search records for a text", "Search in what records say")
        self.kind = self._box("journal_kind", "Kind of record", [ANY_KIND])
        self.time = self._box("journal_time", "When", [words for words, _ in TIMES])
        self.begin = self._field("journal_from", "From this moment on, UTC", "from 2026-11-25 14:00 UTC")
        self.end = self._field("journal_to", "Until this moment, UTC", "to 2026-11-25 15:00 UTC")
        self.scope = self._field("journal_scope", "Scope", "Scope: account:alpha-1")
        self.about = self._field("journal_about", "Id of an event, a plan or a stop", "About: id of event, plan, stop")
        self.person = self._field("journal_by", "Who did it", "By: a person, or scram")
        self.run = self._field("journal_run", "Which start of Scram wrote it", "Run")
        self.clear = QToolButton(self)
        self.clear.setObjectName("journal_clear")
        self.clear.setText("Clear")
        self.clear.setToolTip("Show everything again")
        self.clear.clicked.connect(self.show_all)
        self._lay_out()
        self._time_changed()

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.text, 1)
        for choice in (self.kind, self.time):
            first.addWidget(choice)
        for field in (self.begin, self.end):
            field.setFixedWidth(158)
            first.addWidget(field)
        for field, share in ((self.scope, 3), (self.about, 3), (self.person, 2), (self.run, 2)):
            second.addWidget(field, share)
        second.addWidget(self.clear)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(5)
        for row in (first, second):
            row.setSpacing(6)
            whole.addLayout(row)
        self.time.currentIndexChanged.connect(self._time_changed)

    def wanted(self, now_s: float) -> Wanted:
        """`now_s`: wall time that spans count back from."""
        kind = self.kind.currentText()
        span_s = TIMES[self.time.currentIndex()][1]
        from_s = now_s - span_s if span_s > 0 else None
        to_s = None
        if self.time.currentIndex() == BETWEEN:
            from_s, to_s = moment(self.begin.text()), moment(self.end.text())
        return Wanted(
            kinds=() if kind == ANY_KIND else (kind.removesuffix(" *"),),
            scope=self.scope.text().strip(),
            actor=self.person.text().strip(),
            subject=self.about.text().strip(),
            run=self.run.text().strip(),
            from_s=from_s,
            to_s=to_s,
            text=self.text.text().strip(),
        )

    @property
    def trouble(self) -> str:
        """Why this cannot be searched for; "" where it can."""
        fields = (self.begin, self.end) if self.time.currentIndex() == BETWEEN else ()
        bad = [text for field in fields if (text := field.text().strip()) and moment(text) is None]
        return f"{bad[0]} is no time: write it as 2026-11-25 14:00, in UTC" if bad else ""

    @property
    def is_open(self) -> bool:
        """Whether everything is wanted."""
        return self.wanted(0.0) == Wanted()

    def show_kinds(self, kinds: tuple[str, ...]) -> None:
        """Offer these: every first word for all that begins with it, and each by itself."""
        if kinds == self._kinds or self.kind.view().isVisible():
            return
        self._kinds = kinds
        words: list[str] = []
        for kind in kinds:
            first = kind.partition(".")[0]
            if f"{first} *" not in words and sum(other.startswith(f"{first}.") for other in kinds) > 1:
                words.append(f"{first} *")
            words.append(kind)
        chosen = self.kind.currentText()
        if chosen != ANY_KIND and chosen not in words:
            words.append(chosen)
        self.kind.blockSignals(True)
        self.kind.clear()
        self.kind.addItems([ANY_KIND, *words])
        self.kind.setCurrentText(chosen)
        self.kind.blockSignals(False)

    def show_about(self, subject: str) -> None:
        """Everything about one event, plan or stop."""
        self._quiet = True
        self._empty()
        self.about.setText(subject)
        self._quiet = False
        self._tell_now()

    def show_all(self) -> None:
        self._quiet = True
        self._empty()
        self._quiet = False
        self._tell_now()

    def show_moment(self, now_s: float) -> None:
        """A day until now stands in the fields for moments, as long as nobody has used them."""
        if self.time.currentIndex() == BETWEEN:
            return
        for field, at_s in ((self.begin, now_s - 86_400.0), (self.end, now_s + 60.0)):
            field.blockSignals(True)
            field.setText(datetime.fromtimestamp(at_s, UTC).strftime(FORM))
            field.blockSignals(False)

    def _empty(self) -> None:
        for field in (self.text, self.scope, self.about, self.person, self.run):
            field.clear()
        self.kind.setCurrentIndex(0)
        self.time.setCurrentIndex(0)

    # -- parts ----------------------------------------------------------------------------------------------------

    def _field(self, name: str, title: str, hint: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setPlaceholderText(hint)
        field.setToolTip(title)
        field.setClearButtonEnabled(True)
        field.textChanged.connect(self._tell_soon)
        field.returnPressed.connect(self._tell_now)
        return field

    def _box(self, name: str, title: str, words: list[str]) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.addItems(words)
        box.setMaxVisibleItems(24)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMinimumWidth(150)
        box.currentIndexChanged.connect(self._tell_now)
        return box

    def _time_changed(self) -> None:
        for field in (self.begin, self.end):
            field.setVisible(self.time.currentIndex() == BETWEEN)

    def _tell_soon(self) -> None:
        if not self._quiet:
            self._pause.start()

    def _tell_now(self) -> None:
        if not self._quiet:
            self._pause.stop()
            self.changed.emit()

"""The way between the pages."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from core.events.model import OPEN_STATES
from core.mitigation.model import WAITING_STATES
from core.snapshot import Snapshot
from widgets import figures, theme
from widgets.fonts import text_font
from widgets.link_counts import link_counts
from widgets.marks import severity_tone
from widgets.panel import SnapshotWidget
from widgets.theme import Tone

PAGES = (
    "Overview",
    "Scopes",
    "Events",
    "Mitigations",
    "Limits",
    "Stop and proof",
    "Readiness",
    "Journal",
    "Connections",
    "Settings",
    "Help",
)
(
    OVERVIEW, SCOPES, EVENTS, MITIGATIONS, LIMITS, PROOF, READINESS, JOURNAL, CONNECTIONS, SETTINGS, HELP,
) = range(len(PAGES))  # fmt: skip

FIND_KEYS = "Ctrl+K"


def page_key(place: int) -> str:
    """Alt and a digit for the first ten pages; further ones have none of their own."""
    return f"Alt+{(place + 1) % 10}" if place < 10 else ""


class NavButton(QToolButton):
    def __init__(self, text: str, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setShortcut(key)
        self.setToolTip(f"{text} ({key})" if key else text)
        self.setObjectName("nav_" + text.lower().replace(" ", "_"))
        self._count = ""
        self._tone = Tone.FAINT

    def show_count(self, count: str, tone: Tone) -> None:
        if (count, tone) != (self._count, self._tone):
            self._count, self._tone = count, tone
            self.setAccessibleName(f"{self.text()} {count}".strip())
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(134, 31)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.current()
        painter = QPainter(self)
        if self.isChecked():
            painter.fillRect(self.rect(), QColor(colors.raised))
            painter.fillRect(0, 0, 3, self.height(), QColor(colors.accent))
        elif self.underMouse():
            painter.fillRect(self.rect(), QColor(colors.panel))
        painter.setFont(text_font(13, QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Normal))
        painter.setPen(colors.color(Tone.STRONG if self.isChecked() else Tone.NORMAL))
        inner = self.rect().adjusted(13, 0, -9, 0)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.text())
        painter.setFont(text_font(12, QFont.Weight.DemiBold))
        painter.setPen(colors.color(self._tone))
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), self._count)
        if self.hasFocus():
            painter.setPen(QColor(colors.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class Nav(SnapshotWidget):
    page_chosen = Signal(int)
    find_asked = Signal()
    menu_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("nav", "Pages", parent)
        self.group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 0)
        column.setSpacing(2)
        self.buttons = [NavButton(text, page_key(place), self) for place, text in enumerate(PAGES)]
        for place, button in enumerate(self.buttons):
            self.group.addButton(button, place)
            column.addWidget(button)
        column.addStretch(1)
        self.find_button = self._tool("nav_find", "Find…", f"Find and do anything ({FIND_KEYS})", self.find_asked)
        self.menu_button = self._tool("nav_menu", "Arrange ▴", "Panels, windows, workspaces and lock", self.menu_asked)
        column.addWidget(self.find_button)
        column.addWidget(self.menu_button)
        self.buttons[OVERVIEW].setChecked(True)
        self.group.idClicked.connect(self.page_chosen)
        self.setFixedWidth(142)

    def _tool(self, name: str, words: str, tip: str, asked: SignalInstance) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(words)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(asked)
        return button

    def choose(self, page: int) -> None:
        self.buttons[page].setChecked(True)

    def draw(self, snapshot: Snapshot) -> None:
        standing = [event for event in snapshot.events if event.state in OPEN_STATES and event.annunciated]
        worst = max((int(event.severity) for event in standing), default=0)
        self.buttons[EVENTS].show_count(figures.number(len(standing)) if standing else "", severity_tone(worst))
        waiting = sum(plan.state in WAITING_STATES for plan in snapshot.mitigations)
        self.buttons[MITIGATIONS].show_count(figures.number(waiting) if waiting else "", Tone.HIGH)
        unproven = sum(len(halt.rows) - halt.verified for halt in snapshot.halts)
        stopped = all(halt.proven for halt in snapshot.halts)
        word = "" if not snapshot.halts else "✓" if stopped else figures.number(unproven)
        self.buttons[PROOF].show_count(word, Tone.OK if stopped else Tone.CRITICAL)
        head = snapshot.readiness.headline if snapshot.readiness is not None else None
        weak = head.accounts - head.armed if head is not None else 0
        able = head is not None and head.able == head.accounts
        self.buttons[READINESS].show_count(figures.number(weak) if weak else "", Tone.MEDIUM if able else Tone.CRITICAL)
        links = link_counts(snapshot.connections)
        down = links.accounts - links.up
        self.buttons[CONNECTIONS].show_count(figures.number(down) if down else "", Tone.CRITICAL)

"""One account's requests under a stop, and the chosen one in full: what was asked, and what came back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QPlainTextEdit, QToolButton, QWidget

from core.snapshot import Snapshot, WirePage
from core.venues.wire_lines import WireLine
from widgets import figures
from widgets.fonts import figure_font, text_font
from widgets.line import Line
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone
from widgets.wire_model import BOOK, REQUEST, WireModel, answer


class WirePane(Panel):
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("wire_pane", "Requests and replies", parent)
        self._halt_id = self._account = ""
        self._chosen: object = None
        self._shown: WireLine | None = None
        self.heading = Line("", Tone.STRONG, font=text_font(15, QFont.Weight.DemiBold))
        self.model = WireModel()
        self.table = Table(self.model, "wire_rows", "Requests of the account", self)
        self.table.size_columns(stretched=REQUEST)
        self.table.spare(BOOK, below_px=520)
        self.table.make_sortable()
        self.table.chosen.connect(self._choose)
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("wire_text")
        self.text.setAccessibleName("The chosen request and its reply")
        self.text.setReadOnly(True)
        self.text.setFont(figure_font(12))
        self.text.setTabChangesFocus(True)
        self.shut = QToolButton(self)
        self.shut.setText("Close")
        self.shut.setObjectName("close_wire")
        self.shut.setProperty("role", "flat")
        self.shut.clicked.connect(self.close_pane)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.close_pane)
        self.top.addWidget(self.shut)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.table, 3)
        self.body.addWidget(self.text, 2)
        self.hide()

    def open_account(self, halt_id: str, account: str) -> None:
        if (halt_id, account) != (self._halt_id, self._account):
            self._halt_id, self._account, self._chosen = halt_id, account, None
            self.model.show_page(None)
        self.show()
        self._draw_page(self._snapshot.wire if self._snapshot is not None else None)

    def close_pane(self) -> None:
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def draw(self, snapshot: Snapshot) -> None:
        self._draw_page(snapshot.wire)

    def _draw_page(self, page: WirePage | None) -> None:
        mine = page is not None and (page.halt_id, page.account) == (self._halt_id, self._account)
        shown = page if mine else None
        self.heading.say(self._account)
        self.model.show_page(shown)
        self.table.empty_words = _empty_words(shown)
        self.table.flush()
        self.note.say(_kept_words(shown))
        self._show_line(self.model.line(self._chosen))

    def _choose(self, key: object) -> None:
        self._chosen = key
        self._show_line(self.model.line(key))

    def _show_line(self, line: WireLine | None) -> None:
        if line == self._shown and self.text.toPlainText():
            return  # setting it again would scroll it back while it is being read
        self._shown = line
        self.text.setPlainText("Choose a request to see it in full." if line is None else in_full(line))


def in_full(line: WireLine) -> str:
    """The request, its parameters one on a line, and the reply; every secret was taken out long before."""
    asked = [f"{line.method} {line.host}{line.path}", *(f"  {pair}" for pair in line.query.split("&") if pair)]
    asked += [f"  {line.body}"] if line.body else []
    if line.took_s is None:
        return "\n".join([*asked, "", "No reply yet."])
    after = figures.milliseconds(line.took_s * 1000.0)
    came = [f"Reply {answer(line)} after {after}" if line.status is not None else f"No reply; given up after {after}"]
    came += [f"  {name}: {value}" for name, value in line.headers]
    came += [f"  {line.error}"] if line.error else []
    if line.reply_chars is None:
        return "\n".join([*asked, "", *came])
    cut = f", the first {figures.number(len(line.reply))} of them below" if line.reply_chars > len(line.reply) else ""
    came += [f"  {figures.count(line.reply_chars, 'character')}{cut}; SHA-256 {line.reply_sha256}"]
    return "\n".join([*asked, "", *came, "", line.reply])


def _empty_words(page: WirePage | None) -> str:
    if page is None:
        return "Being looked up"
    return "Nothing was sent yet" if page.noted else "Nothing is noted of this account: it was never reached"


def _kept_words(page: WirePage | None) -> str:
    if page is None or not page.lines:
        return ""
    dropped = f" · {figures.number(page.dropped)} between them not kept" if page.dropped else ""
    faults = f" · {figures.number(page.faults)} could not be noted" if page.faults else ""
    return figures.count(len(page.lines), "request") + dropped + faults

"""The requests of one account under a stop as a table model, oldest first."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QObject

from core.snapshot import WirePage
from core.venues.wire_lines import WireLine
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.theme import Tone

COLUMNS = (
    Column("SENT", 78, figures=True, tip="From the act to the request"),
    Column("FOR", 92, tip="What it was for; ✓ where the listing is one of those that prove the account"),
    Column("BOOK", 84),
    Column("REQUEST", 190),
    Column("ANSWER", 86),
    Column("AFTER", 74, figures=True, tip="From the request to its reply"),
)
SENT, FOR, BOOK, REQUEST, ANSWER, AFTER = range(len(COLUMNS))


class WireModel(LineModel[WireLine]):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.page: WirePage | None = None

    def show_page(self, page: WirePage | None) -> None:
        self.page = page
        self.show(page.lines if page is not None else (), self.base, self.now_s)

    def key_of(self, line: WireLine) -> Hashable:
        return line.number

    def line(self, key: object) -> WireLine | None:
        return next((line for line in self.lines if line.number == key), None)

    def number(self, line: WireLine, column: int) -> float | None:
        if column == SENT:
            return line.sent_s
        return line.took_s if column == AFTER else None

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == SENT:
            return figures.milliseconds(self.page.since_ms(line)) if self.page is not None else figures.UNKNOWN
        if column == FOR:
            return f"✓ {line.kind.value}" if self._proves(line) else line.kind.value
        if column == AFTER:
            return figures.milliseconds(line.took_s * 1000.0) if line.took_s is not None else "waiting"
        return {BOOK: line.book, REQUEST: f"{line.method} {line.path}", ANSWER: answer(line)}[column]

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == ANSWER:
            failed = bool(line.error) or line.status is None
            return Tone.MEDIUM if failed and line.took_s is not None else Tone.NORMAL
        if column == FOR:
            return Tone.OK if self._proves(line) else Tone.NORMAL
        return Tone.STRONG if column == REQUEST else Tone.FAINT

    def tip(self, row: int, column: int) -> str:
        line = self.lines[row]
        return line.error if column == ANSWER else f"{line.method} {line.host}{line.path}" if column == REQUEST else ""

    def _proves(self, line: WireLine) -> bool:
        return self.page is not None and line.number in self.page.proving


def answer(line: WireLine) -> str:
    """`200`, `none`, or nothing while it is waited for."""
    if line.status is not None:
        return str(line.status)
    return "none" if line.took_s is not None else ""

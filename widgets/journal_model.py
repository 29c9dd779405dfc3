"""Records of the journal as a table model, the newest first."""

from __future__ import annotations

import re
from collections.abc import Hashable

from core.journal.views import JournalLine
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.theme import Tone

COLUMNS = (
    Column("RECORD", 82, figures=True, tip="Its place in the chain"),
    Column("WHEN", 152, figures=True),
    Column("KIND", 150, bold=True),
    Column("BY", 90),
    Column("SCOPE", 168),
    Column("ABOUT", 118, tip="The id of the event, the plan or the stop that it is about"),
    Column("SAYS", 240),
)
SEQ, WHEN, KIND, BY, SCOPE, ABOUT, SAYS = range(len(COLUMNS))
TONES = {
    "operator": Tone.ACCENT,
    "stop": Tone.CRITICAL,
    "flatten": Tone.HIGH,
    "event": Tone.STRONG,
    "mitigation": Tone.MEDIUM,
    "journal": Tone.FAINT,
}
"""By the first word of a kind."""
_MARKS = re.compile(r'[{}\[\]"]')
_BETWEEN = re.compile(r",(?=\w)")


def kind_words(kind: str) -> str:
    """`event raised`, `operator ResetStop`."""
    return kind.replace(".", " ").replace("-", " ")


def says(words: str) -> str:
    """The beginning of a body without what only a machine needs: `reason: the bot is off · operator: ada`."""
    return _BETWEEN.sub(" · ", _MARKS.sub("", words).replace(":", ": ")).strip(" ·")


class JournalModel(LineModel[JournalLine]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def key_of(self, line: JournalLine) -> Hashable:
        return line.seq

    def number(self, line: JournalLine, column: int) -> float | None:
        return line.at_s if column == WHEN else float(line.seq)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == SEQ:
            return figures.number(line.seq)
        if column == WHEN:
            return figures.stamp(line.at_s)
        if column == KIND:
            return kind_words(line.kind)
        if column == SAYS:
            return says(line.words)
        return {BY: line.actor, SCOPE: line.scope}.get(column, line.subject)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == KIND:
            return TONES.get(line.kind.partition(".")[0], Tone.NORMAL)
        return Tone.STRONG if column == SCOPE else Tone.FAINT if column in {SEQ, SAYS} else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return self.text(row, column) if column in {KIND, SCOPE, ABOUT, SAYS} else ""

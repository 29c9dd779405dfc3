"""What a record of the journal says, field by field; where it tells what was and what is, one beside the other."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.journal.views import RecordView
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.theme import Tone

PAIRS = (("before", "after"), ("event_before", "event_after"))
MOST = 2_000
"""Fields that are shown; a stop of ten thousand accounts has more, and a file of them can be had."""
SHORT = 6
"""A list of so many plain values stands in one line."""
_TIMES = ("at_s", "until_s", "since_s")
_EARLIEST_S = 1e9
"""Below it a number of seconds is a length, not a date."""


@dataclass(frozen=True, slots=True)
class Field:
    path: str
    """`reductions[0].quantity`."""
    value: str
    """What is, or alone is."""
    before: str | None = None
    """What was; None where the record does not tell two sides of this."""

    @property
    def changed(self) -> bool:
        return self.before is not None and self.before != self.value


def fields_of(body: Mapping[str, Any]) -> tuple[tuple[Field, ...], int]:
    """The fields, what has changed first; and how many are left out."""
    found, told = [], set()
    for before, after in PAIRS:
        if before in body and after in body:
            told |= {before, after}
            found += list(_both(body[before], body[after]))
    found.sort(key=lambda field: not field.changed)
    rest = {name: value for name, value in body.items() if name not in told}
    found += [Field(path, value) for path, value in flat(rest)]
    return tuple(found[:MOST]), max(0, len(found) - MOST)


def _both(before: Any, after: Any) -> Iterator[Field]:
    was, now = dict(flat(before)), dict(flat(after))
    for path in dict.fromkeys(itertools.chain(now, was)):
        yield Field(path, now.get(path, ""), was.get(path, ""))


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from flat(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value and not _is_short(value):
        for place, item in enumerate(value):
            yield from flat(item, f"{path}[{place}]")
    else:
        yield path, words_of(value, path)


def _is_short(values: list[Any]) -> bool:
    return len(values) <= SHORT and not any(isinstance(value, Mapping | list) for value in values)


def words_of(value: Any, path: str = "") -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(words_of(item) for item in value)
    if isinstance(value, Mapping):
        return ""
    name = path.rpartition(".")[2]
    if isinstance(value, int | float) and name.endswith(_TIMES) and value > _EARLIEST_S:
        return f"{figures.stamp(float(value))} ({round(float(value), 3)})"
    return str(value)


COLUMNS = (
    Column("FIELD", 190),
    Column("BEFORE", 150),
    Column("VALUE", 220),
)
PATH, BEFORE, VALUE = range(len(COLUMNS))


class FieldModel(LineModel[Field]):
    """In the record's own order."""

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.left_out = 0

    def show_record(self, record: RecordView | None) -> bool:
        """Whether any field tells two sides."""
        fields, self.left_out = fields_of(record.body) if record is not None else ((), 0)
        self.show(fields, "", float("nan"))
        return any(field.before is not None for field in fields)

    def key_of(self, line: Field) -> Hashable:
        return line.path, line.before is not None

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        return {PATH: line.path, BEFORE: line.before or ""}.get(column, line.value)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == PATH:
            return Tone.ACCENT if line.changed else Tone.FAINT
        if column == BEFORE:
            return Tone.FAINT
        return Tone.STRONG if line.changed or line.before is None else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return self.text(row, column)

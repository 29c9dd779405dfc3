"""What the palette has to offer, section by section, and what was found of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject

from widgets.columns import Column, ColumnModel
from widgets.haystack import Haystack
from widgets.theme import Tone

MOST = 60
SLICE = 4_000
"""Names that are taken in at once: a few milliseconds."""
AT_ONCE = 200
"""A section of so few is taken in when the palette opens."""
COLUMNS = (Column("WHAT", 380), Column("KIND", 190), Column("KEYS", 150))
WHAT, KIND, KEYS = range(len(COLUMNS))


@dataclass(frozen=True, slots=True)
class Entry:
    words: str
    kind: str
    run: Callable[[], None]
    keys: str = ""
    tip: str = ""
    refusal: str = ""
    """Why it is not possible now; "" where it is."""
    careful: bool = False
    """Never at hand by accident: listed last, and chosen by itself only once its whole name is typed."""

    def at_hand(self, query: str) -> bool:
        """Whether Enter may do it without anybody having walked to it."""
        return not self.careful or " ".join(query.lower().split()) == self.words.lower()


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    key: object
    """While it is the same object, or an equal number or list, what was taken in stays. (To compare two tuples of a
    hundred thousand scopes would take longer than to take them in.)"""
    count: int
    texts: Callable[[int, int], Sequence[str]]
    """What is searched, from one row to before another; asked a slice at a time."""
    entry: Callable[[int], Entry]
    """What is shown of a row: asked only for what was found."""
    weight: float = 0.0
    """Costs more than what stands before it: found later where both match as well."""
    at_rest: int = 0
    """How many are shown before anybody has typed."""


@dataclass(slots=True)
class Taken:
    """A section as far as it is taken in."""

    section: Section
    hay: Haystack = field(default_factory=Haystack)

    @property
    def whole(self) -> bool:
        return len(self.hay) >= self.section.count


class Offer:
    """All sections, taken in slice by slice."""

    def __init__(self) -> None:
        self._taken: dict[str, Taken] = {}

    def show(self, sections: Sequence[Section]) -> None:
        before, self._taken = self._taken, {}
        for section in sections:
            known = before.get(section.name)
            if known is not None and _same(known.section.key, section.key):
                known.section = section
                self._taken[section.name] = known
            else:
                self._taken[section.name] = Taken(section)
        for taken in self._taken.values():
            if taken.section.count <= AT_ONCE and not taken.whole:
                taken.hay.add(taken.section.texts(0, taken.section.count))

    def take_slice(self) -> bool:
        """Whether there is more to take in."""
        for taken in self._taken.values():
            if not taken.whole:
                first = len(taken.hay)
                taken.hay.add(taken.section.texts(first, min(taken.section.count, first + SLICE)))
                return True
        return False

    def find(self, query: str, only: str = "") -> list[tuple[Hashable, Entry]]:
        """Keys and entries, the best first; `only` one section."""
        sections = [taken for name, taken in self._taken.items() if not only or name == only]
        if not query.strip():
            rows = [
                (taken, row)
                for taken in sections
                for row in range(min(len(taken.hay), MOST if only else taken.section.at_rest))
            ]
        else:
            found = [
                (cost + taken.section.weight, place, taken, row)
                for place, taken in enumerate(sections)
                for row, cost in taken.hay.find(query, MOST)
            ]
            rows = [(taken, row) for _, _, taken, row in sorted(found, key=lambda hit: hit[:2])]
        entries: list[tuple[Hashable, Entry]] = [
            ((taken.section.name, row), taken.section.entry(row)) for taken, row in rows
        ]
        entries.sort(key=lambda found: (not found[1].at_hand(query), bool(found[1].refusal)))
        return entries[:MOST]


def _same(before: object, now: object) -> bool:
    return before is now or (isinstance(now, int | list) and before == now)


class PaletteModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.entries: tuple[Entry, ...] = ()

    def show(self, found: Sequence[tuple[Hashable, Entry]]) -> None:
        self.entries = tuple(entry for _, entry in found)
        self.take(tuple(key for key, _ in found))

    def entry(self, row: int) -> Entry | None:
        """Of a shown row."""
        return self.entries[self.source(row)] if 0 <= row < self.rowCount() else None

    def text(self, row: int, column: int) -> str:
        entry = self.entries[row]
        if column == WHAT:
            return entry.words
        if column == KIND and entry.refusal:
            return f"only when {entry.refusal}"
        return entry.kind if column == KIND else entry.keys

    def tone(self, row: int, column: int) -> Tone:
        if self.entries[row].refusal or column != WHAT:
            return Tone.FAINT
        return Tone.STRONG

    def tip(self, row: int, column: int) -> str:
        return self.entries[row].tip

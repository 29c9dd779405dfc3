"""Rows of limits, profiles and assignments as the file has them: found and changed by what they say, not by number.

A row is its header, the comment lines right above it, what stands beneath, and the blank lines behind. Whatever else
is in the file stays as it is, comments included.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.config import source
from core.config.edit import without_tail
from core.domain import parse_pattern
from core.errors import ConfigError

LIMITS, ASSIGN, PROFILES, PROFILE_LIMITS = "limits", "assign", "profiles", "profiles.limits"
PARTED = "parted"
ABOVE = 400
"""Characters above a row that say where it stood."""


@dataclass(frozen=True, slots=True, order=True)
class RowKey:
    """What tells a row from every other of its table."""

    table: str
    """`limits`, `assign`, `profiles` (what a profile says but for its limits) or `profiles.limits`."""
    scope: str = ""
    profile: str = ""
    metric: str = ""
    change_over_s: float = 0.0

    def __str__(self) -> str:
        """As a sentence names it."""
        subject = self.metric if not self.change_over_s else f"{self.metric}_in_{self.change_over_s:g}s"
        return {
            LIMITS: f"the limit on {subject} of {self.scope}",
            ASSIGN: f"the profile {self.profile} of {self.scope}",
            PROFILES: f"the profile {self.profile}",
        }.get(self.table, f"the limit on {subject} in profile {self.profile}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row in the text."""

    key: RowKey
    values: Mapping[str, Any]
    """As parsed; a profile's without its limits."""
    text: str
    start: int
    """Of `text` in the file, in characters."""
    line: int
    """Of the header, counted from 1."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class RowEdit:
    """What is to become of one row."""

    key: RowKey
    """Of the row as it is; of one that is not there, as it shall be."""
    values: Mapping[str, Any] | None
    """All that it shall say; None takes it away."""
    text: str = ""
    """Just as it shall be written; "" writes `values`, and leaves what stays as it stands."""
    was: Mapping[str, Any] | None = None
    """What it said when the change was begun; None: it was not there."""
    above: str = ""
    """Where it once stood (`mark_of`); "" puts a further row behind the last of its table. Of one that goes `PARTED`
    where the blank line above goes with it."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row before and after a change of the file."""

    key: RowKey
    before: str
    """"": it was not there."""
    after: str
    """"": it is gone."""
    above: str = ""
    """Where it stood before (`mark_of`); of a new one `PARTED` where it brought the blank line above it."""

    @property
    def old(self) -> Mapping[str, Any] | None:
        """What it said before; None where it was not there."""
        return _parsed(self.before, self.key.table) if self.before else None

    @property
    def new(self) -> Mapping[str, Any] | None:
        return _parsed(self.after, self.key.table) if self.after else None

    @property
    def undone(self) -> RowEdit:
        return RowEdit(self.key, self.old, self.before, self.new, self.above)


def rows_of(text: str) -> dict[RowKey, Row]:
    """In the order of the file; what is written in another form (`limits = [{ ... }]`) is not among them."""
    found: dict[RowKey, Row] = {}
    offset = 0
    previous = ""
    for block in source.blocks(text):
        if block.header in (LIMITS, ASSIGN, PROFILES):
            for row in _rows_in(block, offset, previous):
                found.setdefault(row.key, row)
        offset += len(block.text)
        previous = block.text
    return found


def limit_text(text: str) -> str:
    """The part of a file that its rows stand in."""
    blocks = source.blocks(text)
    found = [attached(above.text) + block.text for above, block in itertools.pairwise(blocks) if block.header in TABLES]
    return "".join(found)


def row_changes(before: str, after: str) -> tuple[RowChange, ...]:
    """Rows that are not what they were, in the order of the file: gone, new, or saying something else."""
    old, new = rows_of(before), rows_of(after)
    out = []
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was is None or now is None or was.text.rstrip() != now.text.rstrip():
            above = _parted(now, old, new) if was is None else mark_of(before, was.start)
            out.append(RowChange(key, "" if was is None else was.text, "" if now is None else now.text, above))
    return tuple(out)


def _parted(row: Row | None, old: Mapping[RowKey, Row], new: Mapping[RowKey, Row]) -> str:
    """Whether the row above a new one had no blank line behind it before."""
    above = next((one for one in new.values() if row is not None and one.end == row.start), None)
    was = None if above is None else old.get(above.key)
    return PARTED if above is not None and was is not None and len(was.text) + 1 == len(above.text) else ""


def mark_of(text: str, place: int) -> str:
    """What tells a place by what stands right above it, and gives nothing of that away: it may be anything."""
    length = min(place, ABOVE)
    return f"{length}:{_digest(text[place - length : place])}"


def place_of(text: str, mark: str) -> int | None:
    """Where a mark points to, if there is one such place still."""
    length = int(mark.partition(":")[0]) if mark.partition(":")[0].isdigit() else -1
    if length < 0:
        return None
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    if length < ABOVE:  # so much stood above it from the very top
        starts = [length]
    found = [at for at in starts if length <= at <= len(text) and mark_of(text, at) == mark]
    return found[0] if len(found) == 1 else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


# -- finding ----------------------------------------------------------------------------------------------------------

_ITEM = re.compile(r"(?m)^[ \t]*\[\[[ \t]*profiles[ \t]*\.[ \t]*limits[ \t]*\]\]")


def _rows_in(block: source.Block, offset: int, previous: str) -> Iterator[Row]:
    """The rows of one block; comments right above its header stand at the end of the block before."""
    starts = [0] if block.header != PROFILES else [0, *(found.start() for found in _ITEM.finditer(block.text))]
    pieces = [block.text[start:end] for start, end in zip(starts, [*starts[1:], len(block.text)], strict=True)]
    name = ""
    for number, (start, piece) in enumerate(zip(starts, pieces, strict=True)):
        lead = attached(previous if not number else pieces[number - 1])
        own = _own(piece)
        table = block.header if block.header != PROFILES or not number else PROFILE_LIMITS
        values = _parsed(own, table)
        if values is None:
            continue
        if table == PROFILES:
            name = str(values.get("name", ""))
        line = block.line + block.text.count("\n", 0, start)
        yield Row(_key(table, values, name), values, lead + own, offset + start - len(lead), line)


def _own(piece: str) -> str:
    """Down to the last line that says something, and the blank lines right behind it."""
    body, tail = without_tail(piece)
    blank = re.match(r"(?:[ \t]*\r?\n)*", tail)
    return body + (blank.group() if blank else "")


def attached(text: str) -> str:
    """The comment lines at the very end of a text; not those that the whole file begins with."""
    body, tail = without_tail(text)
    found = re.search(r"(?:(?<=\n)|^)(?:[ \t]*#[^\n]*\n)+\Z", tail)
    return found.group() if found and (body or found.start()) else ""


def _parsed(text: str, table: str) -> dict[str, Any] | None:
    try:
        data: Any = tomllib.loads(text)
        for part in table.split("."):
            data = data[part]
            data = data[0] if isinstance(data, list) else data
    except (tomllib.TOMLDecodeError, KeyError, IndexError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    return {name: value for name, value in data.items() if table != PROFILES or name != "limits"}


def _key(table: str, values: Mapping[str, Any], profile: str) -> RowKey:
    if table == PROFILES:
        return RowKey(table, profile=profile)
    if table == ASSIGN:
        return RowKey(table, scope=_scope(values), profile=str(values.get("profile", "")))
    over = values.get("change_over_s", 0.0)
    span_s = float(over) if isinstance(over, int | float) else 0.0
    metric = str(values.get("metric", ""))
    if table == LIMITS:
        return RowKey(table, scope=_scope(values), metric=metric, change_over_s=span_s)
    return RowKey(table, profile=profile, metric=metric, change_over_s=span_s)


def key_of(edit: RowEdit) -> RowKey:
    """Of the row as it shall be."""
    return edit.key if edit.values is None else _key(edit.key.table, edit.values, edit.key.profile)


def _scope(values: Mapping[str, Any]) -> str:
    text = str(values.get("scope", ""))
    try:
        return str(parse_pattern(text))
    except ConfigError:
        return text


TABLES = (LIMITS, ASSIGN, PROFILES)


def all_rows(data: Mapping[str, Any]) -> dict[RowKey, Mapping[str, Any]]:
    """Of a file as parsed, however it is written."""
    found: dict[RowKey, Mapping[str, Any]] = {}
    for table in TABLES:
        rows = data.get(table, [])
        for values in rows if isinstance(rows, list) else []:
            if not isinstance(values, Mapping):
                continue
            plain = {name: part for name, part in values.items() if table != PROFILES or name != "limits"}
            name = str(values.get("name", ""))
            found[_key(table, plain, name)] = plain
            if table == PROFILES and isinstance(values.get("limits"), list):
                found |= {_key(PROFILE_LIMITS, part, name): part for part in values["limits"]}
    return found

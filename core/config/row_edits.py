"""Rows of limits changed in the text of a file: only the lines of what changes, and nothing else, comments included."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.config import source
from core.config.edit import without_empty, without_tail
from core.config.rows import (
    PARTED,
    PROFILE_LIMITS,
    PROFILES,
    TABLES,
    Row,
    RowEdit,
    RowKey,
    all_rows,
    attached,
    key_of,
    place_of,
    rows_of,
)
from core.config.write import to_line, to_toml
from core.errors import ConfigError

BY_HAND = "it is written in a way that Scram cannot change: edit it by hand"


def with_edits(text: str, edits: Sequence[RowEdit]) -> str:
    """The text with these rows changed: what goes first, then what changes and comes, in their order.

    Raises ConfigError where a row is not there, or is written in a form that cannot be changed.
    """
    for edit in sorted(edits, key=lambda edit: edit.values is not None):
        text = with_edit(text, edit)
    return text


def with_edit(text: str, edit: RowEdit) -> str:
    if edit.was is None:
        text = _without_empty(text, edit.key.table.partition(".")[0])
    rows = rows_of(text)
    row = rows.get(edit.key)
    _check_unchanged(row, edit, text)
    if edit.values is None:
        assert row is not None
        after = _without(text, row, edit)
    elif row is not None:
        after = text[: row.start] + (edit.text or _rewritten(row, edit.values)) + text[row.end :]
    else:
        after = _inserted(text, edit, rows)
    _check(text, after, edit)
    return after


def _without_empty(text: str, table: str) -> str:
    """A table without rows may be written as a key, and then none of its rows may follow: `limits = []`."""
    first, *rest = source.blocks(text)
    return without_empty(first.text, {table}, first.header) + "".join(block.text for block in rest)


def _check_unchanged(row: Row | None, edit: RowEdit, text: str) -> None:
    """What somebody changes is what he had before him, and what he adds is not there yet."""
    if row is not None and edit.was is None:
        raise ConfigError(f"{edit.key} is in the file already (line {row.line}): change that one")
    if row is not None and row.values != edit.was:
        raise ConfigError(f"{edit.key} (line {row.line}) was changed meanwhile: look at it again")
    if row is None and edit.was is not None:
        data = source.parse(text)
        there = isinstance(data, dict) and edit.key in all_rows(data)
        raise ConfigError(f"{edit.key}: {BY_HAND}" if there else f"{edit.key} is not in the file any more")
    if row is None and edit.values is None:
        raise ConfigError(f"{edit.key} is not in the file")
    wanted = key_of(edit)
    if wanted != edit.key and wanted in rows_of(text):
        raise ConfigError(f"{wanted} is in the file already: change that one")


def _inserted(text: str, edit: RowEdit, rows: Mapping[RowKey, Row]) -> str:
    new = edit.text or _written(edit)
    place = place_of(text, edit.above) if edit.above else None
    if place is None:
        place = _behind(edit.key, rows, len(text))
        new = _spaced(text[:place], new, text[place:])
    return text[:place] + new + text[place:]


def _behind(key: RowKey, rows: Mapping[RowKey, Row], end: int) -> int:
    """Where a further row of its table goes."""
    if key.table == PROFILE_LIMITS:
        own = [row for row in rows.values() if row.key.profile == key.profile and row.key.table in _OF_PROFILE]
        if not own:
            raise ConfigError(f"the profile {key.profile} is not in the file, or {BY_HAND}")
        return own[-1].end
    tables = _OF_PROFILE if key.table == PROFILES else (key.table,)
    same = [row.end for row in rows.values() if row.key.table in tables]
    return max(same, default=end)


_OF_PROFILE = (PROFILES, PROFILE_LIMITS)


def _spaced(before: str, new: str, after: str) -> str:
    """As the rows around it: parted by a blank line where these are, and at the end of the file."""
    line_end = "" if not before or before.endswith("\n") else "\n"
    parted = not before.strip() or before.endswith("\n\n")
    if after.strip():
        return line_end + new.rstrip("\n") + ("\n\n" if parted else "\n")
    return line_end + ("" if parted else "\n") + new.rstrip("\n") + "\n"


def _without(text: str, row: Row, edit: RowEdit) -> str:
    before, after = text[: row.start], text[row.end :]
    return (before[:-1] if edit.above == PARTED and before.endswith("\n\n") else before) + after


def _written(edit: RowEdit) -> str:
    values = dict(edit.values or {})
    if edit.key.table == PROFILE_LIMITS:
        return to_toml({PROFILES: [{"limits": [values]}]}).removeprefix(f"[[{PROFILES}]]\n").lstrip("\n")
    return to_toml({edit.key.table: [values]})


_SUB = re.compile(r"(?m)^[ \t]*\[+[ \t]*[\w-]+(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"]*\"))+[ \t]*\]+")


def _rewritten(row: Row, values: Mapping[str, Any]) -> str:
    """The row with every key that changes written anew in its line; sub-tables become inline where they change."""
    wanted = {name: value for name, value in values.items() if value is not None}
    head, body, subs = _taken_apart(row)
    if subs and wanted.get(subs[0][0]) != row.values.get(subs[0][0]):
        body = body.removesuffix(attached(body))  # what is said right above a table that goes, goes with it
    left = dict(wanted)
    lines: list[tuple[str, str]] = []
    for name, entry in _entries(body):
        if name in wanted:
            unchanged = left.pop(name) == row.values.get(name)
            lines.append((name, entry if unchanged else _entry(name, wanted[name], entry)))
        elif not name:
            lines.append((name, entry))
    kept = [(name, sub) for name, sub in subs if name in wanted and wanted[name] == row.values.get(name)]
    for name, _ in kept:
        left.pop(name, None)
    added = "".join(_entry(name, value, "") for name, value in left.items())
    filled, tail = without_tail("".join(text for _, text in (lines if kept or added else _no_comment_last(lines))))
    gap = "\n" if added and filled and not filled.endswith("\n") else ""
    inner = filled + gap + added + tail if kept else filled + gap + _comments(tail) + added
    made = head + inner + "".join(sub for _, sub in kept)
    blank = row.text[len(row.text.rstrip("\n")) :]
    return made.rstrip("\n") + blank


def _no_comment_last(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A comment behind the last key of a row would be taken for one of the next: it moves above that key."""
    last = max((at for at, (name, _) in enumerate(lines) if name), default=0)
    loose = [line for line in lines[last + 1 :] if line[1].strip()]
    return [*lines[:last], *loose, *lines[last : last + 1]]


def _comments(tail: str) -> str:
    return "".join(line for line in re.split(r"(?<=\n)", tail) if line.strip())


def _taken_apart(row: Row) -> tuple[str, str, list[tuple[str, str]]]:
    """Down to the header's line; the lines beneath it; and sub-tables by the key that they write."""
    head = re.search(r"(?m)^[ \t]*\[\[[^\n]*(?:\n|\Z)", row.text)
    assert head is not None
    rest = row.text[head.end() :]
    marks = [found.start() for found in _SUB.finditer(rest)]
    depth = row.key.table.count(".") + 1
    body = rest[: marks[0]] if marks else rest
    subs = []
    for start, end in itertools.pairwise((*marks, len(rest))):
        path = re.sub(r"[\[\]\s]", "", rest[start : rest.find("]", start)]).split(".")
        subs.append((path[depth] if len(path) > depth else "", rest[start:end]))
    return row.text[: head.end()], body, subs


def _entries(body: str) -> Iterator[tuple[str, str]]:
    """Every key with its lines; blank lines and comments have the key ""."""
    kept = ""
    for line in re.split(r"(?<=\n)", body):
        if not kept and (not line.strip() or line.lstrip().startswith("#")):
            yield "", line
            continue
        kept += line
        try:
            data = tomllib.loads(kept)
        except tomllib.TOMLDecodeError:
            continue
        yield next(iter(data), ""), kept
        kept = ""
    if kept:
        yield "", kept


def _entry(name: str, value: Any, before: str) -> str:
    """One key anew, in the indentation and with the comment of what stood there."""
    indent = before[: len(before) - len(before.lstrip(" \t"))]
    end = "\r\n" if before.endswith("\r\n") else "\n"
    return indent + to_line(name, value) + _comment(before) + end


def _comment(entry: str) -> str:
    """The comment at the end of a line that holds one key whole, with the blanks before it."""
    line = entry.rstrip("\r\n")
    if "\n" in line:
        return ""
    for found in re.finditer(r"[ \t]*#", line):
        try:
            tomllib.loads(line[: found.start()])
        except tomllib.TOMLDecodeError:
            continue
        return line[found.start() :] if line[: found.start()].strip() else ""
    return ""


def _check(before: str, after: str, edit: RowEdit) -> None:
    """Nothing but the one row says anything else: headers are found line by line, and a text over several lines may
    hold what looks like one."""
    old, new = source.parse(before), source.parse(after)
    if not isinstance(old, dict) or not isinstance(new, dict):
        raise ConfigError(f"{edit.key}: {BY_HAND}")
    wanted = all_rows(old)
    wanted.pop(edit.key, None)
    if edit.values is not None:
        wanted[key_of(edit)] = {name: value for name, value in edit.values.items() if value is not None}
    others = [{name: part for name, part in data.items() if name not in TABLES} for data in (old, new)]
    if all_rows(new) != wanted or others[0] != others[1]:
        raise ConfigError(f"{edit.key}: {BY_HAND}")

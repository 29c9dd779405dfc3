"""Changes to the text of a configuration that leave everything else in it as it stands, comments included."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.config import source
from core.config.load import read_config
from core.config.write import to_toml
from core.errors import ConfigError
from core.places import write_atomically


def with_rows(text: str, table: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The text with further `[[table]]` rows after the last that it has, or at its end."""
    blocks = source.blocks(text)
    places = [number for number, block in enumerate(blocks) if block.header == table]
    if not places:
        return _only(text, _joined(text, to_toml({table: list(rows)})), {table})
    before, tail = without_tail("".join(block.text for block in blocks[: places[-1] + 1]))
    after = "".join(block.text for block in blocks[places[-1] + 1 :])
    return _only(text, _joined(before, to_toml({table: list(rows)})) + tail + after, {table})


def with_tables(text: str, tables: Mapping[str, Any], drop: Collection[str]) -> str:
    """The text without any table called as one in `drop`, and with `tables` at its end.

    Comments that follow a dropped table stay: they most often speak of what comes next.
    """
    kept = [
        without_tail(block.text)[1] if block.header in drop else without_empty(block.text, drop, block.header)
        for block in source.blocks(text)
    ]
    after = _joined("".join(kept), to_toml(tables))
    return _only(text, after, {*drop, *tables})


def with_reason(text: str, change: Mapping[str, Any]) -> str:
    """The text with `[change]` saying why."""
    return with_tables(text, {"change": dict(change)}, ("change",))


def write_config(path: Path, before: str, after: str, metrics: Collection[str] | None = None) -> None:
    """Replace the file whole. Raises ConfigError, and leaves it alone, where the new text is not valid or cannot be
    written, or where somebody else has changed the file since `before` was read."""
    read_config(after, f"{path} as it would be", metrics, path.parent)
    if read_text(path) != before:
        raise ConfigError(f"{path}: the file was changed meanwhile and is left alone; try again")
    try:
        write_atomically(path, after)
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be written: {error.strerror or error}") from None


def read_text(path: Path) -> str:
    """Raises ConfigError in one sentence."""
    try:
        return source.decode(source.read_bytes(path))
    except ConfigError as error:
        raise ConfigError(str(error) if str(error).startswith(str(path)) else f"{path}: {error}") from None


def _only(before: str, after: str, touched: Collection[str]) -> str:
    """`after`, if it says the same as `before` outside of what was to be touched: headers are found line by line, and
    one within a text over several lines would be taken for one."""
    old, new = source.parse(before), source.parse(after)
    readable = isinstance(old, dict) and isinstance(new, dict)
    if not readable or _others(old, touched) != _others(new, touched):
        words = ", ".join(sorted(touched))
        raise ConfigError(f"the file is written in a way that Scram cannot change: edit {words} by hand")
    return after


def _others(data: object, touched: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in touched} if isinstance(data, dict) else {}


def without_tail(text: str) -> tuple[str, str]:
    """The text up to its last line that is neither blank nor a comment, and what follows that."""
    lines = re.split(r"(?<=\n)", text)
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return "".join(lines[:end]), "".join(lines[end:])


def without_empty(text: str, drop: Collection[str], header: str) -> str:
    """Above the first header a table that has no row may be written as a key: `limits = []`."""
    if header or not drop:
        return text
    names = "|".join(map(re.escape, drop))
    return re.sub(rf"(?m)^[ \t]*({names})[ \t]*=[ \t]*\[[ \t]*\][ \t]*(#.*)?\r?\n", "", text)


def _joined(before: str, after: str) -> str:
    if not before.strip():
        return before + after
    gap = "" if before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    return before + gap + after

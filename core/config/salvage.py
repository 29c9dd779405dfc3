"""Rows of a configuration that is no valid TOML, or holds its accounts in the wrong shape.

Every `[[accounts]]` block is parsed alone, so that a fault elsewhere, or a file cut in half, costs only the block it is
in. A block is never read in part: an account without the last line of its `ccxt` table might be asked at the wrong
address and be proven stopped there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config import source
from core.config.checks import nearest
from core.config.model import Config
from core.config.source import Block, Broken

NEEDED_KEYS = frozenset({"name", "exchange", "credentials", "ccxt"})
"""What the stop cannot do without, or cannot guess."""

TABLES = ("stop", "guardian", "feed")
"""Tables of which there is one each, read beside the rows."""

_KINDS = frozenset({"accounts", "strategies", "egress"})
"""Tables of which there are several, as far as the stop needs them."""
_KEY = re.compile(r"[ \t]*[\"']?([A-Za-z0-9_-]+)[\"']?[ \t]*=")
_MOST_BROKEN_LINES = 8
_MOST_JOINED_BLOCKS = 64
_MOST_TRIES = 2_000
"""Joining is quadratic; a file in which everything is broken must not keep the stop waiting."""


@dataclass(slots=True)
class Row:
    value: object
    line: int | None = None
    """Of the header; None where the whole file was parsed."""
    broken: str = ""
    """Why `value` is only a glimpse, "" when it is all of the row."""
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Rows:
    accounts: list[Row] = field(default_factory=list)
    strategies: list[Row] = field(default_factory=list)
    egress: list[Row] = field(default_factory=list)
    tables: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in TABLES})
    accounts_files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[Row]:
        return {"accounts": self.accounts, "strategies": self.strategies, "egress": self.egress}[kind]


def rows_of(text: str) -> Rows:
    data = source.parse(text)
    rows = Rows()
    if isinstance(data, Broken):
        rows.notes.append(str(data))
        _take_blocks(source.blocks(text), rows)
    else:
        _take(data, rows)
    return rows


def _take(data: Mapping[str, Any], rows: Rows, line: int | None = None, notes: list[str] | None = None) -> None:
    for key, value in data.items():
        kind = key if key in Config.model_fields else nearest(key, Config.model_fields)
        if kind in TABLES and isinstance(value, dict):
            rows.tables[kind].update(value)
        if kind == "accounts_file" and isinstance(value, str):
            rows.accounts_files.append(value)
        if kind not in _KINDS:
            continue
        said = list(notes or ())
        if key != kind:
            said.append(f'"{key}" is taken as "{kind}"')
        if isinstance(value, dict):
            said.append(f"[{key}] is taken as [[{kind}]]")
        for item in value if isinstance(value, list) else [value]:
            rows.of(kind).append(Row(item, line, notes=list(said)))


def _take_blocks(blocks: list[Block], rows: Rows) -> None:
    tries = _MOST_TRIES
    at = 0
    while at < len(blocks):
        block, used = blocks[at], 1
        data = source.parse(block.text)
        if isinstance(data, Broken) and _may_hold_headers(block.text):
            # What looked like the next header may stand inside a multi-line string.
            for count in range(2, min(_MOST_JOINED_BLOCKS, len(blocks) - at) + 1):
                tries -= 1
                joined = source.parse("".join(part.text for part in blocks[at : at + count])) if tries > 0 else data
                if not isinstance(joined, Broken):
                    data, used = joined, count
                    break
        if isinstance(data, Broken):
            _take_broken(block, data, rows)
        else:
            _take(data, rows, block.line)
        at += used


def _may_hold_headers(text: str) -> bool:
    return '"""' in text or "'''" in text


def _take_broken(block: Block, why: Broken, rows: Rows) -> None:
    kind = nearest(block.header, Config.model_fields) if block.header else ""
    if not block.header:
        rows.accounts_files += _accounts_files(block)
    if kind not in _KINDS.union(TABLES):
        return
    mended = _mend(block, kind, why)
    if mended is not None:
        data, notes = mended
        _take(data, rows, block.line, notes)
    elif kind == "accounts":
        rows.accounts.append(Row(_glimpse(block), block.line, broken=str(why)))
    elif kind in _KINDS:
        rows.of(kind).append(Row({}, block.line, broken=str(why)))


def _mend(block: Block, kind: str, why: Broken) -> tuple[dict[str, Any], list[str]] | None:
    """The block without its broken lines, where none of these matters to the stop."""
    if _may_hold_headers(block.text):
        return None
    lines = re.split(r"(?<=\n)", block.text)
    notes: list[str] = []
    for _ in range(_MOST_BROKEN_LINES):
        index = _broken_line(why)
        # A last line without its end is where a half-written file was cut, and what should follow it is unknown.
        if index is None or index >= len(lines) or not lines[index].endswith("\n"):
            return None
        if index == 0:
            clean = f"[{kind}]\n" if kind in TABLES else f"[[{kind}]]\n"
            if lines[0] == clean:
                return None
            notes.append(f"the header {lines[0].strip()} is taken as {clean.strip()}")
            lines[0] = clean
        else:
            key = _KEY.match(lines[index])
            if key is None or (kind == "accounts" and key[1] in NEEDED_KEYS) or kind in {"strategies", "egress"}:
                return None
            notes.append(f"{key[1]} is left out: {why.reason}")
            lines[index] = "\n"
        data = source.parse("".join(lines))
        if not isinstance(data, Broken):
            return data, notes
        why = data
    return None


def _broken_line(why: Broken) -> int | None:
    found = re.match(r"line (\d+)", why.at)
    return int(found[1]) - 1 if found else None


def _accounts_files(block: Block) -> list[str]:
    """What the lines above the first header name, where these cannot be read together."""
    found = (source.parse(line.strip()) for line in block.text.splitlines() if "accounts_file" in line)
    return [
        data["accounts_file"]
        for data in found
        if not isinstance(data, Broken) and isinstance(data.get("accounts_file"), str)
    ]


def _glimpse(block: Block) -> dict[str, Any]:
    """Name and exchange of a broken block, to tell an operator which one it is."""
    seen: dict[str, Any] = {}
    for line in block.text.split("\n")[1:]:
        if line.lstrip().startswith("["):
            break
        data = source.parse(line.strip())
        if not isinstance(data, Broken):
            seen.update({key: value for key, value in data.items() if key in {"name", "exchange"} and key not in seen})
    return seen

"""Accounts as a spreadsheet keeps them: a CSV file with a header and a row for each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from core.config import checks, source
from core.config.explain import problems_of, show
from core.config.model import AccountConfig
from core.errors import ConfigError

COLUMNS = ("name", "exchange", "venue", "mode", "credentials", "groups", "egress", "deadman_s", "guardian_credentials")
NEEDED = ("name", "exchange")
_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class RosterRow:
    line: int
    """In the file, counted from 1."""
    value: Mapping[str, Any]
    """As a table of the configuration; empty cells are left out."""
    account: AccountConfig | None
    problems: tuple[str, ...]
    """Why there is no account, a sentence each: value and what is allowed."""

    @property
    def label(self) -> str:
        called = self.value.get("name")
        return f"line {self.line}" + (f" {show(called)}" if called else "")


def read_roster(raw: bytes, *, lenient: bool = False) -> tuple[RosterRow, ...]:
    """Every row, good or bad; a row is a line. Raises ConfigError, without the file's name, where the header is none.

    `lenient`: for the emergency stop. What cannot be read costs the row it is in, unknown columns are passed over.
    """
    text = source.decode_somehow(raw).replace("\0", "") if lenient else source.decode(raw)
    if "\0" in text:
        raise ConfigError("the file holds zero bytes, as if half written; restore it from a copy")
    return tuple(_rows(text, lenient=lenient))


def _rows(text: str, *, lenient: bool) -> Iterator[RosterRow]:
    lines = text.splitlines()
    separator = ","
    header: tuple[str, ...] | None = None
    names: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip(f" {_SEPARATORS}") or line.lstrip().startswith("#"):
            continue
        if header is None:
            separator = max(_SEPARATORS, key=line.count)
            header = _header(_cells(line, separator), lenient=lenient)
            continue
        try:
            row = _row(number, _cells(line, separator), header)
        except csv.Error:
            yield RosterRow(number, {}, None, ("its quotes do not match",))
            continue
        name = str(row.value.get("name", ""))
        if name and names.setdefault(name, number) != number:
            row = RosterRow(number, row.value, None, (f"name is {show(name)}; line {names[name]} has the same",))
        yield row
    if header is None:
        raise ConfigError(f"the file is empty; a header with the columns {', '.join(COLUMNS)} is needed")


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, strict=True))]


def _header(cells: Sequence[str], *, lenient: bool) -> tuple[str, ...]:
    columns = tuple(cell.lower().replace(" ", "_") for cell in cells)
    if lenient:
        columns = tuple(name if name in COLUMNS else checks.nearest(name, COLUMNS) for name in columns)
    for column in () if lenient else columns:
        if column in COLUMNS:
            continue
        if checks.is_secret(column, ""):
            raise ConfigError(f'a column is called "{column}": credentials belong in the keyring or the environment')
        raise ConfigError(f'"{column}" is not a column here; {checks.suggestion(column, COLUMNS)}')
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ConfigError(f"the header lacks {' and '.join(missing)}; its columns are {', '.join(COLUMNS)}")
    if len(set(columns)) < len(columns) and not lenient:
        raise ConfigError("a column is there twice")
    return columns


def _row(line: int, cells: Sequence[str], header: Sequence[str]) -> RosterRow:
    if any(cells[len(header) :]):
        value = {"name": cells[header.index("name")]}
        return RosterRow(line, value, None, (f"it has {len(cells)} cells, and the header {len(header)}",))
    table: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell}
    if str(table.get("deadman_s", "")).isdecimal():
        table["deadman_s"] = int(table["deadman_s"])
    if "groups" in table:
        table["groups"] = [part for part in table["groups"].replace(";", " ").replace("|", " ").split() if part]
    try:
        return RosterRow(line, table, AccountConfig.model_validate(table), ())
    except ValidationError as error:
        raw = {"accounts": {0: table}}
        problems = tuple(what for _, what in problems_of(error, raw, lambda _: "", ("accounts", 0)))
        return RosterRow(line, table, None, problems)

"""Read the configuration file: all of it and strictly, or (see `lenient`) whatever the emergency stop can use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config import source
from core.config.explain import place_in_file, problems_of
from core.config.lenient import AccountsReading, BadAccount, load_accounts
from core.config.model import Config
from core.config.roster import read_roster
from core.errors import ConfigError

__all__ = ["AccountsReading", "BadAccount", "load_accounts", "load_config", "read_config"]

_HANDFUL = 8
"""Problems told at once; the rest is counted."""


def load_config(path: Path, metrics: Collection[str] | None = None) -> Config:
    """Raises ConfigError with one sentence per line; metric names are checked when `metrics` is given."""
    raw = source.read_bytes(path)
    if not raw.strip():
        raise ConfigError(f"{path}: the file is empty")
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise ConfigError(f"{path}: line {line} holds zero bytes, as if half written; restore the file from a copy")
    try:
        text = source.decode(raw)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return read_config(text, str(path), metrics, path.parent)


def read_config(text: str, name: str, metrics: Collection[str] | None = None, folder: Path | None = None) -> Config:
    """The same for a text; `name` begins every sentence, `folder` is where an `accounts_file` is looked for."""
    data = source.parse(text)
    if isinstance(data, source.Broken):
        raise ConfigError(f"{name}: {data}")
    _add_roster(data, folder or Path())
    try:
        return Config.model_validate(data, context={"metrics": metrics})
    except ValidationError as error:
        raise ConfigError(_told(error, data, text, name)) from None


def with_limits(config: Config, text: str, name: str, metrics: Collection[str] | None = None) -> Config:
    """The configuration with the limits, profiles and assignments of a text that holds these alone.

    What is known to be valid is not read again: there may be ten thousand accounts. Raises ConfigError.
    """
    data = source.parse(text)
    if isinstance(data, source.Broken):
        raise ConfigError(f"{name}: {data}")
    given = {key: getattr(config, key) for key in config.model_fields_set - LIMIT_TABLES}
    try:
        return Config.model_validate({**given, **data}, context={"metrics": metrics})
    except ValidationError as error:
        raise ConfigError(_told(error, data, "", name)) from None


LIMIT_TABLES = frozenset({"limits", "profiles", "assign"})


def roster_path(named: object, folder: Path) -> Path | None:
    """Where `accounts_file` points; None where it is no text, which is told with everything else."""
    return folder / named if isinstance(named, str) and named.strip() else None


def _add_roster(data: dict[str, Any], folder: Path) -> None:
    """The rows of `accounts_file` beside those of the file itself. Raises ConfigError naming every bad one."""
    path = roster_path(data.get("accounts_file"), folder)
    if path is None:
        return
    try:
        rows = read_roster(source.read_bytes(path, "the accounts_file has to lie beside the configuration"))
    except ConfigError as error:
        raise ConfigError(str(error) if str(error).startswith(str(path)) else f"{path}: {error}") from None
    bad = [f"{path}: {row.label}: {problem}" for row in rows for problem in row.problems]
    if bad:
        told = bad[:_HANDFUL]
        raise ConfigError("\n".join((*told, *([f"{path}: and {len(bad) - _HANDFUL} more"] if bad[_HANDFUL:] else ()))))
    listed = data.get("accounts", [])
    if not isinstance(listed, list):
        return
    known = {row["name"] for row in listed if isinstance(row, Mapping) and "name" in row}
    twice = [row for row in rows if row.value["name"] in known]
    if twice:
        raise ConfigError(f"{path}: {twice[0].label}: the configuration itself has an account of this name")
    data["accounts"] = [*listed, *(dict(row.value) for row in rows)]


def _told(error: ValidationError, data: dict[str, Any], text: str, name: str) -> str:
    lines: dict[str, list[int]] = {}
    for block in source.blocks(text):
        lines.setdefault(block.header, []).append(block.line)
    sentences = [f"{name}: {what}" for _, what in problems_of(error, data, place_in_file(data, lines))]
    told = sentences[:_HANDFUL]
    if len(sentences) > _HANDFUL:
        told.append(f"{name}: and {len(sentences) - _HANDFUL} more")
    return "\n".join(told)

"""Writes a joined account down: its keys first, then the configuration; all of it, or nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from core.config.edit import read_text, with_rows, write_config
from core.config.load import read_config
from core.config.model import AccountConfig
from core.config.write import to_toml
from core.errors import ConfigError
from core.joining.model import FILE, Choices
from core.places import write_atomically
from core.sealed_keys import Keychain
from core.secrets import FILE_SERVICE, SERVICE, Credentials, forget_credentials, store_credentials

_HEAD = """\
# Scram's configuration. An account is watched only, unless its mode says otherwise; the emergency stop may always act.
# Keys are never in this file. What else can be said here: resources/samples/scram.toml, and the README.

"""


def taken_names(path: Path) -> frozenset[str]:
    """Names of accounts that the configuration has; empty where there is none. Raises ConfigError."""
    if not path.exists():
        return frozenset()
    return frozenset(row.name for row in read_config(read_text(path), str(path), None, path.parent).accounts)


def account_table(account: AccountConfig, choices: Choices) -> dict[str, Any]:
    """As a row of the file."""
    table: dict[str, Any] = {
        "name": account.name,
        "exchange": account.exchange,
        "mode": choices.mode.value,
        "credentials": choices.storage,
    }
    return table | ({"ccxt": dict(account.ccxt)} if account.ccxt else {})


def write_joined(
    path: Path,
    account: AccountConfig,
    choices: Choices,
    credentials: Credentials,
    keychain: Keychain,
    metrics: Collection[str] | None = None,
) -> dict[str, Any]:
    """Store the keys and extend the configuration, or make it; the row that was written. Blocking.

    Raises a ScramError in one sentence, and then neither is changed. `keychain` has its file open where it is used.
    """
    table = account_table(account, choices)
    before = read_text(path) if path.exists() else None
    after = _text_with(before, table, choices.template)
    _refuse_twice(path, before, account.name)
    service = FILE_SERVICE if choices.storage == FILE else SERVICE
    store_credentials(account.name, credentials, keychain, service)
    try:
        if before is None:
            _write_new(path, after, metrics)
        else:
            write_config(path, before, after, metrics)
    except BaseException:
        with contextlib.suppress(Exception):
            forget_credentials(account.name, keychain, service)
        raise
    return table


def _text_with(before: str | None, table: Mapping[str, Any], template: str) -> str:
    rows: dict[str, Any] = {"accounts": [table]}
    if template:
        rows["assign"] = [{"scope": f"account:{table['name']}", "profile": template}]
    if before is None:
        return _HEAD + to_toml(rows)
    for name, added in rows.items():
        before = with_rows(before, name, added)
    return before


def _refuse_twice(path: Path, before: str | None, name: str) -> None:
    if before is not None and name in taken_names(path):
        raise ConfigError(f'{path} has an account called "{name}" already; choose another name')


def _write_new(path: Path, text: str, metrics: Collection[str] | None) -> None:
    read_config(text, f"{path} as it would be", metrics, path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Taken first, so that a file which somebody else makes in this moment is not written over.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        write_atomically(path, text)
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be written: {error.strerror or error}") from None

"""`scram accounts import`: rows of a spreadsheet into the configuration. Good rows are taken, bad ones are named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from app.cli.common import config_path
from core.config import AccountConfig, load_config, source
from core.config.edit import read_text, with_rows, write_config
from core.config.roster import read_roster
from core.errors import ConfigError
from core.places import find_places
from core.risk.limits import METRIC_DIRECTIONS

ALL, SOME, NONE = 0, 3, 2


def import_accounts(file: Path, config: Path | None, home: Path | None, *, dry_run: bool) -> int:
    """0: every row is in the configuration now; 3: some were bad and are named; 2: none could be taken."""
    path = config_path(config, find_places(home, os.environ))
    loaded = load_config(path, METRIC_DIRECTIONS)
    text = read_text(path)
    try:
        rows = read_roster(source.read_bytes(file, "name the CSV file that holds the accounts"))
    except ConfigError as error:
        raise ConfigError(str(error) if str(error).startswith(str(file)) else f"{file}: {error}") from None
    known = {account.name: account for account in loaded.accounts}
    new: list[AccountConfig] = []
    bad = same = 0
    for row in rows:
        problems = row.problems or _against(row.account, known)
        for problem in problems:
            typer.echo(f"{file}: {row.label}: {problem}", err=True)
        bad += bool(problems)
        if row.account is not None and not problems:
            same += row.account.name in known
            new += [row.account] if row.account.name not in known else []
    told = f"{len(new)} new, {same} there already, {bad} bad"
    if dry_run:
        typer.echo(f"{told}; nothing was written")
    elif new:
        write_config(path, text, with_rows(text, "accounts", [_table(account) for account in new]), METRIC_DIRECTIONS)
        typer.echo(f"{told}; {path} is written, a running desk needs a restart to watch new accounts")
    else:
        typer.echo(f"{told}; there is nothing to write")
    if not bad:
        return ALL
    return SOME if new or same else NONE


def _against(account: AccountConfig | None, known: dict[str, AccountConfig]) -> tuple[str, ...]:
    there = known.get(account.name) if account is not None else None
    if account is None or there is None:
        return ()
    differ = [name for name in _SHOWN if getattr(account, name) != getattr(there, name)]
    if not differ:
        return ()
    return (f"the configuration has an account of this name with another {' and '.join(differ)}; change it there",)


_SHOWN = ("exchange", "venue", "mode", "credentials", "groups", "egress", "deadman_s", "guardian_credentials")


def _table(account: AccountConfig) -> dict[str, Any]:
    table: dict[str, Any] = {"name": account.name, "exchange": account.exchange}
    if account.venue != account.exchange:
        table["venue"] = account.venue
    table |= {"mode": account.mode.value, "credentials": account.credentials}
    if account.groups:
        table["groups"] = list(account.groups)
    more = {name: getattr(account, name) for name in ("egress", "deadman_s", "guardian_credentials")}
    return table | {name: value for name, value in more.items() if value is not None}

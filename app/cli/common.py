"""What several commands need."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import typer

from app.relaunch import own_command
from core.errors import ConfigError, SecretError
from core.places import Places
from core.sealed_keys import Keychain, keychain_of
from core.secrets import NeedsCredentials

TRIES = 3


def config_path(given: Path | None, places: Places) -> Path:
    """The configuration file to use; raises ConfigError where none was named and none is in its usual place."""
    path = given or places.config
    if given is None and not path.exists():
        raise ConfigError(
            f"there is no configuration at {path}; copy the sample (resources/samples/scram.toml) there, "
            "or name a file with --config, or try `scram demo`"
        )
    return path


def guardian_command(config: Path, home: Path | None) -> tuple[str, ...]:
    """How a desk starts one of its own."""
    where = ("--home", str(home)) if home is not None else ()
    return (*own_command(), "guardian", "--child", "--config", str(config.absolute()), *where)


def in_seconds(milliseconds: float) -> str:
    """`1.9 s`, `620 s`."""
    seconds = milliseconds / 1000.0
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds:.0f} s"


def asked_keychain(places: Places, accounts: Iterable[NeedsCredentials]) -> Keychain:
    """The keyring and the encrypted file, whose passphrase is asked for where an account needs it, nothing in the
    environment gives it, and somebody sits at a terminal. Never for the stop: it waits for nobody's answer.
    """
    keychain = keychain_of(places.sealed_keys, os.environ)
    sealed = keychain.sealed
    needed = any(account.credentials == "file" for account in accounts)
    if not needed or sealed.is_waiting or not sealed.exists or not sys.stdin.isatty():
        return keychain
    for _ in range(TRIES):
        passphrase = getpass.getpass(f"Passphrase of {sealed.path} (empty: go on without): ")
        if not passphrase:
            break
        try:
            sealed.open(passphrase)
            break
        except SecretError as error:
            typer.echo(f"scram: {error}", err=True)
    return keychain

"""`scram` and `scram run`: the configured accounts, with the desk or headless."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import typer

from app.cli.common import asked_keychain, config_path, guardian_command
from app.entrance import make_engine
from app.loop import run_headless, run_with_qt
from app.session import running
from core.clock import SystemClock
from core.config import Config, load_config
from core.config.checks import login_name
from core.errors import ConfigError
from core.places import Places, find_places
from core.risk.limits import METRIC_DIRECTIONS

Command = tuple[str, ...]


def run_configured(config: Path | None, home: Path | None, *, headless: bool) -> int:
    """Where nothing is configured, none is named and there is a screen, the window begins with the wizard."""
    places = find_places(home, os.environ)
    if not headless and config is None and not places.config.exists() and _has_screen():
        return first_run(config, home)
    file = config_path(config, places)
    loaded = load_config(file, METRIC_DIRECTIONS)
    command = guardian_command(file, home)
    if headless:
        return run_headless(lambda stop: _headless(loaded, file, places, command, stop))
    from app.screen import make_application

    if not _has_screen():
        typer.echo("scram: there is no screen here; running headless", err=True)
        return run_headless(lambda stop: _headless(loaded, file, places, command, stop))
    return run_with_qt(make_application(), lambda stop: _with_window(loaded, file, places, command, stop))


def first_run(config: Path | None, home: Path | None) -> int:
    """The desk with the wizard in front of it. Raises ConfigError where the configuration is there and not valid."""
    from app.screen import make_application

    if not _has_screen():
        raise ConfigError("there is no screen here; copy resources/samples/scram.toml and run scram check instead")
    places = find_places(home, os.environ)
    file = config or places.config
    loaded = load_config(file, METRIC_DIRECTIONS) if file.exists() else None
    command = guardian_command(file, home)
    return run_with_qt(make_application(), lambda stop: _with_window(loaded, file, places, command, stop, wizard=True))


def _has_screen() -> bool:
    from app.screen import has_screen

    return has_screen()


async def _headless(config: Config, file: Path, places: Places, command: Command, stop: asyncio.Event) -> int:
    clock = SystemClock()
    keychain = await asyncio.to_thread(asked_keychain, places, config.accounts)
    engine = await make_engine(config, file, places, clock, guardian_command=command, keyring=keychain)
    async with running(engine, places, clock):
        typer.echo(f"watching {len(config.accounts)} accounts; end with Ctrl+C", err=True)
        await stop.wait()
        sweeps_on = engine.guarding.sweeps_on
    _say_who_sweeps(sweeps_on)
    return 0


async def _with_window(
    config: Config | None, file: Path, places: Places, command: Command, stop: asyncio.Event, *, wizard: bool = False
) -> int:
    from app.first_run.window import with_window

    operator = config.operator if config is not None else login_name()
    _say_who_sweeps(await with_window(config, file, places, command, stop, operator=operator, wizard=wizard))
    return 0


def _say_who_sweeps(guardian: int | None) -> None:
    if guardian is not None:
        typer.echo(f"the guardian (process {guardian}) goes on sweeping what is stopped, until `scram reset`", err=True)

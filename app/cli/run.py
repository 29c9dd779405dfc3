"""`scram` and `scram run`: the configured accounts, with the desk or headless."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import typer

from app.cli.common import asked_keychain, config_path, guardian_command
from app.entrance import Entrance, make_engine
from app.loading import PLOTS, load
from app.loop import run_headless, run_with_qt
from app.session import running
from core.clock import SystemClock
from core.config import Config, load_config
from core.places import Places, find_places
from core.risk.limits import METRIC_DIRECTIONS

Command = tuple[str, ...]


def run_configured(config: Path | None, home: Path | None, *, headless: bool) -> int:
    places = find_places(home, os.environ)
    file = config_path(config, places)
    loaded = load_config(file, METRIC_DIRECTIONS)
    command = guardian_command(file, home)
    if headless:
        return run_headless(lambda stop: _headless(loaded, file, places, command, stop))
    from app.screen import has_screen, make_application

    if not has_screen():
        typer.echo("scram: there is no screen here; running headless", err=True)
        return run_headless(lambda stop: _headless(loaded, file, places, command, stop))
    return run_with_qt(make_application(), lambda stop: _with_window(loaded, file, places, command, stop))


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


async def _with_window(config: Config, file: Path, places: Places, command: Command, stop: asyncio.Event) -> int:
    from app.screen import Screen

    clock, entrance = SystemClock(), Entrance()
    # The window first: its stop button is live while everything else is still being made.
    screen = Screen(
        entrance.submit, config.operator, asyncio.get_running_loop(), places.desk_settings, places.crashes, stop.set
    )
    try:
        await screen.stands()
        engine = await make_engine(config, file, places, clock, entrance, command)
        await load(PLOTS)
        async with running(engine, places, clock, screen.show):
            await stop.wait()
            sweeps_on = engine.guarding.sweeps_on
    finally:
        screen.close()
    _say_who_sweeps(sweeps_on)
    return 0


def _say_who_sweeps(guardian: int | None) -> None:
    if guardian is not None:
        typer.echo(f"the guardian (process {guardian}) goes on sweeping what is stopped, until `scram reset`", err=True)

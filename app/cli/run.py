"""`scram` and `scram run`: the configured accounts, with the desk or headless."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import typer

from app.cli.common import config_path
from app.loop import run_headless, run_with_qt
from app.session import running
from core.clock import SystemClock
from core.config import Config, load_config
from core.engine.build import build
from core.engine.engine import Engine
from core.log import set_up_logging
from core.places import Places, find_places
from core.risk.limits import METRIC_DIRECTIONS


def run_configured(config: Path | None, home: Path | None, *, headless: bool) -> int:
    places = find_places(home, os.environ)
    file = config_path(config, places)
    loaded = load_config(file, METRIC_DIRECTIONS)
    if headless:
        return run_headless(lambda stop: _headless(loaded, file, places, stop))
    from app.screen import has_screen, make_application

    if not has_screen():
        typer.echo("scram: there is no screen here; running headless", err=True)
        return run_headless(lambda stop: _headless(loaded, file, places, stop))
    return run_with_qt(make_application(), lambda stop: _with_window(loaded, file, places, stop))


async def _headless(config: Config, file: Path, places: Places, stop: asyncio.Event) -> int:
    engine, clock = await _engine(config, file, places)
    async with running(engine, places, clock):
        typer.echo(f"watching {len(config.accounts)} accounts; end with Ctrl+C", err=True)
        await stop.wait()
    return 0


async def _with_window(config: Config, file: Path, places: Places, stop: asyncio.Event) -> int:
    from app.screen import Screen

    engine, clock = await _engine(config, file, places)
    screen = Screen(engine.submit, config.operator, asyncio.get_running_loop(), places.desk_settings)
    try:
        async with running(engine, places, clock, screen.show):
            await stop.wait()
    finally:
        screen.close()
    return 0


async def _engine(config: Config, file: Path, places: Places) -> tuple[Engine, SystemClock]:
    clock = SystemClock()
    redactor = set_up_logging(places.logs)
    parts = await asyncio.to_thread(build, config, os.environ, places, clock, random.Random(), None, file)
    redactor.add(parts.secrets)
    return Engine(parts), clock

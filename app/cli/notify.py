"""`scram notify test`: whether what is configured reaches somebody, without a desk."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import typer

from app.cli.common import config_path
from app.loop import run_headless
from core.clock import SystemClock
from core.config import load_config
from core.engine.notifying import routes_of
from core.errors import ConfigError, NotifyError
from core.notify.desk import trial_message
from core.notify.model import RouteSpec
from core.notify.sender import Sender
from core.places import find_places
from core.risk.limits import METRIC_DIRECTIONS

ALL_SENT, NOT_ALL = 0, 3


def try_routes(config: Path | None, home: Path | None, *, route: str | None, as_json: bool) -> int:
    """0 where every route took the message, 3 where one did not; raises ConfigError where there is none."""
    loaded = load_config(config_path(config, find_places(home, os.environ)), METRIC_DIRECTIONS)
    found = routes_of(loaded, os.environ, None)
    chosen = [(spec, sender) for spec, sender in found if route in (None, spec.name)]
    if not chosen:
        names = ", ".join(spec.name for spec, _ in found)
        raise ConfigError(f'there is no notify route "{route}"; there are {names}' if names else _NONE)

    async def main(stop: asyncio.Event) -> int:
        told = await asyncio.gather(*(_try(spec, sender, loaded.operator) for spec, sender in chosen))
        rows = [{"route": spec.name, "error": error} for (spec, _), error in zip(chosen, told, strict=True)]
        if as_json:
            typer.echo(json.dumps(rows))
        else:
            for row in rows:
                typer.echo(f"{row['route']:<24} {row['error'] or 'sent'}")
        return NOT_ALL if any(told) else ALL_SENT

    return run_headless(main)


_NONE = "no notify route is configured; a [[notify.routes]] table with a name is needed"


async def _try(spec: RouteSpec, sender: Sender, operator: str) -> str:
    try:
        await sender.send(trial_message(spec.name, operator, SystemClock().now()))
    except NotifyError as error:
        return str(error)
    return ""

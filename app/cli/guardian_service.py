"""`scram guardian install|remove|status`: the guardian as a service of this user."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from app.cli.common import config_path
from app.relaunch import own_command
from app.service.keeper import service_here
from core.places import find_places


def service_command(config: Path, home: Path | None) -> tuple[str, ...]:
    """Absolute throughout: a service is started in a folder of the system's choice."""
    where = ("--home", str(home.expanduser().absolute())) if home is not None else ()
    return (*own_command(), "guardian", "--config", str(config.expanduser().absolute()), *where)


def install(config: Path | None, home: Path | None) -> int:
    places = find_places(home, os.environ)
    service = service_here()
    service.install(service_command(config_path(config, places), home))
    typer.echo(f"the guardian runs, and will be started whenever you log in: {service.file}")
    return 0


def remove() -> int:
    service = service_here()
    if service.remove():
        typer.echo("the guardian is ended, and will not be started at log-in any more")
    else:
        typer.echo("nothing to remove: no guardian is started at log-in")
    return 0


def status() -> int:
    service = service_here()
    if not service.installed:
        typer.echo("no guardian is started at log-in; `scram guardian install` sees to that")
        return 3
    if service.running():
        typer.echo(f"the guardian runs as a service: {service.file}")
        return 0
    typer.echo(f"the guardian is installed as a service and does not run: {service.file}")
    return 3

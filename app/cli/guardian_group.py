"""`scram guardian`, and `scram guardian install|remove|status`: what can be asked; how it is done is loaded late."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import ConfigFile, Home

guardian_cli = typer.Typer(help="Stand by as a second process that can stop when the desk cannot; until ended.")


@guardian_cli.callback(invoke_without_command=True)
def guardian(
    context: typer.Context,
    config: ConfigFile = None,
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
    home: Home = None,
) -> int:
    """Stand by as a second process that can stop when the desk cannot; until ended."""
    chosen = home or context.obj
    if context.invoked_subcommand is not None:
        context.obj = (config, chosen)
        return 0
    from app.cli.guardian import guard

    return guard(config, chosen, child=child)


@guardian_cli.command("install")
def guardian_install(context: typer.Context, config: ConfigFile = None, home: Home = None) -> int:
    """Have this system start the guardian whenever you log in, and start it now."""
    from app.cli.guardian_service import install

    given, chosen = context.obj
    return install(config or given, home or chosen)


@guardian_cli.command("remove")
def guardian_remove() -> int:
    """End the guardian that the system started, and have it started no more."""
    from app.cli.guardian_service import remove

    return remove()


@guardian_cli.command("status")
def guardian_status() -> int:
    """Say whether the system starts the guardian at login; 0 where it runs, 3 where it does not."""
    from app.cli.guardian_service import status

    return status()

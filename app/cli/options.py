"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.places import HOME_VARIABLE

_HOME_HELP = "Keep configuration, database, latches and logs all in DIR."
HomeOfAll = Annotated[Path | None, typer.Option("--home", envvar=HOME_VARIABLE, help=_HOME_HELP)]
"""In front of every command; it alone looks at the environment, so that what was typed anywhere wins over that."""
Home = Annotated[
    Path | None,
    typer.Option("--home", help=f"{_HOME_HELP} Default: the --home before the command, then {HOME_VARIABLE}."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration file; default: scram.toml in the configuration folder."),
]
StopScopeText = Annotated[
    str, typer.Option("--scope", help="portfolio, venue:NAME, account:NAME, strategy:NAME or symbol:NAME.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the version. Needed by what leaves more room.")]
By = Annotated[str | None, typer.Option("--by", help="Who; default: the login name.")]
Second = Annotated[str | None, typer.Option("--second", help="Who agreed, where [loosening] asks for a second person.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done and write nothing.")]
Operator = Annotated[str | None, typer.Option("--operator", help="Who; default: the login name.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Be the second person for what another one asked for.")]

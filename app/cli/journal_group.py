"""`scram journal ...`: what can be asked; how it is done is loaded late."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import AsJson, ConfigFile, Home

if TYPE_CHECKING:
    from core.journal.query import Wanted

journal_cli = typer.Typer(no_args_is_help=True, help="The record of everything that happened, and whether it is whole.")

_WHEN = "A day or a moment in UTC: 2026-03-01 or 2026-03-01T09:30:00Z."
Start = Annotated[str | None, typer.Option("--from", metavar="TIME", help=f"The first time. {_WHEN}")]
End = Annotated[str | None, typer.Option("--to", metavar="TIME", help="The last day, included, or the moment before.")]
Database = Annotated[
    str | None,
    typer.Option("--database", help="Another journal than the configured one: a file, or the address of a database."),
]
Kind = Annotated[
    list[str] | None,
    typer.Option("--kind", help="A kind, or its first words: event takes in event.raised. May be given again."),
]
ScopeText = Annotated[str, typer.Option("--scope", help="portfolio, venue:NAME, account:NAME or strategy:NAME.")]


@journal_cli.command("verify")
def journal_verify(
    context: typer.Context,
    start: Start = None,
    end: End = None,
    database: Database = None,
    seals: Annotated[
        Path | None, typer.Option("--seals", help="The file that its seals are noted in; default: the one beside it.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            help="Fingerprint of a key that seals may bear; default: this installation's own. May be given again.",
        ),
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Say whether every record is what was written, in its place and sealed; else which is the first that is not.

    Ends with 0 when it is, 3 when it is not, 2 when it cannot be read. A desk may go on writing meanwhile.
    """
    from app.cli.journal import find_journal, verify_journal

    found = find_journal(config, home or context.obj, database=database, seals=seals, keys=tuple(key or ()))
    return verify_journal(found, start=start, end=end, as_json=as_json)


@journal_cli.command("show")
def journal_show(
    context: typer.Context,
    kind: Kind = None,
    scope: ScopeText = "",
    actor: Annotated[str, typer.Option("--actor", help="Who did it; Scram itself is scram.")] = "",
    about: Annotated[str, typer.Option("--about", help="The id of an event, a mitigation or a stop.")] = "",
    text: Annotated[str, typer.Option("--text", help="Somewhere in the record, in capitals or not.")] = "",
    start: Start = None,
    end: End = None,
    count: Annotated[int, typer.Option("--count", min=1, help="Records shown.")] = 20,
    database: Database = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Records that say something, the newest first."""
    from app.cli.journal import find_journal, show_journal

    wanted = _wanted(kind, scope, start, end, actor=actor, about=about, text=text)
    found = find_journal(config, home or context.obj, database=database)
    return show_journal(found, wanted, count=count, as_json=as_json)


@journal_cli.command("export")
def journal_export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Write to FILE, which must not be there yet.")],
    form: Annotated[
        str | None, typer.Option("--format", help="csv, jsonl or parquet; default: as the name of FILE ends.")
    ] = None,
    kind: Kind = None,
    scope: ScopeText = "",
    start: Start = None,
    end: End = None,
    database: Database = None,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Write records to a file, the oldest first: whole or not at all."""
    from app.cli.journal import export_journal, find_journal
    from core.journal.export import ExportFormat

    allowed = [one.value for one in ExportFormat]
    if form is not None and form not in allowed:
        raise typer.BadParameter(f"{form} is no format; allowed are {', '.join(allowed)}")
    wanted = _wanted(kind, scope, start, end)
    found = find_journal(config, home or context.obj, database=database)
    return export_journal(found, wanted, out=out, form=None if form is None else ExportFormat(form))


def _wanted(
    kind: list[str] | None,
    scope: str,
    start: str | None,
    end: str | None,
    *,
    actor: str = "",
    about: str = "",
    text: str = "",
) -> Wanted:
    from app.cli.journal import moment
    from core.journal.query import Wanted

    return Wanted(
        kinds=tuple(kind or ()), scope=scope, actor=actor, subject=about, text=text, from_s=moment(start),
        to_s=moment(end, end=True),
    )  # fmt: skip

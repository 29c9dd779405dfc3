"""`scram limits ...` and `scram accounts ...`: what can be asked; how it is done is loaded late."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, By, ConfigFile, DryRun, Home, Reason, Second
from core.domain import EvidenceFormat

limits_cli = typer.Typer(no_args_is_help=True, help="What limits are in force and why, and how they are changed.")
evidence_cli = typer.Typer(no_args_is_help=True, help="What a stop can show for itself, as a file that can be checked.")
notify_cli = typer.Typer(no_args_is_help=True, help="Who is told of events besides the desk.")
pin_cli = typer.Typer(no_args_is_help=True, help="The PIN of the desk's lock.")
accounts_cli = typer.Typer(no_args_is_help=True, help="Accounts of the configuration.")


@limits_cli.command("check")
def limits_check(context: typer.Context, config: ConfigFile = None, as_json: AsJson = False, home: Home = None) -> int:
    """Say what contradicts itself, guards nothing or is held back; 3 where anything does. Connects to nothing."""
    from app.cli.limits import check_limits

    return check_limits(config, home or context.obj, as_json=as_json)


@limits_cli.command("explain")
def limits_explain(
    context: typer.Context,
    scope: Annotated[str, typer.Argument(help="portfolio, venue:NAME, account:NAME or strategy:NAME.")],
    metric: Annotated[str, typer.Argument(help="For instance drawdown.")],
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Say which limit holds for a metric of a scope, where it comes from, and what stands behind it."""
    from app.cli.limits import explain_limit

    return explain_limit(config, home or context.obj, scope_text=scope, metric=metric)


@limits_cli.command("export")
def limits_export(
    context: typer.Context,
    effective: Annotated[bool, typer.Option("--effective", help="What is in force, scope by scope.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write to FILE instead of the screen.")] = None,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Print limits, profiles and assignments as TOML, fit for `scram limits import`."""
    from app.cli.limits import export_limits

    return export_limits(config, home or context.obj, effective=effective, out=out)


@limits_cli.command("import")
def limits_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML with [[limits]], [[profiles]] and [[assign]].")],
    reason: Reason = "",
    by: By = None,
    second: Second = None,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Put the limits of FILE in the place of the configuration's. What leaves more room needs --reason."""
    from app.cli.limits import Signed, import_limits

    return import_limits(file, config, home or context.obj, signed=Signed(reason, by, second), dry_run=dry_run)


@limits_cli.command("apply")
def limits_apply(
    context: typer.Context,
    reason: Reason = "",
    by: By = None,
    second: Second = None,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Give the reason that held back limits wait for; it is written into the configuration."""
    from app.cli.limits import Signed, apply_limits

    return apply_limits(config, home or context.obj, signed=Signed(reason, by, second))


@limits_cli.command("preview")
def limits_preview(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="TOML with limits; without it the configuration's own.")] = None,
    wait: Annotated[float, typer.Option("--wait", min=0.0, help="Seconds to wait for every account.")] = 20.0,
    as_json: AsJson = False,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Connect, look at today's figures, and say what the limits of FILE would find. Changes nothing."""
    from app.cli.limits import preview_limits

    return preview_limits(file, config, home or context.obj, wait_s=wait, as_json=as_json)


@limits_cli.command("history")
def limits_history(
    context: typer.Context,
    count: Annotated[int, typer.Option("--count", min=1, help="Versions shown.")] = 20,
    as_json: AsJson = False,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Every version of the limits, the newest first: who, when, why, what was and what is."""
    from app.cli.limits import show_history

    return show_history(config, home or context.obj, count=count, as_json=as_json)


@notify_cli.command("test")
def notify_test(
    context: typer.Context,
    route: Annotated[str | None, typer.Option("--route", help="Only this one; without it every route.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Send a message over every configured route now. Ends with 0 when all went out, 3 when one did not, 2 for none."""
    from app.cli.notify import try_routes

    return try_routes(config, home or context.obj, route=route, as_json=as_json)


@accounts_cli.command("import")
def accounts_import(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV; header: name, exchange, and any of venue, mode, credentials, groups, egress, deadman_s, "
            "guardian_credentials."
        ),
    ],
    dry_run: DryRun = False,
    config: ConfigFile = None,
    home: Home = None,
) -> int:
    """Add the accounts of a CSV file to the configuration. Every bad row is named, good ones are taken.

    Ends with 0 when every row is good, 3 when some were bad, 2 when none could be taken.
    """
    from app.cli.accounts import import_accounts

    return import_accounts(file, config, home or context.obj, dry_run=dry_run)


@evidence_cli.command("export")
def evidence_export(
    context: typer.Context,
    halt_id: Annotated[str, typer.Argument(help="Which stop; `scram status` and `scram halt --json` name it.")],
    out: Annotated[Path, typer.Option("--out", help="Write to FILE, replacing it.")],
    form: Annotated[
        EvidenceFormat, typer.Option("--format", help="signed: JSON with a signature; csv: one row per account.")
    ] = EvidenceFormat.SIGNED,
    home: Home = None,
) -> int:
    """Write the evidence of a stop, also of one that was reset: board, requests and replies, proving listings."""
    from app.cli.evidence import export_evidence

    return export_evidence(home or context.obj, halt_id=halt_id, form=form, out=out)


@evidence_cli.command("verify")
def evidence_verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A signed evidence file.")],
    key: Annotated[
        str | None, typer.Option("--key", help="Fingerprint of the key to trust; default: this installation's own.")
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> int:
    """Say whether a signed file is what was signed, and what was altered: nothing, content, signature, unknown key.

    Ends with 0 when it is valid, 3 when it is not, 2 when it cannot be read.
    """
    from app.cli.evidence import verify_evidence

    return verify_evidence(home or context.obj, file=file, key=key, as_json=as_json)


@evidence_cli.command("key")
def evidence_key(context: typer.Context, home: Home = None) -> int:
    """Print the fingerprint of the key with which this installation signs; it is made on first use."""
    from app.cli.evidence import show_key

    return show_key(home or context.obj)


@pin_cli.command("remove")
def pin_remove(context: typer.Context, home: Home = None) -> int:
    """Take away the PIN of the desk's lock, as when it is forgotten; a desk that is locked opens within seconds."""
    from app.cli.pin import remove_pin

    return remove_pin(home or context.obj)

"""The command line: what can be asked, and nothing of how it is done (that is one module per command, loaded late)."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from app.cli.groups import accounts_cli, evidence_cli, limits_cli, notify_cli, pin_cli
from app.cli.guardian_group import guardian_cli
from app.cli.journal_group import journal_cli
from app.cli.options import AsJson, ConfigFile, Confirm, DryRun, Home, HomeOfAll, Operator, StopScopeText
from core.domain import Protective, StopLevel
from core.errors import ScramError

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Scram: risk control for desks that run many crypto accounts and strategies. Without a command: the desk.",
)

cli.add_typer(limits_cli, name="limits")
cli.add_typer(accounts_cli, name="accounts")
cli.add_typer(evidence_cli, name="evidence")
cli.add_typer(guardian_cli, name="guardian")
cli.add_typer(journal_cli, name="journal")
cli.add_typer(notify_cli, name="notify")
cli.add_typer(pin_cli, name="pin")

# typer carries click inside itself since 0.20, and stands on the one installed before that: the same class either way.
_MISUSE = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def run(arguments: list[str]) -> int:
    """Carry out one command line; the exit code. Errors meant for the operator are one sentence on standard error."""
    try:
        result = typer.main.get_command(cli).main(args=arguments, prog_name="scram", standalone_mode=False)
    except typer.Abort:
        return 130
    except ScramError as error:
        typer.echo(f"scram: {error}", err=True)
        return 2
    except Exception as error:
        if not isinstance(error, _MISUSE):
            raise
        error.show()  # type: ignore[attr-defined]
        return 2
    return result if isinstance(result, int) else 0


def _say_version(wanted: bool) -> None:
    if wanted:
        from core.release import product_version

        typer.echo(f"scram {product_version()}")
        raise typer.Exit


@cli.callback(invoke_without_command=True)
def desk(
    context: typer.Context,
    home: HomeOfAll = None,
    config: ConfigFile = None,
    version: Annotated[
        bool, typer.Option("--version", help="Say which release this is.", callback=_say_version, is_eager=True)
    ] = False,
) -> int:
    """Open the desk on the configured accounts."""
    context.obj = home
    if context.invoked_subcommand is not None:
        return 0
    return _run(config, home, headless=False)


@cli.command("run")
def run_command(
    context: typer.Context,
    config: ConfigFile = None,
    headless: Annotated[bool, typer.Option("--headless", help="Without a window.")] = False,
    home: Home = None,
) -> int:
    """Watch the configured accounts, with a window or without one, until ended."""
    return _run(config, home or context.obj, headless=headless)


@cli.command("open")
def open_command(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A configuration; without it the one in its usual place.")] = None,
    home: Home = None,
) -> int:
    """Open the desk on FILE: what a double click on a configuration does."""
    return _run(file, home or context.obj, headless=False)


@cli.command("first")
def first_command(context: typer.Context, config: ConfigFile = None, home: Home = None) -> int:
    """Open the desk with the wizard that offers the demo or connects an account."""
    from app.cli.run import first_run

    return first_run(config, home or context.obj)


def _run(config: Path | None, home: Path | None, *, headless: bool) -> int:
    from app.cli.run import run_configured

    return run_configured(config, home, headless=headless)


@cli.command()
def demo(
    context: typer.Context,
    accounts: Annotated[int, typer.Option("--accounts", min=1, max=2000)] = 6,
    venues: Annotated[int, typer.Option("--venues", min=1, max=6)] = 2,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    scenario: Annotated[
        str, typer.Option("--scenario", help="calm, crash, runaway, withdrawal, venue-outage.")
    ] = "crash",
    seconds: Annotated[float | None, typer.Option("--seconds", min=1.0, help="End by itself after so long.")] = None,
    headless: Annotated[bool, typer.Option("--headless")] = False,
    screenshot: Annotated[
        Path | None, typer.Option("--screenshot", help="Save a picture of the desk at the end.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write what happened to FILE on exit.")] = None,
    home: Home = None,
) -> int:
    """Show everything on paper exchanges of its own: no key, no money, nothing leaves this machine."""
    from app.demo.show import DemoOptions, show

    options = DemoOptions(
        accounts, venues, seed, scenario, seconds, headless, screenshot, json_file, home or context.obj
    )
    return show(options)


@cli.command()
def check(context: typer.Context, config: ConfigFile = None, as_json: AsJson = False, home: Home = None) -> int:
    """Validate the configuration, connect, report readiness; change nothing."""
    from app.cli.check import check_configured

    return check_configured(config, home or context.obj, as_json=as_json)


@cli.command()
def halt(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the latch.")],
    config: ConfigFile = None,
    scope: StopScopeText = "portfolio",
    protective: Annotated[
        Protective | None,
        typer.Option("--protective", help="Orders that can only reduce a position; default: as configured, or cancel."),
    ] = None,
    level: Annotated[
        StopLevel, typer.Option("--level", help="reduce-only lets through what can only reduce a position.")
    ] = StopLevel.BLOCK,
    include_unattributed: Annotated[
        bool,
        typer.Option("--include-unattributed", help="Of a strategy's stop: take orders that no rule claims too."),
    ] = False,
    wait: Annotated[float, typer.Option("--wait", min=0.0, help="Seconds to wait for full proof.")] = 30.0,
    as_json: AsJson = False,
    home: Home = None,
) -> int:
    """Emergency stop without a desk: cancel all orders in scope, prove it, latch.

    Ends with 0 when every account is proven, 3 when not all are, 2 when nothing could be fired.
    """
    from app.cli.halt import halt_configured

    return halt_configured(
        config, home or context.obj, scope_text=scope, reason=reason, wait_s=wait, as_json=as_json,
        protective=protective, level=level, include_unattributed=include_unattributed,
    )  # fmt: skip


@cli.command()
def drill(
    context: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Place one far-off post-only order in each chosen account, and stop it.")
    ] = False,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="A name or a pattern; may be given again. --live needs one.")
    ] = None,
    operator: Annotated[str | None, typer.Option("--operator", help="Default: the login name.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
    home: Home = None,
) -> int:
    """Try the stop out: dry, which is everything but the cancels, or live. Keeps a report, leaves no latch.

    Ends with 0 when every account passed, 3 when not all did, 2 when nothing could be tried.
    """
    from app.cli.drill import run_drill

    return run_drill(
        config, home or context.obj, live=live, accounts=tuple(account or ()), operator=operator, as_json=as_json
    )


@cli.command()
def reset(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why it is safe; kept.")] = "",
    scope: Annotated[str | None, typer.Option("--scope", help="Which stop; default: the only one latched.")] = None,
    operator: Operator = None,
    confirm: Confirm = False,
    home: Home = None,
) -> int:
    """Take the latch off a stop. Never restarts trading.

    Ends with 0 when it is off, 3 when a second person has to confirm it (`[stop] second_person`).
    """
    from app.cli.reset import reset_latched

    return reset_latched(home or context.obj, scope_text=scope, operator=operator, reason=reason, confirm=confirm)


@cli.command()
def resume(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why it is safe; kept.")] = "",
    scope: StopScopeText = "portfolio",
    full: Annotated[bool, typer.Option("--full", help="The second step: take off the reduce-only stop.")] = False,
    operator: Operator = None,
    confirm: Confirm = False,
    home: Home = None,
) -> int:
    """Lead a scope back to trading after a reset: first under reduce-only, then with --full altogether.

    A desk has to be running. Ends with 0 when it is done, 3 when a second person has to confirm it.
    """
    from app.cli.resume import resume_trading

    return resume_trading(
        home or context.obj, scope_text=scope, operator=operator, reason=reason, full=full, confirm=confirm
    )


@cli.command()
def restore(
    context: typer.Context,
    halt_id: Annotated[str, typer.Argument(help="Which stop; `scram status` and `scram halt --json` name it.")],
    dry_run: DryRun = False,
    operator: Annotated[str | None, typer.Option("--operator", help="Default: the login name.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
    home: Home = None,
) -> int:
    """Place again, reduce-only, the protective orders that a stop took and whose positions still stand.

    Ends with 0 when all that could be placed was, 3 when a venue refused one.
    """
    from app.cli.restore import restore_protective

    return restore_protective(
        config, home or context.obj, halt_id=halt_id, operator=operator, dry_run=dry_run, as_json=as_json
    )


@cli.command()
def flatten(
    context: typer.Context,
    halt_id: Annotated[str, typer.Argument(help="Which stop; `scram status` and `scram halt --json` name it.")],
    dry_run: DryRun = False,
    arm: Annotated[str | None, typer.Option("--arm", metavar="CODE", help="The code that the preview printed.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed with --arm.")] = "",
    sliced: Annotated[bool, typer.Option("--sliced", help="Part by part instead of at the market at once.")] = False,
    share: Annotated[
        float, typer.Option("--share", min=0.01, max=1.0, help="Of what rests within the bound, for one slice.")
    ] = 0.25,
    bound: Annotated[
        float, typer.Option("--bound", min=0.0005, max=0.2, help="How far from the mid price a slice may trade.")
    ] = 0.01,
    operator: Annotated[str | None, typer.Option("--operator", help="Default: the login name.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
    home: Home = None,
) -> int:
    """Close, reduce-only, what a stopped scope holds: first a preview of its cost, then with its code the act.

    The act ends with 0 when every position is flat, 3 when not all are, 2 when nothing could be sent.
    """
    from app.cli.flatten import carry_out_flatten, preview_flatten
    from core.halt.flatten.model import FlattenStyle, FlattenTerms

    if arm is None:
        terms = FlattenTerms(FlattenStyle.SLICED if sliced else FlattenStyle.MARKET, share, bound)
        return preview_flatten(config, home or context.obj, halt_id=halt_id, terms=terms, as_json=as_json)
    if dry_run:
        raise typer.BadParameter("--dry-run and --arm exclude each other")
    return carry_out_flatten(
        config, home or context.obj, halt_id=halt_id, code=arm, operator=operator, reason=reason, as_json=as_json
    )


@cli.command()
def status(context: typer.Context, as_json: AsJson = False, home: Home = None) -> int:
    """What is latched, and how the running desk stands."""
    from app.cli.status import show_status

    return show_status(home or context.obj, as_json=as_json)


@cli.command()
def paper(
    accounts: Annotated[int, typer.Option("--accounts", min=1, max=2000)] = 6,
    venues: Annotated[int, typer.Option("--venues", min=1, max=6)] = 2,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    scenario: Annotated[str, typer.Option("--scenario")] = "calm",
    config_out: Annotated[
        Path | None, typer.Option("--config-out", help="Write a scram.toml that connects to it.")
    ] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", min=1.0)] = None,
    weight_limit: Annotated[int, typer.Option("--weight-limit", help="Request weight per minute and venue.")] = 2400,
    hedged: Annotated[int, typer.Option("--hedged", min=0, help="So many of the accounts are in hedge mode.")] = 0,
    isolated: Annotated[int, typer.Option("--isolated", min=0, help="So many others use isolated margin.")] = 0,
    coin_margined: Annotated[int, typer.Option("--coin-margined", min=0, help="Further accounts on COIN-M.")] = 0,
    spot: Annotated[int, typer.Option("--spot", min=0, help="Further accounts with spot wallets.")] = 0,
    bybit: Annotated[int, typer.Option("--bybit", min=0, help="Further accounts on Bybit.")] = 0,
    okx: Annotated[int, typer.Option("--okx", min=0, help="Further accounts on OKX.")] = 0,
    funding_s: Annotated[float, typer.Option("--funding-s", min=1.0, help="Seconds from funding to funding.")] = 28_800,
) -> int:
    """Run paper exchanges on loopback until ended; prints one JSON line saying where they are."""
    from app.cli.paper import serve_paper
    from core.paper.site import make_spec

    kinds = {"hedged": hedged, "isolated": isolated, "coin_margined": coin_margined, "spot": spot}
    kinds |= {"bybit": bybit, "okx": okx}
    spec = make_spec(accounts, venues, seed, scenario, **kinds)
    return serve_paper(replace(spec, weight_limit=weight_limit, funding_period_s=funding_s), config_out, seconds)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))


@cli.command()
def notices() -> int:
    """Print the licences of everything that Scram is shipped with."""
    from app.notices import read_notices

    typer.echo(read_notices(), nl=False)
    return 0

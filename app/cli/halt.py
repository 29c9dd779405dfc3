"""`scram halt`: the emergency stop without a desk. One bad row or missing key disarms nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import random
from pathlib import Path
from typing import Any

import typer

from app.cli.common import config_path, in_seconds
from app.cli.desks import STATUS_FILE, running_desk
from app.loop import run_headless
from core.clock import Clock, SystemClock
from core.config import AccountsReading, load_accounts
from core.domain import Protective, Scope, StopLevel
from core.engine.report import halt_row, proof_row
from core.engine.unaided import reach, stop_desk
from core.halt.forecast import Forecast
from core.halt.guardian.link import GuardianLink
from core.halt.model import HaltView
from core.halt.runner import HaltRunner
from core.halt.terms import StopTerms
from core.places import Places, find_places
from core.sealed_keys import keychain_of
from core.tasks import spawn

ALL_PROVEN, NOT_ALL_PROVEN = 0, 3
FORECAST_WITHIN_S = 2.0
LATCH_WITHIN_S = 5.0
SOURCES_WITHIN_S = 6.0
GUARDIAN_WITHIN_S = 1.0


def halt_configured(
    config: Path | None,
    home: Path | None,
    *,
    scope_text: str,
    reason: str,
    wait_s: float,
    as_json: bool,
    protective: Protective | None,
    level: StopLevel,
    include_unattributed: bool,
) -> int:
    places = find_places(home, os.environ)
    scope = Scope.parse_stop(scope_text)
    reading = load_accounts(config_path(config, places))
    for problem in reading.problems:
        typer.echo(f"scram: {problem}", err=True)

    chosen = protective or reading.stop.protective or Protective.CANCEL
    terms = StopTerms(chosen, level, include_unattributed)

    async def main(stop: asyncio.Event) -> int:
        view = await _fire(reading, places, scope, reason, terms, wait_s, as_json=as_json)
        return ALL_PROVEN if view.proven else NOT_ALL_PROVEN

    return run_headless(main)


async def _fire(
    reading: AccountsReading, places: Places, scope: Scope, reason: str, terms: StopTerms, wait_s: float, *,
    as_json: bool,
) -> HaltView:  # fmt: skip
    """The stop as this command leaves it, told."""
    clock = SystemClock()
    unaided = await reach(
        reading, os.environ, clock, random.Random(), shared=places.runtime,
        keyring=keychain_of(places.sealed_keys, os.environ),
    )  # fmt: skip
    if not unaided.targets(scope):
        typer.echo(f"scram: no account of the configuration is in the scope {scope}; nothing was stopped", err=True)
    desk = stop_desk(unaided, places, clock)
    link = GuardianLink(places.runtime, clock, "command line")
    try:
        runner = desk.fire(scope, "command line", reason, terms)
        link.start(lambda: desk.runners, lambda: runner.view().latch_error)
        telling = spawn(_foretell(runner, clock, wait_s), name="tell the forecast")
        await runner.wait(wait_s, give_up_on_hopeless=True)
        await _latched(runner, clock)
        await desk.sources.settled(min(wait_s, SOURCES_WITHIN_S))
        await link.first_try(GUARDIAN_WITHIN_S)
        await telling
        running = running_desk(places.runtime / STATUS_FILE)
        view = desk.view_of(runner)
        # Before anything is closed: the last of it, the evidence, may take seconds to be written.
        _tell(view, ["guardian"] * link.alive + ["desk"] * (running is not None), as_json=as_json)
        return view
    finally:
        await link.close()
        await desk.close()
        await unaided.close()


async def _foretell(runner: HaltRunner, clock: Clock, wait_s: float) -> None:
    deadline_s = clock.monotonic() + FORECAST_WITHIN_S
    while runner.forecast is None and clock.monotonic() < deadline_s:
        await clock.sleep(0.005)
    if runner.forecast is not None:
        # In a thread, so that a terminal which takes nothing holds no cancel up.
        await asyncio.to_thread(_tell_forecast, runner.forecast, wait_s)


def _tell_forecast(expected: Forecast, wait_s: float) -> None:
    more = f"; this command waits {wait_s:g} s (--wait)" if expected.proof_ms > wait_s * 1000.0 else ""
    sent, proven = in_seconds(expected.cancels_ms), in_seconds(expected.proof_ms)
    typer.echo(f"Expected: known orders cancelled within {sent}, all proven after {proven}{more}.", err=True)


async def _latched(runner: HaltRunner, clock: Clock) -> None:
    """Until the latch is on the disk or cannot be: where nobody can be stopped, that is known before it is written."""
    deadline_s = clock.monotonic() + LATCH_WITHIN_S
    while not runner.on_disk and not runner.view().latch_error and clock.monotonic() < deadline_s:
        await clock.sleep(0.02)


def _tell(view: HaltView, sweeping: list[str], *, as_json: bool) -> None:
    if as_json:
        rows = [proof_row(row) for row in view.rows]
        answer: dict[str, Any] = {**halt_row(view), "rows": rows, "sweeping_on": sweeping}
        typer.echo(json.dumps(answer))
    else:
        _tell_rows(view)
    if view.latch_error:
        typer.echo(f"scram: {view.latch_error}; a desk started now knows nothing of this stop", err=True)
    else:
        typer.echo("The stop is latched: a desk started now goes on sweeping, until `scram reset`.", err=True)
    if sweeping:
        verb = "sweeps" if len(sweeping) == 1 else "sweep"
        typer.echo(f"The {' and the '.join(sweeping)} on this machine {verb} on after this command.", err=True)
    else:
        typer.echo("scram: no guardian and no desk runs here: nobody sweeps on after this command", err=True)


def _tell_rows(view: HaltView) -> None:
    for row in view.rows:
        typer.echo(f"{row.words:<12} {row.account:<24} {row.exchange:<16} {row.reason}")
    cancelled = f"{view.orders_cancelled} orders cancelled"
    if view.kept:
        kept = f"{view.kept} protective orders kept"
        typer.echo(f"{view.verified} of {len(view.rows)} accounts proven to hold nothing else, {cancelled}, {kept}")
    else:
        typer.echo(f"{view.verified} of {len(view.rows)} accounts proven empty, {cancelled}")
    if view.proof_ms is not None and view.expected_ms is not None:
        typer.echo(f"all proven after {in_seconds(view.proof_ms)}, expected {in_seconds(view.expected_ms)}")
    for source in view.sources:
        typer.echo(f"{'SOURCE':<12} {source.strategy:<24} {source.words}")
    if view.save_error:
        typer.echo(f"scram: {view.save_error}; what was cancelled cannot be restored from here", err=True)

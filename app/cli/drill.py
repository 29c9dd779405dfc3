"""`scram drill`: tries the stop out without a desk, dry or with one harmless order in each chosen account."""

from __future__ import annotations

import asyncio
import json
import os
import random
from pathlib import Path

import typer

from app.cli.common import asked_keychain, config_path
from app.loop import run_headless
from core.clock import SystemClock
from core.config import load_accounts
from core.config.checks import login_name
from core.engine.unaided import reach
from core.engine.unaided_ready import unaided_drills
from core.halt.drill.desk import DrillDesk
from core.halt.drill.report import DrillFolder, DrillReport, DrillRow
from core.halt.readiness.judgement import DrillKind
from core.places import find_places
from core.tasks import spawn, stop_all

ALL_PASSED, NOT_ALL = 0, 3
TELL_S = 5.0


def run_drill(
    config: Path | None,
    home: Path | None,
    *,
    live: bool,
    accounts: tuple[str, ...],
    operator: str | None,
    as_json: bool,
) -> int:
    """0 where every account passed, 3 where one did not or was not tried; raises DrillError where none could be."""
    places = find_places(home, os.environ)
    reading = load_accounts(config_path(config, places))
    keychain = asked_keychain(places, reading.accounts)
    for problem in reading.problems:
        typer.echo(f"scram: {problem}", err=True)
    clock, kind = SystemClock(), DrillKind.LIVE if live else DrillKind.DRY

    async def main(stop: asyncio.Event) -> int:
        unaided = await reach(reading, os.environ, clock, random.Random(), shared=places.runtime, keyring=keychain)
        desk = await asyncio.to_thread(unaided_drills, unaided, places, clock)
        try:
            desk.start(kind, accounts, operator or login_name())
            report = await _watch(desk, stop, quiet=as_json)
        finally:
            await desk.close()
            await unaided.close()
        _tell(report, DrillFolder(places.drills).path_of(report), desk.trouble, as_json=as_json)
        return ALL_PASSED if report.passed == len(report.rows) else NOT_ALL

    return run_headless(main)


async def _watch(desk: DrillDesk, stop: asyncio.Event, *, quiet: bool) -> DrillReport:
    """Until it is over; an interruption calls it off, and what was placed is still seen through."""
    done = spawn(desk.wait(), name="drill")
    interrupted = spawn(stop.wait(), name="interrupted")
    try:
        while not done.done():
            await asyncio.wait((done, interrupted), timeout=TELL_S, return_when=asyncio.FIRST_COMPLETED)
            running = desk.running
            if interrupted.done():
                desk.call_off()
                break
            if running is not None and not quiet:
                typer.echo(f"{running.over} of {len(running.rows)} accounts are over", err=True)
        report = await done
    finally:
        await stop_all([done, interrupted])
    assert report is not None, "a drill was begun"
    return report


def _tell(report: DrillReport, path: Path, trouble: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**report.to_json(), "report": None if trouble else str(path)}))
    else:
        for row in report.rows:
            typer.echo(_line(row))
        rest = f", {report.not_tried} not tried" if report.not_tried else ""
        off = "; called off" if report.called_off else ""
        typer.echo(f"{report.passed} of {len(report.rows)} accounts passed the {report.kind} drill{rest}{off}")
    for row in report.left:
        typer.echo(f"scram: in {row.account} the drill's own order {row.left}; cancel it by hand", err=True)
    if trouble:
        typer.echo(f"scram: {trouble}", err=True)
    else:
        typer.echo(f"The report is kept in {path}", err=True)


def _line(row: DrillRow) -> str:
    word = "PASSED" if row.passed else "FAILED" if row.passed is False else "NOT TRIED"
    return f"{word:<10} {row.account:<24} {row.exchange:<16} {row.reason or figures_of(row)}"


def figures_of(row: DrillRow) -> str:
    """What was measured, in words."""
    if row.placed:
        return (
            f"{row.placed}; placed in {_ms(row.place_ms)}, first cancel {_ms(row.first_cancel_ms)}, "
            f"gone {_ms(row.gone_ms)}, proven {_ms(row.proof_ms)} after the act"
        )
    held = "" if row.held_back is None else f", {row.held_back} cancels made ready and held back"
    return f"{row.orders} orders in {len(row.books)} books listed in {_ms(row.list_ms)}, twice{held}"


def _ms(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f} ms"

"""`scram check`: validates the configuration, connects, reports readiness, and changes nothing."""

from __future__ import annotations

import asyncio
import json
import os
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from app.cli.common import asked_keychain, config_path, in_seconds
from app.loop import run_headless
from core.clock import SystemClock
from core.config import AccountConfig, Config, load_config
from core.domain import PORTFOLIO
from core.engine.accounts import Connections, connect, feed_settings, rules_of, stoppables
from core.engine.checking import ReadinessCheck
from core.engine.halting import TargetFinder
from core.engine.report import number
from core.errors import ChannelError, VenueError
from core.halt.deadman.switch import warning_of
from core.halt.drill.report import DrillFolder
from core.halt.forecast import Forecast, forecast_of
from core.halt.guardian.link import ask_guardian
from core.halt.readiness.headline import ReadyHeadline
from core.halt.readiness.judgement import Guardianship, Readiness
from core.places import Places, find_places
from core.risk.limits import METRIC_DIRECTIONS
from core.tasks import spawn, stop_all

READY, NOT_READY = 0, 3


def check_configured(config: Path | None, home: Path | None, *, as_json: bool) -> int:
    places = find_places(home, os.environ)
    path = config_path(config, places)
    loaded = load_config(path, METRIC_DIRECTIONS)
    keychain = asked_keychain(places, loaded.accounts)

    async def main(stop: asyncio.Event) -> int:
        clock = SystemClock()
        connections = await asyncio.to_thread(
            connect, loaded.accounts, os.environ, keychain, clock, random.Random(),
            feed_settings(loaded.feed, loaded.stop), egress=loaded.egress, shared=places.runtime,
        )  # fmt: skip
        looking = ReadinessCheck(loaded, connections, clock, random.Random())
        work = spawn(_check_all(loaded, connections, looking, places), name="check")
        ended = spawn(stop.wait(), name="interrupted")
        try:
            await asyncio.wait((work, ended), return_when=asyncio.FIRST_COMPLETED)
            rows, head = work.result() if work.done() else ([], None)
            targets = TargetFinder(stoppables(loaded.accounts, connections), rules_of(loaded.strategies))
            expected = forecast_of(targets(PORTFOLIO), loaded.stop.settle_s)
        finally:
            await stop_all([work, ended])
            await looking.close()
            await connections.hub.close()
        if as_json:
            _print(path, rows, head, expected)
        else:
            _tell(path, loaded, rows, head, expected)
        return READY if rows and all(row["ready"] for row in rows) else NOT_READY

    return run_headless(main)


async def _check_all(
    config: Config, connections: Connections, looking: ReadinessCheck, places: Places
) -> tuple[list[dict[str, Any]], ReadyHeadline]:
    looking.start()
    rows = await asyncio.gather(
        *(_check(account.name, account.exchange, connections, looking) for account in config.accounts)
    )
    found = await looking.found(DrillFolder(places.drills), await _guardian(places))
    together = zip(config.accounts, rows, found.rows, strict=True)
    return [row | _readiness(ready) | _switch(account, connections) for account, row, ready in together], found.headline


async def _guardian(places: Places) -> Guardianship:
    try:
        state = await ask_guardian(places.runtime)
    except ChannelError:
        return Guardianship.SILENT
    return Guardianship.NONE if state is None else Guardianship.ALIVE


def _readiness(row: Readiness) -> dict[str, Any]:
    return {"readiness": {"state": row.state.value, "able": row.able, "reasons": [*row.reasons, *row.flags]}}


def _switch(account: AccountConfig, connections: Connections) -> dict[str, Any]:
    """What is asked of the venue's dead-man's switch, and what has to be known of it; nothing where none is asked for.

    Nothing is sent: whether the venue grants it to this account shows when a desk arms it.
    """
    if account.deadman_s is None:
        return {"deadman": None}
    if account.name in connections.keyless:
        return {"deadman": {"seconds": account.deadman_s, "none": "no key", "warning": "", "each_symbol": False}}
    terms = connections.hub.plan_of(account.name).switch_terms
    return {
        "deadman": {
            "seconds": account.deadman_s,
            "none": terms.none,
            "warning": warning_of(terms),
            "each_symbol": terms.each_symbol,
        }
    }


async def _check(account: str, exchange: str, connections: Connections, looking: ReadinessCheck) -> dict[str, Any]:
    keyless = connections.keyless.get(account)
    if keyless is not None:
        return {"account": account, "exchange": exchange, "ready": False, "reason": str(keyless)}
    try:
        report = await connections.hub.watching(account).check(looking.take)
    except VenueError as error:
        looking.failed(account, error)
        return {"account": account, "exchange": exchange, "ready": False, "reason": str(error)}
    await looking.probe(account)
    # Each note is something that cannot be understood: what the account holds and has resting is not known.
    more = f" (and {len(report.notes) - 1} more)" if len(report.notes) > 1 else ""
    reason = f"{report.notes[0]}{more}" if report.notes else ""
    if not reason and not report.coverage.counts_as_ready:
        reason = f"what stops {', '.join(report.unconfirmed)} was never confirmed at this venue"
    return {"ready": not reason, "reason": reason, **asdict(report)}


def _print(path: Path, rows: list[dict[str, Any]], head: ReadyHeadline | None, expected: Forecast | None) -> None:
    proof_ms = None if expected is None else expected.proof_ms
    whole = None if head is None else {**asdict(head), "oldest_age_s": number(head.oldest_age_s), "words": head.words}
    answer = {"config": str(path), "stop_expected_ms": proof_ms, "readiness": whole, "accounts": rows}
    typer.echo(json.dumps(answer))


def _tell(
    path: Path, config: Config, rows: list[dict[str, Any]], head: ReadyHeadline | None, expected: Forecast | None
) -> None:
    typer.echo(
        f"{path}: {len(config.accounts)} accounts, {len(config.strategies)} strategies, {len(config.limits)} limits"
    )
    for row in rows:
        _tell_one(row)
        _tell_readiness(row["readiness"])
        _tell_switch(row)
    if head is not None:
        typer.echo(f"{head.words}: {head.armed} armed, {head.degraded} degraded, {head.unknown} unknown")
    if expected is not None:
        after = in_seconds(expected.proof_ms)
        typer.echo(f"A stop of everything, fired without a desk, is expected to be proven after {after}.")


def _tell_readiness(readiness: dict[str, Any]) -> None:
    why = f"  {'; '.join(readiness['reasons'])}" if readiness["reasons"] else ""
    typer.echo(f"  {readiness['state'].upper()}{why}")


def _tell_one(row: dict[str, Any]) -> None:
    if not row["ready"]:
        typer.echo(f"NOT READY  {row['account']} ({row['exchange']}): {row['reason']}")
        if row.get("books"):
            typer.echo(f"  {_coverage(row)}")
        return
    typer.echo(
        f"READY      {row['account']} ({row['exchange']}): {row['coins']} coins, {row['positions']} positions, "
        f"{row['resting_orders']} resting orders; clock {_offset(row['clock_offset_ms'])}; "
        f"{_coverage(row)}"
    )
    if row["can_withdraw"]:
        typer.echo(f"  WARNING  the key of {row['account']} may withdraw: use one that cannot")
    if row["can_withdraw"] is None:
        typer.echo("  whether the key may withdraw cannot be told")


def _tell_switch(row: dict[str, Any]) -> None:
    switch = row["deadman"]
    if switch is None:
        return
    if switch["none"]:
        typer.echo(f"  WARNING  {row['account']} asks for a dead-man's switch and has none: {switch['none']}")
        return
    each = ", each symbol its own" if switch["each_symbol"] else ""
    typer.echo(f"  DEAD-MAN'S SWITCH  of {switch['seconds']} s{each}, while a desk runs. WARNING  {switch['warning']}")


def _coverage(row: dict[str, Any]) -> str:
    """Which books the stop lists, and what of them is not confirmed."""
    books = [f"{book} (unconfirmed)" if book in row["unconfirmed"] else book for book in row["books"]]
    gaps = [f"{kind} (not listed)" for kind in row["unconfirmed"] if kind not in row["books"]]
    return f"stop coverage {row['coverage']} ({', '.join([*books, *gaps])})"


def _offset(milliseconds: float | None) -> str:
    return "unknown" if milliseconds is None else f"{milliseconds:+.0f} ms"

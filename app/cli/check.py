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

from app.cli.common import config_path
from app.loop import run_headless
from core.clock import SystemClock
from core.config import Config, load_config
from core.engine.accounts import Connections, connect, feed_settings
from core.errors import VenueError
from core.places import find_places
from core.risk.limits import METRIC_DIRECTIONS
from core.tasks import spawn, stop_all

READY, NOT_READY = 0, 3


def check_configured(config: Path | None, home: Path | None, *, as_json: bool) -> int:
    places = find_places(home, os.environ)
    path = config_path(config, places)
    loaded = load_config(path, METRIC_DIRECTIONS)

    async def main(stop: asyncio.Event) -> int:
        clock = SystemClock()
        connections = await asyncio.to_thread(
            connect, loaded.accounts, os.environ, None, clock, random.Random(),
            feed_settings(loaded.feed, loaded.stop), egress=loaded.egress,
        )  # fmt: skip
        work = spawn(_check_all(loaded, connections), name="check")
        ended = spawn(stop.wait(), name="interrupted")
        try:
            await asyncio.wait((work, ended), return_when=asyncio.FIRST_COMPLETED)
            rows = work.result() if work.done() else []
        finally:
            await stop_all([work, ended])
            await connections.hub.close()
        _tell(path, loaded, rows, as_json=as_json)
        return READY if rows and all(row["ready"] for row in rows) else NOT_READY

    return run_headless(main)


async def _check_all(config: Config, connections: Connections) -> list[dict[str, Any]]:
    return list(
        await asyncio.gather(*(_check(account.name, account.exchange, connections) for account in config.accounts))
    )


async def _check(account: str, exchange: str, connections: Connections) -> dict[str, Any]:
    keyless = connections.keyless.get(account)
    if keyless is not None:
        return {"account": account, "exchange": exchange, "ready": False, "reason": str(keyless)}
    try:
        report = await connections.hub.watching(account).check()
    except VenueError as error:
        return {"account": account, "exchange": exchange, "ready": False, "reason": str(error)}
    # Each note is something that cannot be understood: what the account holds and has resting is not known.
    more = f" (and {len(report.notes) - 1} more)" if len(report.notes) > 1 else ""
    reason = f"{report.notes[0]}{more}" if report.notes else ""
    if not reason and not report.coverage.counts_as_ready:
        reason = f"what stops {', '.join(report.unconfirmed)} was never confirmed at this venue"
    return {"ready": not reason, "reason": reason, **asdict(report)}


def _tell(path: Path, config: Config, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"config": str(path), "accounts": rows}))
        return
    typer.echo(
        f"{path}: {len(config.accounts)} accounts, {len(config.strategies)} strategies, {len(config.limits)} limits"
    )
    for row in rows:
        if not row["ready"]:
            typer.echo(f"NOT READY  {row['account']} ({row['exchange']}): {row['reason']}")
            if row.get("books"):
                typer.echo(f"  {_coverage(row)}")
            continue
        typer.echo(
            f"READY      {row['account']} ({row['exchange']}): {row['coins']} coins, {row['positions']} positions, "
            f"{row['resting_orders']} resting orders; clock {_offset(row['clock_offset_ms'])}; "
            f"{_coverage(row)}"
        )
        if row["can_withdraw"]:
            typer.echo(f"  WARNING  the key of {row['account']} may withdraw: use one that cannot")
        if row["can_withdraw"] is None:
            typer.echo("  whether the key may withdraw cannot be told")


def _coverage(row: dict[str, Any]) -> str:
    """Which books the stop lists, and what of them is not confirmed."""
    books = [f"{book} (unconfirmed)" if book in row["unconfirmed"] else book for book in row["books"]]
    gaps = [f"{kind} (not listed)" for kind in row["unconfirmed"] if kind not in row["books"]]
    return f"stop coverage {row['coverage']} ({', '.join([*books, *gaps])})"


def _offset(milliseconds: float | None) -> str:
    return "unknown" if milliseconds is None else f"{milliseconds:+.0f} ms"

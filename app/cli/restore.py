"""`scram restore`: what protective orders of a stop would be placed again, and placing them."""

from __future__ import annotations

import asyncio
import json
import os
import random
from pathlib import Path
from typing import Any

import typer

from app.cli.common import asked_keychain, config_path
from app.loop import run_headless
from core.clock import SystemClock
from core.config import load_accounts
from core.config.checks import login_name
from core.engine.unaided import reach, stop_desk
from core.halt.following import FOLLOW_S
from core.halt.restore import RestorePlan, RestoreReport, RestoreRow
from core.places import find_places
from core.venues.messages import OrderUpdate

DONE, NOT_ALL = 0, 3


def restore_protective(
    config: Path | None, home: Path | None, *, halt_id: str, operator: str | None, dry_run: bool, as_json: bool
) -> int:
    """0 where all that could be was placed (or would be), 3 where something was refused."""
    places = find_places(home, os.environ)
    reading = load_accounts(config_path(config, places))
    keychain = asked_keychain(places, reading.accounts)
    clock = SystemClock()

    async def main(stop: asyncio.Event) -> int:
        unaided = await reach(reading, os.environ, clock, random.Random(), shared=places.runtime, keyring=keychain)
        desk = stop_desk(unaided, places, clock)
        try:
            if dry_run:
                _tell_plan(await desk.restorer.preview(halt_id), as_json=as_json)
                return DONE
            # A desk that sweeps has to have read in the latch what is coming.
            report = await desk.restorer.restore(halt_id, operator or login_name(), wait_s=3 * FOLLOW_S)
        finally:
            await desk.close()
            await unaided.close()
        _tell_report(report, as_json=as_json)
        return DONE if report.done == len(report.placed) else NOT_ALL

    return run_headless(main)


def _tell_plan(plan: RestorePlan, *, as_json: bool) -> None:
    if as_json:
        rows = [{**_order(row.order), "place": row.quantity, "obstacle": row.obstacle} for row in plan.rows]
        typer.echo(json.dumps({"halt_id": plan.halt_id, "others": plan.others, "rows": rows}))
        return
    for row in plan.rows:
        what = row.obstacle or f"would be placed again, reduce-only: {row.quantity:g}"
        typer.echo(f"{_words(row)}: {what}")
    _tell_others(plan)


def _tell_report(report: RestoreReport, *, as_json: bool) -> None:
    if as_json:
        placed = [
            {**_order(row.order), "client_order_id": row.client_order_id, "placed": row.quantity, "error": row.error}
            for row in report.placed
        ]
        left = [{**_order(row.order), "obstacle": row.obstacle} for row in report.plan.rows if row.obstacle]
        typer.echo(json.dumps({"halt_id": report.halt_id, "placed": placed, "left": left}))
        return
    for planned, row in zip(report.plan.possible, report.placed, strict=True):
        what = f"not placed: {row.error}" if row.error else f"placed again as {row.client_order_id}"
        typer.echo(f"{_words(planned)}: {what}")
    for left_out in report.plan.rows:
        if left_out.obstacle:
            typer.echo(f"{_words(left_out)}: {left_out.obstacle}")
    _tell_others(report.plan)


def _tell_others(plan: RestorePlan) -> None:
    possible = f"{len(plan.possible)} of {len(plan.rows)} protective orders"
    typer.echo(f"{possible}; {plan.others} other orders that the stop took are never placed again")


def _words(row: RestoreRow) -> str:
    return f"{row.order.account} {row.order.side.value} {row.order.symbol} {row.words}"


def _order(order: OrderUpdate) -> dict[str, Any]:
    return {
        "account": order.account,
        "symbol": order.symbol,
        "side": order.side.value,
        "quantity": order.quantity,
        "price": order.price,
        "trigger_price": order.trigger_price,
        "order_id": order.order_id,
    }

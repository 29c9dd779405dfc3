"""`scram flatten`: what closing the positions of a stopped scope costs, and closing them once its code is typed."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from app.cli.common import asked_keychain, config_path
from app.loop import run_headless
from core.clock import Clock, SystemClock
from core.config import load_accounts
from core.config.checks import login_name
from core.engine.ids import new_id
from core.engine.unaided import reach, stop_desk
from core.errors import FlattenError
from core.halt.desk import HaltDesk
from core.halt.flatten.desk import FlattenDesk, FlattenSettings
from core.halt.flatten.model import FlattenOutcome, FlattenPlan, FlattenReport, FlattenRow, FlattenTerms, RowState
from core.halt.flatten.slip import VALID_S, Slips
from core.halt.following import FOLLOW_S
from core.places import Places, find_places

Work = Callable[[HaltDesk, Clock], Coroutine[Any, Any, int]]

ALL_FLAT, NOT_ALL_FLAT = 0, 3
PROOF_WITHIN_S = 15.0


def preview_flatten(config: Path | None, home: Path | None, *, halt_id: str, terms: FlattenTerms, as_json: bool) -> int:
    """Sends nothing; leaves the code of the preview to be typed back."""
    places = find_places(home, os.environ)

    async def work(desk: HaltDesk, clock: Clock) -> int:
        plan = await _flattens(desk, clock).preview(halt_id, terms)
        if plan.closable:
            _slips(places).write(plan)
        _tell_plan(plan, as_json=as_json)
        return ALL_FLAT

    return _with_desk(config, places, work)


def carry_out_flatten(
    config: Path | None, home: Path | None, *, halt_id: str, code: str, operator: str | None, reason: str, as_json: bool
) -> int:
    """0 where every position is flat, 3 where not all are; refusals before anything is sent are errors."""
    places = find_places(home, os.environ)
    if not reason.strip():
        raise FlattenError("to flatten needs a reason")

    async def work(desk: HaltDesk, clock: Clock) -> int:
        slip = _slips(places).take(halt_id, code, clock.now())
        # Nobody may be sweeping: the stop goes on from here, so that nothing fights what is closed.
        desk.resume_latched()
        desk.follow()
        runner = desk.runner_of(halt_id)
        if runner is not None:
            await runner.wait(PROOF_WITHIN_S, give_up_on_hopeless=True)
        flattens, who = _flattens(desk, clock), operator or login_name()
        plan = await flattens.preview(halt_id, slip.terms)
        flattens.arm(plan.plan_id, who)
        report = await flattens.fire(plan.plan_id, who, reason, slip.seen)
        _tell_report(report, as_json=as_json)
        return ALL_FLAT if report.complete else NOT_ALL_FLAT

    return _with_desk(config, places, work)


def _with_desk(config: Path | None, places: Places, work: Work) -> int:
    reading = load_accounts(config_path(config, places))
    keychain = asked_keychain(places, reading.accounts)
    for problem in reading.problems:
        typer.echo(f"scram: {problem}", err=True)
    clock = SystemClock()

    async def main(stop: asyncio.Event) -> int:
        unaided = await reach(reading, os.environ, clock, random.Random(), shared=places.runtime, keyring=keychain)
        desk = stop_desk(unaided, places, clock)
        try:
            return await work(desk, clock)
        finally:
            await desk.close()
            await unaided.close()

    return run_headless(main)


def _flattens(desk: HaltDesk, clock: Clock) -> FlattenDesk:
    # A desk that sweeps has to have read in the latch what is coming.
    return FlattenDesk(desk, clock, new_id, random.SystemRandom(), FlattenSettings(issue_wait_s=3 * FOLLOW_S))


def _slips(places: Places) -> Slips:
    return Slips(places.latches / "flatten")


# -- words ------------------------------------------------------------------------------------------------------------


def _tell_plan(plan: FlattenPlan, *, as_json: bool) -> None:
    if as_json:
        rows = [{**asdict(row), "side": row.side, "cost": row.cost, "unknown": row.unknown} for row in plan.rows]
        totals = [asdict(total) for total in plan.totals]
        typer.echo(json.dumps({**asdict(plan), "scope": str(plan.scope), "rows": rows, "totals": totals}))
        return
    for row in plan.rows:
        typer.echo(f"{row.account:<24} {row.side.value:<4} {abs(row.quantity):<12g} {_instrument(row)}: {_price(row)}")
    for unread in plan.unread:
        typer.echo(f"{unread.account:<24} UNKNOWN: {unread.reason}")
    if plan.coins_only:
        typer.echo(f"{len(plan.coins_only)} accounts hold coins and no positions: what they hold stays")
    for total in plan.totals:
        more = f", {total.incomplete} of them not wholly known" if total.incomplete else ""
        size = f"{total.positions} positions, {total.notional:,.0f} {total.coin}"
        typer.echo(f"{size}: costs about {total.cost:,.2f}{more}")
    if not plan.closable:
        typer.echo("Nothing can be closed from here.")
        return
    typer.echo(f"To close them within {VALID_S:.0f} s: scram flatten {plan.halt_id} --arm {plan.code} --reason TEXT")


def _instrument(row: FlattenRow) -> str:
    return row.symbol if row.leg.value == "net" else f"{row.symbol} ({row.leg.value} leg)"


def _price(row: FlattenRow) -> str:
    if row.obstacle:
        return f"cannot be closed: {row.obstacle}"
    if row.cost is None:
        return f"costs nobody knows what: {row.unknown}"
    parts = {"spread": row.spread_cost, "depth": row.depth_cost, "fee": row.fee_cost}
    said = ", ".join(f"{name} {cost:,.2f}" for name, cost in parts.items() if cost is not None)
    slices = f" in {row.slices} slices" if row.slices > 1 else ""
    unknown = f"; {row.unknown}" if row.unknown else ""
    return f"{row.notional:,.0f} {row.coin}{slices} costs about {row.cost:,.2f} ({said}){unknown}"


def _tell_report(report: FlattenReport, *, as_json: bool) -> None:
    if as_json:
        answer = {**asdict(report), "scope": str(report.scope), "flat": report.flat, "complete": report.complete}
        typer.echo(json.dumps(answer))
        return
    for row in report.outcomes:
        typer.echo(f"{_state(row):<14} {row.account:<24} {row.symbol:<22} {row.reason}")
    for unread in report.unread:
        typer.echo(f"{'UNKNOWN':<14} {unread.account:<24} {'':<22} {unread.reason}")
    typer.echo(f"{report.sentence}, in {report.took_s:.1f} s")


def _state(row: FlattenOutcome) -> str:
    left = f" {row.left:g}" if row.state is RowState.LEFT and row.left is not None else ""
    return row.state.value.upper() + left

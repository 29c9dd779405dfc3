"""`scram status`: what is latched, how a running desk stands, and how the guardian does."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from app.cli.desks import STATUS_FILE, running_desk
from app.loop import run_headless
from core.clock import SystemClock, utc_text
from core.domain import Protective, StopLevel
from core.errors import ChannelError
from core.halt.guardian.link import ask_guardian
from core.halt.guardian.messages import State
from core.halt.latch import Latch
from core.halt.paired import PairedLatches
from core.halt.way_back.second import PendingFolder, ReturnAct
from core.places import Places, find_places


def show_status(home: Path | None, *, as_json: bool) -> int:
    places = find_places(home, os.environ)
    folder = PairedLatches(places.latches, places.guardian_latches)
    latches = folder.load()
    stopped = {latch.scope for latch in latches}
    awaiting = [latch for latch in folder.awaiting() if latch.scope not in stopped]
    pending = PendingFolder(places.latches / "pending").load(SystemClock().now())
    desk = running_desk(places.runtime / STATUS_FILE)
    guardian = _guardian(places)
    if as_json:
        rows = [
            {"halt_id": latch.halt_id, "scope": str(latch.scope), "protective": latch.terms.protective.value,
             "level": latch.terms.level.value, "fired_by": latch.fired_by, "reason": latch.reason,
             "fired_at": utc_text(latch.fired_at_s)}
            for latch in latches
        ]  # fmt: skip
        told = asdict(guardian) if isinstance(guardian, State) else guardian and {"error": guardian}
        asked = [{"act": one.act.value, "words": one.words, "until": utc_text(one.until_s)} for one in pending]
        reset = [str(latch.scope) for latch in awaiting]
        answer = {"latched": rows, "desk": desk, "guardian": told, "second_person": asked, "not_resumed": reset}
        typer.echo(json.dumps(answer))
        return 0
    _tell(latches, desk, guardian)
    for one in pending:
        how = "scram reset" if one.act is ReturnAct.RESET else "scram resume"
        how += " --full" if one.act is ReturnAct.RESUME_FULLY else ""
        typer.echo(f"WAITING  {one.words}; until {utc_text(one.until_s)}: `{how} --confirm --operator NAME`")
    for latch in awaiting:
        typer.echo(f"RESET    {latch.scope}, and not resumed: `scram resume --scope {latch.scope}`")
    return 0


def _tell(latches: tuple[Latch, ...], desk: dict[str, Any] | None, guardian: State | str | None) -> None:
    for latch in latches:
        fired = f"{utc_text(latch.fired_at_s)} by {latch.fired_by}"
        typer.echo(f"STOPPED  {latch.scope} ({latch.halt_id}, {_terms(latch)}): fired {fired}: {latch.reason}")
    if not latches:
        typer.echo("Nothing is stopped.")
    if desk is None:
        typer.echo("No desk is running.")
    else:
        typer.echo(f"A desk runs (process {desk['pid']}): {desk['accounts']} accounts, {desk['updates']} updates, "
                   f"{desk['alarms']['open']} open events, as of {desk['at']}.")  # fmt: skip
        words = desk.get("lease", {}).get("words", "")
        if words:
            typer.echo(f"LEASE  {words}")
        _tell_alarms(desk["alarms"])
        for row in desk.get("deadman", ()):
            typer.echo(f"DEAD-MAN'S SWITCH  {row['account']}: {_switch(row)}")
    if isinstance(guardian, State):
        _tell_guardian(guardian)
    else:
        typer.echo(f"{guardian}." if guardian else "No guardian is running.")


def _tell_alarms(alarms: dict[str, Any]) -> None:
    if alarms["open"]:
        typer.echo(f"  {alarms['asking']} wait for an answer, {alarms['critical']} critical; "
                   f"{alarms['mitigating']} mitigating, {alarms['cleared']} cleared, {alarms['shelved']} put aside, "
                   f"{alarms['inhibited']} explained by others, {alarms['groups']} groups.")  # fmt: skip
    if alarms["flood"]:
        typer.echo(f"  FLOOD  {alarms['flood']}")


def _tell_guardian(state: State) -> None:
    own = f", {state.borrowed} of them with the desk's own credentials" if state.borrowed else ""
    typer.echo(f"A guardian runs (process {state.pid}): {state.ready} of {state.accounts} accounts ready{own}.")
    for stop in state.stops:
        left = (
            "" if stop.taken == stop.accounts else f" ({stop.accounts - stop.taken} are reported by whoever stops them)"
        )
        latch = "" if stop.on_disk else f"; its latch is not on disk: {stop.latch_error or 'not written yet'}"
        typer.echo(
            f"  {stop.scope} ({stop.halt_id}): {stop.taken} of {stop.accounts} accounts taken over{left}, "
            f"{stop.verified} of these proven{latch}"
        )
        for row in stop.rows:
            typer.echo(f"    {row.words:<12} {row.account:<24} {row.reason}".rstrip())
    for alarm in state.alarms:
        typer.echo(f"  ALARM {utc_text(alarm.at_s)}: {alarm.words}")
    for problem in state.problems:
        typer.echo(f"  {problem}")


def _guardian(places: Places) -> State | str | None:
    """How it stands, or why that cannot be told."""
    found: list[State | str | None] = []

    async def main(stop: asyncio.Event) -> int:
        try:
            found.append(await ask_guardian(places.runtime))
        except ChannelError as error:
            found.append(f"A guardian was here and is not now: {error}")
        return 0

    run_headless(main)
    return found[0] if found else None


def _terms(latch: Latch) -> str:
    terms = latch.terms
    if terms.level is StopLevel.REDUCE_ONLY:
        return "reduce-only"
    return "protective orders kept" if terms.protective is Protective.KEEP else "everything cancelled"


def _switch(row: dict[str, Any]) -> str:
    """`ARMED, the venue cancels in 38 s unless it is renewed`."""
    why = f": {row['reason']}" if row["reason"] else ""
    left_s = row["left_s"]
    runs = "" if left_s is None else f", the venue cancels in {left_s:.0f} s unless it is renewed"
    return f"{row['state'].upper()}{runs}{why}"

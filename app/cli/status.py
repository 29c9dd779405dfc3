"""`scram status`: what is latched, and how a running desk stands."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import typer

from app.session import STATUS_FILE
from core.clock import SystemClock, utc_text
from core.domain import Protective, StopLevel
from core.halt.latch import Latch
from core.halt.paired import PairedLatches
from core.places import find_places

FRESH_S = 5.0


def show_status(home: Path | None, *, as_json: bool) -> int:
    places = find_places(home, os.environ)
    latches = PairedLatches(places.latches, places.guardian_latches).load()
    desk = _running_desk(places.runtime / STATUS_FILE)
    if as_json:
        rows = [
            {"halt_id": latch.halt_id, "scope": str(latch.scope), "protective": latch.terms.protective.value,
             "level": latch.terms.level.value, "fired_by": latch.fired_by, "reason": latch.reason,
             "fired_at": utc_text(latch.fired_at_s)}
            for latch in latches
        ]  # fmt: skip
        typer.echo(json.dumps({"latched": rows, "desk": desk}))
        return 0
    for latch in latches:
        fired = f"{utc_text(latch.fired_at_s)} by {latch.fired_by}"
        typer.echo(f"STOPPED  {latch.scope} ({latch.halt_id}, {_terms(latch)}): fired {fired}: {latch.reason}")
    if not latches:
        typer.echo("Nothing is stopped.")
    if desk is None:
        typer.echo("No desk is running.")
    else:
        typer.echo(f"A desk runs (process {desk['pid']}): {desk['accounts']} accounts, {desk['updates']} updates, "
                   f"{len(desk['events'])} events, as of {desk['at']}.")  # fmt: skip
    return 0


def _terms(latch: Latch) -> str:
    terms = latch.terms
    if terms.level is StopLevel.REDUCE_ONLY:
        return "reduce-only"
    return "protective orders kept" if terms.protective is Protective.KEEP else "everything cancelled"


def _running_desk(path: Path) -> dict[str, Any] | None:
    """What the desk wrote last, None when it is older than a running desk's would be."""
    try:
        status: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        age_s = SystemClock().now() - float(status["at_s"])
        alive = _is_alive(int(status["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return status if alive and age_s < FRESH_S else None


def _is_alive(pid: int) -> bool:
    """A desk that was killed leaves its last status behind."""
    if os.name == "nt":  # there, signal 0 ends the process that is asked for
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

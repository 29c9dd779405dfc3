"""`scram reset`: takes the latch off one stop, with a name and a reason. It never restarts trading."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from core.clock import SystemClock, utc_text
from core.config.checks import login_name
from core.domain import Scope
from core.errors import LatchError
from core.halt.latch import Latch
from core.halt.paired import PairedLatches
from core.places import find_places


def reset_latched(home: Path | None, *, scope_text: str | None, operator: str | None, reason: str) -> int:
    places = find_places(home, os.environ)
    folder = PairedLatches(places.latches, places.guardian_latches)
    if not reason.strip():
        raise LatchError("a reset needs a reason")
    chosen = _chosen(folder.load(), None if scope_text is None else Scope.parse_stop(scope_text))
    for latch in chosen:
        folder.reset(latch, operator or login_name(), reason, SystemClock().now())
        typer.echo(f"The stop of {latch.scope}, fired {utc_text(latch.fired_at_s)} by {latch.fired_by}, is reset.")
    typer.echo("Nothing was restarted: whatever trades has to be started by whoever runs it.")
    return 0


def _chosen(latches: tuple[Latch, ...], scope: Scope | None) -> tuple[Latch, ...]:
    """Every latch of one scope: it may have been fired more than once."""
    matching = tuple(latch for latch in latches if scope is None or latch.scope == scope)
    if not matching:
        raise LatchError("nothing is latched" if scope is None else f"no stop of {scope} is latched")
    names = sorted({str(latch.scope) for latch in matching})
    if len(names) > 1:
        raise LatchError(f"several scopes are stopped ({', '.join(names)}); name one with --scope")
    return matching

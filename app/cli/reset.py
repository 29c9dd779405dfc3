"""`scram reset`: takes the latch off one stop, with a name and a reason. It never restarts trading."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import typer

from core.clock import SystemClock, utc_text
from core.config.checks import login_name
from core.domain import PORTFOLIO, Scope
from core.errors import LatchError
from core.halt.latch import Latch
from core.halt.paired import PairedLatches
from core.halt.way_back.second import Pending, PendingFolder, ReturnAct
from core.places import find_places

DONE, WAITS = 0, 3


def reset_latched(
    home: Path | None, *, scope_text: str | None, operator: str | None, reason: str, confirm: bool = False
) -> int:
    """0 where it is reset, 3 where a second person has to confirm it."""
    places = find_places(home, os.environ)
    folder = PairedLatches(places.latches, places.guardian_latches)
    waiting = PendingFolder(places.latches / "pending")
    scope = None if scope_text is None else Scope.parse_stop(scope_text)
    who, now_s = operator or login_name(), SystemClock().now()
    if confirm:
        _confirm(folder, waiting, scope, who, now_s)
    elif not reason.strip():
        raise LatchError("a reset needs a reason")
    else:
        for latch in _chosen(folder.load(), scope):
            if latch.second_person_s > 0.0 and latch.scope == PORTFOLIO:
                _ask_second(waiting, latch, who, reason, now_s)
                return WAITS
            _reset(folder, latch, who, reason, now_s)
    typer.echo("Nothing was restarted: `scram resume` is the way back, through reduce-only.")
    return DONE


def _reset(folder: PairedLatches, latch: Latch, operator: str, reason: str, now_s: float) -> None:
    folder.reset(latch, operator, reason, now_s)
    seconded = f", confirmed by {latch.confirmed_by}" if latch.confirmed_by else ""
    fired = f"fired {utc_text(latch.fired_at_s)} by {latch.fired_by}"
    typer.echo(f"The stop of {latch.scope}, {fired}, is reset{seconded}.")


def _ask_second(waiting: PendingFolder, latch: Latch, operator: str, reason: str, now_s: float) -> None:
    until_s = now_s + latch.second_person_s
    waiting.put(Pending(ReturnAct.RESET, latch.halt_id, latch.scope, operator, reason, now_s, until_s))
    typer.echo(
        f"The stop of {latch.scope} holds: a second person has to confirm until {utc_text(until_s)}, "
        "with `scram reset --confirm --operator NAME`."
    )


def _confirm(folder: PairedLatches, waiting: PendingFolder, scope: Scope | None, operator: str, now_s: float) -> None:
    asked = [one for one in waiting.load(now_s) if one.act is ReturnAct.RESET and scope in (None, one.scope)]
    if not asked:
        raise LatchError("no reset waits for a second person; it may have been asked for too long ago")
    latches = {latch.halt_id: latch for latch in folder.load()}
    for pending in asked:
        pending.check(operator, now_s)
        latch = latches.get(pending.halt_id)
        if latch is not None:
            _reset(folder, replace(latch, confirmed_by=operator), pending.operator, pending.reason, now_s)
        waiting.drop(pending)


def _chosen(latches: tuple[Latch, ...], scope: Scope | None) -> tuple[Latch, ...]:
    """Every latch of one scope: it may have been fired more than once."""
    matching = tuple(latch for latch in latches if scope is None or latch.scope == scope)
    if not matching:
        raise LatchError("nothing is latched" if scope is None else f"no stop of {scope} is latched")
    names = sorted({str(latch.scope) for latch in matching})
    if len(names) > 1:
        raise LatchError(f"several scopes are stopped ({', '.join(names)}); name one with --scope")
    return matching

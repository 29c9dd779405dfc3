"""`scram resume`: the way back to trading, in two steps, carried out by the running desk."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import typer

from app.cli.desks import STATUS_FILE, running_desk
from core.clock import SystemClock
from core.config.checks import login_name
from core.domain import Scope
from core.errors import LatchError
from core.halt.way_back.requests import DONE_WORDS, HOLDS_S, Request, RequestFolder
from core.halt.way_back.second import ReturnAct
from core.places import find_places

DONE, WAITS = 0, 3
LOOK_S = 0.1


def resume_trading(
    home: Path | None, *, scope_text: str, operator: str | None, reason: str, full: bool, confirm: bool
) -> int:
    """0 where it is done, 3 where a second person has to confirm it. Raises LatchError where it was refused."""
    places = find_places(home, os.environ)
    scope = Scope.parse_stop(scope_text)
    if running_desk(places.runtime / STATUS_FILE) is None:
        raise LatchError("no desk is running: nobody would sweep what does not reduce; start one first")
    act = ReturnAct.RESUME_FULLY if full else ReturnAct.RESUME
    folder = RequestFolder(places.latches / "requests")
    now_s = SystemClock().now()
    request = Request(uuid.uuid4().hex, act, scope, operator or login_name(), reason, now_s, confirm)
    folder.put(request)
    done, words = _answer(folder, request)
    if not done:
        raise LatchError(words)
    typer.echo(words)
    return DONE if words.startswith(DONE_WORDS) else WAITS


def _answer(folder: RequestFolder, request: Request) -> tuple[bool, str]:
    for _ in range(int(HOLDS_S / LOOK_S)):
        answer = folder.answered(request.request_id)
        if answer is not None:
            return answer
        time.sleep(LOOK_S)
    raise LatchError(f"the desk gave no answer within {HOLDS_S:.0f} s; `scram status` says how it stands")

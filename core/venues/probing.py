"""Asks a venue what an acting side is able to do: what its key may, and how far the clocks differ."""

from __future__ import annotations

import contextlib
from typing import Any

from core.errors import VenueError
from core.venues.plans.moves import Ask
from core.venues.protocol import Probe
from core.venues.rights import RIGHTS, KeyRights, receive_window_ms


async def probe(exchange: Any, ask: Ask, *, clock: bool) -> Probe:
    """`exchange` is the acting side's ccxt object, `ask` its way of sending; raises VenueError."""
    tells_time = bool(exchange.has.get("fetchTime"))
    offset_ms = float(await ask(exchange.load_time_difference, 1.0)) if clock and tells_time else None
    rights, answered = KeyRights(), False
    asked = RIGHTS.get(exchange.id)
    if asked is not None:
        # Where this fails, a listing says whether the key is refused or this question alone is.
        with contextlib.suppress(VenueError):
            rights = asked.read(await ask(getattr(exchange, asked.name), asked.weight))
            answered = True
    return Probe(rights, answered, tells_time, offset_ms, receive_window_ms(exchange))

"""Where the window's wishes go from the first moment on: to the engine, and before there is one a stop to what stops.

The window is there before anything else is, and its button is live. A press is never refused and never lost: it fires
as soon as the stop's own parts are built, which waits for no journal, and until then it is kept. Until then nothing of
the engine is even loaded: that is done in a thread, so that the window stands first and answers meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.loading import ENGINE, load
from core.clock import Clock
from core.intents import FireStop, Intent
from core.log import set_up_logging
from core.places import Places
from core.secrets import KeyringPort

if TYPE_CHECKING:
    from core.config import Config
    from core.engine.build import StopParts
    from core.engine.engine import Engine

Fire = Callable[[FireStop], None]


class Entrance:
    def __init__(self, kept: Iterable[FireStop] = ()) -> None:
        """`kept`: pressed before, at an entrance that led nowhere yet."""
        self._kept = list(kept)
        self._fire: Fire | None = None
        self._engine: Engine | None = None

    def submit(self, intent: Intent) -> None:
        """Returns at once and never raises."""
        if self._engine is not None:
            self._engine.submit(intent)
        elif isinstance(intent, FireStop):
            self._kept.append(intent)
            self._fire_kept()
        # Nothing else can be meant before the engine has shown anything.

    @property
    def kept(self) -> tuple[FireStop, ...]:
        """Pressed, and fired by nobody so far."""
        return tuple(self._kept)

    def arm(self, fire: Fire) -> None:
        """From now on a stop can be fired, and what was pressed before is."""
        self._fire = fire
        self._fire_kept()

    def open(self, engine: Engine) -> None:
        self._engine = engine

    def _fire_kept(self) -> None:
        if self._fire is None:
            return
        kept, self._kept = self._kept, []
        for intent in kept:
            self._fire(intent)


async def make_engine(
    config: Config,
    file: Path | None,
    places: Places,
    clock: Clock,
    entrance: Entrance | None = None,
    guardian_command: tuple[str, ...] = (),
    keyring: KeyringPort | None = None,
    environ: Mapping[str, str] = os.environ,
    rng: random.Random | None = None,
) -> Engine:
    """What stops first, then everything else; a stop fired meanwhile goes on whatever becomes of the rest.

    `file` is the configuration that is read again while the engine runs; None for one that nobody changes.
    """
    redactor = set_up_logging(places.logs)
    rng = rng or random.Random()
    await load(ENGINE)
    from core.engine.build import build, build_stop
    from core.engine.engine import Engine
    from core.engine.stopping import terms_of

    stop = await asyncio.to_thread(build_stop, config, environ, places, clock, rng, keyring, guardian_command)
    redactor.add(stop.connections.secrets())

    def fire(intent: FireStop) -> None:
        stop.halts.fire(intent.scope, intent.operator, intent.reason, terms_of(intent, config.stop))

    if entrance is not None:
        entrance.arm(fire)
    try:
        parts = await asyncio.to_thread(build, config, environ, places, clock, rng, keyring, file, stop)
        redactor.add(parts.secrets)
        engine = Engine(parts)
    except BaseException:
        await _give_up(stop)
        raise
    if entrance is not None:
        entrance.open(engine)
    return engine


async def _give_up(stop: StopParts) -> None:
    from core.engine.engine import LAST_PROOF_S

    await stop.halts.see_through((), LAST_PROOF_S)
    await stop.halts.close()
    await stop.connections.hub.close()

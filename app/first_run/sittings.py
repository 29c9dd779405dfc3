"""One window, and behind it one sitting after another: the desk, the demo, or nothing yet but the wizard.

A sitting ends when the window is closed, or when another takes its place: an account has joined, keys were unlocked,
the demo is over. The stop button is the same and live throughout.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.demo.configuration import demo_credentials, demo_toml
from app.demo.paper import PaperProcess
from app.entrance import make_engine
from app.first_run.front import Front
from app.first_run.nothing import nothing_connected
from app.loading import PLOTS, load
from app.session import running
from core.clock import Clock
from core.config import Config, load_config
from core.places import Places, find_places, write_atomically
from core.risk.limits import METRIC_DIRECTIONS
from core.sealed_keys import Keychain
from core.tasks import spawn, stop_all

if TYPE_CHECKING:
    from app.screen import Screen

DEMO_ACCOUNTS, DEMO_VENUES, DEMO_SEED = 6, 2, 1


@dataclass(frozen=True, slots=True)
class Sitting:
    """What an engine is made from."""

    config: Config
    file: Path | None
    places: Places
    command: tuple[str, ...] = ()
    """How a guardian is started."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    keychain: Keychain | None = None
    control: str = ""
    """Of a demo: where its paper exchanges are led from."""
    over: asyncio.Event | None = None
    """Set when nobody watches it any more."""


class Sittings:
    def __init__(self, screen: Screen, front: Front, clock: Clock, stop: asyncio.Event) -> None:
        self._screen = screen
        self._front = front
        self._clock = clock
        self._stop = stop
        self._turn = asyncio.Event()
        self._next: Sitting | None = None
        self.now: Sitting | None = None
        self.made: Callable[[Sitting], None] = lambda _: None
        """Told of each whose engine was made: every key was looked up by then."""
        self.sweeps_on: int | None = None
        """The guardian that goes on sweeping after the last of them."""

    def change_to(self, sitting: Sitting | None) -> None:
        """End the one that is, in order, and go on with this one; None: with nothing connected."""
        self._next = sitting
        self._turn.set()

    async def run(self, first: Sitting | None) -> None:
        """Until the window is closed."""
        self._next, sat = first, False
        while True:
            self._turn.clear()
            self.now, self._next = self._next, None
            if self.now is None:
                self._front.shut()
                if sat:
                    self._screen.show(nothing_connected(self._clock.now()))
                await self._wait()
            else:
                # Also where the window is closed by now: a stop that was pressed before is still carried out.
                sat = True
                await self._sit(self.now)
            if self._stop.is_set():
                return

    async def _sit(self, sitting: Sitting) -> None:
        try:
            await self._serve(sitting)
        finally:
            if sitting.over is not None:
                sitting.over.set()

    async def _serve(self, sitting: Sitting) -> None:
        engine = await make_engine(
            sitting.config, sitting.file, sitting.places, self._clock, self._front.next(), sitting.command,
            sitting.keychain, sitting.environ,
            random.Random(DEMO_SEED) if sitting.control else None,
        )  # fmt: skip
        self.made(sitting)
        await load(PLOTS)
        async with running(engine, sitting.places, self._clock, self._screen.show):
            await self._wait()
            self.sweeps_on = engine.guarding.sweeps_on

    async def _wait(self) -> None:
        waiting = [spawn(self._stop.wait(), name="window closed"), spawn(self._turn.wait(), name="next sitting")]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await stop_all(waiting)


@contextlib.asynccontextmanager
async def demo_sitting(over: asyncio.Event) -> AsyncIterator[Sitting]:
    """Paper exchanges of its own in a process of their own, and a home that is gone afterwards. Raises PaperError."""
    with tempfile.TemporaryDirectory(prefix="scram-demo-", ignore_cleanup_errors=True) as home:
        async with PaperProcess(DEMO_ACCOUNTS, DEMO_VENUES, DEMO_SEED, "calm") as paper:
            places = find_places(Path(home), {})
            write_atomically(places.config, demo_toml(paper.description))
            yield Sitting(
                load_config(places.config, METRIC_DIRECTIONS),
                places.config,
                places,
                environ={**os.environ, **demo_credentials(paper.description)},
                control=str(paper.description["control"]),
                over=over,
            )

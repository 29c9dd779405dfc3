"""Keeps the evidence of one run on disk: when it is proven, now and then until it is, and when it ends."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.errors import LatchError
from core.halt.evidence.document import RunHeld, run_document
from core.halt.evidence.folder import EvidenceFolder
from core.halt.evidence.papers import Papers
from core.tasks import spawn, stop_all

log = logging.getLogger(__name__)

FIRST_S = (30.0, 60.0)
EVERY_S = 600.0
"""Seconds between two keepings, the first ones sooner: a crash of the desk must not take all of it along."""


class EvidenceKeeper:
    def __init__(
        self, halt_id: str, folder: EvidenceFolder, papers: Papers, clock: Clock, held: Callable[[], RunHeld]
    ) -> None:
        self._halt_id = halt_id
        self._folder = folder
        self._papers = papers
        self._clock = clock
        self._held = held
        self._turn = asyncio.Lock()
        self.run_number: int | None = None
        """Under which it is kept; None until it was."""
        self.error = ""
        """Why the newest is not on disk, "" when it is."""

    async def run(self, until_proven: Callable[[], Awaitable[None]]) -> None:
        """Until cancelled; `until_proven` returns when every account was proven for the first time."""
        proving = spawn(self._keep_proven(until_proven), name=f"keep the proof of {self._halt_id}")
        try:
            for pause_s in itertools.chain(FIRST_S, itertools.repeat(EVERY_S)):
                await self._clock.sleep(pause_s)
                await self.keep()
        finally:
            await stop_all([proving])

    async def _keep_proven(self, until_proven: Callable[[], Awaitable[None]]) -> None:
        await until_proven()
        await self.keep()

    async def keep(self, *, gently: bool = True) -> None:
        """Bring it to disk as it stands now, `gently` beside a loop that has work to do; never raises."""
        async with self._turn:
            try:
                held = self._held()
                await self._papers.do(lambda: self._write(held, gently=gently))
                self.error = ""
            except LatchError as error:
                self.error = str(error)
            except Exception as error:  # the stop stands whatever becomes of its papers
                log.exception("the evidence of stop %s could not be made", self._halt_id)
                self.error = f"the evidence could not be made: {type(error).__name__}"

    def end(self) -> None:
        """The run is over: bring it to disk for the last time. Nobody waits for that but the end of the process."""
        self._papers.begin(self.keep(gently=False), name=f"keep the end of {self._halt_id}")

    def _write(self, held: RunHeld, *, gently: bool) -> None:
        document = run_document(held, gently=gently)
        if self.run_number is None:
            self.run_number = self._folder.claim(self._halt_id)
        self._folder.write(self._halt_id, self.run_number, document)

"""The paper exchanges of a demo, in a process of their own: the desk has its loop to itself, as with real venues."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
from types import TracebackType
from typing import Any

from app.relaunch import own_command
from core.errors import PaperError

PARENT_PIPE = "SCRAM_PAPER_ENDS_WITH_STDIN"
"""Set by a parent that holds standard input of the paper process open: when it closes, both are gone."""
READY_WITHIN_S = 30.0
WEIGHT_PER_EGRESS = 2400
"""Binance's request weight per minute and address. A desk of many accounts runs them over many addresses; the demo has
one, so each of its venues grants what one address per account would have."""


class PaperProcess:
    """Starts on entering, ends on leaving; ends by itself when this process dies, however it dies."""

    def __init__(self, accounts: int, venues: int, seed: int, scenario: str) -> None:
        self._command = [
            *(*own_command(), "paper"),
            *("--accounts", str(accounts), "--venues", str(venues), "--seed", str(seed), "--scenario", scenario),
            *("--weight-limit", str(WEIGHT_PER_EGRESS * math.ceil(accounts / venues))),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.description: dict[str, Any] = {}

    async def __aenter__(self) -> PaperProcess:
        self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once, and must work on every loop
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, PARENT_PIPE: "1"}
        )
        try:
            line = await asyncio.wait_for(asyncio.to_thread(self._first_line), READY_WITHIN_S)
            self.description = json.loads(line)
        except (TimeoutError, ValueError):
            await self._end()
            raise PaperError("the paper exchanges did not start; see the lines above for why") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    def _first_line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            await asyncio.to_thread(process.wait, 5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

"""The guardian as a desk's child: started where none answers, and again when it ends; it survives who started it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from core.clock import Clock
from core.halt.guardian.link import GuardianLink

log = logging.getLogger(__name__)

LOOK_S = 0.5
AGAIN_S, AGAIN_MAX_S = 1.0, 30.0
"""Pause before it is started again, doubled with every start in vain."""
ANSWERS_WITHIN_S = 20.0
"""From its start to its first word, on a machine that is busy; later it is taken for stuck."""
FIRST_TRY_S = 2.0
STDERR_FILE = "guardian-stderr.txt"
TOLD_VARIABLE = "SCRAM_PASSPHRASE_IS_TOLD"
"""Set where the first line of the child's standard input is the passphrase of the encrypted file."""


class GuardianChild:
    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], logs: Path, link: GuardianLink, clock: Clock,
        whisper: Callable[[], str] = lambda: "",
    ) -> None:  # fmt: skip
        """`whisper`: the passphrase that its keys need, told over its standard input alone; "" where there is none."""
        self._command = tuple(command)
        self._environ = dict(environ)
        self._logs = logs
        self._link = link
        self._clock = clock
        self._whisper = whisper
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.trouble = ""
        """Why none could be started, "" where one could."""

    async def keep(self) -> None:
        """For ever: see to it that there is one, ours or a service's."""
        await self._link.first_try(FIRST_TRY_S)
        wait_s = AGAIN_S
        while True:
            if self._link.alive:
                wait_s = AGAIN_S
            elif self._process is None or self._process.poll() is not None:
                await self._start()
                if not await self._answers(ANSWERS_WITHIN_S):
                    await self._clock.sleep(wait_s)
                    wait_s = min(2 * wait_s, AGAIN_MAX_S)
            elif not await self._answers(ANSWERS_WITHIN_S):
                log.warning("the guardian (process %d) is stuck and is ended", self._process.pid)
                self._process.kill()
                await asyncio.to_thread(self._process.wait)
            await self._clock.sleep(LOOK_S)

    def leave(self) -> None:
        """The desk has said goodbye: its child ends by that, or sweeps on; nobody here waits for either."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.returncode = 0  # else the interpreter complains about a child that outlives it on purpose

    async def _start(self) -> None:
        self.starts += 1
        try:
            self._process = await asyncio.to_thread(self._spawn)
            self.trouble = ""
        except OSError as error:
            self._process = None
            self.trouble = f"a guardian cannot be started: {error.strerror}"
            log.warning("%s", self.trouble)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A session of its own: neither Ctrl+C in the desk's terminal nor the end of the desk reaches it.
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        said: IO[bytes] | int
        try:
            said = (self._logs / STDERR_FILE).open("wb")
        except OSError:
            said = subprocess.DEVNULL
        try:
            word = self._whisper()
            process = subprocess.Popen(
                self._command, env=self._environ | ({TOLD_VARIABLE: "1"} if word else {}),
                stdin=subprocess.PIPE if word else subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, **apart,
            )  # fmt: skip
            _tell(process, word)
            return process
        finally:
            if not isinstance(said, int):
                said.close()

    async def _answers(self, within_s: float) -> bool:
        """Whether it speaks to us by then; at once False where it has ended."""
        deadline_s = self._clock.monotonic() + within_s
        while self._clock.monotonic() < deadline_s:
            if self._link.alive:
                return True
            if self._process is None or self._process.poll() is not None:
                return False
            await self._clock.sleep(LOOK_S / 5)
        return False


def _tell(process: subprocess.Popen[bytes], word: str) -> None:
    if process.stdin is None:
        return
    # One that is gone already took no word; that it is gone is seen by the next look.
    with contextlib.suppress(OSError):
        process.stdin.write(word.encode() + b"\n")
        process.stdin.close()

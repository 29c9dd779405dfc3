"""A source that is asked and read by programs on this machine.

Each runs without a shell, with a scrubbed environment, in a process group of its own that is ended on the deadline.
What it prints is kept to a few lines, in memory; what it starts in the background and leaves behind is its own affair.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import IO, Any

from core.errors import SourceError
from core.halt.source.model import SourceAct, SourceRequest, SourceState

LONGEST_OUTPUT = 4_096
"""Bytes; a status is one word, and an error one line."""
LONGEST_WORDS = 200
LOOK_S = 0.02
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "USERPROFILE")
"""What a program may need to run at all, and holds no secret."""


_IN_MEMORY = hasattr(os, "memfd_create")
"""Linux: files that live in memory, and can be sealed against growing."""


@dataclass(frozen=True, slots=True)
class CommandSpec:
    pause: tuple[str, ...]
    resume: tuple[str, ...]
    status: tuple[str, ...]
    reduce_only: tuple[str, ...] | None = None
    environment: tuple[str, ...] = ()
    """Names of further variables that are handed on."""
    timeout_s: float = 5.0


class CommandSource:
    kind = "command"

    def __init__(self, strategy: str, spec: CommandSpec, environ: Mapping[str, str], threads: Executor) -> None:
        """`threads`: starting a process takes a moment that the loop has none to spare for."""
        self._strategy = strategy
        self._spec = spec
        self._environ = {name: environ[name] for name in (*KEPT, *spec.environment) if name in environ}
        self._threads = threads

    @property
    def knows_reduce_only(self) -> bool:
        return self._spec.reduce_only is not None

    async def ask(self, request: SourceRequest) -> None:
        words = {
            SourceAct.PAUSE: self._spec.pause,
            SourceAct.RESUME: self._spec.resume,
            SourceAct.REDUCE_ONLY: self._spec.reduce_only,
        }[request.act]
        if words is None:
            raise SourceError(f"no command is configured that asks {self._strategy} to reduce only")
        extra = {"SCRAM_ACT": request.act.value, "SCRAM_STRATEGY": request.strategy, "SCRAM_HALT_ID": request.halt_id}
        await self._run(words, extra)

    async def read(self) -> SourceState:
        printed = (await self._run(self._spec.status, {"SCRAM_STRATEGY": self._strategy})).strip()
        try:
            return SourceState(printed)
        except ValueError:
            allowed = ", ".join(state.value for state in SourceState)
            raise SourceError(f'its status command printed "{_short(printed)}"; allowed are {allowed}') from None

    async def close(self) -> None:
        pass

    async def _run(self, words: Sequence[str], extra: Mapping[str, str]) -> str:
        given_up = threading.Event()
        run = asyncio.get_running_loop().run_in_executor(
            self._threads, _run, tuple(words), {**self._environ, **extra}, self._spec.timeout_s, given_up
        )
        try:
            code, printed = await run
        except asyncio.CancelledError:
            given_up.set()
            raise
        if len(printed) >= LONGEST_OUTPUT:
            raise SourceError(f"{words[0]} printed more than {LONGEST_OUTPUT:,} bytes and was ended")
        if code is None:
            raise SourceError(f"{words[0]} did not end within {self._spec.timeout_s:g} s and was ended")
        if code != 0:
            said = f": {_short(printed)}" if printed.strip() else ""
            raise SourceError(f"{words[0]} ended with {code}{said}")
        return printed


def _run(
    words: tuple[str, ...], environ: dict[str, str], timeout_s: float, given_up: threading.Event
) -> tuple[int | None, str]:
    """Exit code and what was printed; None where the deadline, too much output or `given_up` ended it. Blocking."""
    with _output() as out:
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environ, **_own_group()
            )
        except OSError as error:
            raise SourceError(f"{words[0]} cannot be run: {error.strerror or type(error).__name__}") from None
        # Not the injected clock: a process lives in real time, and this thread may block in it.
        deadline_s = time.perf_counter() + timeout_s
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code: int | None = process.wait(LOOK_S)
                break
            too_long = time.perf_counter() >= deadline_s or given_up.is_set()
            if too_long or os.fstat(out.fileno()).st_size > LONGEST_OUTPUT:
                _end(process)
                code = None
                break
        return code, _printed(out).decode("utf-8", errors="replace")


def _output() -> IO[bytes]:
    """A place for output that nobody has to empty: a pipe held open by a grandchild would never end."""
    if _IN_MEMORY:
        return os.fdopen(os.memfd_create("source", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _printed(out: IO[bytes]) -> bytes:
    if _IN_MEMORY:
        import fcntl

        # Whatever the program left behind in the background may print on, and must not fill this memory for ever.
        fcntl.fcntl(out.fileno(), fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW)
        return os.pread(out.fileno(), LONGEST_OUTPUT, 0)  # its position is shared with such a program
    out.seek(0)
    return out.read(LONGEST_OUTPUT)


def _own_group() -> dict[str, Any]:
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group: a script's children would go on without it."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _short(text: str) -> str:
    line = next(iter(text.strip().splitlines()), "")
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"

"""`scram paper`: paper exchanges on loopback, for demos, drills and tests."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from app.demo.configuration import demo_toml
from app.demo.paper import PARENT_PIPE
from app.loop import run_headless
from app.memory import tend_memory
from core.clock import SystemClock
from core.paper.site import PaperSite, PaperSpec
from core.places import write_atomically
from core.tasks import spawn, stop_all


def serve_paper(spec: PaperSpec, config_out: Path | None, seconds: float | None) -> int:
    async def main(stop: asyncio.Event) -> int:
        if os.environ.get(PARENT_PIPE):
            _end_with_stdin(asyncio.get_running_loop(), stop)
        async with PaperSite(spec, SystemClock()) as site:
            _announce(site.describe(), config_out)
            tasks = [
                spawn(_ring(stop, seconds), name="paper timer"),
                spawn(tend_memory(lambda: True, lambda: None, SystemClock()), name="memory"),
            ]
            await stop.wait()
            await stop_all(tasks)
        return 0

    return run_headless(main)


def _announce(description: dict[str, Any], config_out: Path | None) -> None:
    if config_out is not None:
        write_atomically(config_out, demo_toml(description))
    sys.stdout.write(json.dumps(description) + "\n")
    sys.stdout.flush()


async def _ring(stop: asyncio.Event, seconds: float | None) -> None:
    if seconds is not None:
        await asyncio.sleep(seconds)
        stop.set()


def _end_with_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    pipe = sys.stdin.fileno()

    def wait() -> None:
        # Not through sys.stdin: ended by a signal meanwhile, the interpreter would abort over the lock of its buffer.
        while os.read(pipe, 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, name="parent watch", daemon=True).start()

"""Full collections of Python's garbage never come by count while a loop of ours runs, and come back afterwards."""

from __future__ import annotations

import asyncio
import gc

from app.loop import run_headless


def test_no_full_collection_comes_by_count_while_a_loop_runs() -> None:
    before = gc.get_threshold()
    seen: list[tuple[int, int, int]] = []

    async def main(_: asyncio.Event) -> int:
        seen.append(gc.get_threshold())
        return 0

    assert run_headless(main) == 0
    assert seen[0][2] > 100_000
    assert gc.get_threshold() == before

"""Executions under every fault there is, beside a bot that trades against them, stopped and killed at any moment.

What counts is what the servers' own matching engines saw, fill by fill.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.mitigation.runs import Verdict, draw, run

AT_ONCE = 8
"""Runs side by side: each waits most of its time."""


@pytest.mark.parametrize("runs", [6, pytest.param(500, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
@pytest.mark.allowed_logs(".")
async def test_no_fill_of_ours_enlarges_or_turns_a_position_and_every_verified_claim_is_true(
    tmp_path: Path, runs: int, seed: int, rng: random.Random, say: Callable[[str], None]
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Verdict:
        async with turns:
            return await run(draw(rng.randrange(2**32)), tmp_path / str(number))

    verdicts = await asyncio.gather(*(one(number) for number in range(runs)))
    bad = [verdict for verdict in verdicts if verdict.wrong]
    fills, claims = sum(row.fills for row in verdicts), sum(row.claims for row in verdicts)
    say(
        f"{runs} executions under faults from SCRAM_SEED={seed}: {fills} fills and {claims} verified claims looked at, "
        f"{len(bad)} runs went wrong"
    )
    assert not bad, "\n\n".join(f"{verdict.draw}:\n" + "\n".join(verdict.wrong) for verdict in bad)
    # A few runs may all have been stopped or killed before their first order; many never are.
    least = runs if runs >= 100 else 0
    assert fills >= least
    assert claims >= least

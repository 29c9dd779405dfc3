"""Stops under random faults: no proof is ever false, what can be proven is in time, and all else says why it is not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.halt.schedules import Report, draw, run

AT_ONCE = 12
"""Schedules that run side by side: each waits most of its time."""


@pytest.mark.parametrize("schedules", [6, pytest.param(1_000, marks=[pytest.mark.soak, pytest.mark.timeout(3 * 3600)])])
@pytest.mark.allowed_logs(".")
async def test_no_false_proof_under_random_schedules_of_faults(
    tmp_path: Path, schedules: int, seed: int, rng: random.Random, say: Callable[[str], None]
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Report:
        async with turns:
            return await run(draw(rng.randrange(2**32)), tmp_path / str(number))

    reports = await asyncio.gather(*(one(number) for number in range(schedules)))
    bad = [report for report in reports if report.wrong]
    proofs = sum(report.proofs for report in reports)
    say(f"{schedules} schedules of faults from SCRAM_SEED={seed}: {proofs} proofs looked at, {len(bad)} went wrong")
    assert not bad, "\n\n".join(f"{report.schedule}:\n" + "\n".join(report.wrong) for report in bad)
    assert proofs > schedules

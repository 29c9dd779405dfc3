"""kill -9 at random moments under load: the journal verifies, nothing promised is lost, and a restart knows it all.

`python3 packaging/dev.py soak -k killed` kills three hundred engines; the suite a handful, elsewhere every time.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.core.engine.ground import ground_at
from tests.core.engine.killing import Killing, Nursery, nursery, under_load

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it forks, and looks into /proc")
BATCH = 15
"""Kills of one journal: then another one is begun."""
LANES = 4
"""Journals at a time."""


@dataclass
class Tally:
    kills: int = 0
    in_flight: int = 0
    """Kills that left a mitigation being carried out or verified."""
    promises: int = 0
    """Records and acknowledgements that were promised before a kill."""
    records: int = 0
    starting: int = 0
    """Kills before the engine had shown anything."""

    def __str__(self) -> str:
        return (
            f"{self.kills} engines killed, {self.starting} while they started and {self.in_flight} with a mitigation "
            f"under way; {self.promises} promises kept, {self.records} records in their chains"
        )


async def kill(home: Path, forked: Nursery, chance: random.Random, kills: int, tally: Tally) -> None:
    async with ground_at(home, accounts=3, venues=2) as ground:
        under_load(ground)
        ground.write()
        killing = Killing(ground, forked, chance)
        async with killing.load():
            for _ in range(kills):
                await killing.once()
            left = await killing.see_out()
    tally.kills += killing.kills
    tally.in_flight += killing.in_flight
    tally.starting += killing.starting
    tally.promises += left.promises
    tally.records += len(left.records)


@pytest.mark.timeout(240)
async def test_engines_killed_at_random_moments_lose_forget_and_double_nothing(
    tmp_path: Path, rng: random.Random, say: Callable[[str], None]
) -> None:
    tally = Tally()
    with nursery() as forked:
        await kill(tmp_path / "home", forked, rng, 4, tally)
    say(str(tally))
    assert tally.kills == 4


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_three_hundred_engines_killed_at_random_moments_lose_forget_and_double_nothing(
    tmp_path: Path, rng: random.Random, say: Callable[[str], None]
) -> None:
    tally = Tally()

    async def lane(number: int, chance: random.Random) -> None:
        for batch in range(300 // LANES // BATCH):
            home = tmp_path / f"{number}-{batch}"
            await kill(home, forked, chance, BATCH, tally)
            shutil.rmtree(home)

    with nursery() as forked:
        await asyncio.gather(*(lane(number, random.Random(rng.random())) for number in range(LANES)))
    say(str(tally))
    assert tally.kills == 300

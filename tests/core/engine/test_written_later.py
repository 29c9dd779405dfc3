"""A locked database and a full disk under load: nothing is lost, the desk says so, and all is written later."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.engine.ground import ground_at
from tests.core.engine.killing import Killing, Left, nursery, under_load
from tests.core.engine.test_stop_without_a_disk import locked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it forks, and looks into /proc")
SECONDS = 3.5
"""Of trouble, and after it; the journal tells of trouble after its first tries."""


@contextlib.contextmanager
def full(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGUSR1)
    yield
    os.kill(pid, signal.SIGUSR2)


def _said_last(left: Left, what: str) -> Any:
    return next(value for _, told, value in reversed(left.told) if told == what)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("trouble", ["locked", "full"])
async def test_while_nothing_can_be_written_nothing_is_lost_and_the_desk_says_so(
    tmp_path: Path, rng: random.Random, trouble: str
) -> None:
    async with ground_at(tmp_path / "home", accounts=3, venues=2) as ground:
        under_load(ground)
        ground.write()
        with nursery() as forked:
            killing = Killing(ground, forked, rng)
            async with killing.load():
                database = ground.home / "scram.sqlite"
                await killing.in_trouble((lambda _: locked(database)) if trouble == "locked" else full, SECONDS)
            left = killing.look()
    written = Counter(row.kind for row in left.records)
    recorded = Counter(_said_last(left, "recorded"))
    assert not recorded - written, f"recorded and not written: {recorded - written}"
    assert not {kind for kind in written - recorded if not kind.startswith("journal.")}
    said = _said_last(left, "said")
    assert any("the journal cannot be written" in line for line in said), said
    assert left.ended_in_order()

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.cli.desk import Desk, desk_at


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Two accounts at two venues."""
    async with desk_at(tmp_path / "home") as made:
        yield made


@pytest.fixture
async def wide_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Four accounts at two venues: alpha-1 and alpha-3 at the north, alpha-2 and alpha-4 at the south."""
    async with desk_at(tmp_path / "home", accounts=4) as made:
        yield made

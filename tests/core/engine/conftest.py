from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.core.engine.ground import Ground, ground_at


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    """alpha-1 at the north, alpha-2 at the south."""
    async with ground_at(tmp_path / "home") as made:
        yield made

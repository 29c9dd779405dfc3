"""The core runs headless: on plain asyncio, and with nothing of Qt loaded by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def config_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a configuration and gives its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "scram.toml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write

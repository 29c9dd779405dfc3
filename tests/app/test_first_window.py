"""What the first window waits for: as little as can be. By what is loaded, not by the clock."""

from __future__ import annotations

import pytest

from tests.bench._first_window import start

LATER = {
    "aiohttp", "alembic", "apprise", "ccxt", "cryptography", "keyring", "pandas", "pg8000", "pyarrow",
    "pyqtgraph", "scipy", "sqlalchemy", "sqlmodel",
}  # fmt: skip
"""Each takes 20 ms to a second to load, and no window needs them."""
ENGINE = ("core.engine", "core.journal.journal", "core.paper.server")


@pytest.mark.parametrize("command", ["run", "demo"])
def test_the_first_window_stands_with_a_live_stop_before_anything_heavy_is_loaded(command: str) -> None:
    found = start(command)
    assert found.live
    assert found.frozen > 50_000, "what was loaded is looked through again and again"
    assert found.packages & LATER == set()
    assert [name for name in found.modules if name.startswith(ENGINE)] == []

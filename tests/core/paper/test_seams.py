"""The engine knows nothing of any wire, and only the dialects know a venue."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import core.paper
from core.paper.dialects.binance.codes import REFUSALS
from core.paper.dialects.binance.futures.settings import OF_LEVERAGE, OF_MARGIN, OF_MARGIN_TYPE, OF_POSITION_MODE
from core.paper.dialects.binance.spot.words import SPOT_REFUSALS
from core.paper.dialects.bybit.codes import REFUSALS as BYBIT
from core.paper.dialects.bybit.codes import SPOT_REFUSALS as BYBIT_SPOT
from core.paper.dialects.okx.codes import REFUSALS as OKX_REFUSALS
from core.paper.engine.model import Reason

HOUSE = Path(core.paper.__file__).parent
ENGINE_MAY_KNOW = (
    "core.domain",
    "core.errors",
    "core.signals",
    "core.paper.engine",
    "core.paper.instruments",
    "core.paper.quotes",
)
WIRE = {"aiohttp", "orjson", "json", "hmac", "hashlib"}


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("file", sorted((HOUSE / "engine").glob("*.py")), ids=lambda file: file.stem)
def test_the_engine_knows_no_wire(file: Path) -> None:
    named = imports(file)
    assert not {name for name in named if name.split(".")[0] in WIRE}
    assert not {n for n in named if n.startswith("core.") and not n.startswith(ENGINE_MAY_KNOW)}


@pytest.mark.parametrize(
    ("venue", "who"), [("binance", {"registry", "site"}), ("bybit", {"registry"}), ("okx", {"registry"})]
)
def test_only_the_registry_and_the_site_name_a_venue(venue: str, who: set[str]) -> None:
    outside = [file for file in HOUSE.rglob("*.py") if venue not in file.relative_to(HOUSE).parts]
    naming = {file.stem for file in outside if any(f"dialects.{venue}" in name for name in imports(file))}
    assert naming == who


def test_every_refusal_of_the_engine_has_the_venues_own_words() -> None:
    in_settings = set(OF_LEVERAGE) | set(OF_MARGIN_TYPE) | set(OF_POSITION_MODE) | set(OF_MARGIN)
    assert set(REFUSALS) | in_settings == set(Reason)
    assert set(SPOT_REFUSALS) == set(REFUSALS)
    assert set(BYBIT) == set(BYBIT_SPOT) == set(Reason)
    assert set(OKX_REFUSALS) == set(Reason)

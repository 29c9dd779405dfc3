"""A screen and a user for every test of the built application; everything under the marker `frozen`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frozen.display import Display, missing
from tests.frozen.driver import REPOSITORY, Frozen
from tests.frozen.reader import Bus, reading


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.frozen)
            item.add_marker(pytest.mark.timeout(400))


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path:
    """Where pictures and what was said are kept for who looks later; the workflow attaches them."""
    root = Path(os.environ.get("SCRAM_PICTURES") or REPOSITORY / "build/pictures")
    return root / str(request.node.name).removeprefix("test_")


@pytest.fixture
def display(tmp_path: Path) -> Iterator[Display]:
    if not sys.platform.startswith("linux"):
        pytest.skip("a screen that nobody sees is made by Xvfb, on Linux")
    lacking = missing()
    assert not lacking, f"{', '.join(lacking)} not there: `python3 packaging/dev.py frozen` installs them or says how"
    with Display(tmp_path / "screen") as display:
        yield display


@pytest.fixture
def user(tmp_path: Path, display: Display, pictures: Path) -> Iterator[Frozen]:
    """A new user, who has never started it before."""
    with Bus(tmp_path / "bus") as bus, reading(bus) as reader:
        yield Frozen(tmp_path / "home", display, pictures, bus.environ, reader)


@pytest.fixture
def headless_user(tmp_path: Path, pictures: Path) -> Frozen:
    return Frozen(tmp_path / "home", None, pictures)

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import PORTFOLIO, Scope
from core.errors import LatchError
from core.halt.latch import Latch, LatchFolder

LATCH = Latch("h-1", Scope.parse("account:alpha-1"), "desk-1", "runaway bot", 1_700_000_000.0)


def test_a_written_latch_is_found_again(tmp_path: Path) -> None:
    folder = LatchFolder(tmp_path / "latches")
    folder.write(LATCH)
    assert LatchFolder(tmp_path / "latches").load() == (LATCH,)


def test_latches_stack_and_a_reset_takes_only_its_own(tmp_path: Path) -> None:
    folder = LatchFolder(tmp_path)
    other = Latch("h-2", PORTFOLIO, "limit", "drawdown", 1_700_000_100.0)
    folder.write(other)
    folder.write(LATCH)
    assert folder.load() == (LATCH, other)
    folder.reset(LATCH, "desk-1", "bot is off", 1_700_000_200.0)
    assert folder.load() == (other,)
    done = folder.was_reset("h-1")
    assert done is not None
    assert (done.reset_by, done.reset_reason) == ("desk-1", "bot is off")
    assert folder.was_reset("h-2") is None


@given(content=st.binary(max_size=200))
def test_a_latch_file_that_cannot_be_understood_stops_the_portfolio(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("latches")
    (folder / "h-9.latch.json").write_bytes(content)
    (latch,) = LatchFolder(folder).load()
    assert latch.halt_id == "h-9"
    assert latch.scope == PORTFOLIO


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(LatchError, match="cannot be written"):
        LatchFolder(blocked).write(LATCH)


def test_no_half_written_file_is_left_behind(tmp_path: Path) -> None:
    folder = LatchFolder(tmp_path)
    folder.write(LATCH)
    assert [path.name for path in tmp_path.iterdir()] == ["h-1.latch.json"]

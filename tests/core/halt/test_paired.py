"""Latches that two processes keep in two folders: either is enough, and a reset takes off both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.domain import PORTFOLIO, Scope
from core.errors import LatchError
from core.halt.desk import HaltDesk
from core.halt.latch import Latch, LatchFolder
from core.halt.paired import PairedLatches
from core.halt.saved import Filled, Restored
from core.halt.target import StopSettings
from tests.core.halt.scripted import ScriptedVenue, pass_time, quiet

LATCH = Latch("h-1", PORTFOLIO, "ada", "a test", 1_700_000_000.0)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[PairedLatches, PairedLatches]:
    """The desk's and the guardian's."""
    return PairedLatches(tmp_path / "a", tmp_path / "b"), PairedLatches(tmp_path / "b", tmp_path / "a")


def test_a_latch_in_either_folder_holds_and_a_reset_from_either_side_takes_off_both(
    pair: tuple[PairedLatches, PairedLatches],
) -> None:
    one, other = pair
    one.write(LATCH)
    assert other.load() == one.load() == (LATCH,)
    other.write(LATCH)
    one.folder.joinpath("h-1.latch.json").unlink()
    assert one.load() == (LATCH,)
    one.reset(LATCH, "bob", "all is well", 1.0)
    assert one.load() == other.load() == ()
    assert not list(one.folder.glob("*.json")) + list(other.folder.glob("*.json"))
    done = other.was_reset("h-1")
    assert done is not None
    assert (done.reset_by, done.reset_reason) == ("bob", "all is well")


@pytest.mark.allowed_logs("its other latch is off")
def test_a_reset_that_one_folder_cannot_record_holds_and_its_file_goes_later(
    pair: tuple[PairedLatches, PairedLatches], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    one.write(LATCH)
    other.write(LATCH)
    with monkeypatch.context() as patch:
        _refuse_resets_in(other.folder, patch)
        one.reset(LATCH, "bob", "all is well", 1.0)
    assert list(other.folder.glob("*.latch.json"))
    assert other.load() == one.load() == ()
    other.tidy()
    assert not list(other.folder.glob("*.latch.json"))


def test_a_reset_that_neither_folder_can_record_is_none(
    pair: tuple[PairedLatches, PairedLatches], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    one.write(LATCH)
    other.write(LATCH)
    _refuse_resets_in(one.folder, monkeypatch)
    _refuse_resets_in(other.folder, monkeypatch)
    with pytest.raises(LatchError, match="cannot be reset"):
        one.reset(LATCH, "bob", "all is well", 1.0)
    assert one.load() == other.load() == (LATCH,)


def _refuse_resets_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    real = LatchFolder.reset

    def refuse(self: LatchFolder, *rest: object) -> None:
        if self.folder == folder:
            raise LatchError(f"the latch cannot be reset in {folder}: No space left on device")
        real(self, *rest)  # type: ignore[arg-type]

    patch.setattr(LatchFolder, "reset", refuse)


def test_a_file_that_cannot_be_understood_stands_back_for_one_that_can_and_is_a_stop_of_all_without_it(
    pair: tuple[PairedLatches, PairedLatches],
) -> None:
    one, other = pair
    narrow = replace(LATCH, scope=Scope.parse("account:alpha-1"))
    one.write(narrow)
    other.write(narrow)
    other.folder.joinpath("h-1.latch.json").write_text("{")
    assert other.load() == one.load() == (narrow,)
    one.folder.joinpath("h-1.latch.json").unlink()
    (left,) = one.load()
    assert left.scope == PORTFOLIO
    assert "cannot be read" in left.reason


names = st.lists(st.sampled_from(["scr1", "scr2", "scr3"]), max_size=3, unique=True).map(tuple)


@given(firings=st.tuples(st.integers(1, 3), st.integers(1, 3)), issued=st.tuples(names, names))
def test_of_two_readings_the_later_firing_holds_and_else_all_that_was_issued(
    tmp_path_factory: pytest.TempPathFactory, firings: tuple[int, int], issued: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    home = tmp_path_factory.mktemp("pair")
    one, other = PairedLatches(home / "a", home / "b"), PairedLatches(home / "b", home / "a")
    latches = [replace(LATCH, firings=firings[n], issued=issued[n]) for n in (0, 1)]
    one.write(latches[0])
    other.write(latches[1])
    (seen,) = one.load()
    assert seen.firings == max(firings)
    if firings[0] == firings[1]:
        assert set(seen.issued) == set(issued[0]) | set(issued[1])
    else:
        assert seen == max(latches, key=lambda latch: latch.firings)


def test_what_both_cancelled_is_read_as_one(pair: tuple[PairedLatches, PairedLatches]) -> None:
    one, other = pair
    venue = ScriptedVenue(ManualClock())
    first, second = venue.put(), venue.put()
    one.saved.append("h-1", [first, Filled(first.account, first.book, first.order_id)])
    other.saved.append("h-1", [first, second, Restored(second.account, second.book, second.order_id, "scr1")])
    rows = {row.order.order_id: row for row in one.saved.read("h-1")}
    assert rows.keys() == {first.order_id, second.order_id}
    assert rows[first.order_id].filled
    assert rows[second.order_id].restored_as == "scr1"


async def test_two_desks_take_up_each_others_stops_write_their_own_latch_and_end_by_one_reset(tmp_path: Path) -> None:
    clock = ManualClock()
    venue = ScriptedVenue(clock)
    desks = [
        HaltDesk(
            PairedLatches(tmp_path / own, tmp_path / other), lambda scope, **_: (venue.target(),), clock,
            StopSettings(), lambda: "h-1",
        )
        for own, other in (("a", "b"), ("b", "a"))
    ]  # fmt: skip
    for desk in desks:
        desk.follow()
    try:
        desks[0].fire(PORTFOLIO, "ada", "a test")
        await pass_time(clock, 1.5)
        assert [latch.halt_id for desk in desks for latch in desk.latched()] == ["h-1", "h-1"]
        assert all(list((tmp_path / own).glob("*.latch.json")) for own in "ab")
        await desks[1].reset("h-1", "bob", "all is well")
        await pass_time(clock, 1.5)
        assert [desk.latched() for desk in desks] == [(), ()]
    finally:
        for desk in desks:
            await desk.close()
        await quiet()

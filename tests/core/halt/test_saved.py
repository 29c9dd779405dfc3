from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import LatchError
from core.halt.saved import Filled, Restored, SavedOrders
from tests.core.halt.scripted import ScriptedVenue


def test_a_line_that_a_crash_cut_short_costs_that_line_alone(tmp_path: Path) -> None:
    venue, saved = ScriptedVenue(ManualClock()), SavedOrders(tmp_path)
    first, second, third = (venue.put(client=f"c-{number}") for number in range(3))
    saved.append("h-1", [first, second])
    file = tmp_path / "h-1.jsonl"
    file.write_text(file.read_text()[:-40])
    saved.append("h-1", [third, Filled("alpha-1", "regular", first.order_id)])
    saved.append("h-1", [Restored("alpha-1", "regular", third.order_id, "scr-1")])
    assert [(row.order, row.filled, row.restored_as) for row in saved.read("h-1")] == [
        (first, True, ""),
        (third, False, "scr-1"),
    ]


def test_orders_saved_before_there_were_notes_are_read(tmp_path: Path) -> None:
    import json
    from dataclasses import asdict

    order = ScriptedVenue(ManualClock()).put()
    (tmp_path / "h-1.jsonl").write_text(json.dumps(asdict(order)) + "\n")
    (row,) = SavedOrders(tmp_path).read("h-1")
    assert row.order == order


def test_a_stop_that_saved_nothing_has_nothing_and_a_path_is_no_id(tmp_path: Path) -> None:
    assert SavedOrders(tmp_path).read("h-1") == ()
    with pytest.raises(LatchError, match="is not the id of a stop"):
        SavedOrders(tmp_path).read("../../etc/passwd")

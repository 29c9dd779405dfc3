from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import Leg
from core.errors import LatchError
from core.halt.saved import Filled, Restored, SavedOrders
from core.venues.messages import MarginMode
from core.venues.trigger import PriceKind, Trigger
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
    order = ScriptedVenue(ManualClock()).put()
    (tmp_path / "h-1.jsonl").write_text(json.dumps(asdict(order)) + "\n")
    (row,) = SavedOrders(tmp_path).read("h-1")
    assert row.order == order


def test_how_an_order_waited_is_kept_and_missing_in_what_was_saved_before(tmp_path: Path) -> None:
    trigger = Trigger(rises=False, watches=PriceKind.MARK, other_price=120.0, whole=True)
    order = replace(
        ScriptedVenue(ManualClock()).put(book="trigger"), trigger=trigger, leg=Leg.LONG, margin_mode=MarginMode.ISOLATED
    )
    saved = SavedOrders(tmp_path)
    saved.append("h-1", [order])
    (row,) = saved.read("h-1")
    assert row.order == order
    fields = json.loads((tmp_path / "h-1.jsonl").read_text())
    for name in ("trigger", "leg", "margin_mode"):
        del fields["order"][name]
    (tmp_path / "h-2.jsonl").write_text(json.dumps(fields) + "\n")
    (row,) = saved.read("h-2")
    assert (row.order.trigger, row.order.leg, row.order.trigger_price) == (None, Leg.NET, 90.0)


def test_a_stop_that_saved_nothing_has_nothing_and_a_path_is_no_id(tmp_path: Path) -> None:
    assert SavedOrders(tmp_path).read("h-1") == ()
    with pytest.raises(LatchError, match="is not the id of a stop"):
        SavedOrders(tmp_path).read("../../etc/passwd")

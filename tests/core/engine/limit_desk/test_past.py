"""What of the past of the limits can be taken back, and why the rest cannot; and where nothing can be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.config.row_edits import with_edits
from core.config.rows import LIMITS, RowEdit, RowKey, row_changes, rows_of
from core.engine.limit_desk.painting import NO_FILE, locked
from core.engine.limit_desk.past import Recorded, shown, stuck
from core.engine.limit_desk.written import WrittenRows, change_rows, changes_from
from core.engine.limit_keeper import NO_REASON

FIRST = '[[limits]]\nscope = "portfolio"\nmetric = "leverage"\nhigh = 3.0\n'
KEY = RowKey(LIMITS, "portfolio", "", "leverage")


def changed(text: str, high: float) -> str:
    was = rows_of(text)[KEY].values
    return with_edits(text, [RowEdit(KEY, {**was, "high": high}, was=was)])


def recorded(seq: int, before: str, after: str, why: str = "") -> Recorded:
    return Recorded(seq, float(seq), seq, "ada", "", why, ("it is tighter",), row_changes(before, after))


def test_a_change_can_be_undone_until_one_of_its_rows_is_changed_again() -> None:
    second = changed(FIRST, 2.0)
    third = changed(second, 1.0)
    past = (recorded(3, second, third), recorded(2, FIRST, second))
    assert [stuck(row, past, rows_of(third)) for row in past] == [
        "", "the limit on leverage of portfolio was changed again in version 3 by ada: take that back first",
    ]  # fmt: skip
    assert [stuck(row, past, rows_of(second)) for row in past] == [
        "it is taken back already: the limit on leverage of portfolio is what it was before", "",
    ]  # fmt: skip
    by_hand = changed(third, 0.5)
    assert stuck(past[0], past, rows_of(by_hand)) == (
        "the limit on leverage of portfolio was changed again by hand since: take that back first"
    )
    assert "changed again" in stuck(past[0], past, rows_of(""))


def test_what_changed_no_row_cannot_be_undone_and_says_why() -> None:
    first, room = recorded(1, FIRST, FIRST, NO_REASON), recorded(2, FIRST, FIRST, "until the roll")
    assert stuck(first, (), rows_of(FIRST)) == "these are the limits that the desk first started with"
    assert "room with an end is over by itself" in stuck(room, (), rows_of(FIRST))


def test_rows_are_told_with_what_they_said_before_and_after_and_survive_the_journal() -> None:
    changes = row_changes(FIRST, changed(FIRST, 2.0))
    assert changes_from(change_rows(changes)) == changes
    assert changes_from([{"table": 3, "change_over_s": None}, "nonsense"])[0].key == RowKey("3")
    (line,) = shown((recorded(2, FIRST, changed(FIRST, 2.0)),), changed(FIRST, 2.0))
    same = {"scope": "portfolio", "metric": "leverage"}
    assert [(row.before, row.after) for row in line.rows] == [({**same, "high": 3.0}, {**same, "high": 2.0})]


def test_what_changed_while_no_desk_ran_is_found_at_the_next_start_and_only_rows_are_kept() -> None:
    rows = WrittenRows()
    assert rows.take(f'operator = "ada"\n{FIRST}') == ()
    kept = rows.state()
    assert kept == {"text": FIRST}
    (change,) = WrittenRows(kept).take(f'operator = "bob"\n{changed(FIRST, 2.0)}')
    assert (change.key, change.before) == (KEY, FIRST)
    assert WrittenRows("nonsense").take(FIRST) == ()


def test_where_nothing_can_be_written_it_is_said_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scram.toml"
    assert locked(None, "") == NO_FILE
    assert "is not there any more" in locked(path, "")
    path.write_text(FIRST)
    assert locked(path, "") == ""
    assert locked(path, "bob's desk acts") == "limits are changed at the desk that acts: bob's desk acts"
    # Whoever runs tests as root may write anywhere.
    monkeypatch.setattr(os, "access", lambda place, _: Path(place) != tmp_path)
    assert "cannot be written by whoever runs this desk" in locked(path, "")

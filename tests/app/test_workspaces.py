"""Named arrangements, and the file that keeps them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workspaces import DEFAULT, OwnWindow, Workspace, Workspaces

NIGHT = Workspace("QUJD", "Events", (OwnWindow("Scopes", (10, -20, 800, 600)),), (0, 0, 1440, 900), True)


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    kept = Workspaces(tmp_path / "w.json")
    assert kept.names == (DEFAULT,)
    assert kept.keep("Night", NIGHT)
    kept.keep_last(NIGHT)
    again = Workspaces(tmp_path / "w.json")
    assert again.names == (DEFAULT, "Night")
    assert again.named("Night") == again.last == NIGHT
    assert again.delete("Night") == NIGHT
    assert Workspaces(tmp_path / "w.json").names == (DEFAULT,)


def test_the_built_in_one_is_neither_replaced_nor_deleted() -> None:
    kept = Workspaces(None)
    assert not kept.keep(DEFAULT, NIGHT)
    assert not kept.keep("  ", NIGHT)
    assert kept.delete(DEFAULT) is None
    assert kept.named(DEFAULT) == Workspace()
    assert kept.named("nobody") is None


BROKEN = ["", "[]", "{}", "null", '{"version": 9}', '{"version": 1, "last": 3, "named": {}}', "\x00", "[" * 5000]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_costs_the_arrangements_only_and_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "w.json").write_text(content)
    kept = Workspaces(tmp_path / "w.json")
    assert kept.names == (DEFAULT,)
    assert kept.last == Workspace()
    assert "cannot be read" in kept.problem
    assert kept.keep("Night", NIGHT)
    assert Workspaces(tmp_path / "w.json").names == (DEFAULT, "Night")


def _change(told: object, path: list[int], value: object) -> object:
    """`told` with the part that `path` leads to put in the place of another."""
    if not path or not isinstance(told, dict | list) or not told:
        return value
    keys = list(told) if isinstance(told, dict) else list(range(len(told)))
    key = keys[path[0] % len(keys)]
    told[key] = _change(told[key], path[1:], value)  # type: ignore[call-overload, index]
    return told


@given(
    st.lists(st.integers(0, 9), max_size=6), st.sampled_from([None, "", "x", -1, 10**9, 1.5, True, [], {}, [1, 2, 3]])
)
def test_whatever_stands_in_the_file_no_error_leaves_it(
    tmp_path_factory: pytest.TempPathFactory, path: list[int], value: object
) -> None:
    file = tmp_path_factory.mktemp("w") / "w.json"
    kept = Workspaces(file)
    kept.keep("Night", NIGHT)
    kept.keep_last(NIGHT)
    file.write_text(json.dumps(_change(json.loads(file.read_text()), path, value)))
    again = Workspaces(file)
    assert DEFAULT in again.names
    for kept_as in (again.last, *(again.named(name) for name in again.names)):
        assert isinstance(kept_as, Workspace)
        geometries = [own.geometry for own in kept_as.windows] + [kept_as.geometry or (0, 0, 1, 1)]
        assert all(type(number) is int for geometry in geometries for number in geometry)
        assert all(type(text) is str for text in (kept_as.panels, kept_as.page, *(own.page for own in kept_as.windows)))


def test_a_folder_that_cannot_be_written_is_said_and_forgets(tmp_path: Path) -> None:
    kept = Workspaces(tmp_path / "nowhere" / "w.json")
    assert kept.keep("Night", NIGHT)
    assert "cannot be kept" in kept.problem
    assert kept.named("Night") == NIGHT

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from core.places import find_places, write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")


def test_everything_lies_under_the_home_that_is_asked_for(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    found = find_places(home, {"SCRAM_HOME": str(tmp_path / "other")})
    assert found.problems == ()
    assert all(path.is_relative_to(home) for path in (found.config, found.database, *found.folders))
    assert all(folder.is_dir() for folder in found.folders)
    assert not (tmp_path / "other").exists()


def test_the_environment_names_the_home_when_nobody_asks_for_one(tmp_path: Path) -> None:
    assert find_places(None, {"SCRAM_HOME": str(tmp_path)}) == find_places(tmp_path, {})


def test_a_relative_home_means_the_same_folder_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_places(Path("desk"), {}).latches == tmp_path / "desk" / "latches"


@posix
def test_new_folders_are_for_their_owner_only_and_old_ones_stay_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    found = find_places(tmp_path / "home", {})
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in found.folders} == {0o700}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_without_a_home_the_systems_usual_places_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "XDG_RUNTIME_DIR").mkdir(mode=0o700)
    found = find_places(None, {"SCRAM_HOME": ""})
    assert found.problems == ()
    assert found.config.name == "scram.toml"
    if os.name == "posix" and (tmp_path / "XDG_STATE_HOME").exists():
        assert found.runtime.is_relative_to(tmp_path / "XDG_RUNTIME_DIR")
        assert stat.S_IMODE((tmp_path / "XDG_STATE_HOME" / "scram").stat().st_mode) == 0o700


@posix
def test_a_runtime_folder_that_others_can_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "XDG_RUNTIME_DIR").mkdir()
    (tmp_path / "XDG_RUNTIME_DIR").chmod(0o777)
    assert not find_places(None, {}).runtime.is_relative_to(tmp_path / "XDG_RUNTIME_DIR")


def test_a_folder_that_cannot_be_made_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = find_places(tmp_path / "file", {})
    assert found.latches == tmp_path / "file" / "latches"
    assert all("cannot be made" in problem for problem in found.problems)
    assert len(found.problems) == 5


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "scram.toml"
    for text in ("one\n", "zwei, größer\r\n"):
        write_atomically(path, text)
        assert path.read_bytes() == text.encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scram.toml"
    write_atomically(path, "old")

    def full_disk(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_a_link_stays_a_link_and_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "scram.toml"
    link.symlink_to(tmp_path / "real" / "scram.toml")
    write_atomically(link, "text")
    assert link.is_symlink()
    assert stat.S_IMODE((tmp_path / "real" / "scram.toml").stat().st_mode) == 0o600

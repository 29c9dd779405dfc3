"""Which home a command works on: what is typed with it, else what is typed before it, else the environment's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli.commands import cli, run
from app.settings import DeskSettings
from core.places import HOME_VARIABLE, find_places
from widgets.settings import LOCK_PIN


def leaves(command: Any, name: str = "scram") -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if inner:
        for own, below in inner.items():
            yield from leaves(below, f"{name} {own}")
    if name != "scram":
        yield name, command


def with_pin(home: Path) -> Path:
    DeskSettings(find_places(home, {}).desk_settings).keep(LOCK_PIN, "a pin")
    return home


def has_pin(home: Path) -> bool:
    return bool(DeskSettings(find_places(home, {}).desk_settings).value(LOCK_PIN))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--home", "typed", "pin", "remove"),
        ("pin", "remove", "--home", "typed"),
        ("--home", "other", "pin", "remove", "--home", "typed"),
    ],
    ids=" ".join,
)
def test_a_home_that_is_typed_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(with_pin(tmp_path / "told")))
    with_pin(tmp_path / "other")
    with_pin(tmp_path / "typed")
    places = ("typed", "other")
    assert run([str(tmp_path / word) if word in places else word for word in arguments]) == 0
    assert [has_pin(tmp_path / name) for name in ("typed", "other", "told")] == [False, True, True]


def test_the_environment_tells_where_nothing_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(with_pin(tmp_path)))
    assert run(["pin", "remove"]) == 0
    assert not has_pin(tmp_path)


def test_no_command_of_its_own_takes_the_environment_before_what_was_typed_in_front_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, "/from/the/environment")
    homes = {
        name: command.make_context(name, [], resilient_parsing=True).params["home"]
        for name, command in leaves(typer.main.get_command(cli))
        if any(row.name == "home" for row in command.params)
    }
    assert len(homes) > 20
    assert {name for name, home in homes.items() if home is not None} == set()

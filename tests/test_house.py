"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("core", "widgets", "app")
TOP_LEVEL = {"pyproject.toml", "README.md", "app", "widgets", "core", "tests", "resources", "packaging", "LICENSE"}
LONGEST_FILE = 400


def _sources(repository: Path) -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((repository / package).rglob("*.py"))


def test_no_dialog_spins_a_loop_of_its_own(repository: Path) -> None:
    """`exec()` inside a coroutine kills whatever other task runs next; dialogs are opened and awaited."""
    found = [
        f"{path.relative_to(repository)}:{node.lineno}"
        for path in _sources(repository)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"exec", "exec_", "processEvents"}
    ]
    assert found == []


def test_every_file_can_be_read_in_one_sitting(repository: Path) -> None:
    long = {
        str(path.relative_to(repository)): lines
        for path in _sources(repository)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_the_top_level_holds_what_the_readme_names_and_nothing_else(repository: Path) -> None:
    if not (repository / ".git").exists():
        pytest.skip("not a checkout: what is installed beside it is not ours to judge")
    found = {path.name for path in repository.iterdir() if not path.name.startswith(".")}
    assert found - {"build", "dist"} - {name for name in found if name.endswith(".egg-info")} == TOP_LEVEL


def test_every_folder_of_the_core_has_its_line_in_the_readme(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")
    folders = [path.parent.relative_to(repository) for path in (repository / "core").glob("*/__init__.py")]
    assert [str(folder) for folder in folders if f"`{folder.as_posix()}/`" not in readme] == []

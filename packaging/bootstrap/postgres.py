"""PostgreSQL's own programs, with which the journal's tests start a server of theirs."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from bootstrap import debian
from bootstrap.console import Problem, say

PACKAGE = "postgresql"
_DEBIANS_FOLDER = Path("/usr/lib/postgresql")


def is_there(folder: Path = _DEBIANS_FOLDER) -> bool:
    return shutil.which("initdb") is not None or any(folder.glob("*/bin/initdb"))


def ensure(*, log: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Install it where a machine runs the tests; a person is told what to type. Never a reason not to go on.

    On a person's machine it would not only be a program: Debian sets up a server with it.
    """
    if is_there():
        return
    skipped = "the tests of the journal on PostgreSQL are skipped"
    if not debian.is_debian():
        say(f"PostgreSQL is not installed: {skipped}")
    elif not environment.get("CI"):
        say(f"PostgreSQL is not installed: {skipped}; to have them type: {debian.apt_command([PACKAGE])}")
    else:
        try:
            debian.install([PACKAGE], why="the journal is tested on PostgreSQL too", log=log)
        except Problem as problem:
            say(f"{problem.sentence} {skipped}")

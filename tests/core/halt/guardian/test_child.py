"""A guardian that a desk starts: once where none answers, again when it ends, another in place of one that is stuck."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from core.clock import SystemClock
from core.halt.guardian import child as module
from core.halt.guardian.child import GuardianChild
from core.halt.guardian.link import GuardianLink
from core.tasks import spawn, stop_all
from tests.core.halt.guardian.conftest import until


@dataclass
class Answering:
    """As much of a link as is looked at."""

    alive: bool = False

    async def first_try(self, within_s: float) -> None:
        return


def _child(link: Answering, logs: Path, program: str) -> GuardianChild:
    command = (sys.executable, "-c", program)
    return GuardianChild(command, {}, logs, cast(GuardianLink, link), SystemClock())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("LOOK_S", 0.05), ("AGAIN_S", 0.1), ("AGAIN_MAX_S", 0.3), ("ANSWERS_WITHIN_S", 0.6)):
        monkeypatch.setattr(module, name, seconds)


async def test_none_is_started_where_one_answers(tmp_path: Path) -> None:
    child = _child(Answering(alive=True), tmp_path, "")
    keeping = spawn(child.keep(), name="keep")
    await SystemClock().sleep(0.3)
    await stop_all([keeping])
    assert child.starts == 0


async def test_one_that_ends_is_started_again_and_what_it_said_is_kept(tmp_path: Path) -> None:
    child = _child(Answering(), tmp_path, "import sys; sys.exit('no configuration')")
    keeping = spawn(child.keep(), name="keep")
    await until(lambda: child.starts >= 3)
    await until(lambda: "no configuration" in (tmp_path / module.STDERR_FILE).read_text())
    await stop_all([keeping])
    child.leave()


@pytest.mark.expected_logs("is stuck and is ended")
async def test_one_that_says_nothing_is_ended_and_another_started(tmp_path: Path) -> None:
    child = _child(Answering(), tmp_path, "import time; time.sleep(60)")
    keeping = spawn(child.keep(), name="keep")
    await until(lambda: child.starts >= 2)
    await stop_all([keeping])
    assert child._process is not None
    child._process.kill()
    child._process.wait(10)


@pytest.mark.expected_logs("a guardian cannot be started: No such file")
async def test_one_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    child = GuardianChild(
        (str(tmp_path / "nothing"),), {}, tmp_path, cast(GuardianLink, Answering()), SystemClock()
    )  # fmt: skip
    keeping = spawn(child.keep(), name="keep")
    await until(lambda: child.starts >= 2)
    await stop_all([keeping])
    assert child.trouble == "a guardian cannot be started: No such file or directory"


READS = """
import os, pathlib, sys
told = sys.stdin.readline()
told_on_the_way = "correct horse" in " ".join([*sys.argv, *os.environ.values()])
pathlib.Path(%r).write_text(f"{told.strip()}|{os.environ.get('SCRAM_PASSPHRASE_IS_TOLD', '')}|{told_on_the_way}")
"""


@pytest.mark.parametrize(
    ("word", "heard"), [("correct horse battery", "correct horse battery|1|False"), ("", "||False")]
)
async def test_a_passphrase_is_told_over_the_standard_input_alone(tmp_path: Path, word: str, heard: str) -> None:
    out = tmp_path / "heard"
    command = (sys.executable, "-c", READS % str(out))
    child = GuardianChild(command, {}, tmp_path, cast(GuardianLink, Answering()), SystemClock(), lambda: word)
    keeping = spawn(child.keep(), name="keep")
    await until(lambda: out.exists() and out.read_text() != "")
    await stop_all([keeping])
    child.leave()
    assert out.read_text() == heard

"""The guards of tests/conftest.py, each seen to bite in a run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """\
import asyncio, logging, threading, time
import pytest
from core.tasks import spawn

def test_unexpected_log():
    logging.getLogger("x").warning("boo")

def test_expected_log_that_never_comes(expected_logs):
    expected_logs("boo")

async def test_leaked_task():
    spawn(asyncio.sleep(60), name="leak")

def test_leaked_thread():
    threading.Thread(target=time.sleep, args=(4,), daemon=True, name="leak").start()

@pytest.fixture
async def server():
    task = spawn(asyncio.sleep(60), name="server")
    yield task
    task.cancel()

async def test_clean_fixture(server, expected_logs):
    expected_logs("boo")
    logging.getLogger("x").error("boo")
"""


def test_stray_logs_tasks_and_threads_fail_the_test_they_come_from(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import *\nfrom tests.conftest import _tasks_end_before_the_loop\n"
    )
    (tmp_path / "test_them.py").write_text(TESTS)
    arguments = ["-q", "-p", "no:cacheprovider", "-c", str(repository / "pyproject.toml"), "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, str(tmp_path / "test_them.py")],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stdout
    assert "unexpected log record: WARNING x: boo" in told
    assert "expected a log record like 'boo', and none came" in told
    assert "tasks still alive after the test: leak" in told
    assert "threads still alive after the test: leak" in told
    assert "5 passed, 4 errors" in told, told
    assert "server" not in told


def test_a_seed_from_the_environment_is_used(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAM_SEED", "42")
    assert request.getfixturevalue("seed") == 42

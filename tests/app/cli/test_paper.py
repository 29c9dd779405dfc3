"""`scram paper` as a child of the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.paper import PARENT_PIPE

WITHIN_S = 60


@pytest.mark.skipif(sys.platform == "win32", reason="signals end processes otherwise there")
@pytest.mark.parametrize("how", ["a signal", "the end of its parent"])
def test_it_ends_in_order_while_it_waits_for_its_parent(how: str, tmp_path: Path, repository: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "paper"],
        cwd=repository, env={**os.environ, PARENT_PIPE: "1", "SCRAM_HOME": str(tmp_path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().startswith(b"{")
        if how == "a signal":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        assert process.wait(WITHIN_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

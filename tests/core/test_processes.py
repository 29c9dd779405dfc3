"""Whether another process is there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core.processes import is_there


@pytest.mark.skipif(os.name == "nt", reason="nothing is told there")
def test_a_process_is_there_until_it_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert is_there(process.pid)
        process.communicate(b"\n")
    assert is_there(process.pid) is False
    assert is_there(os.getpid())

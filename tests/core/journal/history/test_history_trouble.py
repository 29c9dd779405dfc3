"""Metric history while the database cannot be written: bounded, told, and written later."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.clock import ManualClock
from core.journal.history import writer as writing
from core.journal.history.writer import HistoryWriter
from tests.core.journal.history.test_history_store import KEYS, LEVELS, look, points, url, writer

__all__ = ["url", "writer"]


@pytest.fixture
def place(path: Path) -> Path:
    return path


def until(condition: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def test_a_locked_database_is_told_and_everything_is_written_later(writer: HistoryWriter, url: str, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writer.put(points(10, 100, 1.0))
        until(lambda: "another program holds a lock" in writer.status().words)
        writer.put(points(10, 101, 2.0))
        assert "points wait" in writer.status().words
        other.execute("ROLLBACK")
    assert writer.flush(20.0)
    assert writer.status().words == ""
    assert look(url, 1_000.0, 1_020.0).last.tolist() == [1.0, 2.0]


def test_memory_is_bounded_and_what_is_given_up_is_counted_and_told(
    url: str, path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_WAITING", 30)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writer = HistoryWriter(url, KEYS, LEVELS, clock)
        for bucket in range(100):
            writer.put(points(10, bucket, 1.0, 2.0, 3.0))
        status = writer.status()
        assert (status.waiting, status.lost) == (30, 270)
        assert "270 points of metric history could not be kept and are lost" in status.words
        other.execute("ROLLBACK")
    assert writer.flush(20.0)
    assert writer.status().written == 30
    writer.close(5.0)
    found = look(url, 0.0, 1_000.0)
    # The very first may have been on its way into the database.
    assert found.at_s[-9:].tolist() == [(bucket + 1) * 10.0 for bucket in range(91, 100)]
    assert np.isfinite(found.last).sum() == 10

"""Metric history written in bulk, thrown away in steps, and looked up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.clock import ManualClock
from core.config.history_levels import Level
from core.journal.database import open_engine, url_of
from core.journal.history import writer as writing
from core.journal.history.reader import HistoryReader, MetricHistory
from core.journal.history.store import HistoryStore, Points
from core.journal.history.writer import HistoryWriter
from tests.core.journal.conftest import Open

KEYS = [("portfolio", "equity"), ("account:alpha", "equity"), ("account:alpha", "unit")]
LEVELS = (Level(10, 600), Level(60, 7_200))


@pytest.fixture
def url(open_journal: Open, place: str | Path) -> str:
    assert open_journal().flush(20.0)
    return url_of(place)


@pytest.fixture
def writer(url: str, clock: ManualClock) -> Iterator[HistoryWriter]:
    made = HistoryWriter(url, KEYS, LEVELS, clock)
    yield made
    made.close(5.0)


def points(step_s: int, bucket: int, *values: float) -> Points:
    """Of the first series."""
    array = np.array(values)
    return Points(step_s, bucket, np.arange(len(values)), array, array - 1.0, array + 1.0)


def look(url: str, from_s: float, to_s: float, most: int = 1_000, metric: str = "equity") -> MetricHistory:
    with HistoryReader(url) as reader:
        return reader.query("portfolio", metric, from_s, to_s, most)


def test_what_was_put_is_found_under_its_scope_and_metric(writer: HistoryWriter, url: str) -> None:
    for bucket in range(100, 103):
        writer.put(points(10, bucket, float(bucket), 5.0, 6.0))
    assert writer.flush(20.0)
    found = look(url, 1_000.0, 1_030.0)
    assert found.step_s == 10
    assert found.at_s.tolist() == [1_010.0, 1_020.0, 1_030.0]
    assert found.last.tolist() == [100.0, 101.0, 102.0]
    assert found.low.tolist() == [99.0, 100.0, 101.0]
    assert found.high.tolist() == [101.0, 102.0, 103.0]
    with HistoryReader(url) as reader:
        assert reader.query("account:alpha", "unit", 1_000.0, 1_030.0).last.tolist() == [6.0] * 3
        assert reader.query("account:alpha", "nothing", 1_000.0, 1_030.0).step_s == 0
    assert writer.status().words == ""


def test_what_is_unknown_is_a_gap_and_no_line_leads_over_it(writer: HistoryWriter, url: str) -> None:
    for bucket, value in ((100, 1.0), (101, 2.0), (102, math.nan), (105, 5.0)):
        writer.put(points(10, bucket, value))
    assert writer.flush(20.0)
    found = look(url, 1_000.0, 1_100.0)
    assert found.at_s.tolist() == [1_010.0, 1_020.0, 1_050.0, 1_060.0]
    np.testing.assert_array_equal(found.last, [1.0, 2.0, math.nan, 5.0])


def test_a_bucket_that_was_begun_before_a_restart_goes_on(writer: HistoryWriter, url: str) -> None:
    writer.put(points(60, 100, 10.0))
    writer.put(points(60, 100, 4.0))
    assert writer.flush(20.0)
    found = look(url, 6_000.0, 6_060.0)
    assert (found.last.tolist(), found.low.tolist(), found.high.tolist()) == ([4.0], [3.0], [11.0])


def test_numbers_of_series_stay_over_restarts_and_new_ones_come_behind(url: str) -> None:
    store = HistoryStore(url)
    before = store.numbers(KEYS[:2])
    after = store.numbers([KEYS[2], KEYS[0]])
    store.drop()
    assert before.items() <= after.items()
    assert sorted(after.values()) == [1, 2, 3]


def test_older_times_come_from_coarser_levels(writer: HistoryWriter, url: str) -> None:
    for bucket in range(100, 120):
        writer.put(points(60, bucket, float(bucket)))
    for bucket in range(680, 720):
        writer.put(points(10, bucket, bucket / 6.0))
    assert writer.flush(20.0)
    found = look(url, 6_000.0, 7_200.0)
    assert not np.isnan(found.last).any()
    steps = np.diff(found.at_s)
    assert set(np.round(steps).tolist()) <= {10.0, 20.0, 40.0, 60.0}
    assert found.at_s[0] == 6_060.0
    assert found.at_s[-1] == 7_200.0
    assert (np.diff(found.last) > 0.0).all()


def test_a_long_span_is_thinned_and_keeps_its_lowest_and_highest(writer: HistoryWriter, url: str) -> None:
    values = np.sin(np.arange(500)) * 10.0
    values[123], values[321] = -99.0, 99.0
    for place, value in enumerate(values):
        writer.put(points(10, 1_000 + place, float(value)))
    assert writer.flush(20.0)
    found = look(url, 10_000.0, 15_000.0, most=20)
    assert 18 <= len(found.at_s) <= 25
    assert found.low.min() == -100.0
    assert found.high.max() == 100.0
    assert found.at_s[-1] == 15_000.0


def test_what_is_too_old_is_thrown_away_in_steps_and_nothing_else(url: str) -> None:
    store = HistoryStore(url)
    store.numbers(KEYS)
    for bucket in range(100):
        store.write(Points(10, bucket, np.arange(1, 4), *[np.ones(3)] * 3))
        store.write(Points(60, bucket, np.arange(1, 4), *[np.ones(3)] * 3))
    rounds = 0
    while store.forget(10, 500.0, 30):
        rounds += 1
    assert 4 <= rounds <= 6
    assert not store.forget(10, 500.0, 30)
    store.drop()
    assert look(url, 0.0, 1_000.0, metric="equity").at_s[-1] == 1_000.0
    query = "SELECT step_s, min(bucket), count(*) FROM history GROUP BY step_s ORDER BY step_s"
    engine = open_engine(url)
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.exec_driver_sql(query)] == [(10, 50, 150), (60, 0, 300)]
    engine.dispose()


def test_the_writer_throws_away_what_its_levels_say(writer: HistoryWriter, url: str, clock: ManualClock) -> None:
    old, new = int(clock.now() // 10) - 100, int(clock.now() // 10)
    writer.put(points(10, old, 1.0))
    assert writer.flush(20.0)
    clock.advance(2 * writing.FORGET_EVERY_S)
    writer.put(points(10, new, 2.0))
    assert writer.flush(20.0)
    writer.close(5.0)
    found = look(url, clock.now() - 5_000.0, clock.now() + 60.0)
    assert found.last.tolist() == [2.0]

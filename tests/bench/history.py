"""How many points of metric history are written a second, in bulk and by the ORM, and what a sample costs the loop.

`python3 packaging/dev.py bench history [--json FILE] [--points N] [--accounts N]`. In one run and on the same kind of
file: the history's store (many rows in one statement), SQLAlchemy's own insert of many, and one ORM object per point.
Then the looking up of a day, and the sample that the cycle takes once a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.clock import SystemClock
from core.config import JournalConfig
from core.engine.history import HistoryKeeper
from core.journal.database import open_engine, url_of
from core.journal.history.reader import HistoryReader
from core.journal.history.store import HistoryStore, Points
from core.journal.journal import Journal
from core.journal.tables import HISTORY, HistoryRow
from core.risk.course import Course
from core.risk.matrix import RiskModel
from core.risk.settings import RiskSettings
from tests.bench.made_book import make_book

SERIES = 10_000
START = 170_000_000


def made(folder: Path, name: str) -> str:
    """An empty journal's database."""
    path = folder / f"{name}.sqlite"
    journal = Journal(path, SystemClock())
    assert journal.flush(60.0)
    journal.close()
    return url_of(path)


def in_bulk(url: str, buckets: list[Points]) -> None:
    store = HistoryStore(url)
    for points in buckets:
        store.write(points)
    store.drop()


def by_core(url: str, buckets: list[Points]) -> None:
    engine = open_engine(url)
    with engine.connect() as connection:
        for points in buckets:
            with connection.begin():
                connection.execute(insert(HISTORY), rows_of(points))
    engine.dispose()


def by_orm(url: str, buckets: list[Points]) -> None:
    engine = open_engine(url)
    for points in buckets:
        with Session(engine) as session, session.begin():
            session.add_all([HistoryRow(**row) for row in rows_of(points)])
    engine.dispose()


def rows_of(points: Points) -> list[dict[str, Any]]:
    columns = zip(points.series.tolist(), points.last.tolist(), points.low.tolist(), points.high.tolist(), strict=True)
    return [
        {"step_s": points.step_s, "bucket": points.bucket, "series": series, "last": last, "low": low, "high": high}
        for series, last, low, high in columns
    ]


def rate(work: Callable[[str, list[Points]], None], url: str, buckets: list[Points]) -> float:
    """Points a second."""
    began_s = time.perf_counter()
    work(url, buckets)
    return sum(map(len, buckets)) / (time.perf_counter() - began_s)


def writing(folder: Path, points: int) -> dict[str, Any]:
    chance = np.random.default_rng(1)
    series = np.arange(1, SERIES + 1)
    buckets = [
        Points(10, START + number, series, *chance.normal(size=(3, SERIES))) for number in range(points // SERIES)
    ]
    bulk, core, orm = (made(folder, name) for name in ("bulk", "core", "orm"))
    row = {
        "points": sum(map(len, buckets)),
        "bulk_per_s": rate(in_bulk, bulk, buckets),
        "core_per_s": rate(by_core, core, buckets),
        "orm_per_s": rate(by_orm, orm, buckets[: max(1, len(buckets) // 10)]),
        "bytes_per_point": (folder / "bulk.sqlite").stat().st_size / (len(buckets) * SERIES),
    }
    return row | {"bulk_over_orm": row["bulk_per_s"] / row["orm_per_s"], "look_up_ms": looking_up(bulk, len(buckets))}


def looking_up(url: str, buckets: int) -> float:
    store = HistoryStore(url)
    store.numbers([(f"account:{number}", "equity") for number in range(SERIES)])
    store.drop()
    times = []
    for number in range(20):
        began_s = time.perf_counter()
        with HistoryReader(url) as reader:
            found = reader.query(f"account:{number * 37}", "equity", START * 10.0, (START + buckets) * 10.0)
        times.append((time.perf_counter() - began_s) * 1000.0)
        assert len(found.at_s) == buckets
    return float(np.median(times))


async def sampling(folder: Path, accounts: int) -> dict[str, Any]:
    """Milliseconds of the loop for one sample, and for one that closes a bucket of every level."""
    book = make_book(10 * accounts, accounts)
    model = RiskModel(book.layout.scopes, ())
    course = Course(book.layout, RiskSettings())
    clock = SystemClock()
    keeper = HistoryKeeper(JournalConfig(), course, made(folder, "samples"), clock, lambda: False)
    keeper.start()
    times: list[float] = []
    for _ in range(60):
        book.tick()
        book.now_s += 1.0
        view = book.view()
        series = course.step(view)
        matrix = model.evaluate(view, book.now_s, series)
        began_s = time.perf_counter()
        keeper.take(view, matrix)
        times.append((time.perf_counter() - began_s) * 1000.0)
    await keeper.close()
    return {"accounts": accounts, "sample_ms": float(np.median(times)), "sample_most_ms": float(np.max(times[1:]))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = {"writing": writing(Path(folder), arguments.points)}
        with asyncio.Runner() as loop:
            result["loop"] = loop.run(sampling(Path(folder), arguments.accounts))
    print(json.dumps(result, indent=2))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result))


if __name__ == "__main__":
    main()

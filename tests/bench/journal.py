"""How many records a second the journal takes, checks and exports, beside a plain SQLite loop that does none of that.

`python3 packaging/dev.py bench journal [--json FILE] [--records N]`. The plain loop writes the same columns with
`executemany` in transactions of the same size and reads every row back: what no journal in Python can be faster than.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.journal.canonical import canonical
from core.journal.export import ExportFormat, export
from core.journal.journal import Journal
from core.journal.query import Wanted
from core.journal.reader import JournalReader
from core.journal.records import Record
from core.journal.writing import WriterSettings

CHUNK = 2_000
"""Records in one transaction, as the journal's writer does it."""
COLUMNS = (
    "seq INTEGER PRIMARY KEY, at_s REAL, mono_s REAL, kind TEXT, actor TEXT, scope TEXT, subject TEXT, run TEXT, "
    "limits_version INTEGER, config_version TEXT, body TEXT, form INTEGER, prev_hash TEXT, hash TEXT"
)


def body(number: int) -> dict[str, Any]:
    """As large as an event's transition, some 300 characters."""
    return {
        "event_id": f"e{number:08d}", "what": "raised", "scope": f"account:alpha-{number % 900}", "metric": "leverage",
        "severity": 3, "value": number * 0.1, "threshold": 5.0, "before": None, "after": {"state": "raised"},
        "sentence": "leverage 6.1 is beyond 5.0 and was 4.9 ten seconds before; it clears below 4.5",
    }  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began_s = time.perf_counter()
    found = work()
    return time.perf_counter() - began_s, found


def plain(path: Path, rows: list[tuple[Any, ...]]) -> dict[str, float]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"CREATE TABLE records ({COLUMNS})")

        def insert() -> None:
            marks = ", ".join("?" * len(rows[0]))
            for first in range(0, len(rows), CHUNK):
                with connection:
                    connection.executemany(f"INSERT INTO records VALUES ({marks})", rows[first : first + CHUNK])

        def read() -> int:
            return sum(1 for _ in connection.execute("SELECT * FROM records ORDER BY seq"))

        return {"insert": len(rows) / timed(insert)[0], "read": len(rows) / timed(read)[0]}


def measure(count: int, folder: Path) -> dict[str, Any]:
    path = folder / "journal.sqlite"
    settings = WriterSettings(max_records=count + 1, max_bytes=2**40)
    journal = Journal(path, SystemClock(), settings=settings, seals=folder / "seals")

    def record() -> None:
        for number in range(count):
            journal.record("event.raised", "scram", f"account:alpha-{number % 900}", body(number), subject=f"e{number}")

    taken_s, _ = timed(record)
    written_s, written = timed(lambda: journal.flush(600.0))
    journal.close(60.0)
    assert written
    rates: dict[str, float] = {"taken": count / taken_s, "written": count / (taken_s + written_s)}
    with JournalReader(path) as reader:
        seconds, report = timed(reader.verify)
        assert report.intact, report
        rates["verified"] = count / seconds
        for form in ExportFormat:
            seconds, _ = timed(lambda form=form: export(reader.stream(), folder / f"all.{form.value}", form))
            rates[f"exported as {form.value}"] = count / seconds
        page_s, page = timed(lambda: reader.page(Wanted(subject=f"e{count // 2}")))
        assert len(page) == 1
        rows = [tuple(getattr(row, name) for name in Record.__slots__) for row in reader.stream()]
    canonical_s, _ = timed(lambda: [canonical(body(number)) for number in range(10_000)])
    floor = plain(folder / "plain.sqlite", rows)
    return {
        "records": count,
        "per_second": {name: round(rate) for name, rate in rates.items()},
        "plain_per_second": {name: round(rate) for name, rate in floor.items()},
        "write_beside_plain": round(rates["written"] / floor["insert"], 3),
        "verify_beside_plain_read": round(rates["verified"] / floor["read"], 3),
        "lookup_by_id_ms": round(page_s * 1e3, 2),
        "body_to_text_us": round(canonical_s / 10_000 * 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scram-bench-") as folder:
        found = measure(arguments.records, Path(folder))
    text = json.dumps(found, indent=2)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

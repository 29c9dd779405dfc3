"""The desk's tables at 100,000 accounts x 20 metrics and 10,000 events, with 200 changes a second.

`python3 packaging/dev.py bench desk [--json FILE] [--rows N] [--events N] [--seconds T] [--no-peers]`. The real table
of scopes and the real table of events in an offscreen window, fed with snapshots that move, at the rate at which the
desk is drawn; sorted, filtered, scrolled. Beside it in the same run, each in a process of its own: a QTableWidget, and
a QSortFilterProxyModel before a model in Python. Times are of the wall clock; what has `cpu` in its name is the
time that the loop's own thread had of the processor, whatever else the machine had to do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench._first_window import first_window_ms

AIMS = {"sort_ms": 20.0, "filter_ms": 30.0, "frame_p99_ms": 16.0, "stall_max_ms": 50.0, "first_window_ms": 2_000.0}
SHOWN = (
    ("sort_ms", "sort by a column", "table_sort_ms", "proxy_sort_ms"),
    ("filter_ms", "filter", "table_filter_ms", "proxy_filter_ms"),
    ("frame_p99_ms", "frame while scrolling, p99", "table_frame_p99_ms", "proxy_frame_p99_ms"),
    ("show_ms", "a snapshot of both tables", "", "proxy_show_ms"),
    ("tables_mb", "memory of the tables, MB", "table_mb", "proxy_mb"),
)


def part(name: str, rows: int, events: int, seconds: float) -> dict[str, Any]:
    """One of the tables, in a process of its own."""
    environ = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, "-m", "tests.bench._desk_parts", name, str(rows), str(events), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _plain(value: Any) -> float | None:
    return value["median"] if isinstance(value, dict) else value


def report(found: dict[str, Any]) -> None:
    print(f"{found['rows']:,} accounts x {found['columns']} metrics, {found['events']:,} events, 200 changes a second")
    print(f"  {'':34} {'Scram':>10} {'QTableWidget':>14} {'sorting proxy':>14}")
    for key, title, table, proxy in SHOWN:
        values = [_plain(found.get(name)) for name in (key, table, proxy)]
        told = ["" if value is None else f"{value:,.1f}" for value in values]
        print(f"  {title:34} {told[0]:>10} {told[1]:>14} {told[2]:>14}")
    shown = {name for row in SHOWN for name in (row[0], *row[2:])}
    for key, value in found.items():
        if key not in shown | {"rows", "columns", "events"}:
            print(f"  {key:34} {json.dumps(value) if isinstance(value, dict) else format(value, ',.1f'):>10}")
    for key, aim in AIMS.items():
        if key in found:
            print(f"  {key:34} {found[key]:>10,.1f}   aim {aim:,.0f}: {'met' if found[key] < aim else 'MISSED'}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench desk", description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--no-peers", action="store_true", help="Scram's own tables alone")
    given = parser.parse_args()
    found = part("scram", given.rows, given.events, given.seconds)
    if not given.no_peers:
        for name in ("table", "proxy"):
            found |= part(name, given.rows, given.events, given.seconds)
        found["first_window_ms"] = first_window_ms()
    report(found)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

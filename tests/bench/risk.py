"""One full pass of the per-cycle risk columns and five limits on every scope, beside what else one would use for it.

`python3 packaging/dev.py bench risk [--json FILE] [--positions N] [--accounts N] [--growth]`. A pass is everything that
a cycle does between updates and checks: rates and prices, the sweep over all positions, account equities, trust and
ages, unit values and peaks, the sums of portfolio, venues, accounts and strategies, every column of the cycle, and
every limit of every scope. In the same run: the floor (numpy's sum of each position column once), and the same sums and
limits (`tests.bench.frames`) by pandas and by polars, on one thread.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from core.domain import Scope
from core.risk.frame import frame_of
from core.risk.limits import Limit
from core.risk.matrix import RiskModel
from core.risk.metrics import METRICS
from tests.bench.frames import by_pandas, by_polars, table_of
from tests.bench.made_book import MadeBook, make_book

LIMITED = (
    ("drawdown", (0.05, 0.10, 0.20, 0.30)),
    ("leverage", (5.95, 8.0, 10.0, 12.0)),
    ("largest_position_share", (0.95, 0.96, 0.97, 0.98)),
    ("margin_use", (0.595, 0.7, 0.8, 0.9)),
    ("data_age", (5.0, 10.0, 20.0, 60.0)),
)
KINDS = ("portfolio", "venue:*", "account:*", "strategy:*")


def limits() -> list[Limit]:
    return [Limit(Scope.parse(scope), metric, levels) for scope in KINDS for metric, levels in LIMITED]


def timed(work: Callable[[], object], times: int, before: Callable[[], None] = lambda: None) -> list[float]:
    """Milliseconds of each run, after one that does not count."""
    before()
    work()
    out = []
    for _ in range(times):
        before()
        began = time.perf_counter()
        work()
        out.append((time.perf_counter() - began) * 1000.0)
    return out


def measure(positions: int, accounts: int, times: int, *, peers: bool) -> dict[str, Any]:
    began = time.perf_counter()
    book = make_book(positions, accounts, changing=positions <= 2_000_000)
    made_s = time.perf_counter() - began
    model = RiskModel(book.layout.scopes, limits())
    gc.collect()
    gc.freeze()

    def one_pass() -> None:
        model.evaluate(book.view(), book.now_s)

    columns = book.valuation.columns()
    floor = timed(lambda: [column.sum() for column in columns], times)
    passes = timed(one_pass, times, book.tick)
    row: dict[str, Any] = {
        "positions": positions,
        "accounts": accounts,
        "floor_ms": float(np.median(floor)),
        "scram_ms": float(np.median(passes)),
        "scram_p99_ms": float(np.percentile(passes, 99)),
        "made_s": made_s,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }
    if peers:
        table = table_of(book)
        row["pandas_ms"] = float(np.median(timed(lambda: by_pandas(table, LIMITED), 3)))
        row["polars_ms"] = float(np.median(timed(lambda: by_polars(table, LIMITED), 5)))
        row["opening_ms"] = float(np.median(timed(one_pass, times, lambda: _trade(book))))
        row["columns"] = stages(book, model, times)
    gc.unfreeze()
    return row


def _trade(book: MadeBook) -> None:
    book.open_and_close(100)
    book.tick()


def stages(book: MadeBook, model: RiskModel, times: int) -> dict[str, float]:
    """Milliseconds of the parts of a pass."""
    valuation = book.valuation
    prices = valuation.prices(book.marks)
    view = book.view()
    frame = frame_of(view)
    parts: dict[str, Callable[[], object]] = {
        "prices": lambda: valuation.prices(book.marks),
        "sweep of all positions": lambda: valuation.sums(prices),
        "book: sweep, equity, units, totals": book.view,
        "risk: columns and limits": lambda: model.evaluate(view, book.now_s),
    }
    parts |= {metric.info.name: (lambda metric=metric: metric.compute(frame)) for metric in METRICS}
    return {name: float(np.median(timed(work, times))) for name, work in parts.items()}


def growth(times: int) -> Iterator[dict[str, Any]]:
    """From a thousand positions to ten million, and from ten accounts to a million, each as soon as it is measured."""
    sizes = [(10**power, 10 ** (power - 1)) for power in range(3, 8)]
    sizes += [(1_000_000, 10**power) for power in range(1, 7) if power != 5]
    for positions, accounts in sizes:
        yield measure(positions, accounts, times, peers=False)


def report(row: dict[str, Any]) -> None:
    floor = row["floor_ms"]
    print(f"{row['positions']:,} positions, {row['accounts']:,} accounts, 50 strategies, 20 venues, 500 instruments")
    shown = (("floor_ms", "numpy's sum of each position column"), ("scram_ms", "Scram, a full pass"),
             ("scram_p99_ms", "  its slowest of a hundred"), ("opening_ms", "  after 100 closed and 100 opened"),
             ("pandas_ms", "pandas, the sums and limits"), ("polars_ms", "polars, the sums and limits"))  # fmt: skip
    for key, title in shown:
        print(f"  {title:40} {row[key]:10.2f} ms {row[key] / floor:8.1f} x floor")
    for name, ms in row["columns"].items():
        print(f"    {name:38} {ms:10.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench risk")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--positions", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--growth", action="store_true", help="from 10^3 to 10^7 positions, 10 to 10^6 accounts")
    arguments = parser.parse_args()
    row = measure(arguments.positions, arguments.accounts, arguments.times, peers=True)
    report(row)
    if arguments.growth:
        columns = {
            "positions": 12,
            "accounts": 10,
            "floor ms": 10,
            "pass ms": 10,
            "x floor": 8,
            "made s": 8,
            "RSS MB": 8,
        }
        print(*(f"{title:>{width}}" for title, width in columns.items()))
        row["growth"] = []
        for step in growth(max(5, arguments.times // 4)):
            row["growth"].append(step)
            ratio = step["scram_ms"] / step["floor_ms"]
            print(f"{step['positions']:12,} {step['accounts']:10,} {step['floor_ms']:10.3f} {step['scram_ms']:10.2f}"
                  f" {ratio:8.1f} {step['made_s']:8.1f} {step['rss_mb']:8.0f}", flush=True)  # fmt: skip
    if arguments.json:
        arguments.json.write_text(json.dumps(row, indent=1) + "\n")


if __name__ == "__main__":
    main()

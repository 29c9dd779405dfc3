"""What the slower beat costs, and what it costs the cycles that run beside it.

`python3 packaging/dev.py bench costly [--json FILE] [--positions N] [--accounts N]`. One run of every costly column in
a thread, on a made book with 720 hours of returns per underlying and 288 samples per scope, while the main thread
does full passes of the cycle's columns and, in between, asks to be woken every 2 ms. Beside it the same passes alone.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from core.book.columns import Floats
from core.book.depth import DEPTH_LEVELS, Depth
from core.book.detail import copy_of
from core.clock import SystemClock
from core.risk.costly.capture import Capture
from core.risk.costly.inputs import Returns
from core.risk.costly.run import CostlyModel
from core.risk.matrix import RiskModel
from core.risk.settings import RiskSettings
from tests.bench.made_book import AT_S, MadeBook, make_book
from tests.bench.risk import limits

HOURS, SAMPLES = 720, 288
PASSES_ALONE = 20
NAP_S = 0.002


@dataclass(frozen=True)
class Made:
    value: Floats

    def build(self) -> Returns:
        return Returns(AT_S + 300.0 * np.arange(len(self.value)), 300.0, self.value)


def capture_of(book: MadeBook, settings: RiskSettings) -> Capture:
    view, rng = book.view(), book.rng
    coins, scopes = len(view.coins), len(view.layout.scopes)
    held = copy_of(book.positions)
    rows = np.unique(held.slots.instrument[held.slots.live()])
    mark = book.marks.table.mark[rows][:, None]
    steps = np.arange(1, DEPTH_LEVELS + 1)
    sizes = np.cumsum(np.full((len(rows), DEPTH_LEVELS), 50.0), axis=1)
    common = rng.normal(0.0, 0.01, (HOURS, 1))
    returns = 0.8 * common + rng.normal(0.0, 0.006, (HOURS, coins))
    accounts = slice(view.layout.first_account, view.layout.first_strategy)
    stable = np.array([name in ("USD", "USDT") for name in view.coins])
    returns[:, stable] = np.nan
    return Capture(
        layout=view.layout,
        at_s=view.at_s,
        settings=settings,
        held=held,
        prices=view.detail.prices,
        coins=view.coins,
        stablecoins=stable,
        symbols=view.symbols,
        equity=view.equity,
        gross=view.totals.gross,
        initial_margin=view.totals.initial_margin[accounts],
        maintenance_margin=view.totals.maintenance_margin[accounts],
        volume_day=np.full(len(view.symbols), 1e6),
        with_books=rows,
        books=Depth(
            sizes, np.cumsum(50.0 * mark * (1.0 - 1e-4 * steps), axis=1),
            sizes, np.cumsum(50.0 * mark * (1.0 + 1e-4 * steps), axis=1), np.full(len(rows), view.now_s),
        ),
        books_age_s=np.zeros(len(rows)),
        coin_returns=Returns(AT_S + 3_600.0 * np.arange(HOURS), 3_600.0, returns),
        scope_returns=Made(rng.normal(0.0, 0.002, (SAMPLES, scopes))),
    )  # fmt: skip


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000.0


def measure(positions: int, accounts: int) -> dict[str, Any]:
    book = make_book(positions, accounts, changing=False)
    model, costly, clock = RiskModel(book.layout.scopes, limits()), CostlyModel(RiskSettings()), SystemClock()
    capture_ms = milliseconds(lambda: copy_of(book.positions))
    capture = capture_of(book, costly.settings)

    def one_pass() -> None:
        book.tick()
        model.evaluate(book.view(), book.now_s)

    costly.run(capture, clock.monotonic(), clock)
    one_pass()
    alone = [milliseconds(one_pass) for _ in range(PASSES_ALONE)]
    took: list[float] = []
    worker = threading.Thread(target=lambda: took.append(costly.run(capture, clock.monotonic(), clock).took_s))
    beside: list[float] = []
    naps: list[float] = []
    worker.start()
    while worker.is_alive():
        beside.append(milliseconds(one_pass))
        naps += [milliseconds(lambda: time.sleep(NAP_S)) - NAP_S * 1000.0 for _ in range(20)]
    worker.join()
    return {
        "positions": positions,
        "accounts": accounts,
        "columns": len(costly.metrics),
        "capture_ms": capture_ms,
        "run_s": took[0],
        "pass_alone_ms": float(np.median(alone)),
        "pass_beside_ms": float(np.median(beside)),
        "pass_beside_max_ms": max(beside),
        "wake_p99_ms": float(np.percentile(naps, 99)),
        "wake_max_ms": max(naps),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench costly")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--positions", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    arguments = parser.parse_args()
    row = measure(arguments.positions, arguments.accounts)
    print(f"{row['positions']:,} positions, {row['accounts']:,} accounts, {row['columns']} costly columns")
    for key, title in (
        ("capture_ms", "copying what is held, on the loop, ms"), ("run_s", "one run in its thread, s"),
        ("pass_alone_ms", "a cycle's pass alone, median ms"), ("pass_beside_ms", "the same beside the run, median ms"),
        ("pass_beside_max_ms", "its slowest, ms"), ("wake_p99_ms", "late by, when woken beside it, p99 ms"),
        ("wake_max_ms", "at most, ms"),
    ):  # fmt: skip
        print(f"  {title:42} {row[key]:10.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(row, indent=1) + "\n")


if __name__ == "__main__":
    main()

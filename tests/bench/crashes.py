"""Real crashes with and without Scram: what is mended, what it costs, and what became of those whom nobody guarded.

`python3 packaging/dev.py bench crashes --candles PATH [--json FILE] [--readme] [--seeds N] [--templates NAME ...]`.
PATH is a parquet file of five-minute candles or a folder of them. Plain diversified books (four accounts of twelve
coins, two of them with a quarter of the coins short) at leverage 3 and 6, and a twin of each that Scram does not know,
live through each crash; every shipped template of limits guards them in turn, with automatic mitigation armed and
nobody at the desk. `--readme` puts the table into README.md, between its two marks.

A breach counts as *mended* where its limit asks for an act, that act ran without a person, and the venue, read again,
proved it: the metric back inside, or - a fall from the peak cannot be sold away - the exposure reduced as planned. A
stop counts as not mended. What cleared before anything was done is counted apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, product
from pathlib import Path
from statistics import mean

from tests.bench._crash_run import Case, run
from tests.bench._crash_tale import Tale
from tests.core.engine.candles import read_candles

TEMPLATES = ("conservative", "market-neutral", "directional")
LEVERAGES = (3.0, 6.0)
SEEDS = 5
HOURS_BEFORE, HOURS_AFTER = 5.0, 1.0
README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- crashes: begin -->", "<!-- crashes: end -->"
HEADER = (
    "| crash | template | leverage | breaches mended | deepest fall, guarded / not | liquidated, guarded / not | paid "
    "| breach to first order p50 / p99 |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Job:
    path: Path
    template: str
    leverage: float
    seed: int


def live(job: Job) -> Tale:
    candles = read_candles(job.path).around_the_low(HOURS_BEFORE, HOURS_AFTER)
    with asyncio.Runner() as runner:
        return runner.run(run(Case(candles, job.template, job.leverage, job.seed)))


@dataclass(frozen=True)
class Row:
    """All seeds of one crash, template and leverage."""

    tales: Sequence[Tale]

    @property
    def mended(self) -> tuple[int, int]:
        """Mended without a person, and all that asked for an act and did not go away by themselves."""
        counts = sum((Counter(tale.verdicts) for tale in self.tales), Counter[str]())
        return counts["mended"], counts["mended"] + counts["not mended"]

    @property
    def waits_s(self) -> list[float]:
        return sorted(wait_s for tale in self.tales for wait_s in tale.to_order_s)

    def line(self) -> str:
        first = self.tales[0]
        done, asked = self.mended
        share = f"{done / asked:.0%} ({done:,} of {asked:,})" if asked else "none asked for an act"
        falls = f"{max(row.drawdown for row in self.tales):.1%} / {max(row.twin_drawdown for row in self.tales):.1%}"
        gone = f"{sum(row.liquidated for row in self.tales)} / {sum(row.twins_liquidated for row in self.tales)}"
        paid, turnover = mean(row.cost for row in self.tales), sum(row.turnover for row in self.tales)
        cost = f"{paid:,.0f} USD, {sum(row.cost for row in self.tales) / turnover:.2%}" if turnover else "nothing"
        waits_s = self.waits_s
        wait = f"{_at(waits_s, 0.5):.1f} / {_at(waits_s, 0.99):.1f} s" if waits_s else "-"
        cells = (first.candles, first.template, f"{first.leverage:.0f}", share, falls, gone, cost, wait)
        return f"| {' | '.join(cells)} |"


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def rows_of(tales: Iterable[Tale]) -> Iterator[Row]:
    def key(tale: Tale) -> tuple[str, str, float]:
        return tale.candles, tale.template, tale.leverage

    for _, group in groupby(sorted(tales, key=key), key):
        yield Row(list(group))


def table_of(rows: Sequence[Row]) -> str:
    done, asked = (sum(row.mended[place] for row in rows) for place in (0, 1))
    waits_s = sorted(wait_s for row in rows for wait_s in row.waits_s)
    share = f" ({done / asked:.1%})" if asked else ""
    last = [f"{done:,} of {asked:,} breaches that asked for an act were mended without a person{share}."]
    proposed = sum(tale.stops_proposed for row in rows for tale in row.tales)
    if proposed:
        last.append(f"For {proposed:,} of these a stop is proposed besides, because the fall itself stays what it is.")
    alone = sum(tale.verdicts.get("by itself", 0) for row in rows for tale in row.tales)
    last.append(f"{alone:,} more cleared before anything was done; {_stops(rows)} fired a stop.")
    if waits_s:
        last.append(f"Breach to first order: p50 {_at(waits_s, 0.5):.1f} s, p99 {_at(waits_s, 0.99):.1f} s.")
    return "\n".join([HEADER, *(row.line() for row in rows), "", " ".join(last)])


def _stops(rows: Sequence[Row]) -> str:
    count = sum(tale.stops for row in rows for tale in row.tales)
    return f"{count:,}" if count else "none"


def into_readme(table: str) -> None:
    text = README.read_text("utf-8")
    before, mark, rest = text.partition(BEGIN)
    if not mark or END not in rest:
        sys.exit(f"README.md has no place for the table: it goes between {BEGIN} and {END}")
    README.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--candles", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--templates", nargs="+", choices=TEMPLATES, default=TEMPLATES)
    parser.add_argument("--leverages", nargs="+", type=float, default=LEVERAGES)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args()
    paths = sorted(given.candles.glob("*.parquet")) if given.candles.is_dir() else [given.candles]
    jobs = [
        Job(path, *rest) for path, *rest in product(paths, given.templates, given.leverages, range(1, given.seeds + 1))
    ]
    tales: list[Tale] = []
    with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        for tale in pool.imap_unordered(live, jobs):
            tales.append(tale)
            print(
                f"{len(tales)}/{len(jobs)} {tale.candles} {tale.template} x{tale.leverage:.0f} seed {tale.seed}: "
                f"{dict(tale.verdicts)}, not mended {dict(tale.not_mended)}, stops {tale.stops}, {dict(tale.plans)}, "
                f"fall {tale.drawdown:.1%} / {tale.twin_drawdown:.1%}",
                file=sys.stderr, flush=True,
            )  # fmt: skip
    table = table_of(list(rows_of(tales)))
    print(table)
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(tale) for tale in tales], indent=1), "utf-8")
    if given.readme:
        into_readme(table)


if __name__ == "__main__":
    main()

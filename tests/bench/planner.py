"""Plans of reductions over books of growing size, beside the same share of every position.

`python3 packaging/dev.py bench planner [--json FILE] [--positions N] [--times N]`. Every book is hedged in parts, with
visible books of thirty levels at five venues; three limits of the portfolio and one of every twentieth account are
breached at once. Reported are the seconds of a plan (median and 95th of a hundred), what it costs above the least that
any plan could (the programme's bound without lots), how much dearer a proportional cut to the same leverage is and by
how much that lets hedges come undone, and how long the loop stood still while the plan was made in a thread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from core.domain import PORTFOLIO, Leg, Scope, ScopeKind, Trust
from core.mitigation.plan import PlanInputs, PlanPosition, PlanTerms, VisibleBook
from core.mitigation.planner import make_plan
from core.mitigation.planning import programme
from core.mitigation.planning.columns import PositionRows, columns_of
from core.mitigation.planning.goals import goals_of
from core.mitigation.planning.solving import draft_of
from core.mitigation.planning.units import LeftOut
from core.mitigation.planning.warm import warm_up

LEVERAGE, WANTED = 6.0, 4.0


def made(count: int, seed: int = 1) -> tuple[PlanInputs, list[PlanTerms]]:
    rng = np.random.default_rng(seed)
    accounts, coins = max(2, count // 10), min(100, max(40, count // 20))
    marks = rng.uniform(1.0, 1_000.0, coins)
    books = {key: book(rng, float(marks[key[0]])) for key in np.ndindex(coins, 5, 2)}
    rows: dict[tuple[int, int], PlanPosition] = {}
    while len(rows) < count:
        who, coin = int(rng.integers(accounts)), int(rng.integers(coins))
        quantity = round(float(rng.normal()) * 10_000.0 / float(marks[coin]), 3) or 0.001
        notional, venue = quantity * float(marks[coin]), who % 5
        rows[who, coin] = PlanPosition(
            f"a{who}", f"C{coin}/USDT:USDT", f"s{who % 7}", quantity, notional, float(marks[coin]), 1e-3, 1e-3, True,
            quantity, Leg.NET, f"v{venue}", f"C{coin}", "USDT", abs(notional) * 0.1, abs(notional) * 0.05,
            fee=0.0004, book=books[coin, venue, int(quantity < 0.0)],
        )  # fmt: skip
    held = list(rows.values())
    gross = math.fsum(abs(row.notional) for row in held)
    equity = {PORTFOLIO: gross / LEVERAGE}
    net = math.fsum(row.notional for row in held)
    terms = [
        PlanTerms("leverage", LEVERAGE, WANTED),
        PlanTerms("margin_use", 0.1 * LEVERAGE, 0.09 * WANTED),
        PlanTerms("net_exposure", net, 0.5 * abs(net)),
    ]
    for who in range(0, accounts, 20):
        mine = math.fsum(abs(row.notional) for row in held if row.account == f"a{who}")
        if mine:
            scope = Scope(ScopeKind.ACCOUNT, f"a{who}")
            equity[scope] = mine / 8.0
            terms.append(PlanTerms("leverage", 8.0, 5.0, scope=scope))
    return PlanInputs(PositionRows(columns_of(held)), Trust.TRUSTED, 0.0, "USD", PORTFOLIO, (), equity), terms


def book(rng: np.random.Generator, mark: float) -> VisibleBook:
    amount = np.cumsum(rng.exponential(4_000.0, 30))
    off = np.cumsum(rng.exponential(2e-4, 30))
    cost = np.cumsum(np.diff(amount, prepend=0.0) * off)
    return VisibleBook(tuple((amount / mark).tolist()), tuple(cost.tolist()))


def gap(inputs: PlanInputs, terms: list[PlanTerms]) -> float:
    """What a plan costs above the programme's bound, every level of every book told apart."""
    goals = [goal for one in terms for goal in goals_of(one, inputs, evaluated=False)]
    columns = columns_of(inputs.positions)
    cost = draft_of(columns, inputs, goals, LeftOut()).cost
    pieces, programme.PIECES_AT_ONCE = programme.PIECES_AT_ONCE, 10**9
    try:
        least = draft_of(columns, inputs, goals, LeftOut()).least_cost
    finally:
        programme.PIECES_AT_ONCE = pieces
    return cost / least - 1.0


def proportional(inputs: PlanInputs) -> tuple[float, float, float]:
    """The same share of every position: seconds, cost, and net exposure by underlying that it adds in accounts."""
    began = time.perf_counter()
    share = 1.0 - 0.99 * WANTED / LEVERAGE
    cut: dict[tuple[str, str], float] = {}
    for row in inputs.positions:
        quantity = min(abs(row.quantity), math.ceil(share * abs(row.quantity) / 1e-3) * 1e-3)
        cut[row.account, row.symbol] = quantity * row.mark
    took_s = time.perf_counter() - began
    columns = columns_of(inputs.positions)
    goals = goals_of(PlanTerms("leverage", LEVERAGE, WANTED), inputs, evaluated=False)
    draft = draft_of(columns, inputs, goals, LeftOut())
    amounts = np.array(
        [cut[columns.account.at(int(row)), columns.symbol_at(int(row))] for row in draft.units.row], dtype=np.float64
    )
    return took_s, draft.curves.total(amounts), draft.cost


async def stall_ms(inputs: PlanInputs, terms: list[PlanTerms]) -> float:
    """The longest that the loop did not come round while the plan was made in a thread."""
    task = asyncio.create_task(asyncio.to_thread(make_plan, inputs, terms))
    longest, last = 0.0, time.perf_counter()
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await task
    return longest * 1000.0


def measure(count: int, times: int) -> dict[str, Any]:
    inputs, terms = made(count)
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        plan = make_plan(inputs, terms)
        taken.append(time.perf_counter() - began)
    took_s, cost_all, cost_one = proportional(inputs)
    return {
        "positions": count,
        "limits": len(terms),
        "p50_s": float(np.median(taken)),
        "p95_s": float(np.percentile(taken, 95)),
        "feasible": plan.feasible,
        "reductions": len(plan.reductions),
        "gap": gap(inputs, terms),
        "proportional_s": took_s,
        "proportional_dearer": cost_all / cost_one,
        "stall_ms": asyncio.run(stall_ms(inputs, terms)),
        "sentence": plan.sentence,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench planner")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--positions", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--times", type=int, default=20)
    arguments = parser.parse_args()
    warm_up()
    titles = {
        "positions": 10, "limits": 7, "p50 s": 8, "p95 s": 8, "above bound": 12, "stall ms": 9, "same share s": 13,
        "it costs x": 11,
    }  # fmt: skip
    print(*(f"{title:>{width}}" for title, width in titles.items()))
    rows = []
    for count in arguments.positions:
        row = measure(count, arguments.times)
        rows.append(row)
        print(f"{row['positions']:10,} {row['limits']:7} {row['p50_s']:8.3f} {row['p95_s']:8.3f} {row['gap']:12.4%}"
              f" {row['stall_ms']:9.1f} {row['proportional_s']:13.3f} {row['proportional_dearer']:11.2f}",
              flush=True)  # fmt: skip
        print(f"  {row['sentence']}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""The planner beside every combination of lots there is: as cheap, as safe, and as honest about what cannot be done."""

from __future__ import annotations

import random

import numpy as np
import pytest

from core.domain import PORTFOLIO, Leg, Scope
from core.mitigation.plan import Plan, PlanInputs, PlanPosition, PlanTerms
from core.mitigation.planner import make_plan
from tests.core.mitigation.planning.books import account, inputs_of, position, visible
from tests.core.mitigation.planning.brute import Grid, belongs, choices, costs_of, grid_of, value

METRICS = ("leverage", "margin_use", "gross_exposure", "net_exposure", "largest_position_share")
# By name the same in every process that the suite is spread over; a failure shows the number.
FRESH = [pytest.param(random.randrange(10**6, 10**9), id=f"fresh-{number}") for number in range(12)]
SEEDS = [*range(80), *FRESH]
COMBINATIONS = 60_000


def small_book(rng: np.random.Generator) -> tuple[list[PlanPosition], dict[Scope, float]]:
    count = int(rng.integers(2, 7))
    lots = max(2, int(COMBINATIONS ** (1.0 / count)) - 2)
    rows: list[PlanPosition] = []
    marks = {"BTC": 100.0, "ETH": 37.0, "SOL": 9.0}
    books = {
        (coin, side): visible(rng, mark, float(rng.uniform(200.0, 4_000.0))) if rng.random() < 0.8 else None
        for coin, mark in marks.items()
        for side in (True, False)
    }
    taken: set[tuple[str, str, bool]] = set()
    while len(rows) < count:
        name, coin = str(rng.choice(["a", "b"])), str(rng.choice(list(marks)))
        sign = -1.0 if rng.random() < 0.45 else 1.0
        if (name, coin, sign > 0) in taken:
            break
        taken.add((name, coin, sign > 0))
        steps = int(rng.integers(1, min(lots, 12) + 1))
        step = float(rng.choice([0.1, 1.0, 2.0]))
        size = round(step * steps + (0.5 * step if rng.random() < 0.15 else 0.0), 3)
        least = step * float(rng.choice([1, 1, 2]))
        rows.append(
            position(
                name, coin, sign * size, mark=marks[coin], step=step, least=least, may_act=rng.random() < 0.9,
                leg=Leg.LONG if sign > 0 else Leg.SHORT, book=books[coin, sign > 0],
                fee=float(rng.uniform(2e-4, 1e-3)), margin=float(rng.uniform(0.05, 0.3)),
            )
        )  # fmt: skip
    whole = sum(abs(row.notional) for row in rows)
    equity = {PORTFOLIO: whole / float(rng.uniform(2.0, 8.0))}
    for name in ("a", "b"):
        equity[account(name)] = max(1.0, sum(abs(row.notional) for row in rows if row.account == name) / 4.0)
    return rows, equity


def asked(rng: np.random.Generator, rows: list[PlanPosition], equity: dict[Scope, float]) -> list[PlanTerms]:
    """One to three breaches, each of which asks for between a twentieth and four fifths off."""
    now = grid_of(rows, lambda _: False)
    scopes = [PORTFOLIO, *(account(name) for name in sorted({row.account for row in rows}))]
    out: dict[tuple[Scope, str], PlanTerms] = {}
    for _ in range(int(rng.integers(1, 4))):
        scope, metric = scopes[int(rng.integers(len(scopes)))], str(rng.choice(METRICS))
        before = float(value(now, scope, metric, equity)[0])
        if before > 0.0:
            told = before
            if metric == "net_exposure":
                told = float(now.net(belongs(scope))[0])
            out[scope, metric] = PlanTerms(metric, told, before * float(rng.uniform(0.2, 0.95)), scope=scope)
    return list(out.values())


def met(grid: Grid, terms: list[PlanTerms], equity: dict[Scope, float], inside: float) -> np.ndarray:
    good = grid.hedged()
    for one in terms:
        assert one.scope is not None
        good &= value(grid, one.scope, one.metric, equity) <= one.clear_level * (1.0 - inside) * (1.0 + 1e-6)
    return good


def optimum(rows: list[PlanPosition], terms: list[PlanTerms], equity: dict[Scope, float]) -> float:
    """The least cost, with cuts elsewhere only where there is no other way; infinite where there is none at all."""
    mine = [belongs(one.scope) for one in terms if one.scope is not None]
    own = grid_of(rows, lambda row: any(test(row) for test in mine))
    for grid in (own, grid_of(rows, lambda row: any(test(row) for test in mine) or _leg(row, rows, mine))):
        good = met(grid, terms, equity, 0.01)
        if good.any():
            return float(grid.cost[good].min())
    return float("inf")


def _leg(row: PlanPosition, rows: list[PlanPosition], mine: list) -> bool:
    """Whether it is the other leg of something that may be cut."""
    return any(
        any(test(other) for test in mine)
        and len(choices(other)) > 1
        and other.underlying == row.underlying
        and other.quantity * row.quantity < 0
        for other in rows
    )


def as_grid(plan: Plan, rows: list[PlanPosition]) -> Grid:
    """The plan as the only combination."""
    cut = {(row.account, row.symbol, row.side.sign): row.quantity for row in plan.reductions}
    amounts = np.array([[cut.get((row.account, row.symbol, -int(np.sign(row.quantity))), 0.0) for row in rows]])
    return costs_of(rows, amounts)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_costs_what_the_best_combination_of_lots_costs_and_keeps_every_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, equity = small_book(rng)
    terms = asked(rng, rows, equity)
    if not terms:
        return
    inputs: PlanInputs = inputs_of(rows, equity)
    plan = make_plan(inputs, terms)
    best = optimum(rows, terms, equity)
    here = as_grid(plan, rows)
    assert here.hedged().all()
    if np.isinf(best):
        assert not plan.feasible, plan.sentence
        return
    assert plan.feasible, (plan.sentence, best)
    assert met(here, terms, equity, 0.0).all()
    assert plan.cost == pytest.approx(float(here.cost[0]), rel=1e-6)
    assert plan.cost <= best * 1.01 + 1e-9, (plan.cost / best, plan.sentence)

"""What a plan looks at, one rule at a time."""

from __future__ import annotations

import math
import random
from collections import defaultdict

import numpy as np
import pytest

from core.domain import PORTFOLIO, Leg, Scope, Severity, Side
from core.mitigation.plan import EXPOSURE_METRICS, MarginTerms, Plan, PlanInputs, PlanLimit, PlanTerms, ScaleTerms
from core.mitigation.planner import make_plan
from core.mitigation.planning.columns import columns_of
from core.mitigation.planning.goals import goals_of
from core.mitigation.planning.ledger import FOLLOWS
from core.mitigation.planning.solving import draft_of
from core.mitigation.planning.units import LeftOut
from tests.core.mitigation.planning.books import VisibleBook, account, inputs_of, position, random_rows

CHEAP = VisibleBook((1e6,), (100.0,))
"""A ten-thousandth of a per cent."""


def at_cost(rate: float, mark: float = 100.0) -> VisibleBook:
    return VisibleBook((1e6,), (1e6 * mark * rate,))


def cuts(plan: Plan) -> dict[tuple[str, str], float]:
    return {(row.account, row.symbol.partition("/")[0]): row.quantity for row in plan.reductions}


def test_metrics_that_a_plan_aims_at_are_those_that_a_mitigation_is_verified_by() -> None:
    assert FOLLOWS == EXPOSURE_METRICS


# What it costs


def test_what_is_cheap_to_leave_goes_first_by_spread_book_and_fee() -> None:
    rows = [
        position("a", "BTC", book=at_cost(2e-3)),
        position("a", "ETH", book=at_cost(1e-4)),
        position("a", "SOL", book=at_cost(1e-4), fee=5e-3),
    ]
    plan = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 3_000.0, 2_600.0))
    assert set(cuts(plan)) == {("a", "ETH")}
    assert plan.cost == pytest.approx(plan.notional * (1e-4 + 5e-4), rel=1e-6)


def test_fees_count_in_books_of_any_size() -> None:
    rows = [
        position("a", f"C{number}", book=at_cost(1e-4), fee=1e-4 if number % 2 else 2e-3) for number in range(100)
    ]  # fmt: skip
    plan = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 100_000.0, 70_000.0))
    assert plan.cost == pytest.approx(plan.notional * 2e-4, rel=1e-6)


def test_a_position_is_cut_only_as_far_as_its_book_stays_the_cheapest() -> None:
    thin = VisibleBook((4.0, 1e6), (0.04, 1e6 * 100.0 * 0.01))
    rows = [position("a", "BTC", book=thin), position("a", "ETH", book=at_cost(2e-3))]
    plan = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 2_000.0, 1_515.0))
    assert cuts(plan) == {("a", "BTC"): 2.0, ("a", "ETH"): 4.0}  # half of the first level is left for others


def test_accounts_that_leave_through_one_book_share_what_is_in_it() -> None:
    thin = VisibleBook((8.0, 1e6), (0.08, 1e6 * 100.0 * 0.01))
    rows = [
        position("a", "BTC", book=thin), position("b", "BTC", book=thin), position("c", "ETH", book=at_cost(2e-3)),
    ]  # fmt: skip
    plan = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 3_000.0, 2_330.0))
    assert sum(quantity for (_, coin), quantity in cuts(plan).items() if coin == "BTC") == 4.0
    assert cuts(plan)["c", "ETH"] == 3.0


def test_what_has_no_book_goes_after_what_is_known_to_be_cheap_and_is_not_free() -> None:
    rows = [position("a", "BTC"), position("a", "ETH", book=at_cost(1e-3))]
    plan = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 2_000.0, 1_500.0))
    assert set(cuts(plan)) == {("a", "ETH")}
    blind = make_plan(inputs_of(rows[:1]), PlanTerms("gross_exposure", 1_000.0, 500.0))
    assert blind.cost == pytest.approx(blind.notional * 0.003)


# What is asked for


def test_breaches_of_a_scope_and_of_its_parents_are_mended_by_one_plan() -> None:
    rows = [position("a", "BTC", 20.0), position("a", "ETH", 10.0), position("b", "BTC", 10.0)]
    equity = {PORTFOLIO: 1_000.0, account("a"): 500.0}
    terms = [
        PlanTerms("leverage", 4.0, 3.0, scope=PORTFOLIO),
        PlanTerms("leverage", 6.0, 4.0, scope=account("a")),
        PlanTerms("largest_position_share", 0.75, 0.7, scope=PORTFOLIO),
    ]
    plan = make_plan(inputs_of(rows, equity), terms)
    assert plan.feasible
    effects = {(effect.scope, effect.metric): effect for effect in plan.effects}
    for one in terms:
        effect = effects[one.scope, one.metric]
        assert effect.met
        assert effect.after <= one.clear_level
    assert "portfolio leverage 4 to" in plan.sentence
    assert "account:a leverage 6 to" in plan.sentence


def test_a_strategys_breach_is_mended_from_its_own_part_of_a_shared_position() -> None:
    rows = [
        position("a", "BTC", 6.0, strategy="mine", venue_quantity=10.0),
        position("a", "BTC", 4.0, strategy="other", venue_quantity=10.0),
    ]
    plan = make_plan(inputs_of(rows, scope=Scope.parse("strategy:mine")), PlanTerms("gross_exposure", 600.0, 304.0))
    assert [(row.strategy, row.quantity) for row in plan.reductions] == [("mine", 3.0)]


def test_two_strategies_together_never_take_more_than_the_venue_holds() -> None:
    rows = [
        position("a", "BTC", part, strategy=name, venue_quantity=8.0)
        for name, part in (("one", 6.0), ("two", 6.0), ("against", -4.0))
    ]
    terms = [PlanTerms("gross_exposure", 600.0, 0.0, scope=Scope.parse(f"strategy:{name}")) for name in ("one", "two")]
    plan = make_plan(inputs_of(rows), terms)
    assert sum(row.quantity for row in plan.reductions) == 8.0
    assert not plan.feasible


def test_what_is_cut_of_a_position_is_shared_out_over_its_strategies_in_whole_lots() -> None:
    rows = [
        position("a", "BTC", 70.0, strategy="big", venue_quantity=100.0),
        position("a", "BTC", 30.0, strategy="small", venue_quantity=100.0),
    ]
    plan = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 10_000.0, 5_050.0))
    assert {row.strategy: row.quantity for row in plan.reductions} == {"big": 36.0, "small": 15.0}
    assert all(row.held == 100.0 for row in plan.reductions)


def test_a_herfindahl_index_comes_down_by_cutting_what_is_large() -> None:
    rows = [position("a", "BTC", 60.0), position("a", "ETH", 20.0), position("a", "SOL", 20.0)]
    before = (0.6**2 + 2 * 0.2**2) / 1.0
    plan = make_plan(inputs_of(rows), PlanTerms("underlying_herfindahl", before, 0.38))
    assert set(cuts(plan)) == {("a", "BTC")}
    left = np.array([60.0 - cuts(plan)["a", "BTC"], 20.0, 20.0])
    assert 0.36 < (left**2).sum() / left.sum() ** 2 <= 0.38
    assert plan.feasible


def test_an_index_that_no_cut_brings_so_low_comes_as_low_as_it_can() -> None:
    rows = [position("a", "BTC", 80.0), position("b", "ETH", 120.0), position("c", "ETH", -90.0)]
    before = (80.0**2 + 30.0**2) / 110.0**2
    plan = make_plan(inputs_of(rows), PlanTerms("underlying_herfindahl", before, 0.45))
    assert not plan.feasible
    assert 0.5 <= plan.expected < 0.505


def test_a_strategys_part_is_told_apart_although_its_account_is_asked_about_too() -> None:
    rows = [
        position("a", "BTC", part, strategy=name, venue_quantity=10.0) for name, part in (("one", 6.0), ("two", 4.0))
    ]  # fmt: skip
    terms = [
        PlanTerms("gross_exposure", 600.0, 304.0, scope=Scope.parse("strategy:one")),
        PlanTerms("gross_exposure", 1_000.0, 900.0),
    ]
    assert [(row.strategy, row.quantity) for row in make_plan(inputs_of(rows), terms).reductions] == [("one", 3.0)]


def test_margin_is_freed_where_it_costs_least_for_each_unit_of_it() -> None:
    rows = [
        position("a", "BTC", 10.0, margin=0.02, book=at_cost(1e-4)),
        position("a", "ETH", 10.0, margin=0.5, book=at_cost(1e-3)),
    ]
    inputs = inputs_of(rows, {PORTFOLIO: 600.0, account("a"): 600.0}, account("a"))
    plan = make_plan(inputs, MarginTerms(margin_use=0.5))
    assert set(cuts(plan)) == {("a", "ETH")}
    use = (20.0 + 500.0 - cuts(plan)["a", "ETH"] * 50.0) / (600.0 - plan.cost)
    assert 0.4 < use <= 0.5
    free = make_plan(inputs, MarginTerms(free_margin=300.0))
    assert 300.0 <= 600.0 - 520.0 + cuts(free)["a", "ETH"] * 50.0 - free.cost < 360.0


def test_a_scope_is_scaled_position_by_position_and_what_it_holds_in_coins_stays() -> None:
    rows = [
        position("a", "BTC", 10.0), position("a", "ETH", -6.0, mark=50.0), position("b", "BTC", 8.0),
        position("a", "SOL", 5.0, is_coin=True),
    ]  # fmt: skip
    plan = make_plan(inputs_of(rows, scope=account("a")), ScaleTerms(0.5))
    assert cuts(plan) == {("a", "BTC"): 5.0, ("a", "ETH"): 3.0}
    flat = make_plan(inputs_of(rows, scope=account("a")), ScaleTerms(0.0))
    assert cuts(flat) == {("a", "BTC"): 10.0, ("a", "ETH"): 6.0}
    assert plan.feasible
    assert flat.feasible


# Hedges


def test_the_hedge_of_a_coin_that_is_held_stays() -> None:
    rows = [position("a", "BTC", 10.0, is_coin=True), position("a", "BTC", -10.0), position("a", "ETH", 10.0)]
    plan = make_plan(inputs_of(rows, 500.0), PlanTerms("leverage", 6.0, 5.0))
    assert set(cuts(plan)) == {("a", "ETH")}
    only = make_plan(inputs_of(rows[:2], 500.0), PlanTerms("leverage", 4.0, 3.0))
    assert only.reductions == ()
    assert not only.feasible
    assert "strip a hedge" in only.sentence


def test_an_account_keeps_its_hedge_although_the_portfolio_would_be_none_the_worse() -> None:
    """In all, BTC is long by far, so that less of the cheap long leg would look like less risk."""
    rows = [
        position("a", "BTC", 10.0, leg=Leg.LONG, book=CHEAP),
        position("a", "BTC", -10.0, leg=Leg.SHORT, book=at_cost(2e-3)),
        position("c", "BTC", 100.0, may_act=False),
    ]
    plan = make_plan(inputs_of(rows, {account("a"): 500.0}, account("a")), PlanTerms("leverage", 4.0, 3.0))
    assert {row.side: row.quantity for row in plan.reductions} == {Side.SELL: 3.0, Side.BUY: 3.0}


def test_both_legs_of_a_hedge_are_cut_together_and_say_that_they_are_a_pair() -> None:
    rows = [position("a", "BTC", 10.0), position("b", "BTC", -10.0)]
    plan = make_plan(inputs_of(rows, 500.0), PlanTerms("leverage", 4.0, 3.0))
    assert cuts(plan) == {("a", "BTC"): 3.0, ("b", "BTC"): 3.0}
    assert {row.pair for row in plan.reductions} == {"BTC"}
    assert {row.side for row in plan.reductions} == {Side.BUY, Side.SELL}


def test_an_account_is_mended_with_the_other_leg_elsewhere_and_not_without_it() -> None:
    rows = [position("a", "BTC", 10.0), position("b", "BTC", -10.0), position("c", "ETH", 10.0)]
    inputs = inputs_of(rows, {account("a"): 200.0}, account("a"))
    plan = make_plan(inputs, PlanTerms("leverage", 5.0, 4.0))
    assert plan.feasible
    assert cuts(plan) == {("a", "BTC"): 3.0, ("b", "BTC"): 3.0}
    watched = [rows[0], position("b", "BTC", -10.0, may_act=False), rows[2]]
    alone = make_plan(inputs_of(watched, {account("a"): 200.0}, account("a")), PlanTerms("leverage", 5.0, 4.0))
    assert not alone.feasible
    assert alone.reductions == ()


def test_nothing_is_touched_elsewhere_where_the_scope_can_do_it_alone() -> None:
    rows = [position("a", "BTC", 10.0), position("b", "BTC", -4.0, book=CHEAP)]
    plan = make_plan(inputs_of(rows, {account("a"): 200.0}, account("a")), PlanTerms("leverage", 5.0, 4.0))
    assert plan.accounts == {"a"}


# Other limits


def limit(metric: str, value: float, threshold: float, scope: Scope = PORTFOLIO, **more: object) -> PlanLimit:
    return PlanLimit(scope, metric, value, threshold, 0.95 * threshold, **more)  # type: ignore[arg-type]


def test_a_limit_that_is_kept_is_not_breached_by_the_plan() -> None:
    rows = [position("a", "BTC", 10.0, book=CHEAP), position("a", "ETH", -10.0, book=at_cost(1e-3))]
    terms = PlanTerms("gross_exposure", 2_000.0, 1_500.0)
    free = make_plan(inputs_of(rows), terms)
    assert set(cuts(free)) == {("a", "BTC")}
    kept = make_plan(inputs_of(rows, limits=[limit("net_exposure", 0.0, 220.0)]), terms)
    net = -sum(row.notional * row.side.sign * -1.0 for row in kept.reductions)
    assert kept.feasible
    assert abs(net) < 220.0
    assert any(effect.metric == "net_exposure" and effect.met for effect in kept.effects)


def test_a_share_that_is_kept_is_not_breached_by_making_the_whole_smaller() -> None:
    rows = [position("a", "BTC", 10.0, book=at_cost(1e-3)), position("a", "ETH", 10.0, book=CHEAP)]
    terms = PlanTerms("gross_exposure", 2_000.0, 1_500.0)
    plan = make_plan(inputs_of(rows, limits=[limit("largest_position_share", 0.5, 0.6)]), terms)
    left = {coin: 1_000.0 - 100.0 * cuts(plan).get(("a", coin), 0.0) for coin in ("BTC", "ETH")}
    assert plan.feasible
    assert max(left.values()) / sum(left.values()) < 0.6


def test_a_limit_that_is_breached_already_and_not_asked_about_does_not_get_worse() -> None:
    rows = [position("a", "BTC", 10.0, book=at_cost(1e-3)), position("a", "ETH", -5.0, book=CHEAP)]
    told = limit("net_exposure", 500.0, 400.0, severity=Severity.LOW)
    plan = make_plan(inputs_of(rows, limits=[told]), PlanTerms("gross_exposure", 1_500.0, 1_200.0))
    assert plan.feasible
    assert cuts(plan)["a", "BTC"] >= cuts(plan).get(("a", "ETH"), 0.0)  # the net is 500 or less
    assert make_plan(inputs_of(rows), PlanTerms("gross_exposure", 1_500.0, 1_200.0)).cost < plan.cost


# Lots and minimums


def test_no_order_is_below_the_least_value_and_no_dust_is_left() -> None:
    rows = [position("a", "BTC", 10.0, notional_min=450.0)]
    small = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 1_000.0, 900.0))
    assert cuts(small) == {("a", "BTC"): 5.0}
    large = make_plan(inputs_of(rows), PlanTerms("gross_exposure", 1_000.0, 300.0))
    assert cuts(large) == {("a", "BTC"): 10.0}


def test_a_strategys_part_that_no_order_can_close_is_named() -> None:
    rows = [
        position("a", "BTC", 0.5, strategy="small", step=0.1, venue_quantity=5.0),
        position("a", "BTC", 4.5, strategy="big", step=0.1, venue_quantity=5.0),
    ]
    scope = Scope.parse("strategy:small")
    plan = make_plan(inputs_of(rows, scope=scope), PlanTerms("gross_exposure", 50.0, 20.0))
    assert plan.reductions == ()
    assert not plan.feasible
    assert plan.left_out == ("1 position left out (50 USD): the part to close is below the venue's smallest order",)


def test_lots_of_two_legs_that_do_not_fit_leave_the_hedge_within_half_a_lot() -> None:
    rows = [position("a", "BTC", 10.0, step=0.1, least=0.1), position("b", "BTC", -10.0, step=0.3, least=0.3)]
    plan = make_plan(inputs_of(rows, 500.0), PlanTerms("leverage", 4.0, 3.0))
    assert plan.feasible
    one, other = cuts(plan)["a", "BTC"], cuts(plan)["b", "BTC"]
    assert abs(one - other) <= 0.1 + 1e-9  # a hundredth of what is hedged, which is less than half a lot


def test_legs_that_no_lots_bring_together_are_left_alone() -> None:
    rows = [position("a", "BTC", 10.0, step=1.0), position("b", "BTC", -10.0, step=7.0, least=7.0)]
    plan = make_plan(inputs_of(rows, 500.0), PlanTerms("leverage", 4.0, 3.0))
    assert abs(cuts(plan).get(("a", "BTC"), 0.0) - cuts(plan).get(("b", "BTC"), 0.0)) <= 0.1


# Large books


@pytest.mark.parametrize("seed", [1, 2, pytest.param(random.randrange(10**6, 10**9), id="fresh")])
def test_large_random_books_are_planned_by_every_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 2_500, 300, 40, watched=0.1)
    gross = math.fsum(abs(size) for size in venues_of(rows).values())
    equity = {PORTFOLIO: gross / 6.0}
    limits = []
    for name in {row.account for row in rows}:
        net = math.fsum(size for key, size in venues_of(rows).items() if key[0] == name)
        limits.append(limit("net_exposure", net, 1.05 * abs(net) + 500.0, account(name)))
    inputs: PlanInputs = inputs_of(rows, equity, limits=limits)
    plan = make_plan(inputs, [PlanTerms("leverage", 6.0, 4.0), PlanTerms("gross_exposure", gross, 0.7 * gross)])
    assert plan.feasible, (seed, plan.sentence)
    after = dict(venues_of(rows))
    held = {(row.account, row.symbol, row.strategy): row for row in rows}
    for cut in plan.reductions:
        row = held[cut.account, cut.symbol, cut.strategy]
        assert row.may_act
        assert cut.side.sign * row.quantity < 0.0
        assert 0.0 < cut.quantity <= abs(row.quantity) * (1.0 + 1e-9)
        lots = cut.quantity / 1e-3
        assert abs(lots - round(lots)) < 1e-4
        after[cut.account, row.underlying] += cut.side.sign * cut.quantity * row.mark
    keep_every_rule(venues_of(rows), after, limits, (plan.cost, equity[PORTFOLIO], gross), seed)


@pytest.mark.parametrize("seed", [3, pytest.param(random.randrange(10**6, 10**9), id="fresh")])
def test_whole_lots_cost_next_to_nothing_in_a_large_book(seed: int) -> None:
    rows = random_rows(np.random.default_rng(seed), 1_200, 60, 40)
    gross = math.fsum(abs(size) for size in venues_of(rows).values())
    net = math.fsum(venues_of(rows).values())
    inputs = inputs_of(rows, gross / 6.0)
    terms = [PlanTerms("leverage", 6.0, 4.0), PlanTerms("net_exposure", net, 0.5 * abs(net))]
    goals = [goal for one in terms for goal in goals_of(one, inputs, evaluated=False)]
    draft = draft_of(columns_of(inputs.positions), inputs, goals, LeftOut())
    assert draft.feasible, seed
    assert draft.cost <= draft.least_cost * 1.01, seed


def venues_of(rows: list) -> dict[tuple[str, str], float]:  # type: ignore[type-arg]
    """Notional of every position at a venue, by account and underlying."""
    return {(row.account, row.underlying): row.venue_quantity * row.mark for row in rows}


def keep_every_rule(
    before: dict[tuple[str, str], float], after: dict[tuple[str, str], float], limits: list[PlanLimit],
    money: tuple[float, float, float], seed: int,
) -> None:  # fmt: skip
    cost, equity, whole = money
    left = math.fsum(abs(size) for size in after.values())
    assert left / (equity - cost) <= 4.0
    assert left <= 0.7 * whole
    nets: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    accounts: defaultdict[str, float] = defaultdict(float)
    for key, size in before.items():
        assert after[key] * size >= -1e-6
        assert abs(after[key]) <= abs(size) * (1.0 + 1e-9) + 1e-6
        nets[key[1]][0] += size
        nets[key[1]][1] += after[key]
        accounts[key[0]] += after[key]
    for coin, (was, is_now) in nets.items():
        assert abs(is_now) <= abs(was) + 0.5, (seed, coin)
    for one in limits:
        assert abs(accounts[one.scope.name]) < one.threshold, (seed, one.scope)


def test_a_book_in_which_nothing_may_be_touched_says_so() -> None:
    rows = [position("a", "BTC", may_act=False), position("b", "ETH", mark=math.nan, leg=Leg.LONG)]
    plan = make_plan(inputs_of(rows, 200.0), PlanTerms("leverage", 5.0, 4.0))
    assert plan.reductions == ()
    assert not plan.feasible
    assert len(plan.left_out) == 2

from __future__ import annotations

import math
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import UNATTRIBUTED, Leg, Scope, ScopeKind, Side, Trust
from core.mitigation.plan import EXPOSURE_METRICS, Plan, PlanInputs, PlanPosition, PlanTerms
from core.mitigation.planner import make_plan

TREND = Scope(ScopeKind.STRATEGY, "trend")


def position(
    account: str = "alpha-1",
    symbol: str = "BTC/USDT:USDT",
    quantity: float = 2.0,
    *,
    strategy: str = "trend",
    mark: float = 50_000.0,
    step: float | None = 0.001,
    least: float | None = 0.001,
    may_act: bool = True,
    venue: float | None = None,
    leg: Leg = Leg.NET,
) -> PlanPosition:
    whole = quantity if venue is None else venue
    return PlanPosition(account, symbol, strategy, quantity, quantity * mark, mark, step, least, may_act, whole, leg)


def plan_for(*positions: PlanPosition, metric: str = "leverage", value: float = 6.0, clear: float = 4.0) -> Plan:
    return make_plan(PlanInputs(positions, Trust.TRUSTED, 0.0), PlanTerms(metric, value, clear))


def test_leverage_is_brought_just_inside_the_clearing_level() -> None:
    plan = plan_for(position(quantity=10.0), position(symbol="ETH/USDT:USDT", quantity=-100.0, mark=2_500.0))
    assert 0.98 * 4.0 < plan.expected < 0.99 * 4.0 * (1.0 + 1e-6)
    assert plan.feasible
    assert all(row.side is (Side.SELL if row.symbol.startswith("BTC") else Side.BUY) for row in plan.reductions)


def test_the_plan_says_in_one_sentence_what_it_does() -> None:
    plan = plan_for(position(), position(symbol="ETH/USDT:USDT"), position("alpha-2"), value=6.1)
    assert plan.sentence == "cut 2 positions in 2 accounts, $107k, about $320; leverage 6.1 to 3.96"


def test_a_drawdown_is_answered_with_the_share_that_the_limit_names_and_no_promise() -> None:
    terms = PlanTerms("drawdown_day", 0.2, 0.1, reduce_share=0.25)
    plan = make_plan(PlanInputs((position(quantity=4.0),), Trust.TRUSTED, 0.0), terms)
    assert plan.share == 0.25
    assert plan.reductions[0].quantity == 1.0
    assert math.isnan(plan.expected)
    assert "to" not in plan.sentence.split(";")[-1].split()


def test_accounts_that_are_watched_only_are_left_out_and_the_others_make_up_for_it() -> None:
    plan = plan_for(position(quantity=10.0), position("watched", quantity=10.0, may_act=False))
    assert plan.accounts == {"alpha-1"}
    assert plan.feasible
    assert plan.expected == pytest.approx(3.96, rel=1e-3)
    assert plan.left_out == ("1 position left out (500,000 USD): the account is watched only",)


def test_where_the_others_cannot_make_up_for_it_the_plan_says_how_far_it_gets() -> None:
    plan = plan_for(position(quantity=1.0), position("watched", quantity=10.0, may_act=False))
    assert not plan.feasible
    assert plan.reductions[0].quantity == 1.0
    assert plan.expected > 4.0
    assert plan.sentence.startswith(
        "no reduction can bring back leverage of portfolio (5.46 at best, 4 is needed): cut"
    )


def test_a_strategy_against_the_venues_net_position_is_left_out_and_named() -> None:
    rows = [position(quantity=10.0, venue=6.0), position(quantity=-4.0, venue=6.0, strategy="hedge")]
    plan = plan_for(*rows, metric="drawdown_day")
    (row,) = plan.reductions
    assert (row.strategy, row.side, row.quantity) == ("trend", Side.SELL, 3.0)  # half of the net of 6
    assert "strategy hedge is opposite to the venue's net position" in plan.left_out[0]


def test_a_strategys_own_plan_never_cuts_more_than_the_venue_holds() -> None:
    rows = [position(quantity=10.0, venue=2.0), position(quantity=-8.0, venue=2.0, strategy="hedge")]
    plan = make_plan(PlanInputs(rows, Trust.TRUSTED, 0.0, scope=TREND), PlanTerms("drawdown_day", 0.2, 0.1, 0.5))
    assert [(row.strategy, row.quantity) for row in plan.reductions] == [("trend", 2.0)]
    assert not plan.feasible


def test_a_strategy_whose_whole_position_is_against_the_venues_is_not_touched() -> None:
    plan = plan_for(position(quantity=-4.0, venue=6.0), metric="drawdown_day")
    assert plan.reductions == ()
    assert "closing it would enlarge the venue's position" in plan.left_out[0]
    assert not plan.feasible


def test_what_would_leave_less_than_the_smallest_order_is_closed_whole() -> None:
    plan = plan_for(position(quantity=0.5, step=0.1, least=0.4), metric="drawdown_day")
    assert plan.reductions[0].quantity == 0.5
    assert plan_for(position(quantity=0.5, step=0.1, least=1.0), value=math.inf).reductions[0].quantity == 0.5


def test_quantities_are_whole_steps_without_binary_dust() -> None:
    plan = plan_for(position(quantity=0.9, step=0.1, least=0.1), value=6.0, clear=4.0)
    assert plan.reductions[0].quantity == 0.4


def test_leverage_without_equity_closes_everything() -> None:
    plan = plan_for(position(), position("b", quantity=-7.0, symbol="ETH/USDT:USDT"), value=math.inf)
    assert plan.share == 1.0
    assert plan.feasible


def test_what_two_legs_of_one_account_hedge_does_not_come_undone() -> None:
    long = position(quantity=4.0, leg=Leg.LONG, step=0.01)
    short = position(quantity=-4.0, leg=Leg.SHORT, step=0.02)
    sides = {row.side: row.quantity for row in plan_for(long, short).reductions}
    assert sides == {Side.SELL: 1.38, Side.BUY: 1.38}


def test_strategies_that_cancel_each_other_out_leave_nothing_to_cut() -> None:
    rows = [position(quantity=part, strategy=f"s{part}", venue=5e-17) for part in (0.1, 0.2, -0.3)]
    plan = plan_for(*rows, metric="drawdown_day")
    assert plan.reductions == ()
    assert "the venue holds no such position" in plan.left_out[0]


def test_a_position_without_a_mark_is_left_out() -> None:
    plan = plan_for(position(mark=math.nan), position(symbol="ETH/USDT:USDT"))
    assert [row.symbol for row in plan.reductions] == ["ETH/USDT:USDT"]
    assert "no mark" in plan.left_out[0]


def test_what_nobody_can_value_may_be_the_other_leg_so_that_its_hedge_stays() -> None:
    plan = plan_for(position(quantity=5.0), position("alpha-2", quantity=-5.0, mark=math.nan), metric="gross_exposure")
    assert plan.reductions == ()
    same_side = plan_for(position(quantity=5.0), position("alpha-2", mark=math.nan), metric="drawdown_day")
    assert same_side.reductions


@pytest.mark.parametrize("value", [math.nan, 3.0])
def test_nothing_is_planned_on_a_value_that_is_unknown_or_inside(value: float) -> None:
    assert plan_for(position(), value=value).reductions == ()


QUANTITIES = st.floats(0.001, 1_000.0).map(lambda size: round(size, 3))
SIGNED = st.builds(lambda size, sign: size * sign, QUANTITIES, st.sampled_from([-1, 1]))


@st.composite
def books(draw: st.DrawFn) -> list[PlanPosition]:
    """Venue positions split over strategies, so that the rows of each add up to what the venue holds, or part of it."""
    rows: list[PlanPosition] = []
    for number in range(draw(st.integers(1, 5))):
        account, symbol = f"a{number % 2}", f"S{number}"
        parts = draw(st.lists(SIGNED, min_size=1, max_size=3))
        elsewhere = draw(st.sampled_from([0.0, 0.0, 5.0, -5.0]))  # held for a strategy outside the scope
        venue = math.fsum(parts) + elsewhere
        may_act = draw(st.sampled_from([True, True, True, False]))
        mark = draw(st.floats(0.01, 1e5))
        step, least = draw(st.sampled_from([(0.001, 0.001), (None, None), (0.1, 1.0)]))
        for index, part in enumerate(parts):
            name = UNATTRIBUTED if index == 0 else f"s{index}"
            rows.append(PlanPosition(account, symbol, name, part, part * mark, mark, step, least, may_act, venue))
    return rows


@settings(max_examples=300, deadline=None)
@given(
    rows=books(),
    metric=st.sampled_from([*sorted(EXPOSURE_METRICS), "drawdown_day"]),
    value=st.floats(0.1, 20.0) | st.just(math.inf),
    clear=st.floats(0.0, 10.0),
    reduce_share=st.floats(0.0, 1.0),
)
def test_no_plan_ever_adds_to_a_position_flips_one_or_takes_more_than_there_is(
    rows: list[PlanPosition], metric: str, value: float, clear: float, reduce_share: float
) -> None:
    plan = make_plan(PlanInputs(rows, Trust.TRUSTED, 0.0), PlanTerms(metric, value, clear, reduce_share))
    held = {(row.account, row.symbol, row.strategy): row for row in rows}
    cut: defaultdict[tuple[str, str], float] = defaultdict(float)
    for reduction in plan.reductions:
        row = held[reduction.account, reduction.symbol, reduction.strategy]
        assert row.may_act
        assert reduction.side.sign * row.quantity < 0.0
        assert reduction.side.sign * row.venue_quantity < 0.0
        assert 0.0 < reduction.quantity <= abs(row.quantity) * (1.0 + 1e-9)
        assert plan.share < 0.01 or reduction.quantity > 1e-12 * abs(row.quantity)  # no dust of sums
        cut[row.account, row.symbol] += reduction.quantity
        whole = cut[row.account, row.symbol] >= abs(row.venue_quantity) * (1.0 - 1e-6)
        assert reduction.quantity >= (row.quantity_min or 0.0) * (1.0 - 1e-6) or whole
    for row in rows:
        assert cut[row.account, row.symbol] <= abs(row.venue_quantity) * (1.0 + 1e-9)
    assert 0.0 <= plan.share <= 1.0
    assert not plan.notional < 0.0


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(SIGNED, min_size=1, max_size=6), value=st.floats(0.5, 20.0), clear=st.floats(0.1, 10.0))
def test_exposure_of_divisible_positions_lands_on_the_aim(sizes: list[float], value: float, clear: float) -> None:
    rows = [position(symbol=f"S{i}", quantity=size, step=None, least=None) for i, size in enumerate(sizes)]
    whole = math.fsum(abs(row.notional) for row in rows)
    plan = plan_for(*rows, metric="gross_exposure", value=value * whole, clear=clear * whole)
    wanted = value if value <= clear * (1.0 + 1e-9) else 0.99 * clear  # what is inside by a rounding is left alone
    # More than is held here cannot be cut.
    assert plan.expected == pytest.approx(max(wanted, value - 1.0) * whole, rel=1e-5)
    assert plan.feasible or value - 1.0 > wanted * (1.0 - 1e-6)

from __future__ import annotations

import math
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import UNATTRIBUTED, Leg, Side, Trust
from core.mitigation.plan import EXPOSURE_METRICS, Plan, PlanInputs, PlanPosition, PlanTerms
from core.mitigation.planner import make_plan, needed_share


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
    assert plan.share == pytest.approx(1.0 - 0.97 * 4.0 / 6.0)
    assert plan.expected == pytest.approx(0.97 * 4.0, rel=1e-3)
    assert plan.expected < 4.0
    assert {(row.symbol, row.side) for row in plan.reductions} == {
        ("BTC/USDT:USDT", Side.SELL),
        ("ETH/USDT:USDT", Side.BUY),
    }


def test_the_plan_says_in_one_sentence_what_it_does() -> None:
    plan = plan_for(position(), position(symbol="ETH/USDT:USDT"), position("alpha-2"), value=6.1)
    assert plan.sentence == "cut 3 positions in 2 accounts, 109,200 USD; leverage 6.1 to 3.88"


def test_a_drawdown_is_answered_with_the_share_that_the_limit_names_and_no_promise() -> None:
    terms = PlanTerms("drawdown_day", 0.2, 0.1, reduce_share=0.25)
    plan = make_plan(PlanInputs((position(quantity=4.0),), Trust.TRUSTED, 0.0), terms)
    assert plan.share == 0.25
    assert plan.reductions[0].quantity == 1.0
    assert math.isnan(plan.expected)
    assert "to" not in plan.sentence.split(";")[-1].split()


def test_accounts_that_are_watched_only_are_left_out_and_the_others_cut_more() -> None:
    plan = plan_for(position(quantity=10.0), position("watched", quantity=10.0, may_act=False))
    assert plan.accounts == {"alpha-1"}
    assert plan.share == pytest.approx(2.0 * (1.0 - 0.97 * 4.0 / 6.0))
    assert plan.expected == pytest.approx(3.88, rel=1e-3)
    assert plan.left_out == ("1 position left out (500,000 USD): the account is watched only",)


def test_where_the_others_cannot_make_up_for_it_all_that_may_be_cut_is_cut() -> None:
    plan = plan_for(position(quantity=1.0), position("watched", quantity=10.0, may_act=False))
    assert plan.share == 1.0
    assert plan.reductions[0].quantity == 1.0
    assert plan.expected > 4.0


def test_a_strategy_against_the_venues_net_position_is_left_out_and_named() -> None:
    rows = [position(quantity=10.0, venue=6.0), position(quantity=-4.0, venue=6.0, strategy="hedge")]
    plan = plan_for(*rows, metric="drawdown_day")
    (row,) = plan.reductions
    assert (row.strategy, row.side, row.quantity) == ("trend", Side.SELL, 3.0)  # half of the net of 6
    assert "strategy hedge is opposite to the venue's net position" in plan.left_out[0]


def test_a_strategys_own_plan_never_cuts_more_than_the_venue_holds() -> None:
    plan = plan_for(position(quantity=10.0, venue=2.0), metric="drawdown_day")
    assert plan.reductions[0].quantity == 2.0


def test_a_strategy_whose_whole_position_is_against_the_venues_is_not_touched() -> None:
    plan = plan_for(position(quantity=-4.0, venue=6.0), metric="drawdown_day")
    assert plan.reductions == ()
    assert "closing it would enlarge the venue's position" in plan.left_out[0]
    assert plan.sentence == "nothing can be reduced for drawdown_day"


def test_a_part_below_the_smallest_order_is_left_out_unless_it_closes_the_rest() -> None:
    small = plan_for(position(quantity=0.5, step=0.1, least=1.0), metric="drawdown_day")
    assert small.reductions == ()
    assert "smallest order" in small.left_out[0]
    closing = plan_for(position(quantity=0.5, step=0.1, least=1.0), value=math.inf)
    assert closing.reductions[0].quantity == 0.5


def test_quantities_are_whole_steps_without_binary_dust() -> None:
    plan = plan_for(position(quantity=0.9, step=0.1), value=6.0, clear=4.0)
    assert plan.reductions[0].quantity == 0.4


def test_leverage_without_equity_closes_everything() -> None:
    assert plan_for(position(), value=math.inf).share == 1.0


def test_both_legs_of_a_hedged_position_are_reduced_each_from_its_own_side() -> None:
    long = position(quantity=4.0, leg=Leg.LONG)
    short = position(quantity=-2.0, leg=Leg.SHORT)
    sides = {row.side: row.quantity for row in plan_for(long, short, metric="drawdown_day").reductions}
    assert sides == {Side.SELL: 2.0, Side.BUY: 1.0}


def test_strategies_that_cancel_each_other_out_leave_nothing_to_cut() -> None:
    rows = [position(quantity=part, strategy=f"s{part}", venue=5e-17) for part in (0.1, 0.2, -0.3)]
    plan = plan_for(*rows, metric="drawdown_day")
    assert plan.reductions == ()
    assert "the venue holds no such position" in plan.left_out[0]


def test_a_position_without_a_mark_is_left_out() -> None:
    plan = plan_for(position(mark=math.nan), position(symbol="ETH/USDT:USDT"))
    assert [row.symbol for row in plan.reductions] == ["ETH/USDT:USDT"]
    assert "no mark" in plan.left_out[0]


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


@settings(max_examples=200, deadline=None)
@given(sizes=st.lists(SIGNED, min_size=1, max_size=6), value=st.floats(0.5, 20.0), clear=st.floats(0.1, 10.0))
def test_exposure_of_divisible_positions_lands_on_the_aim(sizes: list[float], value: float, clear: float) -> None:
    rows = [position(symbol=f"S{i}", quantity=size, step=None, least=None) for i, size in enumerate(sizes)]
    plan = plan_for(*rows, metric="gross_exposure", value=value, clear=clear)
    assert plan.expected == pytest.approx(min(value, 0.97 * clear), rel=1e-6)
    assert plan.share == pytest.approx(needed_share(PlanTerms("gross_exposure", value, clear)))

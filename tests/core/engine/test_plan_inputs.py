"""What the engine hands to the planner, and plans made of it, measured by the real risk model on books that venues
would tell of."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from core.domain import PORTFOLIO, UNATTRIBUTED, AccountMode, Leg, Scope, Trust
from core.engine.plan_inputs import PlanSource
from core.mitigation.plan import Plan, PlanInputs, PlanLimit, PlanTerms
from core.mitigation.planner import make_plan
from core.risk.limits import Limit
from core.venues.messages import DepthUpdate, Instrument, InstrumentKind
from tests.core.book.desk import BTC, ETH
from tests.core.engine.what_if.books import PRICES, Place, Shelf

MODES = {"a": AccountMode.ACT, "b": AccountMode.ACT, "c": AccountMode.WATCH}
LISTED = [
    Instrument("e", symbol, symbol[:3], "USDT", "USDT", InstrumentKind.SWAP, 1.0, False, 0.1, 0.2, 5.0, None, 0.0004)
    for symbol in (BTC, ETH)
]


def held() -> list[Place]:
    return [
        Place("a", BTC, Leg.NET, 101.0, {"mm": 60.0, "trend": 40.0}),
        Place("b", BTC, Leg.NET, 101.0, {"mm": -50.0}),
        Place("a", ETH, Leg.NET, 10.0, {UNATTRIBUTED: -900.0}),
        Place("b", ETH, Leg.NET, 10.0, {"trend": 800.0}),
        Place("c", ETH, Leg.NET, 10.0, {"mm": 400.0}),
    ]


def shelf_of(limits: Sequence[Limit] = (), places: list[Place] | None = None) -> Shelf:
    return Shelf(held() if places is None else places, limits)


def inputs_of(shelf: Shelf, scope: Scope = PORTFOLIO, modes: dict[str, AccountMode] | None = None) -> PlanInputs:
    source = PlanSource(shelf.desk.book, shelf.risk, modes or MODES, ("mm", "trend", UNATTRIBUTED))
    source.learn(LISTED)
    return source.inputs(shelf.view, scope, shelf.columns.betas, shelf.evaluation)


def breached(scope: str, metric: str, by: float = 0.85) -> tuple[Shelf, PlanInputs, PlanLimit]:
    """A limit that lies so far below what is held now, in accounts that may all act."""
    now = shelf_of().value(scope, metric)
    shelf = shelf_of([Limit(Scope.parse(scope), metric, (abs(now) * by, None, None, None), clear=0.03)])
    inputs = inputs_of(shelf, Scope.parse(scope), dict.fromkeys(MODES, AccountMode.ACT))
    (limit,) = [row for row in inputs.limits if (str(row.scope), row.metric) == (scope, metric)]
    assert limit.breached
    return shelf, inputs, limit


def carried_out(shelf: Shelf, plan: Plan) -> None:
    fees = [plan.cost * row.notional / plan.notional for row in plan.reductions]
    shelf.carry_out(plan.reductions, fees)
    shelf.step(shelf.series)


def test_every_position_of_the_book_is_told_with_what_a_plan_needs_of_it() -> None:
    inputs = inputs_of(shelf_of(), Scope.parse("account:a"))
    rows = {(row.account, row.symbol, row.strategy): row for row in inputs.positions}
    row = rows["a", BTC, "mm"]
    assert (row.quantity, row.venue_quantity, row.mark, row.notional) == (60.0, 100.0, 100.0, 6_000.0)
    assert (row.venue, row.underlying, row.settle) == ("north", "BTC", "USDT")
    assert (row.quantity_step, row.quantity_min, row.notional_min, row.fee) == (0.1, 0.2, 5.0, 0.0004)
    assert (row.initial_margin, row.maintenance_margin) == (pytest.approx(600.0), pytest.approx(120.0))
    assert row.may_act
    assert not rows["c", ETH, "mm"].may_act
    assert rows["a", "BTC", UNATTRIBUTED].is_coin
    assert inputs.trust is Trust.UNSETTLED
    assert inputs.parents == (Scope.parse("venue:north"), PORTFOLIO)
    assert inputs.equity[Scope.parse("account:c")] == pytest.approx(shelf_of().value("account:c", "equity"))


def test_longs_are_sold_into_the_bids_and_shorts_bought_from_the_asks_at_what_that_costs() -> None:
    shelf = shelf_of()
    bids = tuple((100.0 - 0.1 * step, 40.0) for step in (1, 2, 3))
    asks = ((100.1, 40.0), (105.0, 40.0), (110.0, 40.0))
    shelf.desk.book.apply(DepthUpdate("e", BTC, bids, asks, shelf.desk.now_s))
    rows = {(row.account, row.symbol, row.strategy): row for row in inputs_of(shelf).positions}
    sold, bought = rows["a", BTC, "mm"].book, rows["b", BTC, "mm"].book
    assert sold is not None
    assert bought is not None
    assert sold.quantity == (40.0, 80.0, 120.0)
    # A tenth of a per cent off the mid of 100 on the first level, two on the second.
    assert sold.cost == pytest.approx((4.0, 12.0, 24.0), rel=1e-6)
    assert bought.cost == pytest.approx((4.0, 204.0, 604.0), rel=1e-6)
    assert rows["a", "BTC", UNATTRIBUTED].book is None


def test_a_book_that_was_seen_too_long_ago_is_not_known() -> None:
    shelf = shelf_of()
    shelf.desk.wait(400.0)
    shelf.step()
    assert all(row.book is None for row in inputs_of(shelf).positions)


def test_limits_come_with_where_they_stand_and_of_others_only_those_that_cutting_can_breach() -> None:
    limits = [
        Limit(Scope.parse("account:*"), "leverage", (0.5, None, 1.0, None), reduce_share=0.3),
        Limit(Scope.parse("portfolio"), "leverage", (50.0, None, None, None)),
        Limit(Scope.parse("account:*"), "net_exposure", (1e9, None, None, None)),
    ]
    inputs = inputs_of(shelf_of(limits), Scope.parse("account:a"))
    rows = {(str(row.scope), row.metric): row for row in inputs.limits}
    assert set(rows) == {("account:a", "leverage"), ("portfolio", "leverage"), ("account:a", "net_exposure")}
    own = rows["account:a", "leverage"]
    assert own.breached
    assert (own.threshold, own.reduce_share) == (0.5, 0.3)
    assert own.clear_level == pytest.approx(0.475)
    assert not rows["portfolio", "leverage"].breached
    everywhere = {(str(row.scope), row.metric) for row in inputs_of(shelf_of(limits)).limits}
    assert ("account:b", "net_exposure") in everywhere
    assert ("account:b", "leverage") not in everywhere


def test_what_backs_an_isolated_position_is_the_margin_that_closing_it_frees() -> None:
    shelf = shelf_of()
    shelf.desk.book.apply(_isolated("b", BTC, -50.0, 777.0, shelf.desk.now_s))
    shelf.step()
    row = next(row for row in inputs_of(shelf).positions if (row.account, row.symbol) == ("b", BTC))
    assert row.isolated
    assert row.initial_margin == pytest.approx(777.0)


def _isolated(account: str, symbol: str, quantity: float, margin: float, now_s: float):  # type: ignore[no-untyped-def]
    from core.venues.messages import MarginMode, PositionUpdate, Source

    return PositionUpdate(
        account, symbol, Leg.NET, quantity, PRICES[symbol], Source.STREAM, now_s, 0.1, 0.02,
        margin_mode=MarginMode.ISOLATED, isolated_margin=margin,
    )  # fmt: skip


FOLLOWING = [
    ("portfolio", "leverage"), ("account:a", "leverage"), ("strategy:mm", "gross_exposure"),
    ("account:a", "margin_use"), ("portfolio", "largest_position_share"), ("venue:north", "largest_instrument_share"),
    ("portfolio", "underlying_herfindahl"), ("account:b", "net_exposure"),
]  # fmt: skip
BENT = [
    ("portfolio", "ex_ante_volatility"), ("account:a", "ex_ante_volatility"), ("portfolio", "var_historical"),
    ("portfolio", "es_filtered"), ("portfolio", "exit_time"), ("portfolio", "exit_cost"),
    ("portfolio", "crowded_share"), ("portfolio", "hidden_netting"),
]  # fmt: skip


@pytest.mark.parametrize(("scope", "metric"), FOLLOWING + BENT)
def test_a_breach_is_mended_on_the_book_as_it_is_once_the_plan_was_carried_out(scope: str, metric: str) -> None:
    # Two underlyings can come no further down than to a half.
    shelf, inputs, limit = breached(scope, metric, 0.999 if "herfindahl" in metric else 0.85)
    plan = make_plan(inputs, PlanTerms(metric, limit.value, limit.clear_level), inputs.evaluation())
    assert plan.feasible, plan.sentence
    nets = {coin: net_of(shelf, coin) for coin in ("BTC", "ETH")}
    carried_out(shelf, plan)
    after = shelf.value(scope, metric)
    assert abs(after) <= limit.clear_level * (1.0 + 1e-6)
    assert plan.expected == pytest.approx(after, rel=2e-3, abs=1e-6)
    for coin, before in nets.items():
        assert abs(net_of(shelf, coin)) <= abs(before) + 0.5 * 10.0
    assert metric in plan.sentence


def net_of(shelf: Shelf, coin: str) -> float:
    held_now = shelf.view.positions
    mine = held_now.underlying == shelf.view.coins.index(coin)
    return float(np.sum(held_now.notional[mine]))


@pytest.mark.parametrize(("scope", "metric"), BENT)
def test_what_is_no_straight_line_is_not_overdone(scope: str, metric: str) -> None:
    _, inputs, limit = breached(scope, metric)
    plan = make_plan(inputs, PlanTerms(metric, limit.value, limit.clear_level), inputs.evaluation())
    way = limit.value - limit.clear_level
    assert plan.expected >= limit.clear_level - 0.25 * way


def test_a_drawdown_does_not_come_back_and_half_of_the_exposure_goes() -> None:
    _, inputs, limit = breached("portfolio", "drawdown")
    plan = make_plan(inputs, PlanTerms("drawdown", limit.value, limit.clear_level, 0.5), inputs.evaluation())
    gross = math.fsum(abs(row.notional) for row in inputs.positions if not row.is_coin)
    assert plan.notional == pytest.approx(0.5 * gross, rel=0.01)
    assert math.isnan(plan.expected)
    assert "drawdown does not follow at once" in plan.sentence


def test_a_limit_on_volatility_that_nobody_asked_about_is_not_breached_by_the_way() -> None:
    """The cheapest way to less gross exposure would take a hedge between two underlyings away."""
    places = [
        Place("a", BTC, Leg.NET, 100.0, {"mm": 100.0}),
        Place("b", ETH, Leg.NET, 10.0, {"trend": -900.0}),
    ]
    now = shelf_of((), places).value("portfolio", "underlying_correlation")
    assert math.isfinite(now)
    ceiling = shelf_of((), places).value("portfolio", "ex_ante_volatility") * 0.98
    limits = [
        Limit(PORTFOLIO, "gross_exposure", (15_000.0, None, None, None)),
        Limit(PORTFOLIO, "ex_ante_volatility", (ceiling / 0.97, None, None, None)),
    ]
    shelf = shelf_of(limits, places)
    inputs = inputs_of(shelf)
    plan = make_plan(inputs, PlanTerms("gross_exposure", 19_050.0, 14_250.0), inputs.evaluation())
    assert plan.feasible
    carried_out(shelf, plan)
    assert shelf.value("portfolio", "gross_exposure") <= 14_250.0
    assert shelf.value("portfolio", "ex_ante_volatility") < ceiling / 0.97

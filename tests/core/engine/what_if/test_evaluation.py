"""What a plan is said to do is what the risk model says once the plan is carried out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import UNATTRIBUTED, Leg, Scope, Severity, Side
from core.engine.what_if.desk import graver
from core.engine.what_if.evaluation import Evaluation, Outlook
from core.engine.what_if.shifts import effect_of
from core.mitigation.model import Reduction
from core.risk.limits import Limit
from core.risk.metrics import METRICS
from tests.core.book.desk import BTC, ETH
from tests.core.engine.what_if.books import Place, Shelf, shelves

ALL = (
    *(
        Limit(Scope.parse(scope), "leverage", (0.15, 0.5, None, None))
        for scope in ("portfolio", "venue:*", "account:*", "strategy:*")
    ),
    Limit(Scope.parse("account:*"), "drawdown", (0.5, None, None, None)),
)
COSTLY = (Limit(Scope.parse("portfolio"), "ex_ante_volatility", (5.0, None, None, None)),)
OF_TIME = {"data_age", "order_rate", "cancel_rate", "reject_rate", "trust"}
"""A second passes between plan and fact; and an account that a strategy has left lends it no trust any more, while a
plan goes by what it was made on."""


def compare(shelf: Shelf, outlook: Outlook, first: int, last: int, rel: float) -> None:
    infos = shelf.matrix.metrics
    for at, row in enumerate(outlook.scopes.tolist()):
        for column in range(first, last):
            if infos[column].name in OF_TIME:
                continue
            planned, found = outlook.value_after[at, column], shelf.matrix.value[row, column]
            words = f"{infos[column].name} of {shelf.matrix.scopes[row]}: {planned} planned, {found} found"
            assert planned == pytest.approx(found, rel=rel, abs=1e-6, nan_ok=True), words


ORDERS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from((BTC, ETH)), st.sampled_from(tuple(Side)),
        st.sampled_from((3.0, 50.0)), st.booleans(),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(shelves(), ORDERS)
def test_a_planned_book_has_the_figures_of_a_book_that_was_really_reduced(
    given: tuple[list[Place], list[Reduction], list[float]], orders: list[tuple[str, str, Side, float, bool]]
) -> None:
    places, cuts, fees = given
    shelf = Shelf(places, COSTLY, orders)
    evaluation = shelf.evaluation()
    found = evaluation.find(cuts)
    assert len(found.account) == len(cuts)
    outlook = evaluation.outlook(found, np.array(fees))
    before = shelf.matrix.value[outlook.scopes]
    assert outlook.value_before == pytest.approx(before, rel=1e-9, abs=1e-6, nan_ok=True)
    shelf.carry_out(cuts, fees)
    shelf.step(shelf.series)
    compare(shelf, outlook, 0, len(METRICS), 1e-9)
    compare(shelf, outlook, len(METRICS), len(shelf.matrix.metrics), 1e-2)


def test_every_limit_of_what_is_touched_and_its_parents_is_told_before_and_after_the_worst_first() -> None:
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 40.0}), Place("c", ETH, Leg.NET, 10.0, {"trend": 30.0})], ALL)
    cut = Reduction("a", BTC, "mm", Side.SELL, 20.0, 2_000.0)
    effect = effect_of(shelf.evaluation(), [cut], 100.0)
    scopes = {str(row.scope) for row in effect.limits}
    assert scopes == {"portfolio", "venue:north", "account:a", "strategy:mm"}
    of = {(str(row.scope), row.metric): row for row in effect.limits}
    leverage = of["account:a", "leverage"]
    assert leverage.before == pytest.approx(shelf.value("account:a", "leverage"))
    equity, gross = (shelf.value("account:a", name) for name in ("equity", "gross_exposure"))
    assert leverage.after == pytest.approx((gross - 2_000.0) / (equity - 100.0))
    assert (leverage.outcome_before, leverage.outcome_after) == ("breached", "inside")
    assert leverage.course == -1
    assert leverage.cleared
    loss = of["account:a", "drawdown"]
    assert loss.course == 1  # what it costs is lost
    ranks = [row.severity_after or 0 for row in effect.limits]
    assert ranks == sorted(ranks, reverse=True)
    assert effect.worse == tuple(row for row in effect.limits if row.course > 0)
    assert effect.notional == pytest.approx(2_000.0)
    assert effect.cost == 100.0


def test_a_change_over_time_moves_by_as_much_as_its_level() -> None:
    limit = Limit(Scope.parse("account:*"), "drawdown", (0.5, None, None, None), change_over_s=300.0)
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 40.0})], [limit, *ALL])
    effect = effect_of(shelf.evaluation(), [Reduction("a", BTC, "mm", Side.SELL, 20.0, 2_000.0)], 200.0)
    of = {(str(row.scope), row.metric): row for row in effect.limits}
    level, change = of["account:a", "drawdown"], of["account:a", "drawdown_in_300s"]
    assert change.before == pytest.approx(shelf.risk.reading(Scope.parse("account:a"), "drawdown_in_300s")[0])
    assert change.after - change.before == pytest.approx(level.after - level.before)
    assert level.after > level.before


def test_the_figures_of_everything_else_are_those_of_now() -> None:
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 40.0}), Place("c", ETH, Leg.NET, 10.0, {"trend": 30.0})], ALL)
    evaluation = shelf.evaluation()
    now = evaluation((), 0.0)
    after = evaluation([Reduction("a", BTC, "mm", Side.SELL, 20.0, 2_000.0)], 0.0)
    assert set(now) == set(after)
    assert len(now) == len(list(now))
    for key in now:
        scope, metric = key
        assert now[key] == pytest.approx(shelf.risk.reading(scope, metric)[0], nan_ok=True)
        touched = str(scope) in {"portfolio", "venue:north", "account:a", "strategy:mm"}
        if metric == "leverage":
            assert (after[key] < now[key] * (1.0 - 1e-6)) == touched
    with pytest.raises(KeyError):
        now[Scope.parse("account:a"), "no such metric"]


def test_net_exposure_that_grows_because_one_side_of_a_hedge_is_cut_is_told() -> None:
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 40.0}), Place("b", BTC, Leg.NET, 100.0, {"mm": -30.0})], ALL)
    stripped = effect_of(shelf.evaluation(), [Reduction("b", BTC, "mm", Side.BUY, 20.0, 2_000.0)])
    (grown,) = stripped.grown
    # 0.5 coins lie in the wallet beside.
    assert (str(grown.scope), grown.underlying) == ("portfolio", "BTC")
    assert [grown.before, grown.after] == pytest.approx([1_050.0, 3_050.0])
    both = [Reduction("b", BTC, "mm", Side.BUY, 20.0, 2_000.0), Reduction("a", BTC, "mm", Side.SELL, 20.0, 2_000.0)]
    assert effect_of(shelf.evaluation(), both).grown == ()


def test_a_plan_can_never_take_more_than_is_held_nor_what_is_not_there() -> None:
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 10.0})], ALL)
    cuts = [
        Reduction("a", BTC, "mm", Side.SELL, 7.0, 0.0),
        Reduction("a", BTC, "mm", Side.SELL, 700.0, 0.0),
        Reduction("a", BTC, "mm", Side.BUY, 5.0, 0.0),
        Reduction("a", "GONE/USDT:USDT", "mm", Side.SELL, 5.0, 0.0),
        Reduction("nobody", BTC, "mm", Side.SELL, 5.0, 0.0),
    ]
    evaluation = shelf.evaluation()
    found = evaluation.find(cuts)
    assert math.fsum(found.parts.quantity) == pytest.approx(10.0)
    outlook = evaluation.outlook(found, np.zeros(len(found.account)))
    (row,) = np.flatnonzero(outlook.scopes == shelf.matrix.row(Scope.parse("account:a")))
    names = [info.name for info in shelf.matrix.metrics]
    assert outlook.value_after[row, names.index("gross_exposure")] == pytest.approx(50.0)  # the coins in the wallet


def test_a_liquidation_price_that_the_venue_named_moves_away_as_the_account_is_relieved() -> None:
    limit = Limit(Scope.parse("account:*"), "liquidation_distance", (0.3, 0.2, 0.1, None))
    place = Place("b", BTC, Leg.NET, 100.0, {"mm": 500.0}, liquidation=80.0)
    shelf = Shelf([place], [limit])
    assert shelf.value("account:b", "liquidation_distance") == pytest.approx(0.2)
    half = effect_of(shelf.evaluation(), [Reduction("b", BTC, "mm", Side.SELL, 250.0, 25_000.0)])
    (row,) = (row for row in half.limits if str(row.scope) == "account:b")
    assert row.before == pytest.approx(0.2)
    assert row.course == -1
    assert row.after > 0.35
    whole = effect_of(shelf.evaluation(), [Reduction("b", BTC, "mm", Side.SELL, 500.0, 50_000.0)])
    (row,) = (row for row in whole.limits if str(row.scope) == "account:b")
    assert (row.outcome_after, row.course) == ("inside", -1)


def test_costly_figures_too_old_to_say_anything_are_unknown_before_and_after() -> None:
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 40.0})], COSTLY)
    cut = [Reduction("a", BTC, "mm", Side.SELL, 20.0, 2_000.0)]
    known = effect_of(shelf.evaluation(), cut).of(Scope.parse("portfolio"), "ex_ante_volatility")
    assert known is not None
    assert known.after < known.before
    ground = replace(shelf.evaluation().ground, costly=None, costly_age_s=math.inf)
    unknown = effect_of(Evaluation(ground), cut).of(Scope.parse("portfolio"), "ex_ante_volatility")
    assert unknown is not None
    assert math.isnan(unknown.before)
    assert math.isnan(unknown.after)
    assert unknown.course == 0
    assert unknown.outcome_after == "unknown"
    assert unknown.age_s == math.inf


def test_what_lives_is_not_touched_by_trying_a_plan_out() -> None:
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 40.0, UNATTRIBUTED: 2.0})], ALL)
    before = shelf.desk.view()
    effect_of(shelf.evaluation(), [Reduction("a", BTC, "mm", Side.SELL, 40.0, 4_000.0)], 10.0)
    after = shelf.desk.view()
    assert (before.totals.gross == after.totals.gross).all()
    assert before.unit == pytest.approx(after.unit, nan_ok=True)
    assert (before.rows.quantity == after.rows.quantity).all()


def test_a_limit_that_would_end_graver_than_was_shown_is_named() -> None:
    shelf = Shelf([Place("a", BTC, Leg.NET, 100.0, {"mm": 40.0})], ALL)
    shown = effect_of(shelf.evaluation(), [Reduction("a", BTC, "mm", Side.SELL, 20.0, 2_000.0)])
    first, *rest = shown.limits
    now = replace(shown, limits=(replace(first, severity_after=Severity.CRITICAL), *rest))
    assert f"{first.metric} of {first.scope} would end at critical now" in graver(shown, now)
    assert graver(now, shown) == ""
    assert graver(shown, shown) == ""

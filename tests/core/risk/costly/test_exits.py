"""Time and cost to exit against a reference in plain Python, and what must not change them."""

from __future__ import annotations

import math
import random
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Scope, ScopeKind
from core.risk.costly.exits import ExitFigures, estimate_exits
from core.risk.settings import RiskSettings
from tests.core.risk.costly.book import MARKETS, NAN, Account, Desk, Market, Part, inputs_of, traded_desks

FIELDS = [field.name for field in fields(ExitFigures)]
FOUR = tuple(Account(venue) for venue in (0, 0, 1, 1))
CRUMB = 0.001


def figures(desk: Desk, order: list[int] | None = None) -> dict[str, dict[str, float]]:
    found = estimate_exits(inputs_of(desk, order))
    return {
        str(scope): {name: float(getattr(found, name)[row]) for name in FIELDS} for row, scope in enumerate(desk.scopes)
    }


def walk(market: Market, quantity: float, *, sell: bool) -> tuple[float, float]:
    """Base currency lost against the mid, and how much is beyond the book; level by level."""
    if quantity == 0.0:
        return 0.0, 0.0
    levels = market.bids if sell else market.asks
    if not levels or market.age_s > 300.0:
        return NAN, NAN
    lost, left = 0.0, quantity
    for size, price in levels:
        taken = min(size, left)
        lost += taken * market.lost(price)
        left -= taken
    steepest = max(market.lost(price) for _, price in levels)
    if left > 0.0:
        seen = math.fsum(size for size, _ in levels)
        ceiling = market.worth / market.rate if sell is not market.inverse else math.inf
        # The loss per unit at quantity x is steepest * x / seen, at most the ceiling.
        capped = min(quantity, max(seen, ceiling * seen / steepest))
        lost += steepest * (capped**2 - seen**2) / (2.0 * seen)
        lost += ceiling * (quantity - capped) if quantity > capped else 0.0
    return lost * market.rate, left


def orders(desk: Desk, scope: Scope) -> dict[int, tuple[float, float, float]]:
    """Market -> (sell, buy, gross)."""
    out: dict[int, tuple[float, float, float]] = {}
    for part in desk.held(scope):
        sell, buy, gross = out.get(part.market, (0.0, 0.0, 0.0))
        gross += abs(desk.notional(part))
        out[part.market] = (sell + max(part.quantity, 0.0), buy + max(-part.quantity, 0.0), gross)
    return out


def pool(desk: Desk, scope: Scope) -> dict[int, tuple[float, float, float]]:
    if scope.kind is not ScopeKind.STRATEGY:
        return orders(desk, desk.scopes[0])
    whole: dict[int, tuple[float, float, float]] = {}
    for other in desk.scopes:
        if other.kind is ScopeKind.STRATEGY:
            for market, each in orders(desk, other).items():
                before = whole.get(market, (0.0, 0.0, 0.0))
                whole[market] = (before[0] + each[0], before[1] + each[1], before[2] + each[2])
    return whole


def added(values: list[tuple[float, float]], whole: float) -> float:
    """Values with the gross exposure each stands for, unknown if more than a crumb of it is."""
    missing = math.fsum(gross for value, gross in values if math.isnan(value))
    if any(math.isnan(value) for value, _ in values) and missing > CRUMB * whole:
        return NAN
    return math.fsum(value for value, _ in values if not math.isnan(value))


def slowest(values: list[tuple[float, float]], whole: float) -> float:
    for bad, outcome in ((math.isinf, math.inf), (math.isnan, NAN)):
        if math.fsum(gross for value, gross in values if bad(value)) > CRUMB * whole:
            return outcome
    return max((value for value, _ in values if math.isfinite(value)), default=0.0)


def seconds(desk: Desk, market: int, quantity: float) -> float:
    volume = desk.markets[market].volume
    return math.inf if volume == 0.0 else quantity / (desk.settings.participation * volume) * 86_400.0


def reference(desk: Desk, scope: Scope) -> dict[str, float]:
    mine, everybody, whole = orders(desk, scope), pool(desk, scope), desk.gross(scope)
    times, times_all, costs, costs_all, beyond = [], [], [], [], []
    for market, (sell, buy, gross) in mine.items():
        traded = desk.markets[market]
        times.append((seconds(desk, market, sell + buy), gross))
        times_all.append((seconds(desk, market, everybody[market][0] + everybody[market][1]), gross))
        selling, buying = walk(traded, sell, sell=True), walk(traded, buy, sell=False)
        costs.append((selling[0] + buying[0], gross))
        beyond.append(((selling[1] + buying[1]) / (sell + buy) * gross, gross))
        joint = 0.0
        for quantity, total, is_sale in ((sell, everybody[market][0], True), (buy, everybody[market][1], False)):
            joint += quantity / total * walk(traded, total, sell=is_sale)[0] if quantity else 0.0
        costs_all.append((joint, gross))
    return {
        "time_s": slowest(times, whole),
        "time_all_s": slowest(times_all, whole),
        "cost": added(costs, whole),
        "cost_all": added(costs_all, whole),
        "beyond_book": added(beyond, whole) / whole if whole > 0.0 else 0.0,
    }


@given(desk=traded_desks())
def test_every_column_agrees_with_a_plain_reference(desk: Desk) -> None:
    found = figures(desk)
    for scope in desk.scopes:
        wanted = reference(desk, scope)
        assert set(wanted) == set(FIELDS)
        assert found[str(scope)] == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True), scope


@given(desk=traded_desks(), chance=st.integers(0, 2**32))
def test_the_order_of_what_is_held_changes_nothing(desk: Desk, chance: int) -> None:
    order = list(range(len(desk.parts)))
    random.Random(chance).shuffle(order)
    assert_same(figures(desk), figures(desk, order))


@given(desk=traded_desks())
def test_splitting_a_part_in_two_changes_nothing(desk: Desk) -> None:
    halves = [replace(part, quantity=part.quantity / 2.0) for part in desk.parts for _ in range(2)]
    assert_same(figures(desk), figures(replace(desk, parts=tuple(halves))))


@given(desk=traded_desks())
def test_a_flat_account_changes_nothing(desk: Desk) -> None:
    more = figures(replace(desk, accounts=(*desk.accounts, Account(venue=2, coins=()))))
    assert more["account:a4"] == dict.fromkeys(FIELDS, 0.0)
    assert_same(figures(desk), more)


@given(desk=traded_desks())
def test_the_base_currency_changes_the_cost_in_money_alone(desk: Desk) -> None:
    dear = figures(replace(desk, markets=tuple(replace(market, rate=market.rate / 8.0) for market in desk.markets)))
    for columns in dear.values():
        columns["cost"] *= 8.0
        columns["cost_all"] *= 8.0
    assert_same(figures(desk), dear)


@given(desk=traded_desks())
def test_nobody_leaves_sooner_or_cheaper_in_a_crowd(desk: Desk) -> None:
    for scope, columns in figures(desk).items():
        assert not columns["time_s"] > columns["time_all_s"] * (1.0 + 1e-12), scope
        assert not columns["cost"] > columns["cost_all"] * (1.0 + 1e-12) + 1e-12, scope


@given(desk=traded_desks())
def test_the_parts_of_a_joint_exit_add_up_to_the_whole(desk: Desk) -> None:
    found = figures(desk)
    whole, venues = found["portfolio"], [columns for scope, columns in found.items() if scope.startswith("venue:")]
    parts = math.fsum(columns["cost_all"] for columns in venues)
    if not math.isnan(parts) and not math.isnan(whole["cost"]):
        assert whole["cost_all"] == pytest.approx(whole["cost"], rel=1e-9, abs=1e-9)
        # What a venue may leave out as a crumb is a smaller crumb of the whole.
        assert parts == pytest.approx(whole["cost"], rel=1e-9, abs=1e-9) or has_unknown_books(desk)


def has_unknown_books(desk: Desk) -> bool:
    return any(not market.bids or not market.asks or market.age_s > 300.0 for market in desk.markets)


def assert_same(one: dict[str, dict[str, float]], other: dict[str, dict[str, float]]) -> None:
    for scope, columns in one.items():
        assert other[scope] == pytest.approx(columns, rel=1e-9, abs=1e-9, nan_ok=True), scope


def alone(quantity: float, market: Market, **setting: float) -> dict[str, float]:
    desk = Desk(FOUR, (Part(0, 0, "net", 0, quantity),), (market, *MARKETS[1:]), settings=RiskSettings(**setting))
    return figures(desk)["account:a0"]


def test_selling_walks_the_bids_and_buying_the_asks() -> None:
    market = replace(MARKETS[0], bids=((10.0, 99.0), (20.0, 97.0)), asks=((10.0, 102.0), (20.0, 105.0)))
    assert alone(15.0, market)["cost"] == pytest.approx(10.0 * 1.0 + 5.0 * 3.0)
    assert alone(-15.0, market)["cost"] == pytest.approx(10.0 * 2.0 + 5.0 * 5.0)
    assert alone(15.0, market)["beyond_book"] == 0.0


def test_beyond_a_book_of_one_level_the_price_goes_on_worsening() -> None:
    market = replace(MARKETS[0], bids=((10.0, 99.0),))
    assert alone(10.0, market)["cost"] == pytest.approx(10.0)
    # 1 per unit up to 10, then on a straight line to 3 at 30.
    assert alone(30.0, market)["cost"] == pytest.approx(10.0 + 20.0 * (1.0 + 3.0) / 2.0)
    assert alone(30.0, market)["beyond_book"] == pytest.approx(2.0 / 3.0)


def test_selling_never_loses_more_than_all_that_is_sold() -> None:
    lost = alone(1e7, replace(MARKETS[0], bids=((1.0, 50.0),)))["cost"]
    assert 0.99e9 < lost < 1e9


def test_an_inverse_short_never_loses_more_than_its_amount_and_a_long_may() -> None:
    market = replace(MARKETS[2], bids=((1.0, 80.0),), asks=((1.0, 125.0),))
    markets = (*MARKETS[:2], market, *MARKETS[3:])
    found = [figures(Desk(FOUR, (Part(0, 2, "net", 0, side * 1e5),), markets))["account:a0"] for side in (-1.0, 1.0)]
    assert 0.99e5 < found[0]["cost"] < 1e5
    assert found[1]["cost"] > 1e5


def test_a_book_at_the_mid_tells_nothing_of_what_lies_beyond_it() -> None:
    market = replace(MARKETS[0], bids=((10.0, 100.0),))
    assert alone(10.0, market)["cost"] == 0.0
    assert math.isnan(alone(11.0, market)["cost"])


@pytest.mark.parametrize("change", [{"bids": ()}, {"age_s": 301.0}, {"age_s": math.inf}, {"age_s": NAN}])
def test_an_unseen_book_leaves_the_cost_unknown_and_the_time_known(change: dict[str, float]) -> None:
    found = alone(5.0, replace(MARKETS[0], **change))
    assert math.isnan(found["cost"])
    assert math.isnan(found["cost_all"])
    assert math.isnan(found["beyond_book"])
    assert found["time_s"] == pytest.approx(5.0 / (0.1 * 1_000.0) * 86_400.0)


def test_time_follows_participation_and_volume() -> None:
    assert alone(-50.0, MARKETS[0], participation=0.05)["time_s"] == pytest.approx(86_400.0)
    assert math.isnan(alone(50.0, replace(MARKETS[0], volume=NAN))["time_s"])
    assert alone(50.0, replace(MARKETS[0], volume=0.0))["time_s"] == math.inf


def test_a_crumb_of_an_unknown_coin_hides_nothing() -> None:
    unlisted = replace(MARKETS[6], bids=(), asks=(), volume=NAN)
    parts = (Part(0, 0, "net", 0, 10.0), Part(0, 6, "net", 0, 0.5))
    desk = Desk(FOUR, parts, (*MARKETS[:6], unlisted))
    assert figures(desk)["account:a0"]["cost"] == pytest.approx(10.0)
    more = replace(desk, parts=(parts[0], replace(parts[1], quantity=0.6)))
    assert math.isnan(figures(more)["account:a0"]["cost"])
    assert math.isnan(figures(more)["account:a0"]["time_s"])


def test_legs_and_accounts_do_not_net() -> None:
    parts = (Part(0, 0, "long", 0, 10.0), Part(0, 0, "short", 0, -10.0), Part(1, 0, "net", 0, -10.0))
    found = figures(Desk(FOUR, parts))
    assert found["venue:north"]["time_s"] == pytest.approx(30.0 / 100.0 * 86_400.0)
    assert found["account:a0"]["cost"] == pytest.approx(20.0)


def test_everybody_leaving_shares_volume_and_book() -> None:
    found = figures(Desk(FOUR, (Part(0, 0, "net", 0, 10.0), Part(1, 0, "net", 1, 20.0))))
    assert found["account:a0"]["time_all_s"] == found["portfolio"]["time_s"] == pytest.approx(0.3 * 86_400.0)
    assert found["account:a0"]["cost"] == pytest.approx(10.0)
    assert found["account:a0"]["cost_all"] == pytest.approx((10.0 + 60.0) / 3.0)


def test_strategies_that_undo_each_other_in_one_position_leave_by_orders_of_their_own() -> None:
    found = figures(Desk(FOUR, (Part(0, 0, "net", 0, 10.0), Part(0, 0, "net", 1, -10.0))))
    assert found["account:a0"] == dict.fromkeys(FIELDS, 0.0)
    assert found["strategy:mm"]["cost"] == pytest.approx(10.0)
    assert found["strategy:mm"]["time_all_s"] == pytest.approx(0.2 * 86_400.0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda quantity, cost: (quantity[:, ::-1], cost),
        lambda quantity, cost: (np.where(quantity > 10.0, NAN, quantity), cost),
        lambda quantity, cost: (quantity, np.where(quantity > 10.0, np.inf, cost)),
    ],
)
def test_levels_that_make_no_sense_end_the_book(damage: object) -> None:
    inputs = inputs_of(Desk(FOUR, (Part(0, 0, "net", 0, 30.0),)))
    assert callable(damage)
    quantity, cost = damage(inputs.ladders.sell_quantity, inputs.ladders.sell_cost)
    broken = replace(inputs, ladders=replace(inputs.ladders, sell_quantity=quantity, sell_cost=cost))
    beyond = estimate_exits(broken).beyond_book[0]
    assert math.isnan(beyond) or beyond >= 0.5


def test_a_crossed_book_pays_nobody_for_leaving() -> None:
    inputs = inputs_of(Desk(FOUR, (Part(0, 0, "net", 0, 5.0),)))
    crossed = replace(inputs, ladders=replace(inputs.ladders, sell_cost=-inputs.ladders.sell_cost))
    assert estimate_exits(crossed).cost[0] == 0.0


def test_books_without_any_level_leave_every_cost_unknown() -> None:
    desk = Desk(FOUR, (Part(0, 0, "net", 0, 5.0),), tuple(replace(market, bids=(), asks=()) for market in MARKETS))
    found = figures(desk)
    assert math.isnan(found["portfolio"]["cost"])
    assert found["account:a1"]["cost"] == 0.0


@pytest.mark.parametrize("mid", [NAN, math.inf, 1e12])
def test_an_absurd_mark_never_looks_like_a_cheap_exit(mid: float) -> None:
    absurd = (replace(MARKETS[0], mid=mid), *MARKETS[1:])
    found = figures(Desk(FOUR, (Part(0, 0, "net", 0, 5.0), Part(1, 3, "net", 0, 5.0)), absurd))
    assert not found["account:a0"]["cost"] <= 5.0
    assert found["account:a1"]["cost"] == pytest.approx(0.5)

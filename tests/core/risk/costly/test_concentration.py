"""Concentration against a reference in plain Python, and what must not change it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Scope, ScopeKind
from core.risk.costly.concentration import ConcentrationFigures, estimate_concentration
from core.risk.costly.grouping import pairs_of
from tests.core.risk.costly.book import MARKETS, NAN, STRATEGIES, Account, Desk, Part, desks, inputs_of

FIELDS = [field.name for field in fields(ConcentrationFigures)]
FOUR = tuple(Account(venue) for venue in (0, 0, 1, 1))


def figures(desk: Desk, order: list[int] | None = None) -> dict[str, dict[str, float]]:
    """Scope -> column -> value."""
    found = estimate_concentration(inputs_of(desk, order))
    return {
        str(scope): {name: float(getattr(found, name)[row]) for name in FIELDS} for row, scope in enumerate(desk.scopes)
    }


def grouped(parts: list[Part], key: Callable[[Part], object], value: Callable[[Part], float]) -> dict[object, float]:
    out: dict[object, list[float]] = {}
    for part in parts:
        out.setdefault(key(part), []).append(value(part))
    return {name: math.fsum(values) for name, values in out.items()}


def spread(amounts: dict[object, float], gross: float) -> tuple[float, float]:
    magnitudes = [abs(amount) for amount in amounts.values()]
    whole = math.fsum(magnitudes)
    share = max(magnitudes, default=0.0) / gross if gross > 0.0 else 0.0
    return share, math.fsum((amount / whole) ** 2 for amount in magnitudes) if whole > 0.0 else 0.0


def crowd(desk: Desk, parts: list[Part]) -> dict[tuple[str, int], tuple[int, float]]:
    """(Underlying, side) -> (strategies, amount) of the named strategies among the parts."""
    held: dict[tuple[str, int], float] = {}
    for part in parts:
        if part.strategy < len(STRATEGIES) - 1:
            key = (desk.markets[part.market].underlying, part.strategy)
            held[key] = held.get(key, 0.0) + desk.notional(part)
    out = {}
    for coin in {coin for coin, _ in held}:
        for side in (1, -1):
            amounts = [max(side * amount, 0.0) for (name, _), amount in held.items() if name == coin]
            whole = math.fsum(amounts)
            out[coin, side] = (sum(1 for amount in amounts if amount > 0.0 and amount >= 0.01 * whole), whole)
    return out


def crowding(desk: Desk, scope: Scope) -> tuple[float, float]:
    if scope.kind is not ScopeKind.STRATEGY:
        rows = [part for part in desk.parts if part.account in desk.members(scope)]
        base = math.fsum(abs(desk.notional(part)) for part in rows)
        sides = crowd(desk, rows).values()
        largest = max((amount for count, amount in sides if count >= 2), default=0.0)
        return max((count for count, _ in sides), default=0), largest / base if base > 0.0 else 0.0
    everybody, gross = crowd(desk, list(desk.parts)), desk.gross(scope)
    mine = grouped(desk.held(scope), lambda part: desk.markets[part.market].underlying, desk.notional)
    on = [
        (everybody.get((str(coin), 1 if net > 0 else -1), (0, 0.0))[0], net) for coin, net in mine.items() if net != 0.0
    ]
    largest = max((abs(net) for count, net in on if count >= 2), default=0.0)
    return max((count for count, _ in on), default=0), largest / gross if gross > 0.0 else 0.0


def netting(desk: Desk, parts: list[Part], gross: float) -> float:
    by_account = grouped(parts, lambda part: (desk.markets[part.market].underlying, part.account), desk.notional)
    coins = {name[0] for name in by_account if isinstance(name, tuple)}
    undone = 0.0
    for coin in coins:
        nets = [net for name, net in by_account.items() if isinstance(name, tuple) and name[0] == coin]
        undone += math.fsum(abs(net) for net in nets) - abs(math.fsum(nets))
    return undone / gross if gross > 0.0 else 0.0


def collateral(desk: Desk, scope: Scope) -> float:
    members = desk.members(scope)
    if scope.kind is ScopeKind.STRATEGY:
        members = tuple({part.account for part in desk.held(scope)})
    values: dict[str, float] = {}
    for at in members:
        for coin, value in desk.accounts[at].coins:
            values[coin] = values.get(coin, 0.0) + max(value, 0.0)
    whole = math.fsum(values.values())
    return max(values.values()) / whole if whole > 0.0 else 0.0


def reference(desk: Desk, scope: Scope) -> dict[str, float]:
    parts, gross = desk.held(scope), desk.gross(scope)
    out: dict[str, float] = {}
    for name, amounts in {
        "instrument": grouped(parts, lambda part: part.market, desk.notional),
        "venue": grouped(parts, lambda part: desk.accounts[part.account].venue, lambda part: abs(desk.notional(part))),
        "coin": grouped(parts, lambda part: desk.markets[part.market].coin, lambda part: abs(desk.notional(part))),
    }.items():
        out[f"largest_{name}_share"], out[f"{name}_herfindahl"] = spread(amounts, gross)
    out["crowding"], out["crowded_share"] = crowding(desk, scope)
    out["hidden_netting"] = netting(desk, parts, gross)
    out["largest_collateral_share"] = collateral(desk, scope)
    return out


@given(desk=desks)
def test_every_column_agrees_with_a_plain_reference(desk: Desk) -> None:
    found = figures(desk)
    for scope in desk.scopes:
        wanted = reference(desk, scope)
        assert set(wanted) == set(FIELDS)
        for name, value in wanted.items():
            assert found[str(scope)][name] == pytest.approx(value, rel=1e-9, abs=1e-12), (scope, name)


@given(desk=desks, chance=st.integers(0, 2**32))
def test_the_order_of_what_is_held_changes_nothing(desk: Desk, chance: int) -> None:
    order = list(range(len(desk.parts)))
    random.Random(chance).shuffle(order)
    assert_same(figures(desk), figures(desk, order))


@given(desk=desks)
def test_splitting_a_part_in_two_changes_nothing(desk: Desk) -> None:
    halves = [replace(part, quantity=part.quantity / 2.0) for part in desk.parts for _ in range(2)]
    assert_same(figures(desk), figures(replace(desk, parts=tuple(halves))))


@given(desk=desks)
def test_a_flat_account_changes_nothing(desk: Desk) -> None:
    idle = Account(venue=2, coins=())
    more = figures(replace(desk, accounts=(*desk.accounts, idle)))
    assert more["account:a4"] == dict.fromkeys(FIELDS, 0.0)
    assert_same(figures(desk), more)


@given(desk=desks)
def test_the_base_currency_changes_nothing(desk: Desk) -> None:
    dear = tuple(replace(market, rate=market.rate / 7.0) for market in desk.markets)
    rich = tuple(replace(one, coins=tuple((c, value / 7.0) for c, value in one.coins)) for one in desk.accounts)
    assert_same(figures(desk), figures(replace(desk, markets=dear, accounts=rich)))


@given(desk=desks)
def test_a_deposit_changes_only_the_collateral(desk: Desk) -> None:
    first, *others = desk.accounts
    after = figures(replace(desk, accounts=(replace(first, coins=(*first.coins, ("USD", 5_000.0))), *others)))
    before = figures(desk)
    for scope in before:
        del before[scope]["largest_collateral_share"], after[scope]["largest_collateral_share"]
    assert_same(before, after)


def assert_same(one: dict[str, dict[str, float]], other: dict[str, dict[str, float]]) -> None:
    for scope, columns in one.items():
        assert other[scope] == pytest.approx(columns, rel=1e-9, abs=1e-12, nan_ok=True), scope


def test_an_empty_book_is_not_concentrated() -> None:
    for columns in figures(Desk(FOUR)).values():
        assert columns["largest_instrument_share"] == columns["crowding"] == columns["hidden_netting"] == 0.0


def test_what_only_rounding_leaves_counts_for_nothing() -> None:
    parts = tuple(Part(0, 4, str(leg), 0, quantity) for leg, quantity in enumerate((0.1, 0.2, -0.3)))
    found = figures(Desk(FOUR, parts))["account:a0"]
    assert found["instrument_herfindahl"] == 0.0
    assert found["crowding"] == 0.0
    assert found["largest_coin_share"] == 1.0


def test_a_long_in_one_account_and_a_short_in_another_are_hidden_netting() -> None:
    parts = (Part(0, 0, "long", 0, 10.0), Part(1, 0, "short", 0, -6.0), Part(2, 3, "long", 1, 100.0))
    found = figures(Desk(FOUR, parts))
    assert found["venue:north"]["hidden_netting"] == pytest.approx(12.0 / 16.0)
    assert found["portfolio"]["hidden_netting"] == pytest.approx(1_200.0 / 2_600.0)
    assert found["strategy:mm"]["hidden_netting"] == pytest.approx(12.0 / 16.0)
    assert found["account:a0"]["hidden_netting"] == found["strategy:trend"]["hidden_netting"] == 0.0


def test_strategies_on_one_side_crowd_and_the_unclaimed_does_not() -> None:
    parts = (
        Part(0, 0, "long", 0, 10.0),
        Part(2, 0, "long", 1, 10.0),
        Part(2, 1, "long", 3, 50.0),
        Part(1, 3, "long", 2, 1.0),
    )
    found = figures(Desk(FOUR, parts))
    assert found["portfolio"]["crowding"] == found["strategy:mm"]["crowding"] == 2.0
    assert found["strategy:mm"]["crowded_share"] == 1.0
    assert found["venue:north"]["crowding"] == found["strategy:carry"]["crowding"] == 1.0
    assert found["strategy:carry"]["crowded_share"] == found["account:a2"]["crowded_share"] == 0.0


def test_a_strategy_with_a_crumb_of_a_side_is_not_counted() -> None:
    parts = (Part(0, 0, "long", 0, 1_000.0), Part(0, 0, "long", 1, 9.0), Part(0, 0, "long", 2, 20.0))
    assert figures(Desk(FOUR, parts))["portfolio"]["crowding"] == 2.0


def test_one_instrument_listed_twice_in_an_account_counts_once() -> None:
    twice = (Part(0, 0, "one", 0, 5.0), Part(0, 0, "two", 0, 5.0))
    assert figures(Desk(FOUR, twice))["account:a0"] == figures(Desk(FOUR, (Part(0, 0, "one", 0, 10.0),)))["account:a0"]


@pytest.mark.parametrize("mid", [NAN, math.inf])
def test_an_absurd_mark_makes_its_holders_unknown_and_nobody_else(mid: float) -> None:
    absurd = tuple(replace(market, mid=mid) if at == 3 else market for at, market in enumerate(MARKETS))
    parts = (Part(0, 3, "long", 0, 1.0), Part(0, 0, "long", 0, 1.0), Part(2, 0, "long", 1, 1.0))
    found = figures(Desk(FOUR, parts, absurd))
    for scope in ("portfolio", "venue:north", "account:a0", "strategy:mm"):
        assert math.isnan(found[scope]["instrument_herfindahl"]), scope
        assert math.isnan(found[scope]["hidden_netting"]), scope
    for scope in ("venue:south", "account:a2", "strategy:trend"):
        assert found[scope]["instrument_herfindahl"] == found[scope]["largest_venue_share"] == 1.0


@pytest.mark.parametrize("column", ["coin", "underlying"])
def test_a_holding_of_nobody_knows_what_makes_its_holders_unknown_and_nobody_else(column: str) -> None:
    inputs = inputs_of(Desk(FOUR, (Part(0, 0, "net", 0, 1.0), Part(2, 0, "net", 1, 1.0))))
    unnamed = getattr(inputs.holdings, column).copy()
    unnamed[0] = -1
    found = estimate_concentration(replace(inputs, holdings=replace(inputs.holdings, **{column: unnamed})))
    rows = [str(scope) for scope in inputs.layout.scopes]
    for scope in ("portfolio", "venue:north", "account:a0", "strategy:mm"):
        assert math.isnan(found.coin_herfindahl[rows.index(scope)]), scope
    for scope in ("venue:south", "account:a2", "strategy:trend"):
        assert found.coin_herfindahl[rows.index(scope)] == 1.0, scope


def test_a_scope_with_an_unread_account_is_unknown() -> None:
    inputs = inputs_of(Desk(FOUR, (Part(0, 0, "long", 0, 1.0),)))
    unread = inputs.gross.copy()
    unread[[0, 1]] = NAN
    found = estimate_concentration(replace(inputs, gross=unread))
    for name in FIELDS:
        assert np.isnan(getattr(found, name)[:2]).all(), name
        assert not np.isnan(getattr(found, name)[2:]).any(), name


def test_figures_are_read_only() -> None:
    found = estimate_concentration(inputs_of(Desk(FOUR)))
    with pytest.raises(ValueError, match="read-only"):
        found.crowding[0] = 1.0


@given(rows=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=60))
def test_pairs_are_the_same_by_table_and_by_sorting(rows: list[tuple[int, int]]) -> None:
    group, key = (np.array([row[side] for row in rows], dtype=np.int64) for side in (0, 1))
    amount = np.arange(len(rows), dtype=np.float64)
    table = pairs_of(group, 41, key, 21)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.risk.costly.grouping.DENSE", 0)
        ordered = pairs_of(group, 41, key, 21)
    assert list(zip(table.group, table.key, strict=True)) == sorted(set(rows))
    for name in ("group", "key", "place"):
        np.testing.assert_array_equal(getattr(table, name), getattr(ordered, name))
    np.testing.assert_array_equal(table.sums(amount), ordered.sums(amount))

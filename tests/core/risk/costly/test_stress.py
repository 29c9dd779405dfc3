"""Named shocks against a reference that revalues everything at the prices after, and what must not change them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Scope, ScopeKind
from core.risk.costly.shocks import built_in_shocks
from core.risk.costly.stress import estimate_stress
from core.risk.settings import Shock
from tests.core.risk.costly.book import COINS, MARKETS, NAN, STABLE, VENUES, Account, Desk, Part, desks, inputs_of

BETAS = np.array([1.0, 1.5, NAN, 0.0, 0.0, 0.0])
FOUR = tuple(Account(venue) for venue in (0, 0, 1, 1))
fractions = st.integers(-9, 9).map(lambda tenths: tenths / 10.0)
tables = st.dictionaries(st.sampled_from(("BTC", "ETH", "SOL", "*")), fractions, min_size=1)
shocks = st.builds(
    lambda moves, by_beta, depeg, venue: Shock("random", "", moves, "BTC" * (by_beta and "BTC" in moves), depeg, venue),
    tables,
    st.booleans(),
    st.dictionaries(st.sampled_from(("USDT", "USDC")), fractions),
    st.sampled_from(("", "", "*", *VENUES)),
)


def figures(desk: Desk, shock: Shock, order: list[int] | None = None) -> dict[str, tuple[float, float, float]]:
    """Scope -> loss in the base currency, margin calls, accounts liquidated."""
    found = estimate_stress(inputs_of(desk, order), [shock], BETAS)
    columns = (found.loss[0].tolist(), found.margin_calls[0].tolist(), found.liquidated[0].tolist())
    return {str(scope): values for scope, values in zip(desk.scopes, zip(*columns, strict=True), strict=True)}


def moves(shock: Shock) -> dict[str, float]:
    out = {}
    for coin, beta in zip(COINS, BETAS.tolist(), strict=True):
        if coin in STABLE:
            out[coin] = shock.depeg.get(coin, 0.0)
        elif coin in shock.moves:
            out[coin] = shock.moves[coin]
        elif shock.by_beta and not math.isnan(beta):
            out[coin] = max(-1.0, beta * shock.moves["BTC"])
        elif shock.by_beta:
            out[coin] = shock.moves.get("*", shock.moves["BTC"])
        else:
            out[coin] = shock.moves.get("*", 0.0)
    return out


def gain(desk: Desk, part: Part, move: Mapping[str, float]) -> tuple[float, float]:
    """Base currency, from prices before and after: what a part gains, and its notional after."""
    market = desk.markets[part.market]
    if market.is_coin:
        after = desk.notional(part) * (1.0 + move[market.coin])
        return after - desk.notional(part), abs(after)
    coin = market.mid * market.rate
    coin_after = coin * (1.0 + move[market.underlying])
    quote_after = market.rate * (1.0 if market.inverse else 1.0 + move[market.coin])
    price_after = coin_after / quote_after
    if market.inverse:
        coins = part.quantity * (1.0 / market.mid - 1.0 / price_after)
        return coins * coin_after, abs(part.quantity) * quote_after
    return part.quantity * (price_after - market.mid) * quote_after, abs(part.quantity) * coin_after


def blow(desk: Desk, at: int, move: Mapping[str, float]) -> tuple[float, float, float]:
    """Loss of one account, and whether it is called for margin and liquidated (NaN: nobody can tell)."""
    account = desk.accounts[at]
    contracts = [
        part for part in desk.held(Scope(ScopeKind.ACCOUNT, f"a{at}")) if not desk.markets[part.market].is_coin
    ]
    changes = [gain(desk, part, move) for part in contracts]
    loss = -math.fsum([change for change, _ in changes] + [value * move[coin] for coin, value in account.coins])
    if not contracts:
        return loss, 0.0, 0.0
    after = account.equity - loss
    gross = math.fsum(notional for _, notional in changes)
    scale = gross / math.fsum(abs(desk.notional(part)) for part in contracts)
    initial, maintenance = account.initial_margin * scale, account.maintenance_margin * scale
    if not math.isnan(initial):
        called = float(after < initial)
    elif after < (0.0 if math.isnan(maintenance) else maintenance):
        called = 1.0
    else:
        called = 0.0 if after >= gross else NAN
    if not math.isnan(maintenance):
        liquidated = float(after <= maintenance)
    elif after <= 0.0:
        liquidated = 1.0
    else:
        liquidated = 0.0 if after > (gross if math.isnan(initial) else min(gross, initial)) else NAN
    return loss, called, liquidated


def equity_at(desk: Desk, venue: int) -> float:
    return math.fsum(max(account.equity, 0.0) for account in desk.accounts if account.venue == venue)


def gone(desk: Desk, scope: Scope, shock: Shock) -> int:
    if shock.venue_gone != "*":
        return VENUES.index(shock.venue_gone) if shock.venue_gone else -1
    if scope.kind is ScopeKind.VENUE:
        return VENUES.index(scope.name)
    if scope.kind is ScopeKind.ACCOUNT:
        return desk.accounts[int(scope.name[1:])].venue
    amounts = [equity_at(desk, venue) for venue in range(len(VENUES))]
    if scope.kind is ScopeKind.STRATEGY:
        amounts = [held_at(desk, scope, venue) for venue in range(len(VENUES))]
    return amounts.index(max(amounts))


def held_at(desk: Desk, scope: Scope, venue: int) -> float:
    return math.fsum(abs(desk.notional(p)) for p in desk.held(scope) if desk.accounts[p.account].venue == venue)


def reference(desk: Desk, scope: Scope, shock: Shock) -> tuple[float, float, float]:
    move, lost = moves(shock), gone(desk, scope, shock)
    if scope.kind is ScopeKind.STRATEGY:
        parts = desk.held(scope)
        members = sorted({part.account for part in parts})
        staying = [part for part in parts if desk.accounts[part.account].venue != lost]
        loss = -math.fsum(gain(desk, part, move)[0] for part in staying)
        if lost >= 0:
            held = held_at(desk, scope, lost)
            loss += max(desk.equity(scope), 0.0) * (held / desk.gross(scope) if parts else 0.0)
    else:
        members = sorted(desk.members(scope))
        staying_accounts = [at for at in members if desk.accounts[at].venue != lost]
        loss = math.fsum(blow(desk, at, move)[0] for at in staying_accounts)
        loss += math.fsum(max(desk.accounts[at].equity, 0.0) for at in members if desk.accounts[at].venue == lost)
    blows = [blow(desk, at, move) for at in members if desk.accounts[at].venue != lost]
    return loss, sum(called for _, called, _ in blows), sum(liquidated for _, _, liquidated in blows)


@given(desk=desks, shock=shocks)
def test_every_column_agrees_with_a_plain_reference(desk: Desk, shock: Shock) -> None:
    found = figures(desk, shock)
    for scope in desk.scopes:
        wanted = reference(desk, scope, shock)
        if scope.name == "unattributed" and gone(desk, scope, shock) >= 0:
            # Without capital nobody knows what it would lose with a venue.
            assert math.isnan(found[str(scope)][0])
            wanted = (NAN, *wanted[1:])
        if marginal(desk, scope, shock):
            continue
        assert found[str(scope)] == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True), scope


def marginal(desk: Desk, scope: Scope, shock: Shock) -> bool:
    """Whether an account ends so close to a line that rounding decides on which side."""
    move = moves(shock)
    for at, account in enumerate(desk.accounts):
        contracts = [p for p in desk.held(Scope(ScopeKind.ACCOUNT, f"a{at}")) if not desk.markets[p.market].is_coin]
        after = account.equity - blow(desk, at, move)[0]
        gross = math.fsum(gain(desk, part, move)[1] for part in contracts)
        before = math.fsum(abs(desk.notional(part)) for part in contracts)
        scale = gross / before if before else 1.0
        lines = (0.0, gross, account.initial_margin * scale, account.maintenance_margin * scale)
        if any(abs(after - line) < 1e-9 * (1.0 + abs(after) + gross) for line in lines):
            return True
    return False


@given(desk=desks, shock=shocks, chance=st.integers(0, 2**32))
def test_the_order_of_what_is_held_changes_nothing(desk: Desk, shock: Shock, chance: int) -> None:
    order = list(range(len(desk.parts)))
    random.Random(chance).shuffle(order)
    if not marginal(desk, desk.scopes[0], shock):
        assert_same(figures(desk, shock), figures(desk, shock, order))


@given(desk=desks, shock=shocks)
def test_splitting_a_part_in_two_changes_nothing(desk: Desk, shock: Shock) -> None:
    halves = tuple(replace(part, quantity=part.quantity / 2.0) for part in desk.parts for _ in range(2))
    if not marginal(desk, desk.scopes[0], shock):
        assert_same(figures(desk, shock), figures(replace(desk, parts=halves), shock))


@given(desk=desks, shock=shocks)
def test_a_flat_account_is_neither_called_nor_liquidated_nor_loses(desk: Desk, shock: Shock) -> None:
    idle = Account(venue=2, equity=0.0, coins=())
    more = figures(replace(desk, accounts=(*desk.accounts, idle)), shock)
    assert more["account:a4"] == (0.0, 0.0, 0.0)
    assert_same(figures(desk, shock), more)


@given(desk=desks, shock=shocks)
def test_the_base_currency_scales_losses_and_leaves_counts_alone(desk: Desk, shock: Shock) -> None:
    accounts = tuple(
        replace(
            one,
            equity=one.equity / 8.0,
            initial_margin=one.initial_margin / 8.0,
            maintenance_margin=one.maintenance_margin / 8.0,
            coins=tuple((coin, value / 8.0) for coin, value in one.coins),
        )
        for one in desk.accounts
    )
    markets = tuple(replace(market, rate=market.rate / 8.0) for market in desk.markets)
    dear = figures(replace(desk, accounts=accounts, markets=markets, capital=desk.capital / 8.0), shock)
    assert_same(figures(desk, shock), {scope: (loss * 8.0, *counts) for scope, (loss, *counts) in dear.items()})


@given(desk=desks)
def test_a_deposit_of_money_leaves_a_crash_s_losses_alone(desk: Desk) -> None:
    shock = Shock("s", "", moves={"BTC": -0.2, "*": -0.4})
    first, *others = desk.accounts
    rich = replace(first, equity=first.equity + 1e6, coins=(*first.coins, ("USD", 1e6)))
    before, after = figures(desk, shock), figures(replace(desk, accounts=(rich, *others)), shock)
    for scope in before:
        assert after[scope][0] == pytest.approx(before[scope][0], rel=1e-9, abs=1e-9)
    assert after["account:a0"][1:] == (0.0, 0.0)


def assert_same(one: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]]) -> None:
    for scope, values in one.items():
        assert other[scope] == pytest.approx(values, rel=1e-9, abs=1e-9, nan_ok=True), scope


def shocked(parts: tuple[Part, ...], shock: Shock, first: Account = FOUR[0]) -> tuple[float, float, float]:
    return figures(Desk((first, *FOUR[1:]), parts), shock)["account:a0"]


CRASH = Shock("s", "", moves={"BTC": -0.2})


def test_an_inverse_short_of_the_collateral_s_worth_keeps_its_value_in_money() -> None:
    coins = Account(0, equity=1_000.0, coins=(("BTC", 1_000.0),))
    assert shocked((Part(0, 2, "net", 0, -1_000.0),), CRASH, coins)[0] == pytest.approx(0.0, abs=1e-12)
    assert shocked((), CRASH, coins)[0] == pytest.approx(200.0)


def test_a_coin_held_is_lost_once_and_not_as_a_position_and_as_collateral() -> None:
    coins = Account(0, equity=1_000.0, coins=(("BTC", 1_000.0),))
    found = figures(Desk((coins, *FOUR[1:]), (Part(0, 5, "net", 0, 10.0),)), CRASH)
    assert found["account:a0"] == (pytest.approx(200.0), 0.0, 0.0)
    assert found["strategy:mm"][0] == pytest.approx(200.0)


def test_a_depeg_costs_the_collateral_and_lifts_what_is_quoted_in_it() -> None:
    depeg = Shock("s", "", depeg={"USDT": -0.1})
    assert shocked((), depeg)[0] == pytest.approx(100.0)
    assert shocked((Part(0, 0, "net", 0, 10.0),), depeg)[0] == pytest.approx(0.0, abs=1e-9)
    assert shocked((Part(0, 0, "net", 0, -10.0),), depeg)[0] == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("initial", "maintenance", "counts"),
    [
        (100.0, 50.0, (0.0, 0.0)),
        (1_100.0, 50.0, (1.0, 0.0)),
        (1_100.0, 1_000.0, (1.0, 1.0)),
        # Scaled to the notional after: 800 / 1000 of it.
        (1_000.0, 999.0, (0.0, 0.0)),
        (NAN, 1_100.0, (1.0, 1.0)),
        (NAN, 50.0, (0.0, 0.0)),
        (100.0, NAN, (0.0, 0.0)),
    ],
)
def test_margins_scale_with_the_notional_after(initial: float, maintenance: float, counts: tuple[float, float]) -> None:
    account = Account(0, 1_000.0, initial, maintenance)
    assert shocked((Part(0, 0, "net", 0, 10.0),), CRASH, account)[1:] == counts


def test_without_any_margin_rate_only_the_bounds_are_known() -> None:
    blank = Account(0, 1_000.0, NAN, NAN)
    ruined = shocked((Part(0, 0, "net", 0, 60.0),), CRASH, blank)
    assert ruined == (pytest.approx(1_200.0), 1.0, 1.0)
    assert all(math.isnan(count) for count in shocked((Part(0, 0, "net", 0, 20.0),), CRASH, blank)[1:])
    assert shocked((Part(0, 0, "net", 0, 5.0),), CRASH, blank)[1:] == (0.0, 0.0)


def test_the_venue_with_most_equity_takes_it_all_along() -> None:
    worst = Shock("s", "", venue_gone="*")
    desk = Desk((*FOUR[:3], Account(1, 5_000.0)), (Part(0, 0, "net", 0, 30.0), Part(3, 0, "net", 0, -10.0)))
    found = figures(desk, worst)
    assert found["portfolio"] == (6_000.0, 0.0, 0.0)
    assert found["venue:north"][0] == 2_000.0
    assert found["account:a0"][0] == 1_000.0
    assert found["strategy:mm"][0] == pytest.approx(0.75 * 5_000.0)
    assert figures(desk, Shock("s", "", venue_gone="north"))["portfolio"][0] == 2_000.0


def test_a_venue_that_nobody_knows_leaves_its_shock_unknown() -> None:
    found = figures(Desk(FOUR), Shock("s", "", venue_gone="nowhere"))
    assert all(math.isnan(value) for columns in found.values() for value in columns)


def test_what_does_not_move_needs_no_price() -> None:
    unpriced = Account(0, 1_000.0, coins=(("USDT", 1_000.0), ("SOL", NAN)))
    assert shocked((), CRASH, unpriced)[0] == 0.0
    assert math.isnan(shocked((), Shock("s", "", moves={"*": -0.4}), unpriced)[0])


@pytest.mark.parametrize("mid", [NAN, math.inf])
def test_an_absurd_mark_leaves_its_holders_unknown_and_nobody_else(mid: float) -> None:
    absurd = (replace(MARKETS[0], mid=mid), *MARKETS[1:])
    found = figures(Desk(FOUR, (Part(0, 0, "net", 0, 1.0), Part(2, 3, "net", 1, 1.0)), absurd), CRASH)
    for scope in ("portfolio", "venue:north", "account:a0", "strategy:mm"):
        assert all(math.isnan(value) for value in found[scope][: 1 if scope == "strategy:mm" else 3]), scope
    for scope in ("venue:south", "account:a2", "strategy:trend"):
        assert found[scope] == (0.0, 0.0, 0.0)


def test_an_account_never_read_is_unknown_under_every_shock() -> None:
    inputs = inputs_of(Desk(FOUR))
    unread, equity = inputs.gross.copy(), inputs.equity.copy()
    rows = [0, 1, 4]
    unread[rows] = equity[rows] = NAN
    found = estimate_stress(replace(inputs, gross=unread, equity=equity), built_in_shocks(), BETAS)
    for column in (found.loss, found.margin_calls, found.liquidated):
        assert np.isnan(column[:, rows]).all()
        assert not np.isnan(column[:2, [2, 5, 6, 7]]).any()


def test_a_book_without_shocks_has_no_stress() -> None:
    found = estimate_stress(inputs_of(Desk(FOUR)), [], BETAS)
    assert found.loss.shape == (0, len(Desk(FOUR).scopes))
    assert np.isnan(found.of("nothing", found.loss)).all()


def test_where_the_largest_venue_is_unknown_nobody_knows_whose_accounts_are_left() -> None:
    inputs = inputs_of(Desk(FOUR, (Part(0, 0, "net", 0, 5.0),)))
    equity = inputs.equity.copy()
    equity[4] = NAN
    found = estimate_stress(replace(inputs, equity=equity), [Shock("s", "", venue_gone="*")], BETAS)
    assert np.isnan([found.loss[0, 0], found.margin_calls[0, 0], found.liquidated[0, 0]]).all()
    assert found.margin_calls[0, 2] == 0.0


def test_an_inverse_contract_s_margin_stays_what_it_is_in_money() -> None:
    account = Account(0, 1_000.0, initial_margin=750.0, maintenance_margin=100.0)
    linear, inverse = (Part(0, market, "net", 0, quantity) for market, quantity in ((0, 10.0), (2, 1_000.0)))
    assert shocked((linear,), CRASH, account) == (pytest.approx(200.0), 0.0, 0.0)
    assert shocked((inverse,), CRASH, replace(account, initial_margin=850.0)) == (pytest.approx(200.0), 1.0, 0.0)
    assert shocked((linear,), CRASH, replace(account, initial_margin=850.0)) == (pytest.approx(200.0), 0.0, 0.0)

"""Volatility, value at risk and its split against pandas, numpy and plain loops, and what must not change them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.columns import Floats
from core.domain import ScopeKind
from core.risk.costly.contributions import instrument_shares, underlying_shares
from core.risk.costly.covariance import coin_covariance
from core.risk.costly.inputs import Returns
from core.risk.costly.scenarios import scenarios_of
from core.risk.costly.volatility import realised_volatility
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import HOUR_S, Book, Held, related, returns, with_holes

NAN = math.nan
COINS = ("BTC", "ETH", "SOL", "USDC")
YEAR_H = 365.0 * 24.0
TAILS = ("var_historical", "es_historical", "var_filtered", "es_filtered")
SETTINGS = RiskSettings(min_samples=10, confidence=0.95)
rows_of = st.builds(
    Held,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(COINS),
    st.integers(-50, 50).filter(bool).map(float),
    st.sampled_from(["mm", "trend", "unattributed"]),
    st.sampled_from(["USDT", "USD"]),
)


def prices(periods: int = 150, seed: int = 1) -> Floats:
    value = related(np.random.default_rng(seed), periods, 4, 0.7) * [1.0, 1.5, 3.0, 1.0]
    value[:, 3] = NAN
    return value


# -- realised ---------------------------------------------------------------------------------------------------------


def test_realised_volatility_agrees_with_pandas_over_holes_and_gaps() -> None:
    rng = np.random.default_rng(1)
    value = with_holes(rng, 0.002 * rng.standard_normal((200, 3)), 0.2)
    at_s = 300.0 * np.cumsum(rng.integers(1, 4, 200)).astype(np.float64)
    got, samples = realised_volatility(
        Returns(at_s, 300.0, value), RiskSettings(min_samples=10, ewma_half_life_s=9_000.0)
    )
    index = pd.to_datetime((at_s * 1e9).astype(np.int64))
    for series in range(3):
        present = ~np.isnan(value[:, series])
        squares = pd.Series(value[present, series] ** 2, index=index[present])
        mean = squares.ewm(halflife=pd.Timedelta(seconds=9_000), times=squares.index).mean().iloc[-1]
        assert got[series] == pytest.approx(math.sqrt(mean * YEAR_H * 12.0), rel=1e-9)
        weight = 0.5 ** ((at_s[-1] - at_s[present]) / 9_000.0)
        assert samples[series] == pytest.approx(weight.sum() ** 2 / (weight**2).sum(), rel=1e-9)


def test_realised_volatility_finds_the_one_that_was_simulated() -> None:
    rng = np.random.default_rng(2)
    got, samples = realised_volatility(returns(0.01 * rng.standard_normal((500, 40))), RiskSettings())
    truth = 0.01 * math.sqrt(YEAR_H)
    error = (got / truth - 1.0) * np.sqrt(2.0 * samples)
    assert np.mean(np.abs(error) < 1.96) > 0.8


@pytest.mark.parametrize("absurd", [math.inf, -math.inf, 1e12, -2.0])
def test_few_samples_and_absurd_ones_leave_realised_volatility_unknown(absurd: float) -> None:
    value = np.full((60, 3), 0.01)
    value[:-9, 0] = NAN
    value[:-9, 1] = absurd
    got, samples = realised_volatility(returns(value), RiskSettings(min_samples=10, ewma_half_life_s=math.inf))
    assert np.isnan(got[:2]).all()
    assert samples.tolist() == pytest.approx([9.0, 9.0, 60.0])
    assert got[2] == pytest.approx(0.01 * math.sqrt(YEAR_H))
    for periods in (0, 1):
        nothing = realised_volatility(returns(np.full((periods, 2), NAN)), RiskSettings())
        assert np.isnan(nothing[0]).all()


# -- expected, and its split ------------------------------------------------------------------------------------------


def quadratic(one: dict[str, float], other: dict[str, float], book: Book) -> float:
    covariance = coin_covariance(book.inputs())
    rho, sd = covariance.correlation.tolist(), covariance.deviation.tolist()
    at = {coin: place for place, coin in enumerate(COINS)}
    return math.fsum(
        x * sd[at[i]] * rho[at[i]][at[j]] * sd[at[j]] * y
        for i, x in one.items()
        for j, y in other.items()
        if "USDC" not in (i, j)
    )


@given(held=st.lists(rows_of, max_size=10), seed=st.integers(0, 2**32))
def test_expected_volatility_and_shares_of_risk_agree_with_plain_loops(held: list[Held], seed: int) -> None:
    book = Book(held, prices(seed=seed))
    frame = book.frame()
    figures = book.figures()
    whole = book.nets(book.scopes[0])
    total = quadratic(whole, whole, book)
    for scope in book.scopes:
        nets, name = book.nets(scope), str(scope)
        wanted = math.sqrt(quadratic(nets, nets, book) * YEAR_H) / 1_000.0
        assert figures["ex_ante_volatility"][name] == pytest.approx(wanted, rel=1e-9, abs=1e-15), name
        share = quadratic(nets, whole, book) / total if total else 0.0
        assert figures["risk_contribution"][name] == pytest.approx(share, rel=1e-9, abs=1e-9), name
    for kind in (ScopeKind.VENUE, ScopeKind.ACCOUNT, ScopeKind.STRATEGY):
        parts = [figures["risk_contribution"][str(scope)] for scope in book.scopes if scope.kind is kind]
        assert math.fsum(parts) == pytest.approx(1.0 if total else 0.0, rel=1e-9)
    for row, scope in enumerate(book.scopes):
        for table in (underlying_shares, instrument_shares):
            shares = table(frame.inputs, frame.volatility.attribution, row)
            assert math.fsum(one.notional for one in shares) == pytest.approx(
                math.fsum(one.notional for one in book.members(scope)), abs=1e-9
            )
            risky = figures["ex_ante_volatility"][str(scope)] > 0.0
            assert math.fsum(one.share for one in shares) == pytest.approx(1.0 if risky else 0.0, rel=1e-9), scope


def test_expected_volatility_of_one_coin_is_that_of_its_returns() -> None:
    value = prices(400)
    figures = Book([Held("a", "ETH", -100.0)], value, settings=RiskSettings(ewma_half_life_s=100 * HOUR_S)).figures()
    sums = pd.Series(value[1:, 1] + value[:-1, 1]).ewm(halflife=100).std(bias=True).iloc[-1]
    wanted = 0.1 * sums * math.sqrt(YEAR_H / 2.0)
    assert figures["ex_ante_volatility"]["account:a"] == pytest.approx(wanted, rel=1e-9)
    assert wanted == pytest.approx(0.1 * 0.015 * math.sqrt(YEAR_H), rel=0.2)


def test_what_is_nobodys_is_no_strategys() -> None:
    held = [Held("a", "BTC", 100.0, "trend"), Held("c", "ETH", 70.0, "")]
    figures = Book(held, prices(), settings=SETTINGS).figures()
    alone = Book(held[:1], prices(), settings=SETTINGS).figures()
    for name in ("ex_ante_volatility", "underlying_bets", *TAILS):
        attributed = Book([held[0], Held("c", "ETH", 70.0, "mm")], prices(), settings=SETTINGS).figures()
        assert figures[name]["account:c"] == pytest.approx(attributed[name]["account:c"]), name
        for scope in ("account:a", "strategy:mm", "strategy:trend", "strategy:unattributed"):
            assert figures[name][scope] == pytest.approx(alone[name][scope]), (name, scope)


def test_who_was_never_read_has_no_risk_that_anybody_knows() -> None:
    figures = Book([Held("a", "BTC", 100.0)], prices(), settings=SETTINGS, unread=frozenset({"b"})).figures()
    for name in ("ex_ante_volatility", "risk_contribution", *TAILS):
        assert math.isnan(figures[name]["account:b"]), name
        assert math.isnan(figures[name]["portfolio"]), name
    assert figures["var_historical"]["account:a"] > 0.0
    assert figures["var_historical"]["account:c"] == 0.0


def test_the_table_of_a_scope_names_who_carries_the_risk_and_who_hedges() -> None:
    held = [Held("a", "SOL", 100.0), Held("a", "BTC", -40.0, quote="USD:BTC"), Held("a", "BTC", 30.0)]
    book = Book(held, prices())
    frame, row = book.frame(), [str(scope) for scope in book.scopes].index("account:a")
    coins = underlying_shares(frame.inputs, frame.volatility.attribution, row)
    assert [one.name for one in coins] == ["SOL", "BTC"]
    assert coins[0].share > 1.0 > 0.0 > coins[1].share
    assert coins[1].notional == -10.0
    instruments = instrument_shares(frame.inputs, frame.volatility.attribution, row)
    assert [one.name for one in instruments] == ["paper SOL/USDT", "paper BTC/USD:BTC", "paper BTC/USDT"]
    assert instruments[1].share < 0.0 < instruments[2].share
    alone = Book([Held("a", "BTC", 30.0)], prices()).figures()["ex_ante_volatility"]["account:a"]
    assert instruments[2].volatility == pytest.approx(1_000.0 * alone, rel=0.05)


def test_a_share_of_risk_is_what_a_little_more_of_everything_would_add() -> None:
    held = [Held("a", "BTC", 100.0), Held("b", "ETH", -80.0), Held("c", "SOL", 30.0)]
    figures, step = Book(held, prices()).figures(), 1e-6
    for at, row in enumerate(held):
        more = [*held[:at], Held(row.account, row.coin, row.notional * (1.0 + step)), *held[at + 1 :]]
        moved = Book(more, prices()).figures()["ex_ante_volatility"]["portfolio"]
        slope = (moved / figures["ex_ante_volatility"]["portfolio"] - 1.0) / step
        assert figures["risk_contribution"][f"account:{row.account}"] == pytest.approx(slope, abs=1e-5)


# -- value at risk ----------------------------------------------------------------------------------------------------


@given(held=st.lists(rows_of, max_size=8), seed=st.integers(0, 2**32), confidence=st.sampled_from([0.9, 0.95, 0.975]))
def test_value_at_risk_and_shortfall_agree_with_sorted_losses(held: list[Held], seed: int, confidence: float) -> None:
    rng = np.random.default_rng(seed)
    settings = RiskSettings(min_samples=10, confidence=confidence, horizon_s=6 * HOUR_S)
    book = Book(held, with_holes(rng, prices(int(rng.integers(50, 150)), seed), 0.05), settings=settings)
    figures, scenarios = book.figures(), scenarios_of(book.inputs())
    tail = (1.0 - confidence) * scenarios.periods
    for scope in book.scopes:
        for kind, panel in (("historical", scenarios.plain), ("filtered", scenarios.filtered)):
            losses = np.zeros(scenarios.periods)
            for coin, net in book.nets(scope).items():
                losses = losses - net * panel[COINS.index(coin)]
            wanted = max(0.0, float(np.quantile(losses, confidence, method="inverted_cdf")))
            scale = math.sqrt(6.0) / 1_000.0
            assert figures[f"var_{kind}"][str(scope)] == pytest.approx(wanted * scale, rel=1e-9, abs=1e-15)
            falling, rest, worst = sorted(losses.tolist(), reverse=True), tail, 0.0
            for one in falling:
                worst += one * min(1.0, max(0.0, rest))
                rest -= 1.0
            wanted = max(0.0, worst / tail)
            assert figures[f"es_{kind}"][str(scope)] == pytest.approx(wanted * scale, rel=1e-9, abs=1e-12)


def test_value_at_risk_finds_the_quantile_of_a_normal_distribution() -> None:
    rng = np.random.default_rng(3)
    value = related(rng, 20_000, 4, 0.5)
    held = [Held("a", "BTC", 100.0), Held("a", "ETH", 100.0)]
    figures = Book(held, value, settings=RiskSettings(min_samples=10)).figures()
    deviation = math.sqrt(24.0) * 0.01 * 100.0 * math.sqrt(2.0 + 2.0 * 0.5) / 1_000.0
    assert figures["var_historical"]["account:a"] == pytest.approx(2.3263 * deviation, rel=0.05)
    assert figures["es_historical"]["account:a"] == pytest.approx(2.6652 * deviation, rel=0.05)


def test_a_storm_today_raises_filtered_risk_above_historical_and_a_calm_lowers_it() -> None:
    rng = np.random.default_rng(4)
    held = [Held("a", "BTC", 100.0)]
    settings = RiskSettings(min_samples=10, confidence=0.95, ewma_half_life_s=12 * HOUR_S)
    value = related(rng, 400, 4, 0.5)
    for late, sign in ((4.0, 1.0), (0.2, -1.0)):
        moved = value * np.where(np.arange(400) < 340, 1.0, late)[:, None]
        figures = Book(held, moved, settings=settings).figures()
        assert sign * math.log(figures["var_filtered"]["account:a"] / figures["var_historical"]["account:a"]) > 0.5


def test_fewer_scenarios_than_the_tail_needs_leave_it_unknown_and_say_how_many() -> None:
    held = [Held("a", "BTC", 100.0), Held("b", "USDC", 100.0)]
    figures = Book(held, prices(99)).figures()
    assert all(math.isnan(figures[name]["account:a"]) for name in TAILS)
    assert all(figures[name]["account:b"] == 0.0 for name in TAILS)
    assert figures["value_at_risk_samples"]["account:a"] == 99.0
    assert not math.isnan(Book(held, prices(100)).figures()["var_historical"]["account:a"])


def test_a_coin_nobody_knows_makes_risk_unknown_and_a_crumb_of_it_counts_as_the_worst() -> None:
    value = prices()
    value[:-5, 2] = NAN
    known = [Held("a", "BTC", 1_000.0), Held("b", "ETH", 1.0)]
    base = Book(known, value, settings=SETTINGS).figures()
    much = Book([*known, Held("a", "SOL", 900.0)], value, settings=SETTINGS).figures()
    crumb = Book([*known, Held("a", "SOL", 10.0)], value, settings=SETTINGS).figures()
    worst = {name: base[name]["account:b"] for name in ("ex_ante_volatility", "var_historical", "es_filtered")}
    for name, of_one in worst.items():
        assert math.isnan(much[name]["account:a"]), name
        added = crumb[name]["account:a"] - base[name]["account:a"]
        # ETH is the most volatile coin known; the tail takes the worse of its two sides.
        assert 9.99 * of_one <= added <= 16.0 * of_one, name
    assert math.fsum(crumb["risk_contribution"][f"account:{name}"] for name in "abc") == pytest.approx(1.0)


def test_no_equity_makes_every_ratio_infinite_and_unknown_equity_unknown() -> None:
    held = [Held("a", "BTC", 100.0)]
    for equity, wanted in ((0.0, math.inf), (-5.0, math.inf), (NAN, NAN)):
        figures = Book(held, prices(), equity=equity, settings=SETTINGS).figures()
        for name in ("ex_ante_volatility", *TAILS):
            assert figures[name]["account:a"] == pytest.approx(wanted, nan_ok=True), name


@pytest.mark.parametrize("absurd", [NAN, math.inf, -math.inf, 1e12])
def test_an_absurd_price_or_an_unknown_notional_makes_no_false_figure(absurd: float) -> None:
    value = prices()
    value[70, 0] = absurd
    missing = prices()
    missing[70, 0] = NAN
    held = [Held("a", "BTC", 100.0), Held("b", "ETH", 50.0)]
    one, other = (Book(held, some, settings=SETTINGS).figures() for some in (value, missing))
    for name, scopes in one.items():
        assert scopes == pytest.approx(other[name], rel=1e-12, nan_ok=True), name
    unknown = Book([*held, Held("c", "ETH", NAN)], prices(), settings=SETTINGS).figures()
    for name in ("ex_ante_volatility", "risk_contribution", *TAILS):
        assert math.isnan(unknown[name]["account:c"]), name
    assert not math.isnan(unknown["var_historical"]["account:a"])


def test_nothing_sampled_is_unknown_where_something_is_held_and_zero_where_nothing_is() -> None:
    for periods in (0, 1, 200):
        value = np.full((periods, 4), NAN)
        figures = Book([Held("a", "BTC", 100.0)], value, settings=SETTINGS).figures()
        for name in ("ex_ante_volatility", *TAILS):
            assert math.isnan(figures[name]["account:a"]), name
            assert figures[name]["account:c"] == 0.0, name
        assert figures["value_at_risk_samples"]["account:a"] == 0.0


HELD = [
    Held("a", "BTC", 100.0, "mm"),
    Held("b", "ETH", -300.0, "trend"),
    Held("c", "SOL", 200.0, "mm"),
    Held("c", "BTC", 50.0, "unattributed"),
]
FAMILY = ("realised_volatility", "ex_ante_volatility", *TAILS, "risk_contribution", "value_at_risk_samples")


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), split=st.integers(0, 3), share=st.floats(0.1, 0.9), scale=st.floats(1e-3, 1e3))
def test_order_splits_and_another_base_currency_change_no_ratio(
    seed: int, split: int, share: float, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    pnl = related(rng, 60, 9, 0.5, 0.001)
    book = Book(HELD, with_holes(rng, prices(), 0.02), scope_returns=pnl, settings=SETTINGS)
    base = book.figures()
    whole = HELD[split]
    parts = [Held(whole.account, whole.coin, whole.notional * part, whole.strategy) for part in (share, 1.0 - share)]
    others = [row for row in HELD if row is not whole]
    scaled = [Held(row.account, row.coin, row.notional * scale, row.strategy) for row in HELD]
    for changed in (
        book.but(held=HELD[::-1]),
        book.but(held=[*others, *parts]),
        book.but(held=scaled, equity=1_000.0 * scale),
    ):
        figures = changed.figures()
        for name in FAMILY:
            assert figures[name] == pytest.approx(base[name], rel=1e-9, abs=1e-12, nan_ok=True), name


def test_a_deposit_halves_the_ratios_of_todays_positions_and_leaves_realised_volatility_and_shares() -> None:
    pnl = related(np.random.default_rng(5), 60, 9, 0.5, 0.001)
    book = Book(HELD, prices(), scope_returns=pnl, settings=SETTINGS)
    before, after = book.figures(), book.but(equity=2_000.0).figures()
    for name in ("realised_volatility", "risk_contribution"):
        assert after[name] == before[name]
    for name in ("ex_ante_volatility", *TAILS):
        assert after[name]["portfolio"] == pytest.approx(before[name]["portfolio"] / 2.0)


def test_a_flat_account_changes_nothing_but_its_own_row() -> None:
    book = Book(HELD, prices(), settings=SETTINGS)
    more = book.but(accounts=(*book.accounts, ("idle", "west")))
    before, after = book.figures(), more.figures()
    for name in (*FAMILY, "underlying_correlation", "underlying_bets", "underlying_first_factor"):
        shared = {scope: value for scope, value in after[name].items() if scope in before[name]}
        assert shared == pytest.approx(before[name], rel=1e-12, nan_ok=True), name
    assert after["ex_ante_volatility"]["account:idle"] == 0.0
    assert after["risk_contribution"]["account:idle"] == 0.0

"""The correlation columns of every scope against plain loops, their signs, and when they are unknown."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.columns import Floats
from core.domain import ScopeKind
from core.risk.costly.covariance import Covariance, coin_covariance
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import Book, Held, related, with_holes

NAN = math.nan
COINS = ("BTC", "ETH", "SOL", "USDC")
rows_of = st.builds(
    Held,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(COINS),
    st.integers(-50, 50).filter(bool).map(float),
    st.sampled_from(["mm", "trend", "unattributed"]),
)


def prices(periods: int = 120, seed: int = 1, correlation: float = 0.7) -> Floats:
    """Of COINS; USDC has none."""
    value = related(np.random.default_rng(seed), periods, 4, correlation) * [1.0, 1.5, 3.0, 1.0]
    value[:, 3] = NAN
    return value


def plain(nets: dict[str, float], covariance: Covariance) -> tuple[float, float, float]:
    held = [(COINS.index(coin), net) for coin, net in nets.items() if coin != "USDC"]
    if not held:
        return 0.0, 0.0, 0.0
    rho, sd = covariance.correlation.tolist(), covariance.deviation.tolist()
    pairs = [(i, x, j, y) for i, x in held for j, y in held if i != j]
    weight = math.fsum(abs(x * y) for _, x, _, y in pairs)
    mean = math.fsum(x * y * rho[i][j] for i, x, j, y in pairs) / weight if pairs else 0.0
    matrix = np.array([[x * sd[i] * rho[i][j] * sd[j] * y for j, y in held] for i, x in held])
    eigenvalues = np.linalg.eigvals(matrix).real
    total = eigenvalues.sum()
    return mean, float(total**2 / np.square(eigenvalues).sum()), float(eigenvalues.max() / total)


@given(held=st.lists(rows_of, max_size=10), seed=st.integers(0, 2**32))
def test_correlation_of_what_is_held_agrees_with_plain_loops(held: list[Held], seed: int) -> None:
    book = Book(held, prices(seed=seed))
    covariance, figures = coin_covariance(book.inputs()), book.figures()
    for scope in book.scopes:
        mean, number, first = plain(book.nets(scope), covariance)
        name = str(scope)
        assert figures["underlying_correlation"][name] == pytest.approx(mean, rel=1e-9, abs=1e-12), name
        assert figures["underlying_bets"][name] == pytest.approx(number, rel=1e-9), name
        assert figures["underlying_first_factor"][name] == pytest.approx(first, rel=1e-9), name


def test_a_long_and_a_short_in_coins_that_move_together_hedge_each_other() -> None:
    long = Book([Held("a", "BTC", 100.0), Held("a", "ETH", 100.0)], prices(correlation=0.9)).figures()
    pair = Book([Held("a", "BTC", 100.0), Held("a", "ETH", -100.0)], prices(correlation=0.9)).figures()
    assert long["underlying_correlation"]["account:a"] > 0.7
    assert pair["underlying_correlation"]["account:a"] == pytest.approx(-long["underlying_correlation"]["account:a"])
    assert pair["underlying_bets"]["account:a"] == pytest.approx(long["underlying_bets"]["account:a"])


def test_a_short_and_a_long_of_the_same_coin_are_no_bet() -> None:
    figures = Book([Held("a", "BTC", 100.0), Held("b", "BTC", -100.0), Held("a", "USDC", 5.0)], prices()).figures()
    assert figures["underlying_bets"] == {
        "portfolio": 0.0,
        "venue:north": 0.0,
        "venue:south": 0.0,
        "account:a": pytest.approx(1.0),
        "account:b": pytest.approx(1.0),
        "account:c": 0.0,
        "strategy:mm": 0.0,
        "strategy:trend": 0.0,
        "strategy:unattributed": 0.0,
    }


def test_too_few_samples_of_what_is_held_are_told_and_make_it_unknown() -> None:
    value = prices()
    value[:-8, 1] = NAN
    book = Book([Held("a", "BTC", 100.0), Held("a", "ETH", 100.0), Held("b", "BTC", 1.0)], value)
    figures = book.figures()
    assert math.isnan(figures["underlying_correlation"]["account:a"])
    assert math.isnan(figures["underlying_bets"]["account:a"])
    alone, both = (figures["underlying_correlation_samples"][name] for name in ("account:b", "account:a"))
    few = 7 / 1.5
    assert both == pytest.approx((alone + 3 * few) / 4, rel=0.01)
    assert figures["underlying_bets"]["account:b"] == pytest.approx(1.0)
    little = Book([Held("a", "BTC", 100.0), Held("a", "ETH", 1.0)], value).figures()
    assert little["underlying_bets"]["account:a"] == pytest.approx(1.0)


def test_who_was_never_read_is_unknown_and_not_flat() -> None:
    figures = Book([Held("a", "BTC", 100.0)], prices(), unread=frozenset({"b"})).figures()
    for name in ("underlying_correlation", "underlying_bets", "underlying_correlation_samples"):
        assert math.isnan(figures[name]["account:b"]), name
        assert math.isnan(figures[name]["portfolio"]), name
        assert not math.isnan(figures[name]["account:a"]), name


@pytest.mark.parametrize("absurd", [NAN, math.inf, 1e200, -1e200])
def test_an_absurd_notional_breaks_nothing(absurd: float) -> None:
    held = [Held("a", "BTC", absurd), Held("a", "ETH", 1.0), Held("c", "ETH", 1.0)]
    book = Book(held, prices())
    figures = book.figures()
    assert figures["underlying_bets"]["account:c"] == pytest.approx(1.0)
    bets = figures["underlying_bets"]["account:a"]
    assert bets == pytest.approx(1.0) if math.isfinite(absurd) else math.isnan(bets)


def pnl(book: Book, seed: int = 2, periods: int = 150) -> Floats:
    return related(np.random.default_rng(seed), periods, len(book.scopes), 0.6, 0.001)


HELD = [
    Held("a", "BTC", 100.0, "mm"),
    Held("b", "ETH", -300.0, "trend"),
    Held("c", "SOL", 200.0, "mm"),
    Held("c", "BTC", 50.0, "unattributed"),
]


def pairwise(value: Floats, weight: list[float], half_life: float) -> float:
    sums = value[1:] + value[:-1]
    w = 0.5 ** (np.arange(len(sums))[::-1] / half_life)
    up = down = 0.0
    for i in range(len(weight)):
        for j in range(i):
            cov = np.cov(sums[:, i], sums[:, j], aweights=w, bias=True)
            up += weight[i] * weight[j] * cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1])
            down += weight[i] * weight[j]
    return up / down


def test_accounts_are_compared_in_the_portfolio_and_in_their_venue_and_strategies_in_the_portfolio() -> None:
    book = Book(HELD, prices(), settings=RiskSettings(min_samples=10, ewma_half_life_s=50 * 300.0))
    value = pnl(book)
    book = book.but(scope_returns=value)
    figures, at = book.figures(), [str(scope) for scope in book.scopes].index
    accounts = [at("account:a"), at("account:b"), at("account:c")]
    got = figures["account_correlation"]
    assert got["portfolio"] == pytest.approx(pairwise(value[:, accounts], [100.0, 300.0, 250.0], 50), rel=1e-9)
    assert got["venue:north"] == pytest.approx(pairwise(value[:, accounts[:2]], [100.0, 300.0], 50), rel=1e-9)
    assert got["venue:south"] == 0.0
    assert figures["account_bets"]["venue:south"] == 1.0
    assert 1.0 < figures["account_bets"]["portfolio"] < 3.0
    strategies = [at("strategy:mm"), at("strategy:trend")]
    wanted = pairwise(value[:, strategies], [300.0, 300.0], 50)
    assert figures["strategy_correlation"]["portfolio"] == pytest.approx(wanted, rel=1e-9)
    for scope in book.scopes:
        if scope.kind in {ScopeKind.ACCOUNT, ScopeKind.STRATEGY}:
            assert math.isnan(got[str(scope)])
        if scope.kind is not ScopeKind.PORTFOLIO:
            assert math.isnan(figures["strategy_correlation"][str(scope)])


def test_a_strategy_without_returns_leaves_strategies_unknown_and_accounts_alone() -> None:
    book = Book(HELD, prices())
    value = pnl(book)
    value[:, [str(scope) for scope in book.scopes].index("strategy:mm")] = NAN
    figures = book.but(scope_returns=value).figures()
    assert math.isnan(figures["strategy_bets"]["portfolio"])
    assert not math.isnan(figures["account_bets"]["portfolio"])


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), split=st.integers(0, 3), share=st.floats(0.1, 0.9), scale=st.floats(1e-3, 1e3))
def test_order_splits_and_another_base_currency_change_no_correlation(
    seed: int, split: int, share: float, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    book = Book(HELD, with_holes(rng, prices(), 0.02))
    book = book.but(scope_returns=pnl(book, seed % 1_000))
    base = book.figures()
    whole = HELD[split]
    parts = [Held(whole.account, whole.coin, whole.notional * part, whole.strategy) for part in (share, 1.0 - share)]
    others = [row for row in HELD if row is not whole]
    scaled = [Held(row.account, row.coin, row.notional * scale, row.strategy) for row in HELD]
    for changed in (
        book.but(held=HELD[::-1]),
        book.but(held=[*others, *parts]),
        book.but(held=scaled, equity=1_000.0 * scale),
        book.but(equity=5_000.0),
    ):
        for name, scopes in changed.figures().items():
            if "correlation" in name or "bets" in name or "factor" in name:
                assert scopes == pytest.approx(base[name], rel=1e-6, abs=1e-9, nan_ok=True), name

"""A book for the costly columns, written down by hand: who holds what, and which returns there were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.book.columns import Floats
from core.book.layout import Layout
from core.domain import PORTFOLIO, Scope, ScopeKind
from core.risk.costly.betas import estimate_betas
from core.risk.costly.concentration import estimate_concentration
from core.risk.costly.correlation import estimate_correlation
from core.risk.costly.covariance import coin_covariance
from core.risk.costly.exits import estimate_exits
from core.risk.costly.frame import CostlyFrame
from core.risk.costly.inputs import Collateral, CostlyInputs, Holdings, Ladders, Returns
from core.risk.costly.options import estimate_option_delta
from core.risk.costly.stress import estimate_stress
from core.risk.costly.volatility import estimate_volatility
from core.risk.metrics import correlation, volatility
from core.risk.settings import RiskSettings

HOUR_S = 3_600.0


@dataclass(frozen=True)
class Held:
    account: str
    coin: str
    notional: float
    strategy: str = "mm"
    """"" is nobody's."""
    quote: str = "USDT"

    @property
    def symbol(self) -> tuple[str, str]:
        return "paper", f"{self.coin}/{self.quote}"


def returns(value: Floats, period_s: float = HOUR_S) -> Returns:
    return Returns(np.arange(1, len(value) + 1) * period_s, period_s, value)


@dataclass(frozen=True)
class Book:
    held: Sequence[Held]
    coin_returns: Floats
    """Shape (periods, coins)."""
    coins: tuple[str, ...] = ("BTC", "ETH", "SOL", "USDC")
    money: frozenset[str] = frozenset({"USDC", "USDT", "USD"})
    accounts: tuple[tuple[str, str], ...] = (("a", "north"), ("b", "north"), ("c", "south"))
    strategies: tuple[str, ...] = ("mm", "trend", "unattributed")
    equity: float | dict[str, float] = 1_000.0
    scope_returns: Floats = field(default_factory=lambda: np.empty((0, 0)))
    settings: RiskSettings = field(default_factory=lambda: RiskSettings(min_samples=10))
    unread: frozenset[str] = frozenset()

    @property
    def scopes(self) -> tuple[Scope, ...]:
        venues = sorted({venue for _, venue in self.accounts})
        return (
            PORTFOLIO,
            *(Scope(ScopeKind.VENUE, name) for name in venues),
            *(Scope(ScopeKind.ACCOUNT, name) for name, _ in self.accounts),
            *(Scope(ScopeKind.STRATEGY, name) for name in self.strategies),
        )

    def members(self, scope: Scope) -> list[Held]:
        venue_of = dict(self.accounts)
        return [
            row
            for row in self.held
            if scope == PORTFOLIO
            or scope.name
            == {"venue": venue_of[row.account], "account": row.account, "strategy": row.strategy}[scope.kind.value]
        ]

    def nets(self, scope: Scope) -> dict[str, float]:
        """By coin, in plain Python."""
        return {
            coin: net
            for coin in self.coins
            if (net := math.fsum(row.notional for row in self.members(scope) if row.coin == coin))
        }

    def layout(self) -> Layout:
        venues = sorted({venue for _, venue in self.accounts})
        return Layout(
            scopes=self.scopes,
            account_venue=np.array([venues.index(venue) for _, venue in self.accounts], dtype=np.int64),
            venues=len(venues),
            accounts=len(self.accounts),
            strategies=len(self.strategies),
        )

    def inputs(self) -> CostlyInputs:
        layout, scopes = self.layout(), len(self.scopes)
        symbols = sorted({row.symbol for row in self.held})
        gross = [math.fsum(abs(row.notional) for row in self.members(scope)) for scope in self.scopes]
        gross = [
            math.nan if scope.name in self.unread or (self.unread and scope == PORTFOLIO) else amount
            for scope, amount in zip(self.scopes, gross, strict=True)
        ]
        equity = self.equity
        per_scope = [equity[str(s)] if isinstance(equity, dict) else equity for s in self.scopes]
        value = self.scope_returns if self.scope_returns.size else np.full((0, scopes), np.nan)
        margin, per_symbol = np.full(len(self.accounts), np.nan), np.full(max(1, len(symbols)), np.nan)
        ladder = np.full((len(per_symbol), 1), np.nan)
        return CostlyInputs(
            layout=layout,
            at_s=0.0,
            settings=self.settings,
            coins=self.coins,
            stablecoins=np.array([coin in self.money for coin in self.coins]),
            symbols=tuple(symbols) or (("paper", "none"),),
            options=np.zeros(len(per_symbol), dtype=np.bool_),
            holdings=self._holdings(symbols, layout),
            collateral=Collateral(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)),
            equity=np.array(per_scope),
            gross=np.array(gross),
            initial_margin=margin,
            maintenance_margin=margin,
            worth=per_symbol,
            quote_rate=per_symbol,
            volume_day=per_symbol,
            ladders=Ladders(ladder, ladder, ladder, ladder, per_symbol),
            coin_returns=returns(self.coin_returns),
            scope_returns=returns(value, 300.0),
        )

    def _holdings(self, symbols: list[tuple[str, str]], layout: Layout) -> Holdings:
        names = [name for name, _ in self.accounts]

        def ints(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
            return np.array(values, dtype=np.int64)

        account = ints([names.index(row.account) for row in self.held])
        coin = ints([self.coins.index(row.coin) for row in self.held])
        notional = np.array([row.notional for row in self.held], dtype=np.float64)
        return Holdings(
            slot=np.arange(len(self.held)),
            account=account,
            venue=layout.account_venue[account] if len(account) else account,
            strategy=ints([self.strategies.index(row.strategy) if row.strategy else -1 for row in self.held]),
            instrument=ints([symbols.index(row.symbol) for row in self.held]),
            underlying=coin,
            coin=coin,
            quantity=notional / 100.0,
            notional=notional,
            is_coin=np.zeros(len(self.held), dtype=np.bool_),
        )

    def frame(self) -> CostlyFrame:
        return frame_of(self.inputs())

    def figures(self) -> dict[str, dict[str, float]]:
        """Every costly figure, by metric and scope."""
        return figures_of(self.frame())

    def but(self, **changes: object) -> Book:
        return replace(self, **changes)  # type: ignore[arg-type]


def frame_of(inputs: CostlyInputs) -> CostlyFrame:
    covariance = coin_covariance(inputs)
    betas = estimate_betas(inputs.coin_returns, inputs.coins, inputs.settings, inputs.stablecoins)
    return CostlyFrame(
        inputs=inputs,
        option_delta=estimate_option_delta(inputs),
        concentration=estimate_concentration(inputs),
        correlation=estimate_correlation(inputs, covariance),
        volatility=estimate_volatility(inputs, covariance),
        exits=estimate_exits(inputs),
        stress=estimate_stress(inputs, (), betas),
    )


def figures_of(frame: CostlyFrame) -> dict[str, dict[str, float]]:
    names = [str(scope) for scope in frame.inputs.layout.scopes]
    return {
        metric.info.name: dict(zip(names, metric.compute(frame).tolist(), strict=True))
        for metric in (*correlation.METRICS, *volatility.METRICS)
    }


def related(rng: np.random.Generator, periods: int, series: int, correlation: float, size: float = 0.01) -> Floats:
    """Normal returns with the same correlation between all, shape (periods, series)."""
    market = rng.standard_normal((periods, 1))
    own = rng.standard_normal((periods, series))
    return size * (np.sqrt(correlation) * market + np.sqrt(1.0 - correlation) * own)


def with_holes(rng: np.random.Generator, value: Floats, share: float) -> Floats:
    return np.where(rng.random(value.shape) < share, np.nan, value)

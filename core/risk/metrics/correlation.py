"""How much of the book is one bet. Estimates; see core.risk.costly for how missing and late samples are handled."""

from __future__ import annotations

from core.risk.costly.frame import CostlyFrame
from core.risk.metrics.metric import costly_metric
from core.risk.model import Floats


def strategy_correlation(frame: CostlyFrame) -> Floats:
    """Sum over pairs of strategies of g_i g_j rho_ij / sum of g_i g_j: g gross exposure, rho the exponentially weighted
    correlation of flow-adjusted returns over two sampling periods. Ratio, -1 to 1; +1 all win and lose together.
    Portfolio only. 0 with fewer than two strategies holding anything; unknown below `min_samples`, or where strategies
    with 20 % of the exposure have no returns (no capital configured).

    Source: Tierens and Anadu, "Does it matter which methodology you use to measure average correlation across stocks?",
    Goldman Sachs (2004), with exposures as weights.
    """
    return frame.correlation.strategies.correlation


def strategy_bets(frame: CostlyFrame) -> Floats:
    """(sum l)^2 / sum l^2 of the eigenvalues l of the covariance of strategies' standardised returns, each times its
    gross exposure, shrunk (Ledoit and Wolf, 2004). Number, 1 if all are one bet, n if n equal ones are unrelated; 0
    with nothing held. Portfolio only; unknown as `strategy_correlation`.

    Source: Meucci, "Managing diversification", Risk 22 (2009), by the Herfindahl index in place of the entropy.
    """
    return frame.correlation.strategies.effective


def strategy_first_factor(frame: CostlyFrame) -> Floats:
    """Largest eigenvalue / sum of the eigenvalues that `strategy_bets` is made of. Ratio, 1 if one factor moves all; 0
    with nothing held. Portfolio only; unknown as `strategy_correlation`.

    Source: Kritzman, Li, Page and Rigobon, "Principal components as a measure of systemic risk", Journal of Portfolio
    Management 37 (2011), of the first component.
    """
    return frame.correlation.strategies.first_factor


def strategy_correlation_samples(frame: CostlyFrame) -> Floats:
    """Equally weighted, independent samples that the three figures between strategies are as good as: (sum w)^2 / sum
    w^2, less what overlapping periods share. Count. Too few make the three unknown, and are told here.

    Source: Kish, "Survey Sampling" (1965); Hansen and Hodrick, Journal of Political Economy 88 (1980).
    """
    return frame.correlation.strategies.samples


def account_correlation(frame: CostlyFrame) -> Floats:
    """As `strategy_correlation`, between accounts: of the portfolio all, of a venue its own. Ratio, -1 to 1. Unknown
    for a single account and for a strategy, whose PnL nobody tells by account.

    Source: as `strategy_correlation`.
    """
    return frame.correlation.accounts.correlation


def account_bets(frame: CostlyFrame) -> Floats:
    """As `strategy_bets`, between accounts, of the portfolio and of a venue. Number.

    Source: as `strategy_bets`.
    """
    return frame.correlation.accounts.effective


def account_first_factor(frame: CostlyFrame) -> Floats:
    """As `strategy_first_factor`, between accounts, of the portfolio and of a venue. Ratio.

    Source: as `strategy_first_factor`.
    """
    return frame.correlation.accounts.first_factor


def account_correlation_samples(frame: CostlyFrame) -> Floats:
    """As `strategy_correlation_samples`, for the figures between accounts. Count.

    Source: as `strategy_correlation_samples`.
    """
    return frame.correlation.accounts.samples


def underlying_correlation(frame: CostlyFrame) -> Floats:
    """Sum over pairs of held underlyings of x_i x_j rho_ij / sum of |x_i x_j|: x signed net notional, rho the
    exponentially weighted correlation of returns over two periods, shrunk towards the mean correlation. Ratio, -1 to 1:
    +1 where all bets win and lose together, below 0 where they hedge (a long and a short in two coins that move
    together). 0 with fewer than two underlyings; money that does not move is none. Unknown where pairs with 5 % of the
    weight have fewer than `min_samples`.

    Source: Tierens and Anadu (2004) as in `strategy_correlation`; shrinkage of Ledoit and Wolf, "Honey, I shrunk the
    sample covariance matrix", Journal of Portfolio Management 30 (2004).
    """
    return frame.correlation.underlyings.correlation


def underlying_bets(frame: CostlyFrame) -> Floats:
    """(sum l)^2 / sum l^2 of the eigenvalues l of the matrix x_i s_i rho_ij s_j x_j over held underlyings: x net
    notional, s volatility, rho as in `underlying_correlation`. Number, 0 with nothing held; a sign of x changes
    nothing. Unknown as `underlying_correlation`.

    Source: Meucci, "Managing diversification", Risk 22 (2009), by the Herfindahl index in place of the entropy.
    """
    return frame.correlation.underlyings.effective


def underlying_first_factor(frame: CostlyFrame) -> Floats:
    """Largest eigenvalue / sum of the eigenvalues that `underlying_bets` is made of. Ratio, 1 if one factor moves all;
    0 with nothing held. Unknown as `underlying_correlation`.

    Source: Kritzman, Li, Page and Rigobon (2011) as in `strategy_first_factor`.
    """
    return frame.correlation.underlyings.first_factor


def underlying_correlation_samples(frame: CostlyFrame) -> Floats:
    """Effective samples of a pair of held underlyings, mean weighted by |x_i x_j|. Count, 0 with nothing held. Too few
    make the figures of underlyings unknown, and are told here.

    Source: as `strategy_correlation_samples`.
    """
    return frame.correlation.underlyings.samples


_BETWEEN = "correlation"

METRICS = (
    costly_metric(strategy_correlation, "Correlation of strategies", "number", _BETWEEN),
    costly_metric(strategy_bets, "Bets, by strategies", "number", _BETWEEN, -1),
    costly_metric(strategy_first_factor, "First factor of strategies", "ratio", _BETWEEN),
    costly_metric(strategy_correlation_samples, "Samples of strategies", "count", _BETWEEN, -1),
    costly_metric(account_correlation, "Correlation of accounts", "number", _BETWEEN),
    costly_metric(account_bets, "Bets, by accounts", "number", _BETWEEN, -1),
    costly_metric(account_first_factor, "First factor of accounts", "ratio", _BETWEEN),
    costly_metric(account_correlation_samples, "Samples of accounts", "count", _BETWEEN, -1),
    costly_metric(underlying_correlation, "Correlation of underlyings", "number", _BETWEEN),
    costly_metric(underlying_bets, "Bets, by underlyings", "number", _BETWEEN, -1),
    costly_metric(underlying_first_factor, "First factor of underlyings", "ratio", _BETWEEN),
    costly_metric(underlying_correlation_samples, "Samples of underlyings", "count", _BETWEEN, -1),
)

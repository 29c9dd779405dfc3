"""Seventy metrics of every family and unit, with what a desk's figures are like and where its limits are."""

from __future__ import annotations

from dataclasses import dataclass

from core.risk.model import Beat, MetricInfo

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Made:
    info: MetricInfo
    centre: float
    """Median of the figures of one account."""
    critical: float
    """Highest threshold, NaN without a limit; the others are shares of it."""


def _made(
    family: str,
    name: str,
    title: str,
    unit: str,
    centre: float,
    formula: str,
    *,
    critical: float = NAN,
    worse_is: int = 1,
    source: str = "",
    costly: bool = False,
    by_magnitude: bool = False,
    own_trust: bool = True,
) -> Made:
    beat = Beat.COSTLY if costly else Beat.CYCLE
    source = source or "Basel Committee, Minimum capital requirements for market risk (2019)"
    info = MetricInfo(
        name, title, unit, formula, source, worse_is, family, beat, by_magnitude=by_magnitude, own_trust=own_trust
    )
    return Made(info, centre, critical)


AIFM = "Commission Delegated Regulation (EU) 231/2013"
GIPS = "CFA Institute, GIPS standards (time-weighted return)"
FALL = 'Magdon-Ismail and Atiya, "Maximum drawdown", Risk 17 (2004)'
SPREAD = 'Hirschman, "The paternity of an index", American Economic Review 54 (1964)'
SHRUNK = 'Ledoit and Wolf, "A well-conditioned estimator", Journal of Multivariate Analysis 88 (2004)'
EWMA = "J.P. Morgan, RiskMetrics technical document (1996)"
IMPACT = 'Almgren et al., "Direct estimation of equity market impact", Risk 18 (2005)'
BCBS239 = "BCBS 239, principle 5 (timeliness)"

MADE = (
    _made(
        "money", "equity", "Equity", "money", 5e4, "Coins at market + unrealised PnL. Smaller is worse.", worse_is=-1
    ),
    _made(
        "money", "unrealised_pnl", "Unrealised PnL", "money", -300.0, "Sum of quantity x (mark - entry).", worse_is=-1
    ),
    _made("exposure", "gross_exposure", "Gross exposure", "money", 1.2e5, "Sum of |notional|.", source=AIFM),
    _made(
        "exposure",
        "net_exposure",
        "Net exposure",
        "money",
        9e3,
        "Sum of signed notional.",
        source=AIFM,
        by_magnitude=True,
    ),
    _made("exposure", "long_exposure", "Long exposure", "money", 6.5e4, "Sum of positive notional.", source=AIFM),
    _made(
        "exposure", "short_exposure", "Short exposure", "money", 5.6e4, "Sum of negative notional, turned.", source=AIFM
    ),
    _made("exposure", "leverage", "Leverage", "multiple", 2.0, "Gross exposure / equity.", critical=6.0, source=AIFM),
    _made(
        "exposure", "beta_net", "Beta-adjusted net", "money", 1.1e4, "Sum of notional x beta to BTC.", by_magnitude=True
    ),
    _made(
        "exposure", "option_delta", "Option delta", "money", 0.0, "Sum of the venue's deltas x underlying.", worse_is=0
    ),
    _made("exposure", "resting_notional", "Resting orders", "money", 2e4, "Gross notional of orders that could open."),
    _made(
        "exposure", "filled_gross", "Gross if filled", "money", 1.4e5, "Gross exposure if all resting orders filled."
    ),
    _made("exposure", "filled_leverage", "Leverage if filled", "multiple", 2.6, "Gross if filled / equity."),
    _made(
        "drawdown", "drawdown", "Drawdown", "ratio", 0.02, "1 - unit value / its highest.", critical=0.12, source=FALL
    ),
    _made(
        "drawdown",
        "drawdown_day",
        "Drawdown today",
        "ratio",
        0.008,
        "1 - unit value / its highest since 00:00 UTC.",
        source=FALL,
    ),
    _made(
        "drawdown",
        "daily_loss",
        "Daily loss",
        "ratio",
        0.004,
        "1 - unit value / unit value at 00:00 UTC.",
        critical=0.05,
        source=GIPS,
    ),
    _made(
        "drawdown",
        "drawdown_7d",
        "Drawdown, 7 days",
        "ratio",
        0.014,
        "1 - unit value / its highest of 7 days.",
        source=FALL,
    ),
    _made(
        "drawdown",
        "drawdown_30d",
        "Drawdown, 30 days",
        "ratio",
        0.018,
        "1 - unit value / its highest of 30 days.",
        source=FALL,
    ),
    _made(
        "drawdown",
        "drawdown_velocity",
        "Drawdown velocity",
        "rate",
        0.0004,
        "Fall of unit value per minute over 15 minutes.",
    ),
    _made("drawdown", "loss_run", "Loss run", "count", 2.0, "Losing hours in a row until now."),
    _made("drawdown", "time_under_water", "Under water", "seconds", 9e4, "Since the unit value was last at its peak."),
    _made(
        "concentration",
        "largest_position_share",
        "Largest position",
        "ratio",
        0.25,
        "Largest |net notional| / gross.",
        critical=0.6,
    ),
    _made(
        "concentration",
        "largest_venue_share",
        "Largest venue",
        "ratio",
        0.4,
        "Largest gross exposure at one venue / gross.",
    ),
    _made(
        "concentration",
        "largest_coin_share",
        "Largest collateral coin",
        "ratio",
        0.7,
        "Largest equity in one coin / equity.",
    ),
    _made(
        "concentration",
        "herfindahl_instrument",
        "Herfindahl, instruments",
        "number",
        0.18,
        "Sum of squared shares.",
        source=SPREAD,
    ),
    _made(
        "concentration",
        "herfindahl_underlying",
        "Herfindahl, underlyings",
        "number",
        0.22,
        "Sum of squared shares.",
        source=SPREAD,
    ),
    _made(
        "concentration",
        "herfindahl_venue",
        "Herfindahl, venues",
        "number",
        0.31,
        "Sum of squared shares.",
        source=SPREAD,
    ),
    _made("concentration", "crowding", "Crowding", "count", 3.0, "Most strategies on one side of one underlying."),
    _made(
        "concentration",
        "hidden_netting",
        "Hidden netting",
        "money",
        4e3,
        "Long in one own account against short in another.",
    ),
    _made(
        "correlation",
        "mean_correlation",
        "Mean correlation",
        "number",
        0.46,
        "Exposure-weighted mean.",
        critical=0.95,
        source=SHRUNK,
        costly=True,
    ),
    _made(
        "correlation",
        "effective_bets",
        "Effective bets",
        "number",
        4.2,
        "1 / sum of squared shares of the factors.",
        worse_is=-1,
        source='Meucci, "Managing diversification", Risk 22 (2009)',
        costly=True,
    ),
    _made(
        "correlation",
        "first_factor_share",
        "First factor",
        "ratio",
        0.52,
        "Largest eigenvalue / trace.",
        source=SHRUNK,
        costly=True,
    ),
    _made(
        "correlation",
        "strategy_correlation",
        "Strategies' correlation",
        "number",
        0.21,
        "Mean between strategies' PnL.",
        source=SHRUNK,
        costly=True,
    ),
    _made(
        "correlation",
        "account_correlation",
        "Accounts' correlation",
        "number",
        0.33,
        "Mean between accounts' PnL.",
        source=SHRUNK,
        costly=True,
    ),
    _made(
        "correlation",
        "correlation_samples",
        "Correlation samples",
        "count",
        720.0,
        "Hours that the estimates rest on.",
        worse_is=-1,
        costly=True,
    ),
    _made(
        "volatility",
        "realised_volatility",
        "Realised volatility",
        "ratio",
        0.31,
        "EWMA of squared returns, one year.",
        source=EWMA,
        costly=True,
    ),
    _made(
        "volatility",
        "ex_ante_volatility",
        "Ex-ante volatility",
        "ratio",
        0.38,
        "sqrt(w' S w) / equity, one year.",
        source=SHRUNK,
        costly=True,
    ),
    _made(
        "volatility",
        "var_historical",
        "Value at risk",
        "money",
        2.4e3,
        "99 %, one day, historical.",
        costly=True,
        critical=1.2e4,
    ),
    _made(
        "volatility",
        "filtered_value_at_risk",
        "Value at risk, filtered",
        "money",
        2.9e3,
        "99 %, one day, filtered.",
        source='Hull and White, "Incorporating volatility updating", Journal of Risk 1 (1998)',
        costly=True,
    ),
    _made(
        "volatility",
        "expected_shortfall",
        "Expected shortfall",
        "money",
        3.3e3,
        "Mean loss beyond the 99 % quantile.",
        costly=True,
    ),
    _made(
        "volatility",
        "value_at_risk_share",
        "Value at risk / equity",
        "ratio",
        0.05,
        "Value at risk / equity.",
        costly=True,
    ),
    _made(
        "volatility",
        "risk_share",
        "Share of the book's risk",
        "ratio",
        0.01,
        "Marginal contribution x exposure / total.",
        costly=True,
        worse_is=0,
    ),
    _made(
        "volatility",
        "beta",
        "Beta to BTC",
        "number",
        0.4,
        "Covariance with BTC / its variance.",
        costly=True,
        worse_is=0,
        by_magnitude=True,
    ),
    _made("volatility", "skew", "Skew", "number", -0.6, "Third standardised moment.", costly=True, worse_is=-1),
    _made(
        "liquidity",
        "margin_use",
        "Margin use",
        "ratio",
        0.3,
        "Initial margin / equity.",
        critical=0.8,
        source="Binance futures documentation",
    ),
    _made("liquidity", "maintenance_use", "Maintenance use", "ratio", 0.14, "Maintenance margin / equity."),
    _made(
        "liquidity",
        "free_margin",
        "Free margin",
        "money",
        3.1e4,
        "Equity - initial margin. Smaller is worse.",
        worse_is=-1,
    ),
    _made(
        "liquidity",
        "liquidation_distance",
        "To liquidation",
        "ratio",
        0.41,
        "Smallest |liquidation price / mark - 1|.",
        worse_is=-1,
        critical=0.02,
    ),
    _made(
        "liquidity",
        "exit_time",
        "Exit time",
        "seconds",
        4_200.0,
        "At 10 % of daily volume.",
        source=IMPACT,
        costly=True,
    ),
    _made(
        "liquidity",
        "exit_time_all",
        "Exit time, all at once",
        "seconds",
        2.1e5,
        "Everybody leaves together.",
        source=IMPACT,
        costly=True,
    ),
    _made(
        "liquidity", "exit_cost", "Exit cost", "money", 240.0, "Through the visible book.", source=IMPACT, costly=True
    ),
    _made(
        "liquidity",
        "exit_cost_all",
        "Exit cost, all at once",
        "money",
        1_900.0,
        "Everybody leaves together.",
        source=IMPACT,
        costly=True,
    ),
    _made(
        "liquidity",
        "exit_cost_share",
        "Exit cost / equity",
        "ratio",
        0.006,
        "Exit cost / equity.",
        source=IMPACT,
        costly=True,
    ),
    _made(
        "operations",
        "data_age",
        "Data age",
        "seconds",
        0.6,
        "Since the worst member was last confirmed.",
        critical=10.0,
        source=BCBS239,
        own_trust=False,
    ),
    _made("operations", "order_rate", "Order rate", "rate", 14.0, "New orders per minute."),
    _made("operations", "cancel_rate", "Cancel rate", "rate", 11.0, "Cancels per minute."),
    _made("operations", "reject_rate", "Rejected", "ratio", 0.01, "Orders turned down / orders sent."),
    _made(
        "operations", "unprotected", "Unprotected positions", "count", 1.0, "Open positions without a protective order."
    ),
    _made(
        "operations",
        "stop_readiness",
        "Ready to stop",
        "ratio",
        0.97,
        "Accounts with a prepared stop / accounts.",
        worse_is=-1,
    ),
    _made(
        "operations",
        "coverage_hour",
        "Coverage, hour",
        "ratio",
        0.998,
        "Share of time with fresh, trusted figures.",
        worse_is=-1,
        source=BCBS239,
        own_trust=False,
    ),
    _made(
        "operations",
        "coverage_day",
        "Coverage, day",
        "ratio",
        0.996,
        "Share of time with fresh, trusted figures.",
        worse_is=-1,
        source=BCBS239,
        own_trust=False,
    ),
    _made(
        "operations",
        "coverage_month",
        "Coverage, month",
        "ratio",
        0.991,
        "Share of time with fresh, trusted figures.",
        worse_is=-1,
        source=BCBS239,
        own_trust=False,
    ),
    _made("operations", "unseen_accounts", "Unseen accounts", "count", 0.0, "Exist under a master key, not watched."),
    _made(
        "stress",
        "stress_btc_down_20",
        "BTC -20 %",
        "money",
        6e3,
        "Loss, other coins by their betas.",
        costly=True,
        critical=4e4,
    ),
    _made(
        "stress",
        "stress_btc_down_20_calls",
        "BTC -20 %, margin calls",
        "count",
        1.0,
        "Accounts below maintenance margin.",
        costly=True,
    ),
    _made(
        "stress",
        "stress_alts_down_40",
        "Alts -40 %",
        "money",
        9e3,
        "Loss with every coin but BTC and ETH down.",
        costly=True,
    ),
    _made(
        "stress",
        "stress_alts_down_40_calls",
        "Alts -40 %, margin calls",
        "count",
        1.0,
        "Accounts below maintenance margin.",
        costly=True,
    ),
    _made(
        "stress",
        "stress_stablecoin_depeg",
        "Stablecoin depeg",
        "money",
        5e3,
        "Loss with the largest stablecoin at 0.90.",
        costly=True,
    ),
    _made(
        "stress", "stress_venue_gone", "Largest venue gone", "money", 1.9e4, "Equity at the largest venue.", costly=True
    ),
    _made(
        "stress",
        "stress_2021_05_19",
        "19 May 2021, worst hour",
        "money",
        1.1e4,
        "Loss if that hour came again.",
        costly=True,
    ),
    _made(
        "stress",
        "stress_2024_08_05",
        "5 August 2024, worst hour",
        "money",
        7e3,
        "Loss if that hour came again.",
        costly=True,
    ),
)
METRICS = tuple(made.info for made in MADE)

"""How much a scope moves and may lose, and how much of the portfolio's risk it carries."""

from __future__ import annotations

from core.risk.costly.frame import CostlyFrame
from core.risk.metrics.metric import costly_metric, over
from core.risk.model import Floats


def realised_volatility(frame: CostlyFrame) -> Floats:
    """sqrt(sum w r^2 / sum w x periods in 365 days): r the flow-adjusted returns of the unit value about 0, w halving
    with every `ewma_half_life_s` of age. Ratio per year. A missing sample has no weight; unknown below `min_samples`.

    Source: J.P. Morgan, "RiskMetrics technical document" (1996), section 5.2.
    """
    return frame.volatility.realised


def realised_volatility_samples(frame: CostlyFrame) -> Floats:
    """(sum w)^2 / sum w^2: equally weighted samples that `realised_volatility` is as good as. Count.

    Source: Kish, "Survey Sampling" (1965).
    """
    return frame.volatility.realised_samples


def ex_ante_volatility(frame: CostlyFrame) -> Floats:
    """sqrt(x' S x x periods in 365 days) / equity: x today's net notional by underlying (options by their delta), S the
    exponentially weighted covariance of returns with correlations shrunk to their mean. Ratio per year; +inf on equity
    of zero or less. Money that does not move carries none; an unknown coin counts as the most volatile one known,
    moving with all, and makes the figure unknown from about 2.5 % of what is held (5 % of the pairs) on.

    Source: Markowitz, "Portfolio selection", Journal of Finance 7 (1952); Ledoit and Wolf, Journal of Portfolio
    Management 30 (2004).
    """
    return over(frame.volatility.ex_ante, frame.inputs.equity)


def var_historical(frame: CostlyFrame) -> Floats:
    """Value at risk / equity: the loss that today's positions exceed in no more than 1 - `confidence` of the recent
    periods, x sqrt(`horizon_s` / period). Ratio, positive is a loss, 0 where even the tail gains; +inf on equity of
    zero or less. Linear: options by their delta. A hole in a coin's returns is filled by the market's move at the
    coin's own volatility. Unknown below 1 / (1 - `confidence`) periods and where 5 % of what is held has fewer than
    `min_samples`.

    Source: Jorion, "Value at Risk" (3rd edition, 2006), historical simulation; square root of time as in Basel
    Committee, "Amendment to the capital accord to incorporate market risks" (1996).
    """
    return over(frame.volatility.var_historical, frame.inputs.equity)


def es_historical(frame: CostlyFrame) -> Floats:
    """Expected shortfall / equity: the mean loss in the worst 1 - `confidence` of the recent periods. Ratio, else as
    `var_historical`.

    Source: Acerbi and Tasche, "On the coherence of expected shortfall", Journal of Banking and Finance 26 (2002).
    """
    return over(frame.volatility.es_historical, frame.inputs.equity)


def var_filtered(frame: CostlyFrame) -> Floats:
    """As `var_historical`, after every return was multiplied by its underlying's EWMA volatility of today over that
    expected for its own period: calm weeks are taken up to a wild today, and wild ones down to a calm one. Ratio.

    Source: Hull and White, Journal of Risk 1 (1998); Barone-Adesi, Giannopoulos and Vosper, Journal of Futures Markets
    19 (1999).
    """
    return over(frame.volatility.var_filtered, frame.inputs.equity)


def es_filtered(frame: CostlyFrame) -> Floats:
    """Expected shortfall / equity of the returns of `var_filtered`. Ratio, else as `es_historical`.

    Source: as `var_filtered` and `es_historical`.
    """
    return over(frame.volatility.es_filtered, frame.inputs.equity)


def value_at_risk_samples(frame: CostlyFrame) -> Floats:
    """Recent periods in which an underlying has a return of its own, mean weighted by |net notional|. Count, 0 with
    nothing held. Too few make value at risk and expected shortfall unknown, and are told here.

    Source: Jorion, "Value at Risk" (3rd edition, 2006), historical simulation.
    """
    return frame.volatility.scenario_samples


def risk_contribution(frame: CostlyFrame) -> Floats:
    """x' S y / y' S y: x the scope's net notionals, y the portfolio's, S as in `ex_ante_volatility`. Ratio, negative
    where the scope hedges the rest. Adds up to 1 over venues, over accounts and over strategies.

    Source: Litterman, "Hot spots and hedges", Journal of Portfolio Management 23 (1996); Tasche, "Risk contributions
    and performance measurement" (1999), Euler's theorem.
    """
    return frame.volatility.contribution


METRICS = (
    costly_metric(realised_volatility, "Realised volatility", "ratio", "volatility"),
    costly_metric(realised_volatility_samples, "Samples of realised volatility", "count", "volatility", -1),
    costly_metric(ex_ante_volatility, "Expected volatility", "ratio", "volatility"),
    costly_metric(var_historical, "Value at risk", "ratio", "volatility"),
    costly_metric(es_historical, "Expected shortfall", "ratio", "volatility"),
    costly_metric(var_filtered, "Value at risk, filtered", "ratio", "volatility"),
    costly_metric(es_filtered, "Expected shortfall, filtered", "ratio", "volatility"),
    costly_metric(value_at_risk_samples, "Samples of value at risk", "count", "volatility", -1),
    costly_metric(risk_contribution, "Share of risk", "ratio", "volatility"),
)

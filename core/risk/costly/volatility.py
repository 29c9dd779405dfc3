"""What every scope may lose: realised and expected volatility, value at risk, and who carries it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Floats
from core.risk.costly.contributions import Attribution, attribution_of
from core.risk.costly.covariance import Covariance
from core.risk.costly.inputs import CostlyInputs, Returns
from core.risk.costly.nets import Nets, nets_of
from core.risk.costly.samples import COVERED, YEAR_S, clean, effective, weights
from core.risk.costly.scenarios import Scenarios, scenarios_of
from core.risk.settings import RiskSettings

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class VolatilityFigures:
    """Arrays of shape (scopes,), NaN unknown; see core.risk.metrics.volatility. Money in the base currency."""

    realised: Floats
    """Ratio per year."""
    realised_samples: Floats
    ex_ante: Floats
    """Money per year."""
    var_historical: Floats
    """Money over the horizon, as the other three."""
    es_historical: Floats
    var_filtered: Floats
    es_filtered: Floats
    scenario_samples: Floats
    """Periods, weighted by what is held."""
    contribution: Floats
    """Share of the portfolio's ex-ante variance."""
    attribution: Attribution
    """For the tables of a scope page and of reports: core.risk.costly.contributions."""


def estimate_volatility(inputs: CostlyInputs, covariance: Covariance) -> VolatilityFigures:
    """All volatility columns of one run; `covariance` is `coin_covariance(inputs)`."""
    nets = nets_of(inputs)
    unread = np.isnan(inputs.gross)
    realised, realised_samples = realised_volatility(inputs.scope_returns, inputs.settings)
    attribution = attribution_of(nets, unread, covariance)
    tails = tails_of(nets, scenarios_of(inputs), inputs.settings, inputs.coin_returns.period_s)
    tails[:, unread] = np.nan
    for array in (realised, realised_samples, tails):
        array.flags.writeable = False
    return VolatilityFigures(
        realised=realised,
        realised_samples=realised_samples,
        ex_ante=attribution.volatility,
        var_historical=tails[0],
        es_historical=tails[1],
        var_filtered=tails[2],
        es_filtered=tails[3],
        scenario_samples=tails[4],
        contribution=attribution.contribution,
        attribution=attribution,
    )


def realised_volatility(returns: Returns, settings: RiskSettings) -> tuple[Floats, Floats]:
    """Shape (series,) each: sqrt(sum w r^2 / sum w x periods per year), w = 0.5^(age / half-life), and the effective
    samples it rests on. NaN below `settings.min_samples` of them. Missing samples have no weight."""
    series = returns.value.shape[1]
    weight = weights(returns.at_s, settings.ewma_half_life_s)
    out, samples = np.full(series, np.nan), np.zeros(series)
    step = max(1, _CHUNK // max(1, len(weight)))
    for start in range(0, series, step):
        some = slice(start, start + step)
        value = clean(returns.value[:, some])
        present = (~np.isnan(value)).astype(np.float64)
        total = weight @ present
        samples[some] = effective(total, weight**2 @ present)
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = weight @ np.square(np.nan_to_num(value)) / total
        out[some] = np.where(
            samples[some] >= settings.min_samples, np.sqrt(variance * (YEAR_S / returns.period_s)), np.nan
        )
    return out, samples


def tails_of(nets: Nets, scenarios: Scenarios, settings: RiskSettings, period_s: float) -> Floats:
    """Shape (5, scopes): value at risk and expected shortfall over the horizon, historical then filtered, money; and
    the samples behind them.

    Today's positions take every recent period again. The n scenarios of a period are scaled by the square root of
    horizon / period. What is held in unknown coins, at most 1 - COVERED of the whole, is added as if it all lost what
    the worst known coin's tail loses; beyond that, and where n (1 - confidence) < 1, the tail is unknown.
    """
    out = np.zeros((5, nets.scopes))
    periods, tail = scenarios.periods, round(scenarios.periods * (1.0 - settings.confidence), 9)
    scale = np.sqrt(settings.horizon_s / period_s)
    risky = nets.kept(scenarios.still[nets.coin] == 0.0)
    size = np.abs(risky.value)
    held = risky.sums(size)
    with np.errstate(invalid="ignore", divide="ignore"):
        samples = np.minimum(scenarios.samples, periods)
        out[4] = np.where(held == 0.0, 0.0, risky.sums(size * samples[risky.coin]) / held)
        unknown = risky.sums(size * (1.0 - scenarios.known[risky.coin]))
    if tail < 1.0:
        out[:4, held != 0.0] = np.nan
        return out
    both = np.concatenate((scenarios.plain, scenarios.filtered), axis=1)
    worst = np.maximum(_tails(both, tail), _tails(-both, tail)).max(axis=1, initial=0.0)
    for rows, coin, net in risky.batches(width=2 * periods):
        pnl = np.matmul(net[:, None, :], both[coin])[:, 0, :]
        out[:4, rows] = _tails(pnl, tail)
    out[:4] = np.maximum(out[:4], 0.0) * scale + worst[:, None] * scale * unknown
    out[:4, ~(unknown <= (1.0 - COVERED) * held * (1.0 + 1e-12))] = np.nan
    return out


def _tails(pnl: Floats, tail: float) -> Floats:
    """Shape (4, n): value at risk and expected shortfall (losses positive) of the left and the right half of `pnl`.

    With losses in falling order L1, L2 ...: value at risk is the first beyond the tail, L(floor(tail) + 1); shortfall
    is (L1 + ... + L(floor(tail)) + the rest of tail x the next) / tail.

    Source: Acerbi and Tasche, "On the coherence of expected shortfall", Journal of Banking and Finance 26 (2002).
    """
    whole = int(tail)
    out = []
    for half in np.split(pnl, 2, axis=1):
        at = min(whole, half.shape[1] - 1)
        losses = -np.sort(np.partition(half, at, axis=1)[:, : at + 1], axis=1)
        value_at_risk = losses[:, at]
        out.append(value_at_risk)
        out.append((losses[:, :whole].sum(axis=1) + (tail - whole) * value_at_risk) / tail)
    return np.stack(out)

"""How much of the book is one bet: correlations of PnL between strategies and accounts, and of what is held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.risk.costly.covariance import Covariance
from core.risk.costly.eigen import largest_eigenvalues
from core.risk.costly.inputs import CostlyInputs
from core.risk.costly.nets import Nets, nets_of
from core.risk.costly.pnl import Bets, estimate_bets
from core.risk.costly.samples import COVERED


@dataclass(frozen=True, slots=True)
class BetFigures:
    """Arrays of shape (scopes,), NaN unknown; see core.risk.metrics.correlation for what each says."""

    correlation: Floats
    effective: Floats
    first_factor: Floats
    samples: Floats


@dataclass(frozen=True, slots=True)
class CorrelationFigures:
    strategies: BetFigures
    accounts: BetFigures
    underlyings: BetFigures


def estimate_correlation(inputs: CostlyInputs, covariance: Covariance) -> CorrelationFigures:
    """All correlation columns of one run; `covariance` is `coin_covariance(inputs)`."""
    return CorrelationFigures(
        strategies=_between_strategies(inputs),
        accounts=_between_accounts(inputs),
        underlyings=underlying_bets(nets_of(inputs), inputs.gross, covariance),
    )


def _between_strategies(inputs: CostlyInputs) -> BetFigures:
    """Of the portfolio. What no rule claims is no strategy and not counted; one without capital has no unit value."""
    layout = inputs.layout
    rows = np.arange(layout.first_strategy, layout.first_strategy + layout.strategies - 1)
    return _figures(len(layout.scopes), {0: _bets(inputs, rows)})


def _between_accounts(inputs: CostlyInputs) -> BetFigures:
    """Of the portfolio and of every venue."""
    layout = inputs.layout
    accounts = np.arange(layout.accounts) + layout.first_account
    found = {0: _bets(inputs, accounts)}
    for venue in range(layout.venues):
        found[1 + venue] = _bets(inputs, accounts[layout.account_venue == venue])
    return _figures(len(layout.scopes), found)


def _bets(inputs: CostlyInputs, rows: Ints) -> Bets:
    return estimate_bets(inputs.scope_returns, rows, inputs.gross[rows], inputs.settings)


def _figures(scopes: int, found: dict[int, Bets]) -> BetFigures:
    table = np.full((4, scopes), np.nan)
    for row, bets in found.items():
        table[:, row] = bets.correlation, bets.effective, bets.first_factor, bets.samples
    return _frozen(table)


def _frozen(table: Floats) -> BetFigures:
    table.flags.writeable = False
    return BetFigures(*table)


def underlying_bets(nets: Nets, gross: Floats, covariance: Covariance) -> BetFigures:
    """Of every scope: how its net positions move together. `gross` (shape (scopes,)) says by NaN who was never read.

    Money that does not move is no bet. Unknown where the pairs observed carry less than COVERED of all pairs' weight
    (|net| x |net|); a known pair that was not observed is given the mean correlation, an unknown coin no weight.
    """
    table = np.zeros((4, nets.scopes))
    known: Bools = covariance.deviation > 0.0
    risky = nets.kept(covariance.deviation[nets.coin] != 0.0)
    for rows, coin, money in risky.batches():
        pair = coin[:, :, None], coin[:, None, :]
        # Only ratios of nets matter: scaled to 1 before anything is squared, 10^200 of an absurd price cannot overflow.
        net = money / np.abs(money).max(axis=1, keepdims=True)
        size = np.abs(net)
        all_pairs = np.square(size.sum(axis=1))
        samples = np.einsum("ni,nij,nj->n", size, covariance.samples[pair], size) / all_pairs
        seen = np.einsum("ni,nij,nj->n", size, covariance.observed[pair].astype(np.float64), size)
        correlation = covariance.correlation[pair]
        signed, spread = np.where(known[coin], net, 0.0), np.where(known[coin], net * covariance.deviation[coin], 0.0)
        figures = np.stack((_mean_of(correlation, signed), *_spectra(correlation, spread), samples))
        figures[:3, ~(seen >= COVERED * all_pairs)] = np.nan
        table[:, rows] = figures
    table[:, np.isnan(gross)] = np.nan
    return _frozen(table)


def _mean_of(correlation: Floats, net: Floats) -> Floats:
    """Shape (n,): sum over pairs of x_i x_j rho_ij / sum of |x_i x_j|; 0 without a pair."""
    # Pairs alone are added: taking squares off a sum of everything would leave nothing of a crumb beside a giant.
    pairs = 1.0 - np.eye(net.shape[1])
    weight = np.einsum("ni,ij,nj->n", np.abs(net), pairs, np.abs(net), optimize=True)
    signed = np.einsum("ni,nij,nj->n", net, correlation * pairs, net)
    out: Floats = np.where(weight > 0.0, signed / np.where(weight > 0.0, weight, 1.0), 0.0)
    return np.where(np.isnan(net.sum(axis=1)), np.nan, np.clip(out, -1.0, 1.0))


def _spectra(correlation: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Shape (n,) each: effective number and largest share of the eigenvalues of diag(spread) rho diag(spread)."""
    unknown = np.isnan(spread.sum(axis=1))
    spread = np.where(unknown[:, None], 0.0, spread)
    matrix = spread[:, :, None] * correlation * spread[:, None, :]
    trace = np.square(spread).sum(axis=1)
    first = largest_eigenvalues(matrix)
    with np.errstate(invalid="ignore", divide="ignore"):
        size, factor = trace**2 / np.square(matrix).sum(axis=(1, 2)), first / trace
    size[unknown], factor[unknown] = np.nan, np.nan
    return size, factor

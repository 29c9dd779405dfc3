"""Who carries the risk: Euler's split of ex-ante volatility over scopes, underlyings and instruments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.risk.costly.covariance import Covariance
from core.risk.costly.grouping import kinds_of, pairs_of
from core.risk.costly.inputs import CostlyInputs, Holdings
from core.risk.costly.nets import Nets
from core.risk.costly.samples import COVERED


@dataclass(frozen=True, slots=True)
class Attribution:
    """Ex-ante volatility of every scope, and what is needed to split it. Read-only."""

    volatility: Floats
    """Shape (scopes,): base currency per year; NaN unknown."""
    contribution: Floats
    """Shape (scopes,): share of the portfolio's."""
    covariance: Covariance
    nets: Nets
    worst: float
    """The largest deviation of a known coin: what an unknown one is taken to have."""


@dataclass(frozen=True, slots=True)
class RiskShare:
    """One underlying or instrument in the risk of a scope."""

    name: str
    notional: float
    """Signed, base currency."""
    volatility: float
    """What it would have alone, base currency per year."""
    share: float
    """Of the scope's ex-ante variance; negative where it hedges. All shares of a scope add up to 1."""


def attribution_of(nets: Nets, unread: Bools, covariance: Covariance) -> Attribution:
    """Volatility sqrt(x' S x) of every scope's net exposures x, and its share in the portfolio's.

    Unknown where the pairs observed carry less than COVERED of all pairs' weight. What unknown coins are held within
    that is added as if each had the deviation of the worst known coin and moved with everything: volatility is
    sqrt(x' S x) + worst x sum |x unknown|, and is split by its derivatives all the same.
    """
    worst = float(np.nanmax(covariance.deviation, initial=0.0))
    known = ~np.isnan(covariance.deviation)
    risky = nets.kept(covariance.deviation[nets.coin] != 0.0)
    volatility = np.zeros(nets.scopes)
    seen, pairs = np.zeros(nets.scopes), np.zeros(nets.scopes)
    for rows, coin, net in risky.batches():
        pair = coin[:, :, None], coin[:, None, :]
        # Scaled to 1 first, so that no square overflows.
        unit = np.abs(net).max(axis=1)
        size = np.abs(net) / unit[:, None]
        pairs[rows] = np.square(size.sum(axis=1))
        seen[rows] = np.einsum("ni,nij,nj->n", size, covariance.observed[pair].astype(np.float64), size)
        spread = np.where(known[coin], net / unit[:, None] * covariance.deviation[coin], 0.0)
        variance = np.einsum("ni,nij,nj->n", spread, covariance.correlation[pair], spread)
        volatility[rows] = np.sqrt(np.maximum(0.0, variance)) * unit
    volatility += worst * risky.sums(np.where(known[risky.coin], 0.0, np.abs(risky.value)))
    volatility *= covariance.annual
    volatility[unread | ~(seen >= COVERED * pairs)] = np.nan
    whole = risky.kept(risky.scope == 0)
    share = nets.sums(nets.value * _marginal(whole, float(volatility[0]), covariance, worst)[nets.coin])
    share[unread] = np.nan
    for array in (volatility, share):
        array.flags.writeable = False
    return Attribution(volatility, share, covariance, nets, worst)


def _marginal(held: Nets, volatility: float, covariance: Covariance, worst: float) -> Floats:
    """Shape (coins,): share of `volatility` that one unit of money more in each coin brings; 0 where there is none.

    `held` are the entries of one scope. Coins that it does not hold are NaN if they are unknown, for the volatility has
    no derivative there: their sign would decide.
    """
    deviation = covariance.deviation
    known = ~np.isnan(deviation)
    if volatility == 0.0:
        return np.zeros(len(deviation))
    if np.isnan(volatility):
        return np.full(len(deviation), np.nan)
    net: Floats = np.zeros(len(deviation))
    # In units of the volatility, so that no square overflows; the slope has no unit.
    net[held.coin] = held.value / volatility
    spread = np.where(known, net * deviation, 0.0)
    towards = np.where(known, deviation, 0.0) * (covariance.correlation @ spread)
    inner = max(0.0, float(net[known] @ towards[known])) ** 0.5
    slope = towards / inner if inner > 0.0 else np.zeros(len(deviation))
    slope = np.where(known, slope, np.where(net == 0.0, np.nan, worst * np.sign(net)))
    out: Floats = slope * covariance.annual / volatility
    return out


def underlying_shares(inputs: CostlyInputs, attribution: Attribution, scope: int) -> tuple[RiskShare, ...]:
    """By underlying, of the scope in row `scope`; largest |share| first, the unknown before all."""
    mine = attribution.nets.kept(attribution.nets.scope == scope)
    return _table([inputs.coins[coin] for coin in mine.coin.tolist()], mine.coin, mine.value, attribution, scope)


def instrument_shares(inputs: CostlyInputs, attribution: Attribution, scope: int) -> tuple[RiskShare, ...]:
    """By instrument (`endpoint symbol`; a coin held by its name), of the scope in row `scope`; ordered alike."""
    held, mine = _held(inputs, scope)
    pairs = pairs_of(np.zeros_like(mine), 1, held.instrument[mine], len(inputs.symbols))
    notional = pairs.nets(held.notional[mine])
    coin = np.empty_like(pairs.key)
    coin[pairs.place] = held.underlying[mine]
    names = [" ".join(filter(None, inputs.symbols[instrument])) for instrument in pairs.key.tolist()]
    return _table(names, coin, notional, attribution, scope)


def _held(inputs: CostlyInputs, scope: int) -> tuple[Holdings, Ints]:
    """The holdings of the scope's kind, and which of them are the scope's."""
    first = 0
    for kind in kinds_of(inputs):
        if scope < first + kind.count:
            return kind.held, np.flatnonzero(kind.group == scope - first)
        first += kind.count
    raise IndexError(f"row {scope} is no scope; there are {first}")


def _table(
    names: list[str], coin: Ints, notional: Floats, attribution: Attribution, scope: int
) -> tuple[RiskShare, ...]:
    covariance, nets = attribution.covariance, attribution.nets
    held = nets.kept((nets.scope == scope) & (covariance.deviation[nets.coin] != 0.0))
    slope = _marginal(held, float(attribution.volatility[scope]), covariance, attribution.worst)
    alone = np.abs(notional) * covariance.deviation[coin] * covariance.annual
    share = notional * slope[coin]
    place = np.nan_to_num(np.abs(share), nan=np.inf)
    order = np.argsort(-place, kind="stable")
    return tuple(RiskShare(names[at], float(notional[at]), float(alone[at]), float(share[at])) for at in order.tolist())

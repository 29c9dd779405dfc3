"""How much hangs on few instruments, venues, coins and strategies: what only the slower beat can tell."""

from __future__ import annotations

from core.risk.costly.frame import CostlyFrame
from core.risk.metrics.metric import costly_metric
from core.risk.model import Floats


def largest_instrument_share(frame: CostlyFrame) -> Floats:
    """Largest |net notional of one instrument| / gross exposure. Ratio, 0 while nothing is held.

    A perpetual and a dated future are two instruments of one underlying. Source: as `largest_position_share`.
    """
    return frame.concentration.largest_instrument_share


def instrument_herfindahl(frame: CostlyFrame) -> Floats:
    """Sum of squared shares of the instruments in the sum of their |net notional|. From 1/n for n equal ones to 1.

    0 while nothing is held. Source: Rhoades, "The Herfindahl-Hirschman index", Federal Reserve Bulletin 79 (1993).
    """
    return frame.concentration.instrument_herfindahl


def largest_venue_share(frame: CostlyFrame) -> Floats:
    """Largest gross exposure at one venue / gross exposure. Ratio, 0 while nothing is held, 1 for an account.

    A hedged book hangs on its venue as much as any, so that long and short do not cancel. Source: Basel Committee,
    "Supervisory framework for measuring and controlling large exposures" (2014), by counterparty.
    """
    return frame.concentration.largest_venue_share


def venue_herfindahl(frame: CostlyFrame) -> Floats:
    """Sum of squared shares of the venues in gross exposure. From 1/n for n equal ones to 1; 0 while nothing is held.

    Source: as `instrument_herfindahl`.
    """
    return frame.concentration.venue_herfindahl


def largest_coin_share(frame: CostlyFrame) -> Floats:
    """Largest gross exposure that settles in one coin / gross exposure. Ratio, 0 while nothing is held.

    A coin held counts for itself; long and short do not cancel. Source: as `largest_venue_share`, by settlement coin.
    """
    return frame.concentration.largest_coin_share


def coin_herfindahl(frame: CostlyFrame) -> Floats:
    """Sum of squared shares of the settlement coins in gross exposure. From 1/n to 1; 0 while nothing is held.

    Source: as `instrument_herfindahl`.
    """
    return frame.concentration.coin_herfindahl


def crowding(frame: CostlyFrame) -> Floats:
    """Most strategies that hold the same side of one underlying, by their net there. Count.

    A strategy with less than 1 % of that side is not counted, nor is what no strategy claims. In a venue or an account:
    by what they hold in it. For a strategy: how many of the whole portfolio, itself among them, stand on a side that it
    has taken. Source: Khandani and Lo, "What happened to the quants in August 2007?", Journal of Investment Management
    5 (2007).
    """
    return frame.concentration.crowding


def crowded_share(frame: CostlyFrame) -> Floats:
    """Largest net of one underlying that two or more strategies hold on one side / gross exposure of all strategies'
    parts, each counted for itself. Ratio, 0 without a crowd; the weight of what `crowding` counts.

    Source: as `crowding`.
    """
    return frame.concentration.crowded_share


def hidden_netting(frame: CostlyFrame) -> Floats:
    """1 - |sum| / sum of || over own accounts' nets of each underlying, weighted by gross exposure. Ratio.

    The share of gross exposure that is long in one own account and short in another of the same underlying: fees,
    funding and margin are paid on both sides, and a stop of one of them leaves the other naked. 0 for one account.
    Source: Basel Committee, "International convergence of capital measurement" (2006), annex 4, one less the
    net-to-gross ratio.
    """
    return frame.concentration.hidden_netting


METRICS = (
    costly_metric(largest_instrument_share, "Largest instrument", "ratio", "concentration"),
    costly_metric(instrument_herfindahl, "Herfindahl, instruments", "number", "concentration"),
    costly_metric(largest_venue_share, "Largest venue", "ratio", "concentration"),
    costly_metric(venue_herfindahl, "Herfindahl, venues", "number", "concentration"),
    costly_metric(largest_coin_share, "Largest settlement coin", "ratio", "concentration"),
    costly_metric(coin_herfindahl, "Herfindahl, settlement coins", "number", "concentration"),
    costly_metric(crowding, "Crowding", "count", "concentration"),
    costly_metric(crowded_share, "Crowded share", "ratio", "concentration"),
    costly_metric(hidden_netting, "Hidden netting", "ratio", "concentration"),
)

"""The sums that metrics are made of, per scope, from one view of the book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.book.view import BookView
from core.risk.liquidation import distances
from core.risk.model import Floats, UnderlyingExposure


@dataclass(frozen=True, slots=True)
class Series:
    """What only the course over time can tell; arrays of shape (scopes,), NaN unknown."""

    peak_7d: Floats
    """Highest unit value of the last 7 days."""
    peak_30d: Floats
    unit_before: Floats
    """Unit value `RiskSettings.velocity_s` ago."""
    before_s: Floats
    """How many seconds ago that was."""
    loss_run: Floats
    """Losing periods in a row until now; see core.risk.course."""
    coverage_hour: Floats
    """Share of the last hour in which the figures were fresh and trusted."""
    coverage_day: Floats
    coverage_month: Floats


def unknown_series(scopes: int) -> Series:
    return Series(*(np.full(scopes, np.nan) for _ in range(8)))


@dataclass(frozen=True, slots=True)
class Frame:
    """Arrays of shape (scopes,); money in the base currency; NaN unknown."""

    equity: Floats
    unit: Floats
    peak: Floats
    day_open: Floats
    day_peak: Floats
    age_s: Floats
    trust: npt.NDArray[np.int8]
    gross: Floats
    """Sum of |notional|."""
    net: Floats
    beta_net: Floats
    """Sum of notional x beta of the underlying to the benchmark."""
    unrealised: Floats
    initial_margin: Floats
    maintenance_margin: Floats
    liquidation_distance: Floats
    """Smallest relative move of a mark to its position's liquidation price among members; inf where nothing is held
    that could be liquidated."""
    largest_net: Floats
    """The largest |net notional| of one underlying."""
    squared_net: Floats
    """Sum over underlyings of (net notional)^2, and the sum over them of |net notional| beside it."""
    absolute_net: Floats
    resting: Floats
    """Gross notional of resting orders that could open or enlarge a position."""
    filled_gross: Floats
    """Gross exposure if all of these were filled, each position on its worse side."""
    order_rate: Floats
    """New orders per minute."""
    cancel_rate: Floats
    reject_rate: Floats
    """Share of orders that the venue turned down."""
    unprotected: Floats
    """Open positions without a protective order."""
    series: Series

    @property
    def long(self) -> Floats:
        """Sum of the positive notionals."""
        return (self.gross + self.net) / 2.0

    @property
    def short(self) -> Floats:
        """Sum of the negative notionals, as a positive amount."""
        return (self.gross - self.net) / 2.0


def frame_of(view: BookView, series: Series | None = None) -> Frame:
    """An account that was never read holds what nobody knows: NaN, also for its venue and the portfolio."""
    totals, working = view.totals, view.working
    return Frame(
        equity=view.equity,
        unit=view.unit,
        peak=view.peak,
        day_open=view.day_open,
        day_peak=view.day_peak,
        age_s=view.age_s,
        trust=view.trust,
        gross=totals.gross,
        net=totals.net,
        beta_net=totals.beta_net,
        unrealised=totals.unrealised,
        initial_margin=totals.initial_margin,
        maintenance_margin=totals.maintenance_margin,
        liquidation_distance=distances(
            view.layout, totals.liquidation, view.equity, totals.maintenance_margin, totals.net
        ),
        largest_net=totals.largest_net,
        squared_net=totals.squared_net,
        absolute_net=totals.absolute_net,
        resting=working.resting,
        filled_gross=totals.gross + working.added,
        order_rate=working.order_rate,
        cancel_rate=working.cancel_rate,
        reject_rate=working.reject_rate,
        unprotected=working.unprotected,
        series=series or unknown_series(len(view.layout.scopes)),
    )


def exposures(view: BookView) -> tuple[UnderlyingExposure, ...]:
    """Of the portfolio, base currency, by underlying, largest gross first; an unknown one (NaN) comes first of all.

    Goes over all positions: not for every cycle.
    """
    held = view.positions
    net = np.bincount(held.underlying, weights=held.notional, minlength=len(view.coins))
    gross = np.bincount(held.underlying, weights=np.abs(held.notional), minlength=len(view.coins))
    present = np.unique(held.underlying)
    order = present[np.argsort(-np.nan_to_num(gross[present], nan=np.inf), kind="stable")]
    return tuple(UnderlyingExposure(view.coins[coin], float(net[coin]), float(gross[coin])) for coin in order)

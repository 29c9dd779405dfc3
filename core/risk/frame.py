"""The sums that metrics are made of, per scope, from one view of the book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.book.columns import Bools
from core.book.view import BookView
from core.risk.model import Floats, UnderlyingExposure


@dataclass(frozen=True, slots=True)
class Series:
    """What only the course over time can tell; arrays of shape (scopes,), NaN unknown."""

    peak_7d: Floats
    """Highest unit value of the last 7 days."""
    peak_30d: Floats
    unit_before: Floats
    """Unit value `RiskSettings.velocity_s` ago."""
    loss_run: Floats
    """Losing periods in a row until now; see core.risk.course."""
    coverage_hour: Floats
    """Share of the last hour in which the figures were fresh and trusted."""
    coverage_day: Floats
    coverage_month: Floats


def unknown_series(scopes: int) -> Series:
    return Series(*(np.full(scopes, np.nan) for _ in range(7)))


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
    long: Floats
    """Sum of the positive notionals."""
    short: Floats
    """Sum of the negative notionals, as a positive amount."""
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
    def gross(self) -> Floats:
        return self.long + self.short


def frame_of(view: BookView, series: Series | None = None) -> Frame:
    """Accounts, venues and portfolio add up the venues' positions, strategies their own rows.

    An account that was never read holds what nobody knows: NaN, also for its venue and the portfolio.
    """
    positions, rows = view.positions, view.rows
    unknown = np.full(len(view.layout.scopes), np.nan)
    largest, squared, absolute = by_underlying(view)
    return Frame(
        equity=view.equity,
        unit=view.unit,
        peak=view.peak,
        day_open=view.day_open,
        day_peak=view.day_peak,
        age_s=view.age_s,
        trust=view.trust,
        long=_sums(view, np.maximum(positions.notional, 0.0), np.maximum(rows.notional, 0.0)),
        short=_sums(view, np.maximum(-positions.notional, 0.0), np.maximum(-rows.notional, 0.0)),
        net=_sums(view, positions.notional, rows.notional),
        beta_net=unknown,
        unrealised=_sums(view, positions.unrealised, rows.unrealised),
        initial_margin=_sums(view, positions.initial_margin, rows.initial_margin),
        maintenance_margin=unknown,
        liquidation_distance=unknown,
        largest_net=largest,
        squared_net=squared,
        absolute_net=absolute,
        resting=unknown,
        filled_gross=unknown,
        order_rate=unknown,
        cancel_rate=unknown,
        reject_rate=unknown,
        unprotected=unknown,
        series=series or unknown_series(len(view.layout.scopes)),
    )


def _sums(view: BookView, per_position: Floats, per_row: Floats) -> Floats:
    layout = view.layout
    accounts = np.bincount(view.positions.account, weights=per_position, minlength=layout.accounts).astype(np.float64)
    accounts[~view.account_read] = np.nan
    strategies = np.bincount(view.rows.strategy, weights=per_row, minlength=layout.strategies).astype(np.float64)
    strategies[_unread_strategies(view)] = np.nan
    return layout.sums(accounts, strategies)


def _unread_strategies(view: BookView) -> Bools:
    """Shape (strategies,): whether a member account was never read, so that nobody knows what it holds there."""
    unread: Bools = np.isposinf(view.age_s[view.layout.first_strategy :])
    return unread


def by_underlying(view: BookView) -> tuple[Floats, Floats, Floats]:
    """Shape (scopes,) each: largest |net notional| by underlying, sum of their squares, sum of their magnitudes."""
    layout, positions, rows = view.layout, view.positions, view.rows
    coins = max(1, len(view.coins))
    accounts = _nets(positions.account, positions.underlying, positions.notional, layout.accounts, coins)
    accounts[:, ~view.account_read] = np.nan
    venue_of = layout.account_venue[positions.account]
    venues = _nets(venue_of, positions.underlying, positions.notional, layout.venues, coins)
    whole = _nets(np.zeros_like(positions.account), positions.underlying, positions.notional, 1, coins)
    strategies = _nets(rows.strategy, rows.underlying, rows.notional, layout.strategies, coins)
    strategies[:, _unread_strategies(view)] = np.nan
    unread = ~view.account_read
    venues[:, layout.account_venue[unread]] = np.nan
    if unread.any():
        whole[:] = np.nan
    largest, squared, absolute = np.concatenate((whole, venues, accounts, strategies), axis=1)
    return largest, squared, absolute


def _nets(
    group: npt.NDArray[np.int64], underlying: npt.NDArray[np.int64], notional: Floats, groups: int, coins: int
) -> Floats:
    # Only pairs that occur: 100,000 accounts times every coin would be a table of gigabytes.
    pairs, where = np.unique(group * coins + underlying, return_inverse=True)
    net = np.abs(np.bincount(where, weights=notional, minlength=len(pairs)))
    largest = np.zeros(groups)
    with np.errstate(invalid="ignore"):
        np.maximum.at(largest, pairs // coins, net)
    squared = np.bincount(pairs // coins, weights=net * net, minlength=groups)
    return np.stack((largest, squared, np.bincount(pairs // coins, weights=net, minlength=groups)))


def exposures(view: BookView) -> tuple[UnderlyingExposure, ...]:
    """Of the portfolio, base currency, by underlying, largest gross first; an unknown one (NaN) comes first of all."""
    held = view.positions
    net = np.bincount(held.underlying, weights=held.notional, minlength=len(view.coins))
    gross = np.bincount(held.underlying, weights=np.abs(held.notional), minlength=len(view.coins))
    present = np.unique(held.underlying)
    order = present[np.argsort(-np.nan_to_num(gross[present], nan=np.inf), kind="stable")]
    return tuple(UnderlyingExposure(view.coins[coin], float(net[coin]), float(gross[coin])) for coin in order)

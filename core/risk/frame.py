"""The sums that metrics are made of, per scope, from one view of the book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.book.columns import Bools
from core.book.view import BookView
from core.risk.model import Floats, UnderlyingExposure


@dataclass(frozen=True, slots=True)
class Frame:
    """Arrays of shape (scopes,); money in the base currency; NaN unknown."""

    equity: Floats
    unit: Floats
    peak: Floats
    day_open: Floats
    day_peak: Floats
    age_s: Floats
    gross: Floats
    net: Floats
    unrealised: Floats
    initial_margin: Floats
    largest_net: Floats
    """The largest |net notional| of one underlying."""


def frame_of(view: BookView) -> Frame:
    """Accounts, venues and portfolio add up the venues' positions, strategies their own rows.

    An account that was never read holds what nobody knows: NaN, also for its venue and the portfolio.
    """
    positions, rows = view.positions, view.rows
    return Frame(
        equity=view.equity,
        unit=view.unit,
        peak=view.peak,
        day_open=view.day_open,
        day_peak=view.day_peak,
        age_s=view.age_s,
        gross=_sums(view, np.abs(positions.notional), np.abs(rows.notional)),
        net=_sums(view, positions.notional, rows.notional),
        unrealised=_sums(view, positions.unrealised, rows.unrealised),
        initial_margin=_sums(view, positions.initial_margin, rows.initial_margin),
        largest_net=largest_net(view),
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


def largest_net(view: BookView) -> Floats:
    """Shape (scopes,): largest |net notional| by underlying, base currency; 0 with nothing held."""
    layout, positions, rows = view.layout, view.positions, view.rows
    coins = max(1, len(view.coins))
    accounts = _largest(positions.account, positions.underlying, positions.notional, layout.accounts, coins)
    accounts[~view.account_read] = np.nan
    venue_of = layout.account_venue[positions.account]
    venues = _largest(venue_of, positions.underlying, positions.notional, layout.venues, coins)
    whole = _largest(np.zeros_like(positions.account), positions.underlying, positions.notional, 1, coins)
    strategies = _largest(rows.strategy, rows.underlying, rows.notional, layout.strategies, coins)
    strategies[_unread_strategies(view)] = np.nan
    unread = ~view.account_read
    venues[layout.account_venue[unread]] = np.nan
    if unread.any():
        whole[:] = np.nan
    return np.concatenate((whole, venues, accounts, strategies))


def _largest(
    group: npt.NDArray[np.int64], underlying: npt.NDArray[np.int64], notional: Floats, groups: int, coins: int
) -> Floats:
    # Only pairs that occur: 100,000 accounts times every coin would be a table of gigabytes.
    pairs, where = np.unique(group * coins + underlying, return_inverse=True)
    net = np.abs(np.bincount(where, weights=notional, minlength=len(pairs)))
    out = np.zeros(groups)
    with np.errstate(invalid="ignore"):
        np.maximum.at(out, pairs // coins, net)
    return out


def exposures(view: BookView) -> tuple[UnderlyingExposure, ...]:
    """Of the portfolio, base currency, by underlying, largest gross first; an unknown one (NaN) comes first of all."""
    held = view.positions
    net = np.bincount(held.underlying, weights=held.notional, minlength=len(view.coins))
    gross = np.bincount(held.underlying, weights=np.abs(held.notional), minlength=len(view.coins))
    present = np.unique(held.underlying)
    order = present[np.argsort(-np.nan_to_num(gross[present], nan=np.inf), kind="stable")]
    return tuple(UnderlyingExposure(view.coins[coin], float(net[coin]), float(gross[coin])) for coin in order)

"""The sums of one sweep, scope by scope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import NAN, Bools, Floats, Ints
from core.book.detail import RowArrays
from core.book.layout import Layout
from core.book.nets import Nets, nets_of
from core.book.pairs import Pairs
from core.book.sweep import Sums


@dataclass(frozen=True, slots=True)
class Totals:
    """Arrays of shape (scopes,), base currency; NaN unknown: something has no price, or a member was never read.

    Accounts, venues and portfolio add up the venues' positions, strategies their own rows.
    """

    net: Floats
    gross: Floats
    unrealised: Floats
    initial_margin: Floats
    maintenance_margin: Floats
    beta_net: Floats
    liquidation: Floats
    """Smallest |liquidation price / mark - 1| of any member's position, as far as venues name one; NaN for none."""
    largest_net: Floats
    squared_net: Floats
    absolute_net: Floats


def totals_of(sums: Sums, shared: RowArrays, layout: Layout, pairs: Pairs, unread: Bools, coins: int) -> Totals:
    """`shared`: the rows that `sums.strategies` leaves out. `unread`: shape (accounts + strategies,)."""
    accounts, own = sums.accounts, sums.strategies

    def column(of_accounts: Floats, of_strategies: Floats, more: Floats) -> Floats:
        added = of_strategies + np.bincount(shared.strategy, weights=more, minlength=layout.strategies)
        both = np.concatenate((of_accounts, added))
        both[unread] = NAN
        return layout.sums(both[: layout.accounts], both[layout.accounts :])

    nets = _nets(sums, shared, layout, pairs, unread, coins)
    # A strategy has no liquidation price: what is liquidated is the account, whoever holds the rest of it.
    nowhere = np.full(layout.strategies, NAN)
    return Totals(
        net=column(accounts.net, own.net, shared.notional),
        gross=column(accounts.gross, own.gross, np.abs(shared.notional)),
        unrealised=column(accounts.unrealised, own.unrealised, shared.unrealised),
        initial_margin=column(accounts.initial, own.initial, shared.initial_margin),
        maintenance_margin=column(accounts.maintenance, own.maintenance, shared.maintenance_margin),
        beta_net=column(accounts.beta_net, own.beta_net, shared.notional * sums.beta_of(shared.underlying)),
        liquidation=-layout.worst(-np.nan_to_num(accounts.liquidation, nan=np.inf), nowhere),
        largest_net=nets.largest,
        squared_net=nets.squared,
        absolute_net=nets.absolute,
    )


def _nets(sums: Sums, shared: RowArrays, layout: Layout, pairs: Pairs, unread: Bools, coins: int) -> Nets:
    """Shape (scopes,)."""
    underlying, venue = pairs.underlying(), pairs.venue
    per_pair = sums.net.sum(axis=1)
    real = np.flatnonzero(venue >= 0)
    venues = nets_of(venue[real], underlying[real], per_pair[real], layout.venues, coins)
    whole = nets_of(np.zeros_like(real), underlying[real], per_pair[real], 1, coins)
    own = sums.net[real, : layout.strategies]
    strategy = np.broadcast_to(np.arange(layout.strategies), own.shape).ravel()
    strategies = nets_of(
        np.concatenate((strategy, shared.strategy)),
        np.concatenate((np.repeat(underlying[real], layout.strategies), shared.underlying)),
        np.concatenate((own.ravel(), shared.notional)),
        layout.strategies,
        coins,
    )
    columns = []
    for name in Nets.__slots__:
        parts = [getattr(nets, name).copy() for nets in (whole, venues, sums.accounts.nets, strategies)]
        column = np.concatenate(parts)
        column[layout.first_account :][unread] = NAN
        blind: Ints = layout.account_venue[unread[: layout.accounts]]
        column[1 + blind] = NAN
        if len(blind):
            column[0] = NAN
        columns.append(column)
    return Nets(*columns)

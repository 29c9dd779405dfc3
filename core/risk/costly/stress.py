"""What named shocks would do to the book as it stands: losses, margin calls, liquidations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.risk.costly.grouping import Kind, Pairs, inverse_rows, kinds_of, pairs_of, take, totals
from core.risk.costly.inputs import CostlyInputs, Holdings
from core.risk.costly.shocks import moves_of
from core.risk.ratio import share
from core.risk.settings import Shock


@dataclass(frozen=True, slots=True)
class StressFigures:
    """Arrays of shape (shocks, scopes); NaN unknown."""

    rows: Mapping[str, int]
    """The row of each shock by its name."""
    loss: Floats
    """Base currency; positive is a loss."""
    margin_calls: Floats
    liquidated: Floats

    def of(self, name: str, figures: Floats) -> Floats:
        """Shape (scopes,): one of the above for one shock; unknown (NaN) for one that was not computed."""
        row = self.rows.get(name)
        column: Floats = np.full(figures.shape[1], np.nan) if row is None else figures[row]
        return column


@dataclass(frozen=True, slots=True)
class _Book:
    """What every shock starts from."""

    inputs: CostlyInputs
    parts: Holdings
    """Strategies' parts of positions and coins."""
    positions: Holdings
    """The venues' positions without coins held."""
    gross: Floats
    """Shape (accounts,): of the positions."""
    equity: Floats
    """Shape (accounts,)."""
    members: Pairs
    """Strategy and account, where the one holds something in the other."""
    venue_share: Floats
    """Shape (strategies, venues): of each strategy's gross exposure."""


@dataclass(frozen=True, slots=True)
class _Blow:
    """What one shock does to accounts, shape (accounts,), and strategies, shape (strategies, venues)."""

    loss: Floats
    calls: Floats
    liquidated: Floats
    strategy_loss: Floats


def estimate_stress(inputs: CostlyInputs, shocks: Sequence[Shock], betas: Floats) -> StressFigures:
    """`betas` are the coins' to `settings.benchmark`, shape (coins,), NaN unknown (see `moves_of`)."""
    book = _book(inputs)
    shape = (len(shocks), len(inputs.layout.scopes))
    loss, calls, liquidated = (np.full(shape, np.nan) for _ in range(3))
    unknown = np.isnan(inputs.gross)
    for row, shock in enumerate(shocks):
        blow = _blow(book, moves_of(shock, inputs.coins, inputs.stablecoins, betas))
        gone = _gone(book, shock.venue_gone)
        if gone is None:
            continue
        loss[row] = _losses(book, blow, gone)
        calls[row] = _counts(book, blow.calls, gone)
        liquidated[row] = _counts(book, blow.liquidated, gone)
        if shock.venue_gone == "*" and np.isnan(book.equity).any():
            # Nobody knows which venue has most, and so whose accounts are left.
            calls[row, 0] = liquidated[row, 0] = np.nan
    for array in (loss, calls, liquidated):
        array[:, unknown] = np.nan
        array.flags.writeable = False
    return StressFigures({shock.name: row for row, shock in enumerate(shocks)}, loss, calls, liquidated)


def _book(inputs: CostlyInputs) -> _Book:
    layout = inputs.layout
    portfolio, _, _, strategies = kinds_of(inputs)
    held = portfolio.held
    contracts = held if not held.is_coin.any() else take(held, np.flatnonzero(~held.is_coin))
    return _Book(
        inputs,
        strategies.held,
        contracts,
        gross=totals(contracts.account, layout.accounts, np.abs(contracts.notional)),
        equity=inputs.equity[layout.first_account : layout.first_strategy],
        members=pairs_of(strategies.group, layout.strategies, strategies.held.account, layout.accounts),
        venue_share=_venue_shares(strategies, layout.venues),
    )


def _venue_shares(strategies: Kind, venues: int) -> Floats:
    held, count = strategies.held, strategies.count
    gross = totals(strategies.group * venues + held.venue, count * venues, np.abs(held.notional)).reshape(count, venues)
    return share(gross, gross.sum(axis=1, keepdims=True))


def _blow(book: _Book, move: Floats) -> _Blow:
    """An account loses on its contracts and on the coins of its collateral; a strategy on what it holds itself."""
    inputs, layout, rows = book.inputs, book.inputs.layout, book.inputs.collateral
    held, parts = book.positions, book.parts
    contracts = totals(held.account, layout.accounts, _gains(held, move))
    coins = totals(rows.account, layout.accounts, _moved(rows.value, move[rows.coin]))
    at = parts.strategy * layout.venues + parts.venue
    strategies = totals(at, layout.strategies * layout.venues, _gains(parts, move))
    after = book.equity + contracts + coins
    gross = totals(held.account, layout.accounts, np.abs(held.notional) * _growth(held, move))
    initial, maintenance = (
        _scaled(margin, gross, book.gross) for margin in (inputs.initial_margin, inputs.maintenance_margin)
    )
    # Where a venue names no rate: margin is never above notional, maintenance never above initial margin.
    called = np.where(np.isnan(initial), _between(after < np.fmax(maintenance, 0.0), after >= gross), after < initial)
    most = np.fmin(initial, gross)
    lost = np.where(np.isnan(maintenance), _between(after <= 0.0, after > most), after <= maintenance)
    unknown = np.isnan(after) | np.isnan(gross)
    return _Blow(
        loss=-(contracts + coins),
        calls=np.where(book.gross == 0.0, 0.0, np.where(unknown, np.nan, called)),
        liquidated=np.where(book.gross == 0.0, 0.0, np.where(unknown, np.nan, lost)),
        strategy_loss=-strategies.reshape(layout.strategies, layout.venues),
    )


def _between(surely: Bools, surely_not: Bools) -> Floats:
    return np.where(surely, 1.0, np.where(surely_not, 0.0, np.nan))


def _gains(held: Holdings, move: Floats) -> Floats:
    """Base currency, shape (rows,): notional x (move of the underlying - move of the coin that the price is told in).

    Exact, and linear in the move, for both kinds of contract. Linear ones pay q (p' - p) in a coin worth r': with
    p = u / r that is q u (u'/u - r'/r). Inverse ones of Q quote units pay Q (1/p - 1/p') coins worth p' each:
    Q (p'/p - 1), the quote being money; the coins of the collateral move besides. Options count by their delta alone.
    """
    money = np.where(held.is_coin | inverse_rows(held), 0.0, move[held.coin])
    return _moved(held.notional, move[held.underlying] - money)


def _growth(held: Holdings, move: Floats) -> Floats:
    """Notional after / before: an inverse contract's stays what it is in quote units."""
    return np.where(inverse_rows(held), 1.0, 1.0 + move[held.underlying])


def _moved(amount: Floats, move: Floats) -> Floats:
    """What does not move loses nothing, whatever it is worth."""
    return np.where(move == 0.0, 0.0, amount * move)


def _scaled(margin: Floats, after: Floats, before: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(before > 0.0, margin * after / before, margin)


def _gone(book: _Book, venue: str) -> Ints | None:
    """Shape (scopes,): the venue that each scope loses, -1 for none; None where there is no venue of that name."""
    layout = book.inputs.layout
    gone = np.full(len(layout.scopes), -1, dtype=np.int64)
    if venue == "*":
        gone[0] = np.argmax(_equity_by_venue(book)) if layout.venues else -1
        gone[1 : layout.first_account] = np.arange(layout.venues)
        gone[layout.first_account : layout.first_strategy] = layout.account_venue
        gone[layout.first_strategy :] = book.venue_share.argmax(axis=1) if layout.venues else -1
    elif venue:
        names = [scope.name for scope in layout.scopes[1 : layout.first_account]]
        if venue not in names:
            return None
        gone[:] = names.index(venue)
    return gone


def _equity_by_venue(book: _Book) -> Floats:
    """What can be lost: a debt to a venue is no gain when the venue goes."""
    layout = book.inputs.layout
    return totals(layout.account_venue, layout.venues, np.maximum(book.equity, 0.0))


def _losses(book: _Book, blow: _Blow, gone: Ints) -> Floats:
    """Shape (scopes,): what the moves take at the venues that stay, and all that there is at the one that goes.

    A strategy's equity is told nowhere by venue: it stands there as its gross exposure does.
    """
    layout = book.inputs.layout
    venues = np.arange(layout.venues)
    held, moved = _equity_by_venue(book), totals(layout.account_venue, layout.venues, blow.loss)
    equity = np.maximum(book.inputs.equity[layout.first_strategy :], 0.0)
    at_venue = gone[layout.first_strategy :, None] == venues
    strategies = np.where(at_venue, equity[:, None] * book.venue_share, blow.strategy_loss).sum(axis=1)
    return np.concatenate(
        (
            [np.where(venues == gone[0], held, moved).sum()],
            np.where(venues == gone[1 : layout.first_account], held, moved),
            np.where(
                layout.account_venue == gone[layout.first_account : layout.first_strategy],
                np.maximum(book.equity, 0.0),
                blow.loss,
            ),
            strategies,
        )
    )


def _counts(book: _Book, flag: Floats, gone: Ints) -> Floats:
    """Shape (scopes,): accounts flagged, without those at the venue that goes: nobody calls for margin there."""
    layout, venue, members = book.inputs.layout, book.inputs.layout.account_venue, book.members
    account_gone, strategy_gone = gone[layout.first_account : layout.first_strategy], gone[layout.first_strategy :]
    per_venue = totals(venue, layout.venues, flag)
    theirs = np.where(venue[members.key] == strategy_gone[members.group], 0.0, flag[members.key])
    return np.concatenate(
        (
            [np.where(venue == gone[0], 0.0, flag).sum()],
            np.where(np.arange(layout.venues) == gone[1 : layout.first_account], 0.0, per_venue),
            np.where(venue == account_gone, 0.0, flag),
            totals(members.group, layout.strategies, theirs),
        )
    )

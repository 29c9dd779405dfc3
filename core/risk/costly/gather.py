"""From what the book holds to the inputs of the costly columns: copied on the loop, put together in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.book.columns import NAN, Bools, Floats, Ints
from core.book.detail import Held
from core.book.layout import Layout
from core.book.worth import Prices
from core.risk.costly.inputs import Collateral, CostlyInputs, Holdings, Ladders, Returns
from core.risk.settings import RiskSettings


class SeenBooks(Protocol):
    """The visible books of some instruments: shape (n, levels), cumulated from the best level on, NaN beyond."""

    @property
    def bid_quantity(self) -> Floats: ...
    @property
    def bid_cost(self) -> Floats: ...
    @property
    def ask_quantity(self) -> Floats: ...
    @property
    def ask_cost(self) -> Floats: ...


class ScopeReturns(Protocol):
    def build(self) -> Returns: ...


@dataclass(frozen=True, slots=True)
class Capture:
    """Everything of one moment, copied; nothing else may change it."""

    layout: Layout
    at_s: float
    settings: RiskSettings
    held: Held
    prices: Prices
    coins: tuple[str, ...]
    stablecoins: Bools
    symbols: tuple[tuple[str, str], ...]
    equity: Floats
    gross: Floats
    initial_margin: Floats
    """Shape (accounts,)."""
    maintenance_margin: Floats
    volume_day: Floats
    """Shape (instruments,): base units, of the market that each is traded in."""
    with_books: Ints
    """The instruments that `books` tells of."""
    books: SeenBooks
    books_age_s: Floats
    coin_returns: Returns
    scope_returns: ScopeReturns


def inputs_of(capture: Capture) -> CostlyInputs:
    """Takes tens of milliseconds a million positions: call from a thread."""
    prices, table = capture.prices, capture.held.table
    instruments = len(prices.worth)
    volume = capture.volume_day[:instruments]
    quote = table.quote[:instruments]
    return CostlyInputs(
        layout=capture.layout,
        at_s=capture.at_s,
        settings=capture.settings,
        coins=capture.coins,
        stablecoins=capture.stablecoins,
        symbols=capture.symbols,
        holdings=holdings_of(capture),
        collateral=collateral_of(capture),
        equity=capture.equity,
        gross=capture.gross,
        initial_margin=capture.initial_margin,
        maintenance_margin=capture.maintenance_margin,
        worth=prices.worth,
        quote_rate=np.where(quote >= 0, prices.rates[quote], NAN) if len(prices.rates) else np.full(instruments, NAN),
        # Of an inverse contract a quantity is an amount of the quote coin, and so is a volume beside it.
        volume_day=np.where(table.inverse[:instruments], volume * prices.mark, volume),
        ladders=ladders_of(capture, instruments),
        coin_returns=capture.coin_returns,
        scope_returns=capture.scope_returns.build(),
    )


def holdings_of(capture: Capture) -> Holdings:
    """Rows by strategy, and cash behind them, which is nobody's."""
    held, worth = capture.held, capture.prices.worth
    columns = held.rows
    rows = columns.live()
    rows = rows[columns.quantity[rows] != 0.0]
    instrument, quantity = columns.instrument[rows], columns.quantity[rows]
    slots = held.slots
    live = slots.live()
    cash = live[(slots.rest[live] < 0) & (slots.quantity[live] != 0.0)]
    notional = np.concatenate((quantity * worth[instrument], np.zeros(len(cash))))
    instrument = np.concatenate((instrument, slots.instrument[cash]))
    account = np.concatenate((columns.account[rows], slots.account[cash]))
    return Holdings(
        slot=np.concatenate((columns.slot[rows], cash)),
        account=account,
        venue=capture.layout.account_venue[account],
        strategy=np.concatenate((columns.strategy[rows], np.full(len(cash), -1, dtype=np.int64))),
        instrument=instrument,
        underlying=held.table.base[instrument],
        coin=held.table.settle[instrument],
        quantity=np.concatenate((quantity, slots.quantity[cash])),
        notional=notional,
        is_coin=held.table.coin[instrument],
    )


def collateral_of(capture: Capture) -> Collateral:
    """What every account's equity consists of, coin by coin."""
    slots, table, prices = capture.held.slots, capture.held.table, capture.prices
    live = slots.live()
    live = live[table.settle[slots.instrument[live]] >= 0]
    instrument, quantity = slots.instrument[live], slots.quantity[live]
    at_market = np.where(quantity == 0.0, 0.0, quantity * prices.level[instrument])
    value = (at_market - slots.base_cost[live]) * prices.settle[instrument]
    value = np.where((quantity == 0.0) & (slots.base_cost[live] == 0.0), 0.0, value)
    coins = len(capture.coins)
    key, where = np.unique(slots.account[live] * coins + table.settle[instrument], return_inverse=True)
    total = np.bincount(where, weights=value, minlength=len(key)).astype(np.float64)
    some = total != 0.0
    return Collateral(account=key[some] // max(1, coins), coin=key[some] % max(1, coins), value=total[some])


def ladders_of(capture: Capture, instruments: int) -> Ladders:
    """In the units of holdings: an inverse contract's quantity is an amount of the quote coin, its loss too."""
    books, rows = capture.books, capture.with_books
    inverse = capture.held.table.inverse[rows][:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        best_bid = books.bid_cost[:, :1] / books.bid_quantity[:, :1]
        mid = (best_bid + books.ask_cost[:, :1] / books.ask_quantity[:, :1]) / 2.0
    # Sold for less than the mid, bought for more; of an inverse contract p units of quote coin are 1 of base.
    sold = mid * books.bid_quantity - books.bid_cost
    bought = books.ask_cost - mid * books.ask_quantity
    levels = books.bid_quantity.shape[1] if books.bid_quantity.ndim == 2 else 0

    def spread(column: Floats) -> Floats:
        found = np.full((instruments, levels), NAN)
        found[rows] = column
        return found

    age_s = np.full(instruments, np.inf)
    age_s[rows] = capture.books_age_s
    return Ladders(
        sell_quantity=spread(np.where(inverse, books.bid_cost, books.bid_quantity)),
        sell_cost=spread(sold),
        buy_quantity=spread(np.where(inverse, books.ask_cost, books.ask_quantity)),
        buy_cost=spread(bought),
        age_s=age_s,
    )

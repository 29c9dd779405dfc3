"""From a capture to the inputs of the costly columns: put together in a thread."""

from __future__ import annotations

import numpy as np

from core.book.columns import NAN, Floats
from core.risk.costly.capture import Capture
from core.risk.costly.inputs import Collateral, CostlyInputs, Holdings, Ladders


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
        options=table.option[:instruments],
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
    rows = capture.with_books

    def spread(column: Floats) -> Floats:
        found = np.full((instruments, column.shape[1]), NAN)
        found[rows] = column
        return found

    sell_quantity, sell_cost, buy_quantity, buy_cost = capture.books.against_mid(capture.held.table.inverse[rows])
    age_s = np.full(instruments, np.inf)
    age_s[rows] = capture.books_age_s
    return Ladders(spread(sell_quantity), spread(sell_cost), spread(buy_quantity), spread(buy_cost), age_s)

"""Positions one by one, for those who need them: planners, pages, the slower beat. No cycle does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.book.marks import InstrumentColumns
from core.book.positions import RowColumns, SlotColumns
from core.book.worth import Prices


@dataclass(frozen=True, slots=True)
class PositionArrays:
    """Open positions at the venues, and coins held other than cash; arrays of shape (positions,)."""

    slot: Ints
    account: Ints
    instrument: Ints
    underlying: Ints
    """Index into `BookView.coins`."""
    leg: Ints
    """Index into `tuple(Leg)`."""
    quantity: Floats
    """Signed, base units."""
    mark: Floats
    """Quote per base unit; NaN unknown. Of a coin: base currency."""
    notional: Floats
    """Signed, base currency at our marks; NaN unknown."""
    unrealised: Floats
    """Base currency; 0 for coins, whose cost nobody tells."""
    initial_margin: Floats
    """Base currency; NaN where the rate is unknown, 0 for coins."""
    is_coin: Bools


@dataclass(frozen=True, slots=True)
class RowArrays:
    """Positions by strategy: what fills attribute and what is left over; arrays of shape (rows,)."""

    slot: Ints
    account: Ints
    instrument: Ints
    underlying: Ints
    strategy: Ints
    """0 .. strategies - 1; the last is `unattributed`."""
    leg: Ints
    quantity: Floats
    venue_quantity: Floats
    """The venue's whole position in the same account, instrument and leg."""
    mark: Floats
    notional: Floats
    unrealised: Floats
    initial_margin: Floats
    maintenance_margin: Floats
    set_aside: Floats
    """Base currency that backs this part of an isolated position; NaN where nothing does."""
    is_coin: Bools


class Held(Protocol):
    """The columns that positions lie in: the book's own, or a copy of them."""

    @property
    def slots(self) -> SlotColumns: ...

    @property
    def rows(self) -> RowColumns: ...

    @property
    def table(self) -> InstrumentColumns: ...


@dataclass(frozen=True, slots=True)
class HeldCopy:
    slots: SlotColumns
    rows: RowColumns
    table: InstrumentColumns


def copy_of(held: Held) -> HeldCopy:
    """For a thread, with what values need and no more: memory is copied, nothing is looked at."""
    return HeldCopy(
        held.slots.copy("account", "instrument", "quantity", "base_cost", "rest"),
        held.rows.copy("slot", "account", "instrument", "strategy", "quantity"),
        held.table.copy("inverse", "option", "coin", "settle", "quote", "base"),
    )


def copy_in_full(held: Held) -> HeldCopy:
    """As `copy_of`, with all that positions and rows one by one are gathered from."""
    return HeldCopy(
        held.slots.copy(
            "account", "instrument", "leg", "quantity", "cost", "initial_rate", "maintenance_rate", "liquidation",
            "set_aside", "rest",
        ),
        held.rows.copy("slot", "account", "instrument", "strategy", "quantity", "cost"),
        held.table.copy("coin", "settle", "base"),
    )  # fmt: skip


class Detail:
    """Gathered when first asked for, and kept: quantities of that moment, never older than the view, at its prices."""

    def __init__(self, held: Held, prices: Prices) -> None:
        self._held = held
        self.prices = prices

    @cached_property
    def positions(self) -> PositionArrays:
        slots, table, prices = self._held.slots, self._held.table, self.prices
        live = slots.live()
        held = live[(slots.quantity[live] != 0.0) & (slots.rest[live] >= 0)]
        instrument, quantity = slots.instrument[held], slots.quantity[held]
        is_coin = table.coin[instrument]
        notional = quantity * prices.worth[instrument]
        unrealised = (quantity * prices.level[instrument] - slots.cost[held]) * prices.settle[instrument]
        found = PositionArrays(
            slot=held,
            account=slots.account[held],
            instrument=instrument,
            underlying=table.base[instrument],
            leg=slots.leg[held],
            quantity=quantity,
            mark=prices.mark[instrument],
            notional=notional,
            unrealised=np.where(is_coin, 0.0, unrealised),
            initial_margin=np.where(is_coin, 0.0, np.abs(notional) * slots.initial_rate[held]),
            is_coin=is_coin,
        )
        freeze(found)
        return found

    @cached_property
    def rows(self) -> RowArrays:
        found = row_arrays(self._held.rows.live(), self._held, self.prices)
        freeze(found)
        return found

    def holders(self, first: int, most: int) -> tuple[Ints, Ints, bool]:
        """Accounts and strategies of `most` rows from the first on, as far as these hold something now, and whether
        there are more rows: a million at once would hold a cycle up."""
        columns = self._held.rows
        live = columns.live()
        rows = live[first : first + most]
        rows = rows[columns.quantity[rows] != 0.0]
        return columns.account[rows], columns.strategy[rows], first + most < len(live)


def row_arrays(rows: Ints, held: Held, prices: Prices) -> RowArrays:
    """Those of `rows` that hold something."""
    columns, slots, table = held.rows, held.slots, held.table
    some = rows[columns.quantity[rows] != 0.0]
    slot, instrument, quantity = columns.slot[some], columns.instrument[some], columns.quantity[some]
    is_coin = table.coin[instrument]
    notional = quantity * prices.worth[instrument]
    unrealised = (quantity * prices.level[instrument] - columns.cost[some]) * prices.settle[instrument]
    return RowArrays(
        slot=slot,
        account=columns.account[some],
        instrument=instrument,
        underlying=table.base[instrument],
        strategy=columns.strategy[some],
        leg=slots.leg[slot],
        quantity=quantity,
        venue_quantity=slots.quantity[slot],
        mark=prices.mark[instrument],
        notional=notional,
        unrealised=np.where(is_coin, 0.0, unrealised),
        initial_margin=np.where(is_coin, 0.0, np.abs(notional) * slots.initial_rate[slot]),
        maintenance_margin=np.where(is_coin, 0.0, np.abs(notional) * slots.maintenance_rate[slot]),
        set_aside=slots.set_aside[slot] * prices.settle[instrument] * _part(quantity, slots.quantity[slot]),
        is_coin=is_coin,
    )


def _part(quantity: Floats, whole: Floats) -> Floats:
    """NaN of a position that is flat at its venue."""
    out: Floats = np.full(len(whole), np.nan)
    np.divide(quantity, whole, out=out, where=whole != 0.0)
    return out


def freeze(arrays: object) -> None:
    """Make every array among the fields read-only."""
    for name in getattr(arrays, "__slots__", ()):
        value = getattr(arrays, name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False

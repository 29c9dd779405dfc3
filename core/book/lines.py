"""The table behind `core.book.resting`: one line per account and instrument, or per strategy in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.book.columns import Bools, Columns, Floats, Ints


class LineColumns(Columns):
    SPEC: ClassVar[dict[str, tuple[str, float]]] = {
        "account": ("i", -1),
        "instrument": ("i", -1),
        "strategy": ("i", -1),
        "spot": ("b", False),
        "orders": ("i", 0),
        "buy": ("f", 0.0),
        "sell": ("f", 0.0),
        "reduce_buy": ("f", 0.0),
        "reduce_sell": ("f", 0.0),
        "guards_long": ("i", 0),
        "guards_short": ("i", 0),
        "net": ("i", -1),
        "long": ("i", -1),
        "short": ("i", -1),
    }
    account: Ints
    instrument: Ints
    """The row that prices it: the contract's, for spot markets the coin's."""
    strategy: Ints
    """-1 in the lines of accounts."""
    spot: Bools
    orders: Ints
    """Resting orders of any kind."""
    buy: Floats
    """Unfilled quantity that could open or enlarge, base units."""
    sell: Floats
    reduce_buy: Floats
    """Unfilled quantity that can only reduce; 0 for an order that closes whatever is held."""
    reduce_sell: Floats
    guards_long: Ints
    """Orders that can only reduce a long position, and a short one."""
    guards_short: Ints
    net: Ints
    """Slot (in strategies' lines: row) of the position by leg; -1 for none."""
    long: Ints
    short: Ints


@dataclass(frozen=True, slots=True)
class Part:
    """What one order adds to its two lines."""

    lines: tuple[int, int]
    """Of the account, of the strategy."""
    client_order_id: str
    sign: int
    quantity: float
    protective: bool

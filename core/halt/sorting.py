"""What becomes of an order that rests under a stop: it is cancelled, left alone, or nobody can tell.

An order is spared only where the venue says of the order itself that it can only reduce, and a position stands that it
reduces. Such an order without a position protects nothing, and is swept like any other.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from core.domain import Side, StopLevel
from core.halt.target import HaltTarget
from core.halt.terms import StopTerms
from core.venues.messages import OrderUpdate, PositionUpdate

Reducible = frozenset[tuple[str, Side]]
"""(symbol, side of an order that reduces): what positions stand."""


def reducible(positions: Iterable[PositionUpdate]) -> Reducible:
    return frozenset(
        (row.symbol, Side.SELL if row.quantity > 0.0 else Side.BUY) for row in positions if row.quantity != 0.0
    )


class Fate(enum.Enum):
    CANCEL = "cancel"
    SPARE = "it reduces a position that stands, and such orders are kept"
    UNJUDGED = "it can only reduce; whether a position stands is not known"
    UNCLAIMED = "nobody can tell whose it is"
    OTHERS = "it belongs to another scope"


@dataclass(frozen=True, slots=True)
class Sorted:
    """The orders of one listing."""

    cancel: tuple[OrderUpdate, ...]
    spare: tuple[OrderUpdate, ...]
    unjudged: tuple[OrderUpdate, ...]
    unclaimed: tuple[OrderUpdate, ...]


class Sorter:
    """Of one account under one stop."""

    def __init__(self, target: HaltTarget, terms: StopTerms, issued: Collection[str] = ()) -> None:
        """`issued`: client ids of the orders that were placed under this latch."""
        self._owns = target.owns
        self._terms = terms
        self._issued = frozenset(issued)

    def issue(self, client_order_ids: Iterable[str]) -> None:
        """Orders that are about to be placed under this latch."""
        self._issued |= frozenset(client_order_ids)

    @property
    def selective(self) -> bool:
        """Whether something may be left resting, so that nothing may be cancelled by the symbol."""
        return self._owns is not None or self._terms.spares_reducing or bool(self._issued)

    def in_scope(self, order: OrderUpdate) -> bool:
        return self._owns is None or self._owns(order) is True

    def may_spare(self, order: OrderUpdate) -> bool:
        """Whether it is left alone if its position stands. An issued id alone is no pass: the order must reduce too."""
        return order.is_protective and (self._terms.spares_reducing or order.client_order_id in self._issued)

    def counts_as_late(self, order: OrderUpdate) -> bool:
        """Whether an order that is spared was not to be expected after the act."""
        return not (self._terms.level is StopLevel.REDUCE_ONLY or order.client_order_id in self._issued)

    def fate(self, order: OrderUpdate, positions: Reducible | None) -> Fate:
        """`positions` None: they could not be read."""
        owned = True if self._owns is None else self._owns(order)
        if owned is not True:
            return Fate.UNCLAIMED if owned is None else Fate.OTHERS
        if not self.may_spare(order):
            return Fate.CANCEL
        if positions is None:
            return Fate.UNJUDGED
        return Fate.SPARE if (order.symbol, order.side) in positions else Fate.CANCEL

    def sort(self, orders: Iterable[OrderUpdate], positions: Reducible | None) -> Sorted:
        by_fate: dict[Fate, list[OrderUpdate]] = {fate: [] for fate in Fate}
        for order in orders:
            by_fate[self.fate(order, positions)].append(order)
        return Sorted(
            tuple(by_fate[Fate.CANCEL]),
            tuple(by_fate[Fate.SPARE]),
            tuple(by_fate[Fate.UNJUDGED]),
            tuple(by_fate[Fate.UNCLAIMED]),
        )

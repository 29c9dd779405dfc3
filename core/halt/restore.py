"""Places again, reduce-only, the protective orders that a stop took and whose positions still stand.

The preview asks the venues anew and says of every such order whether it would be placed, and why not. The act makes a
preview of its own, so that nothing is placed on what was true a while ago.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from core.domain import Leg, Side
from core.errors import ScramError, VenueError
from core.halt.saved import SavedOrder
from core.venues.messages import OrderUpdate, PositionUpdate
from core.venues.protocol import ActingVenue, OrderRequest, TriggerRequest, TriggerVenue

Acquire = Callable[[str], Awaitable[ActingVenue]]
"""An account's acting side, prepared; raises a ScramError."""


@dataclass(frozen=True, slots=True)
class RestoreRow:
    """One protective order that a stop took."""

    order: OrderUpdate
    """As it was."""
    quantity: float
    """What would be placed: what was left of it, and no more than its position; 0 where nothing would."""
    obstacle: str
    """Why it would not be placed, "" where it would."""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    halt_id: str
    rows: tuple[RestoreRow, ...]
    others: int
    """Orders that the stop took and that protected nothing: they are never placed again."""

    @property
    def possible(self) -> tuple[RestoreRow, ...]:
        return tuple(row for row in self.rows if not row.obstacle)


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one order of a plan."""

    order: OrderUpdate
    client_order_id: str
    """Under which it was sent."""
    quantity: float
    error: str
    """Why it is not known to rest, "" where the venue took it."""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    halt_id: str
    operator: str
    plan: RestorePlan
    placed: tuple[Placed, ...]

    @property
    def done(self) -> int:
        return sum(not row.error for row in self.placed)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What an account holds now."""

    venue: ActingVenue
    positions: tuple[PositionUpdate, ...]
    resting: tuple[OrderUpdate, ...]


async def plan_restore(halt_id: str, saved: Sequence[SavedOrder], acquire: Acquire) -> RestorePlan:
    """Reads every account concerned; one that cannot be read is an obstacle of its own orders only."""
    protective = [row for row in saved if row.order.is_protective]
    accounts = sorted({row.order.account for row in protective})
    found = dict(zip(accounts, await asyncio.gather(*(_look(name, acquire) for name in accounts)), strict=True))
    rows = tuple(_judge(row, found[row.order.account]) for row in protective)
    return RestorePlan(halt_id, rows, len(saved) - len(protective))


async def place_again(plan: RestorePlan, client_order_ids: Sequence[str], acquire: Acquire) -> tuple[Placed, ...]:
    """Place what is possible, all at once, under these ids in the plan's order."""
    rows = zip(plan.possible, client_order_ids, strict=True)
    return tuple(await asyncio.gather(*(_place(row, name, acquire) for row, name in rows)))


async def _look(account: str, acquire: Acquire) -> _Standing | str:
    try:
        venue = await acquire(account)
        positions, listings = await asyncio.gather(
            venue.read_positions(), asyncio.gather(*(venue.list_orders(book) for book in venue.books))
        )
    except ScramError as error:
        return f"its account cannot be read: {error}"
    return _Standing(venue, positions, tuple(order for listing in listings for order in listing.orders))


def _judge(saved: SavedOrder, standing: _Standing | str) -> RestoreRow:
    order = saved.order
    if isinstance(standing, str):
        return RestoreRow(order, 0.0, standing)
    mine = [row for row in standing.positions if row.symbol == order.symbol and row.quantity != 0.0]
    reduced = [row for row in mine if (row.quantity > 0.0) is (order.side is Side.SELL)]
    obstacle = _obstacle(saved, standing, mine, reduced)
    if obstacle:
        return RestoreRow(order, 0.0, obstacle)
    held = abs(reduced[0].quantity)
    # An order that closes its whole position names no quantity of its own.
    left = order.quantity - order.filled
    return RestoreRow(order, min(left, held) if left > 0.0 else held, "")


def _obstacle(
    saved: SavedOrder, standing: _Standing, mine: Iterable[PositionUpdate], reduced: Sequence[PositionUpdate]
) -> str:
    order, venue = saved.order, standing.venue
    if saved.filled:
        return "it was filled before the stop took it"
    if any((row.book, row.order_id) == (order.book, order.order_id) for row in standing.resting):
        return "it still rests"
    if saved.restored_as and any(row.client_order_id == saved.restored_as for row in standing.resting):
        return f"it was placed again as {saved.restored_as} and rests"
    if not reduced:
        return "its position has turned" if any(mine) else "its position is closed"
    if any(row.leg is not Leg.NET for row in reduced):
        return "its account holds both sides of an instrument (hedge mode), where nothing is placed from here"
    if order.trigger_price is None:
        return "" if order.price is not None else "it names no price"
    if not isinstance(venue, TriggerVenue):
        return f"trigger orders cannot be placed at {venue.exchange} from here: at {order.trigger_price:g} by hand"
    return ""


async def _place(row: RestoreRow, client_order_id: str, acquire: Acquire) -> Placed:
    order = row.order
    request = OrderRequest(order.symbol, order.side, row.quantity, True, client_order_id, order.price)
    try:
        venue = await acquire(order.account)
        if order.trigger_price is None:
            await venue.place(request)
        elif isinstance(venue, TriggerVenue):
            await venue.place_trigger(TriggerRequest(request, order.trigger_price))
        else:
            return Placed(order, client_order_id, row.quantity, "trigger orders cannot be placed here any more")
    except VenueError as error:
        return Placed(order, client_order_id, row.quantity, str(error))
    except ScramError as error:
        return Placed(order, client_order_id, row.quantity, f"its account cannot be acted on: {error}")
    return Placed(order, client_order_id, row.quantity, "")

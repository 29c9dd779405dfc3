"""Places again, reduce-only, the protective orders that a stop took and whose positions still stand.

The preview asks the venues anew and says of every such order whether it would be placed, and why not. The act makes a
preview of its own, so that nothing is placed on what was true a while ago.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.domain import Leg, Side
from core.errors import ScramError, VenueError
from core.halt.saved import SavedOrder
from core.venues.messages import MarginMode, OrderUpdate, PositionUpdate
from core.venues.protocol import ActingVenue, MarketVenue, OrderRequest, TriggerRequest, TriggerVenue
from core.venues.trigger import Trigger

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
    leg: Leg = Leg.NET
    """Of the position that it would reduce."""
    margin_mode: MarginMode | None = None

    @property
    def words(self) -> str:
        """`stop-loss at 60000`, `take-profit at 70000`, `trigger at 60000`, `limit at 70000`."""
        order = self.order
        if order.trigger_price is None:
            return f"limit at {order.price:g}" if order.price is not None else "market"
        return f"{(order.trigger or Trigger()).word(order.side)} at {order.trigger_price:g}"


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
    """What an account holds now, and where the market stands of what its trigger orders wait for."""

    venue: ActingVenue
    positions: tuple[PositionUpdate, ...]
    resting: tuple[OrderUpdate, ...]
    mids: Mapping[str, float | str]
    """By symbol; why it is not known where it is not."""


async def plan_restore(halt_id: str, saved: Sequence[SavedOrder], acquire: Acquire) -> RestorePlan:
    """Reads every account concerned; one that cannot be read is an obstacle of its own orders only."""
    protective = [row for row in saved if row.order.is_protective]
    accounts = sorted({row.order.account for row in protective})
    waiting = {name: _waiting_for(name, protective) for name in accounts}
    looks = await asyncio.gather(*(_look(name, waiting[name], acquire) for name in accounts))
    found = dict(zip(accounts, looks, strict=True))
    rows = tuple(_judge(row, found[row.order.account]) for row in protective)
    return RestorePlan(halt_id, rows, len(saved) - len(protective))


def _waiting_for(account: str, rows: Iterable[SavedOrder]) -> tuple[str, ...]:
    """The symbols of its trigger orders, whose price has to be known."""
    orders = [row.order for row in rows if row.order.account == account and not row.filled]
    return tuple(sorted({order.symbol for order in orders if order.trigger_price is not None}))


async def place_again(plan: RestorePlan, client_order_ids: Sequence[str], acquire: Acquire) -> tuple[Placed, ...]:
    """Place what is possible, all at once, under these ids in the plan's order."""
    rows = zip(plan.possible, client_order_ids, strict=True)
    return tuple(await asyncio.gather(*(_place(row, name, acquire) for row, name in rows)))


async def _look(account: str, symbols: Iterable[str], acquire: Acquire) -> _Standing | str:
    try:
        venue = await acquire(account)
        positions, listings = await asyncio.gather(
            venue.read_positions(), asyncio.gather(*(venue.list_orders(book) for book in venue.books))
        )
    except ScramError as error:
        return f"its account cannot be read: {error}"
    names = tuple(symbols)
    mids = await asyncio.gather(*(_mid(venue, symbol) for symbol in names))
    resting = tuple(order for listing in listings for order in listing.orders)
    return _Standing(venue, positions, resting, dict(zip(names, mids, strict=True)))


async def _mid(venue: ActingVenue, symbol: str) -> float | str:
    if not isinstance(venue, MarketVenue):
        return "its venue shows no prices here"
    try:
        market = await venue.read_market(symbol)
    except VenueError as error:
        return str(error)
    return "its order book is empty" if market.mid is None else market.mid


def _judge(saved: SavedOrder, standing: _Standing | str) -> RestoreRow:
    order = saved.order
    if isinstance(standing, str):
        return RestoreRow(order, 0.0, standing)
    mine = [row for row in standing.positions if row.symbol == order.symbol and row.quantity != 0.0]
    reduced = [row for row in mine if (row.quantity > 0.0) is (order.side is Side.SELL) and _same_leg(row, order)]
    obstacle = _obstacle(saved, standing, mine, reduced)
    if obstacle:
        return RestoreRow(order, 0.0, obstacle)
    position = reduced[0]
    held = abs(position.quantity)
    # An order that closes its whole position names no quantity of its own.
    left = order.quantity - order.filled
    row = RestoreRow(order, min(left, held) if left > 0.0 else held, "", position.leg, _margin_mode(order, position))
    obstacle = _trigger_obstacle(row, standing)
    return RestoreRow(order, 0.0, obstacle) if obstacle else row


def _same_leg(position: PositionUpdate, order: OrderUpdate) -> bool:
    """An order that names no leg, in an account that now has them, reduces the one that its side can reduce."""
    return order.leg in {Leg.NET, position.leg}


def _margin_mode(order: OrderUpdate, position: PositionUpdate) -> MarginMode | None:
    return order.margin_mode or position.margin_mode


def _obstacle(
    saved: SavedOrder, standing: _Standing, mine: Iterable[PositionUpdate], reduced: Sequence[PositionUpdate]
) -> str:
    order = saved.order
    if saved.filled:
        return "it was filled before the stop took it"
    if any((row.book, row.order_id) == (order.book, order.order_id) for row in standing.resting):
        return "it still rests"
    if saved.restored_as and any(row.client_order_id == saved.restored_as for row in standing.resting):
        return f"it was placed again as {saved.restored_as} and rests"
    if not reduced:
        return "its position has turned" if any(mine) else "its position is closed"
    return "it names no price" if order.trigger_price is None and order.price is None else ""


def _trigger_obstacle(row: RestoreRow, standing: _Standing) -> str:
    order = row.order
    if order.trigger_price is None:
        return ""
    at, venue = f"at {order.trigger_price:g} by hand", standing.venue
    if not isinstance(venue, TriggerVenue):
        return f"trigger orders cannot be placed at {venue.exchange} from here: {at}"
    if reason := venue.why_no_trigger(_trigger_request(row, "")):
        return f"{reason}: {at}"
    mid = standing.mids.get(order.symbol, "")
    if isinstance(mid, str):
        return f"whether it would trigger at once is not known ({mid}): {at}"
    trigger = order.trigger or Trigger()
    passed = _passed(mid, order.trigger_price, trigger.rises) or (
        trigger.other_price is not None and _passed(mid, trigger.other_price, not trigger.rises)
    )
    return f"it would trigger at once: the price has passed it and is {mid:g}" if passed else ""


def _passed(price: float, level: float, rises: bool | None) -> bool:
    return price >= level if rises else price <= level


def _request(row: RestoreRow, client_order_id: str) -> OrderRequest:
    order = row.order
    return OrderRequest(
        order.symbol, order.side, row.quantity, True, client_order_id, order.price, leg=row.leg,
        margin_mode=row.margin_mode,
    )  # fmt: skip


def _trigger_request(row: RestoreRow, client_order_id: str) -> TriggerRequest:
    """Of an order that waits for a price."""
    order = row.order
    return TriggerRequest(_request(row, client_order_id), order.trigger_price or 0.0, order.trigger or Trigger())


async def _place(row: RestoreRow, client_order_id: str, acquire: Acquire) -> Placed:
    order = row.order
    try:
        venue = await acquire(order.account)
        if order.trigger_price is None:
            await venue.place(_request(row, client_order_id))
        elif isinstance(venue, TriggerVenue):
            await venue.place_trigger(_trigger_request(row, client_order_id))
        else:
            return Placed(order, client_order_id, row.quantity, "trigger orders cannot be placed here any more")
    except VenueError as error:
        return Placed(order, client_order_id, row.quantity, str(error))
    except ScramError as error:
        return Placed(order, client_order_id, row.quantity, f"its account cannot be acted on: {error}")
    return Placed(order, client_order_id, row.quantity, "")

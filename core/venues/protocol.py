"""How the rest of Scram speaks to an exchange: watching and acting are two objects with two lanes.

The watching side is polite and may be slow. The acting side shares no queue with it, so that neither a mitigation nor
an emergency stop ever waits behind a poll.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.domain import Leg, Side
from core.venues.messages import MarginMode, OrderUpdate, PositionUpdate, Update
from core.venues.rights import KeyRights
from core.venues.trigger import Trigger

Sink = Callable[[Update], None]
"""Takes one update; called on the loop's thread, must return at once."""


class Coverage(enum.StrEnum):
    """How well "all orders" is known at a venue."""

    EXACT = "exact"
    """A recipe for this venue family names every book."""
    UNCONFIRMED = "unconfirmed"
    """A recipe names every book, and some line of it rests on memory alone, or leaves a kind of order out."""
    GENERIC = "generic"
    """Only what ccxt declares for any venue."""

    @property
    def counts_as_ready(self) -> bool:
        """Whether it was confirmed as far as it claims to go."""
        return self is not Coverage.UNCONFIRMED


@dataclass(frozen=True, slots=True)
class Listing:
    """All resting orders of one book of one account, as the venue answered."""

    account: str
    book: str
    orders: tuple[OrderUpdate, ...]
    began_s: float
    """Monotonic, just before the first request left."""
    ended_s: float
    call: int = 0
    """Its number in the account's wire log, 0 where none is kept."""


@dataclass(frozen=True, slots=True)
class StopCost:
    """Request weight of what a stop asks of one account."""

    listing: float = 1.0
    """All books once, a page each."""
    whole: float = 0.0
    """Emptying every book that can be emptied whole."""
    symbol: float = 1.0
    """Cancelling one symbol in every other book."""
    dearest: float = 1.0
    """The dearest single request of these."""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    symbol: str
    side: Side
    quantity: float
    """Positive, in the unit of `PositionUpdate.quantity`; rounded down to the venue's step by the adapter."""
    reduce_only: bool
    client_order_id: str
    price: float | None = None
    """None for a market order."""
    immediate: bool = False
    """Whether what cannot be filled at once at its price is cancelled by the venue instead of resting."""
    leg: Leg = Leg.NET
    """The leg of hedge mode that it opens or closes; NET in one-way mode."""
    margin_mode: MarginMode | None = None
    """Of the position that it reduces; needed where an account may hold one of each mode in an instrument."""
    post_only: bool = False
    """Refused by the venue rather than filled at once."""


@dataclass(frozen=True, slots=True)
class FarOffOrder:
    """An order of a live drill, ready to be placed."""

    request: OrderRequest
    book: str
    """Where it would rest."""
    bid: float
    """The best bid that it is far below."""

    @property
    def words(self) -> str:
        """`buy 10 XRP/USDT:USDT at 0.39, 25 % below the best bid of 0.52, post-only`."""
        request = self.request
        away = 1.0 - (request.price or 0.0) / self.bid
        return (
            f"{request.side.value} {request.quantity:g} {request.symbol} at {request.price:g}, "
            f"{away * 100:.0f} % below the best bid of {self.bid:g}, post-only"
        )


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    """An order that waits until the price reaches a level."""

    order: OrderRequest
    """What is sent then; at the market where it names no price."""
    trigger_price: float
    trigger: Trigger
    """How it waits; `rises` has to be known."""


@dataclass(frozen=True, slots=True)
class OrderAck:
    order_id: str
    quantity: float
    """What was really sent after rounding."""
    filled: float | None
    average_price: float | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What an acting side found out about itself, asked with its own key over its own session."""

    rights: KeyRights
    answered: bool
    """Whether the venue answered a request that the key had signed."""
    tells_time: bool
    """Whether the venue has a clock that can be asked."""
    clock_offset_ms: float | None
    """Our clock minus the venue's; None where it was not asked, or gave no answer."""
    clock_bound_ms: float
    """How far the two may differ before the venue refuses."""


class WatchingVenue(Protocol):
    """One account's read-only side."""

    account: str

    async def run(self, sink: Sink) -> None:
        """Connect, read, stream and re-read until cancelled; never returns by itself, never raises a VenueError.

        Every state of the connection is told to `sink` as a LinkUpdate. Trouble is retried with jittered backoff.
        """

    async def check(self, sink: Sink = lambda _: None) -> CheckReport:
        """Connect and read once without changing anything, telling `sink` what was read; raises VenueError."""

    def read_soon(self) -> None:
        """Ask for a fresh AccountReading ahead of the period (after an order of ours, after a gap)."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `scram check` found out about one account; every field in plain words or None for unknown."""

    account: str
    exchange: str
    coins: int
    positions: int
    resting_orders: int
    clock_offset_ms: float | None
    can_withdraw: bool | None
    coverage: Coverage
    books: tuple[str, ...]
    unconfirmed: tuple[str, ...] = ()
    """Books whose calls rest on memory alone, and kinds of orders that no call lists."""
    notes: tuple[str, ...] = ()


class ActingVenue(Protocol):
    """One account's acting side: no limiter queue, own session, every call with a deadline.

    Every method raises a VenueError subclass and nothing else.
    """

    account: str
    venue: str
    exchange: str
    coverage: Coverage
    books: tuple[str, ...]
    """The order books that must be listed empty before this account is proven stopped.

    They may change while it prepares: what the account is decides which books it has.
    """
    whole_books: frozenset[str]
    """The books that `cancel_book` empties without knowing what rests in them."""
    symbol_books: frozenset[str]
    """The books that `cancel_symbol` empties in one symbol."""

    async def prepare(self) -> None:
        """Make ready to fire: markets, clock offset, learned flags. Idempotent; firing does it where it is missing."""

    async def list_orders(self, book: str) -> Listing: ...

    async def cancel_book(self, book: str) -> None:
        """Cancel every order of `book`; raises VenueUnsupported where it is none of `whole_books`."""

    async def cancel_symbol(self, book: str, symbol: str) -> None:
        """Cancel every order of `book` in `symbol`; raises VenueUnsupported where it is none of `symbol_books`.

        Sends nothing where the book cannot hold the symbol.
        """

    async def cancel_orders(self, book: str, orders: Sequence[OrderUpdate]) -> None:
        """Cancel these by id. An order already gone is not an error."""

    async def read_positions(self) -> tuple[PositionUpdate, ...]:
        """All open positions, read now."""

    async def place(self, request: OrderRequest) -> OrderAck: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SwitchTerms:
    """What a venue's dead-man's switch is for one account."""

    none: str
    """Why there is none, "" where there is one."""
    each_symbol: bool
    """Whether instruments have countdowns of their own."""
    triggers: bool | None
    """Whether orders that wait for a trigger go too; None where nobody knows."""
    at_disconnect: bool
    """Whether no time runs at the venue: orders go when the connection that placed them ends."""
    late_s: float
    traps: tuple[str, ...]
    confirmed: bool


class DeadManSwitch(Protocol):
    """The countdowns at the venue that cancel orders unless they are renewed; every call raises a VenueError."""

    @property
    def terms(self) -> SwitchTerms:
        """May change while the account is learned of."""
        ...

    def names(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """The countdowns that have to run while orders rest or positions stand in `symbols`."""
        ...

    async def room(self, name: str, patience_s: float) -> bool:
        """Wait at most so long for room in the request budget beside the stop's reserve; whether it was taken."""
        ...

    async def arm(self, name: str, seconds: int, *, counted: bool = False) -> float | None:
        """Start one, or push it back. What the venue says it now runs for, seconds; None where it does not say.

        `counted`: its room in the request budget was taken.
        """
        ...

    async def disarm(self, name: str) -> bool:
        """Take one back; False where the venue has no request for that."""
        ...


@runtime_checkable
class DeadManVenue(Protocol):
    """An acting side that also has the venue's dead-man's switch."""

    timers: DeadManSwitch


@runtime_checkable
class ProbedVenue(Protocol):
    """An acting side that can be asked what it is able to do."""

    async def probe(self, *, clock: bool) -> Probe:
        """With `clock`, the venue's time is asked for too. Cheap, changes nothing; raises VenueError."""
        ...


@runtime_checkable
class DrilledVenue(Protocol):
    """An acting side that can be drilled."""

    async def rehearse(self, book: str, symbols: Sequence[str], orders: Sequence[OrderUpdate]) -> int:
        """Make every cancel of `book` ready and send none; how many. Raises VenueError where one cannot be made."""
        ...

    async def far_off(self, client_order_id: str, held: Collection[str] = ()) -> FarOffOrder:
        """The most harmless order that the account can place; asks for one price. Raises VenueError.

        `held`: symbols in which it is known to trade.
        """
        ...


@runtime_checkable
class TriggerVenue(Protocol):
    """An acting side that can also place trigger orders; not every one can."""

    def why_no_trigger(self, request: TriggerRequest) -> str:
        """Why such an order cannot be placed here, "" where it can. Sends nothing."""
        ...

    async def place_trigger(self, request: TriggerRequest) -> OrderAck: ...


@dataclass(frozen=True, slots=True)
class MarketView:
    """An instrument's visible order book and the least orders it takes, as read before trading in it."""

    symbol: str
    coin: str
    """In which prices are counted, and what trading costs: the quote coin, or an option's settle coin."""
    inverse: bool
    """Whether quantities are in the quote coin."""
    bids: tuple[tuple[float, float], ...]
    """(price, quantity in the unit of `PositionUpdate.quantity`), the best first."""
    asks: tuple[tuple[float, float], ...]
    quantity_step: float | None
    quantity_min: float
    """Least quantity of an order; 0 where none is told."""
    read_s: float
    """Monotonic."""
    notional_min: float = 0.0
    """Least worth of an order, `coin`; 0 where none is told. Many venues let what only reduces be worth less."""

    @property
    def mid(self) -> float | None:
        """None where one side of the book is empty."""
        return (self.bids[0][0] + self.asks[0][0]) / 2.0 if self.bids and self.asks else None

    def facing(self, side: Side) -> tuple[tuple[float, float], ...]:
        """The levels that an order of this side meets."""
        return self.bids if side is Side.SELL else self.asks


@runtime_checkable
class MarketVenue(Protocol):
    """An acting side that can also tell of the market it trades in."""

    endpoint: str
    """Accounts with the same one see the same order books."""
    holds_positions: bool
    """False where only coins are held, which no reduce-only order can sell."""

    async def read_market(self, symbol: str) -> MarketView:
        """The book of this moment; raises VenueUnsupported where the venue shows none."""
        ...

    async def read_taker_fee(self, symbol: str) -> float | None:
        """Share of the notional that a taker pays: the account's own, else as the venue lists it; None unknown."""
        ...

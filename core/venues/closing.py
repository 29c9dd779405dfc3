"""What closing positions stands on: what is held, by the side that reduces it, and one order sent with care."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.clock import Clock
from core.domain import Leg, Side
from core.errors import VenueBusy, VenueClock, VenueDenied, VenueError, VenueRefused, VenueUnsupported
from core.venues.messages import MarginMode, PositionUpdate
from core.venues.protocol import ActingVenue, OrderAck, OrderRequest

log = logging.getLogger(__name__)

HeldKey = tuple[str, Side]
"""A symbol and the side of the order that reduces it: in hedge mode both sides can be held at once."""
Manner = tuple[Leg, MarginMode | None]

FUZZ = 1e-9
"""Relative slack against the rounding of binary fractions."""
_DEFINITE = (VenueRefused, VenueDenied, VenueClock, VenueUnsupported, VenueBusy)


def is_ambiguous(error: VenueError) -> bool:
    """Whether the order may have taken effect all the same."""
    return not isinstance(error, _DEFINITE)


def key_of(position: PositionUpdate) -> HeldKey:
    return (position.symbol, Side.SELL if position.quantity > 0.0 else Side.BUY)


class Held:
    """Magnitudes of an account's positions, by the side that reduces them."""

    def __init__(self, magnitudes: dict[HeldKey, float], manners: Mapping[HeldKey, Manner]) -> None:
        """`manners`: the leg and the margin mode of each, which an order that closes it has to name."""
        self._magnitudes = magnitudes
        self._manners = manners

    @classmethod
    def of(cls, positions: Iterable[PositionUpdate]) -> Held:
        magnitudes: dict[HeldKey, float] = {}
        manners: dict[HeldKey, Manner] = {}
        for row in positions:
            if row.quantity != 0.0:
                key = key_of(row)
                magnitudes[key] = magnitudes.get(key, 0.0) + abs(row.quantity)
                manners[key] = (row.leg, row.margin_mode)
        return cls(magnitudes, manners)

    @property
    def keys(self) -> tuple[HeldKey, ...]:
        return tuple(self._magnitudes)

    def magnitude(self, key: HeldKey) -> float:
        return self._magnitudes.get(key, 0.0)

    def reducing(self, key: HeldKey, quantity: float, client_order_id: str, price: float | None = None) -> OrderRequest:
        """The order that closes so much of it: at the market, or for as much as there is at once at a price."""
        leg, margin_mode = self._manners.get(key, (Leg.NET, None))
        return OrderRequest(
            key[0], key[1], quantity, True, client_order_id, price, immediate=price is not None, leg=leg,
            margin_mode=margin_mode,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patience:
    """With a venue that asks to slow down."""

    tries: int = 3
    pause_s: float = 0.5
    """Grows with every try, where the venue names no time of its own."""
    pause_max_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an order: one of acknowledged, refused, and in doubt."""

    ack: OrderAck | None = None
    refused: str = ""
    """It was definitely not carried out, and why."""
    busy: bool = False
    """Of a refused one: the venue only asked to slow down."""
    retry_after_s: float | None = None
    """When the venue wants to be asked again; None where it did not say."""
    doubt: str = ""
    """It may have been carried out, and why that is not known."""


async def send(venue: ActingVenue, request: OrderRequest, clock: Clock, patience: Patience) -> Sent:
    """Send it until it is not merely turned away for coming too soon; raises nothing but cancellation."""
    refused, wish_s = "", None
    for attempt in range(1, patience.tries + 1):
        try:
            ack = await venue.place(request)
        except VenueBusy as error:
            refused, wish_s = f"{venue.account}: {error}", error.retry_after_s
            if attempt < patience.tries:
                await clock.sleep(min(wish_s or patience.pause_s * attempt, patience.pause_max_s))
            continue
        except VenueError as error:
            if is_ambiguous(error):
                return Sent(doubt=f"{venue.account}: no answer to the order: {error}")
            return Sent(refused=f"{venue.account}: {error}")
        except Exception as error:
            # A fault of ours in one order must not keep the others from being sent; it may have left all the same.
            log.exception("an order of %s broke", venue.account)
            return Sent(doubt=f"{venue.account}: the order broke: {type(error).__name__}")
        if not 0.0 < ack.quantity < math.inf:
            return Sent(doubt=f"{venue.account}: no answer to the order: the answer names no quantity")
        return Sent(ack)
    return Sent(refused=refused, busy=True, retry_after_s=wish_s)

"""The preview of closing what a stopped scope holds: every account read anew, every order book once, nothing sent."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.clock import Clock
from core.domain import Scope, ScopeKind
from core.errors import FlattenError, ScramError, VenueError
from core.halt.flatten.cost import cost_of
from core.halt.flatten.model import FlattenRow, FlattenStyle, FlattenTerms, Unread
from core.halt.restore import Acquire
from core.halt.target import HaltTarget
from core.venues.messages import PositionUpdate
from core.venues.protocol import ActingVenue, MarketVenue, MarketView
from core.venues.slicing import next_slice, rounded

AT_ONCE = 50
"""Accounts and order books that are read side by side."""

Seen = MarketView | str
"""A market, or why it is not known."""
MarketKey = tuple[str, str]
"""Endpoint and symbol."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one account holds in the scope."""

    target: HaltTarget
    venue: ActingVenue
    positions: tuple[PositionUpdate, ...]
    read_at_s: float

    @property
    def coins_only(self) -> bool:
        return isinstance(self.venue, MarketVenue) and not self.venue.holds_positions

    def market_key(self, symbol: str) -> MarketKey:
        # Without knowing whose book it is, nobody else's is taken for it.
        endpoint = self.venue.endpoint if isinstance(self.venue, MarketVenue) else self.target.account
        return (endpoint, symbol)


def refuse_scope(scope: Scope) -> None:
    """Raises FlattenError where positions of the scope cannot be told from others."""
    if scope.kind is ScopeKind.STRATEGY:
        raise FlattenError(
            f"the positions of {scope} cannot be told from others at the venue; "
            "stop and flatten its accounts, a symbol, a venue or the portfolio"
        )


def in_scope(scope: Scope, position: PositionUpdate) -> bool:
    return scope.kind is not ScopeKind.SYMBOL or scope.covers(Scope(ScopeKind.SYMBOL, position.symbol))


class Previewer:
    def __init__(self, acquire: Acquire, clock: Clock, terms: FlattenTerms) -> None:
        self._acquire = acquire
        self._clock = clock
        self._terms = terms
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read(self, scope: Scope, targets: Iterable[HaltTarget]) -> list[Holding | Unread]:
        return list(await asyncio.gather(*(self._holding(scope, target) for target in targets)))

    async def rows(self, holdings: Sequence[Holding]) -> tuple[FlattenRow, ...]:
        """The largest first, obstacles last."""
        markets = await self._markets(holdings)
        wanted = [(holding, row) for holding in holdings for row in holding.positions]
        rows = await asyncio.gather(*(self._row(holding, row, markets) for holding, row in wanted))
        return tuple(sorted(rows, key=lambda row: (bool(row.obstacle), -(row.notional or math.inf), row.account)))

    async def _holding(self, scope: Scope, target: HaltTarget) -> Holding | Unread:
        try:
            async with self._turns:
                venue = await self._acquire(target.account)
                positions = await venue.read_positions()
        except ScramError as error:
            return Unread(target.account, str(error))
        mine = tuple(row for row in positions if row.quantity != 0.0 and in_scope(scope, row))
        return Holding(target, venue, mine, self._clock.now())

    async def _markets(self, holdings: Iterable[Holding]) -> Mapping[MarketKey, Seen]:
        readers: dict[MarketKey, list[ActingVenue]] = {}
        for holding in holdings:
            for row in holding.positions:
                readers.setdefault(holding.market_key(row.symbol), []).append(holding.venue)
        seen = await asyncio.gather(*(self._market(key[1], venues) for key, venues in readers.items()))
        return dict(zip(readers, seen, strict=True))

    async def _market(self, symbol: str, venues: Sequence[ActingVenue]) -> Seen:
        """By the first of two accounts that can: a book is everybody's."""
        reason = "its venue shows no order book from here"
        for venue in venues[:2]:
            if isinstance(venue, MarketVenue):
                try:
                    async with self._turns:
                        return await venue.read_market(symbol)
                except VenueError as error:
                    reason = str(error)
        return reason

    async def _row(self, holding: Holding, position: PositionUpdate, markets: Mapping[MarketKey, Seen]) -> FlattenRow:
        target, terms = holding.target, self._terms
        row = FlattenRow(
            target.account, target.venue, target.exchange, position.symbol, position.leg, position.quantity,
            position.margin_mode, holding.read_at_s,
        )  # fmt: skip
        market = markets[holding.market_key(position.symbol)]
        quantity = abs(position.quantity)
        if isinstance(market, str):
            # At the market it can be closed all the same; a slice needs to see what it trades against.
            blind = terms.style is FlattenStyle.SLICED
            return replace(row, obstacle=f"no order book to slice it by: {market}" if blind else "")
        if not market.facing(row.side):
            return replace(row, coin=market.coin, obstacle="nothing rests on the side of the book that would take it")
        sent = rounded(market, quantity)
        if sent == 0.0:
            least = max(market.quantity_min, market.quantity_step or 0.0)
            return replace(row, coin=market.coin, mid=market.mid, obstacle=f"below the least order of {least:g}")
        cost = cost_of(market, row.side, sent, await self._fee(holding.venue, position.symbol))
        if cost is None:
            return replace(row, coin=market.coin)
        slices = 1
        if terms.style is FlattenStyle.SLICED:
            part = next_slice(market, row.side, sent, terms.share, terms.bound)
            slices = math.ceil(sent / part) if part > 0.0 else 0
        return replace(
            row, coin=market.coin, mid=market.mid, notional=cost.notional, spread_cost=cost.spread,
            depth_cost=cost.depth, fee_cost=cost.fee, beyond=cost.beyond, slices=slices,
            obstacle="" if slices else f"nothing rests within {terms.bound:.2%} of the price",
        )  # fmt: skip

    async def _fee(self, venue: ActingVenue, symbol: str) -> float | None:
        if not isinstance(venue, MarketVenue):
            return None
        try:
            async with self._turns:
                return await venue.read_taker_fee(symbol)
        except VenueError:
            return None

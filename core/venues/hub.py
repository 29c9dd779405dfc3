"""All connections of this process, by account: what is shared is shared here, what must not be is not."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from core.clock import Clock
from core.venues.acting import CcxtActing
from core.venues.budget import RESERVE, RequestBudget
from core.venues.connect import Wires
from core.venues.families import family_of
from core.venues.health import LinkHealth
from core.venues.held import HeldSymbols
from core.venues.line import Line
from core.venues.market_data_feed import MarketDataFeed
from core.venues.market_feed import MarketFeed
from core.venues.markets import SharedMarkets
from core.venues.plans.account import AccountPlan
from core.venues.protocol import StopCost
from core.venues.settings import AccountSettings, Endpoints, FeedSettings, counted_together
from core.venues.shared_budget import BudgetBoard
from core.venues.watching import CcxtWatching

UNCOUNTED_PACE_S = 2.0
"""Between two full listings of an account at a venue whose request budget nobody has written down."""


class VenueHub:
    """Nothing connects before it is used; an endpoint that cannot be reached holds up no other."""

    def __init__(
        self,
        accounts: Sequence[AccountSettings],
        clock: Clock,
        rng: random.Random,
        feed: FeedSettings | None = None,
        budgets: BudgetBoard | None = None,
    ) -> None:
        """`budgets`: by which the processes of this machine tell each other what they spend; closed with the hub."""
        self._accounts = {settings.account: settings for settings in accounts}
        self.clock = clock
        self._rng = rng
        self._feed = feed or FeedSettings()
        self._board = budgets
        self._wires = Wires()
        self._names = Endpoints()
        self._endpoint_of = {row.account: self._names.name(row.exchange, row.ccxt) for row in accounts}
        self._markets: dict[str, SharedMarkets] = {}
        self._held: defaultdict[str, HeldSymbols] = defaultdict(HeldSymbols)
        self._counted = {row.account: counted_together(row) for row in accounts}
        self._budgets: dict[str, RequestBudget] = {}
        """By what a venue counts together: its server and the way by which requests reach it."""
        self._plans: dict[str, AccountPlan] = {}
        self._watching: dict[str, CcxtWatching] = {}
        self._health = {row.account: LinkHealth(clock) for row in accounts}
        self._acting: dict[str, CcxtActing] = {}
        self._market_feeds: dict[str, MarketFeed] = {}
        self._market_data: dict[str, MarketDataFeed] = {}
        for settings in accounts:
            self._share(settings)

    @property
    def endpoints(self) -> tuple[str, ...]:
        return tuple(self._markets)

    def endpoint_of(self, account: str) -> str:
        return self._endpoint_of[account]

    def watching(self, account: str) -> CcxtWatching:
        if account not in self._watching:
            self._watching[account] = CcxtWatching(self._line(account))
        return self._watching[account]

    def health(self, account: str) -> LinkHealth:
        """What was noted of the account's watching side."""
        return self._health[account]

    def egress_of(self, account: str) -> str:
        """The name of the way by which its requests leave this machine; "" as the system chooses."""
        return self._accounts[account].egress.name

    def acting(self, account: str) -> CcxtActing:
        if account not in self._acting:
            self._acting[account] = CcxtActing(self._line(account))
        return self._acting[account]

    def market_feed(self, endpoint: str) -> MarketFeed:
        if endpoint not in self._market_feeds:
            self._market_feeds[endpoint] = MarketFeed(self._line(self._any_account_of(endpoint)))
        return self._market_feeds[endpoint]

    def market_data_feed(self, endpoint: str) -> MarketDataFeed:
        """Its `run` tells volume, depth, candles and greeks of what `want_market_data` names."""
        if endpoint not in self._market_data:
            self._market_data[endpoint] = MarketDataFeed(self._line(self._any_account_of(endpoint)))
        return self._market_data[endpoint]

    def want_market_data(self, endpoint: str, symbols: Iterable[str]) -> None:
        """Ask for the figures of these instruments, and of no others, from now on; costs nothing to repeat."""
        if endpoint in self._markets:
            self.market_data_feed(endpoint).want(symbols)

    def _any_account_of(self, endpoint: str) -> str:
        return next(name for name, known in self._endpoint_of.items() if known == endpoint)

    def budget(self, account: str) -> RequestBudget:
        """What the venue of this account counts, by the way by which the account's requests reach it."""
        return self._budgets[self._counted[account]]

    def stop_cost(self, account: str) -> StopCost:
        """As far as it is known by now what books the account has."""
        return self._plan(account).cost

    def listing_pace_s(self, account: str) -> float:
        """Seconds between two full listings of this account that its share of the stop's budget pays for."""
        limit = self.budget(account).limit_per_minute
        if limit is None:
            return UNCOUNTED_PACE_S
        sharing = sum(known == self._counted[account] for known in self._counted.values())
        return self._plan(account).list_weight * sharing / (limit / self._feed.minute_s * RESERVE)

    def plan_of(self, account: str) -> AccountPlan:
        """Shared by both sides of the account."""
        return self._plan(account)

    async def close(self) -> None:
        """Close every connection; safe to call in any state."""
        if self._board is not None:
            self._board.close()
        await asyncio.gather(
            *(watching.close() for watching in self._watching.values()),
            *(acting.close() for acting in self._acting.values()),
            *(feed.close() for feed in self._market_feeds.values()),
            *(feed.close() for feed in self._market_data.values()),
            *(markets.close() for markets in self._markets.values()),
            return_exceptions=True,
        )
        await self._wires.close()

    def _share(self, settings: AccountSettings) -> None:
        endpoint, family = self._endpoint_of[settings.account], family_of(settings.exchange)
        if endpoint not in self._markets:
            self._markets[endpoint] = SharedMarkets(endpoint, settings, family, self.clock)
        self._markets[endpoint].also_by(settings)
        counted = self._counted[settings.account]
        if counted not in self._budgets:
            limit = self._feed.weight_per_minute or family.weight_per_minute
            shared = self._board.count(counted) if self._board is not None else None
            self._budgets[counted] = RequestBudget(limit, self.clock, shared=shared, minute_s=self._feed.minute_s)

    def _plan(self, account: str) -> AccountPlan:
        if account not in self._plans:
            settings = self._accounts[account]
            options = settings.ccxt.get("options")
            self._plans[account] = AccountPlan(
                family_of(settings.exchange).plan,
                options if isinstance(options, Mapping) else {},
                self.clock,
                redirected=settings.redirected,
            )
        return self._plans[account]

    def _line(self, account: str) -> Line:
        settings, endpoint = self._accounts[account], self._endpoint_of[account]
        if self._board is not None:
            self._board.start()  # not before anybody is to be asked anything
        return Line(
            settings=settings,
            family=family_of(settings.exchange),
            plan=self._plan(account),
            markets=self._markets[endpoint],
            budget=self.budget(account),
            wires=self._wires,
            feed=self._feed,
            clock=self.clock,
            rng=self._rng,
            held=self._held[endpoint],
            health=self._health[account],
        )

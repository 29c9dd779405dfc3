"""From the configuration's accounts to connections: credentials looked up, those that cannot be had named with why."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.book.attribution import StrategyRule
from core.clock import Clock
from core.config.egress import EgressConfig
from core.config.model import AccountConfig, FeedConfig, StopConfig
from core.config.strategies import StrategyConfig
from core.engine.halting import Acquire, Stoppable, cannot
from core.errors import SecretError
from core.halt.firing import FiringOrder
from core.halt.target import StopSettings
from core.secrets import Credentials, KeyringPort, find_credentials
from core.venues.hub import VenueHub
from core.venues.protocol import ActingVenue
from core.venues.settings import AccountSettings, Egress, FeedSettings
from core.venues.shared_budget import BudgetBoard
from core.venues.wire_log import WireLog

FindCredentials = Callable[[AccountConfig, Mapping[str, str], KeyringPort | None], Credentials]
"""What an account signs with; raises a SecretError."""


@dataclass(frozen=True, slots=True)
class Connections:
    hub: VenueHub
    reachable: tuple[AccountSettings, ...]
    """Accounts whose credentials were found."""
    keyless: Mapping[str, SecretError]
    """By account, why no credential was found."""

    def secrets(self) -> tuple[str, ...]:
        """Every credential value, for masking logs."""
        return tuple(value for row in self.reachable for value in row.credentials.values())


def connect(
    accounts: Iterable[AccountConfig],
    environ: Mapping[str, str],
    keyring: KeyringPort | None,
    clock: Clock,
    rng: random.Random,
    feed: FeedSettings,
    find: FindCredentials = find_credentials,
    egress: Iterable[EgressConfig] = (),
    shared: Path | None = None,
) -> Connections:
    """Nothing goes over the wire yet. May block on the system's keyring: call from a thread.

    `egress`: the ways out that accounts may name. `shared`: the folder through which the processes of this machine tell
    each other what they spend; None: they do not.
    """
    ways = {row.name: Egress(row.name, row.address or "", row.proxy or "") for row in egress}
    reachable: list[AccountSettings] = []
    keyless: dict[str, SecretError] = {}
    for account in accounts:
        try:
            credentials = find(account, environ, keyring)
        except SecretError as error:
            keyless[account.name] = error
            continue
        way = ways.get(account.egress or "", Egress())
        reachable.append(AccountSettings(account.name, account.venue, account.exchange, credentials, account.ccxt, way))
    board = BudgetBoard(shared, os.getpid() << 32 | rng.getrandbits(32)) if shared is not None else None
    return Connections(VenueHub(reachable, clock, rng, feed, board), tuple(reachable), keyless)


def stoppables(accounts: Iterable[AccountConfig], connections: Connections) -> tuple[Stoppable, ...]:
    """Every account as the stop sees it, in the order of the configuration."""
    rows: list[Stoppable] = []
    hub, orders = connections.hub, FiringOrders(connections.hub)
    for account in accounts:
        error = connections.keyless.get(account.name)
        if error is not None:
            rows.append(Stoppable(account.name, account.venue, account.exchange, cannot(error)))
            continue
        rows.append(
            Stoppable(
                account=account.name,
                venue=account.venue,
                exchange=account.exchange,
                acquire=acquirer(hub, account.name),
                pace_s=hub.listing_pace_s(account.name),
                wire=wire_of(hub, account.name),
                order=orders.of(account.name),
                cost=partial(hub.stop_cost, account.name),
            )
        )
    return tuple(rows)


class FiringOrders:
    """One for all accounts that a venue counts together."""

    def __init__(self, hub: VenueHub) -> None:
        self._hub = hub
        self._by_budget: dict[int, FiringOrder] = {}

    def of(self, account: str) -> FiringOrder:
        budget = self._hub.budget(account)
        return self._by_budget.setdefault(id(budget), FiringOrder(budget, self._hub.clock))


def acquirer(hub: VenueHub, account: str) -> Acquire:
    """Gives the account's acting object, prepared; raises a VenueError where it cannot be prepared."""

    async def acquire() -> ActingVenue:
        acting = hub.acting(account)
        await acting.prepare()
        return acting

    return acquire


def wire_of(hub: VenueHub, account: str) -> Callable[[], WireLog]:
    """Gives the log of what the account's acting object sends; connects to nothing."""
    return lambda: hub.acting(account).wire


def rules_of(strategies: Iterable[StrategyConfig]) -> tuple[StrategyRule, ...]:
    return tuple(
        StrategyRule(
            name=strategy.name,
            account_pattern=strategy.match.account or "*",
            client_order_id_pattern=strategy.match.client_order_id,
            symbol_pattern=strategy.match.symbol,
            capital=strategy.capital,
        )
        for strategy in strategies
    )


def feed_settings(feed: FeedConfig, stop: StopConfig) -> FeedSettings:
    return FeedSettings(
        reconcile_s=feed.reconcile_s,
        acting_timeout_s=stop.call_timeout_s,
        weight_per_minute=feed.request_weight_per_minute,
    )


def stop_settings(stop: StopConfig) -> StopSettings:
    second_s = stop.second_person_within_s if stop.second_person else 0.0
    return StopSettings(settle_s=stop.settle_s, sweep_s=stop.sweep_s, second_person_s=second_s)

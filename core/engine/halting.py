"""Whom a stop of a given scope fires at, and whose orders it takes: the little that the stop is handed."""

from __future__ import annotations

import fnmatch
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.book.attribution import StrategyRule, strategy_of
from core.domain import UNATTRIBUTED, Scope, ScopeKind
from core.errors import ScramError
from core.halt.firing import FiringOrder
from core.halt.target import HaltTarget, Ownership
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue, StopCost
from core.venues.wire_log import WireLog

log = logging.getLogger(__name__)

Acquire = Callable[[], Awaitable[ActingVenue]]


@dataclass(frozen=True, slots=True)
class Stoppable:
    """One account as the stop sees it."""

    account: str
    venue: str
    exchange: str
    acquire: Acquire
    pace_s: float = 1.0
    wire: Callable[[], WireLog] | None = None
    order: FiringOrder | None = None
    """In which its requests leave among those that its venue counts together."""
    cost: Callable[[], StopCost] = StopCost
    """What a stop asks of it, as far as is known by then."""


Exposures = Callable[[], Mapping[str, float]]
"""By account what is at risk while orders rest, base currency; accounts of which it is not known are left out."""


class KnownOrders(Protocol):
    """What the book may know beforehand; the stop works without it."""

    def known_symbols(self, account: str) -> frozenset[str]: ...

    def resting_orders(self, account: str) -> tuple[OrderUpdate, ...] | None: ...


class TargetFinder:
    """Callable as `HaltDesk` wants it: the targets of a scope at this moment."""

    def __init__(
        self,
        accounts: Sequence[Stoppable],
        rules: Sequence[StrategyRule],
        known: KnownOrders | None = None,
        exposures: Exposures = dict,
    ) -> None:
        """`exposures` may be told later, once somebody knows them."""
        self._accounts = tuple(accounts)
        self._rules = tuple(rules)
        self._known = known
        self.exposures = exposures

    def __call__(self, scope: Scope, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        """`include_unattributed`: of a strategy's stop, what no rule claims in its accounts is taken too."""
        owns = self._ownership(scope, include_unattributed=include_unattributed)
        at_risk = self._at_risk()
        return tuple(
            self._target(row, owns, at_risk.get(row.account)) for row in self._accounts if self._concerns(row, scope)
        )

    @property
    def accounts(self) -> int:
        return len(self._accounts)

    def some(self, start: int, stop: int) -> list[HaltTarget]:
        """Of a stop of everything the targets in these places, without what is at risk in them."""
        return [self._target(row, None, None) for row in self._accounts[start:stop]]

    def _at_risk(self) -> Mapping[str, float]:
        try:
            return self.exposures()
        except Exception:  # it decides who goes first, and nothing else: the stop does without
            log.exception("what is at risk could not be told: the stop fires in any order")
            return {}

    def strategies_in(self, scope: Scope) -> tuple[str, ...]:
        """Those whose orders the scope may hold, as far as their rules tell."""
        by_account = scope.kind in (ScopeKind.VENUE, ScopeKind.ACCOUNT)
        accounts = [row.account for row in self._accounts if by_account and self._concerns(row, scope)]
        names = (rule.name for rule in self._rules if self._touches(scope, rule, accounts))
        return tuple(dict.fromkeys(names))

    def _touches(self, scope: Scope, rule: StrategyRule, accounts: Sequence[str]) -> bool:
        match scope.kind:
            case ScopeKind.PORTFOLIO:
                return True
            case ScopeKind.STRATEGY:
                return scope.covers(Scope(ScopeKind.STRATEGY, rule.name))
            case ScopeKind.SYMBOL:
                theirs = rule.symbol_pattern
                # Two patterns may meet in a symbol that neither names: better asked than left out.
                return theirs is None or fnmatch.fnmatchcase(scope.name, theirs) or _is_pattern(scope.name, theirs)
            case _:
                return any(rule.may_claim_account(account) for account in accounts)

    def _concerns(self, row: Stoppable, scope: Scope) -> bool:
        match scope.kind:
            case ScopeKind.PORTFOLIO | ScopeKind.SYMBOL:
                return True
            case ScopeKind.VENUE:
                # A row too broken to name its venue may belong to this one: better asked than left out.
                return scope.covers(Scope(ScopeKind.VENUE, row.venue)) or not row.venue
            case ScopeKind.ACCOUNT:
                return scope.covers(Scope(ScopeKind.ACCOUNT, row.account))
            case ScopeKind.STRATEGY:
                return scope.name == UNATTRIBUTED or any(
                    scope.covers(Scope(ScopeKind.STRATEGY, rule.name)) and rule.may_claim_account(row.account)
                    for rule in self._rules
                )

    def _target(self, row: Stoppable, owns: Ownership | None, exposure: float | None) -> HaltTarget:
        known = self._known
        return HaltTarget(
            account=row.account,
            venue=row.venue,
            exchange=row.exchange,
            acquire=row.acquire,
            known_symbols=known.known_symbols(row.account) if known else frozenset(),
            known_orders=(known.resting_orders(row.account) or ()) if known else (),
            owns=owns,
            strategy_of=self._strategy_of,
            pace_s=row.pace_s,
            wire=row.wire,
            order=row.order,
            cost=row.cost(),
            exposure=exposure,
        )

    def _strategy_of(self, order: OrderUpdate) -> str:
        return strategy_of(self._rules, order.account, order.symbol, order.client_order_id)

    def _ownership(self, scope: Scope, *, include_unattributed: bool) -> Ownership | None:
        """None where every order of an account is in the scope."""
        if scope.kind is ScopeKind.SYMBOL:
            return lambda order: scope.covers(Scope(ScopeKind.SYMBOL, order.symbol)) if order.symbol else None
        if scope.kind is not ScopeKind.STRATEGY:
            return None

        def owns(order: OrderUpdate) -> bool | None:
            strategy = self._strategy_of(order)
            if strategy == UNATTRIBUTED:
                return True if include_unattributed or scope.name == UNATTRIBUTED else None
            return scope.covers(Scope(ScopeKind.STRATEGY, strategy))

        return owns


def _is_pattern(*names: str) -> bool:
    return all(any(mark in name for mark in "*?[") for name in names) or fnmatch.fnmatchcase(names[1], names[0])


def cannot(error: ScramError) -> Acquire:
    """For an account that nobody can act on (a missing key, a broken row): every attempt says why."""

    async def refuse() -> ActingVenue:
        raise error

    return refuse

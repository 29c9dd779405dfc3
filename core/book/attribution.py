"""Whose order, fill and position it is: rules in configuration order, the first that matches wins."""

from __future__ import annotations

import fnmatch
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import UNATTRIBUTED
from core.venues.messages import OrderUpdate

REMEMBERED = 100_000
"""Orders and claims whose names are kept; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class AccountEntry:
    name: str
    venue: str
    endpoint: str
    """Which set of marks prices its positions (`Instrument.endpoint`)."""


@dataclass(frozen=True, slots=True)
class StrategyRule:
    """All patterns given must match (`fnmatch`, case matters)."""

    name: str
    account_pattern: str = "*"
    client_order_id_pattern: str | None = None
    symbol_pattern: str | None = None
    capital: float | None = None
    """Base currency; without it the strategy's equity and ratios are unknown."""

    def may_claim_account(self, account: str) -> bool:
        return fnmatch.fnmatchcase(account, self.account_pattern)

    def may_claim(self, account: str, symbol: str) -> bool:
        """Whether account and symbol allow it; the client order id is not looked at."""
        fits = self.symbol_pattern is None or fnmatch.fnmatchcase(symbol, self.symbol_pattern)
        return fits and self.may_claim_account(account)

    def claims(self, account: str, symbol: str, client_order_id: str) -> bool:
        wanted = self.client_order_id_pattern
        return (wanted is None or fnmatch.fnmatchcase(client_order_id, wanted)) and self.may_claim(account, symbol)


def strategy_of(rules: Sequence[StrategyRule], account: str, symbol: str, client_order_id: str) -> str:
    """The first strategy whose rule claims this order or fill, or UNATTRIBUTED."""
    return next((rule.name for rule in rules if rule.claims(account, symbol, client_order_id)), UNATTRIBUTED)


def owner_of(rules: Sequence[StrategyRule], account: str, symbol: str) -> str:
    """Who gets what no fill explains: the first rule without a client-order-id pattern that fits, or UNATTRIBUTED."""
    for rule in rules:
        if rule.client_order_id_pattern is None and rule.may_claim(account, symbol):
            return rule.name
    return UNATTRIBUTED


@dataclass(frozen=True, slots=True)
class OrderName:
    client_order_id: str
    reduce_only: bool


class OrderNames:
    """Which client order id an order id stands for, and which client order ids Scram itself has spoken for."""

    def __init__(self, rules: Sequence[StrategyRule]) -> None:
        self.rules = tuple(rules)
        self._names: OrderedDict[tuple[str, str], OrderName] = OrderedDict()
        self._claims: OrderedDict[str, str] = OrderedDict()

    def claim(self, client_order_id: str, strategy: str) -> None:
        """Call before sending: the fill may be faster than the acknowledgement."""
        self._claims[client_order_id] = strategy
        _trim(self._claims)

    def learn(self, order: OrderUpdate) -> None:
        key = (order.account, order.order_id)
        known = self._names.get(key)
        client = order.client_order_id or (known.client_order_id if known else "")
        self._names[key] = OrderName(client, order.reduce_only)
        _trim(self._names)

    def name(self, account: str, order_id: str) -> OrderName | None:
        return self._names.get((account, order_id))

    def strategy(self, account: str, symbol: str, client_order_id: str) -> str:
        claimed = self._claims.get(client_order_id) if client_order_id else None
        return claimed or strategy_of(self.rules, account, symbol, client_order_id)

    def claims(self) -> dict[str, str]:
        return dict(self._claims)


def _trim(names: OrderedDict[tuple[str, str], OrderName] | OrderedDict[str, str]) -> None:
    while len(names) > REMEMBERED:
        names.popitem(last=False)

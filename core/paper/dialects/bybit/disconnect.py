"""Disconnect-cancel-all: the venue cancels active orders once an account's streams have been gone for so long.

https://bybit-exchange.github.io/docs/v5/order/dcp and .../websocket/private/dcp: only streams that subscribe to a `dcp`
topic count, and only when the last of them is gone does the time begin to run. Conditional orders stay.
"""

from __future__ import annotations

from collections import Counter

from core.paper.dialects.bybit.listing import Category, category_of
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange

PRODUCTS = {
    "SPOT": ("dcp.spot", frozenset({Category.SPOT})),
    "DERIVATIVES": ("dcp.future", frozenset({Category.LINEAR, Category.INVERSE})),
    "OPTIONS": ("dcp.option", frozenset({Category.OPTION})),
}
"""Product to its topic and what it covers."""
TOPICS = {topic: product for product, (topic, _) in PRODUCTS.items()}
SHORTEST_S, LONGEST_S = 3, 300


class Disconnects:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._windows_s: dict[tuple[str, str], float] = {}
        """By account and product."""
        self._streams: Counter[tuple[str, str]] = Counter()

    def windows_of(self, account: str) -> dict[str, float]:
        """Product to its window, seconds."""
        return {product: window_s for (name, product), window_s in self._windows_s.items() if name == account}

    def set_window(self, account: str, product: str, window_s: float) -> None:
        self._windows_s[account, product] = window_s

    def joined(self, account: str, topic: str) -> None:
        """A stream subscribed; whatever time runs is stopped."""
        product = TOPICS[topic]
        self._streams[account, product] += 1
        self._count_down(account, product, 0.0)

    def left(self, account: str, topic: str) -> None:
        product = TOPICS[topic]
        self._streams[account, product] -= 1
        if self._streams[account, product] <= 0 and (account, product) in self._windows_s:
            self._count_down(account, product, self._windows_s[account, product])

    def _count_down(self, name: str, product: str, seconds: float) -> None:
        account: Account = self._exchange.accounts[name]
        for instrument in self._exchange.market.instruments:
            if category_of(instrument) in PRODUCTS[product][1]:
                self._exchange.count_down(account, instrument.symbol, seconds)

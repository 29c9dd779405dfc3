"""The shape of a venue family: which books hold orders there, what things cost, and where it departs from the usual."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.venues.messages import Update
from core.venues.protocol import Coverage


@dataclass(frozen=True, slots=True)
class OrderBook:
    """One of the books in which a venue keeps resting orders."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    """What to add to ccxt's listing and cancelling calls to mean this book."""
    list_weight: float = 1.0


Tap = Callable[[Any, str, Mapping[str, Any], float], tuple[Update, ...]]
"""(ccxt object, account, raw stream message, received_s) to updates."""


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    exchanges: frozenset[str]
    coverage: Coverage
    books: tuple[OrderBook, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    """Merged under the configuration's own ccxt options."""
    includes_unrealised: bool = True
    """Whether the wallet figures of `read_balance` and of the stream hold unrealised PnL."""
    wallet_of: Callable[[Mapping[str, Any]], Mapping[str, float]] | None = None
    """Coin totals from ccxt's balance; None takes its `total`."""
    tap: Tap | None = None
    """Reads the raw private stream; None lives on ccxt's watch calls and the readings."""
    keep_alive: str = ""
    """Name of ccxt's implicit call that renews the listen key; "" where there is none."""
    listen_key_bucket: str = ""
    """Where ccxt keeps it in its options."""
    ledger: str = ""
    """ccxt's unified call that tells deposits, withdrawals and transfers; "" where none is known."""
    permissions: str = ""
    """Implicit call that tells what the key may do."""
    can_withdraw: Callable[[Mapping[str, Any]], bool | None] = lambda _: None
    weight_per_minute: int | None = None
    """Request weight per address and minute; None where unknown (ccxt's limiter then paces the watching)."""
    used_weight_header: str = ""
    read_weight: float = 1.0
    """Balance and positions together."""
    trades_weight: float = 1.0
    ledger_weight: float = 1.0
    refused_calls: tuple[str, ...] = ()
    """Methods of the ccxt object that sign something nobody asked for: replaced by nothing before the first call."""

    @property
    def list_weight(self) -> float:
        """All books once."""
        return sum(book.list_weight for book in self.books)

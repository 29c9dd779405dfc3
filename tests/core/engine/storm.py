"""A storm of breaches through an engine's real cycle, journal and snapshot, fed as its venues would feed it.

Every account holds one position; in the storm a stream tells that one position after the other has grown, so that each
account breaches its leverage limit once, at a severity drawn for it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.config.load import read_config
from core.config.write import to_toml
from core.domain import Leg, LinkState, Severity
from core.engine.build import build
from core.engine.engine import Engine
from core.places import find_places
from core.risk.metrics import METRIC_NAMES
from core.venues.messages import (
    AccountReading,
    AliveUpdate,
    BalanceUpdate,
    CoinBalance,
    LinkUpdate,
    MarkUpdate,
    PositionUpdate,
    Source,
    Update,
)

SYMBOL, PRICE, WALLET = "BTC/USDT:USDT", 50_000.0, 100_000.0
EXCHANGES = ("binanceusdm", "bybit", "okx")
LEVERAGE = {Severity.LOW: 3.5, Severity.MEDIUM: 4.5, Severity.HIGH: 5.5, Severity.CRITICAL: 8.0}
LIMIT = {"scope": "account:*", "metric": "leverage", "low": 3.0, "medium": 4.0, "high": 5.0, "critical": 7.0}
WEIGHTS = (0.5, 0.3, 0.195, 0.005)
"""Of the severities, low to critical: half a percent of a storm is critical."""


class Storm:
    def __init__(self, home: Path, accounts: int, venues: int, clock: Clock, seed: int, **tables: Any) -> None:
        """`tables` of the configuration stand beside the accounts and the limit."""
        rng = random.Random(seed)
        self.clock = clock
        self.venue_of = {f"s-{number:05d}": f"venue-{number % venues}" for number in range(accounts)}
        self.severity_of = {
            name: rng.choices(tuple(Severity), WEIGHTS)[0] for name in rng.sample(sorted(self.venue_of), accounts)
        }
        rows = [
            {"name": name, "venue": venue, "exchange": EXCHANGES[int(venue[6:]) % len(EXCHANGES)],
             "credentials": "env:NOBODY"}
            for name, venue in self.venue_of.items()
        ]  # fmt: skip
        text = to_toml({"operator": "ada", "accounts": rows, "limits": [LIMIT], **tables})
        config = read_config(text, "a storm", METRIC_NAMES)
        environ = {"NOBODY_API_KEY": "k", "NOBODY_SECRET": "s", "NOBODY_PASSWORD": "p"}
        self.parts = build(config, environ, find_places(home, {}), clock, rng)
        self.engine = Engine(self.parts)

    def calm(self) -> None:
        """Everything is connected, read and priced; no limit is breached."""
        hub = self.parts.hub
        self.prices()
        for name in self.venue_of:
            self.take(LinkUpdate(name, hub.endpoint_of(name), LinkState.UP, "", self._now_s))
            balance = BalanceUpdate(
                name, (CoinBalance("USDT", WALLET, includes_unrealised=False),), True, Source.READING, self._now_s
            )
            position = self._position(name, 1.0, Source.READING)
            self.take(AccountReading(name, self._now_s, self._now_s, balance, (position,), ()))

    def breaches(self) -> Iterator[Update]:
        """One after the other, in the order of the storm."""
        for name, severity in self.severity_of.items():
            yield self._position(name, LEVERAGE[severity], Source.STREAM)

    def take(self, update: Update) -> None:
        self.engine.take(update)

    def prices(self) -> None:
        for endpoint in {self.parts.hub.endpoint_of(name) for name in self.venue_of}:
            self.take(MarkUpdate(endpoint, SYMBOL, PRICE, self._now_s))

    def alive(self, names: Iterable[str]) -> None:
        """Their streams say that nothing is new."""
        for name in names:
            self.take(AliveUpdate(name, self._now_s))

    @property
    def expected(self) -> Counter[str]:
        """Events by severity, once the storm is over."""
        return Counter(severity.word for severity in self.severity_of.values())

    @property
    def _now_s(self) -> float:
        return self.clock.monotonic()

    def _position(self, name: str, leverage: float, source: Source) -> PositionUpdate:
        quantity = leverage * WALLET / PRICE
        return PositionUpdate(name, SYMBOL, Leg.NET, quantity, PRICE, source, self._now_s, 0.1, 0.05)

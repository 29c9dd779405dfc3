"""An engine's parts, fed by hand as its venues would feed them, on a clock moved by hand; nothing goes over a wire."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.clock import ManualClock
from core.config.load import read_config
from core.config.write import to_toml
from core.domain import FlowKind, Leg, LinkState, Side
from core.engine.build import build, new_id
from core.engine.cycle import Cycle
from core.engine.event_desk import UNKNOWN_AFTER_S
from core.engine.record import Recorder
from core.events.desk import EventDesk
from core.events.model import Cause
from core.events.transitions import Change, Transition
from core.places import find_places
from core.risk.metrics import METRIC_NAMES
from core.venues.messages import (
    AccountReading,
    AliveUpdate,
    BalanceUpdate,
    CoinBalance,
    FillUpdate,
    FlowUpdate,
    LinkUpdate,
    MarkUpdate,
    PositionUpdate,
    Source,
)
from tests.core.engine.hindsight import STALE_S, UNKNOWN_S, WORDS, Holding, Told

VENUES = {"north": "binanceusdm", "south": "bybit"}
LIMITS = {
    "drawdown": (0.03, 0.08, 0.15, 0.30),
    "drawdown_day": (0.02, 0.05, 0.10, 0.20),
    "daily_loss": (0.02, 0.06, 0.12, 0.25),
    "drawdown_7d": (0.04, 0.09, 0.16, 0.31),
    "drawdown_30d": (0.05, 0.11, 0.17, 0.32),
    "leverage": (3.0, 4.5, 6.0, 9.0),
}
CLEAR = 0.2
CAPITAL = 400_000.0
TOLD = {Change.RAISED: "raised", Change.ESCALATED: "escalated", Change.REOPENED: "reopened", Change.CLEARED: "cleared"}


class Tape(Recorder):
    """The journal's recorder, which also keeps what it was told."""

    step = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.changes: list[tuple[int, Transition]] = []

    def transition(self, change: Transition) -> None:
        self.changes.append((self.step, change))
        super().transition(change)


def symbol_of(coin: str) -> str:
    return f"{coin}/USDT:USDT"


class Pipeline:
    def __init__(self, home: Path, accounts: dict[str, Holding], began_s: float) -> None:
        self.clock = ManualClock(now=began_s)
        self.accounts = accounts
        text = to_toml(tables_of(accounts))
        config = read_config(text, "a crash", METRIC_NAMES)
        environ = {"NOBODY_API_KEY": "k", "NOBODY_SECRET": "s"}
        parts = build(config, environ, find_places(home, {}), self.clock, random.Random(1))
        # Every limit speaks for itself: that a venue's event explains its accounts' is no matter of figures.
        self.parts = replace(parts, events=EventDesk(self.clock, new_id, unknown_after_s=UNKNOWN_AFTER_S))
        self.tape = Tape(self.parts.journal, self.clock)
        self.cycle = Cycle(self.parts, self.tape)
        self.endpoint = {name: self.parts.hub.endpoint_of(name) for name in accounts}
        self._ids = itertools.count(1)
        for name in accounts:
            self.say(LinkUpdate(name, self.endpoint[name], LinkState.UP, "", self.now_s))

    @property
    def now_s(self) -> float:
        return self.clock.monotonic()

    def say(self, update: Any) -> None:
        self.parts.book.apply(update)

    def close(self) -> None:
        self.parts.journal.close()

    def marks(self, prices: dict[str, float]) -> None:
        for endpoint in sorted(set(self.endpoint.values())):
            for coin, price in prices.items():
                self.say(MarkUpdate(endpoint, symbol_of(coin), price, self.now_s))

    def read(self) -> None:
        for name, row in self.accounts.items():
            positions = tuple(
                PositionUpdate(name, symbol_of(coin), Leg.NET, quantity, entry, Source.READING, self.now_s, 0.1, 0.05)
                for coin, (quantity, entry) in row.held.items()
            )
            balance = BalanceUpdate(name, self._coins(name), True, Source.READING, self.now_s)
            self.say(AccountReading(name, self.now_s, self.now_s, balance, positions, ()))

    def alive(self) -> None:
        for name in self.accounts:
            self.say(AliveUpdate(name, self.now_s))

    def flow(self, name: str, amount: float) -> None:
        """Both sides of it: the ledger's entry, and the wallet as the stream tells it."""
        kind = FlowKind.DEPOSIT if amount > 0 else FlowKind.WITHDRAWAL
        self.say(FlowUpdate(name, f"w{next(self._ids)}", "USDT", amount, kind, self.clock.now(), self.now_s))
        self.accounts[name].wallet += amount
        self.say(BalanceUpdate(name, self._coins(name), False, Source.STREAM, self.now_s, kind.value.upper()))

    def halve(self, name: str, coin: str, price: float) -> None:
        """Close half of a position: what a venue streams of it."""
        row = self.accounts[name]
        quantity, entry = row.held[coin]
        number = next(self._ids)
        side = Side.SELL if quantity > 0 else Side.BUY
        row.held[coin] = (quantity / 2, entry)
        row.wallet += quantity / 2 * (price - entry)
        symbol = symbol_of(coin)
        self.say(BalanceUpdate(name, self._coins(name), False, Source.STREAM, self.now_s, "ORDER"))
        self.say(PositionUpdate(name, symbol, Leg.NET, quantity / 2, entry, Source.STREAM, self.now_s))
        self.say(
            FillUpdate(
                name, symbol, f"f{number}", f"o{number}", "", side, abs(quantity) / 2, price, 0.0, "USDT",
                self.clock.now(), Source.STREAM, self.now_s,
            )
        )  # fmt: skip

    def _coins(self, name: str) -> tuple[CoinBalance, ...]:
        return (CoinBalance("USDT", self.accounts[name].wallet, includes_unrealised=False),)

    def told(self) -> list[Told]:
        """What was said of breaches, in the words of hindsight."""
        out = []
        for step, change in self.tape.changes:
            event = change.event_after
            if event.cause is Cause.BREACH and change.what in TOLD:
                scope, word = str(event.scope), event.severity.word
                out.append(Told(step, TOLD[change.what], scope, event.metric, word, event.value))
        return out

    def unknowns(self) -> set[tuple[str, str]]:
        """Scopes and metrics of which it was told that they cannot be evaluated."""
        rows = [change.event_after for _, change in self.tape.changes]
        return {(str(row.scope), row.metric) for row in rows if row.cause is Cause.UNKNOWN}


def tables_of(accounts: dict[str, Holding]) -> dict[str, Any]:
    kinds = ("portfolio", "venue:*", "account:*", "strategy:*")
    return {
        "operator": "ada",
        "feed": {"stale_after_s": STALE_S, "unknown_after_s": UNKNOWN_S},
        "accounts": [
            {"name": name, "exchange": VENUES[row.venue], "venue": row.venue, "credentials": "env:NOBODY"}
            for name, row in accounts.items()
        ],
        "strategies": [
            {"name": "majors", "match": {"symbol": "BTC/*"}, "capital": CAPITAL},
            {"name": "pairs", "match": {"account": "pairs"}, "capital": CAPITAL},
            {"name": "rest", "match": {"account": "*"}, "capital": CAPITAL},
        ],
        "limits": [
            {"scope": scope, "metric": metric, "clear": CLEAR, **dict(zip(WORDS, levels, strict=True))}
            for scope in kinds
            for metric, levels in LIMITS.items()
        ],
    }

"""A small desk to say things to: a book on a clock moved by hand, and one line per update."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence

import numpy as np

from core.book.attribution import AccountEntry, StrategyRule
from core.book.book import Book
from core.book.view import BookView
from core.clock import ManualClock
from core.domain import FlowKind, Leg, LinkState, Scope, Side
from core.venues.messages import (
    AccountReading,
    AliveUpdate,
    BalanceUpdate,
    CoinBalance,
    FillUpdate,
    FlowUpdate,
    Instrument,
    InstrumentKind,
    InstrumentsUpdate,
    LinkUpdate,
    MarkUpdate,
    OrderUpdate,
    PositionUpdate,
    Source,
)

BTC = "BTC/USDT:USDT"
ETH = "ETH/USDT:USDT"
MM = StrategyRule("mm", client_order_id_pattern="mm-*", capital=10_000.0)
TREND = StrategyRule("trend", client_order_id_pattern="tr-*", capital=10_000.0)
ACCOUNTS = (AccountEntry("a", "north", "e"), AccountEntry("b", "north", "e"), AccountEntry("c", "south", "e"))

Held = Mapping[str, tuple[float, float]]
"""Symbol -> (quantity, entry price)."""


class Desk:
    def __init__(
        self,
        rules: Sequence[StrategyRule] = (MM, TREND),
        accounts: Sequence[AccountEntry] = ACCOUNTS,
        base: str = "USD",
        clock: ManualClock | None = None,
    ) -> None:
        self.clock = clock or ManualClock(now=1_700_050_000.0)
        self.book = Book(accounts, rules, base, ("USDT", "USDC", "USD"), self.clock)
        self.rules, self.accounts, self.base = rules, accounts, base
        self._ids = itertools.count()
        self._last: dict[tuple[str, str], float] = {}

    @property
    def now_s(self) -> float:
        return self.clock.monotonic()

    def restarted(self) -> Desk:
        after = Desk(self.rules, self.accounts, self.base, self.clock)
        after._ids = self._ids
        after.book.restore(json.loads(json.dumps(self.book.state(), allow_nan=False)))
        return after

    def restarted_and_read(self, symbols: Sequence[str]) -> Desk:
        """What the venues show is as it was."""
        after = self.restarted()
        for symbol in symbols:
            after.mark(100.0, symbol)
        for entry in self.accounts:
            after.read(entry.name, 5_000.0, legs=self.book.positions(entry.name))
        return after

    def learn(self, symbol: str, base: str) -> None:
        """Its venue says what it is."""
        instrument = Instrument(
            "e", symbol, base, "USDT", "USDT", InstrumentKind.SWAP, 1.0, False, None, None, None, None
        )
        self.book.apply(InstrumentsUpdate("e", (instrument,), self.now_s))

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def mark(self, price: float, symbol: str = BTC, endpoint: str = "e") -> None:
        """Let the price move there, in steps that can be believed."""
        last = self._last.get((endpoint, symbol), price)
        while price > 2.5 * last or 2.5 * price < last:
            last *= 2.5 if price > last else 0.4
            self.tick(last, symbol, endpoint)
        self._last[endpoint, symbol] = price
        self.tick(price, symbol, endpoint)

    def tick(self, price: float, symbol: str = BTC, endpoint: str = "e") -> None:
        """One mark as it came, whatever it says."""
        self.book.apply(MarkUpdate(endpoint, symbol, price, self.now_s))

    def read(
        self,
        account: str = "a",
        wallet: float | Mapping[str, float] = 1_000.0,
        held: Held | None = None,
        *,
        took_s: float = 0.1,
        fills: tuple[FillUpdate, ...] = (),
        flows: tuple[FlowUpdate, ...] = (),
        orders: tuple[OrderUpdate, ...] | None = (),
        includes: bool = False,
        bad_rows: tuple[str, ...] = (),
        legs: tuple[PositionUpdate, ...] = (),
    ) -> None:
        ended_s = self.now_s
        positions = tuple(self.row(account, symbol, *row, Source.READING) for symbol, row in (held or {}).items())
        self.book.apply(
            AccountReading(
                account,
                ended_s - took_s,
                ended_s,
                self.coins(account, wallet, complete=True, source=Source.READING, includes=includes),
                positions + legs,
                orders,
                fills,
                flows,
                bad_rows,
            )
        )

    def coins(
        self,
        account: str,
        wallet: float | Mapping[str, float],
        *,
        complete: bool,
        source: Source,
        includes: bool = False,
        reason: str = "",
    ) -> BalanceUpdate:
        amounts = wallet if isinstance(wallet, Mapping) else {"USDT": wallet}
        rows = tuple(CoinBalance(coin, total, includes) for coin, total in amounts.items())
        return BalanceUpdate(account, rows, complete, source, self.now_s, reason)

    def wallet(self, amount: float, account: str = "a", reason: str = "", includes: bool = False) -> None:
        self.book.apply(
            self.coins(account, amount, complete=False, source=Source.STREAM, includes=includes, reason=reason)
        )

    def row(
        self, account: str, symbol: str, quantity: float, entry: float | None, source: Source, leg: Leg = Leg.NET
    ) -> PositionUpdate:
        return PositionUpdate(account, symbol, leg, quantity, entry, source, self.now_s, initial_margin_rate=0.1)

    def position(
        self, quantity: float, entry: float | None = 100.0, account: str = "a", symbol: str = BTC, leg: Leg = Leg.NET
    ) -> None:
        self.book.apply(self.row(account, symbol, quantity, entry, Source.STREAM, leg))

    def a_fill(
        self,
        quantity: float,
        price: float = 100.0,
        client: str = "mm-1",
        *,
        account: str = "a",
        symbol: str = BTC,
        fee: float = 0.0,
        fill_id: str = "",
        order_id: str = "",
        at_s: float | None = None,
    ) -> FillUpdate:
        side = Side.BUY if quantity > 0 else Side.SELL
        number = next(self._ids)
        at = self.clock.now() if at_s is None else at_s
        return FillUpdate(
            account, symbol, fill_id or f"f{number}", order_id or f"o{number}", client, side, abs(quantity), price, fee,
            "USDT", at, Source.STREAM, self.now_s,
        )  # fmt: skip

    def fill(self, quantity: float, price: float = 100.0, client: str = "mm-1", **more: object) -> None:
        self.book.apply(self.a_fill(quantity, price, client, **more))  # type: ignore[arg-type]

    def an_order(self, order_id: str, client: str = "mm-1", *, is_open: bool = True, account: str = "a") -> OrderUpdate:
        return OrderUpdate(
            account, BTC, order_id, client, "regular", Side.BUY, is_open, 1.0, 0.0, 90.0, None, False, None,
            Source.STREAM, self.now_s,
        )  # fmt: skip

    def flow(self, amount: float, account: str = "a", flow_id: str = "") -> FlowUpdate:
        kind = FlowKind.DEPOSIT if amount > 0 else FlowKind.WITHDRAWAL
        return FlowUpdate(account, flow_id or f"w{next(self._ids)}", "USDT", amount, kind, self.clock.now(), self.now_s)

    def link(self, state: LinkState, account: str = "a") -> None:
        self.book.apply(LinkUpdate(account, "e", state, "", self.now_s))

    def alive(self, account: str = "a") -> None:
        self.book.apply(AliveUpdate(account, self.now_s))

    def view(self) -> BookView:
        return self.book.view(self.now_s)

    def of(self, scope: str, figure: str = "unit") -> float:
        """One figure of one scope, in a fresh view."""
        return float(getattr(self.view(), figure)[self.book.scopes.index(Scope.parse(scope))])

    def drawdown(self, scope: str) -> float:
        view, row = self.view(), self.book.scopes.index(Scope.parse(scope))
        return float(1.0 - view.unit[row] / view.peak[row])

    def parts(self, account: str = "a", symbol: str = BTC) -> dict[str, float]:
        """Strategy -> quantity of all its rows in one symbol."""
        rows, names = self.view().rows, [rule.name for rule in self.rules] + ["unattributed"]
        number = [entry.name for entry in self.accounts].index(account)
        symbols = self.view().symbols
        out: dict[str, float] = {}
        for at in np.flatnonzero(rows.account == number).tolist():
            if symbols[rows.instrument[at]][1] == symbol:
                name = names[rows.strategy[at]]
                out[name] = out.get(name, 0.0) + float(rows.quantity[at])
        return out

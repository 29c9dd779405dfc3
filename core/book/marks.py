"""Prices and conversion: one row per instrument or coin, and what one unit of it is worth in the base currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from core.book.columns import NAN, NEVER, Bools, Columns, Floats, Ints
from core.book.quarantine import LEAP, OPTION_LEAP, Quarantine, is_price
from core.book.second_source import elsewhere
from core.venues.messages import Instrument, InstrumentKind, MarkUpdate

SWITCH_AFTER_S = 5.0
"""A coin keeps its price source until another is this much fresher: hopping between venues would look like a move."""


class InstrumentColumns(Columns):
    """One row per (endpoint, symbol), and one per coin that is held (endpoint "", the coin as symbol)."""

    SPEC: ClassVar[dict[str, tuple[str, float]]] = {
        "mark": ("f", NAN),
        "mark_s": ("f", NEVER),
        "inverse": ("b", False),
        "coin": ("b", False),
        "spot": ("b", False),
        "option": ("b", False),
        "delta": ("f", NAN),
        "underlying": ("f", NAN),
        "settle": ("i", -1),
        "quote": ("i", -1),
        "base": ("i", -1),
    }
    mark: Floats
    mark_s: Floats
    inverse: Bools
    coin: Bools
    spot: Bools
    option: Bools
    delta: Floats
    """Options: base units of the underlying per unit; NaN without greeks."""
    underlying: Floats
    """Options: price of the underlying, quote coins; NaN where the venue names none."""
    settle: Ints
    quote: Ints
    base: Ints


class Marks:
    """Marks per instrument with age, and rates per coin.

    The base currency is 1. Where the base is USD (or itself a listed stablecoin), every listed stablecoin counts as one
    base unit: Scram does not watch pegs. Any other coin is priced by its spot or swap market against the base or a
    listed stablecoin, on whatever endpoint shows it. With another base (EUR), a stablecoin is worth one over the mark
    of EUR/USDT. What has no such market is NaN.
    """

    def __init__(self, base_currency: str, stablecoins: Sequence[str]) -> None:
        self.base_currency = base_currency
        self.stablecoins = frozenset(stablecoins)
        self.table = InstrumentColumns()
        self.coins: list[str] = []
        self.symbols: list[tuple[str, str]] = []
        """(endpoint, symbol) per row of the table."""
        self.details: dict[int, Instrument] = {}
        self._rows: dict[tuple[str, str], int] = {}
        self._coin_rows: dict[str, int] = {}
        self._source: list[int] = []
        """Per coin: the instrument that prices it, -1 for none."""
        self._inverted: list[bool] = []
        self._cash: list[int] = []
        self._quarantine = Quarantine()
        self._pegged = base_currency == "USD" or base_currency in self.stablecoins

    def coin(self, name: str) -> int:
        index = self._coin_rows.get(name)
        if index is None:
            index = self._coin_rows[name] = len(self.coins)
            self.coins.append(name)
            self._source.append(-1)
            self._inverted.append(False)
            if self.is_cash(index):
                self._cash.append(index)
        return index

    def is_cash(self, coin: int) -> bool:
        """The base currency and listed stablecoins: held, but not an exposure."""
        name = self.coins[coin]
        return name == self.base_currency or name in self.stablecoins

    def row(self, endpoint: str, symbol: str) -> int:
        """The row of an instrument, opened on first sight from what the unified symbol says."""
        index = self._rows.get((endpoint, symbol))
        return self._open(endpoint, symbol) if index is None else index

    def holding(self, coin: str) -> int:
        """The row that stands for a coin in a wallet."""
        return self.row("", coin)

    def learn(self, instrument: Instrument) -> None:
        row = self.row(instrument.endpoint, instrument.symbol)
        self.details[row] = instrument
        self._describe(row, instrument.base, instrument.quote, instrument.settle, instrument.inverse)
        self.table.spot[row] = instrument.kind is InstrumentKind.SPOT
        self.table.option[row] = instrument.kind is InstrumentKind.OPTION

    def set_greeks(self, row: int, delta: float, underlying: float) -> None:
        """What an option's exposure is counted by; NaN for unknown."""
        self.table.delta[row], self.table.underlying[row] = delta, underlying

    def apply(self, update: MarkUpdate) -> None:
        row = self.row(update.endpoint, update.symbol)
        table = self.table
        if update.received_s < table.mark_s[row] or not is_price(update.price):
            return
        # An option is worth ten times as much within the day and nothing at its end.
        leap = OPTION_LEAP if table.option[row] else LEAP
        before, others = float(table.mark[row]), elsewhere(self, row, update.received_s)
        if not self._quarantine.passes(row, before, update.price, update.received_s, leap, others):
            table.mark[row] = NAN
            return
        table.mark[row] = update.price
        table.mark_s[row] = update.received_s
        self._offer(row)

    def _open(self, endpoint: str, symbol: str) -> int:
        row = self._rows[(endpoint, symbol)] = self.table.open()
        self.symbols.append((endpoint, symbol))
        pair, _, settle = symbol.partition(":")
        base, slash, quote = pair.partition("/")
        if not endpoint and not slash:
            self._describe(row, base, base, base, inverse=False)
            self.table.coin[row] = True
        elif slash:
            settle, *terms = settle.split("-")
            # `BTC/USD:BTC-261225-100000-C`: an option's price is in its settle coin, so that it pays linearly.
            option = bool(terms) and terms[-1] in {"C", "P"}
            self._describe(row, base, quote, settle or quote, inverse=not option and bool(settle) and settle == base)
            self.table.spot[row] = not settle
            self.table.option[row] = option
        return row

    def _describe(self, row: int, base: str, quote: str, settle: str, inverse: bool) -> None:
        table = self.table
        table.base[row], table.quote[row] = self.coin(base), self.coin(quote)
        table.settle[row] = self.coin(settle or quote)
        table.inverse[row] = inverse

    def _offer(self, row: int) -> None:
        """Let this instrument price a coin where it can and is needed."""
        symbol = self.symbols[row][1]
        # Dated futures and options trade away from spot (`BTC/USDT:USDT-261225`): they price no coin.
        if "-" in symbol.partition(":")[2]:
            return
        base, quote = int(self.table.base[row]), int(self.table.quote[row])
        if base < 0:
            return
        if self.coins[base] == self.base_currency and self.coins[quote] in self.stablecoins:
            if not self._pegged:
                self._choose(quote, row, inverted=True)
        elif self.is_cash(quote):
            self._choose(base, row, inverted=False)

    def _choose(self, coin: int, row: int, inverted: bool) -> None:
        now = self._source[coin]
        if now < 0 or self.table.mark_s[row] - self.table.mark_s[now] > SWITCH_AFTER_S:
            self._source[coin] = row
            self._inverted[coin] = inverted

    def prices_its_base(self, row: int) -> bool:
        """Whether the price of this instrument is that of its base coin in cash: linear, not dated, no option."""
        table, symbol = self.table, self.symbols[row][1]
        if table.coin[row] or table.inverse[row] or table.option[row] or table.base[row] < 0:
            return False
        return "-" not in symbol.partition(":")[2] and self.is_cash(int(table.quote[row]))

    def source_of(self, coin: int) -> int:
        """The row that prices a coin; -1 where none does or none is needed."""
        return self._source[coin] if coin >= 0 else -1

    def rate(self, coin: int) -> float:
        """Base currency per unit of the coin; NaN where nothing prices it."""
        name = self.coins[coin]
        if name == self.base_currency or (self._pegged and name in self.stablecoins):
            return 1.0
        if name in self.stablecoins:
            return self._stable_rate(coin)
        source = self._source[coin]
        if source < 0:
            return NAN
        quote = self.coins[int(self.table.quote[source])]
        one = 1.0 if quote == self.base_currency or self._pegged else self._stable_rate(self._coin_rows[quote])
        return float(self.table.mark[source]) * one

    def _stable_rate(self, coin: int) -> float:
        # Without a market of its own a stablecoin is worth what another one is.
        candidates = [coin, *(self._coin_rows[name] for name in sorted(self.stablecoins & self._coin_rows.keys()))]
        for candidate in candidates:
            source = self._source[candidate]
            if source >= 0:
                mark = float(self.table.mark[source])
                return 1.0 / mark if self._inverted[candidate] else mark
        return NAN

    def rates(self) -> Floats:
        """Base currency per unit, one per coin; the same as `rate` of each."""
        fixed = np.full(len(self.coins), NAN)
        for coin in self._cash:
            fixed[coin] = self.rate(coin)
        source = np.array(self._source, dtype=np.int64)
        priced = np.flatnonzero(source >= 0)
        rate = np.full(len(self.coins), NAN)
        at = source[priced]
        # Whatever prices a coin is quoted in cash.
        rate[priced] = self.table.mark[at] * fixed[self.table.quote[at]]
        rate[self._cash] = fixed[self._cash]
        return rate

    def why_unknown(self, coin: str) -> str:
        """One sentence for a coin without a rate."""
        source = self.source_of(self._coin_rows.get(coin, -1))
        if source in self._quarantine:
            return self.why_no_mark(source)
        wanted = ", ".join(sorted(self.stablecoins)) or "no stablecoin"
        return f"no market prices {coin} against {self.base_currency} or {wanted}"

    def traded_as(self) -> Ints:
        """Shape (rows,): the row in whose market each is bought and sold: itself, for a coin held what prices it, -1
        where nothing does."""
        table, size = self.table, self.table.size
        source = np.array([*self._source, -1], dtype=np.int64)
        return np.where(table.coin[:size], source[table.base[:size]], np.arange(size))

    def why_no_mark(self, row: int) -> str:
        """One sentence for an instrument without a mark."""
        symbol = self.symbols[row][1]
        return self._quarantine.why(row, symbol) if row in self._quarantine else f"no mark for {symbol}"

    def measure(self, row: int, quantity: float, cost: float) -> float:
        """Base currency value of `quantity` less `cost` (settle coin) at the present mark; see `unit_values`."""
        table = self.table
        rate = self.rate(int(table.settle[row])) if table.settle[row] >= 0 else NAN
        if quantity == 0.0:
            return -cost * rate
        return (quantity * self.level(row) - cost) * rate

    def worth(self, row: int, quantity: float) -> float:
        """Base currency of `quantity` at the present mark, costs left aside; NaN where there is no price."""
        settle = int(self.table.settle[row])
        if quantity == 0.0 or settle < 0:
            return NAN
        return quantity * self.level(row) * self.rate(settle)

    def level(self, row: int) -> float:
        """Settle coins per unit of quantity: the mark, or -1/mark for inverse contracts, or 1 for a coin."""
        if self.table.coin[row]:
            return 1.0
        mark = float(self.table.mark[row])
        return -1.0 / mark if self.table.inverse[row] else mark

    def cost_level(self, row: int, price: float) -> float:
        """As `level`, at any price."""
        return -1.0 / price if self.table.inverse[row] else price

    def levels(self) -> Floats:
        """`level` of every row: linear f(p) = p, inverse f(p) = -1/p, so that PnL = quantity * (f(mark) - f(entry)).

        Source: Bitmex and Deribit publish inverse PnL as contract value * (1/entry - 1/mark).
        """
        table, size = self.table, self.table.size
        mark = table.mark[:size]
        level = np.where(table.inverse[:size], -1.0 / mark, mark)
        return np.where(table.coin[:size], 1.0, level)

    def settle_rates(self, rates: Floats) -> Floats:
        settle = self.table.settle[: self.table.size]
        if not len(rates):
            return np.full(len(settle), NAN)
        return np.where(settle >= 0, rates[settle], NAN)

    def notional_per_unit(self, rates: Floats) -> Floats:
        """Base currency of exposure per unit of quantity, one per row: mark x quote rate; the quote rate where inverse.

        A coin counts with its rate, the base currency and listed stablecoins with nothing. An option counts as delta x
        price of the underlying (or of its coin, where the venue names none), and without greeks it is NaN: its premium
        says nothing of what it can lose.
        """
        table, size = self.table, self.table.size
        quote = table.quote[:size]
        rate = np.where(quote >= 0, rates[quote], NAN) if len(rates) else np.full(size, NAN)
        cash = np.zeros(len(self.coins), dtype=np.bool_)
        cash[self._cash] = True
        worth = np.where(table.inverse[:size], rate, table.mark[:size] * rate)
        if table.option[:size].any():
            underlying = table.underlying[:size] * rate
            underlying = np.where(np.isnan(underlying), rates[table.base[:size]], underlying)
            worth = np.where(table.option[:size], table.delta[:size] * underlying, worth)
        if len(cash):
            worth = np.where(table.coin[:size], np.where(cash[table.base[:size]], 0.0, rate), worth)
        return worth

    def marked_s(self) -> Floats:
        """When each row was last priced, monotonic; +inf for what needs no price."""
        table, size = self.table, self.table.size
        stamps = self.rated_s()
        if not len(stamps):
            return np.full(size, NEVER)
        rated = np.where(table.settle[:size] >= 0, stamps[table.settle[:size]], NEVER)
        own = np.where(table.coin[:size], np.inf, table.mark_s[:size])
        return np.minimum(own, rated)

    def rated_s(self) -> Floats:
        """When each coin's rate was last told, monotonic; +inf for what is fixed, -inf for what never was."""
        source = np.array(self._source, dtype=np.int64)
        stamps = np.where(source >= 0, self.table.mark_s[source], NEVER)
        fixed = [coin for coin in self._cash if self._pegged or self.coins[coin] == self.base_currency]
        stamps[fixed] = np.inf
        return stamps

"""Random books for the costly columns, and the inputs made of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st

from core.book.layout import Layout
from core.domain import Scope, ScopeKind
from core.risk.costly.inputs import Collateral, CostlyInputs, Holdings, Ladders, Returns
from core.risk.settings import RiskSettings

NAN = float("nan")
COINS = ("BTC", "ETH", "SOL", "USDT", "USDC", "USD")
STABLE = ("USDT", "USDC", "USD")
VENUES = ("north", "south", "west")
STRATEGIES = ("mm", "trend", "carry", "unattributed")


@dataclass(frozen=True)
class Market:
    """One instrument: what it is worth, what trades and what its book shows (bids, asks as (quantity, price))."""

    endpoint: str
    symbol: str
    mid: float = 100.0
    volume: float = 1_000.0
    bids: tuple[tuple[float, float], ...] = ((10.0, 99.0), (20.0, 97.0))
    asks: tuple[tuple[float, float], ...] = ((10.0, 101.0), (20.0, 103.0))
    age_s: float = 1.0
    rate: float = 1.0
    """Base currency per unit of the quote coin."""
    option: bool = False

    @property
    def is_coin(self) -> bool:
        return "/" not in self.symbol

    @property
    def underlying(self) -> str:
        return self.symbol.partition("/")[0]

    @property
    def coin(self) -> str:
        return self.symbol.partition(":")[2] or self.underlying

    @property
    def inverse(self) -> bool:
        return not self.is_coin and self.coin == self.underlying

    def lost(self, price: float) -> float:
        """Quote units per unit of quantity, by trading at a price other than the mid."""
        return abs(self.mid / price - 1.0) if self.inverse else abs(price - self.mid)

    @property
    def worth(self) -> float:
        return self.rate if self.inverse else self.mid * self.rate


MARKETS = (
    Market("n", "BTC/USDT:USDT"),
    Market("s", "BTC/USDC:USDC", mid=104.0, rate=0.5),
    Market("n", "BTC/USD:BTC", bids=((500.0, 99.0),), asks=((700.0, 102.0),)),
    Market("n", "ETH/USDT:USDT", mid=10.0, bids=((50.0, 9.9),), asks=((60.0, 10.1), (90.0, 10.4), (99.0, 11.0))),
    Market("s", "SOL/USDT:USDT", mid=2.0, bids=((5.0, 1.9),), asks=((5.0, 2.1),)),
    Market("", "BTC"),
    Market("", "SOL", mid=2.0, volume=50.0, bids=((70.0, 1.8),), asks=((70.0, 2.2),)),
)


@dataclass(frozen=True)
class Part:
    """What one strategy holds of one position."""

    account: int
    market: int
    leg: str
    strategy: int
    quantity: float


@dataclass(frozen=True)
class Account:
    venue: int
    equity: float = 1_000.0
    initial_margin: float = 0.0
    maintenance_margin: float = 0.0
    coins: tuple[tuple[str, float], ...] = (("USDT", 1_000.0),)


@dataclass(frozen=True)
class Desk:
    accounts: tuple[Account, ...]
    parts: tuple[Part, ...] = ()
    markets: tuple[Market, ...] = MARKETS
    capital: float = 5_000.0
    """Of every strategy but the unattributed."""
    settings: RiskSettings = field(default_factory=RiskSettings)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        names = [(ScopeKind.VENUE, name) for name in VENUES]
        names += [(ScopeKind.ACCOUNT, f"a{number}") for number in range(len(self.accounts))]
        names += [(ScopeKind.STRATEGY, name) for name in STRATEGIES]
        return (Scope(ScopeKind.PORTFOLIO), *(Scope(kind, name) for kind, name in names))

    def members(self, scope: Scope) -> tuple[int, ...]:
        """The accounts of a portfolio, venue or account."""
        every = range(len(self.accounts))
        if scope.kind is ScopeKind.VENUE:
            return tuple(at for at in every if VENUES[self.accounts[at].venue] == scope.name)
        return (int(scope.name[1:]),) if scope.kind is ScopeKind.ACCOUNT else tuple(every)

    def held(self, scope: Scope) -> list[Part]:
        """Positions of accounts (strategy -1), or the parts of a strategy."""
        if scope.kind is ScopeKind.STRATEGY:
            mine = STRATEGIES.index(scope.name)
            return [part for part in self.parts if part.strategy == mine and self.notional(part) != 0.0]
        whole: dict[tuple[int, int, str], float] = {}
        for part in self.parts:
            if part.account in self.members(scope):
                key = (part.account, part.market, part.leg)
                whole[key] = whole.get(key, 0.0) + part.quantity
        held = [Part(account, market, leg, -1, quantity) for (account, market, leg), quantity in whole.items()]
        return [part for part in held if self.notional(part) != 0.0]

    def notional(self, part: Part) -> float:
        return part.quantity * self.markets[part.market].worth

    def gross(self, scope: Scope) -> float:
        return float(sum(abs(self.notional(part)) for part in self.held(scope)))

    def equity(self, scope: Scope) -> float:
        if scope.kind is ScopeKind.STRATEGY:
            return NAN if scope.name == STRATEGIES[-1] else self.capital
        return float(sum(self.accounts[at].equity for at in self.members(scope)))


quantities = st.integers(-400, 400).filter(bool).map(lambda eighths: eighths / 8.0)
"""Eighths, so that sums are exact and what cancels does so in the reference too."""
parts = st.builds(
    Part,
    account=st.integers(0, 3),
    market=st.integers(0, len(MARKETS) - 1),
    leg=st.sampled_from(("long", "short")),
    strategy=st.integers(0, len(STRATEGIES) - 1),
    quantity=quantities,
)
money = st.integers(-800, 8_000).map(float)
accounts = st.builds(
    Account,
    venue=st.integers(0, 1),
    equity=money,
    initial_margin=st.one_of(st.just(NAN), st.integers(0, 900).map(float)),
    maintenance_margin=st.one_of(st.just(NAN), st.integers(0, 500).map(float)),
    coins=st.lists(st.tuples(st.sampled_from(COINS[:5]), money), max_size=4, unique_by=lambda row: row[0]).map(tuple),
)
sides = st.lists(st.tuples(st.integers(1, 80).map(float), st.integers(1, 300)), max_size=4)
desks = st.builds(Desk, st.lists(accounts, min_size=4, max_size=4).map(tuple), st.lists(parts, max_size=14).map(tuple))


@st.composite
def traded_desks(draw: st.DrawFn) -> Desk:
    """Also with random books and volumes; some unknown, stale or dead."""
    markets = []
    for market in MARKETS:
        bids, asks = (
            tuple(
                (quantity, market.mid * (1.0 + sign * away / 1_000.0))
                for quantity, away in sorted(draw(sides), key=lambda level: level[1])
            )
            for sign in (-1.0, 1.0)
        )
        markets.append(
            replace(
                market,
                bids=bids,
                asks=asks,
                volume=draw(st.sampled_from((NAN, 0.0, 50.0, 3_000.0))),
                age_s=draw(st.sampled_from((0.0, 10.0, 10.0, 301.0))),
            )
        )
    return replace(draw(desks), markets=tuple(markets))


def inputs_of(desk: Desk, order: Sequence[int] | None = None) -> CostlyInputs:
    """`order` puts the rows of what is held in another order."""
    scopes = desk.scopes
    account_venue = np.array([account.venue for account in desk.accounts], dtype=np.int64)
    collateral = [
        (number, COINS.index(coin), value) for number, one in enumerate(desk.accounts) for coin, value in one.coins
    ]
    return CostlyInputs(
        layout=Layout(scopes, account_venue, len(VENUES), len(desk.accounts), len(STRATEGIES)),
        at_s=1_700_000_000.0,
        settings=desk.settings,
        coins=COINS,
        stablecoins=np.array([coin in STABLE for coin in COINS]),
        symbols=tuple((market.endpoint, market.symbol) for market in desk.markets),
        options=np.array([market.option for market in desk.markets], dtype=np.bool_),
        holdings=_holdings(desk, order),
        collateral=Collateral(
            np.array([row[0] for row in collateral], dtype=np.int64),
            np.array([row[1] for row in collateral], dtype=np.int64),
            np.array([row[2] for row in collateral], dtype=np.float64),
        ),
        equity=np.array([desk.equity(scope) for scope in scopes]),
        gross=np.array([desk.gross(scope) for scope in scopes]),
        initial_margin=np.array([account.initial_margin for account in desk.accounts]),
        maintenance_margin=np.array([account.maintenance_margin for account in desk.accounts]),
        worth=np.array([market.worth for market in desk.markets]),
        quote_rate=np.array([market.rate for market in desk.markets]),
        volume_day=np.array([market.volume for market in desk.markets]),
        ladders=_ladders(desk.markets),
        coin_returns=Returns(np.empty(0), 3_600.0, np.empty((0, len(COINS)))),
        scope_returns=Returns(np.empty(0), 300.0, np.empty((0, len(scopes)))),
    )


def _holdings(desk: Desk, order: Sequence[int] | None) -> Holdings:
    slots: dict[tuple[int, int, str], int] = {}
    rows = [desk.parts[at] for at in order] if order is not None else list(desk.parts)
    for row in desk.parts:
        slots.setdefault((row.account, row.market, row.leg), len(slots))
    markets = [desk.markets[row.market] for row in rows]
    cash = [(number, "USDT") for number in range(len(desk.accounts))]

    def column(values: list[int], of_cash: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(values + of_cash, dtype=np.int64)

    first = len(slots)
    usdt = COINS.index("USDT")
    return Holdings(
        slot=column([slots[(row.account, row.market, row.leg)] for row in rows], [first + at for at, _ in cash]),
        account=column([row.account for row in rows], [at for at, _ in cash]),
        venue=column([desk.accounts[row.account].venue for row in rows], [desk.accounts[at].venue for at, _ in cash]),
        strategy=column([row.strategy for row in rows], [-1] * len(cash)),
        instrument=column([row.market for row in rows], [0] * len(cash)),
        underlying=column([COINS.index(market.underlying) for market in markets], [usdt] * len(cash)),
        coin=column([COINS.index(market.coin) for market in markets], [usdt] * len(cash)),
        quantity=np.array([row.quantity for row in rows] + [500.0] * len(cash)),
        notional=np.array([desk.notional(row) for row in rows] + [0.0] * len(cash)),
        is_coin=np.array([market.is_coin for market in markets] + [True] * len(cash), dtype=np.bool_),
    )


def _ladders(markets: Sequence[Market]) -> Ladders:
    deepest = max((len(side) for market in markets for side in (market.bids, market.asks)), default=0)

    def table(side: str, what: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        out = np.full((len(markets), deepest), NAN)
        for row, market in enumerate(markets):
            levels = market.bids if side == "bids" else market.asks
            amounts = [quantity if what == "quantity" else quantity * market.lost(price) for quantity, price in levels]
            out[row, : len(levels)] = list(itertools.accumulate(amounts))
        return out

    return Ladders(
        table("bids", "quantity"),
        table("bids", "cost"),
        table("asks", "quantity"),
        table("asks", "cost"),
        np.array([market.age_s for market in markets]),
    )

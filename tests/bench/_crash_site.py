"""A crash on a paper exchange: its coins as recorded, diversified books in pairs of accounts, and what they come to.

Every account that Scram guards has a twin with the same book which nobody guards: both see the same prices, are matched
against the same depth and are liquidated by the same rules.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from core.domain import Side
from core.paper.engine.events import EngineEvent, OrderEvent
from core.paper.engine.exchange import FORCED_PREFIX
from core.paper.instruments import PaperInstrument, make_tiers
from core.paper.site import AccountSpec, PaperSite, PaperSpec, PositionSpec, VenueSpec
from core.paper.spec import secret_of
from tests.core.engine.candles import Candles

EQUITY = 500_000.0
"""Of each account at the beginning, quote coins."""
BOOKS = (("long-1", 0.0), ("long-2", 0.0), ("mixed-1", 0.25), ("mixed-2", 0.25))
"""Accounts, and which part of their coins they hold short."""
COINS = 12
"""In each book, Bitcoin and Ether always among them."""
TWIN = "-unguarded"
OURS = "scm"
"""Begins the client order ids of Scram's orders."""
MAJORS = ("BTC", "ETH")
NEVER = 10.0 * 365.0 * 86_400.0
PLENTY = 1_000_000


def symbol_of(coin: str) -> str:
    return f"{coin}/USDT:USDT"


def instrument_of(coin: str, price: float) -> PaperInstrument:
    """Steps of about a dollar, ticks of about a tenth of a basis point; thin books away from the majors."""
    major = coin in MAJORS
    level = 150_000.0 if major else 25_000.0
    return PaperInstrument(
        base=coin,
        quote="USDT",
        settle="USDT",
        start_price=price,
        price_decimals=max(0, 5 - math.floor(math.log10(price))),
        quantity_decimals=max(0, math.floor(math.log10(price))),
        notional_min=5.0,
        quantity_max=float(round(50_000_000 / price)),
        beta=1.0,
        own_volatility=0.01,
        # Twice and more of what calm books show: in a crash makers step back.
        spread=0.0003 if major else 0.0010,
        level_notional=level,
        tiers=make_tiers(1_000_000.0 if major else 300_000.0, 100 if major else 50),
    )


@dataclass(frozen=True)
class Book:
    account: str
    quantities: dict[str, float]
    """Signed, by coin."""


def make_books(prices: dict[str, float], leverage: float, chance: random.Random) -> tuple[Book, ...]:
    books = []
    others = sorted(set(prices) - set(MAJORS))
    for name, short_share in BOOKS:
        coins = [*MAJORS, *chance.sample(others, COINS - len(MAJORS))]
        weights = [chance.uniform(0.5, 1.5) for _ in coins]
        shorts = set(chance.sample(coins, round(short_share * len(coins))))
        quantities = {}
        for coin, weight in zip(coins, weights, strict=True):
            size = EQUITY * leverage * weight / sum(weights) / prices[coin]
            floored = instrument_of(coin, prices[coin]).floor_quantity(size)
            quantities[coin] = -floored if coin in shorts else floored
        books.append(Book(name, quantities))
    return tuple(books)


def make_spec(prices: dict[str, float], books: tuple[Book, ...], seed: int) -> PaperSpec:
    def account(name: str, book: Book) -> AccountSpec:
        positions = tuple(PositionSpec(f"{coin}USDT", size, "own") for coin, size in book.quantities.items())
        return AccountSpec(name, f"key-{name}", secret_of(name, seed), {"USDT": EQUITY}, positions)

    accounts = tuple(account(book.account + suffix, book) for book in books for suffix in ("", TWIN))
    return PaperSpec(
        (VenueSpec("north", accounts),),
        seed=seed,
        instruments=tuple(instrument_of(coin, prices[coin]) for coin in sorted(prices)),
        weight_limit=PLENTY,
        # Candles tell nothing of funding.
        funding_period_s=NEVER,
    )


@dataclass
class Fortune:
    """What became of the guarded accounts together, or of their twins."""

    peak: float = 0.0
    drawdown: float = 0.0
    """The deepest, share of the peak before it."""
    equity: float = 0.0
    liquidated: set[str] = field(default_factory=set)

    def see(self, equity: float) -> None:
        self.equity = equity
        self.peak = max(self.peak, equity)
        self.drawdown = max(self.drawdown, 1.0 - equity / self.peak)


class CrashSite:
    """Moves the paper exchange along a crash and keeps the books of both sides."""

    def __init__(self, site: PaperSite, candles: Candles) -> None:
        self.site = site
        self.steps = candles.steps()
        self.exchange = site.venues[0].exchange
        self.guarded, self.twins = Fortune(), Fortune()
        self.orders: list[str] = []
        """Client ids of Scram's orders in the order in which the venue accepted them."""
        self.cost = 0.0
        """Fees and distance from the mark of all of Scram's fills, quote coins."""
        self.turnover = 0.0
        self.filled: set[str] = set()
        """Accounts that traded since somebody looked."""
        self.exchange.events.connect(self._take)

    def move(self, number: int) -> None:
        """To the prices of a step; resting orders, liquidations and both sides' books follow."""
        market = self.site.market
        for coin, price in self.steps[number].items():
            row = market.index[f"{coin}USDT"]
            market.mid[row] = market.mark[row] = market.last[row] = price
        market.shock_price("BTCUSDT", self.steps[number]["BTC"])
        self.exchange.match()
        self.weigh()

    def weigh(self) -> None:
        for side, twin in ((self.guarded, False), (self.twins, True)):
            rows = [row for name, row in self.exchange.accounts.items() if name.endswith(TWIN) is twin]
            side.see(sum(max(0.0, row.margin("USDT").equity) for row in rows))

    def _take(self, event: EngineEvent) -> None:
        if not isinstance(event, OrderEvent):
            return
        order = event.order
        if order.client_id.startswith(FORCED_PREFIX):
            side = self.twins if event.account.endswith(TWIN) else self.guarded
            side.liquidated.add(event.account)
        if not order.client_id.startswith(OURS):
            return
        if order.client_id not in self.orders:
            self.orders.append(order.client_id)
        if event.fill is not None:
            fill = event.fill
            mark = self.site.market.mark_of(fill.symbol)
            worse = mark - fill.price if fill.side is Side.SELL else fill.price - mark
            self.cost += fill.fee + worse * fill.quantity
            self.turnover += fill.quantity * fill.price
            self.filled.add(event.account)

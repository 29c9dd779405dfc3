"""Books to plan on, and what becomes of them when a plan is really carried out: what a venue would stream of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st

from core.domain import UNATTRIBUTED, Leg, Scope, Side
from core.engine.what_if.evaluation import Evaluation
from core.engine.what_if.ground import Ground
from core.mitigation.model import Reduction
from core.risk.costly.inputs import Returns
from core.risk.costly.run import CostlyColumns, CostlyModel
from core.risk.course import Course
from core.risk.frame import Series
from core.risk.limits import Limit
from core.risk.matrix import RiskModel
from core.risk.model import RiskMatrix
from core.risk.settings import RiskSettings
from core.venues.messages import DepthUpdate, OrderUpdate, PositionUpdate, Source, VolumeUpdate
from tests.core.book.desk import BTC, ETH, Desk
from tests.core.risk.costly.test_gather import INVERSE, captured

PRICES = {BTC: 100.0, ETH: 10.0, INVERSE: 100.0}
CLIENTS = {"mm": "mm-1", "trend": "tr-1"}


@dataclass
class Place:
    """One position at a venue."""

    account: str
    symbol: str
    leg: Leg
    entry: float
    parts: dict[str, float]
    """By strategy, signed; `unattributed` is the rest."""
    liquidation: float | None = None

    @property
    def quantity(self) -> float:
        return math.fsum(self.parts.values())


@dataclass
class Shelf:
    """A desk with positions in it, its risk, and the costly columns of one moment."""

    places: list[Place]
    limits: Sequence[Limit] = ()
    orders: list[tuple[str, str, Side, float, bool]] = field(default_factory=list)
    """Account, symbol, side, quantity, whether it can only reduce."""

    def __post_init__(self) -> None:
        self.desk = Desk()
        self.model = CostlyModel(RiskSettings())
        self.risk = RiskModel(self.desk.book.scopes, list(self.limits), self.model.infos)
        self.course = Course(self.desk.book.layout, RiskSettings())
        self.wallets = {"a": 20_000.0, "b": 15_000.0, "c": 9_000.0}
        for symbol, price in PRICES.items():
            self.desk.mark(price * 1.02, symbol)
            self.desk.book.apply(VolumeUpdate("e", symbol, 1_000.0, self.desk.now_s))
        self.desk.mark(100.0, "BTC/USDT")
        for account, wallet in self.wallets.items():
            self.desk.read(account, {"USDT": wallet, "BTC": 0.5} if account == "a" else wallet)
        for place in self.places:
            self._open(place)
        for number, (account, symbol, side, quantity, reduces) in enumerate(self.orders):
            self.desk.book.apply(
                OrderUpdate(
                    account, symbol, f"r{number}", "mm-9", "regular", side, True, quantity, 0.0, 1.0, None, reduces,
                    None, Source.STREAM, self.desk.now_s,
                )
            )  # fmt: skip
        self.step()
        for symbol, price in PRICES.items():  # a fall, so that there is something to be below of
            self.desk.mark(price, symbol)
            levels = tuple((price * (1.0 - 0.001 * step), 40.0) for step in range(1, 4))
            asks = tuple((price * (1.0 + 0.001 * step), 40.0) for step in range(1, 4))
            self.desk.book.apply(DepthUpdate("e", symbol, levels, asks, self.desk.now_s))
        self.step()

    def _open(self, place: Place) -> None:
        price = PRICES[place.symbol] * 1.02
        for strategy, quantity in place.parts.items():
            if strategy != UNATTRIBUTED:
                self.desk.fill(quantity, price, CLIENTS[strategy], account=place.account, symbol=place.symbol)
        self.say(place, place.quantity)

    def say(self, place: Place, quantity: float) -> None:
        self.desk.book.apply(
            PositionUpdate(
                place.account, place.symbol, place.leg, quantity, place.entry if quantity else None, Source.STREAM,
                self.desk.now_s, 0.1, 0.02, place.liquidation,
            )
        )  # fmt: skip

    def step(self, series: Series | None = None) -> RiskMatrix:
        """One cycle, a second after the last: long enough for what is counted once a second.

        With `series` as if no time had passed for what only time can tell.
        """
        self.desk.wait(1.0)
        self.view = self.desk.view()
        self.series = series or self.course.step(self.view)
        self.columns = self._columns()
        self.matrix = self.risk.evaluate(self.view, self.desk.now_s, self.series, self.columns)
        return self.matrix

    def _columns(self) -> CostlyColumns:
        capture = captured(self.desk, self.view)
        at_s = np.arange(120, dtype=np.float64) * 3_600.0 + 1_700_000_000.0
        value = np.random.default_rng(7).normal(0.0, 0.01, (len(at_s), len(self.view.coins)))
        returns = Returns(at_s, 3_600.0, value)
        return self.model.run(replace(capture, coin_returns=returns), self.desk.now_s, self.desk.clock)

    def evaluation(self) -> Evaluation:
        judged = self.risk.judged
        assert judged is not None
        book = self.desk.book.copy_for_plans().up_to(len(self.view.symbols))
        return Evaluation(Ground(self.view, book, self.series, *judged, self.columns, 0.0, self.model))

    # Carrying a plan out

    def place(self, reduction: Reduction) -> Place:
        sign = 1.0 if reduction.side is Side.SELL else -1.0
        return next(
            row
            for row in self.places
            if (row.account, row.symbol) == (reduction.account, reduction.symbol) and row.quantity * sign > 0.0
        )

    def carry_out(self, reductions: Sequence[Reduction], fees: Sequence[float]) -> None:
        """What the venues stream of it: the wallet, the position and the fill, at the marks."""
        chosen = [self.place(row) for row in reductions]
        for row, place, fee in zip(reductions, chosen, fees, strict=True):
            closed = math.copysign(row.quantity, place.quantity)
            place.parts[row.strategy] -= closed
            price = PRICES[place.symbol]
            gain = 0.0 if place.symbol == INVERSE else closed * (price - place.entry)
            self.wallets[place.account] += gain - fee
            self.desk.wallet(self.wallets[place.account], place.account, "ORDER")
            self.say(place, place.quantity if abs(place.quantity) > 1e-9 else 0.0)
            client = CLIENTS.get(row.strategy, "other")
            self.desk.fill(-closed, price, client, account=place.account, symbol=place.symbol, fee=fee)

    def value(self, scope: str, metric: str) -> float:
        return float(self.matrix.value[self.matrix.row(Scope.parse(scope)), self.matrix.column(metric)])


@st.composite
def shelves(draw: st.DrawFn) -> tuple[list[Place], list[Reduction], list[float]]:
    """Positions of three accounts, some shared by strategies, and a plan that cuts some of them, with its fees."""
    places, cuts, fees = [], [], []
    for account in "abc":
        for symbol in draw(st.lists(st.sampled_from((BTC, ETH, INVERSE)), max_size=3, unique=True)):
            sign = draw(st.sampled_from((1.0, -1.0)))
            sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=3))
            names = draw(st.permutations(("mm", "trend", UNATTRIBUTED)))
            unit = 10.0 if symbol == INVERSE else 1.0
            parts = {name: sign * size * unit for name, size in zip(names, sizes, strict=False)}
            entry = 100.0 if symbol == INVERSE else PRICES[symbol] * draw(st.sampled_from((0.9, 1.0, 1.3)))
            places.append(Place(account, symbol, Leg.NET, entry, parts))
            for name, quantity in parts.items():
                share = draw(st.sampled_from((0.0, 0.25, 1.0 / 3.0, 1.0)))
                if share:
                    side = Side.SELL if sign > 0 else Side.BUY
                    cuts.append(Reduction(account, symbol, name, side, share * abs(quantity), math.nan))
                    # A fee is paid in what the contract settles in, and the wallets here hold dollars.
                    fees.append(0.0 if symbol == INVERSE else draw(st.sampled_from((0.0, 0.5, 20.0))))
    return places, cuts, fees

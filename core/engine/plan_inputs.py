"""What the planner is handed: everything held, and the limits that a plan for a scope has to do with, of one moment.

Arrays are copied and nothing is computed of them here: plans over large books are made in a thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.book.book import Book
from core.book.view import BookView
from core.domain import PORTFOLIO, AccountMode, Scope, ScopeKind, Trust
from core.engine.plan_limits import LimitRows
from core.mitigation.permission import MayAct, anywhere
from core.mitigation.plan import PlanInputs
from core.mitigation.planning.columns import SEPARATOR, Books, Bools, Floats, Ints, Names, PlanColumns, PositionRows
from core.mitigation.planning.evaluation import Evaluate
from core.risk.costly.walk import OLDEST_S
from core.risk.matrix import RiskModel
from core.venues.messages import Instrument


class PlanSource:
    def __init__(
        self, book: Book, risk: RiskModel, modes: Mapping[str, AccountMode], strategies: tuple[str, ...],
        may_act: MayAct = anywhere,
    ) -> None:  # fmt: skip
        """`modes` by account; `strategies` as the book numbers them, the unattributed last."""
        self._book = book
        self._risk = risk
        self._accounts = tuple(modes)
        self._acts = np.array([mode is AccountMode.ACT for mode in modes.values()], dtype=np.bool_)
        self._may_act = may_act
        self._strategies = strategies
        self._instruments: dict[tuple[str, str], Instrument] = {}
        self._listed: _Listed | None = None

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """The lots and minimums that a plan has to respect."""
        self._instruments |= {(row.endpoint, row.symbol): row for row in instruments}
        self._listed = None

    def inputs(
        self, view: BookView, scope: Scope, betas: Floats | None, evaluation: Callable[[], Evaluate | None]
    ) -> PlanInputs:
        """`betas`: shape (coins,) or shorter, of underlyings to the benchmark, as far as they are known."""
        row = self._risk.limits.rows[scope]
        around = (scope, *wholes_of(view, scope))
        rows = self._risk.limits.rows
        return PlanInputs(
            positions=PositionRows(self._columns(view, betas)),
            trust=Trust(int(view.trust[row])),
            age_s=float(view.age_s[row]),
            base_currency=view.base_currency,
            scope=scope,
            limits=LimitRows.around(self._risk, view, around),
            equity=_Equity(view.equity, rows),
            parents=around[1:],
            evaluation=evaluation,
        )

    def _columns(self, view: BookView, betas: Floats | None) -> PlanColumns:
        rows, layout = view.rows, view.layout
        listed = self._list(view)
        at = np.flatnonzero(rows.quantity != 0.0)
        instrument, underlying = rows.instrument[at], rows.underlying[at]
        rate = np.append(view.detail.prices.rates, np.nan)[listed.quote[instrument]]
        beta = np.full(len(view.coins) + 1, np.nan)
        if betas is not None:
            beta[: min(len(betas), len(view.coins))] = betas[: len(view.coins)]
        sells = rows.venue_quantity[at] > 0.0
        book, books = self._books(view, instrument, sells, rows.is_coin[at], listed)
        set_aside = rows.set_aside[at]
        return PlanColumns(
            account=Names(self._accounts, rows.account[at]),
            venue=Names(tuple(one.name for one in layout.scopes[1 : layout.first_account]),
                        layout.account_venue[rows.account[at]]),
            strategy=Names(self._strategies, rows.strategy[at]),
            symbol=Names(listed.names, instrument),
            underlying=Names((*view.coins, ""), np.where(underlying < 0, len(view.coins), underlying)),
            settle=Names(listed.settles, listed.settle[instrument]),
            leg=rows.leg[at],
            slot=rows.slot[at],
            quantity=rows.quantity[at],
            notional=rows.notional[at],
            mark=rows.mark[at],
            venue_quantity=rows.venue_quantity[at],
            step=listed.step[instrument],
            least=listed.least[instrument],
            notional_min=listed.notional_min[instrument] * rate,
            initial=np.where(np.isnan(set_aside), rows.initial_margin[at], set_aside),
            maintenance=rows.maintenance_margin[at],
            fee=listed.fee[instrument],
            beta=beta[underlying],
            may_act=self._acting(rows.account[at]),
            isolated=~np.isnan(set_aside),
            is_coin=rows.is_coin[at],
            book=book,
            books=books,
        )  # fmt: skip

    def _acting(self, account: Ints) -> Bools:
        """Shape (rows,): whether mitigations may act there, and this engine is the one that does."""
        able = self._acts.copy()
        for number in np.unique(account[able[account]]).tolist():
            able[number] = not self._may_act(self._accounts[number])
        return able[account]

    def _books(
        self, view: BookView, instrument: Ints, sells: Bools, is_coin: Bools, listed: _Listed
    ) -> tuple[Ints, Books]:
        """Two books of each instrument held: the bids that longs are sold into, and the asks."""
        held = np.unique(instrument[~is_coin])
        depth = self._book.market.depth(held)
        sell_quantity, sell_cost, buy_quantity, buy_cost = depth.against_mid(listed.inverse[held])
        seen = view.now_s - depth.said_s <= OLDEST_S
        rate = np.append(view.detail.prices.rates, np.nan)[listed.quote[held]][:, None]
        quantity = np.stack((sell_quantity, buy_quantity), axis=1).reshape(2 * len(held), -1)
        cost = np.stack((sell_cost * rate, buy_cost * rate), axis=1).reshape(2 * len(held), -1)
        place = np.searchsorted(held, instrument) if len(held) else np.zeros(len(instrument), dtype=np.int64)
        place = np.minimum(place, max(0, len(held) - 1))
        good = np.zeros(len(held) + 1, dtype=np.bool_)
        good[: len(held)] = seen & np.isfinite(sell_quantity[:, 0]) & np.isfinite(rate[:, 0])
        known = ~is_coin & good[place]
        return np.where(known, 2 * place + ~sells, -1), Books(quantity, cost)

    def _list(self, view: BookView) -> _Listed:
        if self._listed is None or self._listed.count != len(view.symbols) or self._listed.coins != len(view.coins):
            self._listed = _listed(view, self._instruments)
        return self._listed


class _Equity(Mapping[Scope, float]):
    """Of every scope, looked up where it is needed."""

    def __init__(self, values: Floats, rows: Mapping[Scope, int]) -> None:
        self._values, self._rows = values, rows

    def __getitem__(self, scope: Scope) -> float:
        return float(self._values[self._rows[scope]])

    def __iter__(self) -> Iterator[Scope]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the venues say of the instruments; arrays of shape (instruments,), NaN unknown."""

    count: int
    coins: int
    names: tuple[str, ...]
    settles: tuple[str, ...]
    settle: Ints
    quote: Ints
    """Index into the book's coins, -1 unknown."""
    inverse: Bools
    step: Floats
    least: Floats
    notional_min: Floats
    """Quote coins."""
    fee: Floats


def _listed(view: BookView, instruments: Mapping[tuple[str, str], Instrument]) -> _Listed:
    """Once for every change of what is listed."""
    coins = {name: number for number, name in enumerate(view.coins)}
    known = [instruments.get(key) for key in view.symbols]
    words = [_settle_and_quote(symbol, row) for (_, symbol), row in zip(view.symbols, known, strict=True)]
    settle = Names.of(settle for settle, _ in words)

    def column(name: str) -> Floats:
        told = [None if row is None else getattr(row, name) for row in known]
        return np.array([math.nan if value is None else value for value in told], dtype=np.float64)

    return _Listed(
        count=len(view.symbols),
        coins=len(view.coins),
        names=tuple(f"{endpoint}{SEPARATOR}{symbol}" for endpoint, symbol in view.symbols),
        settles=settle.words,
        settle=settle.code,
        quote=np.array([coins.get(quote, -1) for _, quote in words], dtype=np.int64),
        inverse=np.array([row is not None and row.inverse for row in known], dtype=np.bool_),
        step=column("quantity_step"),
        least=column("quantity_min"),
        notional_min=column("notional_min"),
        fee=column("taker_fee"),
    )


def _settle_and_quote(symbol: str, instrument: Instrument | None) -> tuple[str, str]:
    """A coin in a wallet settles in itself. What its venue has not listed yet is told by its symbol."""
    if instrument is not None:
        return instrument.settle, instrument.quote
    pair, _, settle = symbol.partition(":")
    base, slash, quote = pair.partition("/")
    return (settle.partition("-")[0] or quote, quote) if slash else (base, base)


def of_scope(scope: Scope, view: BookView) -> Bools:
    """Which rows of the book are the scope's."""
    rows, layout = view.rows, view.layout
    number = layout.scopes.index(scope)
    match scope.kind:
        case ScopeKind.PORTFOLIO:
            return np.ones(len(rows.account), np.bool_)
        case ScopeKind.VENUE:
            return np.asarray(layout.account_venue[rows.account] == number - 1)
        case ScopeKind.ACCOUNT:
            return np.asarray(rows.account == number - layout.first_account)
        case ScopeKind.STRATEGY:
            return np.asarray(rows.strategy == number - layout.first_strategy)
        case ScopeKind.SYMBOL:
            raise ValueError(f"{scope} is a scope of stops only: nothing is measured by it")


def wholes_of(view: BookView, scope: Scope) -> tuple[Scope, ...]:
    """What a scope is part of, the next first."""
    layout = view.layout
    match scope.kind:
        case ScopeKind.PORTFOLIO:
            return ()
        case ScopeKind.ACCOUNT:
            number = layout.scopes.index(scope) - layout.first_account
            return (layout.scopes[1 + int(layout.account_venue[number])], PORTFOLIO)
        case ScopeKind.VENUE | ScopeKind.STRATEGY:
            return (PORTFOLIO,)
        case ScopeKind.SYMBOL:
            raise ValueError(f"{scope} is a scope of stops only: nothing is measured by it")

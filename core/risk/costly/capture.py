"""What the costly columns are computed from, copied in one cycle so that all of it is of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.book.book import Book
from core.book.columns import Bools, Floats, Ints
from core.book.depth import Depth
from core.book.detail import Held
from core.book.layout import Layout
from core.book.view import BookView
from core.book.worth import Prices
from core.risk.costly.inputs import Returns
from core.risk.settings import RiskSettings


class ScopeReturns(Protocol):
    def build(self) -> Returns: ...


@dataclass(frozen=True, slots=True)
class Capture:
    """Everything of one moment, copied; nothing else may change it."""

    layout: Layout
    at_s: float
    settings: RiskSettings
    held: Held
    prices: Prices
    coins: tuple[str, ...]
    stablecoins: Bools
    symbols: tuple[tuple[str, str], ...]
    equity: Floats
    gross: Floats
    initial_margin: Floats
    """Shape (accounts,)."""
    maintenance_margin: Floats
    volume_day: Floats
    """Shape (instruments,): base units, of the market that each is traded in."""
    with_books: Ints
    """The instruments that `books` tells of."""
    books: Depth
    books_age_s: Floats
    coin_returns: Returns
    scope_returns: ScopeReturns


def capture_of(
    book: Book, view: BookView, settings: RiskSettings, coin_returns: Returns, scope_returns: ScopeReturns
) -> Capture:
    """In the cycle of `view`. Memory is copied and nothing is computed: this is the only part that a cycle pays for."""
    held, layout, market = book.copy_held(), view.layout, book.market
    rows = np.unique(held.slots.instrument[held.slots.live()])
    # What is held of a coin is sold in the market that prices it.
    traded_as = book.traded_as()
    traded = traded_as[rows]
    books = market.depth(np.where(traded >= 0, traded, 0))
    accounts = slice(layout.first_account, layout.first_strategy)
    return Capture(
        layout=layout,
        at_s=view.at_s,
        settings=settings,
        held=held,
        prices=view.detail.prices,
        coins=view.coins,
        stablecoins=book.money(),
        symbols=view.symbols,
        equity=view.equity,
        gross=view.totals.gross,
        initial_margin=view.totals.initial_margin[accounts],
        maintenance_margin=view.totals.maintenance_margin[accounts],
        volume_day=np.append(market.figures.volume, np.nan)[traded_as],
        with_books=rows,
        books=books,
        books_age_s=np.where(traded >= 0, view.now_s - books.said_s, np.inf),
        coin_returns=coin_returns,
        scope_returns=scope_returns,
    )

"""The positions that a plan is made from as arrays: one row per strategy's part of a venue's position."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from core.domain import Leg
from core.mitigation.plan import PlanPosition, VisibleBook

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEGS = tuple(Leg)


@dataclass(frozen=True, slots=True)
class Names:
    """A column of words: the words, and which of them each row has."""

    words: tuple[str, ...]
    code: Ints

    @classmethod
    def of(cls, column: Iterable[str]) -> Names:
        numbers: dict[str, int] = {}
        code = [numbers.setdefault(word, len(numbers)) for word in column]
        return cls(tuple(numbers), np.array(code, dtype=np.int64))

    def at(self, row: int) -> str:
        return self.words[int(self.code[row])]

    def find(self, word: str) -> Bools:
        """Which rows have this word; none where nobody knows it."""
        if word not in self.words:
            return np.zeros(len(self.code), dtype=np.bool_)
        return np.asarray(self.code == self.words.index(word))


@dataclass(frozen=True, slots=True)
class Books:
    """The sides of order books that positions are closed into, cumulated; NaN beyond what is seen."""

    quantity: Floats
    """Shape (books, levels): units of the positions' quantity."""
    cost: Floats
    """Base currency lost against the mid price."""


@dataclass(frozen=True, slots=True)
class PlanColumns:
    """Arrays of shape (rows,); see `PlanPosition` for what they mean. NaN is unknown, or none."""

    account: Names
    venue: Names
    strategy: Names
    symbol: Names
    """Of one set of markets: the same symbol elsewhere is another word."""
    underlying: Names
    settle: Names
    leg: Ints
    slot: Ints
    """Numbers the venues' positions: rows of strategies that share one have the same."""
    quantity: Floats
    notional: Floats
    mark: Floats
    venue_quantity: Floats
    step: Floats
    least: Floats
    notional_min: Floats
    initial: Floats
    maintenance: Floats
    fee: Floats
    beta: Floats
    may_act: Bools
    isolated: Bools
    is_coin: Bools
    book: Ints
    """The side of the book that it is closed into, which accounts share; -1 where no book is known."""
    books: Books

    def __len__(self) -> int:
        return len(self.quantity)

    def symbol_at(self, row: int) -> str:
        """As its venue writes it."""
        return self.symbol.at(row).partition(SEPARATOR)[2]


SEPARATOR = "\n"
"""Between the set of markets and the symbol in `PlanColumns.symbol`."""


class PositionRows(Sequence[PlanPosition]):
    """Columns seen as positions, made when somebody looks at one: there may be 100,000."""

    def __init__(self, columns: PlanColumns) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, index: int) -> PlanPosition: ...
    @overload
    def __getitem__(self, index: slice) -> list[PlanPosition]: ...
    def __getitem__(self, index: int | slice) -> PlanPosition | list[PlanPosition]:
        if isinstance(index, slice):
            return [self._row(number) for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._row(index % len(self))

    def _row(self, row: int) -> PlanPosition:
        c = self.columns
        number = int(c.book[row])
        return PlanPosition(
            account=c.account.at(row),
            symbol=c.symbol_at(row),
            strategy=c.strategy.at(row),
            quantity=float(c.quantity[row]),
            notional=float(c.notional[row]),
            mark=float(c.mark[row]),
            quantity_step=_or_none(c.step[row]),
            quantity_min=_or_none(c.least[row]),
            may_act=bool(c.may_act[row]),
            venue_quantity=float(c.venue_quantity[row]),
            leg=LEGS[int(c.leg[row])],
            venue=c.venue.at(row),
            underlying=c.underlying.at(row),
            settle=c.settle.at(row),
            initial_margin=float(c.initial[row]),
            maintenance_margin=float(c.maintenance[row]),
            isolated=bool(c.isolated[row]),
            notional_min=_or_none(c.notional_min[row]),
            fee=float(c.fee[row]),
            beta=float(c.beta[row]),
            book=None if number < 0 else _book(c.books, number),
            is_coin=bool(c.is_coin[row]),
        )


def add_up(place: Ints, amount: Floats | Bools, count: int) -> Floats:
    """Shape (count,): the amounts of each place added up."""
    return np.bincount(place, weights=amount, minlength=count).astype(np.float64)


def columns_of(positions: Sequence[PlanPosition]) -> PlanColumns:
    if isinstance(positions, PositionRows):
        return positions.columns
    rows = [row for row in positions if row.quantity != 0.0]

    def floats(name: str) -> Floats:
        return np.array([_number(getattr(row, name)) for row in rows], dtype=np.float64)

    def bools(name: str) -> Bools:
        return np.array([getattr(row, name) for row in rows], dtype=np.bool_)

    symbol = Names.of(f"{row.venue}{SEPARATOR}{row.symbol}" for row in rows)
    slot = Names.of(f"{row.account}\n{row.symbol}\n{row.leg}" for row in rows)
    book, books = _books(rows, symbol.code)
    return PlanColumns(
        account=Names.of(row.account for row in rows),
        venue=Names.of(row.venue for row in rows),
        strategy=Names.of(row.strategy for row in rows),
        symbol=symbol,
        underlying=Names.of(row.underlying or row.symbol.partition("/")[0] for row in rows),
        settle=Names.of(row.settle for row in rows),
        leg=np.array([LEGS.index(row.leg) for row in rows], dtype=np.int64),
        slot=slot.code,
        quantity=floats("quantity"),
        notional=floats("notional"),
        mark=floats("mark"),
        venue_quantity=floats("venue_quantity"),
        step=floats("quantity_step"),
        least=floats("quantity_min"),
        notional_min=floats("notional_min"),
        initial=floats("initial_margin"),
        maintenance=floats("maintenance_margin"),
        fee=floats("fee"),
        beta=floats("beta"),
        may_act=bools("may_act"),
        isolated=bools("isolated"),
        is_coin=bools("is_coin"),
        book=book,
        books=books,
    )


def _books(rows: Sequence[PlanPosition], symbol: Ints) -> tuple[Ints, Books]:
    """Positions of one symbol that are closed on the same side share a book; the side is the venue's."""
    numbers: dict[tuple[int, bool], int] = {}
    told: list[VisibleBook] = []
    book = np.full(len(rows), -1, dtype=np.int64)
    for index, row in enumerate(rows):
        if row.book is None or not row.book.quantity:
            continue
        key = (int(symbol[index]), row.venue_quantity > 0.0)
        if key not in numbers:
            numbers[key] = len(told)
            told.append(row.book)
        book[index] = numbers[key]
    levels = max((len(side.quantity) for side in told), default=0)
    quantity, cost = np.full((len(told), levels), np.nan), np.full((len(told), levels), np.nan)
    for number, side in enumerate(told):
        quantity[number, : len(side.quantity)], cost[number, : len(side.cost)] = side.quantity, side.cost
    return book, Books(quantity, cost)


def _book(books: Books, number: int) -> VisibleBook:
    seen = np.isfinite(books.quantity[number]) & np.isfinite(books.cost[number])
    return VisibleBook(tuple(books.quantity[number][seen].tolist()), tuple(books.cost[number][seen].tolist()))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _or_none(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)

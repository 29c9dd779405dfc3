"""Everything that a plan is tried out on, of one moment: taken on the loop, where it costs no more than copying."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.planned import BookCopy, Parts
from core.book.view import BookView
from core.domain import ScopeKind, Side
from core.mitigation.model import Reduction
from core.risk.costly.run import CostlyColumns, CostlyModel
from core.risk.frame import Series
from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.judging import Judged
from core.risk.model import Floats, Ints


@dataclass(frozen=True, slots=True)
class Ground:
    view: BookView
    book: BookCopy
    series: Series
    limits: CompiledLimits
    """In force at that moment."""
    judged: Judged
    """How the figures stood to them then."""
    costly: CostlyColumns | None
    """The newest ones; None where they are too old to say anything, and before the first."""
    costly_age_s: float
    model: CostlyModel

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Accounts and strategies, as the book numbers them."""
        scopes = self.view.layout.scopes
        return (
            tuple(scope.name for scope in scopes if scope.kind is ScopeKind.ACCOUNT),
            tuple(scope.name for scope in scopes if scope.kind is ScopeKind.STRATEGY),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Reductions as parts of what is held; arrays of shape (parts,). What is no longer held is left out."""

    parts: Parts
    account: Ints
    instrument: Ints
    strategy: Ints
    notional: Floats
    """Base currency, unsigned; NaN unknown."""
    whose: Ints
    """The number of the reduction that each is of."""

    def scopes(self, view: BookView) -> Ints:
        """Rows of the matrix, sorted: every scope that has a part in it, and its parents; the portfolio always."""
        layout = view.layout
        accounts = np.unique(self.account)
        touched = (
            np.zeros(1, dtype=np.int64),
            1 + np.unique(layout.account_venue[accounts]),
            layout.first_account + accounts,
            layout.first_strategy + np.unique(self.strategy),
        )
        return np.concatenate(touched)


class Finder:
    """Knows where the positions of a copy are; what it has looked up once is kept."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        accounts, strategies = ground.names
        self._accounts = {name: number for number, name in enumerate(accounts)}
        self._strategies = {name: number for number, name in enumerate(strategies)}
        self._slots: dict[tuple[int, str, bool], int] = {}
        self._rows: dict[tuple[int, int], int] = {}
        self._known: set[int] = set()

    def find(self, reductions: tuple[Reduction, ...]) -> Found:
        """Never more than is held: neither of the venue's position nor of the strategy's part in it."""
        self._look_up({self._accounts[row.account] for row in reductions if row.account in self._accounts})
        view, book = self._ground.view, self._ground.book
        left: dict[int, float] = {}
        parts: list[tuple[int, int, float, int, int]] = []
        for number, reduction in enumerate(reductions):
            long = reduction.side is Side.SELL
            slot = self._slots.get((self._accounts.get(reduction.account, -1), reduction.symbol, long), -1)
            if slot < 0:
                continue
            room = left.setdefault(slot, abs(float(book.held.slots.quantity[slot])))
            taken = min(reduction.quantity, room)
            if not taken > 0.0:
                continue
            left[slot] = room - taken
            strategy = self._strategies.get(reduction.strategy, len(self._strategies) - 1)
            row = self._rows.get((slot, strategy), -1)
            # A part that is smaller than what is taken, or against it, cannot give it: what is lacking is nobody's.
            held = float(book.held.rows.quantity[row]) if row >= 0 else 0.0
            own = min(taken, abs(held)) if (held > 0.0) == long else 0.0
            sign = 1.0 if long else -1.0
            if own > 0.0:
                parts.append((slot, row, sign * own, strategy, number))
            if taken - own > 0.0:
                parts.append((slot, -1, sign * (taken - own), strategy, number))
        slot_of, row_of, strategy_of, whose = (
            np.array([part[place] for part in parts], dtype=np.int64) for place in (0, 1, 3, 4)
        )
        quantity = np.array([part[2] for part in parts], dtype=np.float64)
        slots = book.held.slots
        instrument = slots.instrument[slot_of]
        return Found(
            Parts(slot_of, row_of, quantity),
            slots.account[slot_of],
            instrument,
            strategy_of,
            np.abs(quantity * view.detail.prices.worth[instrument]),
            whose,
        )

    def _look_up(self, accounts: set[int]) -> None:
        new = np.array(sorted(accounts - self._known), dtype=np.int64)
        if not len(new):
            return
        self._known |= accounts
        held, symbols = self._ground.book.held, self._ground.view.symbols
        slots, rows = held.slots, held.rows
        wanted = slots.alive & (slots.quantity != 0.0) & ~held.table.coin[slots.instrument]
        at = np.flatnonzero(wanted & np.isin(slots.account, new))
        for slot in at.tolist():
            key = (int(slots.account[slot]), symbols[int(slots.instrument[slot])][1], bool(slots.quantity[slot] > 0.0))
            self._slots[key] = slot
        for row in np.flatnonzero(rows.alive & np.isin(rows.slot, at)).tolist():
            self._rows[int(rows.slot[row]), int(rows.strategy[row])] = row

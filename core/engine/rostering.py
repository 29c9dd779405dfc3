"""Keeps the roster of scopes: venues and groups are the configuration's, who holds what is looked up in the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.book.layout import Layout
from core.book.view import BookView
from core.domain import Scope, ScopeKind
from core.risk.model import Bools, Ints
from core.risk.roster import Roster

ROWS_AT_ONCE = 200_000
"""Of the book, looked at in one cycle: two milliseconds."""


class RosterKeeper:
    def __init__(self, groups: Mapping[str, Sequence[str]], rows_at_once: int = ROWS_AT_ONCE) -> None:
        """`groups`: names of accounts by group."""
        self._groups = groups
        self._at_once = rows_at_once
        self._layout: Layout | None = None
        self._next = 0
        self._seen: Bools = np.zeros(0, dtype=np.bool_)
        """By account and strategy, whether this round has met a row of the two."""
        self._roster: Roster | None = None

    def step(self, view: BookView) -> Roster:
        """Look at the next rows of the book; the same roster as before until a round has found another one."""
        layout = view.layout
        if layout is not self._layout or self._roster is None:
            self._layout, self._next = layout, 0
            self._seen = np.zeros(layout.accounts * layout.strategies, dtype=np.bool_)
            self._roster = self._written(layout)
        accounts, strategies, more = view.detail.holders(self._next, self._at_once)
        self._seen[accounts * layout.strategies + strategies] = True
        self._next = self._next + self._at_once if more else 0
        if not more:
            self._close_round(layout, self._roster)
        return self._roster

    def _close_round(self, layout: Layout, known: Roster) -> None:
        found = np.flatnonzero(self._seen)
        self._seen[found] = False
        holder = _frozen(layout.first_account + found // layout.strategies)
        held = _frozen(layout.first_strategy + found % layout.strategies)
        if not (np.array_equal(holder, known.holder) and np.array_equal(held, known.held)):
            self._roster = Roster(known.venue, known.groups, holder, held)

    def _written(self, layout: Layout) -> Roster:
        """What needs no look at the book."""
        venue = np.full(len(layout.scopes), -1, dtype=np.int64)
        venue[layout.first_account : layout.first_strategy] = 1 + layout.account_venue
        rows = {scope: row for row, scope in enumerate(layout.scopes)} if self._groups else {}
        groups = {
            name: _frozen(np.array([rows[Scope(ScopeKind.ACCOUNT, member)] for member in members], dtype=np.int64))
            for name, members in self._groups.items()
        }
        none = _frozen(np.empty(0, dtype=np.int64))
        return Roster(_frozen(venue), groups, none, none)


def _frozen(rows: Ints) -> Ints:
    rows.flags.writeable = False
    return rows

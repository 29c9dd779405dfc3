"""The rows that the scope table may show, flat and as a tree, as arrays: nothing of Qt, and no object per row.

A tree view asks its model for every row that stands open, one by one: a second and more at 100,000 accounts. Here a
tree is an order of rows and a depth for each, made by a few passes over arrays, and shown by the table that shows the
flat one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.domain import Scope, ScopeKind
from core.risk.roster import NO_ROSTER, Roster

Bools = npt.NDArray[np.bool_]
Order = npt.NDArray[np.intp]
DEPTHS = {ScopeKind.PORTFOLIO: 0, ScopeKind.VENUE: 1, ScopeKind.STRATEGY: 1, ScopeKind.ACCOUNT: 2}
ACCOUNT = DEPTHS[ScopeKind.ACCOUNT]
PART = ACCOUNT + 1
"""Depth of a strategy under an account; no node lies deeper."""
FEW = 50
"""Accounts up to which the venues stand open at first."""


def kinds_of(scopes: tuple[Scope, ...]) -> npt.NDArray[np.int8]:
    """Depths by scope; of strategies -1, so that they can be told from venues."""
    depths = {**DEPTHS, ScopeKind.STRATEGY: -1}
    return np.fromiter((depths[scope.kind] for scope in scopes), np.int8, len(scopes))


class ScopeNodes:
    """A node per scope, in the matrix's order, and behind them one per strategy that holds something in an account."""

    def __init__(self, scopes: tuple[Scope, ...] = (), roster: Roster = NO_ROSTER) -> None:
        count = len(scopes)
        self.scopes = scopes
        self.rows = count
        """How many of the nodes are scopes of their own."""
        self.given = roster
        """As it was handed over; `roster` is empty where that does not fit."""
        self.roster = roster if len(roster.venue) == count else NO_ROSTER
        self.row: Order = np.concatenate([np.arange(count), self.roster.held]).astype(np.intp)
        """The matrix's row of a node."""
        self._kinds = kinds = kinds_of(scopes)
        self.by_kind: Order = np.argsort(np.where(kinds < 0, PART, kinds), kind="stable")
        """Scopes as they stand while nobody sorts them: portfolio, venues, accounts, strategies."""
        whole = next(iter(np.flatnonzero(kinds == 0).tolist()), -1)
        parent = np.where(kinds == 0, -1, whole)
        if len(self.roster.venue):
            at_venue = self.roster.venue >= 0
            parent[at_venue] = self.roster.venue[at_venue]
        self.parent: Order = np.concatenate([parent, self.roster.holder]).astype(np.intp)
        depth = np.abs(kinds)
        # An account of which nobody says at which venue it is stands under the portfolio, beside the venues.
        depth[(depth == ACCOUNT) & (parent == whole)] = DEPTHS[ScopeKind.VENUE]
        self.depth = np.concatenate([depth, depth[self.roster.holder] + 1]).astype(np.int8)
        self.inside: Order = np.bincount(self.parent[self.parent >= 0], minlength=len(self.row)).astype(np.intp)
        """How many nodes stand directly under each."""

    def __len__(self) -> int:
        return len(self.row)

    def opened_first(self) -> Bools:
        """What stands open before anybody has opened anything."""
        opened = np.zeros(len(self), dtype=np.bool_)
        few = int((self._kinds == ACCOUNT).sum()) <= FEW
        opened[: self.rows] = (self._kinds == 0) | (few & (self._kinds == DEPTHS[ScopeKind.VENUE]))
        return opened

    def since(self, old: ScopeNodes) -> Order:
        """By node of `old` the node that it is now; -1 where it is gone."""
        if not old.rows or self.scopes is old.scopes or self.scopes == old.scopes:
            rows = np.arange(old.rows, dtype=np.intp)
        else:
            where = {scope: row for row, scope in enumerate(self.scopes)}
            rows = np.fromiter((where.get(scope, -1) for scope in old.scopes), np.intp, old.rows)
        return np.concatenate([rows, self._parts_since(old, rows)])

    def _parts_since(self, old: ScopeNodes, rows: Order) -> Order:
        holder, held = rows[old.parent[old.rows :]], rows[old.row[old.rows :]]
        codes = self.parent[self.rows :] * max(1, self.rows) + self.row[self.rows :]
        wanted = holder * max(1, self.rows) + held
        places = np.minimum(np.searchsorted(codes, wanted), max(0, len(codes) - 1))
        if not len(codes):
            return np.full(len(wanted), -1, dtype=np.intp)
        known = (codes[places] == wanted) & (holder >= 0) & (held >= 0)
        return np.where(known, self.rows + places, -1).astype(np.intp)

    # What is in sight

    def with_forebears(self, matches: Bools) -> tuple[Bools, Bools]:
        """Of a filter's answer by scope: nodes that are in it or have one under them, and those that have. Strategies
        go with the account that they are under."""
        keeps = np.concatenate([matches, matches[self.parent[self.rows :]]])
        above = np.zeros(len(self), dtype=np.bool_)
        for depth in range(PART - 1, 0, -1):
            nodes = np.flatnonzero(keeps[: self.rows] & (self.depth[: self.rows] == depth))
            parents = self.parent[nodes]
            parents = parents[parents >= 0]
            above[parents] = True
            keeps[parents] = True
        return keeps, above

    def in_sight(self, opened: Bools, keeps: Bools | None = None) -> Bools:
        """Nodes all of whose forebears stand open."""
        shown = self.parent < 0
        for depth in range(1, PART + 1):
            nodes = np.flatnonzero(self.depth == depth)
            parents = self.parent[nodes]
            shown[nodes] |= shown[parents] & opened[parents] & (parents >= 0)
        return shown if keeps is None else shown & keeps

    def forebears(self, node: int) -> list[int]:
        """The nearest first."""
        found = []
        while (node := int(self.parent[node])) >= 0:
            found.append(node)
        return found

    # In which order

    def under_parents(self, order: Order, shown: Bools) -> Order:
        """The shown nodes, everybody's own behind it; those of one parent as their scopes stand in `order`."""
        size = shown.astype(np.intp)
        levels = self._levels(order, shown)
        for nodes in reversed(levels[1:]):
            parents = self.parent[nodes]
            np.add.at(size, parents[parents >= 0], size[nodes[parents >= 0]])
        start = np.zeros(len(self) + 1, dtype=np.intp)
        # Behind the last: whoever has no parent stands under this.
        start[-1] = -1
        out = np.empty(int(shown.sum()), dtype=np.intp)
        for nodes in levels:
            self._place(nodes, size, start)
            out[start[nodes]] = nodes
        return out

    def _levels(self, order: Order, shown: Bools) -> list[Order]:
        place = np.empty(self.rows, dtype=np.intp)
        place[order] = np.arange(len(order), dtype=np.intp)
        depth = np.where(shown[: self.rows], self.depth[: self.rows], -1)[order]
        levels = [order[depth == level] for level in range(PART)]
        parts = self.rows + np.flatnonzero(shown[self.rows :])
        return [*levels, parts[_stable(place[self.row[parts]])]]

    def _place(self, nodes: Order, size: Order, start: Order) -> None:
        """Say where each of one level stands: behind its parent, and behind its elder siblings with all of theirs."""
        if not len(nodes):
            return
        under = start[self.parent[nodes]]
        by_parent = _stable(under)
        under, mine = under[by_parent], size[nodes[by_parent]]
        elder = np.cumsum(mine) - mine
        first = np.concatenate([[True], under[1:] != under[:-1]])
        start[nodes[by_parent]] = under + 1 + elder - np.maximum.accumulate(np.where(first, elder, 0))


def _stable(places: Order) -> Order:
    """Those that are alike stay in their order. No two keys are the same: so they can be sorted the fast way."""
    return np.argsort(places * len(places) + np.arange(len(places)))


class Folds:
    """Which nodes stand open, and how a filter opens others for as long as it is set."""

    def __init__(self, nodes: ScopeNodes) -> None:
        self.opened = nodes.opened_first()
        self.shut: Bools = np.zeros(len(nodes), dtype=np.bool_)
        """Shut by a person while the filter that opened them is set."""

    def follow(self, moved: Order, nodes: ScopeNodes) -> None:
        """The nodes have other numbers now (`ScopeNodes.since`)."""
        stays = moved >= 0
        # What came only now is shut, unless there was nothing at all before.
        opened = np.zeros(len(nodes), dtype=np.bool_) if stays.any() else nodes.opened_first()
        shut = np.zeros(len(nodes), dtype=np.bool_)
        opened[moved[stays]], shut[moved[stays]] = self.opened[stays], self.shut[stays]
        self.opened, self.shut = opened, shut

    def now(self, above: Bools | None = None) -> Bools:
        """`above`: nodes that have something under them which a filter lets through."""
        return self.opened if above is None else (self.opened | above) & ~self.shut

    def turn(self, node: int, above: Bools | None, *, opened: bool) -> None:
        if above is None:
            self.opened[node] = opened
        elif opened:
            self.shut[node] = False
            self.opened[node] |= not above[node]
        else:
            self.shut[node] = True

    def turn_all(self, nodes: ScopeNodes, *, opened: bool) -> None:
        self.opened = np.ones(len(nodes), dtype=np.bool_) if opened else nodes.depth == 0
        self.shut[:] = False

    def forget_filter(self) -> None:
        self.shut[:] = False

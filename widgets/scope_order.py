"""Which nodes the scope table shows, and in which order: flat or as a tree, filtered, sorted, and each with a key."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, Qt

from core.domain import Scope
from core.snapshot import Floats, RiskMatrix, Snapshot
from widgets.columns import Column, ColumnModel, Index, Order
from widgets.scope_nodes import Bools, Folds, ScopeNodes
from widgets.scope_sieve import Sieve


class ScopeOrder(ColumnModel):
    """A subclass says what the cells of a node show, and what rows are sorted by."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(columns, parent)
        self._snapshot: Snapshot | None = None
        self.sieve = Sieve()
        self.is_held = False
        """Rows come and go only with their scopes, and where somebody asks for it."""
        self._is_tree = False
        self._nodes = ScopeNodes()
        self._folds = Folds(self._nodes)
        self._above: Bools | None = None
        """Nodes with something under them that the filter lets through; None without a filter."""
        self._order: Order = np.empty(0, dtype=np.intp)
        """Of the matrix's rows, as they were sorted last."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self._nodes.scopes

    @property
    def snapshot(self) -> Snapshot | None:
        return self._snapshot

    @property
    def _matrix(self) -> RiskMatrix:
        assert self._snapshot is not None, "no snapshot was shown yet"
        return self._snapshot.matrix

    def _follow(self, scopes: tuple[Scope, ...], snapshot: Snapshot, *, anew: bool) -> None:
        """Show another snapshot; rows that are known keep their order unless they are to be sorted anew."""
        self.sieve.show(snapshot)
        known = self._nodes
        others = scopes is not known.scopes and scopes != known.scopes
        if others or snapshot.roster is not known.given:
            self._renumber(ScopeNodes(scopes if others else known.scopes, snapshot.roster))
        if others or anew:
            self._order = self._ordered()
        moved = self._is_tree and self._nodes is not known
        if others or anew or moved or (self.sieve.is_live and not self.is_held):
            self._arrange()

    def _renumber(self, nodes: ScopeNodes) -> None:
        """Other scopes, or others that belong to them: whoever is still there keeps its place."""
        moved = nodes.since(self._nodes)
        self._shown = moved[self._shown]
        self._folds.follow(moved, nodes)
        self._nodes, self._height = nodes, len(nodes)

    # Order, filter, tree

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._order = self._ordered()
        self._arrange()

    def set_filter(self, text: str) -> None:
        """In the language of `core.filtering`; what is wrong with it is `sieve.error`."""
        if self.sieve.look_for(text):
            self._folds.forget_filter()
            self._arrange()

    @property
    def is_tree(self) -> bool:
        return self._is_tree

    def set_tree(self, is_tree: bool) -> None:
        if is_tree != self._is_tree:
            self._is_tree = is_tree
            self._arrange()

    def _wanted(self) -> Order:
        mask = self.sieve.mask if self._snapshot is not None else None
        if not self._is_tree:
            return self._order if mask is None else self._order[mask[self._order]]
        keeps, self._above = (None, None) if mask is None else self._nodes.with_forebears(mask)
        shown = self._nodes.in_sight(self._folds.now(self._above), keeps)
        return self._nodes.under_parents(self._order, shown)

    @property
    def matching(self) -> int:
        """Scopes that the filter lets through, those under shut nodes included."""
        mask = self.sieve.mask if self._snapshot is not None else None
        return len(self.scopes) if mask is None else int(mask.sum())

    def is_open(self, node: int) -> bool | None:
        """None of a node with nothing under it, and of all while there is no tree."""
        if not self._is_tree or not self._nodes.inside[node]:
            return None
        return bool(self._folds.now(self._above)[node])

    def depth(self, node: int) -> int:
        return int(self._nodes.depth[node]) if self._is_tree else 0

    def turn(self, node: int, *, opened: bool) -> bool:
        """Open a node of the tree, or shut it. Returns whether it was the other way."""
        if self.is_open(node) in (None, opened):
            return False
        self._folds.turn(node, self._above, opened=opened)
        self._arrange()
        return True

    def turn_all(self, *, opened: bool) -> None:
        """Open every node, or shut all but the first level."""
        if self._is_tree:
            self._folds.turn_all(self._nodes, opened=opened)
            self._arrange()

    def parent_of(self, node: int) -> int:
        """The node above; -1 for none."""
        return int(self._nodes.parent[node]) if self._is_tree else -1

    def place_of(self, node: int) -> int:
        """The shown row of a node; -1 while it is out of sight."""
        found = np.flatnonzero(self._shown == node).tolist()
        return found[0] if found else -1

    def reveal(self, scope: Scope) -> None:
        """Open everything above it."""
        node = -1 if self._snapshot is None else self._matrix.rows.get(scope, -1)
        if node >= 0 and self._is_tree:
            for above in self._nodes.forebears(node):
                self._folds.turn(above, self._above, opened=True)
            self._arrange()

    # Identity

    def key(self, index: Index) -> Hashable | None:
        """A scope; of a strategy under an account the two scopes."""
        return self._key_of(self.source(index.row())) if index.isValid() else None

    def _key_of(self, node: int) -> Hashable:
        if node < self._nodes.rows:
            return self.scopes[node]
        return self.scopes[self._nodes.parent[node]], self.scopes[self._nodes.row[node]]

    def index_of(self, key: Hashable) -> QModelIndex:
        if self._snapshot is None:
            return QModelIndex()
        rows = self._matrix.rows
        if isinstance(key, tuple):
            place = next((at for at, node in enumerate(self._shown.tolist()) if self._key_of(node) == key), -1)
        else:
            place = self.place_of(rows.get(key, -2)) if isinstance(key, Scope) else -1
        return self.index(place, 0) if place >= 0 else QModelIndex()

    @property
    def shown(self) -> Order:
        """The nodes in sight, in their order; not to be changed."""
        return self._shown

    def rows_of(self, nodes: Order) -> Order:
        """The matrix's rows that they show."""
        return self._nodes.row[nodes]

    def depths_of(self, nodes: Order) -> Floats:
        return self._nodes.depth[nodes].astype(np.float64)

    def row_of(self, node: int) -> int:
        """The matrix's row that a node shows."""
        return node if node < self._nodes.rows else int(self._nodes.row[node])

    def scope(self, node: int) -> Scope:
        return self.scopes[self.row_of(node)]

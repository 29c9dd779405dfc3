"""Filters of every shape, and a small book that they are asked of."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import strategies as st

from core.domain import ScopeKind
from core.filtering.amounts import UNITS, Amount
from core.filtering.fields import Field, FieldKind, Vocabulary
from core.filtering.tree import ORDERING, Compare, Either, Every, Node, Not, Op, Part, Says, Unknown
from core.risk.roster import Roster
from core.snapshot import Snapshot
from tests.widgets.metrics import METRICS
from tests.widgets.snapshots import build, matrix

VOCABULARY = Vocabulary(METRICS)
_NUMBERS = st.one_of(
    st.integers(-5_000, 5_000).map(float), st.floats(-1e9, 1e9), st.sampled_from([0.05, 0.1, 3.0, 0.0, 1e-9, 2.5e14])
)
_NAMES = st.one_of(
    st.sampled_from(["okx", "okx-sub-0002", "bin", "BASIS", "sub", "majors", "*-sub-*", "okx*", "*02", "b?n*", "?kx"]),
    st.text(min_size=1, max_size=6).filter(lambda word: "\x00" not in word),
)  # fmt: skip


def _terms(field: Field) -> st.SearchStrategy[Node]:
    unknown: st.SearchStrategy[Node] = st.just(Unknown(field.name))
    ordered, alike = [Op.EQUAL, Op.OTHER, *ORDERING], [Op.EQUAL, Op.OTHER, Op.HAS, Op.LACKS]
    if field.kind is FieldKind.FIGURE:
        amounts = st.builds(Amount, _NUMBERS, st.sampled_from(sorted(UNITS[field.unit])))
        return st.one_of(st.builds(Compare, st.just(field.name), st.sampled_from(sorted(ordered)), amounts), unknown)
    if field.kind is FieldKind.TEXT:
        return st.one_of(st.builds(Says, st.just(field.name), st.sampled_from(alike), _NAMES), unknown)
    words = st.builds(Says, st.just(field.name), st.sampled_from(alike), st.sampled_from(field.words))
    if not field.ranked:
        return st.one_of(words, unknown)
    ranked = st.sampled_from(field.words[: field.ranked])
    return st.one_of(words, st.builds(Says, st.just(field.name), st.sampled_from(sorted(ORDERING)), ranked), unknown)


TERMS: st.SearchStrategy[Node] = st.one_of(
    st.sampled_from(VOCABULARY.fields).flatmap(_terms),
    st.builds(Part, st.sampled_from(["okx", "Account b", "02", "∅"])),
)
_MEMBERS = {"min_size": 2, "max_size": 3}
NODES: st.SearchStrategy[Node] = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Every, st.lists(inner, **_MEMBERS).map(tuple)),
        st.builds(Either, st.lists(inner, **_MEMBERS).map(tuple)),
    ),
    max_leaves=8,
)


def small_book(accounts: int = 14, seed: int = 3) -> Snapshot:
    """With unknowns in plenty, accounts that were never read, groups, and strategies in some of the accounts."""
    snapshot = dataclasses.replace(build(accounts, 0, seed), matrix=matrix(accounts, seed, unknown=0.05))
    return dataclasses.replace(snapshot, roster=roster_of(snapshot))


def roster_of(snapshot: Snapshot) -> Roster:
    rows = snapshot.matrix.rows
    venue = np.full(len(rows), -1, dtype=np.int64)
    places = {scope.name: row for scope, row in rows.items() if scope.kind is ScopeKind.VENUE}
    accounts = [row for scope, row in rows.items() if scope.kind is ScopeKind.ACCOUNT]
    for row, view in zip(accounts, snapshot.connections, strict=True):
        venue[row] = places[view.venue]
    strategies = [row for scope, row in rows.items() if scope.kind is ScopeKind.STRATEGY]
    pairs = [(row, strategies[(row + step) % len(strategies)]) for row in accounts for step in range(row % 3)]
    pairs.sort()
    holder, held = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True)) if pairs else ([], [])
    groups = {"majors": np.array(accounts[::3], dtype=np.int64), "Alts": np.array(accounts[1::4], dtype=np.int64)}
    return Roster(venue, groups, np.asarray(holder, dtype=np.int64), np.asarray(held, dtype=np.int64))

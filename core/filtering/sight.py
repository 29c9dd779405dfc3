"""What a filter looks at: the columns of one snapshot, and of its scopes what stays from one snapshot to the next."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.domain import Scope, ScopeKind
from core.filtering.fields import KINDS, LINKS, MODES
from core.filtering.tree import Op
from core.risk.model import Bools, Floats, RiskMatrix
from core.risk.roster import NO_ROSTER
from core.risk.standing import BLIND, least_head, worst_of
from core.snapshot import ConnectionView, Snapshot

Codes = npt.NDArray[np.int8]
_WILD = re.compile(r"[*?]")
_KEPT = 32
"""Names once compared with a word: a filter asks the same again with every snapshot."""
_STATE_CODES = np.array([5, 0, 1, 2, 3, 4], dtype=np.int8)
"""Place in `fields.STATES` of severities from BLIND on."""


class _Columns:
    """What scopes are looked up and sorted by; a hundred thousand names take a moment to put together, so that it is
    done piece by piece before anybody asks, and at once where somebody does."""

    def __init__(self, scopes: tuple[Scope, ...]) -> None:
        self._scopes = scopes
        self._left = ["names", "kinds", "words", "ranks"]

    def prepare(self) -> None:
        if self._left:
            getattr(self, self._left.pop(0))

    @cached_property
    def names(self) -> npt.NDArray[np.str_]:
        """In small letters."""
        return np.array([scope.name.lower() or scope.kind.value for scope in self._scopes], dtype=np.str_)

    @cached_property
    def kinds(self) -> Codes:
        """Places in `fields.KINDS`."""
        places = {ScopeKind(kind): place for place, kind in enumerate(KINDS)}
        return np.fromiter((places[scope.kind] for scope in self._scopes), np.int8, len(self._scopes))

    @cached_property
    def words(self) -> npt.NDArray[np.str_]:
        """Kind and name, in small letters."""
        kinds = np.array([f"{kind} " for kind in KINDS], dtype=np.str_)
        kinds[KINDS.index(ScopeKind.PORTFOLIO)] = ""  # its name is its kind
        return np.strings.add(kinds[self.kinds], self.names)

    @cached_property
    def ranks(self) -> Floats:
        """Places by kind in words, then by name."""
        order = np.argsort(self.names, kind="stable")
        by_word = np.argsort(np.argsort(np.array(KINDS))).astype(np.int8)
        order = order[np.argsort(by_word[self.kinds][order], kind="stable")]
        ranks = np.empty(len(order))
        ranks[order] = np.arange(len(order))
        return ranks


class Sight:
    def __init__(self) -> None:
        self._matrix: RiskMatrix | None = None
        self._roster = NO_ROSTER
        self._connections: tuple[ConnectionView, ...] = ()
        self._scopes: tuple[Scope, ...] = ()
        self._of = _Columns(())
        self._known: dict[tuple[str, Op, str], Bools] = {}
        self._linked: tuple[Codes, Codes] | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Look at this one from now on. Of its figures nothing is computed before a filter asks for it."""
        matrix, roster = snapshot.matrix, snapshot.roster
        if matrix.scopes is not self._scopes and matrix.scopes != self._scopes:
            self._take(matrix.scopes)
        elif roster is not self._roster:
            self._forget("venue", "group", "strategy")
        if snapshot.connections is not self._connections or self._matrix is None:
            self._connections, self._linked = snapshot.connections, None
        fits = len(roster.venue) == len(matrix.scopes)
        self._matrix, self._roster = matrix, roster if fits else NO_ROSTER
        self._of.prepare()

    def _take(self, scopes: tuple[Scope, ...]) -> None:
        self._scopes, self._of, self._linked = scopes, _Columns(scopes), None
        self._known.clear()

    def _forget(self, *fields: str) -> None:
        self._known = {key: found for key, found in self._known.items() if key[0] not in fields}

    def __len__(self) -> int:
        return len(self._scopes)

    @property
    def matrix(self) -> RiskMatrix:
        assert self._matrix is not None, "no snapshot was shown yet"
        return self._matrix

    # Figures and words

    def figures(self, field: str) -> Floats:
        """NaN where unknown."""
        if field == "age":
            return self.matrix.age_s
        if field == "limit_used":
            head = least_head(self.matrix)
            return np.where(head == np.inf, np.nan, 1.0 - head)
        column = self.matrix.columns.get(field)
        return np.full(len(self), np.nan) if column is None else self.matrix.value[:, column]

    def codes(self, field: str) -> Codes:
        """By scope the place of its word among the field's words; -1 for none."""
        if field == "kind":
            return self._of.kinds
        if field == "state":
            found: Codes = _STATE_CODES[worst_of(self.matrix) - BLIND]
            return found
        if field == "trust":
            return self.matrix.trust
        if self._linked is None:
            self._linked = self._of_connections()
        return self._linked[0] if field == "mode" else self._linked[1]

    def _of_connections(self) -> tuple[Codes, Codes]:
        modes, links = np.full(len(self), -1, dtype=np.int8), np.full(len(self), -1, dtype=np.int8)
        rows = self.matrix.rows
        mode_places = {word: place for place, word in enumerate(MODES)}
        link_places = {word: place for place, word in enumerate(LINKS)}
        for view in self._connections:
            row = rows.get(Scope(ScopeKind.ACCOUNT, view.account))
            if row is not None:
                modes[row], links[row] = mode_places[view.mode], link_places[view.link]
        return modes, links

    # Names

    @property
    def by_name(self) -> Floats:
        """Per scope its place by name."""
        return self._of.ranks

    def parts(self, text: str) -> Bools:
        """Scopes that this is part of the name of, their kind included."""
        return self._kept("", Op.HAS, text, lambda: np.strings.find(self._of.words, text.lower()) >= 0)

    def named(self, field: str, op: Op, word: str) -> Bools:
        """Scopes of which the field is `word`, or is like it; `op` EQUAL or HAS."""
        return self._kept(field, op, word, lambda: self._named(field, op, word.lower()))

    def _kept(self, field: str, op: Op, word: str, make: Callable[[], Bools]) -> Bools:
        key = (field, op, word)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            found = self._known[key] = make()
        return found

    def _named(self, field: str, op: Op, word: str) -> Bools:
        if field == "name":
            return like(self._of.names, op, word)
        if field == "group":
            groups = self._roster.groups
            names = np.array([name.lower() for name in groups], dtype=np.str_)
            out = np.zeros(len(self), dtype=np.bool_)
            for fits, rows in zip(like(names, op, word).tolist(), groups.values(), strict=True):
                out[rows] |= fits
            return out
        own = self._own(field)
        own[own] = like(self._of.names[own], op, word)
        return self._with_others(field, own)

    def _own(self, field: str) -> Bools:
        """Scopes of the kind that the field is called after."""
        found: Bools = self._of.kinds == KINDS.index(field)
        return found

    def _with_others(self, field: str, own: Bools) -> Bools:
        """Accounts of these venues too, and accounts in which these strategies hold something."""
        roster = self._roster
        if field == "venue" and len(roster.venue):
            return own | (own[roster.venue] & (roster.venue >= 0))
        if field == "strategy":
            own = own.copy()
            own[roster.holder[own[roster.held]]] = True
        return own

    def has(self, field: str) -> Bools:
        """Scopes of which the field is anything at all."""
        if field == "name":
            return np.ones(len(self), dtype=np.bool_)
        if field == "group":
            out = np.zeros(len(self), dtype=np.bool_)
            for rows in self._roster.groups.values():
                out[rows] = True
            return out
        return self._with_others(field, self._own(field))

    def names_of(self, field: str) -> Sequence[str]:
        """All that the field may be called; what completion offers."""
        if field == "group":
            return tuple(self._roster.groups)
        if field in KINDS:
            return [self._scopes[row].name for row in np.flatnonzero(self._own(field)).tolist()]
        return [scope.name or scope.kind.value for scope in self._scopes]


def like(names: npt.NDArray[np.str_], op: Op, word: str) -> Bools:
    """Which names (in small letters) are `word`, or, for HAS, have it in them; with wildcards they match it whole."""
    if not _WILD.search(word):
        found: Bools = names == word if op is Op.EQUAL else np.strings.find(names, word) >= 0
        return found
    inner = word.strip("*")
    if not _WILD.search(inner) and inner:
        return _by_ends(names, word, inner)
    matches = re.compile(fnmatch.translate(word.replace("[", "[[]"))).match
    return np.fromiter((matches(name) is not None for name in names.tolist()), np.bool_, len(names))


def _by_ends(names: npt.NDArray[np.str_], word: str, inner: str) -> Bools:
    """Wildcards at the ends alone need no pattern."""
    if word.startswith("*"):
        found = np.strings.find(names, inner) >= 0 if word.endswith("*") else np.strings.endswith(names, inner)
    else:
        found = np.strings.startswith(names, inner)
    out: Bools = found
    return out

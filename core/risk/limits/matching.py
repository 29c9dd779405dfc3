"""Which scopes a pattern reaches."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.domain import UNATTRIBUTED, Group, Pattern, Scope, ScopeKind

Rows = npt.NDArray[np.int64]


class ScopeIndex:
    """The scopes by kind and name; asked once per pattern, however many limits share it."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        self.rows = {scope: row for row, scope in enumerate(scopes)}
        self._of_kind: dict[ScopeKind, tuple[list[int], list[str]]] = {}
        for row, scope in enumerate(scopes):
            rows, names = self._of_kind.setdefault(scope.kind, ([], []))
            rows.append(row)
            names.append(scope.name)
        self._known: dict[Pattern, Rows] = {}

    def matching(self, pattern: Pattern) -> Rows:
        """Rows in ascending order. The unattributed rest, which has no capital and no ratios, by its own name only."""
        found = self._known.get(pattern)
        if found is None:
            found = self._known[pattern] = np.array(self._match(pattern), dtype=np.int64)
        return found

    def _match(self, pattern: Pattern) -> list[int]:
        if isinstance(pattern, Group):
            members = (self.rows.get(Scope(ScopeKind.ACCOUNT, name)) for name in pattern.members)
            return sorted(row for row in members if row is not None)
        exact = self.rows.get(pattern)
        if exact is not None and pattern.specificity[0] == 1:
            return [exact]
        rows, names = self._of_kind.get(pattern.kind, ([], []))
        rest = self.rows.get(Scope(ScopeKind.STRATEGY, UNATTRIBUTED)) if pattern.kind is ScopeKind.STRATEGY else None
        if pattern.name == "*":
            return [row for row in rows if row != rest]
        fits = re.compile(fnmatch.translate(pattern.name)).match
        return [row for row, name in zip(rows, names, strict=True) if fits(name) and row != rest]

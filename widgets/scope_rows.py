"""Which rows of the risk matrix are scopes of one kind; who is what does not change from one snapshot to the next."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.domain import Scope, ScopeKind
from core.snapshot import RiskMatrix

Places = npt.NDArray[np.intp]


def rows_of(scopes: tuple[Scope, ...], kind: ScopeKind) -> Places:
    """Rows of the scopes of this kind, in the matrix's order."""
    same = (scope.kind is kind for scope in scopes)
    return np.flatnonzero(np.fromiter(same, np.bool_, len(scopes)))


class ScopeRows:
    """Asks 100,000 scopes once, not with every snapshot."""

    def __init__(self) -> None:
        self._scopes: tuple[Scope, ...] = ()
        self._rows: dict[ScopeKind, Places] = {}

    def of(self, matrix: RiskMatrix, kind: ScopeKind) -> Places:
        if matrix.scopes is not self._scopes:
            self._scopes, self._rows = matrix.scopes, {}
        if kind not in self._rows:
            self._rows[kind] = rows_of(matrix.scopes, kind)
        return self._rows[kind]

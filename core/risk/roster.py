"""Which scope belongs to which, as rows of the risk matrix: what a tree of scopes and a search by venue are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.risk.model import Ints

_NONE: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """One and the same object as long as nothing of it changes. Arrays are read-only."""

    venue: Ints
    """Shape (scopes,): the row of the venue that an account is at; -1 for every other scope."""
    groups: Mapping[str, Ints]
    """Rows of the accounts that the configuration puts together, by the group's name."""
    holder: Ints
    """Shape (parts,): rows of accounts, ascending; one for every strategy that holds something in them."""
    held: Ints
    """Shape (parts,): rows of these strategies, ascending within an account."""


NO_ROSTER = Roster(_NONE, {}, _NONE, _NONE)

"""What of the limits is new since the last cycle: the event desk is told of changes, and not of ten thousand standing
breaches ten times a second.

In a storm more changes in one cycle than a loop that must not stand still can take: then the gravest come first, those
that stop something before all, and the rest in the next cycles.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.domain import Scope, Severity, Trust
from core.ladder import response_to
from core.risk.limits.checks import checks_at, cleared_at
from core.risk.limits.compiling import Bools, CompiledLimits
from core.risk.limits.judging import Judged
from core.risk.limits.model import Limit, LimitCheck
from core.risk.limits.watch import moved_cells
from core.risk.model import Bytes, Floats, Ints

MOST = 200
"""Changes told in one cycle: some twenty milliseconds, the records of their events included."""
SHOWN = 200
"""Standing breaches told again in one cycle, in turn, so that what is shown of them is not old."""
_INSIDE, _BETWEEN, _UNKNOWN = 0, 1, 2
"""How a cell stands: back beyond the clearing level, not quite, unknown; from 3 on breached, by severity."""


class CheckFeed:
    def __init__(self) -> None:
        self._limits: CompiledLimits | None = None
        self._told: Bytes = np.empty(0, dtype=np.int8)
        """By cell: how it stood when it was told last."""
        self._followed: Bools = np.empty(0, dtype=np.bool_)
        """Cells that were told as other than inside, or that somebody asked to follow."""
        self._stops: Bools = np.empty((0, 5), dtype=np.bool_)
        self._turn = 0
        self.behind = False
        """Whether changes wait for the next cycle."""

    def follow(self, keys: Iterable[tuple[Scope, str]]) -> None:
        """Tell also when these come back inside, though nothing was told of them before: events of an earlier run."""
        assert self._limits is not None, "limits first"
        cells = self._limits.cells(keys)
        self._followed[cells] = True
        self._told[cells] = -1

    def take(self, limits: CompiledLimits) -> None:
        """Go on with other limits; what was told of a place is told still."""
        old = self._limits
        if old is limits:
            return
        told = np.zeros(len(limits.row), dtype=np.int8)
        followed = np.zeros(len(limits.row), dtype=np.bool_)
        if old is not None:
            moved = moved_cells(old, limits)
            stays = np.flatnonzero(moved >= 0)
            told[moved[stays]], followed[moved[stays]] = self._told[stays], self._followed[stays]
        self._limits, self._told, self._followed = limits, told, followed
        table = [[False, *(_stops(limit, severity) for severity in Severity)] for limit in limits.limits]
        self._stops = np.array(table, dtype=np.bool_).reshape(-1, len(Severity) + 1)

    def step(
        self, limits: CompiledLimits, judged: Judged, age_s: Floats, needed: Iterable[tuple[Scope, str]] = ()
    ) -> list[LimitCheck]:
        """The checks of what has changed and of `needed` (scope, subject); some of what stands breached, in turn."""
        self.take(limits)
        standing = limits.limit >= 0
        stand = _stand(limits, judged, self._followed)
        followed = self._followed | (stand >= _UNKNOWN)
        changed = np.flatnonzero((stand != self._told) & followed & standing)
        asked = limits.cells(needed)
        self.behind = len(changed) > MOST
        if self.behind:
            changed = changed[self._gravest(limits, judged.severity, changed)]
        # A cell that is told again as it was changes nothing; one that has changed waits for its turn.
        again = self._in_turn(np.flatnonzero(followed & standing & (stand == self._told)))
        cells = np.unique(np.concatenate((changed, asked[standing[asked]], again)))
        self._told[cells] = stand[cells]
        self._followed[cells] = self._followed[cells] | (stand[cells] >= _UNKNOWN)
        return checks_at(limits, judged, age_s, cells)

    def forget_all_but(self, keys: Iterable[tuple[Scope, str]]) -> None:
        """Follow no longer what is inside and has neither an event nor a delay; now and then."""
        if self._limits is not None:
            followed = self._told >= _UNKNOWN
            followed[self._limits.cells(keys)] = True
            self._followed = followed

    def _gravest(self, limits: CompiledLimits, severity: Bytes, cells: Ints) -> Ints:
        rank = severity[cells]
        stops = self._stops[limits.limit[cells], np.maximum(rank, 0)]
        return np.argsort(-(rank + 8 * stops), kind="stable")[:MOST]

    def _in_turn(self, cells: Ints) -> Ints:
        if len(cells) <= SHOWN:
            return cells
        at = int(np.searchsorted(cells, self._turn))
        picked = np.take(cells, range(at, at + SHOWN), mode="wrap")
        self._turn = int(picked[-1]) + 1
        return picked


def _stand(limits: CompiledLimits, judged: Judged, followed: Bools) -> Bytes:
    """How every cell stands; of those that nobody follows only whether it is inside."""
    rank = judged.severity
    stand = np.where(rank > 0, rank + np.int8(_UNKNOWN), np.where(rank < 0, np.int8(_UNKNOWN), np.int8(_INSIDE)))
    inside = np.flatnonzero((rank == 0) & followed & (limits.limit >= 0))
    good = cleared_at(limits, judged, inside) & (judged.trust[inside] == Trust.TRUSTED)
    stand[inside[~good]] = _BETWEEN
    # A breach of figures on the move waits for them to settle: that they have is a change of its own.
    stand[(rank > 0) & (judged.trust != Trust.UNSETTLED)] += len(Severity)
    return stand


def _stops(limit: Limit, severity: Severity) -> bool:
    asked = response_to(limit.policy, severity)
    return asked is not None and asked.may_stop

"""The levels that limits on a change remember, over a restart: or a fall of the last hour would end with the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.risk.limits.compiling import CompiledLimits
from core.risk.limits.memory import Changes
from core.risk.model import Floats, Ints


@dataclass(frozen=True, slots=True)
class ChangeState:
    """What `Changes` holds at one moment, copied; turned into rows elsewhere than in the loop."""

    limits: CompiledLimits
    cells: Ints
    at_s: Floats
    """Shape (cells, points): wall time."""
    level: Floats
    oldest: Ints
    newest: Ints

    def rows(self) -> list[list[Any]]:
        """Scope, metric, span, and times and levels, oldest first."""
        found: list[list[Any]] = []
        length = self.level.shape[1]
        for number, cell in enumerate(self.cells.tolist()):
            newest, oldest = int(self.newest[number]), int(self.oldest[number])
            if newest < 0:
                continue
            places = [(oldest + step) % length for step in range((newest - oldest) % length + 1)]
            scope, metric, span_s = key_of(self.limits, cell)
            points = [self.at_s[number, places].tolist(), self.level[number, places].tolist()]
            found.append([scope, metric, span_s, *points])
        return found


def key_of(limits: CompiledLimits, cell: int) -> tuple[str, str, float]:
    scope = limits.scopes[int(limits.row[cell])]
    return str(scope), limits.metrics[int(limits.column[cell])].name, float(limits.span_s[cell])


def change_state(limits: CompiledLimits, changes: Changes, ahead_s: float) -> ChangeState:
    """`ahead_s`: how far wall time is ahead of monotonic time."""
    at_s, level, oldest, newest = changes.arrays()
    return ChangeState(limits, changes.cells, at_s + ahead_s, level.copy(), oldest.copy(), newest.copy())


def restore_changes(limits: CompiledLimits, changes: Changes, rows: Iterable[Sequence[Any]], ahead_s: float) -> None:
    """Put them where the same change of the same metric and scope is limited; raises ValueError where it is no such
    state."""
    at_s, level, oldest, newest = changes.arrays()
    numbers = {key_of(limits, cell): number for number, cell in enumerate(changes.cells.tolist())}
    most = level.shape[1]
    try:
        for scope, metric, span_s, times, levels in rows:
            number = numbers.get((str(scope), str(metric), float(span_s)))
            if number is None or not times:
                continue
            when = np.array([float(value) for value in times[-most:]]) - ahead_s
            what = np.array([float(value) for value in levels[-most:]])
            at_s[number, : len(when)], level[number, : len(what)] = when, what
            oldest[number], newest[number] = 0, len(when) - 1
    except (TypeError, IndexError) as error:
        raise ValueError(str(error)) from None

"""Sources that say that they are paused, while orders of their strategy keep coming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from core.halt.source.model import SourceState, SourceView

GRACE_S = 2.0
"""An order that was on its way when the source paused comes no later than this."""


def contradicted(sources: Iterable[SourceView], orders: Iterable[tuple[str, float]]) -> Mapping[str, int]:
    """By strategy, how many orders (strategy, wall time) came after its source said that it is paused."""
    paused = {
        view.strategy: view.said_at_s + GRACE_S
        for view in sources
        if view.state is SourceState.PAUSED and view.said_at_s is not None
    }
    return Counter(strategy for strategy, at_s in orders if strategy in paused and at_s > paused[strategy])

"""Sources that were asked to pause and do not: one event per strategy, until it obeys or nothing is asked of it."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain import Scope, ScopeKind
from core.halt.source.model import SourceView

DISOBEYING = "source does not obey"
"""Key of the event, and what the desk calls it."""
AFTER_S = 10.0


class Disobeying:
    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        """By strategy: what was said of it."""

    def step(self, sources: Iterable[SourceView]) -> tuple[tuple[Scope, str], ...]:
        """What is new, each with its scope and a sentence, "" where it is over."""
        found = []
        for view in sources:
            bad = view.wanted is not None and not view.obeyed and view.wanted_for_s >= AFTER_S
            said = f"{view.wanted.value if view.wanted else ''} {view.state.value} {view.trouble}" if bad else ""
            if self._told.get(view.strategy, "") == said:
                continue
            self._told[view.strategy] = said
            found.append((Scope(ScopeKind.STRATEGY, view.strategy), f"{view.strategy}: {view.words}" if bad else ""))
        return tuple(found)

"""All sources of this process: what the stops that stand want of them, and what a person asks beside.

Nothing here is waited for by a stop, and nothing that breaks here reaches one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from core.clock import Clock
from core.domain import PORTFOLIO, Scope, StopLevel
from core.halt.latch import Latch
from core.halt.source.keeper import USUAL_TIMES, SourceKeeper, SourceTimes
from core.halt.source.model import Source, SourceAct, SourceNote, SourceView
from core.signals import Signal

log = logging.getLogger(__name__)

Touched = Callable[[Scope], Collection[str]]
"""The strategies whose orders a scope may hold."""


class SourceDesk:
    def __init__(
        self,
        sources: Mapping[str, Source],
        strategies: Sequence[str],
        touched: Touched,
        clock: Clock,
        times: SourceTimes = USUAL_TIMES,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        """`strategies`: all there are, those without a source too. `end`: called last, when this is closed."""
        self._sources = dict(sources)
        self._strategies = tuple(strategies)
        self._touched = touched
        self._clock = clock
        self._end = end
        self.told: Signal[[SourceNote]] = Signal("source told")
        self._keepers = {
            name: SourceKeeper(name, source, clock, times, self.told.send) for name, source in self._sources.items()
        }

    def watch(self) -> None:
        """Read every source now and then, until closed."""
        for keeper in self._keepers.values():
            keeper.watch()

    def take(self, latches: Iterable[Latch]) -> None:
        """These stops stand now: what they touch is held to the strictest of them. Never raises.

        Where none touches a strategy any more nothing is asked: it stays as it is until somebody resumes it.
        """
        try:
            wanted: dict[str, tuple[SourceAct, str]] = {}
            for latch in latches:
                act = SourceAct.REDUCE_ONLY if latch.terms.level is StopLevel.REDUCE_ONLY else SourceAct.PAUSE
                for strategy in self._touched(latch.scope):
                    if wanted.get(strategy, (SourceAct.RESUME,))[0] is not SourceAct.PAUSE:
                        wanted[strategy] = (act, latch.halt_id)
            for strategy, keeper in self._keepers.items():
                keeper.hold(*wanted.get(strategy, (None, "")))
        except Exception:
            log.exception("sources could not be told of the stops that stand")

    def ask(self, strategy: str, act: SourceAct, halt_id: str = "") -> bool:
        """A person or a policy wants exactly this of one strategy; False where it has no source, or a stop forbids it.

        A source that knows no reduce-only is asked to pause instead.
        """
        keeper, source = self._keepers.get(strategy), self._sources.get(strategy)
        if keeper is None or source is None:
            return False
        known = act is not SourceAct.REDUCE_ONLY or source.knows_reduce_only
        return keeper.aim(act if known else SourceAct.PAUSE, halt_id)

    def strategies_in(self, scope: Scope) -> tuple[str, ...]:
        """In the order of the configuration."""
        touched = set(self._touched(scope))
        return tuple(name for name in self._strategies if name in touched)

    def views(self, scope: Scope = PORTFOLIO) -> tuple[SourceView, ...]:
        """Of every strategy that the scope touches, with a source or without."""
        return tuple(
            self._keepers[name].view() if name in self._keepers else SourceView(name)
            for name in self.strategies_in(scope)
        )

    async def settled(self, seconds: float, scope: Scope = PORTFOLIO) -> bool:
        """Wait up to `seconds` until every source in the scope that is asked for something obeys; whether all do."""
        deadline_s = self._clock.monotonic() + seconds
        while not all(view.obeyed for view in self.views(scope) if view.wanted is not None):
            if self._clock.monotonic() >= deadline_s:
                return False
            await self._clock.sleep(0.05)
        return True

    async def close(self) -> None:
        for keeper in self._keepers.values():
            await keeper.close()
        for source in self._sources.values():
            await source.close()
        self._end()

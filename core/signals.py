"""A typed signal: one sender, any number of receivers, none of which can silence another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

log = logging.getLogger(__name__)

P = ParamSpec("P")


class Signal(Generic[P]):
    """Calls every receiver in the order of connection; a raising one is logged, counted and passed over."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failures = 0
        self._receivers: list[Callable[P, None]] = []

    def connect(self, receiver: Callable[P, None]) -> Callable[[], None]:
        """Add a receiver; the returned function takes it away again (more than once does no harm)."""
        self._receivers.append(receiver)

        def disconnect() -> None:
            if receiver in self._receivers:
                self._receivers.remove(receiver)

        return disconnect

    def send(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for receiver in tuple(self._receivers):
            try:
                receiver(*args, **kwargs)
            except Exception:
                self.failures += 1
                log.exception("a receiver of %s failed", self.name)

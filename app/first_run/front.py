"""The window's wishes, whichever engine stands behind it.

Between two engines a press of the stop is kept for the next. Where nothing is connected there is nothing to stop: that
is said, and nothing is kept, for it would stop an account that joins an hour later.
"""

from __future__ import annotations

from collections.abc import Callable

from app.entrance import Entrance
from core.intents import FireStop, Intent


class Front:
    def __init__(self, nothing_to_stop: Callable[[], None] = lambda: None) -> None:
        self.nothing_to_stop = nothing_to_stop
        self._entrance: Entrance | None = None

    def submit(self, intent: Intent) -> None:
        """Returns at once and never raises."""
        if self._entrance is not None:
            self._entrance.submit(intent)
        elif isinstance(intent, FireStop):
            self.nothing_to_stop()

    def next(self) -> Entrance:
        """For an engine that is made now, instead of the one before; what was pressed and not fired goes with it."""
        self._entrance = Entrance(self._entrance.kept if self._entrance is not None else ())
        return self._entrance

    def shut(self) -> None:
        """Nothing is connected, and nothing is about to be."""
        self._entrance = None

"""Which limits raise so often that no person could answer, and whose events are held open for that until it is quiet.

ISA-18.2 and EEMUA 191 call an alarm chattering that comes three times a minute or more.
"""

from __future__ import annotations

from collections import deque

from core.events.book import EventKey
from core.events.settings import CHATTER_WINDOW_S


class Chatter:
    def __init__(self, raises: int) -> None:
        self._raises = raises
        self._times: dict[EventKey, deque[float]] = {}
        self._tidied_s = 0.0

    def take(self, raises: int) -> None:
        """As many within a minute are chatter, from now on."""
        if raises != self._raises:
            self._raises = raises
            self._times.clear()

    def raised(self, key: EventKey, now_s: float) -> bool:
        """Count a raise; whether the key chatters with it."""
        times = self._times.setdefault(key, deque(maxlen=self._raises))
        times.append(now_s)
        self._tidy(now_s)
        return len(times) == self._raises and now_s - times[0] <= CHATTER_WINDOW_S

    def _tidy(self, now_s: float) -> None:
        if now_s - self._tidied_s < CHATTER_WINDOW_S:
            return
        self._tidied_s = now_s
        for key in [key for key, times in self._times.items() if now_s - times[-1] > CHATTER_WINDOW_S]:
            del self._times[key]

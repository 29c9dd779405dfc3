"""When a route speaks: rate, quiet hours and gathering, decided from two clocks alone."""

from __future__ import annotations

import math

from core.domain import Severity
from core.notify.digest import Digest
from core.notify.model import RouteSpec, Telling
from core.windows import minute_of_week, minutes_of


class Bucket:
    """Tokens that come back by the clock: `burst` at once, `per_minute` on the long run."""

    def __init__(self, per_minute: float, burst: int, now_s: float) -> None:
        self._per_s = per_minute / 60.0
        self._most = float(burst)
        self._tokens = self._most
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """`now_s` is monotonic."""
        self._tokens = min(self._most, self._tokens + max(0.0, now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class Gate:
    """Takes what happens, and hands out what is to be said now; all in bounded memory.

    Times named `now_s` are monotonic, those named `at_s` are wall time.
    """

    def __init__(self, spec: RouteSpec, now_s: float) -> None:
        self.spec = spec
        # Without windows `minutes_of` speaks of the whole week.
        self._quiet_minutes = minutes_of(spec.quiet) if spec.quiet else 0
        self._bucket = Bucket(spec.per_minute, spec.burst, now_s)
        self._now = Digest()
        self._later = Digest()
        """What quiet hours hold back."""
        self._since_s = math.inf

    def __len__(self) -> int:
        return len(self._now) + len(self._later)

    def is_quiet(self, at_s: float) -> bool:
        return bool(self._quiet_minutes >> minute_of_week(at_s) & 1)

    def take(self, telling: Telling, now_s: float, at_s: float) -> None:
        if not self.spec.carries(telling):
            return
        if self._quiet_minutes and telling.event.severity < self.spec.quiet_least and self.is_quiet(at_s):
            self._later.take(telling)
            return
        self._since_s = min(self._since_s, now_s)
        self._now.take(telling)

    def drop(self, event_id: str) -> None:
        """A person put it aside, or another event explains it: what waits of it is not news any more."""
        self._now.drop(event_id)
        self._later.drop(event_id)

    def give_back(self, digest: Digest, now_s: float) -> None:
        """What could not be sent is part of the next message."""
        self._now.merge(digest)
        self._since_s = min(self._since_s, now_s)

    def due(self, now_s: float, at_s: float) -> Digest | None:
        """What is to be sent now; it counts as told from then on, until it is given back."""
        if len(self._later) and not self.is_quiet(at_s):
            self._now.merge(self._later)
            self._later = Digest()
            self._since_s = min(self._since_s, now_s)
        if not len(self._now):
            return None
        gathered = now_s - self._since_s >= self.spec.digest_s or self._now.worst is Severity.CRITICAL
        if not gathered or not self._bucket.take(now_s):
            return None
        digest, self._now, self._since_s = self._now, Digest(), math.inf
        return digest

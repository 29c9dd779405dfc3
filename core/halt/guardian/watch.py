"""Which desks are there, and what follows when one is not: the guardian's judgement, free of any I/O and any clock.

A desk that ends on purpose says goodbye. One whose line closes without a goodbye and does not come back has crashed;
one whose line stays open and carries nothing misses its heartbeats. Only time in which the guardian itself was awake
counts, and after a sleep every desk is given a while to wake up too.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.domain import GuardianAct
from core.halt.guardian.awake import Lapse

UNHEARD_S = 2.0
"""A desk that says nothing for so long is not relied upon in a stop that is under way."""
CRASH_AFTER_S = 1.0
"""A desk that lives comes back within a fraction of this when its line breaks."""
WAKE_GRACE_S = 10.0
"""After a sleep of this machine nobody's silence means anything for so long."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    on_crash: GuardianAct = GuardianAct.ALARM
    on_missed: GuardianAct = GuardianAct.ALARM
    missed_after_s: float = 5.0
    takeover_s: float = 1.0


class Trouble(enum.Enum):
    CRASH = "ended without a goodbye"
    MISSED = "misses its heartbeats"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something happened to a desk."""

    desk: str
    trouble: Trouble
    stop: bool
    """Whether the policy asks for a stop, and no other desk is there."""


@dataclass(slots=True)
class _Desk:
    linked: bool = True
    silent_s: float = 0.0
    unlinked_s: float = 0.0
    grace_s: float = 0.0
    missed: bool = False

    def pass_time(self, lapse: Lapse) -> None:
        if lapse.slept:
            self.silent_s = self.unlinked_s = 0.0
            self.grace_s = WAKE_GRACE_S
            return
        counted_s = max(0.0, lapse.awake_s - self.grace_s)
        self.grace_s = max(0.0, self.grace_s - lapse.awake_s)
        self.silent_s += counted_s
        self.unlinked_s = 0.0 if self.linked else self.unlinked_s + counted_s


class Watch:
    def __init__(self, policy: GuardPolicy) -> None:
        self.policy = policy
        """May be replaced at any time."""
        self._desks: dict[str, _Desk] = {}

    # -- what happens ---------------------------------------------------------------------------------------------

    def linked(self, desk: str) -> None:
        """A desk spoke for the first time, or again after its line had broken."""
        self._desks[desk] = _Desk()

    def beat(self, desk: str) -> None:
        known = self._desks.get(desk)
        if known is not None:
            known.silent_s, known.missed = 0.0, False

    def unlinked(self, desk: str) -> None:
        """Its line is closed, and it had not said goodbye."""
        known = self._desks.get(desk)
        if known is not None:
            known.linked = False

    def left(self, desk: str) -> None:
        """It said goodbye."""
        self._desks.pop(desk, None)

    def step(self, lapse: Lapse) -> tuple[Finding, ...]:
        """Time has passed; what was found to have happened by it, each thing once."""
        found = []
        for desk, known in list(self._desks.items()):
            known.pass_time(lapse)
            if not known.linked and known.unlinked_s >= CRASH_AFTER_S:
                del self._desks[desk]
                found.append(self._finding(desk, Trouble.CRASH, self.policy.on_crash))
            elif known.linked and known.silent_s >= self.policy.missed_after_s and not known.missed:
                known.missed = True
                found.append(self._finding(desk, Trouble.MISSED, self.policy.on_missed))
        return tuple(found)

    # -- what is so -----------------------------------------------------------------------------------------------

    @property
    def desks(self) -> tuple[str, ...]:
        """All that are there, or may come back."""
        return tuple(self._desks)

    def heard(self, desk: str) -> bool:
        """Whether what it reported may be relied upon."""
        known = self._desks.get(desk)
        return known is not None and known.linked and known.silent_s < UNHEARD_S

    def _finding(self, desk: str, trouble: Trouble, act: GuardianAct) -> Finding:
        alone = not any(self.heard(other) for other in self._desks if other != desk)
        return Finding(desk, trouble, stop=act is GuardianAct.STOP and alone)

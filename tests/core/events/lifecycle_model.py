"""What a person would expect of the event desk, in as few words as possible: no book, no index, no heap."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain import Scope, ScopeKind, Severity
from core.events.model import Cause
from tests.core.events.stand_ins import StandInCheck

ON_DELAY_S, OFF_DELAY_S, GRACE_S = 1.0, 1.0, 4.0
QUIET_S, URGENT_S, SAY_AGAIN_S = 8.0, 20.0, 60.0
VENUE = Scope(ScopeKind.VENUE, "v")
A, B = Scope(ScopeKind.ACCOUNT, "a"), Scope(ScopeKind.ACCOUNT, "b")
ONE, BOTH = Scope(ScopeKind.STRATEGY, "one"), Scope(ScopeKind.STRATEGY, "both")
SCOPES = (VENUE, A, B, ONE, BOTH)
"""`one` trades in `a` alone, `both` in `a` and `b`; both accounts are of the venue."""
MADE_FROM = {VENUE: (), A: (VENUE,), B: (VENUE,), ONE: (VENUE, A), BOTH: (VENUE, A, B)}
BELONGS_TO = {**MADE_FROM, BOTH: (VENUE,)}
NEVER = float("inf")

Key = tuple[Scope, Cause]
AWAY = (VENUE, Cause.SYSTEM)


@dataclass
class Line:
    """One event, or the place for one."""

    listed: bool = False
    active: bool = False
    acknowledged: bool = False
    mitigating: bool = False
    worst: int = 0
    inhibited: bool = False
    shelf: tuple[float, int] | None = None
    """Until when, and at which severity it was put there."""
    chattering: bool = False
    raises: list[float] = field(default_factory=list)
    due_s: float = NEVER
    """When a breach has lasted long enough."""
    closes_s: float = NEVER
    """When it has been back for long enough."""
    asks_since_s: float | None = None
    aged: bool = False

    @property
    def asks(self) -> bool:
        waits = self.active and not self.acknowledged and not self.mitigating
        return waits and not self.inhibited and self.shelf is None


class Model:
    def __init__(self) -> None:
        causes = (Cause.BREACH, Cause.UNKNOWN)
        self.lines: dict[Key, Line] = {(scope, cause): Line() for scope in SCOPES for cause in causes}
        self.lines[AWAY] = Line()
        self.away_until_s = NEVER
        """Until when it has to be said again after a restart."""

    # -- what explains what ---------------------------------------------------------------------------------------

    def explained(self, key: Key, severity: int) -> bool:
        scope, cause = key
        if severity == Severity.CRITICAL or cause is Cause.SYSTEM:
            return False
        if cause is Cause.UNKNOWN:
            return any(self.lines[above, cause].active for above in MADE_FROM[scope]) or (
                self.lines[AWAY].active and VENUE in MADE_FROM[scope]
            )
        above = [self.lines[one, cause] for one in BELONGS_TO[scope]]
        return any(line.active and line.worst >= severity for line in above)

    # -- steps ----------------------------------------------------------------------------------------------------

    def raise_(self, key: Key, severity: int, now_s: float) -> None:
        """Raised anew, or back after it had cleared."""
        line = self.lines[key]
        line.raises = [at_s for at_s in line.raises if now_s - at_s <= 60.0] + [now_s]
        line.chattering = len(line.raises) >= 3
        line.worst = max(severity, line.worst if line.listed else 0)
        line.listed, line.active, line.acknowledged = True, True, False
        line.inhibited = self.explained(key, line.worst)
        self._fallen_off(line)
        self.settle(line, now_s)

    def worsen(self, key: Key, severity: int, now_s: float) -> None:
        line = self.lines[key]
        line.worst, line.acknowledged, line.asks_since_s, line.aged = severity, False, None, False
        line.inhibited = self.explained(key, severity)
        self._fallen_off(line)
        self.settle(line, now_s)

    def _fallen_off(self, line: Line) -> None:
        if line.shelf is not None and line.worst > line.shelf[1]:
            line.shelf = None

    def recover(self, key: Key, now_s: float) -> None:
        line = self.lines[key]
        line.active = line.mitigating = line.chattering = False
        line.closes_s = NEVER
        self.settle(line, now_s)
        self.end_if_over(key)

    def end_if_over(self, key: Key) -> None:
        line = self.lines[key]
        over = line.acknowledged or line.inhibited or key[1] is Cause.UNKNOWN
        if line.listed and not line.active and line.shelf is None and over:
            self.end(key)

    def end(self, key: Key) -> None:
        self.lines[key] = Line(raises=self.lines[key].raises, due_s=self.lines[key].due_s)

    def settle(self, line: Line, now_s: float) -> None:
        if not line.asks:
            line.asks_since_s, line.aged = None, False
        elif line.asks_since_s is None:
            line.asks_since_s = now_s

    # -- what limits say ------------------------------------------------------------------------------------------

    def see(self, check: StandInCheck, now_s: float) -> None:
        breach, unknown = (check.scope, Cause.BREACH), (check.scope, Cause.UNKNOWN)
        if check.outcome == "unknown":
            self.lines[breach].closes_s = NEVER
            self._last(unknown, GRACE_S, int(Severity.MEDIUM), now_s)
            return
        self.lines[unknown].due_s = NEVER
        self._back(unknown, 0.0, now_s)
        if check.severity is not None:
            self._last(breach, ON_DELAY_S, int(check.severity), now_s)
            return
        self.lines[breach].due_s = NEVER
        if check.cleared:
            self._back(breach, OFF_DELAY_S, now_s)
        else:
            self.lines[breach].closes_s = NEVER

    def _last(self, key: Key, delay_s: float, severity: int, now_s: float) -> None:
        line = self.lines[key]
        if line.active:
            line.due_s = line.closes_s = NEVER
            if severity > line.worst:
                self.worsen(key, severity, now_s)
            return
        line.due_s = min(line.due_s, now_s + delay_s)
        if now_s >= line.due_s:
            line.due_s = NEVER
            self.raise_(key, severity, now_s)

    def _back(self, key: Key, delay_s: float, now_s: float) -> None:
        line = self.lines[key]
        if not line.active:
            return
        line.closes_s = min(line.closes_s, now_s + (max(delay_s, QUIET_S) if line.chattering else delay_s))
        if now_s >= line.closes_s:
            self.recover(key, now_s)

    def time_passes(self, now_s: float) -> None:
        """What a cycle does after it has taken the checks."""
        if self.lines[AWAY].closes_s <= now_s:
            self.recover(AWAY, now_s)
        if self.away_until_s <= now_s:
            self.away_until_s = NEVER
            if self.lines[AWAY].active:
                self.recover(AWAY, now_s)
        for key, line in self.lines.items():
            if line.active:
                line.inhibited = self.explained(key, line.worst)
                self.settle(line, now_s)
        for key, line in list(self.lines.items()):
            if line.shelf is not None and line.shelf[0] <= now_s:
                self.take_back(key, now_s)
            if line.asks_since_s is not None and line.worst == Severity.HIGH:
                line.aged = line.aged or now_s - line.asks_since_s >= URGENT_S

    def take_back(self, key: Key, now_s: float) -> None:
        line = self.lines[key]
        line.shelf = None
        self.settle(line, now_s)
        self.end_if_over(key)

    # -- over a restart -------------------------------------------------------------------------------------------

    def restart(self, now_s: float) -> None:
        for line in self.lines.values():
            line.due_s = line.closes_s = NEVER
            line.raises, line.mitigating = [], False
            self.settle(line, now_s)
        self.away_until_s = now_s + SAY_AGAIN_S if self.lines[AWAY].active else NEVER

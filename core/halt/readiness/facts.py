"""What was found out about each account's readiness, and when; from probes, readings, stops and drills alike."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from core.clock import Clock
from core.errors import ScramError, VenueDenied
from core.halt.readiness.judgement import Drilled
from core.venues.protocol import Probe
from core.venues.rights import KeyRights


@dataclass(slots=True)
class Facts:
    """Of one account; moments on the monotonic clock, -inf for never."""

    prepared: bool = False
    listed_s: float = -math.inf
    acted_s: float = -math.inf
    cancelled_s: float = -math.inf
    trouble: str = ""
    denied: bool = False
    rights: KeyRights = field(default_factory=KeyRights)
    rights_s: float = -math.inf
    drill: Drilled | None = None


@dataclass(slots=True)
class ClockFact:
    """How far our clock is off, which is the same for all accounts behind one line to a venue."""

    tells_time: bool = False
    offset_ms: float | None = None
    bound_ms: float = math.inf
    at_s: float = -math.inf


class FactBook:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._facts: dict[str, Facts] = {}
        self._clocks: dict[str, ClockFact] = {}

    def of(self, account: str) -> Facts:
        return self._facts.setdefault(account, Facts())

    def clock_of(self, lane: str) -> ClockFact:
        return self._clocks.setdefault(lane, ClockFact())

    def prepared(self, account: str) -> None:
        self.of(account).prepared = True

    def listed(self, account: str, began_s: float, *, acting: bool) -> None:
        """Every book was listed in full by its key; `acting`: by the side that would stop it."""
        facts = self.of(account)
        facts.listed_s = max(facts.listed_s, began_s)
        if acting:
            self.acted(account, began_s)

    def acted(self, account: str, at_s: float) -> None:
        facts = self.of(account)
        facts.prepared = True
        facts.acted_s = max(facts.acted_s, at_s)
        facts.trouble, facts.denied = "", False

    def failed(self, account: str, error: ScramError) -> None:
        facts = self.of(account)
        facts.trouble, facts.denied = str(error), isinstance(error, VenueDenied)

    def cancelled(self, account: str, at_s: float) -> None:
        """A cancel of its key was seen to work."""
        facts = self.of(account)
        facts.cancelled_s = max(facts.cancelled_s, at_s)

    def probed(self, account: str, lane: str, probe: Probe) -> None:
        now_s = self._clock.monotonic()
        if probe.answered:
            self.acted(account, now_s)
            facts = self.of(account)
            facts.rights, facts.rights_s = probe.rights, now_s
        clock = self.clock_of(lane)
        clock.tells_time, clock.bound_ms = probe.tells_time, probe.clock_bound_ms
        if probe.clock_offset_ms is not None:
            clock.offset_ms, clock.at_s = probe.clock_offset_ms, now_s

    def drilled(self, account: str, drill: Drilled) -> None:
        """The newer of two counts: reports are read back in any order."""
        facts = self.of(account)
        if facts.drill is None or drill.at_s >= facts.drill.at_s:
            facts.drill = drill

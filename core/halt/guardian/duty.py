"""Whose stop the guardian sees to itself: every account of which nobody who can be heard has reported in time.

Free of any I/O. What was taken over once stays taken over until its latch is off: two who sweep do no harm, and one who
stops sweeping because the other came back for a moment would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Stop:
    due_s: float
    accounts: frozenset[str]
    reports: dict[str, set[str]] = field(default_factory=dict)
    """By reporter: accounts whose venue has answered it."""
    taken: set[str] = field(default_factory=set)


class Duty:
    def __init__(self) -> None:
        self._stops: dict[str, _Stop] = {}

    def begin(self, halt_id: str, accounts: Iterable[str], due_s: float) -> None:
        """A stop was fired, or fired again; what nobody has reported by `due_s` (monotonic) is taken over."""
        known = self._stops.get(halt_id)
        taken = known.taken if known is not None else set()
        self._stops[halt_id] = _Stop(due_s, frozenset(accounts), taken=taken)

    def cover(self, halt_id: str, accounts: Iterable[str]) -> None:
        """The accounts in its scope are these now."""
        if halt_id in self._stops:
            self._stops[halt_id].accounts = frozenset(accounts)

    def report(self, halt_id: str, reporter: str, accounts: Iterable[str]) -> None:
        """The stop of these accounts is under way."""
        if halt_id in self._stops:
            self._stops[halt_id].reports.setdefault(reporter, set()).update(accounts)

    def unheard(self, reporter: str) -> None:
        """It is gone or silent: its reports count no more."""
        for stop in self._stops.values():
            stop.reports.pop(reporter, None)

    def end(self, halt_id: str) -> None:
        self._stops.pop(halt_id, None)

    def take_all(self, halt_id: str) -> None:
        """See to all of it without waiting for anybody."""
        if halt_id in self._stops:
            self._stops[halt_id].due_s = float("-inf")

    def due(self, now_s: float) -> tuple[tuple[str, str], ...]:
        """Stops and accounts to be taken over now; each is told once."""
        found = []
        for halt_id, stop in self._stops.items():
            if now_s < stop.due_s:
                continue
            reported = {account for accounts in stop.reports.values() for account in accounts}
            new = sorted(stop.accounts - reported - stop.taken)
            stop.taken.update(new)
            found += [(halt_id, account) for account in new]
        return tuple(found)

    def taken(self, halt_id: str) -> frozenset[str]:
        stop = self._stops.get(halt_id)
        return frozenset() if stop is None else frozenset(stop.taken & stop.accounts)

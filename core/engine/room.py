"""Room with an end: a limit's thresholds lie further away until a time, and afterwards where they were, by themselves.

It lies over whatever the configuration says, for one subject of one scope. Only the severities from the mildest that
stops on upward are given room: what is milder goes on telling.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.clock import utc_text
from core.domain import Scope, Severity
from core.errors import ConfigError
from core.risk.limits import CompiledLimits, Limit
from core.risk.limits.revising import Chain, put_back

LONGEST_S = 31 * 86_400.0


@dataclass(frozen=True, slots=True)
class Room:
    scope: Scope
    subject: str
    """The metric, or its change: `drawdown_in_300s`."""
    threshold: float
    """In the terms of the limit: the metric's unit, or a share of its `of`."""
    until_s: float
    """Wall time."""
    by: str
    why: str

    @property
    def words(self) -> str:
        return (
            f"{self.subject} of {self.scope} has room to {self.threshold:g} until {utc_text(self.until_s)[:16]}Z, "
            f"given by {self.by}: {self.why}"
        )

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "scope": str(self.scope)}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Room:
        """Raises ValueError, TypeError or KeyError."""
        try:
            scope = Scope.parse(str(row["scope"]))
        except ConfigError as error:
            raise ValueError(str(error)) from None
        threshold, until_s = float(row["threshold"]), float(row["until_s"])
        return cls(scope, str(row["subject"]), threshold, until_s, str(row["by"]), str(row["why"]))


def check_room(limits: CompiledLimits, room: Room, at_s: float) -> None:
    """Raises ConfigError with the sentence that says why this is no room; `at_s` is wall time."""
    if not (room.by.strip() and room.why.strip()):
        raise ConfigError("that needs the operator's name and a reason")
    if not at_s < room.until_s <= at_s + LONGEST_S:
        raise ConfigError(f"it needs an end, within {LONGEST_S / 86_400:.0f} days from now")
    line = limits.line(room.scope, room.subject)
    if not line:
        raise ConfigError(f"there is no limit on {room.subject} of {room.scope}")
    if not math.isfinite(room.threshold):
        raise ConfigError("the threshold is no number")
    falling = _falling(limits, room)
    if all(with_room(limit, room, falling=falling).thresholds == limit.thresholds for limit in line):
        raise ConfigError(f"{room.threshold:g} leaves no more room than there is")


def chain_of(limits: CompiledLimits, room: Room) -> Chain:
    """What may hold at its place from now on, the strongest first: each limit with room, and the same without."""
    falling = _falling(limits, room)
    line = limits.line(room.scope, room.subject)
    return tuple(each for limit in line for each in (with_room(limit, room, falling=falling), limit))


def with_rooms(limits: CompiledLimits, rooms: Sequence[Room], at_s: float) -> CompiledLimits:
    """`at_s` is wall time. Rooms whose limit is gone give nothing."""
    chains = []
    for room in rooms:
        cell = limits.cell(room.scope, room.subject)
        if cell is not None:
            metric = limits.metrics[int(limits.column[cell])].name
            chains.append((chain_of(limits, room), [(room.scope, metric, float(limits.span_s[cell]))]))
    return put_back(limits, chains, at_s) if chains else limits


def with_room(limit: Limit, room: Room, *, falling: bool) -> Limit:
    """The limit as the room makes it. `falling`: smaller is worse."""
    stops = (level for level in Severity if level in limit.policy and limit.policy[level].may_stop)
    first = next(stops, Severity.LOW)
    further = min if falling else max
    thresholds = tuple(
        level if level is None or severity < first else further(level, room.threshold)
        for severity, level in zip(Severity, limit.thresholds, strict=True)
    )
    low, medium, high, critical = thresholds
    note = "; ".join(part for part in (limit.note, f"room given by {room.by}: {room.why}") if part)
    until_s = min(limit.expires_at_s, room.until_s)
    return replace(limit, thresholds=(low, medium, high, critical), expires_at_s=until_s, note=note)


def fields_with_room(limits: CompiledLimits, room: Room) -> tuple[str, ...]:
    """The severities whose threshold lies further away."""
    falling = _falling(limits, room)
    found = []
    for limit in limits.line(room.scope, room.subject):
        after = with_room(limit, room, falling=falling).thresholds
        pairs = zip(Severity, limit.thresholds, after, strict=True)
        found += [severity.word for severity, old, new in pairs if old != new]
    return tuple(dict.fromkeys(found))


def _falling(limits: CompiledLimits, room: Room) -> bool:
    cell = limits.cell(room.scope, room.subject)
    # A change is turned so that for the worse is positive, whatever the metric.
    return cell is not None and float(limits.sign[cell]) < 0.0 and float(limits.span_s[cell]) == 0.0

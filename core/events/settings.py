"""What the event desk goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import Severity

CHATTER_WINDOW_S = 60.0
FLOOD_WINDOW_S = 600.0


@dataclass(frozen=True, slots=True)
class EventSettings:
    """`core.config.events` says of each field what it means; None as a severity: not even the mildest."""

    resolve_cleared: Severity | None = None
    resolve_mended: Severity | None = Severity.HIGH
    urgent_after_s: Mapping[Severity, float] = field(default_factory=dict)
    chatter_raises: int = 3
    chatter_quiet_s: float = 60.0
    group_from: int = 3
    release_s: float = 30.0
    shelve_most_s: float = 86_400.0
    shelve_without_reason: Severity | None = Severity.LOW
    flood_from: int = 10
    flood_until: int = 5
    flood_lines: int = 40
    stale_after_s: float = 86_400.0

    def urgent_in_s(self, severity: Severity, steps: int) -> float | None:
        """How long nobody may answer before an event of `severity` is `steps` more urgent; None: it never is."""
        total_s = 0.0
        for step in range(steps):
            level = severity + step
            wait_s = self.urgent_after_s.get(Severity(level)) if level < Severity.CRITICAL else None
            if wait_s is None:
                return None
            total_s += wait_s
        return total_s


def reaches(severity: Severity, up_to: Severity | None) -> bool:
    return up_to is not None and severity <= up_to

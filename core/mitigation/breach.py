"""A trusted reading in breach, with its event and what its severity asks for: all that the mitigation desk goes by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain import Policy, Scope, Severity, Trust
from core.events.checks import BREACHED, Check, LimitKey
from core.events.model import OPEN_STATES, Event
from core.ladder import Response, Rung, response_to
from core.mitigation.climbing import Foothold
from core.mitigation.model import Answered

FindEvent = Callable[[Scope, str], Event | None]
"""The open breach event of a limit (`EventDesk.find`)."""


@dataclass(frozen=True, slots=True)
class Breach:
    key: LimitKey
    check: Check
    event: Event
    severity: Severity
    level: Severity
    """Of the policy that answers it: this severity's, or the next milder one's that has any."""
    response: Response

    def answered(self, expected: float) -> Answered:
        """`expected`: the metric's value after the plan; NaN where that is not told."""
        check = self.check
        return Answered(
            self.event.event_id, check.scope, check.metric, self.severity, check.value, check.clear_level, expected
        )


@dataclass(frozen=True, slots=True)
class Want:
    """What is to be done about a breach now."""

    breach: Breach
    foothold: Foothold

    @property
    def rung(self) -> Rung:
        return self.foothold.step.rung

    @property
    def mode(self) -> Policy:
        """As the policy asks; what was tried in vain often enough is only proposed."""
        return Policy.PROPOSE if self.foothold.spent else self.foothold.step.mode

    @property
    def scope(self) -> Scope:
        return self.breach.check.scope


def breaches_of(checks: Sequence[Check], find_event: FindEvent) -> list[Breach]:
    """Trusted breaches that have an active event and a policy that does more than tell."""
    found: list[Breach] = []
    for check in checks:
        if check.outcome != BREACHED or check.severity is None or check.trust is not Trust.TRUSTED:
            continue
        response = response_to(check.limit.policy, check.severity)
        if response is None or response.steps[0].rung is Rung.NOTIFY:
            continue
        event = find_event(check.scope, check.metric)
        if event is None or event.state not in OPEN_STATES:
            continue
        level = max(level for level in check.limit.policy if level <= check.severity)
        found.append(Breach((check.scope, check.metric), check, event, check.severity, level, response))
    return found

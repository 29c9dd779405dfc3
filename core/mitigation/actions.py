"""What the mitigation desk asks of the engine; each of them goes into the journal."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain import Scope, Severity
from core.mitigation.model import Mitigation


@dataclass(frozen=True, slots=True)
class Changed:
    """A mitigation came to be or changed its state; to be journaled."""

    before: Mitigation | None
    after: Mitigation
    by: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Run:
    """Set an execution of this plan going."""

    mitigation: Mitigation


@dataclass(frozen=True, slots=True)
class Recover:
    """Find out what became of this plan, which was running when the last run of Scram ended; nothing is sent.

    What is found comes as `MitigationDesk.executed`, with `ExecutionReport.recovered`.
    """

    mitigation: Mitigation


@dataclass(frozen=True, slots=True)
class Cease:
    """Tell the running execution to stop at once."""

    mitigation_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class StopRequest:
    """A limit's policy is to stop its scope, and the breach is confirmed."""

    scope: Scope
    metric: str
    severity: Severity
    value: float
    event_id: str
    by: str = "limit"
    """Who is said to fire it: a person where one approved it."""


@dataclass(frozen=True, slots=True)
class MarkEvent:
    """For `EventDesk.mark_mitigating`, or for `EventDesk.note` where `mitigating` is None."""

    event_id: str
    mitigating: bool | None
    note: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An operator's wish could not be followed; the sentence says why."""

    mitigation_id: str
    operator: str
    sentence: str


Action = Changed | Run | Recover | Cease | StopRequest | MarkEvent | Refused

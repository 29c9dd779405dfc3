"""What the desks need to know of a limit check, whoever makes it.

Structural on purpose: `core.risk.limits.LimitCheck` fits, and so does a three-line record in a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.domain import Scope, Severity, Trust
from core.ladder import Response

INSIDE = "inside"
NEAR = "near"
BREACHED = "breached"
UNKNOWN = "unknown"

LimitKey = tuple[Scope, str]
"""Scope and metric: at most one limit is in force for each."""


class LimitTerms(Protocol):
    @property
    def on_delay_s(self) -> float:
        """How long a breach must last before it is an event."""

    @property
    def off_delay_s(self) -> float:
        """How long a figure must have been seen cleared before the event clears."""

    @property
    def policy(self) -> Mapping[Severity, Response]: ...

    @property
    def reduce_share(self) -> float:
        """Share of every position to close where the metric does not say how much."""


class Check(Protocol):
    @property
    def scope(self) -> Scope: ...
    @property
    def metric(self) -> str: ...
    @property
    def outcome(self) -> str:
        """`inside`, `near`, `breached` or `unknown`."""

    @property
    def severity(self) -> Severity | None:
        """Severity now; None unless breached."""

    @property
    def value(self) -> float: ...
    @property
    def threshold(self) -> float: ...
    @property
    def clear_level(self) -> float: ...
    @property
    def cleared(self) -> bool:
        """Whether the value is back beyond the clearing level (the deadband is passed)."""

    @property
    def trust(self) -> Trust: ...
    @property
    def age_s(self) -> float: ...
    @property
    def limit(self) -> LimitTerms: ...

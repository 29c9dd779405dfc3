"""Limit checks made by hand, for the tests of both desks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.domain import PORTFOLIO, Policy, Scope, Severity, Trust
from core.ladder import Response


@dataclass(frozen=True)
class Terms:
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    policy: Mapping[Severity, Response] = field(default_factory=dict)
    reduce_share: float = 0.5


def responses(policies: Mapping[Severity, Policy | Response]) -> dict[Severity, Response]:
    """Policies in the short form, as the configuration turns them into what is asked for."""
    return {level: Response.of(row) if isinstance(row, Policy) else row for level, row in policies.items()}


@dataclass(frozen=True)
class StandInCheck:
    outcome: str = "inside"
    severity: Severity | None = None
    value: float = 1.0
    scope: Scope = PORTFOLIO
    metric: str = "leverage"
    threshold: float = 5.0
    clear_level: float = 4.0
    cleared: bool = False
    trust: Trust = Trust.TRUSTED
    age_s: float = 0.1
    limit: Terms = field(default_factory=Terms)


def breached(severity: Severity = Severity.HIGH, value: float = 6.0, **others: object) -> StandInCheck:
    return StandInCheck("breached", severity, value, **others)  # type: ignore[arg-type]


def cleared(value: float = 3.0, **others: object) -> StandInCheck:
    return StandInCheck("inside", None, value, cleared=True, **others)  # type: ignore[arg-type]


def inside_deadband(value: float = 4.5, **others: object) -> StandInCheck:
    return StandInCheck("near", None, value, **others)  # type: ignore[arg-type]


def unknown(**others: object) -> StandInCheck:
    return StandInCheck("unknown", None, float("nan"), trust=Trust.UNKNOWN, **others)  # type: ignore[arg-type]


def numbered(prefix: str) -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{prefix}{next(numbers)}"

"""Limits, profiles, their assignment, and the reason of a change, as the file has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, PlainValidator, ValidationInfo, field_validator, model_validator

from core.config import checks, limit_checks, policies
from core.config.fields import Filled, Name, NotNegative, Number, Table
from core.domain import Pattern, Severity, Trust
from core.ladder import Response
from core.windows import Window

ANY_ORDER_METRICS = frozenset({"equity"})
"""Metrics that are worse the lower they are, so that their thresholds may fall; of others the context may say so."""
CAPITAL = "capital"


class LimitTerms(Table):
    """A limit without its scope: what a profile is made of."""

    metric: str
    low: NotNegative | None = None
    medium: NotNegative | None = None
    high: NotNegative | None = None
    critical: NotNegative | None = None
    of: str = ""
    """Thresholds are shares of this metric of the same scope, or of `capital`."""
    change_over_s: NotNegative = 0.0
    """Not the level but its change for the worse over so many seconds."""
    policy: Annotated[Mapping[Severity, Response], PlainValidator(policies.parse_policy)] = Field(default_factory=dict)
    clear: Annotated[Number, Field(ge=0, lt=1)] = 0.05
    """Deadband, as a share of the threshold."""
    on_delay_s: NotNegative = 0.0
    off_delay_s: NotNegative = 0.0
    """How long it must have been seen cleared before the event clears."""
    confirm: Annotated[tuple[int, int], PlainValidator(limit_checks.parse_confirm)] = (1, 1)
    """`"2 of 3"`: so many of the last readings have to show the breach."""
    min_trust: Annotated[Trust, PlainValidator(limit_checks.parse_trust)] = Trust.STALE
    active: Annotated[tuple[Window, ...], PlainValidator(limit_checks.parse_windows)] = ()
    enabled: Annotated[bool, Field(strict=True)] = True
    expires: Annotated[dt.datetime | None, PlainValidator(limit_checks.parse_moment)] = None
    reduce_share: Annotated[Number, Field(gt=0, le=1)] = 0.5
    note: str = ""

    @property
    def thresholds(self) -> Mapping[Severity, float]:
        """Only the severities that have one, from low to critical."""
        levels = (self.low, self.medium, self.high, self.critical)
        return {severity: level for severity, level in zip(Severity, levels, strict=True) if level is not None}

    @field_validator("metric")
    @classmethod
    def _metric_is_known(cls, metric: str, info: ValidationInfo) -> str:
        known = _known(info)
        if known is not None and metric not in known and not metric.startswith(limit_checks.STRESS):
            raise ValueError(f"it is not a metric; {checks.suggestion(metric, known)}")
        return checks.check_filled(metric)

    @field_validator("of")
    @classmethod
    def _of_is_known(cls, of: str, info: ValidationInfo) -> str:
        known = _known(info)
        if of and known is not None and of not in known and of != CAPITAL:
            raise ValueError(f'an amount to be a share of is needed: "capital" or {checks.suggestion(of, known)}')
        return of

    @model_validator(mode="after")
    def _thresholds_make_sense(self, info: ValidationInfo) -> Self:
        thresholds = self.thresholds
        if not thresholds:
            raise ValueError("at least one threshold is needed: low, medium, high or critical")
        known = _known(info)
        ways = known if isinstance(known, Mapping) else {}
        falling = ways.get(self.metric, 0) < 0 and not self.change_over_s
        levels = list(thresholds.values())
        shown = ", ".join(f"{severity.word} = {level:g}" for severity, level in thresholds.items())
        if falling and levels != sorted(levels, reverse=True):
            raise ValueError(f"smaller is worse here, so thresholds must not rise from low to critical: {shown}")
        any_order = falling or (self.metric in ANY_ORDER_METRICS and levels == sorted(levels, reverse=True))
        if levels != sorted(levels) and not any_order:
            raise ValueError(f"thresholds must not fall from low to critical, and they do: {shown}")
        for severity in self.policy:
            if severity not in thresholds:
                raise ValueError(f"policy names {severity.word}, which has no threshold; add one or drop the policy")
        return self


class LimitConfig(LimitTerms):
    scope: Annotated[Pattern, PlainValidator(checks.parse_scope)]
    """May be a pattern or a group; of several that match, the more specific wins."""


class ProfileConfig(Table):
    name: Name
    based_on: Name | None = None
    """Another profile whose limits hold where this one says nothing."""
    limits: tuple[LimitTerms, ...] = ()
    policy: Annotated[Mapping[Severity, Response], PlainValidator(policies.parse_policy)] = Field(default_factory=dict)
    """For each of its limits that has none of its own, inherited ones too; `policy = {}` of a limit is its own."""
    note: str = ""

    @field_validator("limits")
    @classmethod
    def _subjects_differ(cls, limits: tuple[LimitTerms, ...]) -> tuple[LimitTerms, ...]:
        checks.refuse(checks.repeated("limits", ((row.metric, row.change_over_s) for row in limits), (), "metric"))
        return limits


class AssignConfig(Table):
    scope: Annotated[Pattern, PlainValidator(checks.parse_scope)]
    profile: Name


class ChangeConfig(Table):
    """Why the limits are what they are now: a reason counts for one change."""

    reason: Filled
    by: Filled | None = None
    at: Annotated[dt.datetime | None, PlainValidator(limit_checks.parse_moment)] = None
    second: Filled | None = None
    """Who agreed to it, where `[loosening]` asks for a second person."""


class LooseningConfig(Table):
    """What leaves more room than the limits in force; tightening them never needs anybody's leave."""

    second_person: Annotated[bool, Field(strict=True)] = False
    second_person_within_s: Annotated[Number, Field(ge=10, le=86_400)] = 600.0


def _known(info: ValidationInfo) -> Collection[str] | None:
    context: Mapping[str, Any] = info.context or {}
    known: Collection[str] | None = context.get("metrics")
    return known

"""Limits from the configuration to the risk model, and back into rows that a file or the journal can keep."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from core.config import Config, LimitConfig, LimitTerms
from core.config.policies import policy_table
from core.config.templates import limits_of_profile
from core.domain import Group, Pattern, Severity, Trust, parse_pattern
from core.risk.limits import Confirm, Limit


def limits_of(config: Config) -> tuple[Limit, ...]:
    """Single limits in the order of the file, then those of profiles by assignment; groups know their members."""
    groups = config.groups
    single = [_limit(row, _resolved(row.scope, groups)) for row in config.limits]
    given = [
        replace(_limit(terms, _resolved(row.scope, groups)), profile=row.profile)
        for row in config.assign
        for terms in limits_of_profile(row.profile, config)
    ]
    return (*single, *given)


def _resolved(scope: Pattern, groups: Mapping[str, tuple[str, ...]]) -> Pattern:
    return Group(scope.name, groups.get(scope.name, ())) if isinstance(scope, Group) else scope


def _limit(terms: LimitTerms, scope: Pattern) -> Limit:
    return Limit(
        scope=scope,
        metric=terms.metric,
        thresholds=(terms.low, terms.medium, terms.high, terms.critical),
        clear=terms.clear,
        on_delay_s=terms.on_delay_s,
        off_delay_s=terms.off_delay_s,
        policy=terms.policy,
        reduce_share=terms.reduce_share,
        confirm=Confirm(*terms.confirm),
        min_trust=terms.min_trust,
        of=terms.of,
        change_over_s=terms.change_over_s,
        active=terms.active,
        enabled=terms.enabled,
        expires_at_s=math.inf if terms.expires is None else terms.expires.timestamp(),
        note=terms.note,
    )


_PLAIN = Limit(parse_pattern("portfolio"), "", (None, None, None, None))


def terms_row(limit: Limit) -> dict[str, Any]:
    """The limit without its scope as a TOML table; what is the default is left out."""
    row: dict[str, Any] = {"metric": limit.metric}
    for severity, level in zip(Severity, limit.thresholds, strict=True):
        row[severity.word] = level
    row |= {
        "of": limit.of or None,
        "change_over_s": limit.change_over_s or None,
        "policy": policy_table(limit.policy) or None,
        "clear": None if limit.clear == _PLAIN.clear else limit.clear,
        "on_delay_s": limit.on_delay_s or None,
        "off_delay_s": limit.off_delay_s or None,
        "confirm": None if limit.confirm == _PLAIN.confirm else str(limit.confirm),
        "min_trust": None if limit.min_trust is Trust.STALE else limit.min_trust.name.lower(),
        "active": [str(window) for window in limit.active] or None,
        "enabled": None if limit.enabled else False,
        "expires": _moment(limit.expires_at_s),
        "reduce_share": None if limit.reduce_share == _PLAIN.reduce_share else limit.reduce_share,
        "note": limit.note or None,
    }
    return {key: value for key, value in row.items() if value is not None}


def limit_row(limit: Limit) -> dict[str, Any]:
    """The same with its scope: a `[[limits]]` row."""
    return {"scope": str(limit.scope), **terms_row(limit)}


def kept_row(limit: Limit) -> dict[str, Any]:
    """Everything of it, as JSON can keep it."""
    row = limit_row(limit)
    if "expires" in row:
        row["expires"] = row["expires"].isoformat()
    if isinstance(limit.scope, Group):
        row["members"] = list(limit.scope.members)
    return row | {key: value for key in ("profile", "held") if (value := getattr(limit, key))}


def limit_from_kept(row: Mapping[str, Any]) -> Limit:
    """Raises ValueError (pydantic's is one) where it is no such row."""
    plain = {key: value for key, value in row.items() if key not in {"members", "profile", "held"}}
    if isinstance(plain.get("expires"), str):
        plain["expires"] = dt.datetime.fromisoformat(plain["expires"])
    terms = LimitConfig.model_validate(plain)
    scope = _resolved(terms.scope, {str(getattr(terms.scope, "name", "")): tuple(row.get("members", ()))})
    return replace(_limit(terms, scope), profile=str(row.get("profile", "")), held=str(row.get("held", "")))


def tables_of(config: Config) -> dict[str, Any]:
    """Limits, profiles and assignments of the file as its tables: what `scram limits import` takes."""
    profiles = []
    for profile in config.profiles:
        row: dict[str, Any] = {"name": profile.name, "based_on": profile.based_on, "note": profile.note or None}
        row["policy"] = policy_table(profile.policy) or None
        row["limits"] = [_profile_row(terms) for terms in profile.limits]
        profiles.append({key: value for key, value in row.items() if value not in (None, [])})
    tables: dict[str, Any] = {
        "profiles": profiles,
        "assign": [{"scope": str(row.scope), "profile": row.profile} for row in config.assign],
        "limits": [limit_row(_limit(row, row.scope)) for row in config.limits],
    }
    return {key: rows for key, rows in tables.items() if rows}


def _profile_row(terms: LimitTerms) -> dict[str, Any]:
    row = terms_row(_limit(terms, _PLAIN.scope))
    if "policy" in terms.model_fields_set and not terms.policy:
        row["policy"] = {}  # said on purpose: the profile's own does not hold for this limit
    return row


def effective_tables(limits: Iterable[Limit]) -> dict[str, Any]:
    """What is in force, with profiles taken apart into single limits."""
    return {"limits": [limit_row(limit) for limit in limits]}


def _moment(at_s: float) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(at_s, tz=dt.UTC) if math.isfinite(at_s) else None

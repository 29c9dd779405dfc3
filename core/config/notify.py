"""Who is told of events besides the desk: routes, each with what it carries, when, and how often."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, field_validator

from core.config import checks, limit_checks
from core.config.fields import Count, Name, NotNegative, Number, Table
from core.domain import NotifyKind, Pattern, Severity
from core.windows import Window

_REFERENCE = re.compile(r"keyring|env:[A-Za-z_][A-Za-z0-9_]*")


def _check_reference(value: str) -> str:
    if not _REFERENCE.fullmatch(value):
        raise ValueError(
            '"keyring" or "env:NAME" is needed, where NAME is an environment variable; the address itself is a secret '
            "and does not belong in this file"
        )
    return value


def _parse_severity(value: object) -> Severity:
    if isinstance(value, Severity):
        return value
    severities = {severity.word: severity for severity in Severity}
    if not isinstance(value, str) or value not in severities:
        raise ValueError(checks.suggestion(value, severities))
    return severities[value]


def _parse_scopes(value: object) -> tuple[Pattern, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError('a list is needed, such as ["portfolio", "account:alpha-*"]')  # noqa: TRY004 (pydantic takes up only a ValueError)
    return tuple(checks.parse_scope(item) for item in value)


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Level = Annotated[Severity, PlainValidator(_parse_severity)]


class RouteConfig(Table):
    """One way out: an address of apprise, and what goes there."""

    name: Name
    url: Annotated[str, AfterValidator(_check_reference)] = "keyring"
    """Where the address is kept: `env:NAME`, or the keyring's entry "notify/NAME"."""
    least: Level = Severity.HIGH
    """Milder events are not told here."""
    scopes: Annotated[tuple[Pattern, ...], PlainValidator(_parse_scopes)] = ()
    """Only events of these; none: of all."""
    kinds: Annotated[tuple[NotifyKind, ...], BeforeValidator(_as_tuple)] = tuple(NotifyKind)
    quiet: Annotated[tuple[Window, ...], PlainValidator(limit_checks.parse_windows)] = ()
    """What comes then is told afterwards in one summary."""
    quiet_least: Level = Severity.CRITICAL
    """From here on up it is told in quiet hours too."""
    per_minute: Annotated[Number, Field(gt=0, le=600)] = 6.0
    """Messages that may go out on the long run."""
    burst: Annotated[Count, Field(le=100)] = 3
    """Messages that may go out at once before that."""
    digest_s: Annotated[NotNegative, Field(le=3600)] = 5.0
    """How long after the first one further events are waited for, to be told in one message; criticals do not wait."""
    timeout_s: Annotated[Number, Field(ge=0.5, le=60)] = 10.0
    """An attempt that has no answer by then has failed."""

    @field_validator("kinds")
    @classmethod
    def _some_kind(cls, kinds: tuple[NotifyKind, ...]) -> tuple[NotifyKind, ...]:
        if not kinds:
            raise ValueError(f"at least one is needed: {', '.join(NotifyKind)}")
        return tuple(dict.fromkeys(kinds))


class NotifyConfig(Table):
    routes: tuple[RouteConfig, ...] = ()

    @field_validator("routes")
    @classmethod
    def _names_differ(cls, routes: tuple[RouteConfig, ...]) -> tuple[RouteConfig, ...]:
        checks.refuse(checks.repeated("routes", (row.name for row in routes), ("name",), "name"))
        return routes

"""Strategies as the file has them: what is theirs, and what trades for them."""

from __future__ import annotations

import enum
import ipaddress
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from core.config import checks
from core.config.fields import Name, Number, Positive, Table
from core.domain import UNATTRIBUTED

_SECRET = re.compile(r"keyring|env:[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class StrategyMatch(Table):
    """All keys given must match; each is a pattern."""

    account: Annotated[str, AfterValidator(checks.check_filled)] | None = None
    client_order_id: Annotated[str, AfterValidator(checks.check_filled)] | None = None
    symbol: Annotated[str, AfterValidator(checks.check_filled)] | None = None

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.account is None and self.client_order_id is None and self.symbol is None:
            raise ValueError("at least one of account, client_order_id and symbol is needed")
        return self


def _check_words(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or not value[0].strip():
        raise ValueError('a list is needed that begins with the program, such as ["/opt/bots/ctl", "pause"]')
    return value


def _check_url(value: str) -> str:
    """https anywhere; http on this machine only, where nobody listens in between."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("an address such as https://bots.example/scram is needed") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("a name or password does not belong in it: requests are signed")
    if parts.scheme == "https" and host:
        return value
    if parts.scheme == "http" and _is_loopback(host):
        return value
    raise ValueError("https://... is needed, or http:// to this machine (localhost, 127.0.0.1, ::1)")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_secret(value: str) -> str:
    if not _SECRET.fullmatch(value):
        raise ValueError('"keyring" or "env:NAME" is needed, where NAME is an environment variable')
    return value


def _check_variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError("the name of an environment variable is needed")
    return value


Words = Annotated[tuple[str, ...], AfterValidator(_check_words)]
"""A program and its arguments, one by one: no shell takes them apart."""


class SourceKind(enum.StrEnum):
    COMMAND = "command"
    WEBHOOK = "webhook"


class SourceConfig(Table):
    """What trades for a strategy, and how it is asked to pause and to resume, and is read back."""

    kind: SourceKind
    pause: Words | None = None
    resume: Words | None = None
    reduce_only: Words | None = None
    status: Words | None = None
    environment: tuple[Annotated[str, AfterValidator(_check_variable)], ...] = ()
    """Variables that commands are given besides PATH, HOME and the like."""
    url: Annotated[str, AfterValidator(_check_url)] | None = None
    secret: Annotated[str, AfterValidator(_check_secret)] | None = None
    knows_reduce_only: Annotated[bool, Field(strict=True)] = False
    """Of a webhook: whether it can be asked for reduce-only. Of a command, whether there is one says it."""
    timeout_s: Annotated[Number, Field(ge=0.1, le=60)] = 5.0

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        command: dict[str, object] = {"pause": self.pause, "resume": self.resume, "status": self.status}
        webhook: dict[str, object] = {"url": self.url, "secret": self.secret}
        needed, other = (command, webhook) if self.kind is SourceKind.COMMAND else (webhook, command)
        missing = [name for name, value in needed.items() if value is None]
        if missing:
            raise ValueError(f"a {self.kind.value} needs {', '.join(missing)}")
        if self.kind is SourceKind.WEBHOOK:
            other = {**other, "reduce_only": self.reduce_only, "environment": self.environment or None}
        elif self.knows_reduce_only:
            raise ValueError("knows_reduce_only belongs to a webhook; of a command, reduce_only says it")
        extra = [name for name, value in other.items() if value is not None]
        if extra:
            raise ValueError(f"{', '.join(extra)} does not belong to a {self.kind.value}")
        return self


class StrategyConfig(Table):
    name: Name
    match: StrategyMatch
    capital: Positive | None = None
    """In the base currency; without it the strategy's ratios are unknown."""
    source: SourceConfig | None = None
    """What trades for it; without one, stopping it means sweeping."""

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, name: str) -> str:
        if name == UNATTRIBUTED:
            raise ValueError("that is the name of what no strategy claims; choose another")
        return name

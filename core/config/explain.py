"""What pydantic found wrong, as sentences for the person who has the file open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.config import checks
from core.config.checks import Place
from core.config.egress import EgressConfig
from core.config.events import EventsConfig
from core.config.journal import JournalConfig
from core.config.limits import AssignConfig, ChangeConfig, LimitConfig, LimitTerms, LooseningConfig, ProfileConfig
from core.config.mitigation import MitigationConfig
from core.config.model import (
    AccountConfig,
    Config,
    EngineConfig,
    FeedConfig,
    GuardianConfig,
    ReadinessConfig,
    StopConfig,
)
from core.config.notify import NotifyConfig, RouteConfig
from core.config.risk import RiskConfig, ShockConfig
from core.config.strategies import SourceConfig, StrategyConfig, StrategyMatch

_TABLES: Mapping[Place, type[BaseModel]] = {
    (): Config,
    ("accounts",): AccountConfig,
    ("egress",): EgressConfig,
    ("strategies",): StrategyConfig,
    ("strategies", "match"): StrategyMatch,
    ("strategies", "source"): SourceConfig,
    ("limits",): LimitConfig,
    ("profiles",): ProfileConfig,
    ("profiles", "limits"): LimitTerms,
    ("assign",): AssignConfig,
    ("change",): ChangeConfig,
    ("loosening",): LooseningConfig,
    ("risk",): RiskConfig,
    ("shocks",): ShockConfig,
    ("stop",): StopConfig,
    ("guardian",): GuardianConfig,
    ("readiness",): ReadinessConfig,
    ("feed",): FeedConfig,
    ("engine",): EngineConfig,
    ("mitigation",): MitigationConfig,
    ("events",): EventsConfig,
    ("journal",): JournalConfig,
    ("notify",): NotifyConfig,
    ("notify", "routes"): RouteConfig,
}
_ROWS = frozenset({"accounts", "egress", "strategies", "limits", "profiles", "assign", "shocks"})
"""Tables of which there are several."""
_NEVER_SHOWN = frozenset({"credentials", "guardian_credentials", "ccxt", "url", "proxy", "secret"})
"""Somebody may have pasted a secret there; an error text ends up in logs."""

_LONGEST_VALUE = 60

_ALLOWED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda ctx: f"it must be more than {ctx['gt']:g}",
    "greater_than_equal": lambda ctx: f"it must be at least {ctx['ge']:g}",
    "less_than": lambda ctx: f"it must be less than {ctx['lt']:g}",
    "less_than_equal": lambda ctx: f"it must be at most {ctx['le']:g}",
    "finite_number": lambda _: "a finite number is needed",
    "float_type": lambda _: "a number is needed, without quotes",
    "int_type": lambda _: "a whole number is needed, without quotes",
    "string_type": lambda _: "text in quotes is needed",
    "mapping_type": lambda _: "a table is needed",
    "model_type": lambda _: "a table is needed",
    "tuple_type": lambda _: "a list is needed",
    "too_short": lambda _: "at least one is needed",
}


def problems_of(
    error: ValidationError, raw: object, place: Callable[[Place], str], below: Place = ()
) -> list[tuple[Place, str]]:
    """Every problem with its place in `raw`, as a sentence that begins with what `place` calls its table.

    `below` says where in `raw` the validated part stands.
    """
    found: list[tuple[Place, str]] = []
    for detail in error.errors(include_url=False, include_input=True):
        if detail["type"] == "default_factory_not_called":
            continue  # a consequence of another problem in the same table
        if detail["type"] == "too_short" and detail["input"]:
            continue  # there are rows, none of them valid, and each has its own problem
        for where, what in _flatten(detail, below):
            found.append((where, _sentence(where, what, raw, place)))
    return found


def place_in_file(raw: object, lines: Mapping[str, list[int]]) -> Callable[[Place], str]:
    """Names a table as `accounts[2] "alpha-1" (from line 31)`; `lines` has the header lines of each kind of row."""

    def name(place: Place) -> str:
        if not place or place[0] not in _ROWS or len(place) < 2:
            return f"[{place[0]}]" if len(place) > 1 else ""
        kind, index = str(place[0]), place[1]
        called = title(_at(raw, place[:2]))
        rows = _at(raw, place[:1])
        headers = lines.get(kind, [])
        known_line = isinstance(rows, list) and len(headers) == len(rows) and isinstance(index, int)
        from_line = f" (from line {headers[int(index)]})" if known_line else ""
        return f"{kind}[{index}]" + (f" {show(called)}" if called else "") + from_line

    return name


def title(row: object) -> str:
    """What a person would call this row: its name, or scope and metric of a limit, or scope and profile."""
    if not isinstance(row, Mapping):
        return ""
    parts = [row["name"]] if "name" in row else [row.get("scope"), row.get("metric"), row.get("profile")]
    return " ".join(part for part in parts if isinstance(part, str))


def show(value: object) -> str:
    """A value as it stands in the file, short."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, Mapping):
        return "a table"
    elif isinstance(value, list | tuple):
        return "a list"
    else:
        text = _number_text(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _number_text(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # more digits than Python turns into text
        return "a number of thousands of digits"


def _flatten(detail: ErrorDetails, below: Place) -> Iterator[tuple[Place, str]]:
    loc = (*below, *detail["loc"])
    ctx: Mapping[str, Any] = detail.get("ctx", {})
    kind = detail["type"]
    if kind == checks.CUSTOM:
        for inner, what in ctx["problems"]:
            yield (*loc, *inner), what
    elif kind == "value_error":
        yield loc, str(ctx["error"])
    elif kind == "missing":
        yield loc, "missing"
    elif kind == "extra_forbidden":
        yield loc, f"not a key here; {checks.suggestion(loc[-1], allowed_keys(loc[:-1]))}"
    elif kind == "enum":
        words = re.findall(r"'([^']*)'", str(ctx["expected"]))
        yield loc, checks.suggestion(detail["input"], words)
    else:
        known = _ALLOWED.get(kind)
        yield loc, known(ctx) if known else detail["msg"]


def allowed_keys(table: Place) -> list[str]:
    model = _TABLES.get(tuple(part for part in table if isinstance(part, str)))
    return [] if model is None else list(model.model_fields)


def _sentence(where: Place, what: str, raw: object, place: Callable[[Place], str]) -> str:
    table = place(where)
    key = _key(where)
    value = _at(raw, where)
    start = f"{table}: " if table else ""
    if not key:
        return f"{start}{what}"
    if what == "missing":
        return f"{start}{key} is missing{_needed(where)}"
    if what.startswith("not a key here"):
        return f"{start}{show(str(where[-1]))} is {what}"
    shown = isinstance(value, str | int | float) and not _NEVER_SHOWN.intersection(where)
    return f"{start}{key} is {show(value)}; {what}" if shown else f"{start}{key}: {what}"


def _needed(where: Place) -> str:
    if where == ("accounts",):
        return "; at least one [[accounts]] table with name and exchange is needed"
    model = _TABLES.get(tuple(part for part in where[:-1] if isinstance(part, str)))
    fields = model.model_fields if model else {}
    needed = [name for name, field in fields.items() if field.is_required()]
    return f"; needed here are {' and '.join(needed)}" if len(needed) > 1 else ""


def _key(where: Place) -> str:
    """The key within its table: what is left of the place once the table is named."""
    if where and where[0] in _ROWS and len(where) > 1:
        rest = where[2:]
    else:
        rest = where[1:] if len(where) > 1 else where
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest).removeprefix(".")


def _at(raw: object, where: Place) -> object:
    for part in where:
        within = isinstance(part, int) and isinstance(raw, list | tuple) and part < len(raw)
        if not within and not (isinstance(raw, Mapping) and part in raw):
            return None
        raw = raw[part]  # type: ignore[index]
    return raw

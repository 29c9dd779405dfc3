"""Mitigations from the rows that the journal makes of them: its records and its states, read back at a restart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from core.domain import Policy, Scope, Severity, Side
from core.errors import ConfigError
from core.ladder import OnLapse, Rung
from core.mitigation.model import Answered, Mitigation, MitigationState, Reduction

T = TypeVar("T")
_Read = Callable[[Any], Any]


def mitigation_from(row: Mapping[str, Any]) -> Mitigation:
    """Raises ValueError where it is no such row."""
    try:
        return _from(Mitigation, row, _MITIGATION)
    except (ConfigError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _number(value: Any) -> float:
    """Unknown is null in JSON, as everywhere in the journal."""
    return math.nan if value is None else float(value)


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)


def _scope(value: Any) -> Scope:
    name = value["name"]
    return Scope.parse(f"{value['kind']}:{name}" if name else value["kind"])


def _list_of(read: _Read) -> _Read:
    def read_all(rows: Any) -> Any:
        return tuple(read(row) for row in rows)

    return read_all


def _from(kind: type[T], row: Mapping[str, Any], readers: Mapping[str, _Read]) -> T:
    """Fields that the row lacks take their default, and what it has beyond them is left out."""
    fields: dict[str, Any] = {}
    for name in [name for name in kind.__annotations__ if name in row]:
        read: _Read = readers.get(name, _number)
        fields[name] = read(row[name])
    made: T = kind(**fields)
    return made


_REDUCTION: Mapping[str, _Read] = {"account": str, "symbol": str, "strategy": str, "side": Side, "pair": str}
_ANSWERED: Mapping[str, _Read] = {"event_id": str, "scope": _scope, "metric": str, "severity": Severity}


def _reduction(row: Any) -> Reduction:
    return _from(Reduction, row, _REDUCTION)


def _answered(row: Any) -> Answered:
    return _from(Answered, row, _ANSWERED)


_TEXTS = (
    "mitigation_id", "event_id", "metric", "note", "summary", "approved_by", "held_back", "follows", "made_by",
)  # fmt: skip
_MITIGATION: Mapping[str, _Read] = {
    **dict.fromkeys(_TEXTS, str),
    "scope": _scope,
    "severity": Severity,
    "rung": Rung,
    "mode": Policy,
    "state": MitigationState,
    "on_lapse": OnLapse,
    "verified": bool,
    "attempt": int,
    "revision": int,
    "left_out": _list_of(str),
    "lapses_at_s": _optional,
    "ended_at_s": _optional,
    "began_at_s": _optional,
    "countdown_s": _optional,
    "reductions": _list_of(_reduction),
    "answers": _list_of(_answered),
}  # fmt: skip

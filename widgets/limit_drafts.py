"""What somebody is about to change: one limit, a new one, an assignment, or a change of the past taken back."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.config.limit_form import LEVELS, Texts, texts_of, values_of
from core.config.rows import ASSIGN, LIMITS, PROFILE_LIMITS, RowEdit, RowKey
from core.limit_page import Draft, LimitLine, PastChange

TERMS = (
    *LEVELS, *(f"then_{word}" for word in LEVELS), "on_delay_s", "off_delay_s", "clear", "confirm", "of",
    "change_over_s", "min_trust", "reduce_share", "active", "expires", "note", "enabled",
)  # fmt: skip


class Kind(enum.Enum):
    NOTHING = "nothing"
    CHANGE = "change"
    NEW = "new"
    ASSIGN = "assign"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Task:
    """What the fields are for."""

    kind: Kind = Kind.NOTHING
    line: LimitLine | None = None
    values: Mapping[str, Any] | None = None
    """What the fields begin with, where that is not the line's row."""
    change: PastChange | None = None

    @property
    def key(self) -> object:
        """What is typed stays with it."""
        if self.kind is Kind.CHANGE and self.line is not None:
            return self.line.identity
        begun = self.values or {}
        about = (begun.get("scope"), begun.get("metric"), begun.get("change_over_s"))
        return (self.kind, *about) if self.change is None else self.change.seq

    @property
    def was(self) -> Mapping[str, Any]:
        """The row as it stands; empty for one that is not there."""
        return self.line.written if self.kind is Kind.CHANGE and self.line is not None else {}

    def first_texts(self, unit: str, base: str) -> Texts:
        return texts_of(self.values if self.values is not None else self.was, unit, base)

    @property
    def fields(self) -> tuple[str, ...]:
        if self.kind is Kind.ASSIGN:
            return ("scope", "profile")
        if self.kind in (Kind.NOTHING, Kind.UNDO):
            return ()
        of_profile = self.line is not None and self.kind is Kind.CHANGE and self.line.assigned is not None
        return ("metric", *TERMS) if of_profile else ("scope", "metric", *TERMS)

    def draft(
        self, texts: Texts, was: Mapping[str, Any], unit: str, base: str, now_s: float
    ) -> tuple[Draft, dict[str, str]]:
        """What the fields ask for, and by field what is no such thing. `was`: the row when the change was begun."""
        if self.kind is Kind.UNDO and self.change is not None:
            return Draft(undo=self.change.seq), {}
        if self.kind is Kind.NOTHING:
            return Draft(), {}
        values, problems = values_of(texts, was, unit, base, now_s)
        if problems or values == was or (self.kind is not Kind.CHANGE and not values.get("scope")):
            return Draft(), problems
        if self.kind is Kind.CHANGE and self.line is not None:
            return Draft((RowEdit(self.line.key, values, was=was),)), {}
        if self.kind is Kind.ASSIGN:
            values = {name: values[name] for name in ("scope", "profile") if name in values}
            key = RowKey(ASSIGN, str(values.get("scope", "")), str(values.get("profile", "")))
            return (Draft((RowEdit(key, values),)) if len(values) == 2 else Draft()), {}
        if not values.get("metric") or not any(values.get(level) is not None for level in LEVELS):
            return Draft(), {}  # not yet anything to be tried out
        span_s = float(values.get("change_over_s", 0.0))
        key = RowKey(LIMITS, str(values["scope"]), "", str(values.get("metric", "")), span_s)
        return Draft((RowEdit(key, values),)), {}


def removal(line: LimitLine) -> Draft:
    """Take its row away."""
    return Draft((RowEdit(line.key, None, was=line.written),))


def unassigned(line: LimitLine) -> Draft:
    """Take the profile off its scopes."""
    assert line.assigned is not None
    was = {"scope": line.assigned.scope, "profile": line.assigned.profile}
    return Draft((RowEdit(line.assigned, None, was=was),))


def own_values(line: LimitLine) -> dict[str, Any]:
    """A limit of its own for the scope, that says what the profile's says."""
    return {"scope": line.scope, **{name: part for name, part in line.written.items() if name != "scope"}}


def removable(line: LimitLine) -> bool:
    return not line.fixed and line.key.table in (LIMITS, PROFILE_LIMITS)

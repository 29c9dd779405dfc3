"""Which configuration is in force, by its fingerprint, and what is different from the one before, place by place.

Limits, profiles and what assigns them are left to the versions of the limits, which say more of them; the fingerprint
covers the whole file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from core.config import Config
from core.journal.canonical import canonical, plain

CONFIG_STATE = "config"
MOST_CHANGES = 500
"""Places that one record names."""
_TOLD_ELSEWHERE = frozenset({"limits", "profiles", "assign", "change"})
_NOT_SHOWN = frozenset({"ccxt", "credentials", "guardian_credentials", "proxy", "secret", "url"})
"""Somebody may have pasted a secret there."""


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """None: it is not there."""

    place: str
    """For instance `accounts.alpha-1.mode`."""
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """Its record in the journal."""

    version: str
    before: str
    """The version before it; "" where none is known."""
    changes: tuple[PlaceChange, ...]
    more: int
    """Places that changed too."""


class ConfigVersions:
    """May take a while for thousands of accounts: not for the loop's thread."""

    def __init__(self, kept: object = None) -> None:
        """`kept` is what `state` gave in an earlier run."""
        self.version = ""
        self._places: dict[str, Any] = {}
        if isinstance(kept, Mapping) and isinstance(kept.get("places"), Mapping):
            self.version, self._places = str(kept.get("version", "")), dict(kept["places"])

    def take(self, config: Config) -> ConfigVersion | None:
        """The configuration from now on; None where it is the one that was."""
        table = plain(_tables(config))
        version, before = hashlib.sha256(canonical(table).encode()).hexdigest()[:12], self.version
        if version == before:
            return None
        places = dict(_flat({name: part for name, part in table.items() if name not in _TOLD_ELSEWHERE}))
        names = [name for name in sorted(self._places.keys() | places) if self._places.get(name) != places.get(name)]
        changes = [PlaceChange(name, self._places.get(name), places.get(name)) for name in names[:MOST_CHANGES]]
        self.version, self._places = version, places
        return ConfigVersion(version, before, tuple(changes), len(names) - len(changes))

    def state(self) -> dict[str, Any]:
        """What has to be kept for the next start."""
        return {"version": self.version, "places": self._places}


def _tables(value: Any) -> Any:
    """Every table as a mapping, whatever of its own its values are made of."""
    if isinstance(value, BaseModel):
        return {name: _tables(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {key: _tables(part) for key, part in value.items()}
    return [_tables(part) for part in value] if isinstance(value, list | tuple) else value


def _flat(value: Any, place: str = "", name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its place; rows that have a name are called by it."""
    if name in _NOT_SHOWN:
        if value:
            # Enough to see that it changed, and far too little to say what it is.
            yield place, f"(not shown, {hashlib.sha256(canonical(value).encode()).hexdigest()[:6]})"
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, f"{place}.{key}" if place else key, key)
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        for number, row in enumerate(value, start=1):
            yield from _flat(row, f"{place}.{row.get('name', number)}")
    elif value is not None:
        yield place, value

"""Fills in what the parameters of a plan leave open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.errors import VenueUnsupported

OPEN = re.compile(r"\{(\w+)\}")


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """`template` with every `{name}` replaced; raises VenueUnsupported where a value is not known."""
    if isinstance(template, Mapping):
        return {key: filled(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    if (alone := OPEN.fullmatch(template)) is not None:
        return _value(alone[1], values)
    return OPEN.sub(lambda match: str(_value(match[1], values)), template)


def market_values(market: Mapping[str, Any]) -> dict[str, Any]:
    """What a market gives to a template."""
    return {
        "market": market["id"],
        "symbol": market["symbol"],
        "settle": market.get("settleId") or market.get("settle"),
        "base": market.get("baseId") or market.get("base"),
    }


def _value(name: str, values: Mapping[str, Any]) -> Any:
    value = values.get(name)
    if value is None:
        raise VenueUnsupported(f"a call of the stop plan needs the {name} of what it is asked about, which is unknown")
    return value

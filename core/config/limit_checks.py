"""Checks of single values of a limit. A ValueError says what is allowed; the value is added by `explain`."""

from __future__ import annotations

import datetime as dt
import re

from core.config.checks import suggestion
from core.domain import Trust
from core.errors import ConfigError
from core.windows import ALLOWED, Window, parse_window

STRESS = "stress_"
"""How the columns of named shocks begin."""
STRESS_ENDINGS = ("_loss", "_margin_calls", "_liquidated")
MOST_CYCLES = 1_000

_CONFIRM = re.compile(r"(\d{1,6}) of (\d{1,6})")
_TRUSTS = {trust.name.lower(): trust for trust in (Trust.TRUSTED, Trust.UNSETTLED, Trust.STALE)}


def parse_confirm(value: object) -> tuple[int, int]:
    if isinstance(value, tuple):
        return value
    found = _CONFIRM.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('text such as "2 of 3" is needed: so many of the last so many readings')
    needed, cycles = int(found[1]), int(found[2])
    if not 1 <= needed <= cycles:
        raise ValueError("at least 1 is needed, and no more than there are readings")
    if cycles > MOST_CYCLES:
        raise ValueError(f"at most {MOST_CYCLES} readings are looked back on")
    return needed, cycles


def parse_trust(value: object) -> Trust:
    if isinstance(value, Trust):
        return value
    if not isinstance(value, str) or value not in _TRUSTS:
        raise ValueError(suggestion(value, _TRUSTS))
    return _TRUSTS[value]


def parse_windows(value: object) -> tuple[Window, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"a list is needed; {ALLOWED}")  # noqa: TRY004 (pydantic takes up only a ValueError)
    windows = []
    for item in value:
        if isinstance(item, Window):
            windows.append(item)
            continue
        if not isinstance(item, str):
            raise ValueError(ALLOWED)  # noqa: TRY004
        try:
            windows.append(parse_window(item))
        except ConfigError as error:
            raise ValueError(f'"{item}": {error}') from None
    return tuple(windows)


def parse_moment(value: object) -> dt.datetime | None:
    if value is None or (isinstance(value, dt.datetime) and value.tzinfo is not None):
        return value
    raise ValueError("a moment with its time zone is needed, such as 2026-12-01T00:00:00Z, without quotes")

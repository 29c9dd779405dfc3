"""A dictionary as TOML text: just what a configuration needs, for the demo and for first starts."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def to_toml(table: Mapping[str, Any]) -> str:
    """Tables, lists of tables and lists of tables in these get headers; what lies deeper is inline. None is left out.

    Raises TypeError for a value that TOML has no word for.
    """
    plain = {key: value for key, value in table.items() if not _has_header(value)}
    parts = ["".join(_pairs(plain))] if plain else []
    for key, value in table.items():
        if not _has_header(value):
            continue
        if isinstance(value, Mapping):
            parts.append(f"[{_key(key)}]\n" + "".join(_pairs(value)))
        else:
            parts += [part for row in value for part in _row(_key(key), row)]
    return "\n".join(parts)


def to_line(key: str, value: object) -> str:
    """`key = value` in one line, tables inline; without the line's end."""
    return f"{_key(key)} = {_value(value)}"


def _row(header: str, row: Mapping[str, Any]) -> Iterator[str]:
    """A row of a list of tables; lists of tables within it get headers of their own."""
    inner = {key: value for key, value in row.items() if not isinstance(value, Mapping) and _has_header(value)}
    yield f"[[{header}]]\n" + "".join(_pairs({key: value for key, value in row.items() if key not in inner}))
    for key, rows in inner.items():
        for each in rows:
            yield f"[[{header}.{_key(key)}]]\n" + "".join(_pairs(each))


def _has_header(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if value is not None:
            yield f"{_key(key)} = {_value(value)}\n"


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a TOML key is text and not {type(key).__name__}")
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"TOML has no word for {type(value).__name__}")


def _number(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float.__repr__(value)


def _text(value: str) -> str:
    return '"' + "".join(_escaped(mark) for mark in value) + '"'


def _escaped(mark: str) -> str:
    if mark in _ESCAPES:
        return _ESCAPES[mark]
    if ord(mark) < 0x20 or ord(mark) == 0x7F:
        return f"\\u{ord(mark):04x}"
    if 0xD800 <= ord(mark) <= 0xDFFF:
        raise TypeError("TOML text cannot hold half a character (a lone surrogate)")
    return mark

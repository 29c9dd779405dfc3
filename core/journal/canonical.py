"""One form for the body of every record, byte for byte the same wherever and whenever it is made."""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import orjson

SECRET_NAMES = frozenset(
    {
        "secret", "api_key", "apikey", "api_secret", "apisecret", "password", "passphrase", "private_key", "privatekey",
        "token", "access_token", "listen_key", "listenkey", "signature", "authorization",
    }
)  # fmt: skip
REDACTED = "(redacted)"
MAX_DEPTH = 24
_BIGGEST_INT = 2**63 - 1


def canonical(body: object) -> str:
    """Canonical JSON of any body; what has no JSON form is named by its type, never printed."""
    return orjson.dumps(plain(body), option=orjson.OPT_SORT_KEYS).decode()


def clean_text(text: str) -> str:
    """`text` without what cannot be encoded: lone surrogates come from the file system and from garbled replies.

    Nor can a NUL: PostgreSQL takes none, and SQLite's own tools end a text there.
    """
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain(value: object, depth: int = 0) -> Any:
    """Plain JSON data of frozen records, mappings and sequences; secrets by name are taken out whatever they hold."""
    kind = type(value)
    if kind is str:
        return clean_text(value)  # type: ignore[arg-type]  # it is what its type says
    if value is None or kind is bool:
        return value
    if isinstance(value, enum.Enum):
        return plain(value.value, depth)
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)  # numpy's is a subclass that the encoder does not know
        # JSON knows neither: unknown is null, and infinity is a word so that it is not taken for unknown.
        return None if math.isnan(value) else ("inf" if value > 0.0 else "-inf")
    if isinstance(value, int):
        return value if -_BIGGEST_INT <= value <= _BIGGEST_INT else str(value)
    if depth >= MAX_DEPTH:
        return "(too deep)"
    return _plain_whole(value, depth + 1)


def _plain_whole(value: object, depth: int) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _member(name, getattr(value, name), depth) for name in _fields(type(value))}
    if isinstance(value, Mapping):
        return {_name(key): _member(_name(key), item, depth) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((plain(item, depth) for item in value), key=str)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist(), depth)
    return f"({type(value).__name__})"


@functools.lru_cache(maxsize=1_000)
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _member(name: str, value: object, depth: int) -> Any:
    return REDACTED if value and _is_secret(name) else plain(value, depth)


@functools.lru_cache(maxsize=10_000)
def _is_secret(name: str) -> bool:
    return name.lower().replace("-", "_") in SECRET_NAMES


def _name(key: object) -> str:
    return clean_text(str(key.value if isinstance(key, enum.Enum) else key))

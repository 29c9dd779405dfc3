"""One form for every record, byte for byte the same wherever and whenever it is made, and the hash over it."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import orjson

GENESIS = "0" * 64
"""`prev_hash` of the first record."""

SECRET_NAMES = frozenset(
    {
        "secret", "api_key", "apikey", "api_secret", "apisecret", "password", "passphrase", "private_key", "privatekey",
        "token", "access_token", "listen_key", "listenkey", "signature", "authorization",
    }
)  # fmt: skip
REDACTED = "(redacted)"
MAX_DEPTH = 24
_BIGGEST_INT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A record before it has its place in the chain."""

    at_s: float
    """Wall time."""
    mono_s: float
    """Monotonic time of the process that wrote it: orders and measures within one run."""
    kind: str
    actor: str
    scope: str
    body: str
    """Canonical JSON."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record in its place."""

    seq: int
    at_s: float
    mono_s: float
    kind: str
    actor: str
    scope: str
    body: str
    prev_hash: str
    hash: str

    def data(self) -> Any:
        """The body as plain data."""
        return orjson.loads(self.body)

    def expected_hash(self) -> str:
        entry = Entry(self.at_s, self.mono_s, self.kind, self.actor, self.scope, self.body)
        return chain_hash(self.seq, entry, self.prev_hash)


def chain_hash(seq: int, entry: Entry, prev_hash: str) -> str:
    """SHA-256 over everything a record says, its place and its predecessor's hash."""
    parts = [seq, entry.at_s, entry.mono_s, entry.kind, entry.actor, entry.scope, entry.body, prev_hash]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def link(seq: int, entry: Entry, prev_hash: str) -> Record:
    digest = chain_hash(seq, entry, prev_hash)
    return Record(seq, entry.at_s, entry.mono_s, entry.kind, entry.actor, entry.scope, entry.body, prev_hash, digest)


def canonical(body: object) -> str:
    """Canonical JSON of any body; what has no JSON form is named by its type, never printed."""
    return orjson.dumps(plain(body), option=orjson.OPT_SORT_KEYS).decode()


def clean_text(text: str) -> str:
    """`text` without what cannot be encoded: lone surrogates come from the file system and from garbled replies."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain(value: object, depth: int = 0) -> Any:
    """Plain JSON data of frozen records, mappings and sequences; secrets by name are taken out whatever they hold."""
    if isinstance(value, enum.Enum):
        return plain(value.value, depth)
    if value is None or isinstance(value, bool):
        return value
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
        return {field.name: _member(field.name, getattr(value, field.name), depth) for field in _fields(type(value))}
    if isinstance(value, Mapping):
        return {_name(key): _member(_name(key), item, depth) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((plain(item, depth) for item in value), key=str)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist(), depth)
    return f"({type(value).__name__})"


def _fields(kind: type) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)


def _member(name: str, value: object, depth: int) -> Any:
    if value and name.lower().replace("-", "_") in SECRET_NAMES:
        return REDACTED
    return plain(value, depth)


def _name(key: object) -> str:
    return clean_text(str(key.value if isinstance(key, enum.Enum) else key))

"""A record of the journal: what it says, its place in the chain, and the hash that holds both.

`form` says what a hash covers: 1 is what the first release wrote, 2 takes in what it is about, its run, and which
limits and which configuration were in force. A record keeps the form that it was written in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

GENESIS = "0" * 64
"""`prev_hash` of the first record."""
FORM = 2
"""Of what is written today."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record before it has its place in the chain."""

    at_s: float
    """Wall time."""
    mono_s: float
    """Monotonic time of the process that wrote it: orders and measures within one run."""
    kind: str
    actor: str
    """A person by name, or "scram"."""
    scope: str
    body: str
    """Canonical JSON."""
    subject: str = ""
    """The id of what it is about: an event, a mitigation, a stop; "" where that has none."""
    run: str = ""
    """Which start of which process wrote it."""
    limits_version: int = 0
    """In force when it was written; 0 where none was yet."""
    config_version: str = ""
    """Fingerprint of the configuration in force."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record in its place; the fields stand as the columns of the table do."""

    seq: int
    at_s: float
    mono_s: float
    kind: str
    actor: str
    scope: str
    subject: str
    run: str
    limits_version: int
    config_version: str
    body: str
    form: int
    prev_hash: str
    hash: str

    def data(self) -> Any:
        """The body as plain data."""
        return orjson.loads(self.body)

    def expected_hash(self) -> str:
        return row_hash([getattr(self, name) for name in self.__slots__])


def row_hash(row: Sequence[Any]) -> str:
    """The hash of a record's fields, in their order, by the form that it names.

    Raises ValueError for a form that does not exist, and TypeError for a field that is not of its type.
    """
    form, prev_hash = row[11], row[12]
    if form == FORM:
        return _sha256([FORM, *row[:11], prev_hash])
    if form != 1 or any(row[6:10]):
        raise ValueError(form)
    return _sha256([*row[:6], row[10], prev_hash])


def link(seq: int, entry: Entry, prev_hash: str) -> Record:
    """Put `entry` in its place behind the record whose hash is `prev_hash`."""
    what = (seq, entry.at_s, entry.mono_s, entry.kind, entry.actor, entry.scope)
    force = (entry.subject, entry.run, entry.limits_version, entry.config_version)
    digest = _sha256([FORM, *what, *force, entry.body, prev_hash])
    return Record(*what, *force, entry.body, FORM, prev_hash, digest)


def _sha256(parts: list[Any]) -> str:
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()

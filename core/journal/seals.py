"""Seals: records that say, signed, what the chain was at the end of a UTC day and whenever a run began and ended.

A seal names the records since the one before it, counts them, and holds the hash of the last: as each record holds the
hash of the one before, that stands for every record until then. Whoever rewrites the chain with hashes of his own
cannot sign it again. The signature is Ed25519 (RFC 8032) by the key of the installation.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, func, select

from core.clock import utc_day
from core.journal.canonical import canonical
from core.journal.records import Entry
from core.journal.tables import RECORDS

SEAL = "journal.seal"
"""The kind of the record."""
DOMAIN = b"scram journal seal 1\n"
"""Before what is signed: a signature of ours can never be one of something else."""
NO_KEY = "the signing key is not there yet"


class Signer(Protocol):
    @property
    def public_key(self) -> str:
        """32 bytes in hexadecimal."""

    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Seal:
    day: str
    """The UTC day that the last of the records belongs to."""
    why: str
    """`day` that is over, `start` or `close` of a run."""
    count: int
    first_seq: int
    last_seq: int
    root: str
    """Hash of the last record."""
    public_key: str = ""
    ed25519: str = ""
    """The signature in hexadecimal; not under a name that secrets have, which the journal never keeps."""
    unsigned: str = ""
    """Why it bears no signature; "" where it does."""

    def signed_bytes(self) -> bytes:
        return DOMAIN + canonical(dataclasses.replace(self, ed25519="")).encode()


class Sealer:
    """Makes seals. The key may come late, from another thread: what is sealed before says that it is not signed."""

    def __init__(self, run: str) -> None:
        self._run = run
        self.signer: Signer | None = None
        self.unsigned = NO_KEY

    def entry(
        self, connection: Connection, last_seq: int, root: str, last_at_s: float, why: str, at_s: float, mono_s: float
    ) -> Entry:
        """A seal over everything behind the last seal, up to a record of that place, hash and wall time."""
        sealed = connection.execute(select(func.max(RECORDS.c.seq)).where(RECORDS.c.kind == SEAL)).scalar() or 0
        count = connection.execute(
            select(func.count()).select_from(RECORDS).where(RECORDS.c.seq > sealed, RECORDS.c.seq <= last_seq)
        ).scalar_one()
        seal = self._signed(Seal(day_of(last_at_s), why, int(count), int(sealed) + 1, last_seq, root))
        return Entry(at_s, mono_s, SEAL, "journal", "", canonical(seal), run=self._run)

    def _signed(self, seal: Seal) -> Seal:
        signer = self.signer
        if signer is None:
            return dataclasses.replace(seal, unsigned=self.unsigned)
        seal = dataclasses.replace(seal, public_key=signer.public_key)
        return dataclasses.replace(seal, ed25519=signer.sign(seal.signed_bytes()).hex())


def day_of(at_s: float) -> str:
    return dt.datetime.fromtimestamp(at_s, tz=dt.UTC).date().isoformat()


def day_is_over(last_at_s: float | None, at_s: float) -> bool:
    """Whether a record of `at_s` belongs to a later UTC day than the last one. A clock that was set back ends none."""
    return last_at_s is not None and utc_day(at_s) > utc_day(last_at_s)


def read_seal(body: str) -> Seal | None:
    """None for what is no seal."""
    try:
        found: Any = orjson.loads(body)
        return Seal(**found)
    except (orjson.JSONDecodeError, TypeError):
        return None


def seal_fault(seal: Seal, known: Collection[str]) -> str:
    """What is wrong with its signature, "" where nothing is.

    `known` are the fingerprints of the keys that are trusted; without any, every key will do.
    """
    if not seal.ed25519:
        return "" if seal.unsigned else "it bears no signature and does not say why"
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = bytes.fromhex(seal.public_key)
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(seal.ed25519), seal.signed_bytes())
    except (ValueError, InvalidSignature):
        return "its signature does not fit what it says"
    if known and fingerprint(seal.public_key) not in known:
        return f"it is signed with the key {fingerprint(seal.public_key)}, which is not one of those that are trusted"
    return ""


def fingerprint(public_key: str) -> str:
    """SHA-256 of the 32 bytes of a public key, both in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()

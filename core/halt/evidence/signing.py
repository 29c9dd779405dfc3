"""Signs evidence with the key of this installation, and says of a signed file whether a byte of it was changed.

The signature (Ed25519, RFC 8032) is over a small header that holds the hash of the evidence: so it can be told whether
the content or the signature was altered. Both stand in one JSON file in the one canonical form; a file in any other
form was altered too.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.clock import utc_text
from core.halt.evidence.canonical import canonical

ALGORITHM = "Ed25519"
DOMAIN = b"scram evidence 1\n"
"""Before what is signed: a signature of ours can never be one of something else."""
HEADER = frozenset({"algorithm", "content_sha256", "fingerprint", "public_key", "signed_at"})


class Altered(enum.StrEnum):
    NOTHING = "nothing"
    CONTENT = "content"
    SIGNATURE = "signature"
    UNKNOWN_KEY = "unknown key"


@dataclass(frozen=True, slots=True)
class Verdict:
    altered: Altered
    words: str
    fingerprint: str = ""
    """Of the key that the file names."""
    signed_at: str = ""

    @property
    def valid(self) -> bool:
        return self.altered is Altered.NOTHING


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of the 32 bytes of a public key, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()


def bare_fingerprint(text: str) -> str:
    """As `fingerprint` writes it, however it was typed: with colons, blanks or capitals."""
    return re.sub(r"[\s:-]", "", text).lower()


def signed(evidence: bytes, key: Ed25519PrivateKey, at_s: float) -> bytes:
    """The signed file; `evidence` is canonical JSON."""
    public = key.public_key().public_bytes_raw()
    header = {
        "algorithm": ALGORITHM,
        "content_sha256": hashlib.sha256(evidence).hexdigest(),
        "fingerprint": fingerprint(public),
        "public_key": public.hex(),
        "signed_at": utc_text(at_s),
    }
    seal = {"header": header, "signature": key.sign(DOMAIN + canonical(header)).hex()}
    return b'{"evidence":' + evidence + b',"seal":' + canonical(seal) + b"}"


def verify(data: bytes, known: Collection[str]) -> Verdict:
    """What of a signed file was altered; `known` are the fingerprints of keys that are trusted."""
    try:
        file = orjson.loads(data)
    except ValueError:
        return Verdict(Altered.CONTENT, "the file is no JSON (any more): it was cut short or altered")
    if not isinstance(file, dict) or "evidence" not in file:
        return Verdict(Altered.CONTENT, "the file holds no evidence")
    if not isinstance(file.get("seal"), dict):
        return Verdict(Altered.SIGNATURE, "the file carries no signature")
    header = file["seal"].get("header")
    if not _is_signed(file["seal"], header):
        return Verdict(Altered.SIGNATURE, "the signature does not fit the key and the hash that stand beside it")
    by, at = header["fingerprint"], header["signed_at"]
    if hashlib.sha256(canonical(file["evidence"])).hexdigest() != header["content_sha256"]:
        return Verdict(Altered.CONTENT, "the evidence is not what was signed", by, at)
    if canonical(file) != data:
        return Verdict(Altered.CONTENT, "the file is not written as it was signed: something was added to it", by, at)
    if by not in {bare_fingerprint(one) for one in known}:
        return Verdict(Altered.UNKNOWN_KEY, f"the signature is sound, and nobody here knows its key {by}", by, at)
    return Verdict(Altered.NOTHING, f"nothing was altered since it was signed at {at}", by, at)


def _is_signed(seal: dict[str, Any], header: Any) -> bool:
    """Whether the header is whole and signed with the key that it names."""
    if not isinstance(header, dict) or set(header) != HEADER or set(seal) != {"header", "signature"}:
        return False
    if not all(isinstance(value, str) for value in (*header.values(), seal["signature"])):
        return False
    try:
        public, signature = bytes.fromhex(header["public_key"]), bytes.fromhex(seal["signature"])
        # One way to write each of them: hexadecimal takes blanks and capitals too.
        if (public.hex(), signature.hex()) != (header["public_key"], seal["signature"]):
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(signature, DOMAIN + canonical(header))
    except (ValueError, InvalidSignature):
        return False
    return bool(header["algorithm"] == ALGORITHM and header["fingerprint"] == fingerprint(public))

"""The journal's seals bear the signature of this installation's key, the one that evidence of stops is signed with."""

from __future__ import annotations

import logging
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import SecretError
from core.halt.evidence.keys import SigningKeys
from core.journal.journal import Journal

log = logging.getLogger(__name__)


class KeySigner:
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public_key = key.public_key().public_bytes_raw().hex()

    @property
    def public_key(self) -> str:
        return self._public_key

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


def begin_sealing(journal: Journal, keys: SigningKeys) -> None:
    """Look for the key in a thread of its own: a keyring may ask its user to unlock it, and nothing waits for that."""

    def look() -> None:
        try:
            signer = KeySigner(keys.private())
        except SecretError as error:
            log.warning("the journal's seals are not signed: %s", error)
            journal.sign_with(None, str(error))
        else:
            journal.sign_with(signer)

    threading.Thread(target=look, name="key of the seals", daemon=True).start()

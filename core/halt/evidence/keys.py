"""The key pair of this installation that signs evidence: made on first use, its private half in the keyring.

Where there is no keyring the private half is in a file that its owner alone may read. The public half is always a file
beside it: it says which key is ours, without anybody being asked to unlock anything.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import SecretError
from core.halt.evidence.signing import fingerprint
from core.secrets import SERVICE, KeyringPort, system_keyring

PUBLIC = "signing-key.pub"


class SigningKeys:
    """Blocking work; the keyring may ask its user to unlock it."""

    def __init__(self, folder: Path, keyring: KeyringPort | None = None) -> None:
        """Without `keyring` the system's own is used."""
        self._folder = folder
        self._keyring = keyring

    def own(self) -> str | None:
        """The fingerprint of our key; None while there is none, or where it cannot be read."""
        public = self._public()
        return None if public is None else fingerprint(public)

    def private(self) -> Ed25519PrivateKey:
        """Made where there is none yet. Raises SecretError, also where it was made and cannot be had any more."""
        public = self._public()
        if public is None:
            self._make()
            public = self._public()
        if public is None:
            raise SecretError(f"the key that signs evidence cannot be kept in {self._folder}")
        name = fingerprint(public)
        text = self._from_file(name) or self._from_keyring(name)
        with contextlib.suppress(ValueError):
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
            if key.public_key().public_bytes_raw() == public:
                return key
        raise SecretError(
            f"the private half of the signing key {name[:16]} is neither in the keyring nor in {self._folder}; "
            f"evidence can be exported unsigned, and a new key is made once {self._folder / PUBLIC} is removed"
        )

    def _make(self) -> None:
        key = Ed25519PrivateKey.generate()
        public, text = key.public_key().public_bytes_raw(), key.private_bytes_raw().hex()
        name = fingerprint(public)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self._to_keyring(name, text):
                _write_new(self._file(name), text)
            # Last, and by one process only: whichever key stands here is ours from now on.
            with contextlib.suppress(FileExistsError):
                _write_new(self._folder / PUBLIC, public.hex())
        except OSError as error:
            raise SecretError(
                f"the key that signs evidence cannot be kept in {self._folder}: {error.strerror}"
            ) from None

    def _public(self) -> bytes | None:
        try:
            public = bytes.fromhex((self._folder / PUBLIC).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return public if len(public) == 32 else None

    def _file(self, name: str) -> Path:
        return self._folder / f"signing-key.{name[:16]}"

    def _from_file(self, name: str) -> str:
        try:
            return self._file(name).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""

    def _to_keyring(self, name: str, text: str) -> bool:
        """Whether it is there now: some backends take everything and keep nothing."""
        port = self._keyring or system_keyring()
        try:
            if port is not None:
                port.set_password(SERVICE, _entry(name), text)
        except Exception:
            return False
        return self._from_keyring(name) == text

    def _from_keyring(self, name: str) -> str:
        port = self._keyring or system_keyring()
        try:
            return (port.get_password(SERVICE, _entry(name)) or "") if port is not None else ""
        except Exception:
            return ""


def _entry(name: str) -> str:
    # Names of accounts hold no blank: this is never one of theirs.
    return f"evidence key {name[:16]}"


def _write_new(path: Path, text: str) -> None:
    """Readable by its owner only; raises FileExistsError where it is there."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

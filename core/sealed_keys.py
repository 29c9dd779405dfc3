"""Keys of accounts in one encrypted file, for systems that have no keyring.

The passphrase becomes a key by scrypt (RFC 7914), and that key seals all entries together by AES-GCM; the file's head,
with everything that opening it needs, is authenticated too. The file is replaced whole, and is its owner's alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import SecretError
from core.places import write_atomically
from core.secrets import FILE_SERVICE, KeyringPort, system_keyring

PASSPHRASE_VARIABLE = "SCRAM_PASSPHRASE"
"""Where a process without anybody to ask finds the passphrase."""
SHORTEST_PASSPHRASE = 10
WRONG_PASSPHRASE = "the passphrase is not the one of this file"

_KIND, _VERSION = "scram sealed keys", 1
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
_LARGEST_FILE = 16_000_000


@dataclass(frozen=True, slots=True)
class ScryptTerms:
    """What a guess costs. The default takes 64 MiB and some tenths of a second."""

    n: int = 2**16
    r: int = 8
    p: int = 1

    @property
    def is_sane(self) -> bool:
        """A file that somebody else wrote must not make us reserve the whole memory."""
        power = self.n >= 2 and self.n & (self.n - 1) == 0
        return power and 1 <= self.r <= 32 and 1 <= self.p <= 16 and 128 * self.n * self.r <= 2**30


class SealedKeys:
    """Entries by name, as a keyring has them. Blocking, and safe to call from several threads."""

    def __init__(self, path: Path, terms: ScryptTerms | None = None, passphrase: str = "") -> None:
        """With `passphrase` it is opened when it is first needed; `terms` are those of a file that is made here."""
        self.path = path
        self._terms = terms or ScryptTerms()
        self._given = passphrase
        self._refusal = ""
        self._passphrase = ""
        self._salt = b""
        self._key: bytes | None = None
        self._check = b""
        self._entries: dict[str, str] = {}
        self._lock = threading.RLock()

    @property
    def exists(self) -> bool:
        return self.path.exists()

    @property
    def is_open(self) -> bool:
        return self._key is not None

    @property
    def is_waiting(self) -> bool:
        """Whether it was given a passphrase that nobody has needed yet."""
        return bool(self._given)

    @property
    def passphrase(self) -> str:
        """What it was opened with, for a process of ours that needs it too; "" while it is shut. Never to be shown."""
        return self._passphrase

    def create(self, passphrase: str) -> None:
        """Begin an empty one; nothing is written before the first entry. Raises SecretError where there is one."""
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise SecretError(f"the passphrase needs at least {SHORTEST_PASSPHRASE} characters")
        with self._lock:
            if self.exists:
                raise SecretError(f"{self.path} is there already; it opens with its own passphrase")
            self._salt = os.urandom(_SALT_BYTES)
            self._key, self._check = _stretch(passphrase, self._salt, self._terms)
            self._passphrase, self._entries = passphrase, {}

    def open(self, passphrase: str) -> None:
        """Raises SecretError in one sentence: wrong passphrase, damaged, not ours, not to be read."""
        with self._lock:
            head, sealed = self._read()
            terms, salt = _terms_of(self.path, head)
            key, check = _stretch(passphrase, salt, terms)
            if not hmac.compare_digest(check, _bytes(self.path, head, "check")):
                raise SecretError(f"{self.path}: {WRONG_PASSPHRASE}")
            self._entries = self._unseal(head, sealed, key)
            self._terms, self._salt, self._key, self._check, self._passphrase = terms, salt, key, check, passphrase

    # -- as a keyring has them ------------------------------------------------------------------------------------

    def get_password(self, service_name: str, username: str, /) -> str | None:
        with self._lock:
            self._needs_key()
            return self._entries.get(username)

    def set_password(self, service_name: str, username: str, password: str, /) -> None:
        with self._lock:
            self._write({**self._up_to_date(), username: password})

    def delete_password(self, service_name: str, username: str, /) -> None:
        with self._lock:
            entries = self._up_to_date()
            entries.pop(username, None)
            self._write(entries)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _needs_key(self) -> bytes:
        if self._key is None and self._given:
            given, self._given = self._given, ""
            try:
                self.open(given)
            except SecretError as error:
                self._refusal = str(error)  # a guess is dear on purpose: it is tried once, and not for every account
        if self._key is None and self._refusal:
            raise SecretError(self._refusal)
        if self._key is None:
            raise SecretError(
                f"{self.path} is locked; give its passphrase at the desk, or as the environment variable "
                f"{PASSPHRASE_VARIABLE}"
            )
        return self._key

    def _up_to_date(self) -> dict[str, str]:
        """What another process of ours may have added meanwhile is not lost by our writing."""
        key = self._needs_key()
        if not self.exists:
            return dict(self._entries)
        head, sealed = self._read()
        if _bytes(self.path, head, "salt") != self._salt:
            raise SecretError(f"{self.path} was replaced meanwhile; open it again")
        return self._unseal(head, sealed, key)

    def _write(self, entries: Mapping[str, str]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        terms = self._terms
        head = {
            "kind": _KIND,
            "version": _VERSION,
            "scrypt": {"n": terms.n, "r": terms.r, "p": terms.p},
            "salt": _text(self._salt),
            "check": _text(self._check),
            "nonce": _text(nonce),
        }
        sealed = AESGCM(self._needs_key()).encrypt(nonce, json.dumps(dict(entries)).encode(), _said(head))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self.path, json.dumps({**head, "sealed": _text(sealed)}, indent=1) + "\n")
        except OSError as error:
            raise SecretError(f"{self.path} cannot be written: {error.strerror or error}") from None
        self._entries = dict(entries)

    def _read(self) -> tuple[dict[str, Any], bytes]:
        try:
            if self.path.stat().st_size > _LARGEST_FILE:
                raise SecretError(f"{self.path} is no file of sealed keys: it is far too large")
            read: Any = json.loads(self.path.read_bytes())
        except OSError as error:
            raise SecretError(f"{self.path} cannot be read: {error.strerror or error}") from None
        except ValueError:
            read = None
        if not isinstance(read, dict) or read.get("kind") != _KIND:
            raise SecretError(f"{self.path} is no file of sealed keys, or only half of one; restore it from a copy")
        if read.get("version") != _VERSION:
            raise SecretError(f"{self.path} was written by a newer Scram")
        sealed = _bytes(self.path, read, "sealed")
        return {name: value for name, value in read.items() if name != "sealed"}, sealed

    def _unseal(self, head: Mapping[str, Any], sealed: bytes, key: bytes) -> dict[str, str]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            entries = json.loads(AESGCM(key).decrypt(_bytes(self.path, head, "nonce"), sealed, _said(head)))
        except (InvalidTag, ValueError):
            raise _damaged(self.path) from None
        return {str(name): str(value) for name, value in entries.items()}


class Keychain:
    """The system's keyring and the encrypted file as one: FILE_SERVICE means the file."""

    def __init__(self, sealed: SealedKeys, system: KeyringPort | None = None) -> None:
        """Without `system` the system's own, looked up when it is first needed."""
        self.sealed = sealed
        self._system = system

    def get_password(self, service_name: str, username: str, /) -> str | None:
        return self._port(service_name).get_password(service_name, username)

    def set_password(self, service_name: str, username: str, password: str, /) -> None:
        self._port(service_name).set_password(service_name, username, password)

    def delete_password(self, service_name: str, username: str, /) -> None:
        self._port(service_name).delete_password(service_name, username)

    def _port(self, service: str) -> KeyringPort:
        if service == FILE_SERVICE:
            return self.sealed
        port = self._system or system_keyring()
        if port is None:
            raise SecretError('this installation has no keyring; set credentials = "file" or "env:PREFIX" instead')
        return port


def keychain_of(path: Path, environ: Mapping[str, str]) -> Keychain:
    """Opens its file when it is first needed, where the environment holds the passphrase; never raises."""
    return Keychain(SealedKeys(path, passphrase=environ.get(PASSPHRASE_VARIABLE, "")))


def _stretch(passphrase: str, salt: bytes, terms: ScryptTerms) -> tuple[bytes, bytes]:
    """The key, and what tells a wrong passphrase from a damaged file without saying anything of the key."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    made = Scrypt(salt=salt, length=2 * _KEY_BYTES, n=terms.n, r=terms.r, p=terms.p).derive(passphrase.encode())
    return made[:_KEY_BYTES], hashlib.sha256(made[_KEY_BYTES:]).digest()


def _terms_of(path: Path, head: Mapping[str, Any]) -> tuple[ScryptTerms, bytes]:
    given = head.get("scrypt")
    salt = _bytes(path, head, "salt")
    values = {name: given.get(name) for name in ("n", "r", "p")} if isinstance(given, Mapping) else {}
    counts = {name: value for name, value in values.items() if type(value) is int}
    if len(counts) != 3:
        raise _damaged(path)
    terms = ScryptTerms(**counts)
    if not terms.is_sane or len(salt) != _SALT_BYTES:
        raise _damaged(path)
    return terms, salt


def _bytes(path: Path, head: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(head[name], validate=True)
    except (KeyError, TypeError, ValueError):
        raise _damaged(path) from None


def _damaged(path: Path) -> SecretError:
    return SecretError(f"{path} was changed or is damaged; restore it from a copy")


def _said(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

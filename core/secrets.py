"""Credentials: found in the keyring, an encrypted file or the environment; held so that no value shows by accident."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, Self

from core.errors import SecretError

SERVICE = "scram"
"""The service name of every entry of ours in the keyring."""
FILE_SERVICE = "scram file"
"""Asks a `core.sealed_keys.Keychain` for what is in the encrypted file instead of the keyring."""

# Windows keeps at most 2,560 bytes of UTF-16 in one entry; an RSA key beside other fields is more.
_LONGEST_ENTRY = 1_200

_VARIABLES = {
    "api_key": "API_KEY",
    "secret": "SECRET",
    "password": "PASSWORD",
    "uid": "UID",
    "wallet_address": "WALLET_ADDRESS",
    "private_key": "PRIVATE_KEY",
}
_CCXT_NAMES = {"apiKey": "api_key", "walletAddress": "wallet_address", "privateKey": "private_key"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an account signs with; "" where the venue needs no such thing. Compares equal by value, shows none."""

    api_key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    uid: str = field(default="", repr=False)
    wallet_address: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)

    def values(self) -> tuple[str, ...]:
        """Everything that must not appear in a text, for masking."""
        return tuple(value for name in _VARIABLES if (value := getattr(self, name)))

    def __repr__(self) -> str:
        given = ", ".join(name for name in _VARIABLES if getattr(self, name))
        return f"Credentials({given or 'none'})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are not pickled: read them again where they are needed")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


class KeyringPort(Protocol):
    """As much of the module `keyring` as is used here."""

    def get_password(self, service_name: str, username: str, /) -> str | None: ...

    def set_password(self, service_name: str, username: str, password: str, /) -> None: ...

    def delete_password(self, service_name: str, username: str, /) -> None: ...


class NeedsCredentials(Protocol):
    """An account of the configuration, as far as it is needed here."""

    @property
    def name(self) -> str: ...

    @property
    def credentials(self) -> str: ...


def find_credentials(
    account: NeedsCredentials, environ: Mapping[str, str], keyring: KeyringPort | None = None
) -> Credentials:
    """The credentials that `account` names; raises SecretError in one sentence that holds no value.

    Without `keyring` the system's own is used. It may ask the user to unlock it and then blocks: call from a thread.
    """
    source, _, prefix = account.credentials.partition(":")
    if source == "env" and prefix:
        found, looked_for = _from_environ(prefix, environ)
    elif account.credentials == "keyring":
        found, looked_for = _from_keyring(account.name, keyring)
    elif account.credentials == "file":
        found, looked_for = _from_file(account.name, keyring)
    else:
        raise SecretError(f'account "{account.name}": its credentials are neither "keyring", "file" nor "env:PREFIX"')
    _check_complete(account.name, found, looked_for)
    return found


def find_source_secret(
    strategy: str, where: str, environ: Mapping[str, str], keyring: KeyringPort | None = None
) -> str:
    """What requests to a strategy's source are signed with: of `env:NAME`, or of the keyring's entry "source/NAME".

    Raises SecretError; may block on the keyring as `find_credentials` does.
    """
    return _find_named(f'strategy "{strategy}"', "secret for its source", f"source/{strategy}", where, environ, keyring)


def find_route_address(route: str, where: str, environ: Mapping[str, str], keyring: KeyringPort | None = None) -> str:
    """The address of a notification route: of `env:NAME`, or of the keyring's entry "notify/NAME".

    Raises SecretError; may block on the keyring as `find_credentials` does.
    """
    return _find_named(f'notify route "{route}"', "address", f"notify/{route}", where, environ, keyring)


def _find_named(
    whose: str, what: str, entry: str, where: str, environ: Mapping[str, str], keyring: KeyringPort | None
) -> str:
    kind, _, variable = where.partition(":")
    looked_for = f"the environment variable {variable}" if kind == "env" else f'the keyring entry "{entry}"'
    if kind == "env":
        found = environ.get(variable, "")
    else:
        try:
            found = (keyring or _system_keyring(entry)).get_password(SERVICE, entry) or ""
        except SecretError:
            raise
        except Exception as error:
            reason = _keyring_reason(error)
            raise SecretError(f"{whose}: {looked_for} cannot be read: {reason}") from None
    if not found.strip():
        raise SecretError(f"{whose}: no {what} was found; looked for {looked_for}")
    return found.strip()


def store_credentials(
    name: str, credentials: Credentials, keyring: KeyringPort | None = None, service: str = SERVICE
) -> None:
    """Write to the keyring what `find_credentials` reads; replaces all that was there. Raises SecretError.

    With FILE_SERVICE as `service` into the encrypted file, through the Keychain that is given.
    """
    port = keyring or _system_keyring(name)
    given = {part: getattr(credentials, part) for part in _VARIABLES if getattr(credentials, part)}
    together = dict(given)
    while len(json.dumps(together)) > _LONGEST_ENTRY:
        del together[max(together, key=lambda part: len(together[part]))]
    try:
        for part in _VARIABLES:
            entry = _entry(name, part)
            if part in given and part not in together:
                port.set_password(service, entry, given[part])
            elif port.get_password(service, entry) is not None:
                port.delete_password(service, entry)
        port.set_password(service, name, json.dumps(together))
    except SecretError:
        raise
    except Exception as error:
        raise SecretError(
            f'account "{name}": the keyring did not take the credentials ({type(error).__name__})'
        ) from None


def forget_credentials(name: str, keyring: KeyringPort, service: str = SERVICE) -> None:
    """Take away what `store_credentials` wrote."""
    for entry in (name, *(_entry(name, part) for part in _VARIABLES)):
        if keyring.get_password(service, entry) is not None:
            keyring.delete_password(service, entry)


def _from_environ(prefix: str, environ: Mapping[str, str]) -> tuple[Credentials, str]:
    found = {part: environ.get(f"{prefix}_{end}", "").strip() for part, end in _VARIABLES.items()}
    return Credentials(**found), f"the environment variables {prefix}_API_KEY, {prefix}_SECRET and the like"


def _from_file(name: str, port: KeyringPort | None) -> tuple[Credentials, str]:
    if port is None:
        raise SecretError(f'account "{name}": its keys are in the encrypted file, which is not open here')
    return _from_entries(name, port, FILE_SERVICE), f'the entry "{name}" of the encrypted file'


def _from_keyring(name: str, keyring: KeyringPort | None) -> tuple[Credentials, str]:
    port = keyring or _system_keyring(name)
    looked_for = f'the keyring entries "{name}" and "{_entry(name, "api_key")}" of the service "{SERVICE}"'
    try:
        return _from_entries(name, port, SERVICE), looked_for
    except SecretError:
        raise
    except Exception as error:
        # The text of a backend's error is not ours and may hold anything: its type alone is told.
        reason = _keyring_reason(error)
        raise SecretError(f'account "{name}": {looked_for} cannot be read: {reason}') from None


def _from_entries(name: str, port: KeyringPort, service: str) -> Credentials:
    whole = port.get_password(service, name)
    found = _fields_of(name, whole) if whole else {}
    for part in _VARIABLES:
        if not found.get(part):
            found[part] = (port.get_password(service, _entry(name, part)) or "").strip()
    return Credentials(**found)


def _entry(name: str, part: str) -> str:
    return f"{name}/{part}"


def _fields_of(name: str, whole: str) -> dict[str, str]:
    try:
        read: Any = json.loads(whole)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise SecretError(
            f'account "{name}": the keyring entry "{name}" of the service "{SERVICE}" is not a JSON object'
        )
    renamed = {_CCXT_NAMES.get(key, key): value for key, value in read.items()}
    for part in _VARIABLES.keys() & renamed.keys():
        if not isinstance(renamed[part], str):
            raise SecretError(f'account "{name}": {part} in the keyring entry "{name}" is not a text')
    return {part: renamed[part].strip() for part in _VARIABLES if part in renamed}


def _check_complete(name: str, found: Credentials, looked_for: str) -> None:
    if not (found.api_key or found.wallet_address or found.private_key):
        rest = ", though other fields are there" if found.values() else ""
        raise SecretError(f'account "{name}": neither a key nor a wallet was found{rest}; looked for {looked_for}')
    if found.api_key and not (found.secret or found.private_key):
        raise SecretError(f'account "{name}": a key was found but no secret for it; looked for {looked_for}')


def system_keyring() -> KeyringPort | None:
    """The system's own; None where this installation has none. It may ask the user to unlock it, and then blocks."""
    # Imported late: its backends take a moment to load, and an account that uses the environment needs none.
    with contextlib.suppress(ImportError):
        import keyring

        return keyring
    return None


def keyring_title() -> str:
    """What the system calls its keyring, "" where there is none that keeps anything. May take a moment."""
    port = system_keyring()
    if port is None:
        return ""
    with contextlib.suppress(Exception):  # a backend that cannot even say what it is keeps no key of ours
        backend = port.get_keyring()  # type: ignore[attr-defined]
        if backend.priority > 0:
            return str(backend.name)
    return ""


def _system_keyring(name: str) -> KeyringPort:
    port = system_keyring()
    if port is not None:
        return port
    raise SecretError(f'account "{name}": this installation has no keyring; set credentials = "env:PREFIX" instead')


def _keyring_reason(error: Exception) -> str:
    kind = type(error).__name__
    if kind == "NoKeyringError":
        return 'this system offers no keyring; set credentials = "env:PREFIX" instead'
    if kind == "KeyringLocked":
        return "the keyring is locked"
    return f"the keyring failed with {kind}"

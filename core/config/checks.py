"""Checks of single values. A ValueError raised here says what is allowed; the value itself is added by `explain`."""

from __future__ import annotations

import difflib
import getpass
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from core.config.exchanges import exchanges_without_streams, known_exchanges
from core.domain import Group, Pattern, Scope, parse_pattern
from core.errors import ConfigError

Place = tuple[str | int, ...]
"""Keys and indices from the top of the file down to a value."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PATTERN = re.compile(r"[A-Za-z0-9._*?!\[\]-]{1,128}")
BASE_CURRENCY = re.compile(r"[A-Z0-9]{2,10}")
COIN = re.compile(r"[A-Za-z0-9._-]{1,24}")
SHOCK = re.compile(r"[a-z][a-z0-9_]{0,31}")
CREDENTIALS = re.compile(r"keyring|file|env:[A-Za-z_][A-Za-z0-9_]*")
DATABASE_URL = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9_]+)?://.*")
ADDRESS_WITH_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/@\s]*:[^/@\s]+@")

_FEW, _MANY = 6, 24

CUSTOM = "placed"
"""The type of an error that carries its own places."""

# ccxt's names for what it signs with, and the headers that would carry the same; compared without case and punctuation.
_SECRET_KEYS = frozenset(
    {"apikey", "secret", "password", "passphrase", "privatekey", "walletaddress", "token", "twofa", "authorization"}
)
_SECRET_ENDINGS = (
    "apikey",
    "apisecret",
    "secretkey",
    "privatekey",
    "password",
    "passphrase",
    "accesstoken",
    "authtoken",
)


def placed(problems: Iterable[tuple[Place, str]]) -> PydanticCustomError:
    """One error for several places of the file."""
    found = tuple(problems)
    text = "; ".join(f"{'.'.join(map(str, place))}: {what}" for place, what in found)
    return PydanticCustomError(CUSTOM, "{text}", {"text": text, "problems": found})


def refuse(problems: list[tuple[Place, str]]) -> None:
    if problems:
        raise placed(problems)


def repeated(table: str, keys: Iterable[object], below: Place, what: str) -> list[tuple[Place, str]]:
    """Every row whose key an earlier row of the table has."""
    first: dict[object, int] = {}
    problems: list[tuple[Place, str]] = []
    for index, key in enumerate(keys):
        if first.setdefault(key, index) != index:
            problems.append(((index, *below), f"{table}[{first[key]}] has the same {what}"))
    return problems


def suggestion(word: object, allowed: Collection[str]) -> str:
    """The allowed words where they are few, and the nearest one as a question where there is one."""
    near = nearest(word, allowed)
    question = f'did you mean "{near}"?' if near else ""
    if len(allowed) > _MANY:
        return question or f"{len(allowed)} are known and none is near"
    words = "allowed are " + ", ".join(sorted(allowed)) if allowed else "there is none yet"
    return f"{words}; {question}" if question and len(allowed) <= _FEW else question or words


def nearest(word: object, allowed: Collection[str]) -> str:
    folded = {name.lower(): name for name in allowed}
    near = difflib.get_close_matches(str(word).lower(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else ""


def check_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError("letters, digits, - _ and . are allowed, beginning with a letter or digit, 64 at most")
    return value


def check_exchange(value: str) -> str:
    known = known_exchanges()
    if known and value in exchanges_without_streams():
        raise ValueError("ccxt knows it but has no streams for it (ccxt.pro), and these are needed")
    if known and value not in known:
        raise ValueError(f"an exchange id of ccxt is needed; {suggestion(value, known)}")
    return value


def check_credentials(value: str) -> str:
    if not CREDENTIALS.fullmatch(value):
        raise ValueError('"keyring", "file" or "env:PREFIX" is needed; PREFIX begins names of environment variables')
    return value


def check_base_currency(value: str) -> str:
    if not BASE_CURRENCY.fullmatch(value):
        raise ValueError("a currency code such as USD or USDT is needed: capital letters and digits")
    return value


def check_coin(value: str) -> str:
    if not COIN.fullmatch(value):
        raise ValueError("a coin code such as USDT is needed: letters and digits")
    return value


def check_underlying(value: str) -> str:
    return value if value == "*" else check_coin(value)


def check_shock(value: str) -> str:
    if not SHOCK.fullmatch(value):
        raise ValueError("small letters, digits and _ are allowed, beginning with a letter, 32 at most")
    return value


def check_filled(value: str) -> str:
    if not value.strip():
        raise ValueError("it must not be empty")
    return value


def check_database_url(value: str) -> str:
    if not DATABASE_URL.fullmatch(value):
        raise ValueError('a SQLAlchemy address such as "postgresql+pg8000://host/scram" is needed')
    if ADDRESS_WITH_PASSWORD.match(value):
        raise ValueError("a password does not belong in this file; use PGPASSWORD, a password file or the user's login")
    return value


def parse_scope(value: object) -> Pattern:
    if isinstance(value, Scope | Group):
        return value
    allowed = (
        "allowed are portfolio, venue:NAME, account:NAME and strategy:NAME, where NAME may be a pattern, and group:NAME"
    )
    if not isinstance(value, str):
        raise ValueError(allowed)  # noqa: TRY004 (pydantic takes up only a ValueError)
    try:
        scope = parse_pattern(value)
    except ConfigError:
        raise ValueError(allowed) from None
    if isinstance(scope, Group):
        return Group(check_name(scope.name))
    if scope.name and not PATTERN.fullmatch(scope.name):
        raise ValueError("a name is made of letters, digits, - _ and ., a pattern of these and * ? [ ]")
    return scope


def check_no_secrets(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table for ccxt must hold no literal secret, at any depth. Never tells the value."""
    for key, item in _walk(value):
        if is_secret(key, item):
            raise ValueError(f"{key} must not be here: credentials belong in the keyring or the environment")
        if isinstance(item, str) and ADDRESS_WITH_PASSWORD.match(item):
            raise ValueError(
                f"{key} holds a password, which must not be here: set HTTPS_PROXY in the environment "
                "and aiohttp_trust_env = true"
            )
    return value


def without_secrets(value: Any) -> Any:
    """The same table without the keys that hold a literal secret; a password inside an address stays."""
    if isinstance(value, Mapping):
        return {key: without_secrets(item) for key, item in value.items() if not is_secret(str(key), item)}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return value


def is_secret(key: str, item: object) -> bool:
    # requiredCredentials = { secret = false } is ccxt's own way to say what it needs: only text can be a secret.
    folded = re.sub(r"[^a-z0-9]", "", key.lower())
    return isinstance(item, str) and (folded in _SECRET_KEYS or folded.endswith(_SECRET_ENDINGS))


def _walk(value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key), item
            yield from _walk(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _walk(item)


def login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without a user entry
        return "operator"

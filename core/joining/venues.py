"""Which venues there are, what each needs, and how another server is named for one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from core.config.exchanges import known_exchanges
from core.errors import ConfigError
from core.joining.model import KeyField, VenueNeeds, VenueOffer
from core.venues.plans import PLANS
from core.venues.plans.resolve import coverage_of
from core.venues.protocol import Coverage

_ORDER = (Coverage.EXACT, Coverage.UNCONFIRMED, Coverage.GENERIC)
_FIELDS: Mapping[str, KeyField] = {
    "apiKey": KeyField("api_key", "API key"),
    "secret": KeyField("secret", "Secret"),
    "password": KeyField("password", "Passphrase of the key", hint="chosen at the venue when the key was made"),
    "uid": KeyField("uid", "User id", hidden=False),
    "walletAddress": KeyField("wallet_address", "Wallet address", hidden=False),
    "privateKey": KeyField("private_key", "Private key"),
}
# Their private streams want it, or reading needs less than ccxt says.
_OPTIONAL: Mapping[str, Mapping[str, str]] = {
    "gate": {"uid": "without it nothing streams, and the account is read by asking alone"},
    "hyperliquid": {"privateKey": "without it Scram can watch, and no stop can act"},
}


def venue_offers() -> tuple[VenueOffer, ...]:
    """Every venue that Scram can speak to: first those whose stop is confirmed, each kind by name."""
    offers = [VenueOffer(exchange, _coverage(exchange)) for exchange in known_exchanges()]
    return tuple(sorted(offers, key=lambda offer: (_ORDER.index(offer.coverage), offer.exchange)))


def _coverage(exchange: str) -> Coverage:
    plan = PLANS.get(exchange)
    return Coverage.GENERIC if plan is None else coverage_of(plan, plan.books)


def needs_of(exchange: str) -> VenueNeeds:
    """Loads ccxt, which takes half a second: call from a thread. Raises ConfigError for an id that ccxt lacks."""
    known = _object(exchange)
    title = str(getattr(known, "name", None) or exchange)
    required = [name for name, needed in known.requiredCredentials.items() if needed]
    strange = [name for name in required if name not in _FIELDS]
    if strange:
        return VenueNeeds(
            exchange, title, refusal=f"{title} wants {' and '.join(strange)}, which Scram cannot keep yet"
        )
    if not {"apiKey", "walletAddress", "privateKey"} & set(required):
        return VenueNeeds(exchange, title, refusal=f"ccxt does not say by which key an account at {title} is read")
    optional = _OPTIONAL.get(exchange, {})
    fields = tuple(
        KeyField(field.part, field.label, name not in optional, field.hidden, optional.get(name, field.hint))
        for name, field in _FIELDS.items()
        if name in required or name in optional
    )
    return VenueNeeds(exchange, title, fields, has_test_network=bool((known.urls or {}).get("test")))


def redirected(exchange: str, server: str) -> dict[str, Any]:
    """What leads ccxt to another server in the venue's place, paths as they are: a table for `ccxt` in the file.

    Loads ccxt: call from a thread. Raises ConfigError where `server` is no address.
    """
    base = checked_server(server)
    known = _object(exchange)
    return {"urls": {"api": _led(known.urls["api"], base)}}


def checked_server(server: str) -> str:
    """Without a slash at its end. Raises ConfigError."""
    address = server.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ConfigError(f'"{address}" is no address of a server') from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ConfigError("the address of the server begins with http:// or https://, as http://127.0.0.1:8080")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError("the address of the server has no password and asks for nothing: host and port are enough")
    return address


def _led(addresses: Any, base: str) -> Any:
    if isinstance(addresses, Mapping):
        return {name: _led(inner, base) for name, inner in addresses.items()}
    if isinstance(addresses, str) and "://" in addresses:
        scheme, _, rest = addresses.partition("://")
        path = rest[rest.index("/") :] if "/" in rest else ""
        return (base.replace("http", "ws", 1) if scheme.startswith("ws") else base) + path
    return addresses


def _object(exchange: str) -> Any:
    ccxt = importlib.import_module("ccxt.pro")
    kind = getattr(ccxt, exchange, None) if exchange in known_exchanges() else None
    if kind is None:
        raise ConfigError(f'ccxt has no venue called "{exchange}"')
    return kind()

"""Builds ccxt objects: one watching and one acting per account, each with its session, sharing what may be shared."""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp

from core.errors import ConfigError
from core.venues.families.family import Family
from core.venues.settings import AccountSettings

STREAM_PING_MS = 6_000
"""ccxt gives a stream up after two missed pongs; its own default for Binance is 180 s, deaf for minutes."""


async def load_ccxt() -> Any:
    """ccxt.pro, imported off the loop: it takes 0.4 s."""
    return await asyncio.to_thread(importlib.import_module, "ccxt.pro")


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid upon `under`, table by table."""
    result = dict(under)
    for key, value in over.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result


class Wires:
    """What all ccxt objects of this process share: the TLS context; and how a session is made."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = None

    async def session(self) -> aiohttp.ClientSession:
        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        # The threaded resolver everywhere: aiodns hangs on Windows' proactor loop (https://github.com/aio-libs/aiodns/issues/86).
        connector = aiohttp.TCPConnector(ssl=self._tls, resolver=aiohttp.ThreadedResolver(), limit=0)
        return aiohttp.ClientSession(connector=connector)


def construct(
    ccxt: Any, settings: AccountSettings, family: Family, session: aiohttp.ClientSession | None, *, acting: bool,
    public: bool = False,
) -> Any:  # fmt: skip
    """One ccxt object; raises ConfigError where ccxt does not take the settings."""
    defaults: dict[str, Any] = {
        "enableRateLimit": not acting and family.weight_per_minute is None,
        "options": family.options,
        "streaming": {"keepAlive": STREAM_PING_MS},
    }
    if session is not None:
        defaults["session"] = session
    if not public:
        given = settings.credentials
        keys = {
            "apiKey": given.api_key,
            "secret": given.secret,
            "password": given.password,
            "uid": given.uid,
            "walletAddress": given.wallet_address,
            "privateKey": given.private_key,
        }
        defaults |= {name: value for name, value in keys.items() if value}
    config = merged(defaults, settings.ccxt)
    if acting:
        config["enableRateLimit"] = False
    sandbox = bool(config.pop("sandbox", False))
    try:
        exchange = getattr(ccxt, settings.exchange)(config)
        if sandbox:
            exchange.set_sandbox_mode(True)
    except Exception as error:
        raise ConfigError(
            f"ccxt does not take the settings of account {settings.account}: {type(error).__name__}"
        ) from None
    for name in family.refused_calls:
        if hasattr(exchange, name):
            setattr(exchange, name, _nothing)
    return exchange


async def _nothing(*_: Any, **__: Any) -> None:
    """In place of a call that would sign what nobody asked for."""


async def dispose(exchange: Any, session: aiohttp.ClientSession | None) -> None:
    """Close a ccxt object and its session, whatever state they are in."""
    try:
        await exchange.close()
    finally:
        if session is not None:
            await session.close()

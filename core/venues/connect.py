"""Builds ccxt objects: one watching and one acting per account, each with its session, sharing what may be shared."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from core.errors import ConfigError
from core.venues.families.family import Family
from core.venues.rows import keep_rows_apart, keep_to_what_was_said
from core.venues.settings import AccountSettings, Egress, proxy_options

HANG_UP_S = 0.5
IDLE_S = 5.0
STREAM_PING_MS = 6_000
"""ccxt gives a stream up after two missed pongs; its own default for Binance is 180 s, deaf for minutes."""


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid upon `under`, table by table."""
    result = dict(under)
    for key, value in over.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result


class Wires:
    """What all ccxt objects share, the module and the TLS context; and how objects and their sessions are made."""

    def __init__(self) -> None:
        self._ccxt: Any = None
        self._tls: ssl.SSLContext | None = None
        # Making one object takes 5 to 10 ms: one per pass of the loop, and the acting ones never queue behind others.
        self._turns = {True: asyncio.Lock(), False: asyncio.Lock()}
        self._pools: dict[tuple[str, str], aiohttp.TCPConnector] = {}

    async def build(
        self,
        settings: AccountSettings,
        family: Family,
        *,
        acting: bool = False,
        public: bool = False,
        traces: Sequence[aiohttp.TraceConfig] = (),
    ) -> tuple[Any, aiohttp.ClientSession]:
        """A ccxt object and its session, both for `dispose`; raises ConfigError. `traces` are told of its requests."""
        ccxt, session = await self.ccxt(), await self.session(settings, pooled=acting, traces=traces)
        exchange: Any = None
        try:
            async with self._turns[acting]:
                exchange = construct(ccxt, settings, family, session, acting=acting, public=public)
                # Else ccxt makes one for each object, on the loop: 20 ms and half a megabyte, for a session of its own
                # that it does not have here.
                exchange.ssl_context = self._tls
                await asyncio.sleep(0)
        except BaseException:
            if exchange is not None:
                exchange.session = None  # ccxt complains of every object that is dropped with one
            await session.close()
            raise
        return exchange, session

    async def ccxt(self) -> Any:
        """ccxt.pro, imported off the loop: it takes 0.4 s."""
        if self._ccxt is None:
            self._ccxt = await asyncio.to_thread(importlib.import_module, "ccxt.pro")
        return self._ccxt

    async def session(
        self, settings: AccountSettings, *, pooled: bool = False, traces: Sequence[aiohttp.TraceConfig] = ()
    ) -> aiohttp.ClientSession:
        """`pooled`: over connections that all acting accounts of an egress take from one pool."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        connector = self._pool(settings.egress) if pooled else self._connector(settings.egress)
        # ccxt heeds this where it makes the session itself; here it is ours.
        trust_env = bool(_sent_through(settings.egress, settings.ccxt).get("aiohttp_trust_env"))
        return aiohttp.ClientSession(
            connector=connector, connector_owner=not pooled, trust_env=trust_env, trace_configs=list(traces)
        )

    async def close(self) -> None:
        """The pools, after the sessions that use them."""
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.close()

    def _pool(self, egress: Egress) -> aiohttp.TCPConnector:
        """A stop sends thousands of requests at once: were each account's connections its own, it would begin with as
        many TLS handshakes. There is no queue in it: whoever finds no idle connection opens one.
        """
        key = (egress.address, egress.proxy)
        if key not in self._pools:
            self._pools[key] = self._connector(egress)
        return self._pools[key]

    def _connector(self, egress: Egress) -> aiohttp.TCPConnector:
        # The threaded resolver everywhere: aiodns hangs on Windows' proactor loop (https://github.com/aio-libs/aiodns/issues/86).
        # Idle connections go soon: hundreds of accounts with a few each would come near a desktop's limit of files.
        return aiohttp.TCPConnector(
            ssl=self._tls or True, resolver=aiohttp.ThreadedResolver(), limit=0, keepalive_timeout=IDLE_S,
            **_sent_from(egress),
        )  # fmt: skip


def _sent_from(egress: Egress) -> dict[str, Any]:
    """The connector's settings for it. Only names of the address's own kind are looked up: no other can be reached."""
    if not egress.address:
        return {}
    is_new = ipaddress.ip_address(egress.address).version == 6
    return {"local_addr": (egress.address, 0), "family": socket.AF_INET6 if is_new else socket.AF_INET}


def _sent_through(egress: Egress, config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with every proxy in it replaced by the egress's, where it has one: ccxt takes one and no more."""
    if not egress.address and not egress.proxy:
        return dict(config)
    kept = {key: value for key, value in config.items() if key not in proxy_options(config)}
    return kept | ({"httpProxy": egress.proxy, "wsProxy": egress.proxy} if egress.proxy else {})


def construct(
    ccxt: Any, settings: AccountSettings, family: Family, session: aiohttp.ClientSession, *, acting: bool,
    public: bool = False,
) -> Any:  # fmt: skip
    """One ccxt object; raises ConfigError where ccxt does not take the settings."""
    config = _configuration(settings, family, session, acting=acting, public=public)
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
    # ccxt sleeps 250 ms on closing for the sake of its own connector; ours waits for its transports by itself.
    exchange.timeout_on_exit = 0
    _refuse_what_is_not_json(exchange, ccxt.BadResponse)
    keep_to_what_was_said(exchange)
    keep_rows_apart(exchange)
    if family.mends_headers:
        _extend_by_nothing(exchange)
    if family.orders_come_in_arrays:
        _refuse_orders_in_an_object(exchange, ccxt.BadResponse)
    return exchange


def _configuration(
    settings: AccountSettings, family: Family, session: aiohttp.ClientSession, *, acting: bool, public: bool
) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "enableRateLimit": not acting and family.weight_per_minute is None,
        "options": family.options,
        "streaming": {"keepAlive": STREAM_PING_MS},
        "session": session,
    }
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
    config = merged(defaults, _sent_through(settings.egress, settings.ccxt))
    if acting:
        config["enableRateLimit"] = False
    return config


def _refuse_what_is_not_json(exchange: Any, bad_response: type[Exception]) -> None:
    """Make a reply that is no JSON an error.

    ccxt hands such a reply on as text, and its parsers walk over the letters: half a reply to fetch_positions of
    Binance becomes an empty list, which is a flat account.
    """
    parse, on_response = exchange.parse_json, exchange.on_rest_response
    last: dict[str, Any] = {"code": 0, "method": ""}

    @functools.wraps(on_response)
    def noting(code: Any, reason: Any, url: Any, method: Any, *rest: Any) -> Any:
        # ccxt calls this and then parse_json without a pause in between.
        last.update(code=int(code or 0), method=method)
        exchange.last_status = last["code"]
        return on_response(code, reason, url, method, *rest)

    @functools.wraps(parse)
    def strict(text: str) -> Any:
        value = parse(text)
        if value is not None or not 200 <= last["code"] < 300:
            return value
        if text[:1] in {"{", "["} or last["method"] == "GET":
            raise bad_response(f"{exchange.id} gave a reply that is no JSON")
        return value

    exchange.parse_json, exchange.on_rest_response = strict, noting


def last_status(exchange: Any) -> int:
    """Of the last reply that a ccxt object of ours took; 0 where there was none."""
    return int(getattr(exchange, "last_status", 0))


def _extend_by_nothing(exchange: Any) -> None:
    extend = exchange.extend

    @functools.wraps(extend)
    def mended(*tables: Any) -> Any:
        return extend(*(table for table in tables if table is not None))

    exchange.extend = mended


async def _nothing(*_: Any, **__: Any) -> None:
    """In place of a call that would sign what nobody asked for."""


async def hang_up(exchange: Any) -> None:
    """Close every stream of a ccxt object within `HANG_UP_S`, so that the next watch dials afresh and at once."""
    clients = list(exchange.clients.values())
    exchange.clients.clear()
    exchange.ws_dial_backoff = {}  # the pause between tries is ours to choose

    async def close(client: Any) -> None:
        for future in list(client.futures.values()):
            future.add_done_callback(_retrieve)
        # A peer that is gone answers no closing handshake; giving up on it cuts the line.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(HANG_UP_S):
                await client.close()

    await asyncio.gather(*(close(client) for client in clients))


def _retrieve(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


async def dispose(exchange: Any, session: aiohttp.ClientSession) -> None:
    """Close a ccxt object and its session, whatever state they are in."""
    try:
        await hang_up(exchange)
        await exchange.close()
    finally:
        await session.close()


def _refuse_orders_in_an_object(exchange: Any, bad_response: type[Exception]) -> None:
    """Make an object where a list of orders belongs an error: ccxt reads `{}` as a listing without orders."""
    parse = exchange.parse_orders

    @functools.wraps(parse)
    def strict(orders: Any, *rest: Any, **named: Any) -> Any:
        if not isinstance(orders, list):
            raise bad_response(f"{exchange.id} listed orders in something else than a list")
        return parse(orders, *rest, **named)

    exchange.parse_orders = strict
